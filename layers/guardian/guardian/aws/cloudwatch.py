"""CloudWatch: one GetMetricData for a turn, split and paged where it does not fit."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from guardian.aws.calls import aws_call
from guardian.observe import MetricQuery, Reply, Series

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef

QUERIES_PER_CALL = 500
"""Queries that one GetMetricData takes (CloudWatch service quotas)."""
PERIOD = 60
"""Seconds of one datapoint."""


@dataclass
class _Answer:
    """What has come back for one query so far; pages add to it."""

    points: dict[datetime, float] = field(default_factory=dict)
    reply: Reply = Reply.INTERNAL_ERROR  # until a page says otherwise: a lost page is not an empty metric
    message: str = "no result came back"


class CloudWatchMetrics:
    """Implements `Metrics`."""

    def __init__(self, cloudwatch: "CloudWatchClient") -> None:
        self._cloudwatch = cloudwatch

    def read(self, queries: Sequence[MetricQuery], start: datetime, end: datetime) -> list[Series]:
        answers = {f"q{number}": _Answer() for number in range(len(queries))}
        asked = list(zip(answers, queries, strict=True))
        for first in range(0, len(asked), QUERIES_PER_CALL):
            for page in self._pages(asked[first : first + QUERIES_PER_CALL], start, end):
                _add(page, answers)
        return [
            Series(query, answers[key].points, answers[key].reply, answers[key].message)
            for key, query in asked
        ]

    def _pages(
        self, asked: Sequence[tuple[str, MetricQuery]], start: datetime, end: datetime
    ) -> Iterator[Any]:
        with aws_call("cloudwatch:GetMetricData"):
            yield from self._cloudwatch.get_paginator("get_metric_data").paginate(
                MetricDataQueries=[_query(key, query) for key, query in asked],
                StartTime=start,
                EndTime=end,
                ScanBy="TimestampAscending",
            )


def _query(key: str, query: MetricQuery) -> "MetricDataQueryTypeDef":
    return {
        "Id": key,
        "MetricStat": {
            "Metric": {
                "Namespace": query.namespace,
                "MetricName": query.metric,
                "Dimensions": [{"Name": name, "Value": value} for name, value in query.dimensions],
            },
            "Period": PERIOD,
            "Stat": query.statistic,
        },
    }


def _add(page: Mapping[str, Any], answers: Mapping[str, _Answer]) -> None:
    """Add one page; a series that a page cut short says PartialData there and Complete on its last page."""
    for result in page["MetricDataResults"]:
        answer = answers[result["Id"]]
        times = (moment.astimezone(UTC) for moment in result["Timestamps"])
        answer.points.update(zip(times, result["Values"], strict=True))
        answer.reply = Reply(result["StatusCode"])
        answer.message = "; ".join(
            message["Value"] for message in result.get("Messages", ()) if message.get("Value")
        )
