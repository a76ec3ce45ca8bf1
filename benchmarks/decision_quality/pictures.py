"""Draw the pictures of the documentation from simulated deployments and from a measured curve.

    uv run --group benchmarks python -m benchmarks.decision_quality.pictures

draws evidence.svg, healthy.svg and curve.svg into docs/pictures; the last one from the curve.json there, which
`python -m benchmarks.decision_quality --curve --full --json` prints. The same judge draws the same bytes.
"""

import argparse
import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.decision_quality import paths
from benchmarks.decision_quality.drawing import (
    BLUE,
    FAINT,
    GREEN,
    INK,
    RED,
    SHADE,
    STYLE,
    beside,
    odds_axis,
    percent,
    ticks,
)
from benchmarks.decision_quality.generator import REPORTED_SEEDS, Order
from benchmarks.decision_quality.tasks import CASES, case_order
from guardian.model import Minute

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
SICK = CASES[0]
SICK_SEEDS = range(REPORTED_SEEDS, REPORTED_SEEDS + 25)
"""Of these, the one with the median delay is drawn."""
HEALTHY_SEEDS = range(REPORTED_SEEDS, REPORTED_SEEDS + 50)
SETTING = "budget.alpha"
"""The setting whose curve is drawn."""
AFTER = 0.45
"""Minutes shown after a rollback, as a part of those before it."""
RATES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50)
"""Percentages that an axis may name."""


def evidence_picture(path: paths.Path) -> Figure:
    """Draw a sick green: both colours' median minute by minute, and the evidence up to the rollback."""
    figure = Figure(figsize=(8, 6), layout="constrained")
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=[1, 1.1])
    end = path.ends[-1]
    last = end + (math.ceil(AFTER * end) if path.rollback else 0)
    _medians(top, [row for row in path.rows if row.minute < last], end)
    top.set_title(f"Green takes {SICK.fault.size:g} times as long as blue, from its first minute on")
    bottom.set_title("The evidence against it, all signals together")
    odds = [math.exp(value) for value in path.evidence]
    odds_axis(bottom, path.needed, min(odds), max(odds))
    bottom.plot(path.ends, odds, color=INK, lw=2, marker="o", ms=4)
    if path.rollback:
        for axes in (top, bottom):
            axes.axvspan(end, last, color=SHADE, lw=0, zorder=0)
            axes.axvline(end, color=RED, lw=1)
        bottom.plot([end], odds[-1:], color=RED, marker="o", ms=9)
        weight = percent(path.rows[len(path.ends) - 2].weight)
        told = f"rolled back after {end} minutes,\nat {weight} of the traffic, {odds[-1]:,.0f}:1"
        behind = {"fc": SHADE, "ec": "none", "pad": 2}
        beside(bottom, told, (end, odds[-1]), (12, 0), RED, va="center", bbox=behind)
    bottom.set(xlim=(0, last), xlabel="minutes since the shift began")
    ticks(bottom.xaxis, range(last + 1))
    return figure


def _medians(axes: Axes, shown: Sequence[Minute], end: float) -> None:
    """Draw the median of both colours per minute, faintly after the rollback, and the steps of the weight."""
    for name, colour, away, va in (("green", GREEN, 5, "bottom"), ("blue", BLUE, -6, "top")):
        known = [
            (row.minute + 0.5, side.latency_p50 * 1000)
            for row in shown
            if (side := getattr(row, name)) is not None and side.latency_p50 is not None
        ]
        before = [point for point in known if point[0] < end]
        axes.plot(*zip(*known, strict=True), color=colour, lw=1.2, alpha=0.35)
        axes.plot(*zip(*before, strict=True), color=colour, lw=2, marker="o", ms=4)
        beside(axes, name, known[-1], (0, away), colour, ha="right", va=va)
    axes.set_ylim(0, axes.get_ylim()[1] * 1.25)
    _steps(axes, shown)
    axes.set_ylabel("median response time (ms)")


def _steps(axes: Axes, shown: Sequence[Minute]) -> None:
    """Mark where the weight grows."""
    weights = [0.0, *(row.weight for row in shown)]
    for before, row in zip(weights, shown, strict=False):
        if row.weight > before:
            axes.axvline(row.minute, color=FAINT, lw=0.8, ls=":")
            told = percent(row.weight) + (" of the traffic" if row is shown[0] else "")
            beside(axes, told, (row.minute, axes.get_ylim()[1]), (4, -2), FAINT, va="top")


def healthy_picture(several: Sequence[paths.Path]) -> Figure:
    """Draw the evidence of many healthy deployments under the line that none of them should cross."""
    figure = Figure(figsize=(8, 4.2), layout="constrained")
    axes = figure.subplots()
    highest = max(several, key=lambda path: max(path.evidence))
    top, lowest = math.exp(max(highest.evidence)), math.exp(min(min(path.evidence) for path in several))
    odds_axis(axes, highest.needed, lowest, top)
    for path in several:
        colour = RED if path.crosses or path.rollback else BLUE
        axes.plot(path.ends, [math.exp(value) for value in path.evidence], color=colour, lw=1.1, alpha=0.45)
    at = highest.ends[highest.evidence.index(max(highest.evidence))]
    beside(axes, f"the highest: {top:,.0f}:1", (at, top), (8, 0), INK, va="center")
    wrong = sum(path.crosses or path.rollback for path in several)
    told = f"{wrong} of them convicted" if wrong else "none reaches the line"
    axes.set_title(f"Evidence against {len(several)} healthy greens: {told}")
    axes.set(xlim=(0, max(path.ends[-1] for path in several)), xlabel="minutes since the shift began")
    return figure


def curve_picture(points: Sequence[Mapping[str, Any]]) -> Figure:
    """Draw false rollbacks and delay against one setting, from points that the curve printed as JSON."""
    figure = Figure(figsize=(8, 6.4), layout="constrained")
    top, bottom = figure.subplots(2, 1, sharex=True)
    _false_rollbacks(top, points)
    values, minutes = [point["value"] for point in points], [point["minutes"] for point in points]
    bottom.plot(values, minutes, color=INK, lw=2, marker="o", ms=6)
    for point in points:
        beside(bottom, f"median {point['delay']:g} min", (point["value"], point["minutes"]), (7, 5), INK)
    room = 0.25 * (max(minutes) - min(minutes) or 1.0)
    bottom.set(ylim=(min(minutes) - room, max(minutes) + room), xlim=(values[0] / 1.5, values[-1] * 2.6))
    bottom.set(xlabel=f"{points[0]['setting']}  (* default)", ylabel="minutes later than by default")
    bottom.set_title("How much later a sick green is rolled back, on average")
    ticks(bottom.xaxis, values, {point["value"]: "*" for point in points if point["default"]})
    return figure


def _false_rollbacks(axes: Axes, points: Sequence[Mapping[str, Any]]) -> None:
    """Draw each measured rate with its exact bound on a logarithmic scale, and the rate that the setting promises."""
    floor = 50 / points[0]["healthy"]  # percent: half a rollback
    values = [point["value"] for point in points]
    promised, bounds = [100 * value for value in values], [100 * point["false_bound"] for point in points]
    axes.plot(values, promised, color=FAINT, lw=1.2, ls="--")
    beside(axes, "what the setting promises at most", (values[-2], promised[-2]), (-8, 4), FAINT, ha="right")
    for point, bound in zip(points, bounds, strict=True):
        rate = max(100 * point["false"] / point["healthy"], floor)
        axes.plot([point["value"]] * 2, [rate, bound], color=RED, lw=2, alpha=0.4)
        axes.plot([point["value"]], [bound], color=RED, marker="_", ms=12, mew=2)
        axes.plot(
            [point["value"]], [rate], color=RED, marker="o", ms=6, mfc=RED if point["false"] else "white"
        )
        told = f"{point['false']} of {point['healthy']:,}"
        behind = {"fc": "white", "ec": "none", "pad": 1}
        beside(axes, told, (point["value"], rate), (0, -9), RED, ha="center", va="top", bbox=behind)
    most = max(bounds + promised)
    axes.set(xscale="log", yscale="log", ylim=(floor / 2.5, 1.6 * most), ylabel="rolled back (%)")
    axes.set_title("How many healthy greens are rolled back, up to the 95 % bound")
    ticks(axes.yaxis, [rate for rate in RATES if floor <= rate <= most])


def main(argv: Sequence[str] | None = None) -> int:
    """Draw every picture; 1 when there is no measured curve to draw."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.decision_quality.pictures", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--out", type=Path, default=PICTURES, metavar="FOLDER")
    parser.add_argument("--curve", type=Path, default=PICTURES / "curve.json", metavar="FILE")
    options = parser.parse_args(argv)
    options.out.mkdir(parents=True, exist_ok=True)
    with rc_context(STYLE):
        sick = paths.typical(SICK_SEEDS, case_order(SICK))
        _save(evidence_picture(sick), options.out / "evidence.svg", f"seed {sick.seed:,}")
        healthy = [paths.path_of(seed, Order()) for seed in HEALTHY_SEEDS]
        convicted = sum(path.rollback for path in healthy)
        _save(
            healthy_picture(healthy), options.out / "healthy.svg", f"{convicted} of {len(healthy)} convicted"
        )
        if not options.curve.exists():
            print(
                "no curve.json yet: python -m benchmarks.decision_quality --curve --full --json > curve.json"
            )
            return 1
        curve = json.loads(options.curve.read_text(encoding="utf-8"))
        points = [point for point in curve["points"] if point["setting"] == SETTING]
        _save(
            curve_picture(points),
            options.out / "curve.svg",
            f"{curve['run']['healthy']:,} healthy deployments",
        )
    return 0


def _save(figure: Figure, path: Path, told: str) -> None:
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    print(f"{path.name}: {told}")


if __name__ == "__main__":
    sys.exit(main())
