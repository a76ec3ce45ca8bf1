"""Curves for an operator: false rollbacks and delay when one setting of the policy is moved and the others stay."""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median
from typing import Any

from benchmarks.decision_quality.generator import DRAWN, Order
from benchmarks.decision_quality.judged import PRODUCTION, Variant
from benchmarks.decision_quality.play import GUARDIAN, Played, Task
from benchmarks.decision_quality.pool import play_all
from benchmarks.decision_quality.report import number, table
from benchmarks.decision_quality.scores import Score, score
from benchmarks.decision_quality.tasks import FAULTY, HEALTHY, NOTHING, Size
from guardian.policy import Policy

SETTINGS: dict[tuple[str, str], tuple[float, ...]] = {
    ("budget", "alpha"): (0.0005, 0.002, 0.005, 0.02, 0.05),
    ("latency", "limit"): (1.1, 1.2, 1.3, 1.5),
    ("errors", "limit"): (1.75, 2.0, 3.0, 5.0),
    ("latency", "tolerance"): (1.05, 1.10, 1.15),
}
"""Values by section and setting; a limit may not lie below its tolerance."""
QUICK = replace(NOTHING, healthy=100, faulty=100)
FULL = replace(NOTHING, healthy=4000, faulty=1000)
HEADINGS = (
    "setting", "value", "false", "at most", "caught", "share", "delay", "x oracle", "x default", "minutes",
)  # fmt: skip
EXPLAINED = """* default. share, x oracle: of what the oracle catches. x default: median ratio of the delays, minutes:
mean difference, on faults that are caught either way."""


@dataclass(frozen=True)
class Point:
    """What one value of one setting gives.

    Attributes:
        setting: As in the policy, for example `budget.alpha`.
        value: Of the setting.
        default: Whether it is the policy's default.
        score: False rollbacks, what is caught of what the oracle catches, and how late.
        ratio: Median ratio of the delay to the default's, on faults that both catch; None without any.
        minutes: Mean of the minutes by which those are caught later than by default.
    """

    setting: str
    value: float
    default: bool
    score: Score
    ratio: float | None
    minutes: float | None


def variant_of(section: str, setting: str, value: float) -> Variant:
    """Return the judge with one setting of its policy; the default value is the judge as it is deployed."""
    if value == default_of(section, setting):
        return PRODUCTION
    return Variant(f"{section}.{setting} {value:g}", setting=(section, setting, value))


def default_of(section: str, setting: str) -> float:
    """Return a setting's default."""
    return float(getattr(getattr(Policy(), section), setting))


def values_of(section: str, setting: str) -> tuple[float, ...]:
    """Return the values that are measured, always with the default."""
    return tuple(sorted({*SETTINGS[section, setting], default_of(section, setting)}))


def curve_tasks(first: int, size: Size, judge: str) -> Iterator[Task]:
    """Yield every deployment, each to be judged with every value of every setting."""
    moved = [variant_of(*at, value) for at in SETTINGS for value in values_of(*at)]
    variants = tuple(dict.fromkeys([PRODUCTION, *moved]))
    for i in range(size.healthy):
        yield Task(HEALTHY, first + i, Order(), judge, peers=False, oracle=False, variants=variants)
    for i in range(size.faulty):
        yield Task(FAULTY, first + i, Order(fault=DRAWN), judge, peers=False, variants=variants)


def points(healthy: Sequence[Played], faulty: Sequence[Played]) -> list[Point]:
    """Return one point for each value of each setting."""
    return [_point(*at, value, healthy, faulty) for at in SETTINGS for value in values_of(*at)]


def _point(
    section: str, setting: str, value: float, healthy: Sequence[Played], faulty: Sequence[Played]
) -> Point:
    name = variant_of(section, setting, value).name
    pairs = [(one.delay(name), one.delay(GUARDIAN)) for one in faulty]
    both = [(moved, usual) for moved, usual in pairs if moved is not None and usual is not None]
    return Point(
        setting=f"{section}.{setting}",
        value=value,
        default=name == GUARDIAN,
        score=score(name, healthy, faulty),
        ratio=median(moved / usual for moved, usual in both) if both else None,
        minutes=fmean(moved - usual for moved, usual in both) if both else None,
    )


def main(first: int, size: Size, judge: str, processes: int, as_json: bool) -> int:
    """Measure and print the curves."""
    begun = time.perf_counter()
    played = play_all(curve_tasks(first, size, judge), processes)
    groups = {name: [one for one in played if one.task.group == name] for name in (HEALTHY, FAULTY)}
    lines = points(groups[HEALTHY], groups[FAULTY])
    seconds = time.perf_counter() - begun
    if as_json:
        run = {"first_seed": first, "judge": judge, "healthy": size.healthy, "faulty": size.faulty}
        print(json.dumps(as_data(lines, {**run, "seconds": round(seconds)}), indent=1))
    else:
        print(f"seeds from {first:,}: {size.healthy:,} healthy, {size.faulty:,} faulty; {seconds:.0f} s\n")
        print(table(HEADINGS, map(_line, lines)))
        print(f"\n{EXPLAINED}")
    return 0


def _line(one: Point) -> tuple[str, ...]:
    told, false = one.score, one.score.false
    share = told.caught / told.eligible if told.eligible else None
    return (
        one.setting, f"{one.value:g}{'*' if one.default else ' '}",
        f"{false.count} of {false.total:,}", f"{false.bound:.2%}", f"{told.caught} of {told.eligible}",
        number(share, ".0%"), number(told.delay, ".1f"), number(told.ratio, ".2f"), number(one.ratio, ".2f"),
        number(one.minutes, "+.2f"),
    )  # fmt: skip


def as_data(lines: Sequence[Point], run: dict[str, Any]) -> dict[str, Any]:
    """Return the curves as plain data."""
    return {
        "schema": "guardian.benchmark-curve/1",
        "run": run,
        "points": [
            {
                "setting": one.setting, "value": one.value, "default": one.default,
                "false": one.score.false.count, "healthy": one.score.false.total,
                "false_bound": one.score.false.bound, "caught": one.score.caught, "eligible": one.score.eligible,
                "delay": one.score.delay, "x_oracle": one.score.ratio, "x_default": one.ratio,
                "minutes": one.minutes,
            }
            for one in lines
        ],
    }  # fmt: skip
