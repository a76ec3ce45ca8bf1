"""How the pictures look: colours, type, axes of odds, and words beside points."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

BLUE, GREEN, RED, INK, FAINT, SHADE = "#1f6feb", "#1a7f37", "#cf222e", "#24292f", "#8c959f", "#f6f8fa"
STYLE: dict[Any, Any] = {
    "svg.hashsalt": "guardian", "svg.fonttype": "path", "font.size": 10, "axes.titlesize": 12,
    "axes.titleweight": "bold", "axes.titlelocation": "left", "axes.titlepad": 12, "axes.spines.top": False,
    "axes.spines.right": False, "axes.edgecolor": FAINT, "axes.labelcolor": INK, "axes.titlecolor": INK,
    "xtick.color": INK, "ytick.color": INK, "text.color": INK, "axes.grid": True, "axes.grid.axis": "y",
    "grid.color": "#eaeef2", "axes.axisbelow": True, "figure.facecolor": "white", "lines.solid_capstyle": "round",
}  # fmt: skip


def odds_axis(axes: Axes, needed: float, lowest: float, highest: float) -> None:
    """Lay out a logarithmic axis of odds with the line that convicts, roomy enough for both extremes.

    Args:
        axes: Whose vertical axis it is.
        needed: Natural logarithm of the odds that convict.
        lowest: Smallest odds to be shown.
        highest: Largest odds to be shown.
    """
    low, high = min(0.5, lowest / 1.5), max(5 * math.exp(needed), 3 * highest)
    axes.set(yscale="log", ylim=(low, high), ylabel="evidence against green (to 1)")
    decades = range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)
    ticks(axes.yaxis, [10.0**power for power in decades])
    axes.axhline(math.exp(needed), color=RED, lw=1.2, ls="--")
    beside(axes, f"{math.exp(needed):,.0f}:1 convicts green", (0, math.exp(needed)), (6, 4), RED)


def ticks(axis: Axis, at: Sequence[float], marks: Mapping[float, str] = {}) -> None:
    """Label exactly these values of an axis, each with its mark if it has one."""
    axis.set_major_locator(FixedLocator(list(at)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}{marks.get(value, '')}"))


def beside(
    axes: Axes, told: str, point: tuple[float, float], away: tuple[float, float], colour: str, **how: Any
) -> None:
    """Write beside a point, `away` printer's points from it."""
    axes.annotate(told, point, xytext=away, textcoords="offset points", color=colour, **how)


def percent(share: float) -> str:
    """Return a share as whole percent."""
    return f"{100 * share:.0f} %"
