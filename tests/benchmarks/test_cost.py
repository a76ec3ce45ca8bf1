"""What guarding costs, and that docs/cost.md says so."""

import re
from pathlib import Path

import pytest
from benchmarks.cost import prices
from benchmarks.cost.bill import Usage, of_a_task, of_an_hour, of_an_idle_month
from benchmarks.cost.counting import Counted, billed_metrics, size, units
from benchmarks.cost.report import LIMIT, most_tasks, page
from benchmarks.cost.usage import count

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def usage() -> Usage:
    """What one rehearsal asked of AWS."""
    return count()


def query(metric: str, statistic: str) -> dict[str, object]:
    return {
        "MetricStat": {"Metric": {"MetricName": metric, "Dimensions": []}, "Stat": statistic, "Period": 60}
    }


def test_the_page_says_what_is_counted(usage: Usage) -> None:
    """The sums that docs/cost.md leads with are what `make bench-cost` writes now, to a twentieth."""
    sums = r"costs ([\d.]+) USD; the limit.*costs ([\d.]+) USD a month.*from (\d+) tasks on"
    written, now = (
        re.search(sums, text, re.DOTALL)
        for text in ((ROOT / "docs" / "cost.md").read_text(encoding="utf-8"), page(usage))
    )
    assert written is not None
    assert now is not None
    assert [float(one) for one in written.groups()] == pytest.approx(
        [float(one) for one in now.groups()], rel=0.06
    )


def test_a_guarded_hour_costs_at_most_five_cents(usage: Usage) -> None:
    """An hour of guarding one deployment stays within the limit."""
    assert sum(of_an_hour(usage).values()) <= LIMIT


def test_with_more_tasks_than_told_an_hour_costs_more_than_the_limit(usage: Usage) -> None:
    """The most tasks that the page tells are within the limit, and one more is not."""
    hour, room = sum(of_an_hour(usage).values()), most_tasks(usage) - usage.tasks
    assert hour + room * of_a_task() <= LIMIT < hour + (room + 1) * of_a_task()


def test_every_function_that_a_release_wakes_is_counted(usage: Usage) -> None:
    """Hooks, events, ticks and turns all ran, and every message was a turn's."""
    assert set(usage.functions) == {"codedeploy_hook", "deployment_event", "tick", "turn"}
    assert usage.functions["codedeploy_hook"].calls["codedeploy:PutLifecycleEventHookExecutionStatus"] == 5
    assert usage.messages == usage.functions["turn"].invocations
    assert usage.tasks > 0


def test_up_to_five_statistics_of_a_metric_are_billed_once() -> None:
    """Five statistics are one metric, a sixth is a second one, and another metric is its own."""
    five = [query("TargetResponseTime", name) for name in ("p50", "p90", "p99", "Average", "SampleCount")]
    assert billed_metrics(five) == 1
    assert billed_metrics([*five, query("TargetResponseTime", "Maximum")]) == 2
    assert billed_metrics([*five, query("RequestCount", "Sum")]) == 2


def test_items_cost_by_their_size() -> None:
    """Names and values count, each begun kilobyte is a unit, and nothing costs a unit too."""
    assert size({"pk": {"S": "WATCH"}, "version": {"N": "12"}}) == 2 + 5 + 7 + 2
    assert [units({"b": {"S": "x" * length}}, 1024) for length in (0, 1023, 1024, 2048)] == [1, 1, 2, 3]
    assert units({}, 4096) == 1


def test_an_hour_is_made_of_its_parts() -> None:
    """A deployment of half an hour that reads 600 metrics costs 1.2 cents an hour for them."""
    turn = Counted(invocations=30, metrics=600)
    tick = Counted(invocations=30, metrics=99, read_units=30)
    hour = of_an_hour(Usage(30, 0, {"turn": turn, "tick": tick}, 0, 0, 0, 0))
    assert hour["metrics read (GetMetricData)"] == pytest.approx(0.012)
    billed = 60 * prices.SECONDS["turn"] + prices.COLD_SECONDS
    assert hour["Lambda"] == pytest.approx(billed * 0.5 * 0.0000133334 + 60 * 0.0000002)


def test_an_idle_month_is_paid_for_the_tick_and_the_alarms() -> None:
    """A month has 43,800 ticks with the reads that were counted; an alarm's metric costs a dime, a dashboard 3 USD."""
    tick = Counted(invocations=30, read_units=60)
    month = of_an_idle_month(Usage(30, 0, {"tick": tick}, 0, 0, 3, 7, 2))
    assert month["dashboard"] == pytest.approx(6.0)
    assert month["alarms"] == pytest.approx(0.7)
    assert month["Guardian's metrics of itself"] == pytest.approx(0.9)
    assert month["table, read"] == pytest.approx(2 * 43_800 * 0.125e-6)
