"""One deployment made of measured series, and what the judge says of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.decision_quality.judged import judge_of
from benchmarks.decision_quality.publish import Row

HISTORY, SHIFT = 60, 36
"""Minutes of blue before the shift, and of an A/A shift."""
Side = dict[str, Any] | None
"""One minute of one colour; None where nothing was measured."""


@dataclass(frozen=True)
class Case:
    """One deployment made of real series.

    Attributes:
        name: Where it comes from.
        entity: Whose series it is made of.
        fault: What is different about green: a fault, a labelled window, another day; None where nothing is.
        visible: Whether a crude check sees it.
        history: Rows of blue before.
        shift: Rows from minute 0 on.
    """

    name: str
    entity: str
    fault: str | None
    visible: bool
    history: Sequence[Row]
    shift: Sequence[Row]


@dataclass(frozen=True)
class Call:
    """The judge's rollback: its tick and what it said."""

    tick: int
    sentence: str


def laid_out(history: Sequence[Side], pairs: Sequence[tuple[Side, Side]]) -> tuple[list[Row], list[Row]]:
    """Return the rows of blue's history, and of the shift from its (blue, green) minutes at half the weight each."""
    before = [_row(minute - len(history), blue, None, 0.0) for minute, blue in enumerate(history)]
    return before, [_row(minute, blue, green, 0.5) for minute, (blue, green) in enumerate(pairs)]


def _row(minute: int, blue: Side, green: Side, weight: float) -> Row:
    seen = {"type": "minute", "minute": minute, "seen_at": minute + 2, "weight": weight}
    return {**seen, "blue": blue, "green": green, "shared": {}}


def rollback(case: Case, judge: str) -> Call | None:
    """Return the judge's rollback; None without one."""
    header = {"type": "deployment", "schema": "guardian.tape/1", "id": "d-real", "strategy": "canary"}
    judged = judge_of(judge, header, case.history)
    for tick in range(1, len(case.shift) + 4):
        answer = judged.tick(tick, [row for row in case.shift if row["seen_at"] == tick])
        if answer.diverged:
            return Call(tick, f"{answer.signal}: {answer.sentence}")
    return None
