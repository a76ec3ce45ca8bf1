"""What one colour does with the requests that are routed to it: arrays over history and shift."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.decision_quality.faults import Kind
from benchmarks.decision_quality.latency import TIMEOUT, Floats, Ints, Quantiles, Statistics, draw
from benchmarks.decision_quality.noise import autoregressive, bursts, clustered
from benchmarks.decision_quality.stage import Stage
from benchmarks.decision_quality.world import World


@dataclass(frozen=True)
class Side:
    """One colour over T minutes: counts, seconds, percent. `custom` is (completed, begun), or None."""

    requests: Ints
    errors_5xx: Ints
    errors_4xx: Ints
    connection_errors: Ints
    latency: Statistics
    healthy_hosts: Ints
    cpu: Floats
    custom: tuple[Ints, Ints] | None


def side_of(
    rng: np.random.Generator, world: World, stage: Stage, routed: Ints, level: Floats, green: bool
) -> Side:
    """Draw what one colour did with the requests `routed` to it; `level` is the log of its slowness."""
    refused = _refused(rng, world, stage, routed, green)
    answered = routed - refused
    errors = _errors(rng, world, stage, answered, green)
    checkout = _checkout(rng, world, stage, answered, green)
    dead = stage.grown(Kind.DEAD) if green else np.zeros(answered.size)
    return Side(
        requests=answered,
        errors_5xx=errors,
        errors_4xx=rng.binomial(answered, world.rate_4xx),
        connection_errors=refused,
        latency=_latency(rng, world, stage, answered, level, green),
        healthy_hosts=np.where(dead > 0, 0, world.hosts),
        cpu=_cpu(rng, world, stage, answered, green),
        custom=checkout,
    )


def _refused(rng: np.random.Generator, world: World, stage: Stage, routed: Ints, green: bool) -> Ints:
    """Failed connections: a fault's, a dead green's, and now and then one while tasks are replaced."""
    blip = rng.binomial(np.minimum(routed, 3), 0.15 * stage.step * (world.nuisances.blip > 0))
    if not green:
        return blip
    rate = stage.grown(Kind.CONNECTION_ERRORS) * (stage.fault.size if stage.fault else 0.0)
    refused = rng.binomial(routed, rate) + blip
    return np.where(stage.grown(Kind.DEAD) > 0, routed, np.minimum(refused, routed))


def _errors(rng: np.random.Generator, world: World, stage: Stage, answered: Ints, green: bool) -> Ints:
    nuisances = world.nuisances
    shared = world.error_rate + stage.failing * np.exp(rng.normal(0, 0.1, answered.size))
    errors = clustered(rng, answered, shared, nuisances.cluster)
    errors = errors + rng.poisson(nuisances.blip * (stage.blips_green if green else stage.blips_blue))
    if green:
        extra = stage.grown(Kind.ERRORS) * (stage.fault.size if stage.fault else 0.0)
        errors = errors + rng.binomial(answered, extra)  # a fault hits requests one by one
    return np.minimum(errors, answered)


def _latency(
    rng: np.random.Generator, world: World, stage: Stage, answered: Ints, level: Floats, green: bool
) -> Statistics:
    nuisances = world.nuisances
    own = world.own_sd * autoregressive(rng, answered.size, world.own_memory)
    burst = bursts(rng, answered.size, nuisances.bursts, 3) * rng.gamma(
        4.0, nuisances.burst_log / 4, answered.size
    )
    log_level = np.log(world.median) + level + own + burst
    statistics = draw(rng, Quantiles(world.shape), answered)
    if green:
        log_level += stage.cold + np.log(world.green_factor)
        log_level += np.log(stage.factor(Kind.LATENCY, Kind.LATENCY_RAMP))
        slow = stage.grown(Kind.LATENCY_P99)
        if slow.any() and stage.fault:
            statistics = _merged(
                slow > 0, draw(rng, Quantiles(world.shape, stage.fault.size), answered), statistics
            )
    return _scaled(statistics, np.exp(log_level))


def _merged(where: npt.NDArray[np.bool_], first: Statistics, second: Statistics) -> Statistics:
    names = ("average", "p50", "p90", "p99", "minimum", "maximum")
    return Statistics(*(np.where(where, getattr(first, name), getattr(second, name)) for name in names))


def _scaled(statistics: Statistics, factor: Floats) -> Statistics:
    names = ("average", "p50", "p90", "p99", "minimum", "maximum")
    return Statistics(*(np.minimum(getattr(statistics, name) * factor, TIMEOUT) for name in names))


def _cpu(rng: np.random.Generator, world: World, stage: Stage, answered: Ints, green: bool) -> Floats:
    """Percent of what the colour's tasks have: a line over the requests, with 3 % noise."""
    cpu = world.cpu_idle + world.cpu_busy * answered / world.requests
    if green:
        warm_up = np.where(stage.minutes >= 0, np.exp(-np.maximum(stage.minutes, 0) / 1.5), 0.0)
        cpu = cpu * stage.factor(Kind.CPU) + 15.0 * warm_up * (world.nuisances.cold > 0)
    return np.clip(cpu * np.exp(rng.normal(0, 0.03, cpu.size)), 0.1, 100.0)


def _checkout(
    rng: np.random.Generator, world: World, stage: Stage, answered: Ints, green: bool
) -> tuple[Ints, Ints] | None:
    """One request in ten begins a checkout; `world.checkout` of these are completed, with a little noise."""
    if world.checkout is None:
        return None
    begun = rng.binomial(answered, 0.1)
    rate = world.checkout * np.exp(rng.normal(0, 0.01, begun.size))
    if green:
        rate = rate * stage.factor(Kind.CUSTOM)
    return rng.binomial(begun, np.clip(rate, 0.0, 1.0)), begun
