"""The part of the CloudWatch backend that stores metrics and answers GetMetricData."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from moto.cloudwatch.exceptions import InvalidParameterValue, ValidationError
from moto.cloudwatch.models import CloudWatchBackend as MotoCloudWatchBackend
from moto.cloudwatch.models import MetricDatum
from moto.core.utils import utcnow
from moto.moto_api._internal import mock_random
from numpy.typing import ArrayLike

from .embedded import embedded
from .exceptions import InvalidNextToken
from .metrics import MINUTE, MetricStore, SeriesKey, to_epoch
from .queries import MetricDataResult, check_max_datapoints, check_queries, cut_page, metric_of, request_start
from .statistics import statistic

MAX_VALUES = 150
"""Values per metric in one PutMetricData request (PutMetricData, `Values`)."""

OLDEST, NEWEST = timedelta(weeks=2), timedelta(hours=2)
"""How far back and ahead a timestamp may be (PutMetricData, `Timestamp`)."""


class MetricBackend(MotoCloudWatchBackend):
    """moto's backend with an indexed metric store and GetMetricData as AWS answers it.

    moto's `metric_data` holds one entry per metric, for ListMetrics; the values are in `metrics`.
    """

    def __init__(self, region_name: str, account_id: str):
        super().__init__(region_name, account_id)
        self.metrics = MetricStore()
        self.forced_statuses: dict[tuple[str, str], tuple[str, str]] = {}
        self.pages: dict[str, list[MetricDataResult]] = {}

    def record(
        self,
        namespace: str,
        name: str,
        dimensions: Mapping[str, str],
        timestamp: datetime,
        values: ArrayLike,
        counts: ArrayLike | None = None,
        unit: str | None = None,
    ) -> None:
        """Publish observations as an AWS service does, without a request. Records for the same minute add up.

        Args:
            namespace: Such as `AWS/ApplicationELB`; reserved namespaces are allowed here.
            name: The metric's name.
            dimensions: Names to values; the whole set identifies the metric.
            timestamp: When they were observed (UTC; naive is UTC), kept to the minute.
            values: The observations.
            counts: How often each was observed; once when not given.
            unit: A CloudWatch unit such as `Seconds`; `None` when not given.
        """
        key = SeriesKey.of(namespace, name, dimensions)
        self._catalogue(key)
        self.metrics.add_values(key, to_epoch(timestamp), values, counts, unit)

    def read_log(self, lines: Iterable[str]) -> None:
        """Take the metrics that log lines carry in embedded metric format, as CloudWatch does of every log group.

        Raises:
            EmbeddedMetricsError: A line announces metrics and does not hold them.
        """
        for line in lines:
            for one in embedded(line):
                self._catalogue(one.key)
                self.metrics.add_values(one.key, one.second, one.values, None, one.unit, one.resolution)

    def put_metric_data(self, namespace: str, metric_data: list[dict[str, Any]]) -> None:
        """Store what was published; nothing if any part of it is invalid."""
        for number, datum in enumerate(metric_data, start=1):
            self._validate_parameters_put_metric_data(datum, number)
            _check_datum(datum, f"MetricData.member.{number}")
        for datum in metric_data:
            self._store(namespace, datum)

    def get_metric_data(
        self,
        queries: list[dict[str, Any]],
        start_time: datetime,
        end_time: datetime,
        scan_by: str = "TimestampDescending",
    ) -> list[dict[str, Any]]:
        """Answer the queries as one page, whatever its size."""
        results = self.query_metrics(queries, start_time, end_time, scan_by)
        return [result.as_response() for result in results]

    def get_metric_data_page(
        self, next_token: str | None, max_datapoints: int | None, request: dict[str, Any]
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Answer GetMetricData: the members of `MetricDataResults`, and the next page's token if there is one.

        Args:
            next_token: The token that the page before gave.
            max_datapoints: How many datapoints fit on a page.
            request: `queries`, `start_time`, `end_time` and `scan_by`; only the first page reads it.
        """
        size = check_max_datapoints(max_datapoints)
        if next_token is not None and next_token not in self.pages:
            raise InvalidNextToken
        waiting = self.query_metrics(**request) if next_token is None else self.pages[next_token]
        page, rest = cut_page(waiting, size)
        token = None
        if rest:
            token = str(mock_random.uuid4())
            self.pages[token] = rest
        return [result.as_response() for result in page], token

    def query_metrics(
        self, queries: list[dict[str, Any]], start_time: datetime, end_time: datetime, scan_by: str
    ) -> list[MetricDataResult]:
        """Answer the queries in their order. As in moto, the only expression is another query's Id.

        Raises:
            ValidationError: The request is one that AWS refuses.
        """
        if start_time >= end_time:
            raise ValidationError("The parameter StartTime must be less than the parameter EndTime.")
        check_queries(queries)
        start, end = request_start(to_epoch(start_time), queries), to_epoch(end_time)
        answers = {
            query["Id"]: self._answer(query, start, end, scan_by)
            for query in queries
            if "MetricStat" in query
        }
        results = []
        for query in queries:
            name = query["Id"]
            echoed = answers.get(query.get("Expression", ""), MetricDataResult(name, name))
            result = answers.get(name) or MetricDataResult(name, query.get("Label") or name, echoed.points)
            if query.get("ReturnData", True):
                results.append(result)
        return results

    def get_metric_statistics(
        self,
        namespace: str,
        metric_name: str,
        start_time: datetime,
        end_time: datetime,
        period: int,
        stats: list[str],
        dimensions: list[dict[str, str]],
        unit: str | None = None,
    ) -> list[Any]:
        """Answer GetMetricStatistics: per period with data, `Timestamp`, `Unit` and each asked statistic."""
        if start_time >= end_time:
            raise InvalidParameterValue("The parameter StartTime must be less than the parameter EndTime.")
        key = SeriesKey.of(namespace, metric_name, {each["Name"]: each["Value"] for each in dimensions})
        start = to_epoch(start_time) - to_epoch(start_time) % min(period, MINUTE)
        return [
            {"Timestamp": second, "Unit": unit or "None"} | {name: statistic(name)(points) for name in stats}
            for second, points in self.metrics.periods(key, start, to_epoch(end_time), period, unit)
        ]

    def force_status(self, namespace: str, name: str, status: str, message: str = "") -> None:
        """Make every later answer about a metric carry `status`; without data if it is not `PartialData`.

        Args:
            namespace: The metric's namespace.
            name: The metric's name; its dimensions do not matter.
            status: `Forbidden`, `InternalError` or `PartialData`.
            message: The text of the result's message.
        """
        self.forced_statuses[namespace, name] = (status, message)

    def clear_statuses(self) -> None:
        """Forget every forced status."""
        self.forced_statuses.clear()

    def _answer(self, query: dict[str, Any], start: int, end: int, scan_by: str) -> MetricDataResult:
        stat = query["MetricStat"]
        key = metric_of(stat)
        label = query.get("Label") or key.name
        status, message = self.forced_statuses.get((key.namespace, key.name), ("Complete", ""))
        messages = [] if status == "Complete" else [{"Code": status, "Value": message}]
        if status not in ("Complete", "PartialData"):
            return MetricDataResult(query["Id"], label, (), status, messages)
        measure = statistic(stat["Stat"])
        periods = self.metrics.periods(key, start, end, int(stat["Period"]), stat.get("Unit"))
        points = [(second, value) for second, each in periods if (value := measure(each)) is not None]
        if scan_by == "TimestampDescending":
            points.reverse()
        return MetricDataResult(query["Id"], label, tuple(points), status, messages)

    def _store(self, namespace: str, datum: dict[str, Any]) -> None:
        dimensions = {each["Name"]: each["Value"] for each in datum.get("Dimensions") or []}
        key = SeriesKey.of(namespace, datum["MetricName"], dimensions)
        second = to_epoch(datum.get("Timestamp") or utcnow())
        unit, resolution = datum.get("Unit"), 1 if datum.get("StorageResolution") == 1 else MINUTE
        self._catalogue(key)
        if datum.get("StatisticValues"):
            self.metrics.add_statistic_set(key, second, datum["StatisticValues"], unit, resolution)
            return
        values = datum.get("Values") or [datum.get("Value", 0.0)]
        self.metrics.add_values(key, second, values, datum.get("Counts") or None, unit, resolution)

    def _catalogue(self, key: SeriesKey) -> None:
        """Let ListMetrics know a metric, once."""
        if key in self.metrics:
            return
        dimensions = [{"Name": name, "Value": value} for name, value in sorted(key.dimensions)]
        self.metric_data.append(MetricDatum(key.namespace, key.name, 0.0, dimensions, None))


def _check_datum(datum: dict[str, Any], where: str) -> None:
    if len(datum.get("Values") or []) > MAX_VALUES:
        raise InvalidParameterValue(
            f"The collection {where}.Values must not have a size greater than {MAX_VALUES}."
        )
    moment, now = datum.get("Timestamp"), to_epoch(utcnow())
    if moment is None:
        return
    if to_epoch(moment) < now - OLDEST.total_seconds():
        raise InvalidParameterValue(
            f"The parameter {where}.Timestamp must specify a time within the past two weeks."
        )
    if to_epoch(moment) > now + NEWEST.total_seconds():
        raise InvalidParameterValue(
            f"The parameter {where}.Timestamp must specify a time no more than two hours in the future."
        )
