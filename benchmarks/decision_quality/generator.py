"""Deployments as tapes in memory, with their truth: pure functions of a seed.

Seeds below 100,000 are for development, seeds from 1,000,000 for reported numbers; between them lies nothing, so that a
judge is never tuned on what it is reported on.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from benchmarks.decision_quality import faults, shifts, world
from benchmarks.decision_quality.faults import Fault, Kind
from benchmarks.decision_quality.publish import Row, rows
from benchmarks.decision_quality.shifts import Plan, Weights
from benchmarks.decision_quality.traffic import Traffic, simulate
from benchmarks.decision_quality.world import World

DEVELOPMENT_SEEDS = 100_000
REPORTED_SEEDS = 1_000_000
SHIFT_MINUTES = 36
BAKE_MINUTES = 24 * 60
DRAWN = "drawn"
"""Asks for a fault drawn from the catalogue."""


@dataclass(frozen=True)
class Deployment:
    """One deployment: what a guardian may see, and what only the benchmark knows.

    Attributes:
        header: The tape's first line.
        history: Rows of blue before the shift, in the order of being seen.
        shift: Rows from minute 0 on, in the order of being seen; a row may come again.
        plan: The traffic shift.
        fault: What is wrong; None for a healthy green.
        world: The true parameters, for the oracle.
        traffic: What truly happened, for the oracle and for counting harm.
        weights: The true shares.
    """

    header: dict[str, Any]
    history: list[Row]
    shift: list[Row]
    plan: Plan
    fault: Fault | None
    world: World
    traffic: Traffic
    weights: Weights

    @property
    def last_tick(self) -> int:
        """The tick at which the shift is over: rows seen later come too late."""
        return int(self.traffic.minutes[-1]) + 1

    def harmed_until(self, tick: int | None) -> float:
        """Return the requests harmed before `tick`, or in the whole shift when it is None."""
        until = self.last_tick if tick is None else tick
        return float(self.traffic.harmed[self.traffic.minutes < until].sum())


@dataclass(frozen=True)
class Order:
    """What kind of deployment is wanted; None leaves it to chance.

    Attributes:
        fault: A fault, `DRAWN` for a random one, or None for a healthy green.
        plan: The traffic shift.
        requests: Requests a minute of both colours together.
        minutes: Length after minute 0.
        nuisances: False for sampling noise and mild common noise only.
        phase: How far into minute 0 (0 to 1) the first step falls.
    """

    fault: Fault | str | None = None
    plan: Plan | None = None
    requests: float | None = None
    minutes: int = SHIFT_MINUTES
    nuisances: bool = True
    phase: float | None = None


def generate(seed: int, order: Order = Order()) -> Deployment:
    """Return the deployment of a seed; equal arguments give equal deployments."""
    rng = np.random.default_rng([seed, 20261120])
    service = world.drawn(rng, order.requests, order.nuisances)
    plan = order.plan or shifts.PLANS[rng.choice(len(shifts.PLANS), p=shifts.MIX)]
    fault = faults.drawn(rng) if order.fault == DRAWN else order.fault
    if isinstance(fault, str):
        raise ValueError(f"the only word for a fault is {DRAWN!r}, not {fault!r}")  # noqa: TRY004 - a wrong word
    service = _able_to_show(service, fault)
    phase = float(rng.uniform(0, 0.95))
    weights = shifts.on_the_clock(plan, order.minutes, phase if order.phase is None else order.phase)
    traffic = simulate(rng, service, weights, world.HISTORY_MINUTES, fault)
    history, shift = rows(rng, service, traffic)
    return Deployment(_header(seed, service, plan), history, shift, plan, fault, service, traffic, weights)


def _able_to_show(service: World, fault: Fault | None) -> World:
    """Give the service what its fault needs to be visible at all: a database maximum, CPU per colour, a checkout."""
    if fault is None:
        return service
    if fault.kind is Kind.LEAK and service.max_connections is None:
        return replace(service, max_connections=int(6 * service.connections))
    if fault.kind is Kind.CPU:
        return replace(service, publishing=replace(service.publishing, cpu_per_colour=True))
    if fault.kind is Kind.CUSTOM and service.checkout is None:
        return replace(service, checkout=0.8)
    return service


def _header(seed: int, service: World, plan: Plan) -> dict[str, Any]:
    policy: dict[str, Any] = {}
    if service.checkout is not None:
        halves = {"numerator": "CheckoutCompleted", "denominator": "CheckoutStarted"}
        selectors = {half: {"namespace": "Shop", "metric": metric} for half, metric in halves.items()}
        policy["custom"] = [{"name": "checkout", **selectors}]
    return {
        "type": "deployment", "schema": "guardian.tape/1", "id": f"d-{seed:09d}", "strategy": plan.strategy,
        "max_connections": service.max_connections, "policy": policy,
    }  # fmt: skip
