"""Which record answers an order, and how long it is waited for."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from guardian_fakes import CHECKOUT, Shop

from guardian.aws.calls import AwsCall
from guardian.decide import DecisionKind
from guardian.model import Order
from guardian.record import DecisionRecord
from guardian.triggers import Trigger, TriggerKind
from guardian.turn import take_turn
from guardian_console.rollback_command import answer_to
from guardian_console.rollback_view import command, rolls_back

LONGEST = timedelta(seconds=120)
STRANGER = "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/other/1"


@pytest.fixture
def shop() -> Shop:
    """A release with half of the traffic on green, under guard."""
    shop = Shop()
    shop.policies.put(CHECKOUT, mode="enforce")
    shop.codedeploy.create(CHECKOUT, shop.release)
    shop.codedeploy.begin(shop.release)
    shop.turn()
    shop.shift(0.5)
    shop.minutes(4)
    return shop


def order(shop: Shop) -> Order:
    """Order the rollback now."""
    given = Order(by="anna", why="customers cannot pay", at=shop.clock.now())
    shop.orders.set_order(shop.release, given)
    return given


def waited(shop: Shop, given: Order, first: int) -> DecisionRecord | None:
    """Wait for the answer among the records from number `first` on; a turn is taken every minute of the wait."""

    def look() -> tuple[bool, Sequence[DecisionRecord]]:
        watch = shop.table.find(shop.release)
        return watch is None or watch.closed is not None, shop.records[first:]

    def pause() -> None:
        shop.minutes(1)
        take_turn(shop.release, Trigger(kind=TriggerKind.TICK), shop.ports)

    return answer_to(given, look, LONGEST, shop.clock.now, pause)


def test_a_turn_that_was_under_way_is_no_answer(shop: Shop) -> None:
    """A record without the order is passed over; the turn after it answers."""
    first = len(shop.records)
    shop.turn()
    given = order(shop)
    answer = waited(shop, given, first)
    assert answer is not None
    assert (answer.order, answer.decision) == (given, DecisionKind.ROLL_BACK)
    assert rolls_back(answer)


def test_a_turn_that_cannot_see_is_waited_past(shop: Shop) -> None:
    """While the listener is another one the order waits; the answer is the first turn that decides on it."""
    shop.codedeploy.strangers = STRANGER
    given, first = order(shop), len(shop.records)
    shop.turn()
    shop.codedeploy.strangers = None
    answer = waited(shop, given, first)
    assert answer is not None
    assert answer.decision is DecisionKind.ROLL_BACK


def test_what_waits_until_the_end_is_told(shop: Shop) -> None:
    """When the time is over the record of a turn that could not act yet is what there is to say."""
    shop.codedeploy.strangers = STRANGER
    answer = waited(shop, order(shop), len(shop.records))
    assert answer is not None
    assert answer.decision is DecisionKind.WAIT


def test_without_a_turn_there_is_no_answer(shop: Shop) -> None:
    """Records from before the order and of others do not count."""
    given = order(shop)
    now = shop.clock.now
    records = list(shop.records)
    assert (
        answer_to(given, lambda: (False, records), LONGEST, now, lambda: shop.clock.wait(seconds=2)) is None
    )


def test_a_rollback_that_a_turn_began_meanwhile_answers_too(shop: Shop) -> None:
    """Whoever orders while Guardian decides the same learns of that rollback."""
    shop.errors = 0.3
    shop.minutes(5)
    first = len(shop.records)
    assert shop.decide().actions
    answer = waited(shop, order(shop), first)
    assert answer is not None
    assert (answer.order, answer.decision) == (None, DecisionKind.ROLL_BACK)


def test_a_later_order_in_its_place_answers_too(shop: Shop) -> None:
    """When somebody else ordered the same after it, the turn that heard the later one is the answer to both."""
    given, first = order(shop), len(shop.records)
    shop.clock.wait(seconds=1)
    later = order(shop)
    answer = waited(shop, given, first)
    assert answer is not None
    assert answer.order == later


def test_a_watch_that_closed_meanwhile_answers_by_its_last_record(shop: Shop) -> None:
    """When the deployment has ended by itself nothing is waited for any longer, and it is no rollback."""
    given, first = order(shop), len(shop.records)
    shop.codedeploy.end(shop.release, "Failed", "an alarm")
    answer = waited(shop, given, first)
    assert answer is not None
    assert "The deployment has ended" in answer.sentence
    assert not rolls_back(answer)
    assert shop.clock.now() - given.at < LONGEST


def test_a_call_is_a_command_of_the_aws_cli() -> None:
    """Names become the command line's, text is quoted for a shell, and a switch stands alone."""
    call = AwsCall("elbv2", "modify_rule", {"RuleArn": "arn:rule", "Actions": [{"Type": "it's"}]})
    assert command(call) == """aws elbv2 modify-rule --rule-arn arn:rule --actions '[{"Type": "it'"'"'s"}]'"""
    stop = AwsCall("codedeploy", "stop_deployment", {"deploymentId": "d-1", "autoRollbackEnabled": True})
    assert command(stop) == "aws deploy stop-deployment --deployment-id d-1 --auto-rollback-enabled"
