"""What each protection is worth: the same deployments judged with all of them and with one taken away."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

from benchmarks.decision_quality.judged import protections
from benchmarks.decision_quality.play import GUARDIAN, Played
from benchmarks.decision_quality.report import number, table
from benchmarks.decision_quality.scores import FalseRollbacks, false_rollbacks
from benchmarks.decision_quality.statistics import ratio_lower_bound
from benchmarks.decision_quality.tasks import without

HEADINGS = (
    "taken away", "false", "at most", "factor", "at least", "caught", "both ways", "later", "x delay", "minutes",
)  # fmt: skip
EXPLAINED = """factor: false rollbacks over those with every protection, and its exact lower 95 % bound. Faults: caught
after they began; caught with the protection and without it; of these later with it; median ratio of the delay with it
to the delay without it; mean minutes that it costs."""


@dataclass(frozen=True)
class Worth:
    """One line: the judge with every protection, or with one taken away.

    Attributes:
        taken_away: The protection; None for the line with all of them.
        false: Rollbacks of the healthy deployments.
        factor: False rollbacks over those with every protection; None when there were none with every protection.
        factor_at_least: Exact lower 95 % bound of that factor.
        caught: Faults caught after they began.
        faulty: Faulty deployments.
        both: Faults caught both ways.
        delayed: Of those, how many are caught later with the protection.
        delay_ratio: Median over those of the delay with the protection to the delay without it; None without any.
        minutes: Mean over those of the minutes that the protection costs.
    """

    taken_away: str | None
    false: FalseRollbacks
    factor: float | None
    factor_at_least: float
    caught: int
    faulty: int
    both: int
    delayed: int
    delay_ratio: float | None
    minutes: float | None


def worths(healthy: Sequence[Played], faulty: Sequence[Played]) -> list[Worth]:
    """Return the line with every protection, then one line for each that was taken away."""
    return [_worth(None, healthy, faulty), *(_worth(name, healthy, faulty) for name in protections())]


def _worth(protection: str | None, healthy: Sequence[Played], faulty: Sequence[Played]) -> Worth:
    name = GUARDIAN if protection is None else without(protection).name
    false, usual = false_rollbacks(name, healthy), false_rollbacks(GUARDIAN, healthy)
    delays = [(one.delay(GUARDIAN), one.delay(name)) for one in faulty]
    both = [(on, off) for on, off in delays if on is not None and off is not None]
    return Worth(
        taken_away=protection,
        false=false,
        factor=false.count / usual.count if usual.count else None,
        factor_at_least=ratio_lower_bound(false.count, usual.count),
        caught=sum(1 for _, off in delays if off is not None),
        faulty=len(faulty),
        both=len(both),
        delayed=sum(1 for on, off in both if on > off),
        delay_ratio=median(on / off for on, off in both) if both else None,
        minutes=fmean(on - off for on, off in both) if both else None,
    )


def ablation_text(lines: Sequence[Worth]) -> str:
    """Return the table, with what its columns mean."""
    return f"{table(HEADINGS, map(_line, lines))}\n{EXPLAINED}"


def _line(one: Worth) -> tuple[str, ...]:
    factor = "from none" if one.factor is None and one.false.count else number(one.factor, ".1f")
    counted = [
        one.taken_away or "nothing",
        f"{one.false.count} of {one.false.total:,}",
        f"{one.false.bound:.2%}",
    ]
    caught = f"{one.caught} of {one.faulty}"
    if one.taken_away is None:
        return (*counted, "-", "-", caught, str(one.both), "-", "-", "-")
    return (
        *counted, factor, f"{one.factor_at_least:.1f}", caught, str(one.both), str(one.delayed),
        number(one.delay_ratio, ".2f"), number(one.minutes, "+.2f"),
    )  # fmt: skip


def as_data(lines: Sequence[Worth]) -> list[dict[str, Any]]:
    """Return the table as plain data."""
    return [
        {**vars(one), "false": one.false.count, "healthy": one.false.total, "false_bound": one.false.bound}
        for one in lines
    ]
