"""What every `Metrics` does: the fake and CloudWatch; then what only GetMetricData needs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import boto3
import pytest
from botocore.config import Config
from guardian_fakes import FakeMetrics

from guardian.aws.cloudwatch import CloudWatchMetrics
from guardian.errors import AwsRefusedError, TemporaryError
from guardian.model import Role
from guardian.observe import Column, MetricQuery, Reply
from guardian.ports import Metrics
from guardian_rehearsal.emulator.server import EmulatedAws

START = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
NUMBERS = count()


@dataclass
class Source:
    """Where metrics are read, and how a test fills and breaks it."""

    metrics: Metrics
    put: Callable[[MetricQuery, datetime, float], None]
    force: Callable[[MetricQuery, Reply, str], None]
    fail: Callable[[str], None]


def _fake() -> Source:
    fake = FakeMetrics()
    errors = {"throttled": TemporaryError("Rate exceeded"), "forbidden": AwsRefusedError("is not allowed")}

    def put(query: MetricQuery, at: datetime, value: float) -> None:
        fake.put(query.namespace, query.metric, dict(query.dimensions), query.statistic, at, value)

    def force(query: MetricQuery, reply: Reply, message: str) -> None:
        fake.force(query.namespace, query.metric, reply, message)

    return Source(fake, put, force, lambda how: fake.fail("read", errors[how]))


def _record(aws: EmulatedAws, query: MetricQuery, at: datetime, value: float) -> None:
    aws.cloudwatch.record(query.namespace, query.metric, dict(query.dimensions), at, [value])


@pytest.fixture
def _cloudwatch(aws: EmulatedAws) -> Source:
    aws.faults.clear()

    def fail(how: str) -> None:
        if how == "throttled":
            aws.faults.throttle("cloudwatch", "GetMetricData")
        else:
            aws.faults.fail("cloudwatch", "GetMetricData", "AccessDenied", "User is not authorized")

    return Source(
        CloudWatchMetrics(aws.client("cloudwatch")),
        lambda query, at, value: _record(aws, query, at, value),
        lambda query, reply, message: aws.cloudwatch.force_status(
            query.namespace, query.metric, reply, message
        ),
        fail,
    )


@pytest.fixture(params=["fake", "cloudwatch"])
def source(request: pytest.FixtureRequest) -> Source:
    """The fake, or CloudWatch."""
    made: Source = _fake() if request.param == "fake" else request.getfixturevalue("_cloudwatch")
    return made


def query(metric: str = "", statistic: str = "Sum", **dimensions: str) -> MetricQuery:
    """Return a query for a metric of its own unless named."""
    name = metric or f"Metric{next(NUMBERS)}"
    return MetricQuery(
        Column(Role.BLUE, "requests"), "Shop", name, tuple(sorted(dimensions.items())), statistic
    )


def minute(number: int) -> datetime:
    return START + timedelta(minutes=number)


def test_points_are_kept_by_the_start_of_their_minute(source: Source) -> None:
    """A value comes back under the start of its minute, in UTC."""
    one = query()
    source.put(one, minute(3), 7.5)
    (series,) = source.metrics.read([one], minute(0), minute(10))
    assert (series.query, series.points, series.reply) == (one, {minute(3): 7.5}, Reply.COMPLETE)
    assert all(at.utcoffset() == timedelta(0) for at in series.points)


def test_the_start_is_included_and_the_end_is_not(source: Source) -> None:
    """Minutes from the start (inclusive) to the end (exclusive) are read."""
    one = query()
    for number in range(6):
        source.put(one, minute(number), float(number))
    (series,) = source.metrics.read([one], minute(2), minute(5))
    assert series.points == {minute(number): float(number) for number in (2, 3, 4)}


def test_every_query_gets_a_series_in_its_order(source: Source) -> None:
    """There is one series per query, in the order of the queries, a metric without data included."""
    queries = [query() for _ in range(4)]
    source.put(queries[2], minute(1), 2.0)
    series = source.metrics.read(queries, minute(0), minute(5))
    assert [one.query for one in series] == queries
    assert [dict(one.points) for one in series] == [{}, {}, {minute(1): 2.0}, {}]
    assert {one.reply for one in series} == {Reply.COMPLETE}


@pytest.mark.parametrize("statistic", ["Sum", "Average", "SampleCount", "p50", "p99", "Minimum", "Maximum"])
def test_every_statistic_is_read(source: Source, statistic: str) -> None:
    """Each statistic that Guardian asks for comes back."""
    one = query(statistic=statistic)
    source.put(one, minute(1), 1.0)
    (series,) = source.metrics.read([one], minute(0), minute(5))
    assert series.points == {minute(1): 1.0}


def test_dimensions_are_matched_exactly(source: Source) -> None:
    """A metric with other dimensions is another metric."""
    blue, green = query("Requests", TargetGroup="tg-1"), query("Requests", TargetGroup="tg-2")
    source.put(blue, minute(1), 1.0)
    source.put(green, minute(1), 2.0)
    series = source.metrics.read([blue, green, query("Requests")], minute(0), minute(5))
    assert [dict(one.points) for one in series] == [{minute(1): 1.0}, {minute(1): 2.0}, {}]


@pytest.mark.parametrize("reply", [Reply.FORBIDDEN, Reply.INTERNAL_ERROR], ids=str)
def test_a_failed_series_is_kept_apart_with_its_message(source: Source, reply: Reply) -> None:
    """A series that CloudWatch could not read says so and why, has no points, and spoils no other."""
    bad, good = query(), query()
    source.put(bad, minute(1), 1.0)
    source.put(good, minute(1), 2.0)
    source.force(bad, reply, "because of a test")
    first, second = source.metrics.read([bad, good], minute(0), minute(5))
    assert (first.reply, dict(first.points), first.message) == (reply, {}, "because of a test")
    assert (second.reply, dict(second.points)) == (Reply.COMPLETE, {minute(1): 2.0})


def test_a_partial_series_keeps_its_points_and_its_message(source: Source) -> None:
    """A series that came back in part says so and why, and keeps the points that came."""
    one = query()
    source.put(one, minute(1), 1.0)
    source.force(one, Reply.PARTIAL_DATA, "not all of it")
    (series,) = source.metrics.read([one], minute(0), minute(5))
    assert (series.reply, dict(series.points), series.message) == (
        Reply.PARTIAL_DATA, {minute(1): 1.0}, "not all of it",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("how", "error"), [("throttled", TemporaryError), ("forbidden", AwsRefusedError)], ids=str
)
def test_a_failed_call_is_raised(source: Source, how: str, error: type[Exception]) -> None:
    """A call that fails as a whole is raised; it is not an empty answer."""
    source.fail(how)
    with pytest.raises(error):
        source.metrics.read([query()], minute(0), minute(5))


# GetMetricData alone


class Tampered:
    """A CloudWatch client whose requests and answers a test may change on the way, by boto3's own events."""

    def __init__(self, aws: EmulatedAws) -> None:
        self._faults = aws.faults
        self.requests: list[dict[str, Any]] = []
        self.more: dict[str, Any] = {}
        self.lost: str | None = None
        self.throttled_from: int | None = None
        self.client: Any = boto3.client(
            "cloudwatch",
            region_name=aws.region,
            endpoint_url=aws.endpoint,
            aws_access_key_id="AKIAEMULATED",
            aws_secret_access_key="emulated",
            config=Config(retries={"total_max_attempts": 1}),
        )
        self.client.meta.events.register("provide-client-params.cloudwatch.GetMetricData", self._request)
        self.client.meta.events.register("after-call.cloudwatch.GetMetricData", self._answer)

    def _request(self, params: dict[str, Any], **_: object) -> dict[str, Any]:
        self.requests.append(params)
        if len(self.requests) == self.throttled_from:
            self._faults.throttle("cloudwatch", "GetMetricData")
        return params | self.more

    def _answer(self, parsed: dict[str, Any], **_: object) -> None:
        if self.lost:
            results = parsed["MetricDataResults"]
            parsed["MetricDataResults"] = [one for one in results if one["Id"] != self.lost]


@pytest.fixture
def tampered(aws: EmulatedAws) -> Iterator[Tampered]:
    """A client that counts its requests."""
    aws.faults.clear()
    made = Tampered(aws)
    yield made
    made.client.close()


@pytest.mark.parametrize(("queries", "calls"), [(1, [1]), (500, [500]), (501, [500, 1])], ids=str)
def test_five_hundred_queries_go_in_one_call(
    aws: EmulatedAws, tampered: Tampered, queries: int, calls: list[int]
) -> None:
    """Up to 500 queries are one GetMetricData; more are split, and each answer finds its query."""
    asked = [query() for _ in range(queries)]
    _record(aws, asked[0], minute(1), 1.0)
    _record(aws, asked[-1], minute(2), 2.0)
    series = CloudWatchMetrics(tampered.client).read(asked, minute(0), minute(5))
    assert [len(one["MetricDataQueries"]) for one in tampered.requests] == calls
    assert [one.query for one in series] == asked
    assert minute(2) in series[-1].points


def test_pages_are_joined(aws: EmulatedAws, tampered: Tampered) -> None:
    """An answer in several pages is one answer: a series that a page cut short is whole and complete."""
    asked = [query() for _ in range(3)]
    for one in asked:
        for number in range(10):
            _record(aws, one, minute(number), float(number))
    tampered.more = {"MaxDatapoints": 7}
    series = CloudWatchMetrics(tampered.client).read(asked, minute(0), minute(10))
    assert len(tampered.requests) == 5
    assert [dict(one.points) for one in series] == [{minute(n): float(n) for n in range(10)}] * 3
    assert {(one.reply, one.message) for one in series} == {(Reply.COMPLETE, "")}


def test_a_later_page_that_fails_is_raised(aws: EmulatedAws, tampered: Tampered) -> None:
    """When a later page is throttled the whole reading fails: half of an answer is not judged."""
    one = query()
    for number in range(10):
        _record(aws, one, minute(number), float(number))
    tampered.more = {"MaxDatapoints": 7}
    tampered.throttled_from = 2
    with pytest.raises(TemporaryError):
        CloudWatchMetrics(tampered.client).read([one], minute(0), minute(10))
    assert len(tampered.requests) == 2


def test_a_lost_result_is_an_error_not_an_empty_metric(aws: EmulatedAws, tampered: Tampered) -> None:
    """A query for which no result came back is an internal error, since an empty series would mean zero."""
    asked = [query(), query()]
    for one in asked:
        _record(aws, one, minute(1), 1.0)
    tampered.lost = "q1"
    first, second = CloudWatchMetrics(tampered.client).read(asked, minute(0), minute(5))
    assert first.reply is Reply.COMPLETE
    assert (second.reply, dict(second.points)) == (Reply.INTERNAL_ERROR, {})
    assert second.message == "no result came back"


def test_the_window_is_asked_for_as_given(tampered: Tampered) -> None:
    """The request has the window's whole minutes, one value a minute, oldest first."""
    CloudWatchMetrics(tampered.client).read([query()], minute(0), minute(5))
    (request,) = tampered.requests
    assert (request["StartTime"], request["EndTime"]) == (minute(0), minute(5))
    assert (request["ScanBy"], request["MetricDataQueries"][0]["MetricStat"]["Period"]) == (
        "TimestampAscending", 60,
    )  # fmt: skip
