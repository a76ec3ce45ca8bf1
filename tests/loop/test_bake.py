"""The bake: watched to its end, and what is done, or refused, when green turns out bad in it."""

from datetime import timedelta

import pytest
from guardian_fakes import BLUE, CHECKOUT, GREEN, Shop

from guardian.actions import Action, Outcome
from guardian.decide import ActionKind, DecisionKind
from guardian.errors import AwsRefusedError, TemporaryError
from guardian.model import Baseline, Capacity, Contract, Finding, Phase
from guardian.record import DecisionRecord

HEALTHY = Capacity(registered=4, healthy=4, unhealthy=0, running=4)
NOTHING = Capacity(registered=0, healthy=0, unhealthy=0, running=0)


def contract(shop: Shop) -> None:
    """Let a pipeline contract the schema."""
    mark = Contract(
        service=CHECKOUT, deployment_id=shop.release, at=shop.clock.now(), by="deploy-bot", why="drop address"
    )
    shop.contracts.mark_contract(mark)


def only(record: DecisionRecord) -> Action:
    """Return the one action of a record."""
    (action,) = record.actions
    return action


# How long


def test_the_bake_is_watched_beyond_the_controllers_end(standby: Shop) -> None:
    """A22, A24: after CodeDeploy has finished, turns go on, against history, and say how many hours are left."""
    record = standby.decide()
    assert (record.phase, record.baseline) == (Phase.STANDBY, Baseline.HISTORY)
    assert any("23.9 of 24 h left" in note for note in record.notes)
    assert any(note.startswith("judged against blue's last hour before the shift") for note in record.notes)


def test_the_watch_closes_when_the_bake_time_is_over(standby: Shop) -> None:
    """A watch ends 24 hours after green got everything, with the reason."""
    standby.clock.wait(hours=24)
    record = standby.decide()
    assert record.sentence == "The deployment has ended: Succeeded; the bake time of 24 h is over."
    assert standby.table.open() == []


def test_without_a_bake_time_the_watch_ends_with_the_deployment(standby: Shop) -> None:
    """A policy of zero hours ends the watch when the controller ends."""
    standby.policies.put(CHECKOUT, mode="enforce", bake={"hours": 0})
    standby.decide()
    assert standby.table.open() == []


def test_the_bake_ends_with_the_next_deployment(sick: Shop) -> None:
    """When the group has a later deployment, whose colours are others, the watch closes and nothing is swapped."""
    sick.codedeploy.latest = "d-NEXT12345"
    record = sick.decide()
    assert "d-NEXT12345 has begun since" in record.sentence
    assert (sick.switch.routed, sick.table.open()) == ([], [])


def test_a_listener_that_somebody_else_moved_ends_the_bake(standby: Shop) -> None:
    """After the deployment, weights that Guardian did not write mean that a person has taken over."""
    standby.codedeploy.weight = 0.0
    record = standby.decide()
    assert "it was not Guardian that moved it" in record.sentence
    assert standby.table.open() == []


# While the controller is open


def test_in_the_termination_wait_the_deployment_is_stopped(baking: Shop) -> None:
    """A18, trap 10: while CodeDeploy is going to delete blue, a swap would end in an outage, so it is stopped."""
    baking.errors = 0.4
    baking.minutes(6)
    record = baking.decide()
    assert only(record).kind is ActionKind.STOP_DEPLOYMENT
    assert (baking.codedeploy.stops, baking.switch.routed) == ([baking.release], [])


# The swap


def test_the_listener_is_swapped_once_the_controller_is_done(sick: Shop) -> None:
    """A19, A20: blue gets everything, both groups stay in the action, and green keeps running."""
    record = sick.decide()
    assert (record.decision, record.phase) == (DecisionKind.ROLL_BACK, Phase.STANDBY)
    assert sick.switch.routed == [{BLUE.arn: 100, GREEN.arn: 0}]
    assert only(record).outcome is Outcome.UNVERIFIED
    assert sick.codedeploy.stops == []


def test_the_intent_is_written_before_the_swap(sick: Shop) -> None:
    """The intent is in the ledger before the listener is touched, and the outcome after it was read back."""
    sick.calls.clear()
    sick.decide()
    changes = [call for call in sick.calls if call in {"intend", "route", "weights", "conclude"}]
    assert changes[:2] == ["intend", "route"]
    assert changes[-1] == "conclude"


def test_a_swap_is_done_when_blue_is_healthy_and_greens_requests_fall(sick: Shop) -> None:
    """Weights, blue's health and green's requests are each seen before the swap is called done."""
    sick.decide()
    sick.minutes(1)
    assert "0 of the 2 tasks it needs are healthy" in only(sick.decide()).detail
    sick.fleet.behind[BLUE.arn] = HEALTHY
    sick.minutes(1)
    record = sick.decide()
    assert only(record).outcome is Outcome.DONE
    assert record.phase is Phase.STANDBY
    assert record.sentence.startswith("Rolled back at 100%")
    assert (len(sick.switch.routed), sick.table.open()) == (1, [])


def test_requests_that_stay_on_green_leave_the_swap_unverified(sick: Shop) -> None:
    """Trap 13: sticky sessions that keep green busy are not called a rollback."""
    sick.fleet.behind[BLUE.arn] = HEALTHY
    sick.decide()
    sick.minutes(2)
    now = sick.clock.now().replace(second=0)
    dimensions = {"LoadBalancer": only(sick.records[-1]).load_balancer, "TargetGroup": GREEN.dimension}
    for back in (1, 2):
        at = now - timedelta(minutes=back)
        sick.metrics.put("AWS/ApplicationELB", "RequestCount", dimensions, "Sum", at, 3000.0)
    action = only(sick.decide())
    assert action.outcome is Outcome.UNVERIFIED
    assert "green still answered 3,000 requests" in action.detail


def test_what_a_swap_leaves_behind_is_written_down_with_what_mends_it(sick: Shop) -> None:
    """Trap 11: the drift of the listener against the PRIMARY task set, and the way out, are in the record."""
    (note,) = [one for one in sick.decide().notes if "PRIMARY" in one]
    assert "Primary taskset target group must be behind listener" in note
    assert "weight 999" in note


def test_a_swap_is_not_repeated(sick: Shop) -> None:
    """However many turns follow, the listener is written once."""
    sick.decide()
    for _ in range(10):
        sick.turn()
    assert len(sick.switch.routed) == 1


def test_a_dead_turns_swap_is_taken_over(sick: Shop) -> None:
    """A swap whose request never arrived is made by a later turn after 90 seconds, once."""
    sick.switch.fail(
        "route", TemporaryError("elasticloadbalancing:ModifyListener did not reach AWS"), times=1
    )
    sick.decide()
    assert sick.switch.routed == []
    sick.minutes(2)
    sick.decide()
    assert len(sick.switch.routed) == 1


# When it must not be


@pytest.mark.parametrize(
    "blue",
    [
        NOTHING,
        Capacity(registered=4, healthy=0, unhealthy=0, running=1),
        Capacity(registered=4, healthy=2, unhealthy=2, running=4),
    ],
    ids=["gone", "too few run", "some are unhealthy"],
)
def test_a_blue_that_cannot_carry_is_given_nothing(sick: Shop, blue: Capacity) -> None:
    """G1, A69, trap 9: with too few running or any failing target of blue, a person is asked; the listener stays."""
    sick.fleet.behind[BLUE.arn] = blue
    record = sick.decide()
    assert (record.phase, record.decision) == (Phase.RETIRED, DecisionKind.ESCALATE)
    assert "deploy the previous revision" in record.why
    assert sick.switch.routed == []


def test_a_blue_that_cannot_be_read_counts_as_gone(sick: Shop) -> None:
    """When AWS does not say what is behind blue's group, nothing is swapped and the record says why."""
    sick.fleet.fail("capacity", AwsRefusedError("ecs:ListTasks is not allowed"))
    record = sick.decide()
    assert record.phase is Phase.RETIRED
    assert any("counts as gone: ecs:ListTasks is not allowed" in note for note in record.notes)
    assert sick.switch.routed == []


def test_a_blue_that_vanishes_between_decision_and_swap_is_given_nothing(sick: Shop) -> None:
    """Capacity is read again right before the listener is written; what is gone by then refuses the swap."""
    sick.switch.fail("route", TemporaryError("cut"), times=1)
    sick.decide()
    sick.fleet.behind[BLUE.arn] = NOTHING
    sick.minutes(2)
    record = sick.decide()
    assert only(record).outcome is Outcome.REFUSED
    assert "would be an outage" in record.sentence
    assert sick.switch.routed == []


def test_a_listener_that_moves_meanwhile_is_left_alone(sick: Shop) -> None:
    """P6: when somebody else moves the listener between reading and writing, Guardian does not write over it."""
    sick.switch.fail("route", TemporaryError("cut"), times=1)
    sick.decide()
    sick.codedeploy.weight = 0.3
    sick.minutes(2)
    record = sick.decide()
    assert only(record).outcome is Outcome.REFUSED
    assert "moved by somebody else" in record.sentence
    assert sick.codedeploy.weight == 0.3


# A contracted schema


def test_the_47_minute_outage_is_refused(sick: Shop) -> None:
    """A23, A51: after the contract migration no traffic goes to a blue that would crash on the schema."""
    contract(sick)
    record = sick.decide()
    assert (record.phase, record.decision) == (Phase.CONTRACTED, DecisionKind.ESCALATE)
    assert any("by deploy-bot: drop address" in note for note in record.notes)
    assert any(note.startswith("aws rds restore-db-instance-from-db-snapshot") for note in record.notes)
    assert (sick.switch.routed, sick.codedeploy.stops) == ([], [])


def test_a_contract_in_the_termination_wait_refuses_the_stop_too(baking: Shop) -> None:
    """A21: while CodeDeploy could still roll back, a contracted schema makes that an outage as well."""
    contract(baking)
    baking.errors = 0.4
    baking.minutes(6)
    assert baking.decide().decision is DecisionKind.ESCALATE
    assert baking.codedeploy.stops == []


def test_a_contract_between_decision_and_swap_refuses_the_swap(sick: Shop) -> None:
    """A swap whose request never arrived is not made up for once the schema has been contracted."""
    sick.switch.fail("route", TemporaryError("cut"), times=1)
    sick.decide()
    contract(sick)
    sick.minutes(2)
    record = sick.decide()
    assert only(record).outcome is Outcome.REFUSED
    assert "contracted at" in record.sentence
    assert (sick.switch.routed, sick.table.open()) == ([], [])


def test_a_mark_that_cannot_be_read_counts_as_contracted(sick: Shop) -> None:
    """Trap 24: an unreadable mark is as good as set."""
    sick.contracts.fail("contract", TemporaryError("dynamodb:GetItem was answered with Throttling"))
    record = sick.decide()
    assert record.phase is Phase.CONTRACTED
    assert any("which counts as contracted" in note for note in record.notes)
    assert sick.switch.routed == []


@pytest.fixture
def with_database(installed: Shop) -> Shop:
    """The policy names a database that was switched over once, long before this release."""
    installed.policies.put(CHECKOUT, mode="enforce", database={"instance": "shop-db"})
    installed.databases.switched["shop-db"] = {"bgd-old"}
    installed.turn()
    installed.shift(1.0)
    installed.minutes(4)
    return installed


def test_an_old_switchover_does_not_count(with_database: Shop) -> None:
    """A switchover from before the release says nothing about its blue."""
    assert with_database.decide().phase is Phase.BAKING


def test_a_database_switchover_counts_as_contracted(with_database: Shop) -> None:
    """A54: after an RDS blue/green switchover during the bake, blue gets nothing."""
    with_database.databases.switched["shop-db"].add("bgd-new")
    record = with_database.decide()
    assert record.phase is Phase.CONTRACTED
    assert any("bgd-new" in note for note in record.notes)


def test_switchovers_that_cannot_be_read_count_as_contracted(with_database: Shop) -> None:
    """A54: when nobody can tell whether the database was switched over, blue gets nothing."""
    with_database.databases.fail(
        "switchovers", AwsRefusedError("rds:DescribeBlueGreenDeployments is not allowed")
    )
    assert with_database.decide().phase is Phase.CONTRACTED


def test_a_mark_of_an_earlier_deployment_does_not_bind_this_one(sick: Shop) -> None:
    """The next deployment's blue fits the contracted schema, so the mark of the one before refuses nothing."""
    mark = Contract(service=CHECKOUT, deployment_id="d-EARLIER12", at=sick.clock.now(), by="deploy-bot")
    sick.contracts.mark_contract(mark)
    assert sick.decide().phase is Phase.STANDBY
    assert len(sick.switch.routed) == 1


# A swap that blue cannot carry


@pytest.fixture
def swapped(sick: Shop) -> Shop:
    """The listener was swapped by the latest turn."""
    sick.decide()
    return sick


def test_a_swap_that_blue_cannot_carry_is_reversed_once(swapped: Shop) -> None:
    """When blue answers mostly with errors, green gets the traffic again, once, and a person is asked."""
    swapped.fleet.behind[BLUE.arn] = HEALTHY
    swapped.blue_errors = 0.9
    swapped.minutes(2)
    swapped.decide()
    assert swapped.switch.routed[1:] == [{BLUE.arn: 0, GREEN.arn: 100}]
    record = swapped.decide()
    assert only(record).outcome is Outcome.REVERSED
    assert "a person must act" in record.sentence
    assert "blue answers 90% of its requests with 5XX" in record.sentence
    assert (len(swapped.switch.routed), swapped.table.open()) == (2, [])


@pytest.mark.parametrize("seconds", [60, 150])
def test_a_blue_that_does_not_become_healthy_is_reversed_after_its_time(swapped: Shop, seconds: int) -> None:
    """Targets need time to be checked; 150 seconds after the swap blue must have healthy ones."""
    swapped.clock.wait(seconds=seconds)
    swapped.decide()
    assert len(swapped.switch.routed) == (1 if seconds < 150 else 2)


def test_the_reversal_is_written_before_it_is_made(swapped: Shop) -> None:
    """A turn that cannot make the reversal leaves behind that it was begun; a later one makes it."""
    swapped.fleet.behind[BLUE.arn] = NOTHING
    swapped.switch.fail("route", TemporaryError("cut"), times=1)
    swapped.minutes(1)
    action = only(swapped.decide())
    assert action.reversed_at == swapped.clock.now()
    assert (action.outcome, len(swapped.switch.routed)) == (Outcome.UNVERIFIED, 1)
    swapped.minutes(1)
    swapped.decide()
    assert only(swapped.decide()).outcome is Outcome.REVERSED
    assert swapped.codedeploy.weight == 1.0


def test_green_is_not_judged_by_what_follows_a_swap(swapped: Shop) -> None:
    """Once the swap has begun, nothing is judged any more; the verdict is the one that it was decided by."""
    swapped.minutes(1)
    record = swapped.decide()
    assert (record.verdict, record.minutes) == (Finding.DIVERGED, ())
