"""Green's weight over time for the predefined deployment configurations of CodeDeploy and for all at once."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.decision_quality.latency import Floats


@dataclass(frozen=True)
class Plan:
    """A traffic shift.

    Attributes:
        name: As people say it.
        strategy: The tape's word.
        step: Weight added per step, 0 to 1.
        every: Minutes between steps; 0 for a single step.
        canary: True when the second step goes to 100 %.
    """

    name: str
    strategy: str
    step: float
    every: int
    canary: bool = False

    def weight_at(self, minutes: npt.NDArray[np.floating[Any]]) -> Floats:
        """Return the weight at times counted in minutes since the first step; 0 before it."""
        if self.every == 0:
            return np.where(minutes >= 0, 1.0, 0.0)
        steps = np.floor(minutes / self.every) + 1
        weight = np.where(steps >= 2, 1.0, self.step) if self.canary else np.minimum(1.0, steps * self.step)
        return np.where(minutes >= 0, weight, 0.0)

    @property
    def steps_at(self) -> tuple[float, ...]:
        """Minutes after the first step at which the weight changes."""
        if self.every == 0:
            return (0.0,)
        count = 2 if self.canary else round(1 / self.step)
        return tuple(float(self.every * i) for i in range(count))


LINEAR_3 = Plan("linear 10 % / 3 min", "linear", 0.1, 3)
LINEAR_1 = Plan("linear 10 % / 1 min", "linear", 0.1, 1)
CANARY_5 = Plan("canary 10 % 5 min", "canary", 0.1, 5, canary=True)
CANARY_15 = Plan("canary 10 % 15 min", "canary", 0.1, 15, canary=True)
AT_ONCE = Plan("all at once", "all_at_once", 1.0, 0)
PLANS = (LINEAR_3, LINEAR_1, CANARY_5, CANARY_15, AT_ONCE)
MIX = (0.5, 0.15, 0.1, 0.15, 0.1)
"""How often each plan is drawn; the linear plan of the guides comes first."""


@dataclass(frozen=True)
class Weights:
    """One shift on the clock: arrays over minutes 0, 1, ...

    Attributes:
        share: Mean weight over the minute: what the requests followed.
        at_end: Weight at the end of the minute: what a row says.
        since_step: Minutes from the latest weight step to the middle of the minute.
        step_size: Height of that step.
    """

    share: Floats
    at_end: Floats
    since_step: Floats
    step_size: Floats


def on_the_clock(plan: Plan, minutes: int, phase: float) -> Weights:
    """Lay a plan over whole minutes; the first step falls `phase` (0 to 1) of a minute into minute 0."""
    fine = 20
    times = (np.arange(minutes * fine) + 0.5) / fine - phase
    share = plan.weight_at(times).reshape(minutes, fine).mean(axis=1)
    ends = np.arange(1, minutes + 1) - phase - 1e-9
    steps = np.asarray(plan.steps_at)
    middle = np.maximum(np.arange(minutes) + 0.5 - phase, 0.0)
    latest = np.searchsorted(steps, middle, side="right") - 1
    before = np.concatenate([[0.0], plan.weight_at(steps)[:-1]])
    heights = plan.weight_at(steps) - before
    return Weights(share, plan.weight_at(ends), middle - steps[latest], heights[latest])
