"""Green's share of the traffic over time, as the listener had it."""

from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Weights:
    """The weight changes of one deployment, oldest first; green has none before the first.

    Attributes:
        changes: Pairs of (minute, green's weight from then on). Minutes may be fractions: listeners do not
            wait for the full minute. Weights are 0 to 1.
    """

    changes: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        if any(later <= earlier for (earlier, _), (later, _) in pairwise(self.changes)):
            raise ValueError("weight changes must be in order of time, one per moment; sort them")
        for at, green in self.changes:
            if not 0.0 <= green <= 1.0:
                raise ValueError(f"green's weight is {green} at minute {at}; give a share between 0 and 1")

    @classmethod
    def linear(cls, step: float = 0.1, every: float = 3.0, starts: float = 0.0) -> "Weights":
        """Return a shift in equal steps until green has everything; the default is 10 % every 3 minutes."""
        if not 0.0 < step <= 1.0 or every <= 0.0:
            raise ValueError(f"step is {step} and every is {every}; give a share above 0 and minutes above 0")
        steps = round(1.0 / step)
        return cls(tuple((starts + every * k, min(1.0, round(step * (k + 1), 9))) for k in range(steps)))

    @classmethod
    def canary(cls, share: float = 0.1, bake: float = 5.0, starts: float = 0.0) -> "Weights":
        """Return a shift of `share` at first and of everything after `bake` minutes."""
        return cls(((starts, share), (starts + bake, 1.0)))

    @classmethod
    def at_once(cls, starts: float = 0.0) -> "Weights":
        """Return a shift of all traffic in one step."""
        return cls(((starts, 1.0),))

    def then(self, at: float, green: float) -> "Weights":
        """Return these weights with the change of `at`; whatever was planned from then on is dropped."""
        return Weights((*(change for change in self.changes if change[0] < at), (at, green)))

    def at(self, minute: float) -> float:
        """Return green's weight at one moment."""
        return next((green for at, green in reversed(self.changes) if at <= minute), 0.0)

    def integral(self, start: float, end: float) -> float:
        """Return the time-weighted sum of green's weight between two moments, in minutes of all traffic."""
        total = 0.0
        for (at, green), (until, _) in pairwise((*self.changes, (float("inf"), 0.0))):
            total += green * max(0.0, min(until, end) - max(at, start))
        return total

    def share(self, index: int) -> float:
        """Return green's time-weighted mean share of minute `index`."""
        return min(1.0, self.integral(index, index + 1))

    def rises(self, index: int) -> tuple[float, ...]:
        """Return the moments, before the end of minute `index`, at which green's weight grew."""
        levels = ((float("-inf"), 0.0), *self.changes)
        return tuple(at for (_, before), (at, green) in pairwise(levels) if green > before and at < index + 1)
