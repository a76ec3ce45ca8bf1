"""Presence: is green there at all, does its share follow its weight, is the traffic still whole."""

from collections.abc import Callable

import pytest

from guardian.model import Finding, Minute, Verdict

Rows = Callable[..., list[Minute]]
Judged = Callable[..., list[Verdict]]
First = Callable[..., Verdict | None]


@pytest.mark.parametrize("silence", ["no-datapoint", "no-requests"])
def test_a_green_that_answers_nothing_is_dead(
    a_history: Rows, a_shift: Rows, changed: Rows, judged: Judged, first_diverged: First, silence: str
) -> None:
    """Requests were due and none arrived: green is dead within three settled minutes, counters or none."""
    rows = a_shift(8, 0.1)
    if silence == "no-requests":
        rows = changed(
            rows, since=5, requests=(0.0,), latency_p50=(None,), latency_avg=(None,), latency_p99=(None,)
        )
    else:
        rows = [row if row.minute < 5 else row.model_copy(update={"green": None}) for row in rows]
    verdicts = judged(a_history(), rows)
    assert first_diverged(verdicts[:5]) is None
    verdict = first_diverged(verdicts)
    assert verdict is not None
    assert verdict.signal == "green_present"
    assert "dead" in verdict.sentence


def test_a_green_that_never_answered_is_dead(
    a_history: Rows, a_shift: Rows, judged: Judged, first_diverged: First
) -> None:
    """A green that was dead from the first minute on is found without any good minute before."""
    rows = [row.model_copy(update={"green": None}) for row in a_shift(4, 0.1)]
    assert first_diverged(judged(a_history(), rows)) is not None


def test_a_green_without_healthy_targets_that_hardly_answers_is_dead(
    a_history: Rows, a_shift: Rows, changed: Rows, judged: Judged, first_diverged: First
) -> None:
    """Zero healthy targets and less than half of the due requests answered convict."""
    rows = changed(changed(a_shift(6), since=2, healthy_hosts=(0.0,)), since=2, requests=(20.0,))
    verdict = first_diverged(judged(a_history(), rows))
    assert verdict is not None
    assert "no healthy target" in verdict.sentence


def test_a_green_without_healthy_targets_that_answers_is_for_a_person(
    a_history: Rows, a_shift: Rows, changed: Rows, judged: Judged, first_diverged: First
) -> None:
    """Health checks of an all-at-once shift begin late, and an all-unhealthy group gets traffic: it may be well."""
    verdicts = judged(a_history(), changed(a_shift(6), since=2, healthy_hosts=(0.0,)))
    assert first_diverged(verdicts) is None
    assert verdicts[-1].finding is Finding.INVESTIGATE
    assert verdicts[-1].signal == "green_present"


@pytest.mark.parametrize("field", ["requests", "errors_5xx", "connection_errors"])
@pytest.mark.parametrize("colour", ["green", "blue"])
def test_what_could_not_be_read_is_not_zero(
    a_history: Rows, a_shift: Rows, judged: Judged, first_diverged: First, field: str, colour: str
) -> None:
    """A value of one colour that is unknown convicts nobody, and the signal that needs it knows nothing."""
    rows = [
        row.model_copy(update={colour: getattr(row, colour).model_copy(update={field: None})})
        for row in a_shift(12)
    ]
    verdicts = judged(a_history(), rows)
    assert first_diverged(verdicts) is None
    needs = {
        "requests": "green_present",
        "errors_5xx": "errors_5xx",
        "connection_errors": "connection_errors",
    }[field]
    assert next(one for one in verdicts[-1].evidence if one.signal == needs).finding is Finding.INCONCLUSIVE


def test_traffic_that_could_not_be_read_is_not_lost(a_history: Rows, a_shift: Rows, judged: Judged) -> None:
    """Requests of both colours unknown while their targets are healthy is no data, not a loss."""
    rows = [
        row.model_copy(
            update={
                "blue": row.blue and row.blue.model_copy(update={"requests": None}),
                "green": row.green and row.green.model_copy(update={"requests": None}),
            }
        )
        for row in a_shift(8)
    ]
    verdicts = judged(a_history(), rows)
    assert {one.finding for one in verdicts} == {Finding.NO_DATA}


def test_silence_where_little_was_due_says_nothing(
    a_history: Rows, a_shift: Rows, judged: Judged, first_diverged: First
) -> None:
    """At ten requests a minute and a tenth of the weight, minutes without requests are chance."""
    rows = [row.model_copy(update={"green": None}) for row in a_shift(20, 0.1, total=10)]
    verdicts = judged(a_history(total=10), rows)
    assert first_diverged(verdicts) is None
    assert all(verdict.finding is not Finding.HEALTHY for verdict in verdicts)


def test_a_green_without_weight_is_not_expected_to_answer(
    a_history: Rows, a_shift: Rows, judged: Judged
) -> None:
    """Before green has weight there is nothing to judge."""
    verdicts = judged(a_history(), a_shift(5, 0.0))
    assert {verdict.finding for verdict in verdicts} == {Finding.NO_DATA}


def test_a_share_far_below_the_weight_is_found(
    a_history: Rows, a_shift: Rows, changed: Rows, judged: Judged, first_diverged: First
) -> None:
    """Green at half the weight with a tenth of its requests: traffic does not follow the weights."""
    rows = changed(a_shift(15), since=3, requests=0.1)
    found = judged(a_history(), rows)
    evidence = next(item for item in found[-1].evidence if item.signal == "request_share")
    assert evidence.finding is Finding.DIVERGED
    assert evidence.limit == 0.6
    assert first_diverged(found) is not None


def test_a_share_that_follows_every_step_is_fine(
    a_history: Rows, a_shift: Rows, judged: Judged, first_diverged: First
) -> None:
    """A linear shift whose requests follow the weights never looks like lost green traffic."""
    weights = [0.1 * (1 + minute // 3) for minute in range(27)]
    verdicts = judged(a_history(), a_shift(27, weights))
    assert first_diverged(verdicts) is None


def test_a_step_inside_a_minute_does_not_convict(
    a_history: Rows, a_shift: Rows, changed: Rows, judged: Judged, first_diverged: First
) -> None:
    """In the minute of a step green still had most of the old share, which is no fault of green."""
    weights = [0.1] * 6 + [0.5] * 10
    rows = changed(a_shift(16, weights), since=6, until=7, requests=0.25)
    rows = changed(rows, "blue", since=6, until=7, requests=1.75)
    assert first_diverged(judged(a_history(), rows)) is None


def test_lost_traffic_is_found(
    a_history: Rows, a_shift: Rows, changed: Rows, judged: Judged, first_diverged: First
) -> None:
    """Both colours together at a fifth of the usual requests: traffic is lost, though the shares are right."""
    rows = changed(changed(a_shift(15), since=5, requests=0.2), "blue", since=5, requests=0.2)
    verdicts = judged(a_history(), rows)
    assert first_diverged(verdicts[:7]) is None
    verdict = first_diverged(verdicts)
    assert verdict is not None
    assert verdict.signal == "total_traffic"


@pytest.mark.parametrize("factor", [0.7, 1.5], ids=["quieter", "busier"])
def test_ordinary_swings_of_traffic_are_not_lost_traffic(
    a_history: Rows, a_shift: Rows, judged: Judged, first_diverged: First, factor: float
) -> None:
    """A third less or half as much again is a time of day, not a fault."""
    assert first_diverged(judged(a_history(), a_shift(20, total=6000 * factor))) is None


def test_a_single_quiet_minute_is_not_lost_traffic(
    a_history: Rows, a_shift: Rows, changed: Rows, judged: Judged, first_diverged: First
) -> None:
    """One minute without traffic on both sides may be late data."""
    rows = changed(
        changed(a_shift(15), since=7, until=8, requests=0.2), "blue", since=7, until=8, requests=0.2
    )
    assert first_diverged(judged(a_history(), rows)) is None
