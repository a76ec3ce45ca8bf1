"""The series that both colours of a deployment share: steps, cold starts, incidents, and the course of the fault."""

from dataclasses import dataclass

import numpy as np

from benchmarks.decision_quality.faults import Fault, Kind
from benchmarks.decision_quality.latency import Floats
from benchmarks.decision_quality.noise import bursts
from benchmarks.decision_quality.shifts import Weights
from benchmarks.decision_quality.world import World


@dataclass(frozen=True)
class Stage:
    """Series that several parts of the simulation share: arrays over history and shift.

    Attributes:
        minutes: Minute numbers, negative in the history.
        share: Green's mean weight over the minute.
        cold: Log slowness of green's cold starts.
        step: 1 where the weight changes.
        blips_green: 1 where green answers a few errors because tasks are being replaced.
        blips_blue: The same on blue.
        fault: What is wrong; None for a healthy green.
        slow: Log slowness of both colours in shared incidents.
        failing: Error rate of both colours in shared incidents.
    """

    minutes: Floats
    share: Floats
    cold: Floats
    step: Floats
    blips_green: Floats
    blips_blue: Floats
    fault: Fault | None
    slow: Floats
    failing: Floats

    def grown(self, *kinds: Kind) -> Floats:
        """Return how much of a fault of one of these kinds is there, 0 to 1; 0 throughout for any other."""
        if self.fault is None or self.fault.kind not in kinds:
            return np.zeros(self.minutes.size)
        return self.fault.grown(self.minutes) * (self.minutes >= 0)

    def factor(self, *kinds: Kind) -> Floats:
        """Return the multiplier of a fault of one of these kinds; 1 throughout for any other."""
        if self.fault is None or self.fault.kind not in kinds:
            return np.ones(self.minutes.size)
        return np.where(self.minutes >= 0, self.fault.factor(self.minutes), 1.0)


def stage_of(
    rng: np.random.Generator, world: World, weights: Weights, history: int, fault: Fault | None
) -> Stage:
    """Draw the shared series of one deployment."""
    nuisances, shift = world.nuisances, weights.share.size
    minutes = np.arange(-history, shift, dtype=np.float64)
    fresh = np.where(
        weights.step_size >= 0.999, 1.0, np.where(weights.since_step < np.arange(shift), 0.3, 1.0)
    )
    cold = nuisances.cold * fresh * np.exp(-weights.since_step / nuisances.cold_minutes)
    stepped = np.diff(weights.at_end, prepend=0.0) > 0
    blips = stepped * (rng.random((2, shift)) < 0.15)  # at a later step now and then, on either colour
    blips[0, 0] = True  # green's first requests
    inside = bursts(rng, minutes.size, nuisances.incidents, longest=8, often_longer=0.6)
    failing = inside * (rng.random() < 0.5) * rng.uniform(0.002, 0.04)
    slow = inside * rng.uniform(0.1, 0.8) * np.exp(rng.normal(0, 0.1, minutes.size)) * (rng.random() < 0.8)
    return Stage(
        minutes=minutes,
        share=np.concatenate([np.zeros(history), weights.share]),
        cold=np.concatenate([np.zeros(history), cold]),
        step=np.concatenate([np.zeros(history), stepped]),
        blips_green=np.concatenate([np.zeros(history), blips[0]]),
        blips_blue=np.concatenate([np.zeros(history), blips[1]]),
        fault=fault,
        slow=slow,
        failing=failing,
    )
