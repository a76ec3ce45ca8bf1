"""What CloudWatch gets to see of a minute, and when."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from guardian_rehearsal.traffic import (
    Colour,
    DeadGreen,
    Dimensions,
    ErrorRate,
    Minute,
    Profile,
    Publication,
    Traffic,
    Weights,
    publications,
)

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
END = START + timedelta(minutes=1)
HALF = Weights(((0.0, 0.5),))
GREEN = "targetgroup/two/22"
EVERYTHING = Dimensions(
    load_balancer="app/shop/11",
    blue_target_group="targetgroup/one/21",
    green_target_group=GREEN,
    db_instance="shop-db",
    cluster="prod",
    service="shop",
    blue_tasks=("b1", "b2"),
    green_tasks=("g1", "g2"),
)


def of_green(published: list[Publication], name: str) -> list[Publication]:
    return [p for p in published if p.name == name and p.dimensions.get("TargetGroup") == GREEN]


def total(published: list[Publication]) -> float:
    return sum(v * c for p in published for v, c in zip(p.values, p.counts, strict=True))


def samples(published: list[Publication]) -> int:
    return sum(sum(p.counts) for p in published)


def minute(index: int = 3, weights: Weights = HALF, traffic: Traffic | None = None) -> Minute:
    return (traffic or Traffic(seed=4)).minute(index, weights)


def test_the_same_minute_is_published_the_same_way() -> None:
    """Publishing twice gives equal data at equal times, in order of time."""
    once, again = (publications(minute(), START, EVERYTHING) for _ in range(2))
    assert once == again
    assert [p.at for p in once] == sorted(p.at for p in once)


def test_the_newest_minute_is_incomplete_and_then_revised() -> None:
    """A first part of 60 to 80 % comes within 40 s, the rest within 110 s, and together they are the truth."""
    for index in range(20):
        truth = minute(index)
        assert truth.green is not None
        first, rest = of_green(publications(truth, START, EVERYTHING), "RequestCount")
        assert 10 <= (first.at - END).total_seconds() <= 40
        assert 40 < (rest.at - END).total_seconds() <= 110
        assert 0.59 <= total([first]) / truth.green.requests <= 0.81
        assert total([first, rest]) == samples([first, rest]) == truth.green.requests


def test_nothing_comes_before_the_minute_is_over_or_long_after() -> None:
    """Every datum is about its minute and visible between the end and 115 s after it."""
    for index in range(30):
        for published in publications(minute(index), START, EVERYTHING):
            assert published.timestamp == START
            assert timedelta(0) < published.at - END <= timedelta(seconds=115)


def test_the_delays_differ_from_minute_to_minute() -> None:
    """Neither the times nor the first shares are constant."""
    firsts = [of_green(publications(minute(k), START, EVERYTHING), "RequestCount")[0] for k in range(20)]
    assert len({p.at for p in firsts}) > 5
    assert len({p.counts for p in firsts}) > 5


def test_both_parts_of_the_latencies_are_the_distribution() -> None:
    """Values and counts of both parts add up to the histogram, with one sample per request."""
    truth = minute()
    assert truth.green is not None
    published = of_green(publications(truth, START, EVERYTHING), "TargetResponseTime")
    seen: Counter[float] = Counter()
    for part in published:
        assert part.unit == "Seconds"
        assert len(part.values) <= 150
        seen.update(dict(zip(part.values, part.counts, strict=True)))
    expected: Counter[float] = Counter()
    for value, count in zip(truth.green.latency.values, truth.green.latency.counts, strict=True):
        expected[value] += count
    assert seen == expected
    assert samples(published) == truth.green.requests


def test_errors_never_outnumber_the_requests_seen_so_far() -> None:
    """In the first part alone, errors are among the requests of that part; in the end all are there."""
    traffic = Traffic(Profile(requests_per_minute=10), (ErrorRate(starts=0, probability=0.6),), 4)
    for index in range(40):
        truth = minute(index, traffic=traffic)
        assert truth.green is not None
        published = publications(truth, START, EVERYTHING)
        errors = of_green(published, "HTTPCode_Target_5XX_Count")
        requests = of_green(published, "RequestCount")
        assert total(errors) == truth.green.errors_5xx
        for moment in {p.at for p in published}:
            seen = [total([p for p in series if p.at <= moment]) for series in (errors, requests)]
            assert seen[0] <= seen[1]


def test_counters_without_events_are_absent() -> None:
    """A minute without 5XX, 4XX or connection errors has no datum for them, and its hosts once each."""
    truth = minute(traffic=Traffic(Profile(client_error_probability=0.0)))
    names = Counter(
        p.name for p in publications(truth, START, EVERYTHING) if p.dimensions.get("TargetGroup") == GREEN
    )
    assert names == {
        "RequestCount": 2,
        "TargetResponseTime": 2,
        "HealthyHostCount": 1,
        "UnHealthyHostCount": 1,
    }


def test_a_colour_without_requests_shows_only_its_hosts() -> None:
    """Before its first weight green has host counts and nothing else."""
    published = publications(minute(weights=Weights()), START, EVERYTHING)
    green = {p.name: p.values for p in published if p.dimensions.get("TargetGroup") == GREEN}
    assert green == {"HealthyHostCount": (2.0,), "UnHealthyHostCount": (0.0,)}


def test_a_dead_green_shows_no_request_and_no_target_error() -> None:
    """Only connection errors, unhealthy hosts and the load balancer's own 5XX tell that green is dead."""
    truth = minute(traffic=Traffic(faults=(DeadGreen(starts=0),)))
    assert truth.green is not None
    published = publications(truth, START, EVERYTHING)
    green = {p.name for p in published if p.dimensions.get("TargetGroup") == GREEN}
    assert green == {"TargetConnectionErrorCount", "HealthyHostCount", "UnHealthyHostCount"}
    assert total(of_green(published, "TargetConnectionErrorCount")) == truth.green.connection_errors
    elb = [p for p in published if p.name == "HTTPCode_ELB_5XX_Count"]
    assert total(elb) == truth.elb_errors_5xx > 0
    assert all(p.dimensions == {"LoadBalancer": "app/shop/11"} for p in elb)


def test_shared_metrics_have_their_own_dimensions() -> None:
    """Database and service metrics come once a minute under the names and units that AWS uses."""
    truth = minute()
    seen = {
        (p.namespace, p.name): (p.dimensions, total([p]) / samples([p]), p.unit)
        for p in publications(truth, START, EVERYTHING)
        if p.namespace in ("AWS/RDS", "AWS/ECS")
    }
    assert truth.service_cpu is not None
    service = {"ClusterName": "prod", "ServiceName": "shop"}
    database = {"DBInstanceIdentifier": "shop-db"}
    assert seen == {
        ("AWS/RDS", "DatabaseConnections"): (database, truth.db_connections, "Count"),
        ("AWS/RDS", "CPUUtilization"): (database, truth.db_cpu, "Percent"),
        ("AWS/ECS", "CPUUtilization"): (service, pytest.approx(truth.service_cpu), "Percent"),
    }


def test_task_cpu_is_published_when_asked_for() -> None:
    """Each task id gets its task's CPU under enhanced Container Insights; without ids there is none."""
    truth = minute()
    assert truth.blue is not None
    assert truth.green is not None
    tasks = {
        p.dimensions["TaskId"]: p.values[0]
        for p in publications(truth, START, EVERYTHING)
        if p.name == "TaskCpuUtilization"
    }
    cpus = (*truth.blue.task_cpu, *truth.green.task_cpu)
    assert tasks == dict(zip(("b1", "b2", "g1", "g2"), cpus, strict=True))
    without = Dimensions(load_balancer="app/shop/11", cluster="prod", service="shop")
    assert {p.name for p in publications(truth, START, without)} == {"CPUUtilization"}


def test_absent_colours_and_unnamed_resources_are_not_published() -> None:
    """History has no datum of green, and a missing dimension value silences its metrics."""
    before = Traffic().history(1)[0]
    published = publications(before, START, EVERYTHING)
    assert not [p for p in published if p.dimensions.get("TargetGroup") == GREEN]
    only_lb = publications(minute(), START, Dimensions(load_balancer="app/shop/11"))
    assert only_lb == []


def test_wrong_starts_and_task_ids_are_refused() -> None:
    """A start with seconds or without a time zone, and ids that are not one per task, raise."""
    for start in (START.replace(tzinfo=None), START.replace(second=1)):
        with pytest.raises(ValueError, match="full minute"):
            publications(minute(), start, EVERYTHING)
    one = Dimensions(load_balancer="a", cluster="c", service="s", green_tasks=("g1",))
    with pytest.raises(ValueError, match=f"1 {Colour.GREEN} task ids for 2 tasks"):
        publications(minute(), START, one)
