"""Draws charts as SVG elements on axes of time that all of a page's charts share."""

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from guardian_console.report.series import MOST_ODDS, Growth, Plot
from guardian_console.report.svg import embedded

BLUE, GREEN, BOTH, INK, GRID, BAND, MARK = (
    "#0000b1", "#0000b2", "#0000b3", "#0000b4", "#0000b5", "#0000b6", "#0000b7",
)  # fmt: skip
"""Stand for the page's colours, which follow the reader's light or dark."""
COLOURS = {
    BLUE: "var(--blue)", GREEN: "var(--green)", BOTH: "var(--both)", INK: "var(--muted)", GRID: "var(--grid)",
    BAND: "var(--band)", MARK: "var(--mark)",
}  # fmt: skip
SIDES = {"blue": (BLUE, (0, (4, 1.5))), "green": (GREEN, "-"), "both": (BOTH, "-")}
"""Colour and dashes of each line: blue and green differ without their colours too."""
INCHES = 380 / 72, 190 / 72
"""A phone's width, so that the writing needs no shrinking there."""
DOTS = 45
"""Points up to which each is marked, since a line of few points hides where they are."""
MANY = 300
"""Points from which on lines are thin, since a wide one hides its own shape."""
DAY = 1440


@dataclass(frozen=True)
class Frame:
    """What all charts of a page share.

    Attributes:
        first: The first minute that is shown, counted from green's first traffic.
        last: The last one.
        steps: (minute, green's share from 0 to 1) for each step of the weight.
        decided: The minute of the decision; None without one.
        origin: The clock time of minute 0; None where nobody knows it, then minutes are written.
    """

    first: float
    last: float
    steps: Sequence[tuple[float, float]]
    decided: float | None
    origin: datetime | None

    def clock(self, minute: float) -> str:
        """Return what is written at a minute of the axis."""
        if self.origin is None:
            return f"{minute:.0f}"
        moment = self.origin + timedelta(minutes=float(minute))
        return f"{moment:%d %b %H:%M}" if self.last - self.first > DAY else f"{moment:%H:%M}"


def plot_chart(plot: Plot, frame: Frame, prefix: str, label: str) -> str:
    """Return one metric, blue and green on the same axes."""

    def draw(axes: Axes) -> None:
        top = 0.0
        for side, line in plot.lines.items():
            colour, dashes = SIDES[side]
            values = [float("nan") if one is None else one for one in line.values]
            top = max((top, *(one for one in line.values if one is not None)))
            known = sum(one is not None for one in line.values)
            axes.plot(
                line.minutes, values, color=colour, linestyle=dashes, marker="." if known <= DOTS else "",
                linewidth=1.6 if known <= MANY else 0.7,
            )  # fmt: skip
        axes.set_ylim(0, top * 1.1 or 1)
        axes.yaxis.set_major_locator(MaxNLocator(4, integer=plot.digits == 0))
        axes.yaxis.set_major_formatter(
            FuncFormatter(lambda value, _: f"{value:,.4g}" if value < 1e4 else f"{value / 1e3:,.4g}k")
        )

    return _drawn(draw, frame, prefix, label)


def growth_chart(growth: Growth, frame: Frame, prefix: str, label: str) -> str:
    """Return the evidence of one signal on an axis of odds, with the limit at which it convicts."""

    def draw(axes: Axes) -> None:
        odds = [min(max(one or 1.0, 1.0), MOST_ODDS) for one in growth.odds]
        axes.set_yscale("log")
        top = max(*odds, 3 * (growth.needed or 1.0), 10.0)
        axes.set_ylim(1, top * 1.5)
        dots = "." if len(odds) <= DOTS else ""
        axes.plot(growth.minutes, odds, color=BOTH, marker=dots, linewidth=1.6, drawstyle="steps-post")
        if growth.needed:
            axes.axhline(growth.needed, color=MARK, linewidth=1.2, linestyle=(0, (6, 3)))
        decades = [10**power for power in range(7) if 10**power <= top * 1.5]
        axes.yaxis.set_major_locator(FixedLocator(decades[:: 2 if len(decades) > 4 else 1]))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}:1"))

    return _drawn(draw, frame, prefix, label)


def _drawn(draw: Callable[[Axes], None], frame: Frame, prefix: str, label: str) -> str:
    with _quiet():
        figure = Figure(figsize=INCHES)
        axes = figure.add_axes((0.145, 0.14, 0.83, 0.68))
        draw(axes)
        _time(axes, frame)
        _weights(axes, frame)
        if frame.decided is not None:
            axes.axvline(frame.decided, color=MARK, linewidth=1.6)
            late = frame.decided > (frame.first + frame.last) / 2
            axes.annotate(
                "decision", (frame.decided, 1), xycoords=axes.get_xaxis_transform(), xytext=(-3 if late else 3, 14),
                textcoords="offset points", ha="right" if late else "left", color=MARK, fontweight="bold",
            )  # fmt: skip
        drawing = io.StringIO()
        figure.savefig(
            drawing, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
        )
    return embedded(drawing.getvalue(), prefix, COLOURS, label)


@contextmanager
def _quiet() -> Iterator[None]:
    """Draw in a way that is the same on every machine, whatever its user's own settings are."""
    settings: dict[Any, Any] = {
        "svg.fonttype": "none", "svg.hashsalt": "guardian", "text.parse_math": False, "font.size": 10.5,
        "text.color": INK,
        "axes.edgecolor": GRID, "axes.labelcolor": INK, "xtick.color": GRID, "ytick.color": GRID,
        "xtick.labelcolor": INK, "ytick.labelcolor": INK, "axes.facecolor": "none", "figure.facecolor": "none",
        "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "axes.grid.axis": "y",
        "grid.color": GRID, "grid.linewidth": 0.7, "axes.axisbelow": True, "lines.markersize": 4,
        "xtick.major.size": 3, "ytick.major.size": 0,
    }  # fmt: skip
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(settings)
        yield


def _time(axes: Axes, frame: Frame) -> None:
    margin = (frame.last - frame.first) * 0.02 or 1
    axes.set_xlim(frame.first - margin, frame.last + margin)
    length = frame.last - frame.first
    most = 5 if length <= DAY else 3  # a date takes more room
    pace = next(
        (one for one in (5, 10, 15, 30, 60, 120, 240, 360, 720, DAY) if length / one <= most), 2 * DAY
    )
    start = _first_tick(frame, pace)
    ticks = [start + pace * number for number in range(int((frame.last - start) // pace) + 1)]
    axes.xaxis.set_major_locator(FixedLocator([one for one in ticks if one >= frame.first]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: frame.clock(value)))


def _first_tick(frame: Frame, pace: int) -> float:
    """Return the first minute of the axis at which the clock shows a multiple of `pace`."""
    past = 0 if frame.origin is None else frame.origin.hour * 60 + frame.origin.minute
    return frame.first + -(frame.first + past) % pace


def _weights(axes: Axes, frame: Frame) -> None:
    """Show green's share as a band behind the lines, as high as the share, and write the shares above it."""
    if not frame.steps:
        return
    minutes = [*(minute for minute, _ in frame.steps), frame.last + 1]
    shares = [*(share for _, share in frame.steps), frame.steps[-1][1]]
    axes.fill_between(
        minutes, shares, step="post", color=BAND, linewidth=0, transform=axes.get_xaxis_transform(), zorder=0
    )
    free, length = float("inf"), frame.last - frame.first
    width = 0.085 * length
    for minute, share in reversed(frame.steps):
        left = minute if minute + width <= frame.last else minute - width
        if share and left + width <= free:  # no share is no band, which says it
            axes.annotate(
                f"{share:.0%}", (minute, 1), xycoords=axes.get_xaxis_transform(), xytext=(0, 3), fontsize=9, color=INK,
                textcoords="offset points", ha="left" if left == minute else "right",
            )  # fmt: skip
            free = left
