"""GetMetricData, GetMetricStatistics and ListMetrics of the emulated CloudWatch, through boto3."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from botocore.exceptions import ClientError

from guardian_rehearsal.emulator.server import EmulatedAws

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
"""When everything here happens; the newest minute is 11:59."""

Factory = Callable[[str], Any]


@pytest.fixture(autouse=True)
def _at_noon() -> Any:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def cloudwatch(client: Factory) -> Any:
    """The boto3 client."""
    return client("cloudwatch")


def minute(number: int) -> datetime:
    """Return 11:00 plus so many minutes."""
    return NOON - timedelta(hours=1) + timedelta(minutes=number)


def put(cloudwatch: Any, number: int, namespace: str = "Shop", name: str = "Orders", **datum: Any) -> None:
    """Publish one datum at a minute."""
    datum = {"MetricName": name, "Timestamp": minute(number), **datum}
    cloudwatch.put_metric_data(Namespace=namespace, MetricData=[datum])


def dimensions(**named: str) -> list[dict[str, str]]:
    """Return dimensions in the API's form."""
    return [{"Name": name, "Value": value} for name, value in named.items()]


def query(stat: str = "Sum", query_id: str = "m1", **changes: Any) -> dict[str, Any]:
    """Return one query for the metric that `put` publishes."""
    metric = {
        "Namespace": changes.pop("namespace", "Shop"),
        "MetricName": changes.pop("name", "Orders"),
        "Dimensions": changes.pop("dimensions", []),
    }
    metric_stat = {"Metric": metric, "Period": changes.pop("period", 60), "Stat": stat}
    if "unit" in changes:
        metric_stat["Unit"] = changes.pop("unit")
    return {"Id": query_id, "MetricStat": metric_stat, **changes}


def ask(cloudwatch: Any, *queries: dict[str, Any], **request: Any) -> Any:
    """Send GetMetricData for the whole hour unless told otherwise."""
    request = {"StartTime": minute(0), "EndTime": NOON, "ScanBy": "TimestampAscending", **request}
    return cloudwatch.get_metric_data(MetricDataQueries=list(queries), **request)


def values(cloudwatch: Any, *queries: dict[str, Any], **request: Any) -> list[float]:
    """Return the values of the first result."""
    found: list[float] = ask(cloudwatch, *queries, **request)["MetricDataResults"][0]["Values"]
    return found


@pytest.mark.parametrize(
    ("stat", "expected"),
    [
        ("Sum", 216.0),
        ("Average", 2.16),
        ("Minimum", 1.0),
        ("Maximum", 50.0),
        ("SampleCount", 100.0),
        ("p50", 1.0),
        ("p90", 2.0),
        ("p98", 2.0),
        ("p98.01", 50.0),
        ("p100", 50.0),
        ("tm90", 100.0 / 90.0),  # the lowest 90: 80 ones and 10 twos
    ],
)
def test_statistics_weigh_values_by_their_counts(cloudwatch: Any, stat: str, expected: float) -> None:
    """Every statistic of 80 ones, 18 twos and 2 fifties counts each value as often as it was observed."""
    put(cloudwatch, 5, Values=[50.0, 1.0, 2.0, 1.0], Counts=[2.0, 50.0, 18.0, 30.0])
    assert values(cloudwatch, query(stat)) == pytest.approx([expected])


def test_records_for_the_same_minute_add_up(aws: EmulatedAws, cloudwatch: Any) -> None:
    """A minute is revised by publishing more for it, whether by a service or by the API."""
    put(cloudwatch, 5, Value=3.0)
    aws.cloudwatch.record("Shop", "Orders", {}, minute(5) + timedelta(seconds=59), [4.0, 5.0], counts=[1, 2])
    assert values(cloudwatch, query()) == [17.0]
    aws.cloudwatch.record("Shop", "Orders", {}, minute(5), [100.0])
    assert values(cloudwatch, query(), query("p100", "m2")) == [117.0]
    assert values(cloudwatch, query("p100")) == [100.0]


def test_recorded_values_are_what_the_api_returns(aws: EmulatedAws, cloudwatch: Any) -> None:
    """What a service records under a reserved namespace is read with its exact dimensions."""
    colour = {"TargetGroup": "targetgroup/green/1", "LoadBalancer": "app/shop/1"}
    aws.cloudwatch.record("AWS/ApplicationELB", "RequestCount", colour, minute(1), [1.0] * 30, unit="Count")
    asked = {"namespace": "AWS/ApplicationELB", "name": "RequestCount"}
    assert values(cloudwatch, query(**asked, dimensions=dimensions(**colour))) == [30.0]
    subset = dimensions(TargetGroup="targetgroup/green/1")
    result = ask(cloudwatch, query(**asked, dimensions=subset))["MetricDataResults"][0]
    assert (result["Values"], result["StatusCode"]) == ([], "Complete")


def test_namespaces_and_dimension_sets_are_separate_metrics(cloudwatch: Any) -> None:
    """The same name in another namespace, or with other dimensions, or with none, is another metric."""
    put(cloudwatch, 1, "A", Value=1.0, Dimensions=dimensions(Stage="blue"))
    put(cloudwatch, 1, "B", Value=10.0, Dimensions=dimensions(Stage="blue"))
    put(cloudwatch, 1, "A", Value=100.0, Dimensions=dimensions(Stage="green"))
    put(cloudwatch, 1, "A", Value=1000.0)
    assert values(cloudwatch, query(namespace="A", dimensions=dimensions(Stage="blue"))) == [1.0]
    assert values(cloudwatch, query(namespace="B", dimensions=dimensions(Stage="blue"))) == [10.0]
    assert values(cloudwatch, query(namespace="A")) == [1000.0]


def test_the_start_is_rounded_down_and_the_end_is_excluded(cloudwatch: Any) -> None:
    """Asking from 11:05:40 to 11:07:00 returns 11:05 and 11:06, labelled by their first second."""
    for number in range(10):
        put(cloudwatch, number, Value=float(number))
    answer = ask(cloudwatch, query(), StartTime=minute(5) + timedelta(seconds=40), EndTime=minute(7))
    result = answer["MetricDataResults"][0]
    assert result["Timestamps"] == [minute(5), minute(6)]
    assert result["Values"] == [5.0, 6.0]


def test_newest_comes_first_unless_asked_otherwise(cloudwatch: Any) -> None:
    """ScanBy defaults to TimestampDescending."""
    for number in (1, 2, 3):
        put(cloudwatch, number, Value=float(number))
    answer = cloudwatch.get_metric_data(MetricDataQueries=[query()], StartTime=minute(0), EndTime=NOON)
    assert answer["MetricDataResults"][0]["Values"] == [3.0, 2.0, 1.0]
    assert values(cloudwatch, query()) == [1.0, 2.0, 3.0]


def test_longer_periods_take_percentiles_of_all_their_values(cloudwatch: Any) -> None:
    """A five-minute p90 is that of the values, not of the minutes' percentiles."""
    for number in range(5):
        put(cloudwatch, number, Values=[float(number + 1)], Counts=[20.0])
    assert values(cloudwatch, query("p90", period=300)) == [5.0]
    assert values(cloudwatch, query("p60", period=300)) == [3.0]
    assert values(cloudwatch, query("Sum", period=300)) == [300.0]


def test_statistic_sets_have_no_percentiles(cloudwatch: Any) -> None:
    """A statistic set counts in the simple statistics and takes the percentiles of its minute away."""
    summary = {"SampleCount": 4.0, "Sum": 10.0, "Minimum": 1.0, "Maximum": 4.0}
    put(cloudwatch, 1, StatisticValues=summary)
    put(cloudwatch, 1, Value=20.0)
    put(cloudwatch, 2, Value=7.0)
    assert values(cloudwatch, query("Average")) == [6.0, 7.0]
    assert values(cloudwatch, query("Minimum")) == [1.0, 7.0]
    assert values(cloudwatch, query("p50")) == [7.0]


def test_a_unit_selects_what_was_published_with_it(cloudwatch: Any) -> None:
    """With a unit only that unit's values count; without one all do."""
    put(cloudwatch, 1, Value=1.0, Unit="Seconds")
    put(cloudwatch, 1, Value=5.0, Unit="Count")
    assert values(cloudwatch, query(unit="Seconds")) == [1.0]
    assert values(cloudwatch, query()) == [6.0]


def test_high_resolution_metrics_keep_their_seconds(cloudwatch: Any) -> None:
    """A metric stored at one second can be read in ten-second and in minute periods."""
    for second in (0, 9, 10):
        moment = minute(1) + timedelta(seconds=second)
        put(cloudwatch, 0, Timestamp=moment, Value=1.0, StorageResolution=1)
    assert values(cloudwatch, query(period=10)) == [2.0, 1.0]
    assert values(cloudwatch, query(period=60)) == [3.0]


def test_labels_default_to_the_name_of_the_metric(cloudwatch: Any) -> None:
    """A result is labelled with the metric's name, or as the query asks, and hidden queries are not returned."""
    answer = ask(
        cloudwatch,
        query(),
        query(query_id="m2", Label="green"),
        query(query_id="m3", ReturnData=False),
        {"Id": "e1", "Expression": "m3", "Label": "copy"},
    )
    labels = [(each["Id"], each["Label"]) for each in answer["MetricDataResults"]]
    assert labels == [("m1", "Orders"), ("m2", "green"), ("e1", "copy")]


def test_pages_hold_no_more_datapoints_than_asked(cloudwatch: Any) -> None:
    """A series cut by a page is PartialData there and Complete on its last page; nothing is lost or repeated."""
    for number in range(4):
        put(cloudwatch, number, Value=float(number))
        put(cloudwatch, number, name="Errors", Value=10.0 + number)
    seen: list[list[tuple[str, list[float], str]]] = []
    token: dict[str, str] = {}
    while True:
        answer = ask(cloudwatch, query(), query(query_id="m2", name="Errors"), MaxDatapoints=3, **token)
        results = answer["MetricDataResults"]
        seen.append([(each["Id"], each["Values"], each["StatusCode"]) for each in results])
        if "NextToken" not in answer:
            break
        token = {"NextToken": answer["NextToken"]}
    assert seen == [
        [("m1", [0.0, 1.0, 2.0], "PartialData")],
        [("m1", [3.0], "Complete"), ("m2", [10.0, 11.0], "PartialData")],
        [("m2", [12.0, 13.0], "Complete")],
    ]


def test_a_page_holds_100800_datapoints_by_default(aws: EmulatedAws, cloudwatch: Any) -> None:
    """Without MaxDatapoints the 100,801st datapoint waits for a second page."""
    begin = NOON - timedelta(minutes=20_161)
    for number in range(20_161):
        aws.cloudwatch.record("Shop", "Orders", {}, begin + timedelta(minutes=number), [1.0])
    queries = [query(query_id=f"m{number}") for number in range(5)]
    answer = ask(cloudwatch, *queries, StartTime=begin)
    counts = [len(each["Values"]) for each in answer["MetricDataResults"]]
    assert counts == [20_161] * 4 + [100_800 - 4 * 20_161]
    rest = ask(cloudwatch, *queries, StartTime=begin, NextToken=answer["NextToken"])
    assert [len(each["Values"]) for each in rest["MetricDataResults"]] == [5]


@pytest.mark.parametrize(
    ("queries", "request_changes", "code"),
    [
        pytest.param([query(query_id=f"m{n}") for n in range(501)], {}, "ValidationError", id="501-queries"),
        pytest.param([query(query_id="M1")], {}, "ValidationError", id="upper-case-id"),
        pytest.param([query(query_id="m-1")], {}, "ValidationError", id="id-with-dash"),
        pytest.param([query(), query()], {}, "ValidationError", id="duplicate-id"),
        pytest.param([query(period=61)], {}, "ValidationError", id="period-61"),
        pytest.param([query(period=15)], {}, "ValidationError", id="period-15"),
        pytest.param([{"Id": "m1"}], {}, "ValidationError", id="no-metric"),
        pytest.param([query()], {"EndTime": minute(0)}, "ValidationError", id="empty-window"),
        pytest.param([query()], {"MaxDatapoints": 100_801}, "ValidationError", id="page-too-large"),
        pytest.param([query()], {"NextToken": "mine"}, "InvalidNextToken", id="unknown-token"),
        pytest.param([query("p101")], {}, "InvalidParameterValue", id="p101"),
        pytest.param([query("Median")], {}, "InvalidParameterValue", id="unknown-statistic"),
    ],
)
def test_requests_that_aws_refuses_are_refused(
    cloudwatch: Any, queries: list[dict[str, Any]], request_changes: dict[str, Any], code: str
) -> None:
    """An invalid request fails as a whole and names the reason's code."""
    with pytest.raises(ClientError) as refused:
        ask(cloudwatch, *queries, **request_changes)
    assert refused.value.response["Error"]["Code"] == code


@pytest.mark.parametrize("count", [500])
def test_500_queries_are_allowed(cloudwatch: Any, count: int) -> None:
    """The largest request is answered in the order of its queries."""
    answer = ask(cloudwatch, *[query(query_id=f"m{number}") for number in range(count)])
    assert [each["Id"] for each in answer["MetricDataResults"]] == [f"m{number}" for number in range(count)]


@pytest.mark.parametrize(
    ("status", "expected"), [("Forbidden", []), ("InternalError", []), ("PartialData", [1.0])]
)
def test_a_forced_status_marks_only_its_metric(
    aws: EmulatedAws, cloudwatch: Any, status: str, expected: list[float]
) -> None:
    """A forced status comes with its message, without data unless partial, until it is cleared."""
    put(cloudwatch, 1, Value=1.0)
    put(cloudwatch, 1, name="Errors", Value=2.0)
    aws.cloudwatch.force_status("Shop", "Orders", status, "told so")
    orders, errors = ask(cloudwatch, query(), query(query_id="m2", name="Errors"))["MetricDataResults"]
    assert (orders["StatusCode"], orders["Values"]) == (status, expected)
    assert orders["Messages"] == [{"Code": status, "Value": "told so"}]
    assert (errors["StatusCode"], errors["Values"]) == ("Complete", [2.0])
    aws.cloudwatch.clear_statuses()
    assert ask(cloudwatch, query())["MetricDataResults"][0]["StatusCode"] == "Complete"


@pytest.mark.parametrize(
    "datum",
    [
        pytest.param({"Timestamp": NOON - timedelta(days=15), "Value": 1.0}, id="older-than-two-weeks"),
        pytest.param({"Timestamp": NOON + timedelta(hours=3), "Value": 1.0}, id="three-hours-ahead"),
        pytest.param({"Values": [1.0] * 151}, id="151-values"),
    ],
)
def test_data_that_aws_refuses_is_not_stored(cloudwatch: Any, datum: dict[str, Any]) -> None:
    """An invalid datum fails the whole request, the valid data before it included."""
    valid = {"MetricName": "Orders", "Value": 1.0, "Timestamp": minute(1)}
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        cloudwatch.put_metric_data(Namespace="Shop", MetricData=[valid, {"MetricName": "Orders", **datum}])
    assert values(cloudwatch, query()) == []


def test_list_metrics_names_each_metric_once(aws: EmulatedAws, cloudwatch: Any) -> None:
    """However much is published, a metric is one entry."""
    for number in range(3):
        put(cloudwatch, number, Values=[1.0, 2.0], Counts=[1000.0, 2.0], Dimensions=dimensions(Stage="blue"))
    aws.cloudwatch.record("AWS/ECS", "CPUUtilization", {}, minute(0), [1.0])
    listed = cloudwatch.list_metrics()["Metrics"]
    assert [(each["Namespace"], each["MetricName"], each["Dimensions"]) for each in listed] == [
        ("Shop", "Orders", dimensions(Stage="blue")),
        ("AWS/ECS", "CPUUtilization", []),
    ]


def test_get_metric_statistics_reads_the_same_store(cloudwatch: Any) -> None:
    """The older API returns the asked statistics of each period with data."""
    put(cloudwatch, 1, Values=[1.0, 3.0])
    put(cloudwatch, 3, Value=5.0)
    answer = cloudwatch.get_metric_statistics(
        Namespace="Shop",
        MetricName="Orders",
        StartTime=minute(0),
        EndTime=NOON,
        Period=60,
        Statistics=["Sum", "SampleCount"],
    )
    found = [(each["Timestamp"], each["Sum"], each["SampleCount"]) for each in answer["Datapoints"]]
    assert found == [(minute(1), 4.0, 2.0), (minute(3), 5.0, 1.0)]
