"""Minutes that CloudWatch may still revise: they make decisions sooner, and never make a healthy green sick."""

from functools import reduce
from typing import Any

import pytest
from guardian_fakes import CHECKOUT, GREEN, Shop

from guardian import judge
from guardian.decide import DecisionKind
from guardian.model import Finding
from guardian.observe import Reply
from guardian.policy import Policy
from guardian.record import DecisionRecord

ALB = "AWS/ApplicationELB"
BAD = {Finding.DIVERGED, Finding.INVESTIGATE}


def watched(shop: Shop, minutes: int) -> list[DecisionRecord]:
    """Take a turn a minute and return the records."""
    records = []
    for _ in range(minutes):
        shop.minutes(1)
        records.append(shop.decide())
    return records


def observe(shop: Shop, **more: Any) -> None:
    """Let the release go on whatever is found out about it."""
    shop.policies.put(CHECKOUT, mode="observe", **more)


# What is read and kept


def test_the_newest_minutes_are_seen_and_read_again(installed: Shop) -> None:
    """A turn judges the two minutes that have not settled on top of the one that has, and so does the next."""
    installed.shift(0.5)
    first, second = watched(installed, 6)[-2:]
    assert [[row.minute for row in one.minutes] for one in (first, second)] == [[2], [3]]
    assert [[row.minute for row in one.open_minutes] for one in (first, second)] == [[3, 4], [4, 5]]
    assert (first.window, second.window) == ((0, 4), (1, 5))


def test_a_minute_that_is_not_published_yet_is_no_silence(installed: Shop) -> None:
    """While a colour shows nothing of a minute, the turn judges up to the minute before and finds nothing missing."""
    installed.shown, installed.late = {"green": 0.0}, 1
    installed.shift(0.5)
    records = watched(installed, 8)
    assert [row.minute for row in records[-1].open_minutes] == [6]
    assert records[-1].verdict is Finding.HEALTHY


def test_the_requests_on_green_count_up_to_the_newest_minute(installed: Shop) -> None:
    """The record counts green's requests of open minutes as far as they are known, each minute once."""
    installed.shown = {"green": 0.5}
    installed.shift(0.5)
    counts = [one.green_requests for one in watched(installed, 8)]
    assert counts == sorted(counts)
    assert counts[-1] == pytest.approx(7.5 * 3000, rel=0.03)


# A healthy green


@pytest.mark.parametrize("weight", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("late", [1, 2], ids=["rest-after-a-minute", "rest-when-settled"])
@pytest.mark.parametrize(
    "shown",
    [
        {"green": 0.0}, {"green": 0.003}, {"green": 0.05}, {"green": 0.6}, {"blue": 0.0}, {"blue": 0.003},
        {"blue": 0.0, "green": 0.0}, {"blue": 0.9, "green": 0.1}, {"blue": 0.1, "green": 0.9},
    ],
    ids=str,
)  # fmt: skip
def test_half_published_minutes_convict_nobody(
    installed: Shop, shown: dict[str, float], late: int, weight: float
) -> None:
    """However much of which colour is missing at first, a healthy green is neither rolled back nor suspected."""
    installed.shown, installed.late = shown, late
    installed.shift(weight)
    records = watched(installed, 14)
    assert {one.verdict for one in records} & BAD == set()
    assert records[-1].verdict is Finding.HEALTHY
    assert installed.codedeploy.stops == []


@pytest.mark.parametrize("weight", [0.5, 1.0])
def test_failures_out_of_unknown_requests_convict_nobody(installed: Shop, weight: float) -> None:
    """While green's requests cannot be read, some failed connections are not taken for all that there was."""
    observe(installed)
    installed.shift(weight)
    watched(installed, 5)
    installed.metrics.force(ALB, "RequestCount", Reply.INTERNAL_ERROR, of=GREEN.dimension)
    installed.refused = 0.01
    records = watched(installed, 8)
    assert all(row.green and row.green.healthy_hosts for row in records[-1].open_minutes)
    assert Finding.DIVERGED not in {one.verdict for one in records}


def test_a_custom_ratio_waits_until_its_minute_has_settled(installed: Shop) -> None:
    """Green's completed checkouts are published two minutes after the begun ones; that is no drop of completions."""
    selector = {"namespace": "Shop", "dimensions": {"colour": "{colour}"}}
    ratio = {
        "name": "checkout",
        "numerator": {**selector, "metric": "Completed"},
        "denominator": {**selector, "metric": "Begun"},
    }
    installed.policies.put(CHECKOUT, mode="enforce", custom=[ratio])
    installed.shift(0.5)
    minutes = []
    for _ in range(10):
        minutes.append(installed.clock.now().replace(second=0))
        for colour, late in (("blue", 1), ("green", 3)):
            installed.metrics.put("Shop", "Begun", {"colour": colour}, "Sum", minutes[-1], 900.0)
            if len(minutes) >= late:
                installed.metrics.put("Shop", "Completed", {"colour": colour}, "Sum", minutes[-late], 800.0)
        installed.minutes(1)
        assert installed.decide().verdict not in BAD
    final = [row for one in installed.records for row in one.minutes]
    assert {row.green.custom["checkout"] for row in final if row.green} == {(800.0, 900.0)}


# A sick green


def first(verdicts: list[Finding]) -> int:
    """Return at which turn green diverged."""
    return verdicts.index(Finding.DIVERGED)


@pytest.mark.parametrize("shown", [{}, {"blue": 0.6, "green": 0.6}], ids=["whole", "in-part"])
@pytest.mark.parametrize(
    "fault", [{"errors": 0.3}, {"slower": 3.0}, {"slower": 1.6}, {"errors": 0.02}], ids=str
)
def test_a_sick_green_is_found_sooner_than_by_settled_minutes(
    installed: Shop, fault: dict[str, float], shown: dict[str, float]
) -> None:
    """A clearly sick green diverges at least one turn before it would by the final minutes alone."""
    observe(installed)
    installed.shift(0.3)
    installed.shown = shown
    records = watched(installed, 4)
    for name, size in fault.items():
        setattr(installed, name, size)
    records += watched(installed, 12)
    history = installed.table.history(installed.release)
    watch = installed.table.find(installed.release)
    assert history is not None
    assert watch is not None
    assert watch.origin is not None
    state, without = judge.begin(history.counted_from(watch.origin)), []
    for one in records:
        state = reduce(lambda kept, row: judge.step(kept, row, Policy()), one.minutes, state)
        without.append(judge.read(state, Policy()).finding)
    found = first([one.verdict for one in records])
    assert 4 <= found < first(without)
    assert records[found].would is DecisionKind.ROLL_BACK


def test_a_metric_that_is_incomplete_does_not_hide_the_others(installed: Shop) -> None:
    """While one metric is waited for no minute is final, and green is convicted by another all the same."""
    installed.shift(0.5)
    watched(installed, 4)
    installed.metrics.force(ALB, "TargetResponseTime", Reply.INTERNAL_ERROR)
    installed.errors = 0.3
    records = watched(installed, 4)
    decided = next(one for one in records if one.decision is DecisionKind.ROLL_BACK)
    assert (decided.minutes, decided.signal) == ((), "errors_5xx")
    assert installed.codedeploy.stops == [installed.release]


def test_a_revised_minute_counts_as_it_is_in_the_end(installed: Shop) -> None:
    """What an open minute seemed to say leaves no trace once it has been revised."""
    observe(installed)
    installed.shift(0.5)
    watched(installed, 4)
    installed.errors, installed.shown, installed.late = 0.002, {"green": 0.9}, 1
    watched(installed, 1)
    watch = installed.table.find(installed.release)
    assert watch is not None
    assert watch.judge is not None
    assert {row.green.errors_5xx for row in watch.judge.rows if row.green} == {0.0}
