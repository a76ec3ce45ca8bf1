"""A person orders the rollback: the next turn carries it out, or says why it does not."""

import io
from datetime import timedelta

import pytest
from aws_lambda_powertools import Logger
from guardian_fakes import BLUE, CHECKOUT, GREEN, LISTENER, Shop

from guardian.actions import Outcome
from guardian.decide import ActionKind, DecisionKind
from guardian.errors import AwsRefusedError, GuardianError, OrderUnreadableError, TemporaryError
from guardian.hooks import Hook, HookAnswers
from guardian.model import Capacity, Contract, Finding, Mode, Order, Pause, Phase, Reach
from guardian.record import DecisionRecord
from guardian.triggers import TriggerKind

THROTTLED = TemporaryError("dynamodb:PutItem was answered with Throttling")
HEALTHY = Capacity(registered=4, healthy=4, unhealthy=0, running=4)


def ordered(shop: Shop) -> Order:
    """Order the rollback of the release now."""
    order = Order(by="anna", why="customers cannot pay", at=shop.clock.now())
    shop.orders.set_order(shop.release, order)
    return order


def paused(shop: Shop, *, closes: bool = False) -> Pause:
    """Hold Guardian back for half an hour, or for good."""
    now = shop.clock.now()
    pause = Pause(by="ben", why="lunch", at=now, until=now + timedelta(minutes=30), closes=closes)
    shop.pauses.set_pause(shop.release, pause)
    return pause


def call_hook(shop: Shop, hook: Hook = Hook.AFTER_ALLOW_TEST_TRAFFIC) -> str:
    """CodeDeploy calls a hook of the release; return the answer."""
    execution = shop.codedeploy.call_hook(shop.release, f"execution-{hook}")
    payload = {"DeploymentId": shop.release, "LifecycleEventHookExecutionId": execution}
    logger = Logger(service="orders", stream=io.StringIO())
    return HookAnswers(hook, shop.ports, logger).answer(payload)


def kinds(record: DecisionRecord) -> list[ActionKind]:
    """Return which changes of production a record holds."""
    return [one.kind for one in record.actions]


@pytest.mark.parametrize("phase", ["shifting", "baking"])
def test_a_healthy_green_is_stopped_by_order(request: pytest.FixtureRequest, phase: str) -> None:
    """While the controller is open the next turn stops the deployment, and the record says who ordered it and why."""
    shop: Shop = request.getfixturevalue(phase)
    order = ordered(shop)
    record = shop.decide()
    assert (record.decision, record.verdict, record.signal) == (
        DecisionKind.ROLL_BACK, Finding.DIVERGED, "order",
    )  # fmt: skip
    assert record.order == order
    assert "anna ordered the rollback: customers cannot pay" in record.sentence
    assert (kinds(record), shop.codedeploy.stops) == ([ActionKind.STOP_DEPLOYMENT], [shop.release])


def test_after_the_controller_the_listener_is_swapped_by_order(standby: Shop) -> None:
    """With the controller done and blue running, the listener gives blue everything."""
    ordered(standby)
    record = standby.decide()
    assert kinds(record) == [ActionKind.SWAP_LISTENER]
    assert standby.switch.weights(LISTENER, [one.blue.arn for one in record.actions]) == {
        record.actions[0].blue.arn: 1.0
    }


def test_what_was_ordered_is_verified_like_any_rollback(shifting: Shop) -> None:
    """Later turns look until traffic is back on blue, and the last record says so with the order's words."""
    ordered(shifting)
    shifting.turn()
    shifting.codedeploy.settle()
    shifting.minutes(1)
    record = shifting.decide()
    assert record.actions[0].outcome is Outcome.DONE
    assert record.sentence.startswith("Rolled back at 50%: anna ordered the rollback: customers cannot pay;")
    assert shifting.table.open() == []


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.NOTIFY])
def test_the_mode_does_not_quieten_an_order(shifting: Shop, mode: Mode) -> None:
    """A person's deed is carried out whatever the policy lets Guardian do by itself; the record keeps the mode."""
    shifting.policies.put(CHECKOUT, mode=mode.value)
    ordered(shifting)
    record = shifting.decide()
    assert (record.decision, record.would, record.mode) == (DecisionKind.ROLL_BACK, None, mode)
    assert shifting.codedeploy.stops == [shifting.release]


@pytest.mark.parametrize("closes", [False, True], ids=["paused", "closed"])
def test_an_order_stands_above_a_wish_to_hold_still(shifting: Shop, closes: bool) -> None:
    """A pause or a close does not hold an order back, and the record says whose wish was overruled."""
    pause = paused(shifting, closes=closes)
    ordered(shifting)
    record = shifting.decide()
    assert (record.decision, record.pause) == (DecisionKind.ROLL_BACK, pause)
    assert any("by ben (lunch) does not hold the order back" in note for note in record.notes)
    assert shifting.codedeploy.stops == [shifting.release]


def test_a_service_outside_the_reach_is_not_touched(shifting: Shop) -> None:
    """What the installation does not name stays as it is; the record says so, how to change it, and is written once."""
    shifting.reach = Reach(patterns=("another/group",))
    ordered(shifting)
    record = shifting.decide()
    assert (record.decision, record.would) == (DecisionKind.NOTIFY, DecisionKind.ROLL_BACK)
    assert record.sentence.startswith(
        "Would roll back at 50% but this installation does not reach it: anna ordered"
    )
    assert "GuardedDeploymentGroups" in record.sentence
    shifting.minutes(1)
    assert shifting.decide().order is None
    assert shifting.codedeploy.stops == []


# Before green has traffic


def test_before_traffic_the_next_hook_fails(installed: Shop) -> None:
    """Turns of others say that the next hook fails, and it does; the order stands until then."""
    ordered(installed)
    record = installed.decide()
    assert (record.decision, record.actions) == (DecisionKind.ROLL_BACK, ())
    assert "the next hook that CodeDeploy calls before 12:15 UTC fails" in record.sentence
    assert call_hook(installed) == "Failed"
    assert installed.records[-1].trigger.kind is TriggerKind.HOOK
    installed.codedeploy.settle()
    installed.minutes(1)
    assert installed.decide().decision is DecisionKind.PROCEED
    assert (installed.turn(), installed.codedeploy.stops) == (None, [])


def test_a_hook_that_died_before_its_answer_fails_when_it_is_called_again(installed: Shop) -> None:
    """The order is not spent by the turn of a hook whose answer never reached CodeDeploy."""
    ordered(installed)
    installed.codedeploy.fail("answer", AwsRefusedError("not allowed"), times=1)
    with pytest.raises(AwsRefusedError):
        call_hook(installed)
    assert call_hook(installed) == "Failed"


def test_an_order_from_before_the_shift_stops_it(installed: Shop) -> None:
    """Where no hook came, the first turn that sees traffic on green stops the deployment."""
    ordered(installed)
    installed.turn()
    installed.shift(0.1)
    assert kinds(installed.decide()) == [ActionKind.STOP_DEPLOYMENT]


# Refusals


def test_an_order_after_a_contract_is_refused_with_the_runbook(standby: Shop) -> None:
    """A contracted schema refuses a person too: nothing moves, and the notes hold the restore."""
    standby.contracts.mark_contract(
        Contract(
            service=CHECKOUT,
            deployment_id=standby.release,
            at=standby.clock.now(),
            by="pipeline",
            why="drop x",
        )
    )
    ordered(standby)
    record = standby.decide()
    assert (record.phase, record.decision, record.actions) == (Phase.CONTRACTED, DecisionKind.ESCALATE, ())
    assert (
        "A person must act at 100%: anna ordered the rollback: customers cannot pay; the schema no longer"
        in (record.sentence)
    )
    assert any("restore-db-instance-from-db-snapshot" in note for note in record.notes)
    assert (standby.codedeploy.stops, standby.switch.routed) == ([], [])


def test_an_order_after_blue_is_gone_is_refused(standby: Shop) -> None:
    """Without a blue that could carry the traffic a person is asked instead."""
    standby.fleet.behind = {}
    ordered(standby)
    record = standby.decide()
    assert (record.phase, record.decision) == (Phase.RETIRED, DecisionKind.ESCALATE)
    assert "deploy the previous revision" in record.sentence
    assert standby.switch.routed == []


def test_a_refusal_is_given_once(standby: Shop) -> None:
    """The turn after a refusal judges as ever."""
    standby.fleet.behind = {}
    ordered(standby)
    assert standby.decide().order is not None
    standby.minutes(1)
    assert standby.decide().order is None


def test_an_order_that_cannot_be_carried_out_now_waits(shifting: Shop) -> None:
    """While nobody can say who gets traffic the order stands, and the first turn that knows carries it out."""
    shifting.codedeploy.strangers = "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/other/1"
    order = ordered(shifting)
    record = shifting.decide()
    assert (record.decision, record.order, record.actions) == (DecisionKind.WAIT, order, ())
    shifting.codedeploy.strangers = None
    shifting.minutes(1)
    assert kinds(shifting.decide()) == [ActionKind.STOP_DEPLOYMENT]


def test_cloudwatch_is_not_needed_to_obey(shifting: Shop) -> None:
    """An order is carried out while no metric can be read."""
    shifting.metrics.fail("read", TemporaryError("cloudwatch:GetMetricData was answered with Throttling"))
    ordered(shifting)
    assert kinds(shifting.decide()) == [ActionKind.STOP_DEPLOYMENT]


# What holds, and how often


@pytest.mark.parametrize(
    "failure",
    [
        THROTTLED,
        AwsRefusedError("dynamodb:GetItem is not allowed"),
        OrderUnreadableError("the item is no order"),
    ],
)
def test_an_order_that_cannot_be_read_is_none(shifting: Shop, failure: GuardianError) -> None:
    """On what nobody can read nothing is rolled back; a note says so, and the turn judges as ever."""
    ordered(shifting)
    shifting.orders.fail("order", failure)
    record = shifting.decide()
    assert (record.verdict, record.order) == (Finding.HEALTHY, None)
    assert any("so nobody did" in note for note in record.notes)
    assert shifting.codedeploy.stops == []


def test_an_old_order_is_none(shifting: Shop) -> None:
    """After a quarter of an hour nothing is done on it."""
    ordered(shifting)
    shifting.minutes(15)
    assert shifting.decide().order is None
    assert shifting.codedeploy.stops == []


@pytest.mark.parametrize("phase", ["shifting", "standby"])
@pytest.mark.parametrize("step", ["spend", "write"])
def test_a_turn_that_died_after_acting_has_acted_once(
    request: pytest.FixtureRequest, phase: str, step: str
) -> None:
    """Whether a turn dies before its record or before it spends the order, no later turn acts again."""
    shop: Shop = request.getfixturevalue(phase)
    ordered(shop)
    dies = shop.orders if step == "spend" else shop.table
    dies.fail(step, RuntimeError("the process died"), times=1)
    with pytest.raises(RuntimeError):
        shop.turn()
    shop.fleet.behind = {BLUE.arn: HEALTHY, GREEN.arn: HEALTHY}
    for _ in range(5):
        shop.minutes(1)
        shop.turn()
    assert len(shop.codedeploy.stops) + len(shop.switch.routed) == 1
    assert shop.orders.order(shop.release) is not None


def test_an_order_that_cannot_be_spent_is_carried_out_once(shifting: Shop) -> None:
    """That the mark cannot be written does not undo the turn, and the fence keeps a second one from acting."""
    shifting.orders.fail("spend", THROTTLED)
    ordered(shifting)
    assert shifting.decide().decision is DecisionKind.ROLL_BACK
    for _ in range(3):
        shifting.minutes(1)
        shifting.turn()
    assert shifting.codedeploy.stops == [shifting.release]


def test_an_order_during_a_rollback_changes_nothing(diverging: Shop) -> None:
    """What was begun is seen through with its own reason."""
    diverging.decide()
    ordered(diverging)
    diverging.minutes(1)
    record = diverging.decide()
    assert (record.order, record.decision) == (None, DecisionKind.ROLL_BACK)
    assert "ordered" not in record.sentence
    assert diverging.codedeploy.stops == [diverging.release]


def test_minutes_that_an_order_left_unjudged_are_judged_later(standby: Shop) -> None:
    """A refused order costs no evidence: the turn after it folds the minutes that the refusing one did not read."""
    standby.fleet.behind = {}
    standby.minutes(3)
    ordered(standby)
    assert standby.decide().minutes == ()
    standby.minutes(1)
    assert len(standby.decide().minutes) > 1
