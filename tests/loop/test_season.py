"""While green is alone: judged by the same hours of earlier days, which are read once an hour and kept."""

from datetime import timedelta

import pytest
from guardian_fakes import CHECKOUT, Shop

from guardian import judge
from guardian.errors import TemporaryError
from guardian.gather import judged
from guardian.model import Baseline, Finding
from guardian.observe import Reply
from guardian.policy import Policy
from guardian.record import DecisionRecord

SEASONAL = "judged against the same hours of 2 earlier days (240 minutes), since blue has no traffic"


def publish_days(shop: Shop, days: int, hours: int = 1) -> None:
    """Publish the clock hours of the bake, half an hour before and after, on days on which blue's group served."""
    weight, shop.codedeploy.weight = shop.codedeploy.weight, 0.0
    hour = shop.clock.now().replace(minute=0, second=0)
    for back in range(1, days + 1):
        for minute in range(-30, 60 * hours + 30):
            shop.publish(hour + timedelta(minutes=minute) - timedelta(days=back))
    shop.codedeploy.weight = weight


def alone(shop: Shop, minutes: int = 6) -> DecisionRecord:
    """Let minutes pass with a turn in each; return the last record."""
    for _ in range(minutes):
        shop.minutes(1)
        shop.turn()
    return shop.records[-1]


def old_reads(shop: Shop) -> int:
    """Return how often CloudWatch was asked for earlier days."""
    return sum(1 for one in shop.metrics.reads if shop.clock.now() - one.end > timedelta(hours=12))


def test_green_alone_is_judged_by_earlier_days(baking: Shop) -> None:
    """Once every minute to come is green's alone, each record says how many days and minutes it is judged by."""
    publish_days(baking, 2)
    record = alone(baking)
    assert SEASONAL in record.notes
    assert (record.baseline, record.verdict) == (Baseline.HISTORY, Finding.HEALTHY)


def test_earlier_days_are_read_once_an_hour(baking: Shop) -> None:
    """Seven days are asked for in the first turn, and again in the next clock hour."""
    publish_days(baking, 2, hours=2)
    alone(baking, 10)
    assert old_reads(baking) == 7
    baking.clock.wait(minutes=45)
    alone(baking, 3)
    assert old_reads(baking) == 14


@pytest.mark.parametrize("days", [0, 1])
def test_too_few_days_leave_the_hour_before_the_shift(baking: Shop, days: int) -> None:
    """With fewer than two earlier days the reference stays, every record says so, and nothing is asked again."""
    publish_days(baking, days)
    record = alone(baking, 10)
    note = f"there are only {days} earlier days ({120 * days} minutes)" if days else "no earlier days"
    assert any(note in one for one in record.notes)
    assert all(one.reference is None for one in baking.records)
    assert old_reads(baking) == 7


def test_an_hour_without_earlier_days_keeps_the_one_before(baking: Shop) -> None:
    """When the next clock hour has too few minutes, the reference of this bake's earlier hour stays, and is named."""
    publish_days(baking, 2)
    alone(baking)
    of = baking.clock.now().hour
    baking.clock.wait(hours=3)
    note = f"judged against 2 earlier days (240 minutes) around {of:02}:00 UTC"
    assert any(note in one for one in alone(baking, 3).notes)


@pytest.mark.parametrize("failure", ["error", "part"])
def test_earlier_days_that_cannot_be_read_blind_no_turn(baking: Shop, failure: str) -> None:
    """The minutes of the turn are judged all the same, by the old reference; later turns try again."""
    publish_days(baking, 2)
    if failure == "part":
        baking.metrics.force("AWS/ApplicationELB", "TargetResponseTime", Reply.PARTIAL_DATA)
    else:
        baking.table.fail("save_season", TemporaryError("dynamodb:PutItem was throttled"))
    record = alone(baking)
    assert any("the same hours of earlier days could not be read" in one for one in record.notes)
    assert (record.reference, record.baseline) == (None, Baseline.HISTORY)
    baking.metrics.heal()
    baking.table.heal()
    assert SEASONAL in alone(baking).notes


def test_records_and_kept_days_judge_every_turn_again(baking: Shop) -> None:
    """Blue's history, the kept days and the stored records alone give each verdict and the state, exactly."""
    publish_days(baking, 2, hours=2)
    alone(baking, 70)
    watch, history = baking.table.find(baking.release), baking.table.history(baking.release)
    policy = baking.policies.find(CHECKOUT) or Policy()
    assert watch is not None
    assert watch.origin is not None
    assert history is not None
    state, taken = judge.begin(history.counted_from(watch.origin)), 0
    for one in baking.records:
        record = DecisionRecord.model_validate_json(one.to_json())
        if record.reference and record.reference.of:
            season = baking.table.season(baking.release, record.reference.of)
            assert season is not None
            state, taken = judge.rebased(state, season.rows), taken + 1
        if record.minutes or record.open_minutes:
            state, verdict = judged(state, record.minutes, record.open_minutes, policy)
            assert verdict.finding == record.verdict
            assert verdict.sentence in record.sentence
    assert (taken, state) == (2, watch.judge)
