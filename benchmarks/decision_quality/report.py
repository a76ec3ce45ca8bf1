"""The results as text and as JSON."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.decision_quality.play import GUARDIAN, ORACLE, Played
from benchmarks.decision_quality.scores import Score
from benchmarks.decision_quality.targets import Target
from benchmarks.decision_quality.tasks import ABLATED_HEALTHY

SHOWN = 12
"""False rollbacks told one by one."""
HEADINGS = (
    "rule", "false", "at most", "early", "caught", "of", "share", "delay", "x oracle", "weight", "harm done",
)  # fmt: skip


@dataclass(frozen=True)
class Told:
    """A part of the results as text and as plain data; `missed` when a target in it is."""

    text: str
    data: dict[str, Any]
    missed: bool = False


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return columns of equal width: the first to the left, the others to the right."""
    lines = [list(headings), *(list(row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(headings))]
    told = [
        "  ".join(cell.ljust(width) if i == 0 else cell.rjust(width) for i, (cell, width) in enumerate(pairs))
        for pairs in ([*zip(line, widths, strict=True)] for line in lines)
    ]
    return "\n".join([told[0], "-" * len(told[0]), *told[1:]])


def number(value: float | None, form: str) -> str:
    """Return a number as text, `-` where there is none."""
    return "-" if value is None else format(value, form)


def _line(one: Score) -> tuple[str, ...]:
    share = one.caught / one.eligible if one.eligible else None
    false = f"{one.false.rate:.2%}" if one.false.total else "-"
    bound = f"{one.false.bound:.2%}" if one.false.total else "-"
    return (
        one.name, false, bound, str(one.early), str(one.caught), str(one.eligible), number(share, ".0%"),
        number(one.delay, ".1f"), number(one.ratio, ".2f"), number(one.weight, ".0%"), number(one.harm, ".0%"),
    )  # fmt: skip


def scores_text(scores: Sequence[Score]) -> str:
    """Return the table of all rules."""
    return table(HEADINGS, [_line(one) for one in scores])


def groups_text(by: str, groups: dict[str, Score]) -> str:
    """Return the judge's table by kind of fault or by traffic shift."""
    lines = [(name, *_line(one)[3:]) for name, one in groups.items()]
    return table((f"{GUARDIAN} by {by}", *HEADINGS[3:]), lines)


def targets_text(lines: Sequence[Target]) -> str:
    """Return the table of targets; `?` means that too few were played to tell."""
    marks = {True: "met", False: "MISSED", None: "?"}
    return table(
        ("target", "asked", "measured", ""),
        [(one.name, one.target, one.measured, marks[one.met]) for one in lines],
    )


def false_text(played: Sequence[Played]) -> str:
    """Return the judge's false rollbacks one by one, so that each can be played again by its seed."""
    wrong = [
        one
        for one in played
        if one.fault is None and GUARDIAN in one.calls and one.task.group != ABLATED_HEALTHY
    ]
    lines = [
        f"  {one.task.group}, seed {one.task.seed}, tick {one.calls[GUARDIAN].tick}, {one.plan}, "
        f"{one.requests:,.0f}/min, {one.signal}: {one.sentence}\n"
        f"    with {', '.join(one.visits) or 'no nuisance'}"
        for one in wrong[:SHOWN]
    ]
    more = [f"  and {len(wrong) - SHOWN} more"] if len(wrong) > SHOWN else []
    return "\n".join(["false rollbacks:", *lines, *more]) if wrong else "no false rollback"


def missed_text(faulty: Sequence[Played]) -> str:
    """Return faults that the oracle caught early and the judge never."""
    missed = [one for one in faulty if one.delay(ORACLE) is not None and GUARDIAN not in one.calls]
    missed.sort(key=lambda one: one.delay(ORACLE) or 0)
    lines = [
        f"  seed {one.task.seed}, oracle after {one.delay(ORACLE)}, {one.plan}, {one.requests:,.0f}/min, {one.fault}"
        for one in missed[:SHOWN]
    ]
    return "\n".join([f"never caught: {len(missed)}, the clearest first", *lines])


def as_data(scores: Sequence[Score], kinds: dict[str, Score], lines: Sequence[Target]) -> dict[str, Any]:
    """Return the tables of rules, faults and targets as plain data."""
    return {
        "rules": [
            {**asdict(one), "false_rate": one.false.rate, "false_bound": one.false.bound} for one in scores
        ],
        "by_fault": {kind: asdict(one) for kind, one in kinds.items()},
        "targets": [asdict(one) for one in lines],
    }
