"""Which metrics one turn asks CloudWatch for, and what comes back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from guardian.model import Deployment, Role, Side
from guardian.policy import MetricSelector, Policy

ALB = "AWS/ApplicationELB"
COLOUR_METRICS = (
    # field, metric, statistic (Application Load Balancer user guide, "CloudWatch metrics")
    ("requests", "RequestCount", "Sum"),
    ("errors_5xx", "HTTPCode_Target_5XX_Count", "Sum"),
    ("errors_4xx", "HTTPCode_Target_4XX_Count", "Sum"),
    ("connection_errors", "TargetConnectionErrorCount", "Sum"),
    ("latency_avg", "TargetResponseTime", "Average"),
    ("latency_p50", "TargetResponseTime", "p50"),
    ("latency_p90", "TargetResponseTime", "p90"),
    ("latency_p99", "TargetResponseTime", "p99"),
    # How many requests had a response time at all. It is the fifth statistic of this metric: up to five in one
    # GetMetricData are billed as one metric (CloudWatch pricing). Minimum and Maximum would be billed as a second one
    # per colour, and no verdict rests on them.
    ("latency_samples", "TargetResponseTime", "SampleCount"),
    ("healthy_hosts", "HealthyHostCount", "Minimum"),
    ("unhealthy_hosts", "UnHealthyHostCount", "Maximum"),
)


@dataclass(frozen=True)
class Column:
    """Where a series belongs in a minute.

    Attributes:
        side: A colour, or `shared`.
        field: The field, or the custom metric's name.
        part: For a custom metric which half of the ratio; for per-task CPU the task's id.
    """

    side: Role | Literal["shared"]
    field: str
    part: str = ""


@dataclass(frozen=True)
class MetricQuery:
    """One series to ask for: a metric, its exact dimensions, one statistic, one value a minute."""

    column: Column
    namespace: str
    metric: str
    dimensions: tuple[tuple[str, str], ...]
    statistic: str


class Reply(StrEnum):
    """How CloudWatch answered one query (GetMetricData, `StatusCode`)."""

    COMPLETE = "Complete"
    PARTIAL_DATA = "PartialData"
    INTERNAL_ERROR = "InternalError"
    FORBIDDEN = "Forbidden"


@dataclass(frozen=True)
class Series:
    """The points that came back for one query, by the start of their minute (UTC)."""

    query: MetricQuery
    points: Mapping[datetime, float]
    reply: Reply = Reply.COMPLETE
    message: str = ""


def plan(
    deployment: Deployment, policy: Policy, tasks: Mapping[Role, Sequence[str]]
) -> tuple[MetricQuery, ...]:
    """Return every query that one turn needs.

    Args:
        deployment: Its target groups are the colours' dimensions.
        policy: Names the database and the custom metrics.
        tasks: Ids of the running tasks by colour, where the cluster publishes CPU per task; else empty.
    """
    queries: list[MetricQuery] = []
    for role, side in ((Role.BLUE, deployment.blue), (Role.GREEN, deployment.green)):
        if side is not None:
            queries.extend(_colour(role, side, deployment))
            queries.extend(_cpu(role, tasks.get(role, ()), deployment))
            queries.extend(_custom(role, side, policy))
    queries.extend(_shared(deployment, policy))
    return tuple(queries)


def _colour(role: Role, side: Side, deployment: Deployment) -> Iterator[MetricQuery]:
    dimensions = (
        ("LoadBalancer", deployment.load_balancer or ""),
        ("TargetGroup", side.target_group.dimension),
    )
    for field, metric, statistic in COLOUR_METRICS:
        yield MetricQuery(Column(role, field), ALB, metric, dimensions, statistic)


def _cpu(role: Role, tasks: Sequence[str], deployment: Deployment) -> Iterator[MetricQuery]:
    """Ask for each task's CPU (Container Insights with enhanced observability)."""
    for task in tasks:
        dimensions = (
            ("ClusterName", deployment.cluster),
            ("ServiceName", deployment.ecs_service),
            ("TaskId", task),
        )
        yield MetricQuery(
            Column(role, "cpu", task), "ECS/ContainerInsights", "TaskCpuUtilization", dimensions, "Average"
        )


def _custom(role: Role, side: Side, policy: Policy) -> Iterator[MetricQuery]:
    places = {
        "{target_group}": side.target_group.dimension,
        "{target_group_name}": side.target_group.name,
        "{colour}": role.value,
    }
    for metric in policy.custom:
        for part, selector in metric.halves.items():
            dimensions = tuple(
                (name, _filled(value, places)) for name, value in sorted(selector.dimensions.items())
            )
            yield _selected(Column(role, metric.name, part), selector, dimensions)


def _selected(
    column: Column, selector: MetricSelector, dimensions: tuple[tuple[str, str], ...]
) -> MetricQuery:
    return MetricQuery(column, selector.namespace, selector.metric, dimensions, selector.statistic)


def _filled(value: str, places: Mapping[str, str]) -> str:
    for place, actual in places.items():
        value = value.replace(place, actual)
    return value


def _shared(deployment: Deployment, policy: Policy) -> Iterator[MetricQuery]:
    balancer = (("LoadBalancer", deployment.load_balancer),)
    yield MetricQuery(Column("shared", "elb_5xx"), ALB, "HTTPCode_ELB_5XX_Count", balancer, "Sum")
    service = (("ClusterName", deployment.cluster), ("ServiceName", deployment.ecs_service))
    yield MetricQuery(Column("shared", "service_cpu"), "AWS/ECS", "CPUUtilization", service, "Average")
    if policy.database.instance:
        instance = (("DBInstanceIdentifier", policy.database.instance),)
        yield MetricQuery(
            Column("shared", "db_connections"), "AWS/RDS", "DatabaseConnections", instance, "Average"
        )
        yield MetricQuery(Column("shared", "db_cpu"), "AWS/RDS", "CPUUtilization", instance, "Average")
