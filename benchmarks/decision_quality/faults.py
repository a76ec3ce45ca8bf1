"""What can be wrong with green: a kind, a size, a start, and how it comes."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from benchmarks.decision_quality.latency import Floats


class Kind(StrEnum):
    """The faults of practices A 1 to 13 and 63."""

    LATENCY = "latency"
    LATENCY_RAMP = "latency_ramp"
    LATENCY_P99 = "latency_p99"
    ERRORS = "errors_5xx"
    CONNECTION_ERRORS = "connection_errors"
    DEAD = "dead"
    SHARE = "request_share"
    TRAFFIC = "total_traffic"
    LEAK = "db_connections"
    CPU = "cpu"
    CUSTOM = "custom_ratio"


@dataclass(frozen=True)
class Fault:
    """The truth about a faulty green.

    Attributes:
        kind: What is wrong.
        size: Latency and CPU: ratio to health. Errors: additional rate, 0 to 1. Share, traffic and custom ratio: the
            part that is left, 0 to 1. Leak: minutes from its start until the maximum is reached. Dead: 1.
        start: First minute in which it shows.
        ramp: Minutes until it has its full size; 0 for a step.
    """

    kind: Kind
    size: float
    start: int = 0
    ramp: int = 0

    def grown(self, minutes: Floats) -> Floats:
        """Return how much of the fault is there in each minute, 0 to 1."""
        age = minutes - self.start
        if self.ramp == 0:
            return np.where(age >= 0, 1.0, 0.0)
        return np.clip((age + 1) / self.ramp, 0.0, 1.0)

    def factor(self, minutes: Floats) -> Floats:
        """Return the multiplier of a ratio-like fault in each minute (1 is health), on the log scale when it ramps."""
        factor: Floats = np.exp(self.grown(minutes) * np.log(max(self.size, 1e-6)))
        return factor


MIX = {
    Kind.LATENCY: 0.28, Kind.LATENCY_RAMP: 0.10, Kind.LATENCY_P99: 0.07, Kind.ERRORS: 0.25,
    Kind.CONNECTION_ERRORS: 0.05, Kind.DEAD: 0.04, Kind.SHARE: 0.04, Kind.TRAFFIC: 0.03, Kind.LEAK: 0.04,
    Kind.CPU: 0.05, Kind.CUSTOM: 0.05,
}  # fmt: skip
"""How often each kind is drawn."""


def drawn(rng: np.random.Generator) -> Fault:
    """Draw a fault: sizes log-uniform over their range, two thirds present from the first minute."""
    kind = list(MIX)[rng.choice(len(MIX), p=np.array(list(MIX.values())) / sum(MIX.values()))]
    start = int(rng.integers(1, 22)) if rng.random() < 1 / 3 else 0
    low, high = RANGES[kind]
    size = float(np.exp(rng.uniform(np.log(low), np.log(high))))
    ramp = int(rng.integers(5, 16)) if kind is Kind.LATENCY_RAMP else 0
    return Fault(kind, size, start, ramp)


RANGES: dict[Kind, tuple[float, float]] = {
    Kind.LATENCY: (1.2, 4.0), Kind.LATENCY_RAMP: (1.3, 4.0), Kind.LATENCY_P99: (1.5, 6.0),
    Kind.ERRORS: (0.001, 0.5), Kind.CONNECTION_ERRORS: (0.01, 0.5), Kind.DEAD: (1.0, 1.0),
    Kind.SHARE: (0.05, 0.55), Kind.TRAFFIC: (0.02, 0.4), Kind.LEAK: (5.0, 30.0), Kind.CPU: (1.3, 3.0),
    Kind.CUSTOM: (0.3, 0.75),
}  # fmt: skip
"""Smallest and largest size of each kind."""
