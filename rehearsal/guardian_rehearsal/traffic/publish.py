"""What the services put into CloudWatch about one minute, and when: late, in parts, counters without zeros."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from guardian_rehearsal.traffic.minute import ColourMinute, Minute
from guardian_rehearsal.traffic.noise import Stream, generator
from guardian_rehearsal.traffic.parts import first_part, first_share, split
from guardian_rehearsal.traffic.profile import Colour

# Seconds after the end of the minute, both ends included. AWS documents no figure; in practice the newest
# minute is partial, and settled after about two.
FIRST_PART_AFTER = (10, 40)
REST_AFTER = (50, 110)
GAUGES_AFTER = (20, 60)

_ALB = "AWS/ApplicationELB"


@dataclass(frozen=True)
class Dimensions:
    """The dimension values to publish under; whatever is None or empty is not published.

    Attributes:
        load_balancer: `app/<name>/<id>`.
        blue_target_group: `targetgroup/<name>/<id>`.
        green_target_group: The same for green.
        db_instance: DBInstanceIdentifier.
        cluster: ClusterName.
        service: ServiceName.
        blue_tasks: Task ids, one per task; giving them asks for enhanced Container Insights.
        green_tasks: The same for green.
    """

    load_balancer: str
    blue_target_group: str | None = None
    green_target_group: str | None = None
    db_instance: str | None = None
    cluster: str | None = None
    service: str | None = None
    blue_tasks: tuple[str, ...] = ()
    green_tasks: tuple[str, ...] = ()

    def target_group(self, colour: Colour) -> str | None:
        """Return the target group of one colour."""
        return self.blue_target_group if colour is Colour.BLUE else self.green_target_group

    def tasks(self, colour: Colour) -> tuple[str, ...]:
        """Return the task ids of one colour."""
        return self.blue_tasks if colour is Colour.BLUE else self.green_tasks


@dataclass(frozen=True)
class Publication:
    """One datum as PutMetricData takes it.

    Attributes:
        at: When it becomes visible.
        namespace: For example `AWS/ApplicationELB`.
        name: Metric name.
        dimensions: Name to value.
        timestamp: Start of the minute that it is about.
        values: At most 150.
        counts: How often each value was observed.
        unit: CloudWatch's unit.
    """

    at: datetime
    namespace: str
    name: str
    dimensions: dict[str, str]
    timestamp: datetime
    values: tuple[float, ...]
    counts: tuple[int, ...]
    unit: str


def publications(truth: Minute, minute_start: datetime, dimensions: Dimensions) -> list[Publication]:
    """Return what CloudWatch gets to see of a minute, in order of time.

    Args:
        truth: What happened.
        minute_start: Start of the minute in UTC, without seconds.
        dimensions: Where to publish.

    Raises:
        ValueError: The start is not a full minute with a time zone, or the task ids do not match the tasks.
    """
    if minute_start.tzinfo is None or minute_start.second or minute_start.microsecond:
        raise ValueError(f"{minute_start} is not a full minute with a time zone; truncate it and give it UTC")
    published = [
        *_target_groups(truth, minute_start, dimensions),
        *_load_balancer(truth, minute_start, dimensions),
        *_database(truth, minute_start, dimensions),
        *_containers(truth, minute_start, dimensions),
    ]
    return sorted(published, key=lambda publication: publication.at)


def _target_groups(truth: Minute, start: datetime, dimensions: Dimensions) -> Iterator[Publication]:
    for colour in Colour:
        minute, group = truth.of(colour), dimensions.target_group(colour)
        if minute is None or group is None:
            continue
        rng = generator(truth.seed, Stream.PUBLISHING, truth.index, colour)
        names = {"LoadBalancer": dimensions.load_balancer, "TargetGroup": group}
        early, late = _moments(rng, start)
        first, rest = split(rng, minute)
        yield from _requests(first, early, start, names)
        yield from _requests(rest, late, start, names)
        yield _gauge(early, _ALB, "HealthyHostCount", names, start, (minute.healthy_hosts,), "Count")
        yield _gauge(early, _ALB, "UnHealthyHostCount", names, start, (minute.unhealthy_hosts,), "Count")


def _requests(
    part: ColourMinute, at: datetime, start: datetime, names: dict[str, str]
) -> Iterator[Publication]:
    """Yield the counters and latencies of one part of a minute, leaving out what did not occur."""
    yield from _counter(at, "RequestCount", names, start, part.requests)
    yield from _counter(at, "HTTPCode_Target_5XX_Count", names, start, part.errors_5xx)
    yield from _counter(at, "HTTPCode_Target_4XX_Count", names, start, part.errors_4xx)
    yield from _counter(at, "TargetConnectionErrorCount", names, start, part.connection_errors)
    if part.latency.values:
        latency = part.latency
        yield Publication(
            at, _ALB, "TargetResponseTime", dict(names), start, latency.values, latency.counts, "Seconds"
        )


def _load_balancer(truth: Minute, start: datetime, dimensions: Dimensions) -> Iterator[Publication]:
    rng = generator(truth.seed, Stream.PUBLISHING, truth.index)
    names = {"LoadBalancer": dimensions.load_balancer}
    early, late = _moments(rng, start)
    first = first_part(rng, truth.elb_errors_5xx, first_share(rng))
    yield from _counter(early, "HTTPCode_ELB_5XX_Count", names, start, first)
    yield from _counter(late, "HTTPCode_ELB_5XX_Count", names, start, truth.elb_errors_5xx - first)


def _database(truth: Minute, start: datetime, dimensions: Dimensions) -> Iterator[Publication]:
    if dimensions.db_instance is None:
        return
    at = _moment(generator(truth.seed, Stream.PUBLISHING_DATABASE, truth.index), start, GAUGES_AFTER)
    names = {"DBInstanceIdentifier": dimensions.db_instance}
    yield _gauge(at, "AWS/RDS", "DatabaseConnections", names, start, (truth.db_connections,), "Count")
    yield _gauge(at, "AWS/RDS", "CPUUtilization", names, start, (truth.db_cpu,), "Percent")


def _containers(truth: Minute, start: datetime, dimensions: Dimensions) -> Iterator[Publication]:
    """Yield the service-wide CPU (one value per task of either colour) and each task's own if asked for."""
    if dimensions.cluster is None or dimensions.service is None:
        return
    at = _moment(generator(truth.seed, Stream.PUBLISHING_CONTAINERS, truth.index), start, GAUGES_AFTER)
    names = {"ClusterName": dimensions.cluster, "ServiceName": dimensions.service}
    colours = [(colour, minute) for colour in Colour if (minute := truth.of(colour)) is not None]
    everything = tuple(cpu for _, minute in colours for cpu in minute.task_cpu)
    if everything:
        yield _gauge(at, "AWS/ECS", "CPUUtilization", names, start, everything, "Percent")
    for colour, minute in colours:
        tasks = dimensions.tasks(colour)
        if tasks and len(tasks) != len(minute.task_cpu):
            raise ValueError(
                f"{len(tasks)} {colour} task ids for {len(minute.task_cpu)} tasks; give one per task or none"
            )
        for task, cpu in zip(tasks, minute.task_cpu if tasks else (), strict=True):
            own = {**names, "TaskId": task}
            yield _gauge(at, "ECS/ContainerInsights", "TaskCpuUtilization", own, start, (cpu,), "Percent")


def _moments(rng: np.random.Generator, start: datetime) -> tuple[datetime, datetime]:
    return _moment(rng, start, FIRST_PART_AFTER), _moment(rng, start, REST_AFTER)


def _moment(rng: np.random.Generator, start: datetime, after: tuple[int, int]) -> datetime:
    return start + timedelta(seconds=60 + int(rng.integers(after[0], after[1], endpoint=True)))


def _counter(
    at: datetime, name: str, names: dict[str, str], start: datetime, count: int
) -> Iterator[Publication]:
    """Yield ones, so that Sum and SampleCount are both the count; nothing at all for zero."""
    if count > 0:
        yield Publication(at, _ALB, name, dict(names), start, (1.0,), (count,), "Count")


def _gauge(
    at: datetime,
    namespace: str,
    name: str,
    names: dict[str, str],
    start: datetime,
    values: tuple[float, ...],
    unit: str,
) -> Publication:
    numbers = tuple(float(value) for value in values)
    return Publication(at, namespace, name, dict(names), start, numbers, (1,) * len(numbers), unit)
