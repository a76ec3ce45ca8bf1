"""What happens in every minute of a deployment, before CloudWatch shows it: arrays over history and shift."""

from dataclasses import dataclass

import numpy as np

from benchmarks.decision_quality.faults import Fault, Kind
from benchmarks.decision_quality.latency import Floats, Ints
from benchmarks.decision_quality.noise import autoregressive
from benchmarks.decision_quality.shifts import Weights
from benchmarks.decision_quality.sides import Side, side_of
from benchmarks.decision_quality.stage import Stage, stage_of
from benchmarks.decision_quality.world import World


@dataclass(frozen=True)
class Traffic:
    """Everything of one deployment; arrays run from the first minute of history to the last of the shift.

    Attributes:
        minutes: Minute numbers, negative in the history.
        weight: Green's weight at the end of the minute.
        share: Green's mean weight over the minute.
        blue: The version being replaced.
        green: The version being released.
        db_connections: Of both colours.
        db_cpu: Percent.
        harmed: Requests that the fault harmed in the minute.
    """

    minutes: Ints
    weight: Floats
    share: Floats
    blue: Side
    green: Side
    db_connections: Floats
    db_cpu: Floats
    harmed: Floats


def simulate(
    rng: np.random.Generator, world: World, weights: Weights, history: int, fault: Fault | None
) -> Traffic:
    """Play `history` minutes of blue alone and then the shift."""
    stage = stage_of(rng, world, weights, history, fault)
    total = _total(rng, world, stage)
    routed_green, routed_blue, lost = _routed(rng, stage, total)
    load = world.requests * 1.2
    level = world.common_sd * autoregressive(rng, total.size, world.common_memory) + stage.slow
    blue = side_of(rng, world, stage, routed_blue, level + world.nuisances.load * routed_blue / load, False)
    green = side_of(rng, world, stage, routed_green, level + world.nuisances.load * routed_green / load, True)
    connections, db_cpu = _database(rng, world, stage, total)
    return Traffic(
        minutes=stage.minutes.astype(np.int64),
        weight=np.concatenate([np.zeros(history), weights.at_end]),
        share=stage.share,
        blue=blue,
        green=green,
        db_connections=connections,
        db_cpu=db_cpu,
        harmed=_harmed(stage, routed_green, lost, total),
    )


def _total(rng: np.random.Generator, world: World, stage: Stage) -> Ints:
    """Draw the requests that users send, per minute."""
    day = 2 * np.pi * (stage.minutes / 1440 + world.daily_phase)
    log_volume = np.log(world.requests) + world.daily * (np.sin(day) - np.sin(2 * np.pi * world.daily_phase))
    log_volume += world.volume_sd * autoregressive(rng, stage.minutes.size, world.volume_memory)
    begin = rng.uniform(-20, max(stage.minutes[-1] - 5, 1))
    rise, length = rng.uniform(1.0, 6.0), rng.uniform(5.0, 25.0)
    dip = np.clip((stage.minutes - begin) / rise, 0, 1) * np.clip(
        (begin + length - stage.minutes) / rise, 0, 1
    )
    log_volume += world.nuisances.dip * dip
    total: Ints = rng.poisson(np.exp(log_volume) * stage.factor(Kind.TRAFFIC))
    return total


def _routed(rng: np.random.Generator, stage: Stage, total: Ints) -> tuple[Ints, Ints, Ints]:
    """Toss each request between the colours; return green's, blue's, and those that a share fault kept from green."""
    meant = rng.binomial(total, stage.share)
    kept = rng.binomial(meant, stage.factor(Kind.SHARE))
    if rng.random() < 0.5:  # blue serves them, as with sticky sessions; otherwise they are lost
        return kept, total - kept, np.zeros_like(kept)
    return kept, total - meant, meant - kept


def _database(rng: np.random.Generator, world: World, stage: Stage, total: Ints) -> tuple[Floats, Floats]:
    """Connections (one pool per fleet, two fleets in the shift, a leak on top) and CPU percent."""
    fleets = 1.0 + (stage.minutes >= 0)
    connections = world.connections * fleets * np.exp(rng.normal(0, 0.02, total.size))
    if stage.fault is not None and stage.fault.kind is Kind.LEAK and world.max_connections:
        room = world.max_connections - 2 * world.connections
        connections += room * np.clip((stage.minutes - stage.fault.start + 1) / stage.fault.size, 0, 1)
    cap = world.max_connections or np.inf
    db_cpu = 10.0 + 20.0 * total / world.requests * np.exp(rng.normal(0, 0.05, total.size))
    return np.minimum(np.round(connections), cap), np.minimum(db_cpu, 100.0)


def _harmed(stage: Stage, green: Ints, lost: Ints, total: Ints) -> Floats:
    """Count the requests that the fault made slow, failed, or lost."""
    if stage.fault is None:
        return np.zeros(total.size)
    kind, size = stage.fault.kind, stage.fault.size
    part = {
        Kind.ERRORS: size, Kind.CONNECTION_ERRORS: size, Kind.LATENCY_P99: 0.04, Kind.CUSTOM: 0.1 * (1 - size),
        Kind.LEAK: 0.0, Kind.CPU: 0.0, Kind.SHARE: 0.0, Kind.TRAFFIC: 0.0,
    }.get(kind, 1.0)  # fmt: skip
    missing = total * (1 / size - 1) if kind is Kind.TRAFFIC else np.zeros(total.size)
    there = (stage.fault.grown(stage.minutes) > 0) & (stage.minutes >= 0)
    return np.where(there, part * green + lost + missing, 0.0)
