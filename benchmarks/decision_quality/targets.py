"""The published targets, each with what was measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from benchmarks.decision_quality.costs import Cost
from benchmarks.decision_quality.play import GUARDIAN, ORACLE, Played
from benchmarks.decision_quality.scores import FalseRollbacks, Score, false_rollbacks, median_delay
from benchmarks.decision_quality.tasks import BAKE, CASES, HEALTHY, THIN, Case

Groups = Mapping[str, Sequence[Played]]
NOT_PLAYED = "not played"


@dataclass(frozen=True)
class Target:
    """One line: what was asked for, what was measured; `met` is None when too few were played to tell."""

    name: str
    target: str
    measured: str
    met: bool | None


def targets(groups: Groups, guardian: Score, cost: Cost | None) -> list[Target]:
    """Return every target of docs/judge.md with what this run measured."""
    whole, bake, thin = (false_rollbacks(GUARDIAN, groups.get(name, [])) for name in (HEALTHY, BAKE, THIN))
    lines = [
        _false("false rollbacks, 36 minutes", whole, 0.001, 0.002),
        _false("false rollbacks, 24 h of bake", bake, 0.003, 0.006),
        _false("false rollbacks at 5 requests a minute", thin, 0.0, 0.01),
        _number("median delay over the oracle's", guardian.ratio, 1.5),
        _share("caught, of what the oracle catches", guardian),
        *(_case(case, groups.get(case.name, [])) for case in CASES),
    ]
    if cost is not None:
        lines.append(_number("median tick", cost.tick * 1000, 1.0, " ms"))
        lines.append(_number("72 h of tape", cost.tape, 5.0, " s"))
    return lines


def _case(case: Case, played: Sequence[Played]) -> Target:
    line = _number(f"median delay, {case.name}", median_delay(GUARDIAN, played), case.target, " min")
    best = _number("", median_delay(ORACLE, played), case.target, " min").measured
    return replace(line, measured=f"{line.measured} (oracle {best})") if played else line


def _false(name: str, measured: FalseRollbacks, rate: float, bound: float) -> Target:
    if not measured.total:
        return Target(name, f"<= {rate:.1%}, bound {bound:.1%}", NOT_PLAYED, None)
    told = f"{measured.rate:.2%} ({measured.count} of {measured.total:,}), at most {measured.bound:.2%}"
    too_many = measured.rate > rate
    met = False if too_many else True if measured.bound <= bound else None
    return Target(name, f"<= {rate:.1%}, bound {bound:.1%}", told, met)


def _number(name: str, value: float | None, limit: float, unit: str = "") -> Target:
    if value is None:
        return Target(name, f"<= {limit:g}{unit}", NOT_PLAYED, None)
    told = "never" if value == float("inf") else f"{value:.2f}{unit}"
    return Target(name, f"<= {limit:g}{unit}", told, value <= limit)


def _share(name: str, guardian: Score) -> Target:
    if not guardian.eligible:
        return Target(name, ">= 90 %", NOT_PLAYED, None)
    share = guardian.caught / guardian.eligible
    return Target(name, ">= 90 %", f"{share:.0%} ({guardian.caught} of {guardian.eligible})", share >= 0.9)
