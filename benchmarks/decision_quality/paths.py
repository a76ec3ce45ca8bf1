"""The way that the evidence takes through one deployment: each minute folded once, when it is complete."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.decision_quality.generator import Order, generate
from benchmarks.decision_quality.judged import minute_of, policy_of
from benchmarks.decision_quality.publish import Row
from guardian.judge import begin, read, step
from guardian.judge.weighing import weighed
from guardian.model import Finding, Minute


@dataclass(frozen=True)
class Path:
    """One deployment's evidence, up to the rollback or the end of the shift.

    Attributes:
        seed: Of the deployment.
        rows: The minutes of the whole shift.
        ends: Minutes since the shift began, at the end of each minute that was folded.
        evidence: Natural logarithm of the evidence against green, of all signals together, at those times.
        needed: Natural logarithm of the evidence that convicts.
        rollback: Whether the last minute convicted green.
    """

    seed: int
    rows: tuple[Minute, ...]
    ends: tuple[int, ...]
    evidence: tuple[float, ...]
    needed: float
    rollback: bool

    @property
    def decided(self) -> float:
        """Minutes until green was convicted; infinite when it never was."""
        return float(self.ends[-1]) if self.rollback else float("inf")

    @property
    def crosses(self) -> bool:
        """Whether the evidence ever reaches what convicts."""
        return max(self.evidence) >= self.needed


def path_of(seed: int, order: Order) -> Path:
    """Fold a seed's deployment minute by minute until green is convicted."""
    deployment = generate(seed, order)
    policy = policy_of(deployment.header)
    state, rows = begin(_complete(deployment.history)), _complete(deployment.shift)
    ends, evidence, rollback = [0], [0.0], False
    for row in rows:
        state = step(state, row, policy)
        scale = weighed(state, policy)
        ends.append(row.minute + 1)
        evidence.append(scale.total)
        rollback = read(state, policy).finding is Finding.DIVERGED
        if rollback:
            break
    needed = weighed(state, policy).needed
    return Path(seed, rows, tuple(ends), tuple(evidence), needed, rollback)


def _complete(rows: Sequence[Row]) -> tuple[Minute, ...]:
    """Return each minute as it was seen last, in the order of the minutes."""
    newest = {row["minute"]: row for row in rows}
    return tuple(minute_of(newest[minute]) for minute in sorted(newest))


def typical(seeds: Sequence[int], order: Order) -> Path:
    """Return the path whose delay is the median of all, so that nobody chose the one that looks best."""
    paths = sorted((path_of(seed, order) for seed in seeds), key=lambda path: (path.decided, path.seed))
    return paths[(len(paths) - 1) // 2]
