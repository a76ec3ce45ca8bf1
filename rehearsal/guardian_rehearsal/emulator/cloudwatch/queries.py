"""GetMetricData: which requests are refused, how answers are cut into pages (its API reference)."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.exceptions import ValidationError

from .metrics import MINUTE, SeriesKey

MAX_QUERIES = 500
"""Queries per request (GetMetricData, `MetricDataQueries`)."""

MAX_DATAPOINTS = 100_800
"""Datapoints per page, unless the request asks for fewer (GetMetricData, `MaxDatapoints`)."""

HIGH_RESOLUTION_PERIODS = (1, 5, 10, 20, 30)
"""Seconds. Any other period is a multiple of 60 (MetricStat, `Period`)."""

ID_PATTERN = re.compile(r"[a-z][A-Za-z0-9_]*")
"""MetricDataQuery, `Id`."""


@dataclass(frozen=True)
class MetricDataResult:
    """The answer to one query, in the order that the request asked for.

    Attributes:
        id: The query's `Id`.
        label: The query's `Label`, or the metric's name.
        points: Pairs of the period's first second since 1970 and the value.
        status_code: `Complete`, `PartialData`, `InternalError` or `Forbidden`.
        messages: What CloudWatch says about it, as `{"Code", "Value"}`.
    """

    id: str
    label: str
    points: tuple[tuple[int, float], ...] = ()
    status_code: str = "Complete"
    messages: list[dict[str, str]] = field(default_factory=list)

    def as_response(self) -> dict[str, Any]:
        """Return the member of `MetricDataResults`."""
        return {
            "Id": self.id,
            "Label": self.label,
            "Timestamps": [datetime.fromtimestamp(second, UTC) for second, _ in self.points],
            "Values": [value for _, value in self.points],
            "StatusCode": self.status_code,
            "Messages": self.messages or None,
        }


def metric_of(metric_stat: dict[str, Any]) -> SeriesKey:
    """Return the metric that a `MetricStat` names."""
    metric = metric_stat["Metric"]
    dimensions = {each["Name"]: each["Value"] for each in metric.get("Dimensions") or []}
    return SeriesKey.of(metric["Namespace"], metric["MetricName"], dimensions)


def check_queries(queries: list[dict[str, Any]]) -> None:
    """Refuse what AWS refuses.

    Raises:
        ValidationError: Too many queries, an unusable or repeated `Id`, or a period that does not exist.
    """
    if len(queries) > MAX_QUERIES:
        raise ValidationError(
            f"The collection MetricDataQueries must not have a size greater than {MAX_QUERIES}."
        )
    for number, query in enumerate(queries, start=1):
        _check_query(query, f"MetricDataQueries.member.{number}")
    repeated = [name for name, times in Counter(query["Id"] for query in queries).items() if times > 1]
    if repeated:
        raise ValidationError(
            f"The values for parameter id in MetricDataQueries are not unique. Duplicates: {repeated}"
        )


def check_max_datapoints(asked: int | None) -> int:
    """Return the size of a page.

    Raises:
        ValidationError: The request asks for none or for more than a page can hold.
    """
    size = MAX_DATAPOINTS if asked is None else asked
    if not 1 <= size <= MAX_DATAPOINTS:
        raise ValidationError(f"The parameter MaxDatapoints must be between 1 and {MAX_DATAPOINTS}.")
    return size


def request_start(start: int, queries: Iterable[dict[str, Any]]) -> int:
    """Round a start time down as CloudWatch does: to the minute, or to the shortest period below a minute."""
    periods = [int(query["MetricStat"]["Period"]) for query in queries if "MetricStat" in query]
    step = min([MINUTE, *periods])
    return start - start % step


def cut_page(
    results: list[MetricDataResult], size: int
) -> tuple[list[MetricDataResult], list[MetricDataResult]]:
    """Split results into a page of at most `size` datapoints and the rest.

    A series that goes on is `PartialData` on this page; a series that has no room at all waits for its page.
    """
    page: list[MetricDataResult] = []
    rest: list[MetricDataResult] = []
    room = size
    for result in results:
        here, later = result.points[:room], result.points[room:]
        room -= len(here)
        if not later:
            page.append(result)
            continue
        rest.append(replace(result, points=later))
        if here:
            page.append(replace(result, points=here, status_code="PartialData"))
    return page, rest


def _check_query(query: dict[str, Any], where: str) -> None:
    if not ID_PATTERN.fullmatch(query["Id"]):
        raise ValidationError(
            f"The value {query['Id']} for parameter {where}.Id is not matching the expected pattern "
            "^[a-z][A-Za-z0-9_]*$."
        )
    if "MetricStat" not in query and "Expression" not in query:
        raise ValidationError(f"The parameter {where}.MetricStat is required.\n")
    if "MetricStat" in query:
        period = query["MetricStat"]["Period"]
        if period not in HIGH_RESOLUTION_PERIODS and (period < MINUTE or period % MINUTE):
            raise ValidationError(
                f"The parameter {where}.MetricStat.Period must be 1, 5, 10, 20, 30, or a multiple of 60."
            )
