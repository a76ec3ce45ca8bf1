"""The service behind one deployment: what it is like when nothing is wrong, and which nuisances visit it."""

from dataclasses import dataclass

import numpy as np

from benchmarks.decision_quality.latency import Shape

HISTORY_MINUTES = 60
FEWEST_REQUESTS, MOST_REQUESTS = 5.0, 60_000.0


@dataclass(frozen=True)
class Nuisances:
    """How strongly each nuisance visits this deployment; 0 is not at all.

    Attributes:
        incidents: Shared incidents per hour: both colours slow or failing alike.
        cold: Log slowness of green's first minute on a cold start.
        cold_minutes: Time constant with which the cold start decays.
        bursts: Noisy-neighbour bursts per hour and colour.
        burst_log: Mean log slowness in a burst.
        cluster: Mean number of errors that come together; 1 is independent.
        blip: Mean number of errors on green at the first step, and now and then on either colour at a later one.
        dip: Log change of the total traffic during a dip or surge; 0 for none.
        load: Log latency gained from no load to full load.
    """

    incidents: float = 0.0
    cold: float = 0.0
    cold_minutes: float = 1.0
    bursts: float = 0.0
    burst_log: float = 0.0
    cluster: float = 1.0
    blip: float = 0.0
    dip: float = 0.0
    load: float = 0.0


@dataclass(frozen=True)
class Publishing:
    """How CloudWatch shows the minutes: chances per row.

    Attributes:
        delay: Ticks from a minute's start until its row is normally seen.
        late: The row comes 1 to 6 ticks later.
        partial: The row comes first with a part of the requests, and again, complete, 1 to 3 ticks later.
        half: Like partial, with one colour absent at first.
        missing: The row never comes.
        holes: A field is absent.
        twice: The row comes again unchanged.
        outage: Chance per deployment that all rows of 3 to 8 minutes come together at the end.
        cpu_per_colour: Whether CPU is published per colour.
    """

    delay: int = 2
    late: float = 0.0
    partial: float = 0.0
    half: float = 0.0
    missing: float = 0.0
    holes: float = 0.0
    twice: float = 0.0
    outage: float = 0.0
    cpu_per_colour: bool = True


@dataclass(frozen=True)
class World:
    """A service in health. Rates are per request, noises are standard deviations on the log scale."""

    requests: float
    median: float
    shape: Shape
    green_factor: float
    common_sd: float
    common_memory: float
    own_sd: float
    own_memory: float
    volume_sd: float
    volume_memory: float
    daily: float
    daily_phase: float
    error_rate: float
    rate_4xx: float
    hosts: int
    cpu_idle: float
    cpu_busy: float
    connections: float
    max_connections: int | None
    checkout: float | None
    nuisances: Nuisances
    publishing: Publishing


def visits(world: World) -> tuple[str, ...]:
    """Name what visits this deployment, for a person who looks for the cause of a false rollback."""
    nuisances, publishing = world.nuisances, world.publishing
    there = {
        "shared incidents": nuisances.incidents > 0, "cold start": nuisances.cold > 0,
        "noisy neighbours": nuisances.bursts > 0, "clustered errors": nuisances.cluster > 1,
        "blips": nuisances.blip > 0, "dip or surge": nuisances.dip != 0, "slower under load": nuisances.load > 0,
        "heavy tail": world.shape.tail > 0, "late rows": publishing.late > 0,
        "partial rows": publishing.partial > 0, "half rows": publishing.half > 0,
        "missing rows": publishing.missing > 0, "holes": publishing.holes > 0, "outage": publishing.outage > 0,
    }  # fmt: skip
    return tuple(name for name, is_there in there.items() if is_there)


def drawn(rng: np.random.Generator, requests: float | None = None, nuisances: bool = True) -> World:
    """Draw a service; `nuisances` False leaves sampling noise and mild common noise only."""
    volume = float(np.exp(rng.uniform(np.log(FEWEST_REQUESTS), np.log(MOST_REQUESTS))))
    connections = float(rng.integers(10, 120))
    maximum = int(connections * rng.uniform(3.5, 10.0)) if rng.random() < 0.7 else None
    checkout = float(rng.uniform(0.3, 0.97)) if rng.random() < 0.25 else None
    quiet = rng.random() < 0.35
    tail = float(rng.uniform(0.2, 0.65)) if rng.random() < 0.5 else 0.0
    return World(
        requests=volume if requests is None else requests,
        median=float(np.exp(rng.uniform(np.log(0.008), np.log(0.8)))),
        shape=Shape(float(rng.uniform(0.25, 0.9)), tail, float(rng.uniform(0.96, 0.99))),
        green_factor=float(np.exp(np.clip(rng.normal(0, 0.015), -0.04, 0.04))),
        common_sd=float(rng.uniform(0.01, 0.12)),
        common_memory=float(rng.uniform(0.3, 0.95)),
        own_sd=float(np.exp(rng.uniform(np.log(0.004), np.log(0.05)))),
        own_memory=float(rng.uniform(0.0, 0.5)),
        volume_sd=float(rng.uniform(0.01, 0.10)),
        volume_memory=float(rng.uniform(0.3, 0.95)),
        daily=float(rng.uniform(0.0, 0.7)),
        daily_phase=float(rng.uniform(0.0, 1.0)),
        error_rate=0.0 if quiet else float(np.exp(rng.uniform(np.log(1e-5), np.log(1e-2)))),
        rate_4xx=float(np.exp(rng.uniform(np.log(1e-3), np.log(5e-2)))),
        hosts=int(rng.integers(2, 9)),
        cpu_idle=float(rng.uniform(1.0, 8.0)),
        cpu_busy=float(rng.uniform(10.0, 50.0)),
        connections=connections,
        max_connections=maximum,
        checkout=checkout,
        nuisances=_nuisances(rng, nuisances),
        publishing=_publishing(rng, nuisances),
    )


def _nuisances(rng: np.random.Generator, wanted: bool) -> Nuisances:
    """Draw which nuisances visit; every one is absent in most deployments, several may come together."""
    there = rng.random(7) < np.array([0.25, 0.5, 0.3, 0.35, 0.25, 0.2, 0.3])
    drawn_ = Nuisances(
        incidents=float(rng.uniform(0.3, 2.0)) * there[0],
        cold=float(rng.uniform(0.1, 1.3)) * there[1],
        cold_minutes=float(rng.uniform(0.6, 1.8)),
        bursts=float(rng.uniform(0.3, 3.0)) * there[2],
        burst_log=float(rng.uniform(0.15, 0.7)),
        cluster=1.0 + float(rng.uniform(0.5, 6.0)) * there[3],
        blip=float(rng.uniform(0.3, 3.0)) * there[4],
        dip=float(rng.uniform(-0.7, 0.5)) * there[5],
        load=float(rng.uniform(0.02, 0.10)) * there[6],
    )
    return drawn_ if wanted else Nuisances()


def _publishing(rng: np.random.Generator, wanted: bool) -> Publishing:
    there = rng.random(7) < np.array([0.4, 0.3, 0.15, 0.3, 0.2, 0.3, 0.1])
    chances = rng.uniform(0.02, 1.0, 7) * np.array([0.2, 0.25, 0.1, 0.05, 0.1, 0.1, 1.0]) * there
    late, partial, half, missing, holes, twice, outage = (float(chance) for chance in chances)
    cpu = bool(rng.random() < 0.6)
    if not wanted:
        return Publishing(cpu_per_colour=cpu)
    return Publishing(2, late, partial, half, missing, holes, twice, float(outage > 0), cpu)
