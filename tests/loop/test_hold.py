"""The hook AfterAllowTraffic held open: answered later by a turn, and always before the hour."""

import io
from collections.abc import Callable
from datetime import timedelta
from itertools import count

import pytest
from aws_lambda_powertools import Logger
from guardian_fakes import CHECKOUT, Shop

from guardian.decide import Decision, DecisionKind
from guardian.errors import AwsRefusedError, TemporaryError
from guardian.hold import answer, answer_due
from guardian.hooks import HookAnswers
from guardian.model import Pause
from guardian.policy import Policy
from guardian.triggers import Hook
from guardian.watch import HeldHook, Watch

NUMBERS = count()
Call = Callable[..., str]


@pytest.fixture
def call(baking: Shop) -> Call:
    """Call the hook after the shift of a release whose policy holds it for ten minutes; return the answer."""

    def hook(
        mode: str = "enforce", execution: str = "execution-1", hook: Hook = Hook.AFTER_ALLOW_TRAFFIC
    ) -> str:
        baking.policies.put(CHECKOUT, mode=mode, bake={"hold_minutes": 10})
        baking.codedeploy.call_hook(baking.release, execution)
        event = {"DeploymentId": baking.release, "LifecycleEventHookExecutionId": execution}
        logger = Logger(service=f"hold-{next(NUMBERS)}", stream=io.StringIO())
        return HookAnswers(hook, baking.ports, logger).answer(event)

    return hook


def test_a_held_hook_is_not_answered_at_once(baking: Shop, call: Call) -> None:
    """The hook's function ends without an answer, and every record says until when it is held."""
    until = baking.clock.now() + timedelta(minutes=10)
    assert call() == "Held"
    baking.minutes(1)
    assert f"the hook AfterAllowTraffic is held until {until:%H:%M}" in baking.decide().notes
    assert baking.codedeploy.answers == []


def test_a_good_release_is_passed_when_the_time_is_over(baking: Shop, call: Call) -> None:
    """The first turn after the policy's time answers Succeeded, once, and says so."""
    call()
    for _ in range(12):
        baking.minutes(1)
        baking.turn()
    assert baking.codedeploy.answers == [("execution-1", True)]
    said = [note for record in baking.records for note in record.notes if "was answered" in note]
    assert said == ["the held hook AfterAllowTraffic was answered Succeeded"]


def test_a_diverged_green_fails_the_held_hook_at_once(baking: Shop, call: Call) -> None:
    """A release that turns bad while the hook is held is answered Failed in the turn that finds it, and stopped."""
    call()
    baking.errors = 0.4
    baking.minutes(6)
    record = baking.decide()
    assert record.decision is DecisionKind.ROLL_BACK
    assert baking.codedeploy.answers == [("execution-1", False)]
    assert baking.codedeploy.stops == [baking.release]
    assert "the held hook AfterAllowTraffic was answered Failed" in record.notes


def test_the_failing_answer_alone_undoes_the_deployment(baking: Shop, call: Call) -> None:
    """Where StopDeployment is denied the failing answer brings blue back by itself."""
    call()
    baking.codedeploy.fail("stop", AwsRefusedError("codedeploy:StopDeployment is not allowed"))
    baking.errors = 0.4
    baking.minutes(6)
    baking.decide()
    baking.codedeploy.settle()
    assert baking.codedeploy.status(baking.release) == "Failed"
    assert baking.codedeploy.weight == 0


@pytest.mark.parametrize("mode", ["observe", "notify"])
def test_a_mode_that_may_not_act_holds_nothing(baking: Shop, call: Call, mode: str) -> None:
    """Where no failing answer could come the release does not wait."""
    assert call(mode) == "Succeeded"
    assert baking.codedeploy.answers == [("execution-1", True)]


@pytest.mark.parametrize("hook", [one for one in Hook if one is not Hook.AFTER_ALLOW_TRAFFIC], ids=str)
def test_no_other_hook_is_held(call: Call, hook: Hook) -> None:
    """Before green has all of the traffic there is nothing to bake."""
    assert call(hook=hook) == "Succeeded"


def test_a_hook_called_again_is_held_no_longer(baking: Shop, call: Call) -> None:
    """Lambda may call the hook again while it is held; the time counts from the first call."""
    call()
    baking.minutes(9)
    assert call() == "Held"
    baking.minutes(2)
    baking.turn()
    assert baking.codedeploy.answers == [("execution-1", True)]


def test_an_answer_that_does_not_arrive_is_given_again(baking: Shop, call: Call) -> None:
    """When CodeDeploy cannot take the answer the next turn gives it again, and the record says so."""
    call()
    baking.minutes(11)
    baking.codedeploy.fail("answer", TemporaryError("did not reach AWS"), times=1)
    assert any(
        "could not be answered Succeeded, tried again next minute" in note for note in baking.decide().notes
    )
    baking.minutes(1)
    baking.turn()
    assert baking.codedeploy.answers == [("execution-1", True)] * 2
    baking.minutes(1)
    baking.turn()
    assert len(baking.codedeploy.answers) == 2


def test_an_answer_that_is_refused_is_not_repeated(baking: Shop, call: Call) -> None:
    """Trying again will not help: the record says what AWS said, and that is it."""
    call()
    baking.minutes(11)
    baking.codedeploy.fail("answer", AwsRefusedError("no such execution"))
    assert any("could not be answered Succeeded: no such execution" in note for note in baking.decide().notes)
    baking.minutes(1)
    baking.turn()
    assert len(baking.codedeploy.answers) == 1


def test_blindness_does_not_keep_the_hook_waiting(baking: Shop, call: Call) -> None:
    """A turn that can judge nothing answers in time all the same: unknown is no reason to roll back."""
    call()
    baking.minutes(11)
    baking.metrics.fail("read", TemporaryError("Rate exceeded"))
    baking.turn()
    assert baking.codedeploy.answers == [("execution-1", True)]


def test_a_closed_watch_answers_the_hook(baking: Shop, call: Call) -> None:
    """Whoever closes the watch ends the waiting: no later turn could answer."""
    call()
    now = baking.clock.now()
    pause = Pause(by="anna", why="enough seen", at=now, until=now + timedelta(minutes=30), closes=True)
    baking.pauses.set_pause(baking.release, pause)
    baking.turn()
    assert baking.codedeploy.answers == [("execution-1", True)]


def test_a_watch_is_not_closed_while_its_hook_has_no_answer(baking: Shop, call: Call) -> None:
    """When the answer does not arrive while the watch is being closed, the next turn closes it and answers."""
    call()
    now = baking.clock.now()
    pause = Pause(by="anna", why="enough seen", at=now, until=now + timedelta(minutes=30), closes=True)
    baking.pauses.set_pause(baking.release, pause)
    baking.codedeploy.fail("answer", TemporaryError("did not reach AWS"), times=1)
    baking.turn()
    assert [one.deployment_id for one in baking.table.open()] == [baking.release]
    baking.minutes(1)
    baking.turn()
    assert baking.table.open() == []
    assert baking.codedeploy.answers == [("execution-1", True)] * 2


def test_a_pause_holds_the_hook_on(baking: Shop, call: Call) -> None:
    """A paused Guardian does not fail the hook; its time ends it."""
    call()
    now = baking.clock.now()
    baking.pauses.set_pause(
        baking.release, Pause(by="anna", why="test", at=now, until=now + timedelta(minutes=30))
    )
    baking.errors = 0.4
    baking.minutes(6)
    baking.turn()
    assert baking.codedeploy.answers == []
    baking.minutes(5)
    baking.turn()
    assert baking.codedeploy.answers == [("execution-1", True)]


def test_a_hook_that_cannot_be_forgotten_is_answered_once_more(baking: Shop, call: Call) -> None:
    """When another turn wrote the watch meanwhile, the hook stays in it; that turn answers again, which is harmless."""
    call()
    watch = baking.table.find(baking.release)
    assert watch is not None
    now, fine = baking.clock.now() + timedelta(minutes=11), Decision(kind=DecisionKind.PROCEED, why="")
    baking.table.overtaken = 1
    assert answer(watch, fine, now, baking.ports) == (
        "the held hook AfterAllowTraffic was answered Succeeded",
    )
    baking.minutes(11)
    baking.turn()
    assert baking.codedeploy.answers == [("execution-1", True)] * 2


def test_the_longest_hold_ends_before_the_hour() -> None:
    """CodeDeploy waits an hour; the longest hold leaves five minutes for a late turn."""
    longest = Policy.model_validate({"bake": {"hold_minutes": 55}}).bake.hold_minutes
    assert longest < 60
    with pytest.raises(ValueError, match="less than or equal to 55"):
        Policy.model_validate({"bake": {"hold_minutes": longest + 1}})


@pytest.mark.parametrize("kind", list(DecisionKind), ids=str)
@pytest.mark.parametrize("late", [False, True], ids=["in time", "late"])
@pytest.mark.parametrize("closed", [None, "released"], ids=["open", "closed"])
def test_when_the_answer_is_due(shop: Shop, kind: DecisionKind, late: bool, closed: str | None) -> None:
    """A rollback fails the hook at once; otherwise it passes when its time is over or the watch is closed."""
    now = shop.clock.now()
    held = HeldHook(
        execution_id="e", until=now - timedelta(seconds=1) if late else now + timedelta(minutes=1)
    )
    watch = Watch(deployment_id=shop.release, service=CHECKOUT, opened_at=now, held=held, closed=closed)
    due = answer_due(watch, Decision(kind=kind, why=""), now)
    if kind is DecisionKind.ROLL_BACK:
        assert due is False
    else:
        assert due is (True if late or closed else None)
