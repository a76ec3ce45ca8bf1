"""From played deployments to numbers."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.decision_quality.play import GUARDIAN, ORACLE, Played
from benchmarks.decision_quality.statistics import upper_bound


@dataclass(frozen=True)
class FalseRollbacks:
    """Rollbacks of healthy deployments, with the exact one-sided upper 95 % bound of their rate."""

    count: int
    total: int

    @property
    def rate(self) -> float:
        """The share of the healthy deployments; nan without any."""
        return self.count / self.total if self.total else float("nan")

    @property
    def bound(self) -> float:
        """Upper 95 % bound (Clopper and Pearson)."""
        return upper_bound(self.count, self.total)


@dataclass(frozen=True)
class Score:
    """One rule's line in the table.

    Attributes:
        name: The rule.
        false: On healthy deployments.
        early: Faulty deployments rolled back before the fault began.
        caught: Faults caught within the shift, of those that the oracle caught.
        eligible: Faults that the oracle caught.
        delay: Median minutes from the fault's start to the rollback, of the caught; None without any.
        ratio: Median ratio of that delay to the oracle's.
        weight: Median weight of green at the rollback.
        harm: Mean share of the harm without a guard that was done in spite of the rule, over the eligible.
    """

    name: str
    false: FalseRollbacks
    early: int
    caught: int
    eligible: int
    delay: float | None
    ratio: float | None
    weight: float | None
    harm: float | None


def score(name: str, healthy: Sequence[Played], faulty: Sequence[Played]) -> Score:
    """Return the line of one rule."""
    eligible = [one for one in faulty if one.delay(ORACLE) is not None]
    caught = [one for one in eligible if one.delay(name) is not None]
    harms = [
        (one.calls[name].harmed if name in one.calls else one.harmed_in_all) / one.harmed_in_all
        for one in eligible
        if one.harmed_in_all > 0
    ]
    return Score(
        name=name,
        false=false_rollbacks(name, healthy),
        early=sum(1 for one in faulty if name in one.calls and one.delay(name) is None),
        caught=len(caught),
        eligible=len(eligible),
        delay=_median([_delay(one, name) for one in caught]),
        ratio=_median([_delay(one, name) / _delay(one, ORACLE) for one in caught]),
        weight=_median([one.calls[name].weight for one in caught]),
        harm=sum(harms) / len(harms) if harms else None,
    )


def false_rollbacks(name: str, healthy: Sequence[Played]) -> FalseRollbacks:
    """Count a rule's rollbacks of healthy deployments."""
    return FalseRollbacks(sum(1 for one in healthy if name in one.calls), len(healthy))


def _delay(one: Played, name: str) -> float:
    delay = one.delay(name)
    return float("inf") if delay is None else float(delay)


def _median(values: Sequence[float]) -> float | None:
    return float(median(values)) if values else None


def median_delay(name: str, faulty: Sequence[Played]) -> float | None:
    """Return the median delay over all, counting those never caught as infinite; None without any."""
    return _median([_delay(one, name) for one in faulty])


def by_kind(faulty: Sequence[Played]) -> dict[str, Score]:
    """Return the judge's score for each kind of fault."""
    return _by(faulty, lambda one: one.fault.kind.value if one.fault else "healthy")


def by_plan(faulty: Sequence[Played]) -> dict[str, Score]:
    """Return the judge's score for each traffic shift."""
    return _by(faulty, lambda one: one.plan)


def _by(faulty: Sequence[Played], key: Callable[[Played], str]) -> dict[str, Score]:
    groups: dict[str, list[Played]] = defaultdict(list)
    for one in faulty:
        groups[key(one)].append(one)
    return {name: score(GUARDIAN, [], group) for name, group in sorted(groups.items())}
