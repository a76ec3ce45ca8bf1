"""From raw points to minutes: what is zero, what is unknown, what has settled."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from guardian.model import Colour, Minute, Role
from guardian.observe import Column, MetricQuery, Observation, Reply, Series, Window, assemble
from guardian.policy import WindowPolicy

RULES = WindowPolicy()
Read = Callable[..., Observation]
One = Callable[..., Minute]
METRICS = {"requests": "RequestCount", "errors_5xx": "HTTPCode_Target_5XX_Count"}


@pytest.fixture
def read(noon: datetime) -> Read:
    """Assemble series given as `{(side, field[, part]): {minute: value}}`, read `after` seconds after noon.

    `replies` gives the columns that did not come back complete; every other one did.
    """

    def build(
        points: Mapping[tuple[str, ...], Mapping[int, float]],
        after: int = 600,
        first: int = 0,
        replies: Mapping[tuple[str, ...], Reply] | None = None,
        message: str = "",
        rules: WindowPolicy = RULES,
        weight_at: Callable[[datetime], float] = lambda _: 0.1,
    ) -> Observation:
        series = []
        for key, values in points.items():
            side, field, *part = key
            column = Column(side if side == "shared" else Role(side), field, *part)  # type: ignore[arg-type]
            query = MetricQuery(column, "AWS/ApplicationELB", METRICS.get(field, field), (), "Sum")
            at = {noon + timedelta(minutes=minute): value for minute, value in values.items()}
            reply = (replies or {}).get(key, Reply.COMPLETE)
            series.append(Series(query, at, reply, message if reply is not Reply.COMPLETE else ""))
        window = Window(noon, first, noon + timedelta(seconds=after))
        return assemble(series, window, rules, weight_at)

    return build


@pytest.fixture
def green(read: Read) -> Callable[..., Colour | None]:
    """Return green in minute 0, long settled, out of `{field: value}` with None for a series without points."""

    def build(replies: Mapping[str, Reply] | None = None, **values: float | None) -> Colour | None:
        points = {("green", name): {} if value is None else {0: value} for name, value in values.items()}
        given = {("green", name): reply for name, reply in (replies or {}).items()}
        return read(points, after=3600, replies=given).final[0].green

    return build


def test_values_land_in_their_minute_and_on_their_side(read: Read) -> None:
    """Each point becomes the field of its colour, or of the shared part, in the minute that it starts."""
    rows = read({
        ("blue", "requests"): {0: 900.0, 1: 910.0},
        ("green", "requests"): {1: 100.0},
        ("shared", "db_connections"): {0: 80.0},
    }).final  # fmt: skip
    assert [row.minute for row in rows[:2]] == [0, 1]
    assert [row.blue.requests for row in rows[:2] if row.blue] == [900.0, 910.0]
    assert rows[0].green is None
    assert rows[1].green is not None
    assert rows[1].green.requests == 100.0
    assert (rows[0].shared.db_connections, rows[1].shared.db_connections) == (80.0, None)


# Zero or unknown


@pytest.mark.parametrize("field", ["errors_5xx", "errors_4xx", "connection_errors", "latency_samples"])
def test_an_absent_counter_is_zero_beside_requests(green: Callable[..., Any], field: str) -> None:
    """CloudWatch reports counters only when they are not zero, so beside requests an absent one is zero."""
    assert getattr(green(requests=100.0, **{field: None}), field) == 0.0


@pytest.mark.parametrize("field", ["errors_5xx", "errors_4xx", "connection_errors", "latency_samples"])
def test_an_absent_counter_without_requests_is_unknown(green: Callable[..., Any], field: str) -> None:
    """Without requests in the same minute an absent counter says nothing."""
    assert getattr(green(latency_p50=0.1, requests=None, **{field: None}), field) is None


@pytest.mark.parametrize("field", ["errors_5xx", "errors_4xx", "connection_errors", "latency_samples"])
@pytest.mark.parametrize("reply", [Reply.FORBIDDEN, Reply.PARTIAL_DATA, Reply.INTERNAL_ERROR], ids=str)
def test_an_absent_counter_of_an_incomplete_reply_is_unknown(
    green: Callable[..., Any], field: str, reply: Reply
) -> None:
    """Forbidden, partial and failed replies leave a counter unknown, whatever the requests were."""
    assert getattr(green(replies={field: reply}, requests=100.0, **{field: None}), field) is None


def test_a_counter_that_was_not_asked_for_is_unknown(green: Callable[..., Any]) -> None:
    """A metric without a query has no value, not even zero."""
    assert green(requests=100.0).errors_5xx is None


def test_a_counter_that_came_is_kept(green: Callable[..., Any]) -> None:
    """A value that is there is never replaced, even out of an incomplete reply."""
    assert green(requests=100.0, errors_5xx=3.0).errors_5xx == 3.0
    partial = green(replies={"errors_5xx": Reply.PARTIAL_DATA}, requests=100.0, errors_5xx=3.0)
    assert partial.errors_5xx == 3.0


@pytest.mark.parametrize(
    "field", ["latency_avg", "latency_p50", "latency_p90", "latency_p99", "unhealthy_hosts"]
)
def test_an_absent_gauge_is_never_zero(green: Callable[..., Any], field: str) -> None:
    """Only counters can be zero by absence; a missing latency or host count is unknown."""
    assert getattr(green(requests=100.0, **{field: None}), field) is None


def test_no_requests_are_zero_requests_when_the_group_reports(green: Callable[..., Any]) -> None:
    """A group that reports its hosts and no requests had none, and then its counters are zero too."""
    side = green(healthy_hosts=2.0, requests=None, errors_5xx=None)
    assert (side.requests, side.errors_5xx, side.healthy_hosts) == (0.0, 0.0, 2.0)


@pytest.mark.parametrize("reply", [Reply.FORBIDDEN, Reply.PARTIAL_DATA, Reply.INTERNAL_ERROR], ids=str)
def test_requests_of_an_incomplete_reply_are_unknown(green: Callable[..., Any], reply: Reply) -> None:
    """A group that reports its hosts is not called silent when its requests could not be read."""
    side = green(replies={"requests": reply}, healthy_hosts=2.0, requests=None, errors_5xx=None)
    assert (side.requests, side.errors_5xx) == (None, None)


def test_without_hosts_absent_requests_are_unknown(green: Callable[..., Any]) -> None:
    """Absent requests mean nothing unless the group is seen to report."""
    assert green(latency_p50=0.1, requests=None).requests is None


def test_a_colour_without_any_point_is_none(green: Callable[..., Any]) -> None:
    """A colour with no datapoint at all is no colour, not a row of zeros."""
    assert green(requests=None, errors_5xx=None, healthy_hosts=None) is None


def test_a_colour_that_could_not_be_read_is_unknown_and_not_absent(green: Callable[..., Any]) -> None:
    """Nothing reported and nothing readable are different: the second leaves every value unknown."""
    unread = {"requests": Reply.INTERNAL_ERROR, "errors_5xx": Reply.INTERNAL_ERROR}
    assert green(requests=None, errors_5xx=None, replies=unread) == Colour()


def test_a_zero_that_was_reported_is_a_point(green: Callable[..., Any]) -> None:
    """A reported zero is data: a colour whose only point is zero exists."""
    assert green(healthy_hosts=0.0).healthy_hosts == 0.0


# Problems


@pytest.mark.parametrize("reply", [Reply.FORBIDDEN, Reply.PARTIAL_DATA, Reply.INTERNAL_ERROR], ids=str)
def test_an_incomplete_reply_is_named(read: Read, reply: Reply) -> None:
    """The problem says how CloudWatch answered, for which metric, in its words, and that unknown is not zero."""
    key = ("green", "errors_5xx")
    seen = read({("green", "requests"): {0: 1.0}, key: {}}, replies={key: reply}, message="ask later")
    (problem,) = seen.problems
    assert str(reply) in problem
    assert "HTTPCode_Target_5XX_Count: ask later" in problem
    assert "unknown, not zero" in problem


def test_the_same_problem_is_said_once(read: Read) -> None:
    """Both colours' series of one metric failing alike is one sentence."""
    keys = [("green", "requests"), ("blue", "requests")]
    assert len(read({key: {} for key in keys}, replies=dict.fromkeys(keys, Reply.FORBIDDEN)).problems) == 1


def test_complete_replies_are_no_problem(read: Read) -> None:
    """A complete and empty series is an answer."""
    assert read({("green", "requests"): {}}).problems == ()


# Settled or not


@pytest.mark.parametrize(
    ("after", "final", "still_open"),
    [(59, 0, 0), (60, 0, 1), (179, 0, 2), (180, 1, 2), (239, 1, 2), (240, 2, 2), (600, 8, 2)],
    ids=["running", "just-over", "almost", "settled", "still-one", "two", "ten"],
)
def test_a_minute_settles_two_minutes_after_its_end(
    read: Read, after: int, final: int, still_open: int
) -> None:
    """Minute 0 ends at 60 s and settles at 180 s; the running minute is no row."""
    seen = read(
        {(side, "requests"): dict.fromkeys(range(11), 100.0) for side in ("blue", "green")}, after=after
    )
    assert (len(seen.final), len(seen.open)) == (final, still_open)
    rows = (*seen.final, *seen.open)
    assert [row.minute for row in rows] == list(range(final + still_open))
    assert all(row.seen_at == after // 60 for row in rows)
    assert [row.has_settled(RULES.settle_seconds) for row in rows] == [True] * final + [False] * still_open


@pytest.mark.parametrize(("seconds", "final"), [(60, 6), (61, 5), (90, 5), (120, 5), (300, 2)], ids=str)
def test_how_long_a_minute_settles_is_the_policys(read: Read, seconds: int, final: int) -> None:
    """Of seven minutes those have settled that ended so long ago, counted in whole minutes, whatever the second."""
    for second in (420, 479):
        rules = WindowPolicy(settle_seconds=seconds)
        assert len(read({("green", "requests"): {}}, after=second, rules=rules).final) == final


@pytest.mark.parametrize(
    ("reply", "after", "settled"),
    [
        (Reply.PARTIAL_DATA, 600, 0),
        (Reply.PARTIAL_DATA, 659, 0),
        (Reply.PARTIAL_DATA, 660, 1),
        (Reply.INTERNAL_ERROR, 600, 0),
        (Reply.INTERNAL_ERROR, 660, 1),
        (Reply.FORBIDDEN, 180, 1),
        (Reply.FORBIDDEN, 600, 8),
    ],
    ids=["partial", "partial-late", "partial-over", "error", "error-over", "forbidden", "forbidden-late"],
)
def test_a_gap_that_may_close_is_waited_for_but_not_for_ever(
    read: Read, reply: Reply, after: int, settled: int
) -> None:
    """Partial data holds minutes back until the patience is over; a missing permission holds nothing back."""
    key = ("green", "errors_5xx")
    points = {("green", "requests"): {0: 1.0}, key: {}}
    assert len(read(points, after=after, replies={key: reply}).final) == settled


def test_no_patience_makes_a_minute_settle_sooner(read: Read) -> None:
    """A patience that is shorter than the time to settle changes nothing."""
    points, replies = {("green", "requests"): {0: 1.0}}, {("green", "requests"): Reply.PARTIAL_DATA}
    assert read(points, after=179, replies=replies, rules=WindowPolicy(patience_minutes=1)).final == ()


# Open minutes


BOTH = {("blue", "requests"): 90.0, ("green", "requests"): 10.0}


def newest(read: Read, points: Mapping[tuple[str, ...], float | None], **more: Any) -> Minute | None:
    """Return minute 0 a minute after its end, out of `{column: value}`; None when it is left out."""
    series = {key: {} if value is None else {0: value} for key, value in points.items()}
    seen = read(series, after=130, **more)
    assert seen.final == ()
    return next((row for row in seen.open if row.minute == 0), None)


@pytest.mark.parametrize(
    ("weight", "seen"),
    [(0.0, {"blue"}), (0.1, {"blue", "green"}), (0.5, {"blue", "green"}), (1.0, {"green"})],
    ids=["no-weight", "first-step", "half", "everything"],
)
def test_an_open_minute_needs_requests_of_each_colour_with_traffic(
    read: Read, weight: float, seen: set[str]
) -> None:
    """Half a comparison is none: a colour that gets traffic and is not published yet keeps the minute out."""
    for shown in (set(), {"blue"}, {"green"}, {"blue", "green"}):
        points = {key: value if key[0] in shown else None for key, value in BOTH.items()}
        row = newest(read, {**points, ("green", "healthy_hosts"): 2.0}, weight_at=lambda _: weight)
        assert (row is not None) is (seen <= shown)


def test_a_custom_metric_called_requests_is_no_sign_of_them(read: Read) -> None:
    """Requests are the target group's, not those that a policy's own metric is named after."""
    points = {("green", "requests", "numerator"): 5.0, ("green", "requests", "denominator"): 9.0}
    assert newest(read, points, weight_at=lambda _: 1.0) is None


@pytest.mark.parametrize("reply", [Reply.FORBIDDEN, Reply.PARTIAL_DATA, Reply.INTERNAL_ERROR], ids=str)
def test_requests_that_could_not_be_read_are_unknown_in_a_row(read: Read, reply: Reply) -> None:
    """An open minute whose requests are unknown because of the reply is a row without values, not left out."""
    row = newest(read, dict.fromkeys(BOTH), replies=dict.fromkeys(BOTH, reply))
    assert row is not None
    assert (row.blue, row.green) == (Colour(), Colour())


def test_hosts_without_requests_yet_are_not_zero_requests(read: Read) -> None:
    """In an open minute requests that are absent beside hosts may still come, so they are unknown."""
    row = newest(
        read,
        {("green", "requests"): 90.0, ("blue", "requests"): None, ("blue", "healthy_hosts"): 2.0},
        weight_at=lambda _: 1.0,
    )
    assert row is not None
    assert row.blue == Colour(healthy_hosts=2.0)


def test_an_absent_counter_is_zero_beside_a_part_of_the_requests(read: Read) -> None:
    """A group publishes requests and counters together, so a counter that is absent beside a part of them is zero."""
    row = newest(read, BOTH | {("green", "errors_5xx"): None, ("shared", "elb_5xx"): None})
    assert row is not None
    assert (row.green, row.shared.elb_5xx) == (Colour(requests=10.0, errors_5xx=0.0), None)


@pytest.mark.parametrize("field", ["errors_5xx", "errors_4xx", "connection_errors"])
def test_failures_out_of_unknown_requests_are_unknown_while_open(read: Read, field: str) -> None:
    """Failures without the requests that they are out of would look like nothing but failures."""
    row = newest(
        read,
        {("blue", "requests"): 90.0, ("green", field): 40.0, ("green", "requests"): None},
        replies={("green", "requests"): Reply.INTERNAL_ERROR},
    )
    assert row is not None
    assert row.green == Colour()


def test_custom_metrics_wait_until_the_minute_has_settled(read: Read) -> None:
    """The halves of a custom metric are published apart, so an open minute has none."""
    halves = {("green", "checkout", "numerator"): 10.0, ("green", "checkout", "denominator"): 100.0}
    row = newest(read, BOTH | halves)
    assert row is not None
    assert row.green == Colour(requests=10.0)


def test_an_incomplete_minute_that_has_settled_stays_open(read: Read) -> None:
    """While a reply is incomplete a settled minute is open, and what did come counts as in any settled minute."""
    series = {("green", "requests"): {0: 90.0}, ("green", "errors_5xx"): {}, ("green", "errors_4xx"): {}}
    seen = read(series, after=200, replies={("green", "errors_5xx"): Reply.INTERNAL_ERROR})
    assert seen.final == ()
    assert seen.open[0].has_settled(RULES.settle_seconds)
    assert seen.open[0].green == Colour(requests=90.0, errors_4xx=0.0)


def test_history_counts_down_to_the_shift(read: Read) -> None:
    """A window that begins before minute 0 has negative rows and no gap."""
    points = {("blue", "requests"): {-3: 900.0, -2: 900.0, -1: 900.0}}
    seen = read(points, after=0, first=-3, weight_at=lambda _: 0.0)
    assert [row.minute for row in (*seen.final, *seen.open)] == [-3, -2, -1]
    assert seen.final[0].blue is not None
    assert seen.final[0].seen_at == 0


def test_gaps_stay_rows(read: Read) -> None:
    """A minute without any point is a row without colours, so that silence can be seen."""
    rows = read({("blue", "requests"): {0: 900.0, 2: 910.0}}).final
    assert [row.minute for row in rows] == list(range(8))
    assert (rows[1].blue, rows[1].green) == (None, None)


def test_the_window_starts_on_a_whole_minute(noon: datetime) -> None:
    """CloudWatch rounds a start down, so the window's start is whole minutes from the origin whatever the time."""
    window = Window(noon, -60, noon + timedelta(seconds=95))
    assert (window.start, window.tick) == (noon - timedelta(hours=1), 1)
    assert Window(noon, -60, noon - timedelta(seconds=1)).tick == -1


def test_the_weight_is_the_one_at_the_end_of_the_minute(read: Read, noon: datetime) -> None:
    """A row holds the weight that green had when its minute ended."""
    began = noon + timedelta(seconds=150)
    rows = read({("green", "requests"): {}}, after=600, weight_at=lambda at: 0.2 if at > began else 0.1).final
    assert [row.weight for row in rows[:4]] == [0.1, 0.1, 0.2, 0.2]


# CPU and custom metrics


def test_cpu_is_the_mean_over_the_tasks_that_reported(read: Read) -> None:
    """Tasks that published in this minute are averaged; one that did not is left out."""
    points = {("green", "cpu", "a"): {0: 20.0, 1: 30.0}, ("green", "cpu", "b"): {0: 40.0}}
    rows = read(points).final
    assert [row.green.cpu for row in rows[:2] if row.green] == [30.0, 30.0]
    assert rows[2].green is None


def ratio(
    read: Read, top: Mapping[int, float], bottom: Mapping[int, float], reply: Reply = Reply.COMPLETE
) -> dict[str, Any]:
    """Return green's custom values of minute 0, read long after, with hosts beside them."""
    halves = {("green", "checkout", "numerator"): top, ("green", "checkout", "denominator"): bottom}
    points = {("green", "healthy_hosts"): {0: 2.0}} | halves
    seen = read(points, after=3600, replies={("green", "checkout", "numerator"): reply})
    assert seen.final[0].green is not None
    return seen.final[0].green.custom


@pytest.mark.parametrize(
    ("top", "bottom", "reply", "expected"),
    [
        ({0: 60.0}, {0: 100.0}, Reply.COMPLETE, {"checkout": (60.0, 100.0)}),
        ({}, {0: 100.0}, Reply.COMPLETE, {"checkout": (0.0, 100.0)}),
        ({}, {0: 100.0}, Reply.PARTIAL_DATA, {"checkout": (None, 100.0)}),
        ({}, {0: 100.0}, Reply.FORBIDDEN, {"checkout": (None, 100.0)}),
        ({0: 60.0}, {}, Reply.COMPLETE, {}),
        ({}, {}, Reply.COMPLETE, {}),
    ],
    ids=["both", "nothing-completed", "partial", "forbidden", "no-denominator", "neither"],
)
def test_a_ratio_needs_its_denominator(
    read: Read,
    top: dict[int, float],
    bottom: dict[int, float],
    reply: Reply,
    expected: dict[str, tuple[float | None, float | None]],
) -> None:
    """A numerator is zero only beside a denominator and a complete reply; without a denominator there is no ratio."""
    assert ratio(read, top, bottom, reply) == expected


def test_two_ratios_do_not_mix(read: Read) -> None:
    """Each custom metric has its own pair of values."""
    points = {
        ("green", name, part): {0: value}
        for name, pair in {"checkout": (60.0, 100.0), "signup": (5.0, 50.0)}.items()
        for part, value in zip(("numerator", "denominator"), pair, strict=True)
    }
    side = read(points).final[0].green
    assert side is not None
    assert side.custom == {"checkout": (60.0, 100.0), "signup": (5.0, 50.0)}
