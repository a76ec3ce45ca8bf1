"""Acting: an intent first, then the change once, then AWS is read back until it is certain."""

from datetime import timedelta

import pytest
from guardian_fakes import Shop

from guardian.act import act, follow_up
from guardian.actions import Action, Outcome
from guardian.decide import DecisionKind
from guardian.errors import AwsRefusedError, TemporaryError
from guardian.model import Finding

DENIED = AwsRefusedError(
    "codedeploy:StopDeployment is not allowed: add it to the function's role (User is not authorized)"
)


def standing(shop: Shop) -> Action:
    """Return the action as the ledger has it."""
    action = shop.table.intended(shop.release)
    assert action is not None
    return action


@pytest.fixture
def stopped(diverging: Shop) -> Shop:
    """The deployment has been asked to stop by the turn before; CodeDeploy has not done it yet."""
    diverging.turn()
    return diverging


@pytest.fixture
def orphaned(shifting: Shop) -> Shop:
    """A turn wrote its intent this second and died before it could ask AWS."""
    shifting.table.intend(shifting.intent())
    return shifting


def test_intent_then_request_then_outcome(diverging: Shop) -> None:
    """The intent is written before AWS is asked, and the outcome after AWS was read back."""
    diverging.calls.clear()
    diverging.turn()
    changes = [call for call in diverging.calls if call in {"intend", "stop", "aftermath", "conclude"}]
    assert changes == ["intend", "stop", "aftermath", "conclude"]


def test_an_intent_that_cannot_be_written_stops_nothing(diverging: Shop) -> None:
    """When the table does not take the intent, production is left alone."""
    diverging.table.fail("intend", TemporaryError("dynamodb:PutItem was answered with Throttling"))
    with pytest.raises(TemporaryError):
        diverging.turn()
    assert diverging.codedeploy.stops == []


def test_the_record_holds_the_whole_action(diverging: Shop) -> None:
    """The deciding turn's record holds the request's id, who gets traffic, and what has come of it so far."""
    record = diverging.decide()
    (action,) = record.actions
    assert (action.decided_by, action.request_id, action.outcome) == (
        record.id,
        "request-1",
        Outcome.UNVERIFIED,
    )
    assert (action.blue.name, action.green.name, action.weight) == ("checkout-tg-1", "checkout-tg-2", 0.5)
    assert action == standing(diverging)


def test_the_deployment_is_stopped_once_though_many_turns_decide(stopped: Shop) -> None:
    """However many turns follow while CodeDeploy takes its time, StopDeployment is called once."""
    for _ in range(10):
        stopped.minutes(1)
        assert stopped.decide().decision is DecisionKind.ROLL_BACK
    assert stopped.codedeploy.stops == [stopped.release]


def test_two_turns_that_decide_at_once_stop_once(diverging: Shop) -> None:
    """Of two turns that want the same at the same time, the one whose intent stands asks AWS; the other looks on."""
    diverging.turn()
    mine = standing(diverging)
    action = act(diverging.intent(), diverging.ports, diverging.clock.now())
    assert action.decided_by == mine.decided_by != diverging.intent().decided_by
    assert diverging.codedeploy.stops == [diverging.release]


def test_the_next_turn_verifies(stopped: Shop) -> None:
    """The turn after CodeDeploy has rolled back finds it, says how long it took, and closes the watch."""
    stopped.codedeploy.settle()
    stopped.minutes(1)
    record = stopped.decide()
    (action,) = record.actions
    assert (action.outcome, action.verified_at) == (Outcome.DONE, stopped.clock.now())
    assert "60 s after the decision" in action.detail
    assert record.sentence.startswith("Rolled back at 50%")
    assert stopped.table.open() == []


def test_nothing_acts_after_the_verified_end(stopped: Shop) -> None:
    """After the verified end neither a turn over the deployment nor one over its rollback does or writes anything."""
    stopped.codedeploy.settle()
    stopped.turn()
    written = len(stopped.records)
    for _ in range(3):
        stopped.minutes(1)
        assert stopped.turn() is None
    stopped.release = f"{stopped.release}RB"
    stopped.turn()
    assert stopped.codedeploy.stops == [stopped.release.removesuffix("RB")]
    assert len(stopped.table.records(stopped.release.removesuffix("RB"))) == written


def test_a_started_rollback_is_not_judged_again(stopped: Shop) -> None:
    """Once a rollback has begun, green's further minutes change neither the verdict nor the reason."""
    first = stopped.records[-1]
    stopped.errors = 0.0
    stopped.minutes(10)
    record = stopped.decide()
    assert (record.verdict, record.minutes) == (Finding.DIVERGED, ())
    assert record.actions[0].reason == first.actions[0].reason


# A turn that died


@pytest.mark.parametrize(("seconds", "stops"), [(0, 0), (89, 0), (90, 1), (600, 1)])
def test_a_dead_turns_intent_is_taken_over_after_ninety_seconds(
    orphaned: Shop, seconds: int, stops: int
) -> None:
    """An intent that AWS has not been asked for belongs to its turn for 90 seconds; then the next turn asks."""
    orphaned.clock.wait(seconds=seconds)
    orphaned.turn()
    assert len(orphaned.codedeploy.stops) == stops


def test_a_taken_over_intent_is_carried_out_once(orphaned: Shop) -> None:
    """The turn that takes over asks AWS, and those after it only look."""
    for _ in range(5):
        orphaned.minutes(1)
        orphaned.turn()
    assert orphaned.codedeploy.stops == [orphaned.release]
    orphaned.codedeploy.settle()
    assert orphaned.decide().actions[0].outcome is Outcome.DONE


# What AWS may answer


@pytest.mark.parametrize(
    ("status", "outcome"), [("Failed", Outcome.ALREADY_DONE), ("Succeeded", Outcome.REFUSED)], ids=str
)
def test_a_deployment_that_is_over_already(diverging: Shop, status: str, outcome: Outcome) -> None:
    """A deployment that was rolled back without Guardian is already_done; one that succeeded is refused."""
    wanted = diverging.intent()
    if status == "Succeeded":
        diverging.codedeploy.end(diverging.release, status)
    else:
        diverging.codedeploy.roll_back(diverging.release, status)
    action = act(wanted, diverging.ports, diverging.clock.now())
    assert action.outcome is outcome
    assert action.requested_at is None
    assert standing(diverging) == action


def test_a_refused_rollback_says_that_blue_is_gone(stopped: Shop) -> None:
    """When the deployment succeeded before the stop took effect, the record says what a person can still do."""
    stopped.codedeploy.end(stopped.release, "Succeeded")
    record = stopped.decide()
    assert record.actions[0].outcome is Outcome.REFUSED
    assert "a person must act" in record.sentence
    assert "deploy the previous revision" in record.sentence
    assert stopped.table.open() == []


def test_a_missing_permission_is_named_and_tried_again_later(diverging: Shop) -> None:
    """A refused stop is failed, names the permission, asks for a person, and is tried again later."""
    diverging.codedeploy.fail("stop", DENIED)
    record = diverging.decide()
    assert record.actions[0].outcome is Outcome.FAILED
    assert "codedeploy:StopDeployment is not allowed" in record.sentence
    assert "a person must act" in record.sentence
    assert diverging.table.open() != []
    diverging.codedeploy.heal()
    diverging.minutes(2)
    assert diverging.decide().actions[0].outcome is Outcome.UNVERIFIED
    assert diverging.codedeploy.stops == [diverging.release] * 2


def test_a_missing_permission_stays_said_until_it_is_asked_again(diverging: Shop) -> None:
    """A turn between two attempts does not pretend that the deployment was told to stop."""
    diverging.codedeploy.fail("stop", DENIED)
    diverging.decide()
    diverging.minutes(1)
    record = diverging.decide()
    assert record.actions[0].outcome is Outcome.FAILED
    assert "codedeploy:StopDeployment is not allowed" in record.sentence
    assert "a person must act" in record.sentence


@pytest.mark.parametrize("minutes", [1, 2], ids=["before it is asked again", "when it would be asked again"])
def test_a_refused_stop_that_codedeploy_did_by_itself_is_seen_through(diverging: Shop, minutes: int) -> None:
    """When an alarm of the group rolls back what Guardian may not stop, its rollback is followed to the end."""
    diverging.codedeploy.fail("stop", DENIED)
    diverging.turn()
    diverging.codedeploy.roll_back(diverging.release, "Stopped", rollback_status="InProgress")
    diverging.minutes(minutes)
    action = diverging.decide().actions[0]
    assert (action.outcome, action.detail) == (
        Outcome.UNVERIFIED, f"rollback deployment {diverging.release}RB is InProgress"
    )  # fmt: skip
    assert diverging.table.open() != []
    diverging.codedeploy.roll_back(diverging.release, "Stopped")
    diverging.minutes(1)
    record = diverging.decide()
    assert record.actions[0].outcome is Outcome.ALREADY_DONE
    assert "a person must act" not in record.sentence
    assert (diverging.codedeploy.stops, diverging.table.open()) == ([diverging.release], [])


def test_a_stop_that_may_not_have_arrived_is_asked_for_again(diverging: Shop) -> None:
    """After a call whose effect is unknown, AWS is read first and asked again only when nothing has come of it."""
    diverging.codedeploy.fail("stop", TemporaryError("codedeploy:StopDeployment did not reach AWS"), times=1)
    assert diverging.decide().actions[0].outcome is Outcome.UNVERIFIED
    diverging.minutes(2)
    diverging.turn()
    assert len(diverging.codedeploy.stops) == 2


@pytest.mark.parametrize("error", [TemporaryError("throttled"), AwsRefusedError("not allowed")], ids=repr)
def test_what_cannot_be_read_back_is_unverified(diverging: Shop, error: Exception) -> None:
    """A stop that AWS took but that cannot be read back is unverified, with the reason, and verified later."""
    diverging.codedeploy.fail("aftermath", error)
    action = diverging.decide().actions[0]
    assert action.outcome is Outcome.UNVERIFIED
    assert str(error) in action.detail
    assert action.requested_at is not None
    diverging.codedeploy.heal()
    diverging.codedeploy.settle()
    assert diverging.decide().actions[0].outcome is Outcome.DONE


def test_after_fifteen_minutes_a_person_must_act(stopped: Shop) -> None:
    """A rollback that cannot be verified for a quarter of an hour is failed; a later one still counts."""
    stopped.clock.wait(minutes=14, seconds=59)
    assert stopped.decide().actions[0].outcome is Outcome.UNVERIFIED
    stopped.clock.wait(seconds=1)
    record = stopped.decide()
    assert record.actions[0].outcome is Outcome.FAILED
    assert "a person must act" in record.sentence
    stopped.codedeploy.settle()
    assert stopped.decide().actions[0].outcome is Outcome.DONE


def test_a_rollback_that_failed_is_not_called_done(stopped: Shop) -> None:
    """When the rollback deployment itself fails, the action is never done, and after 15 minutes a person's."""
    stopped.codedeploy.roll_back(stopped.release, "Stopped", rollback_status="Failed")
    assert stopped.decide().actions[0].outcome is Outcome.UNVERIFIED
    stopped.clock.wait(minutes=15)
    record = stopped.decide()
    assert record.actions[0].outcome is Outcome.FAILED
    assert f"{stopped.release}RB is Failed" in record.sentence


def test_a_listener_that_still_serves_green_is_not_done(stopped: Shop) -> None:
    """A rollback that CodeDeploy calls succeeded counts only when the listener sends everything to blue."""
    stopped.codedeploy.settle()
    stopped.codedeploy.weight = 0.25
    action = stopped.decide().actions[0]
    assert action.outcome is Outcome.UNVERIFIED
    assert "blue has 75% at the listener" in action.detail


def test_a_slower_turn_cannot_take_back_a_settled_outcome(stopped: Shop) -> None:
    """A turn that read the action before it was verified leaves the verified outcome as it stands."""
    stale = standing(stopped)
    stopped.codedeploy.settle()
    stopped.turn()
    done = standing(stopped)
    stopped.codedeploy.fail("aftermath", TemporaryError("throttled"))
    later = stopped.clock.now() + timedelta(seconds=5)
    follow_up(stale, stopped.ports, later)
    assert standing(stopped) == done


def test_a_settled_action_is_not_looked_at_again(stopped: Shop) -> None:
    """Following up a settled action asks AWS nothing and changes nothing."""
    stopped.codedeploy.settle()
    stopped.turn()
    done = standing(stopped)
    stopped.calls.clear()
    assert follow_up(done, stopped.ports, stopped.clock.now()) == done
    assert stopped.calls == []


def test_a_rollback_by_codedeploy_itself_ends_the_watch(diverging: Shop) -> None:
    """When an alarm of the group has rolled back before Guardian decided, there is nothing left to stop."""
    diverging.codedeploy.roll_back(diverging.release, "Stopped")
    assert diverging.decide().decision is DecisionKind.PROCEED
    assert (diverging.codedeploy.stops, diverging.table.open()) == ([], [])
