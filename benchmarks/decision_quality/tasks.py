"""Which deployments are played: the healthy, the faulty, the bakes, and the named cases of the targets."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

from benchmarks.decision_quality.faults import Fault, Kind
from benchmarks.decision_quality.generator import (
    BAKE_MINUTES,
    DEVELOPMENT_SEEDS,
    DRAWN,
    REPORTED_SEEDS,
    Order,
)
from benchmarks.decision_quality.judged import PRODUCTION, Variant, protections
from benchmarks.decision_quality.play import Task
from benchmarks.decision_quality.shifts import LINEAR_3

HEALTHY, FAULTY, BAKE, THIN = "healthy", "faulty", "bake 24 h", "healthy at 5 requests a minute"
ABLATED_HEALTHY, ABLATED_FAULTY = "healthy for the ablation", "faulty for the ablation"
ABLATION_FAULTY = 400
"""Faulty deployments at most on which the cost of a protection is measured."""


@dataclass(frozen=True)
class Case:
    """One named target: a fault at a volume, on the linear plan, and the delay that half of them may not exceed."""

    name: str
    requests: float
    fault: Fault
    target: int


CASES = (
    Case("latency x1.5 at 600/min", 600, Fault(Kind.LATENCY, 1.5), 6),
    Case("latency x2 at 600/min", 600, Fault(Kind.LATENCY, 2.0), 4),
    Case("latency x4 at 600/min", 600, Fault(Kind.LATENCY, 4.0), 3),
    Case("5XX +1 % at 6,000/min", 6000, Fault(Kind.ERRORS, 0.01), 4),
    Case("5XX +5 % at 600/min", 600, Fault(Kind.ERRORS, 0.05), 4),
    Case("5XX +50 % at 60/min", 60, Fault(Kind.ERRORS, 0.50), 4),
    Case("green dead at 600/min", 600, Fault(Kind.DEAD, 1.0), 4),
)
"""Minute 0 is seen at tick 2 at the earliest, so a dead green has until tick 4: two minutes after that."""


def case_order(case: Case) -> Order:
    """Return a case's deployment: the linear plan, with a whole first minute, so that the delay counts from traffic."""
    return Order(fault=case.fault, plan=LINEAR_3, requests=case.requests, phase=0.0)


@dataclass(frozen=True)
class Size:
    """How many deployments of each kind; `ablation` counts healthy ones, each judged once per protection."""

    healthy: int
    faulty: int
    bake: int
    case: int
    thin: int
    ablation: int


NOTHING = Size(healthy=0, faulty=0, bake=0, case=0, thin=0, ablation=0)
QUICK = Size(healthy=400, faulty=400, bake=8, case=24, thin=100, ablation=0)
FULL = Size(healthy=6000, faulty=2000, bake=1000, case=200, thin=1000, ablation=3000)
PARTS = tuple(field.name for field in fields(Size))


def check_seeds(first: int, size: Size) -> None:
    """Refuse seeds that are neither for development nor for reports.

    Raises:
        ValueError: The range is not wholly below 100,000 or from 1,000,000 on.
    """
    last = first + max(getattr(size, part) for part in PARTS) - 1
    if not 0 <= first <= last < DEVELOPMENT_SEEDS and first < REPORTED_SEEDS:
        raise ValueError(
            f"seeds {first:,} to {last:,}: develop with seeds below {DEVELOPMENT_SEEDS:,}, "
            f"report from {REPORTED_SEEDS:,} on"
        )


def tasks(first: int, size: Size, judge: str, peers: bool) -> Iterator[Task]:
    """Yield every task, the long ones first so that two processes end together."""
    for i in range(size.bake):
        yield Task(BAKE, first + i, Order(minutes=BAKE_MINUTES), judge, peers=False)
    yield from _ablation(first, size.ablation, judge)
    for i in range(size.healthy):
        yield Task(HEALTHY, first + i, Order(), judge, peers)
    for i in range(size.faulty):
        yield Task(FAULTY, first + i, Order(fault=DRAWN), judge, peers)
    for case in CASES:
        for i in range(size.case):
            order = case_order(case)
            yield Task(case.name, first + i, order, judge, peers=False)
    for i in range(size.thin):
        yield Task(THIN, first + i, Order(requests=5.0), judge, peers=False)


def without(protection: str) -> Variant:
    """Return the judge with one protection taken away."""
    return Variant(f"without {protection}", without=protection)


def _ablation(first: int, healthy: int, judge: str) -> Iterator[Task]:
    """Yield the deployments that are judged with every protection and without each; no one else plays there."""
    variants = (PRODUCTION, *map(without, protections()))
    orders = (
        (ABLATED_HEALTHY, Order(), healthy),
        (ABLATED_FAULTY, Order(fault=DRAWN), min(healthy, ABLATION_FAULTY)),
    )
    for group, order, count in orders:
        for i in range(count):
            yield Task(group, first + i, order, judge, peers=False, oracle=False, variants=variants)
