"""Faults: each does what it says, and leaves everything else as it was."""

from collections.abc import Callable
from dataclasses import fields, replace

import pytest

from guardian_rehearsal.traffic import (
    BOTH,
    Colour,
    ColourMinute,
    ConnectionLeak,
    CpuFactor,
    DeadGreen,
    ErrorRate,
    Fault,
    LatencyFactor,
    LatencyRamp,
    LostTraffic,
    Minute,
    Profile,
    SharedIncident,
    SingleErrors,
    SlowTail,
    Traffic,
    Weights,
)

HALF = Weights(((0.0, 0.5),))
BUSY = Profile(requests_per_minute=12_000)


def pair(
    index: int, *faults: Fault, weights: Weights = HALF, profile: Profile = BUSY
) -> tuple[Minute, Minute]:
    """Return the same minute without and with the faults."""
    return Traffic(profile, seed=9).minute(index, weights), Traffic(profile, faults, 9).minute(index, weights)


def green(minute: Minute) -> ColourMinute:
    assert minute.green is not None
    return minute.green


def blue(minute: Minute) -> ColourMinute:
    assert minute.blue is not None
    return minute.blue


def changed(before: ColourMinute, after: ColourMinute) -> set[str]:
    """Return the names of what differs."""
    return {f.name for f in fields(before) if getattr(before, f.name) != getattr(after, f.name)}


CASES: list[tuple[Fault, set[str], set[str], set[str]]] = [
    (LatencyFactor(starts=5), set(), {"latency"}, set()),
    (LatencyFactor(starts=5, colour=Colour.BLUE), {"latency"}, set(), set()),
    (LatencyRamp(starts=5), set(), {"latency"}, set()),
    (SlowTail(starts=5), set(), {"latency"}, set()),
    (ErrorRate(starts=5), set(), {"errors_5xx"}, set()),
    (ErrorRate(starts=5, colours=BOTH), {"errors_5xx"}, {"errors_5xx"}, set()),
    (SharedIncident(), {"errors_5xx", "latency"}, {"errors_5xx", "latency"}, set()),
    (SingleErrors(starts=10), set(), {"errors_5xx"}, set()),
    (CpuFactor(starts=5), set(), {"task_cpu"}, {"service_cpu"}),
    (ConnectionLeak(starts=5, per_minute=2.0), set(), set(), {"db_connections"}),
]
# Room in the database and the processors: at its limit a fault could not show.
ROOMY = replace(BUSY, max_connections=1000, cpu_per_request=0.005, db_cpu_per_request=0.002)


@pytest.mark.parametrize(
    ("fault", "on_blue", "on_green", "shared"),
    CASES,
    ids=[f"{c[0].__class__.__name__}-{k}" for k, c in enumerate(CASES)],
)
def test_a_fault_changes_what_it_says_and_nothing_else(
    fault: Fault, on_blue: set[str], on_green: set[str], shared: set[str]
) -> None:
    """With the same seed, only the fault's own fields differ from the healthy minute."""
    healthy, faulty = pair(10, fault, profile=ROOMY)
    assert changed(blue(healthy), blue(faulty)) == on_blue
    assert changed(green(healthy), green(faulty)) == on_green
    names = ("green_share", "elb_errors_5xx", "db_connections", "db_cpu", "service_cpu")
    assert {name for name in names if getattr(healthy, name) != getattr(faulty, name)} == shared


STARTING: list[Callable[[], Fault]] = [
    lambda: LatencyFactor(starts=5, ends=8),
    lambda: LatencyRamp(starts=5, ends=8),
    lambda: SlowTail(starts=5, ends=8),
    lambda: ErrorRate(starts=5, ends=8),
    lambda: SharedIncident(starts=5, ends=8),
    lambda: DeadGreen(starts=5, ends=8),
    lambda: LostTraffic(starts=5, ends=8),
    lambda: ConnectionLeak(starts=5, ends=8),
    lambda: CpuFactor(starts=5, ends=8),
]


@pytest.mark.parametrize("make", STARTING, ids=[make().__class__.__name__ for make in STARTING])
def test_a_fault_keeps_to_its_minutes(make: Callable[[], Fault]) -> None:
    """Minutes before the start, and from the end on, are those of a healthy service."""
    for index, alike in ((-1, True), (4, True), (5, False), (7, False), (8, True)):
        healthy, faulty = pair(index, make(), profile=ROOMY)
        assert (healthy == faulty) is alike, index


def test_latency_factor_scales_every_percentile() -> None:
    """All of green's latencies take half as long again."""
    healthy, faulty = pair(10, LatencyFactor(starts=5))
    for percent in (10, 50, 90, 99):
        ratio = green(faulty).latency.percentile(percent) / green(healthy).latency.percentile(percent)
        assert ratio == pytest.approx(1.5, rel=1e-3)


def test_a_ramp_compounds_up_to_its_ceiling() -> None:
    """The ramp has one step in its first minute, six in its sixth, and stops at the ceiling after days."""
    for index, factor in ((5, 1.03), (10, 1.03**6), (4_000, 2.0)):
        healthy, faulty = pair(index, LatencyRamp(starts=5, ceiling=2.0))
        ratio = green(faulty).latency.average / green(healthy).latency.average
        assert ratio == pytest.approx(factor, rel=1e-3)


def test_a_slow_tail_moves_p99_and_not_the_median() -> None:
    """With 3 % of the requests four times slower, p99 more than doubles and p50 stays."""
    healthy, faulty = pair(10, SlowTail(starts=5))
    before, after = green(healthy).latency, green(faulty).latency
    assert after.percentile(50) == pytest.approx(before.percentile(50), rel=2e-3)
    assert after.percentile(99) > 2.0 * before.percentile(99)
    assert after.total == before.total


def test_an_error_rate_is_the_rate() -> None:
    """Green's 5XX are 5 % of its requests over some minutes, and never more than the requests."""
    minutes = [green(pair(index, ErrorRate(starts=0))[1]) for index in range(10)]
    rate = sum(m.errors_5xx for m in minutes) / sum(m.requests for m in minutes)
    assert rate == pytest.approx(0.05, rel=0.05)
    everything = green(pair(3, ErrorRate(starts=0, probability=1.0))[1])
    assert everything.errors_5xx + everything.errors_4xx == everything.requests


def test_a_shared_incident_hits_both_colours_alike() -> None:
    """Between minutes 6 and 14 both colours have about 2.5 % 5XX and 20 % more latency."""
    healthy, faulty = pair(10, SharedIncident())
    for colour in (blue, green):
        assert colour(faulty).errors_5xx / colour(faulty).requests == pytest.approx(0.025, rel=0.3)
        assert colour(faulty).latency.average == pytest.approx(
            1.2 * colour(healthy).latency.average, rel=1e-3
        )
    assert [SharedIncident().active(index) for index in (5, 6, 13, 14)] == [False, True, True, False]


@pytest.mark.parametrize("count", [1, 3])
def test_single_errors_are_exactly_that_many_once(count: int) -> None:
    """The named minute has exactly the named 5XX, its neighbours none."""
    fault = SingleErrors(starts=10, count=count)
    errors = [green(pair(index, fault)[1]).errors_5xx for index in (9, 10, 11)]
    assert errors == [0, count, 0]


def test_single_errors_do_not_outnumber_the_requests() -> None:
    """A minute with almost no requests has no more errors than requests."""
    profile = Profile(requests_per_minute=3, client_error_probability=0.0)
    minute = green(pair(10, SingleErrors(starts=10, count=50), profile=profile)[1])
    assert minute.errors_5xx == minute.requests


def test_a_dead_green_answers_nothing() -> None:
    """What green was sent becomes connection errors and load balancer 5XX; blue does not notice."""
    healthy, faulty = pair(10, DeadGreen(starts=5))
    dead = green(faulty)
    assert (dead.requests, dead.errors_5xx, dead.errors_4xx, dead.latency.total) == (0, 0, 0, 0)
    assert dead.connection_errors == faulty.elb_errors_5xx == green(healthy).requests
    assert (dead.healthy_hosts, dead.unhealthy_hosts) == (0, 2)
    assert blue(healthy) == blue(faulty)


def test_lost_traffic_takes_both_colours_down() -> None:
    """Both colours have the remaining part of their requests, and nothing fails."""
    healthy, faulty = pair(10, LostTraffic(starts=5, remaining=0.3))
    for colour in (blue, green):
        assert colour(faulty).requests == pytest.approx(0.3 * colour(healthy).requests, rel=0.1)
        assert colour(faulty).errors_5xx == colour(faulty).connection_errors == 0
    assert faulty.elb_errors_5xx == 0


def test_a_leak_grows_with_green_weight_to_the_maximum() -> None:
    """Half the weight leaks half as fast; in the end the database is full, and flat there."""
    healthy, faulty = pair(9, ConnectionLeak(starts=0, per_minute=4.0), profile=Profile())
    assert faulty.db_connections - healthy.db_connections == 20
    full = [pair(k, ConnectionLeak(starts=0), profile=Profile())[1].db_connections for k in (30, 40)]
    assert full == [112, 112]


def test_a_leak_stays_when_the_weight_goes_back_and_ends_with_green() -> None:
    """After a rollback the leaked connections neither grow nor vanish until green's tasks are gone."""
    rolled_back = HALF.then(10.0, 0.0)
    leaking = Traffic(faults=(ConnectionLeak(starts=0, per_minute=4.0),))
    leaked = [
        leaking.minute(k, rolled_back).db_connections - Traffic().minute(k, rolled_back).db_connections
        for k in (10, 20)
    ]
    assert leaked == [20, 20]
    alone = frozenset({Colour.BLUE})
    assert leaking.minute(20, rolled_back, alone) == Traffic().minute(20, rolled_back, alone)


def test_cpu_factor_is_at_equal_volume() -> None:
    """Green takes half as much CPU again for the same requests."""
    healthy, faulty = pair(10, CpuFactor(starts=5), profile=Profile())
    assert green(faulty).task_cpu == pytest.approx([1.5 * cpu for cpu in green(healthy).task_cpu])


def test_faults_compose() -> None:
    """Two latency faults multiply and leave room for errors on top."""
    healthy, faulty = pair(
        10, LatencyFactor(starts=5), LatencyFactor(starts=5, factor=2.0), ErrorRate(starts=5)
    )
    ratio = green(faulty).latency.average / green(healthy).latency.average
    assert ratio == pytest.approx(3.0, rel=0.01)
    assert green(faulty).errors_5xx > 0
