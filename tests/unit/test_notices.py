"""What a turn tells: changes of state, each once."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from guardian.actions import Action, Outcome
from guardian.decide import Decision, DecisionKind
from guardian.model import Deployment, Finding, Mode, Pause, Phase, Verdict
from guardian.notices import Notice, State, after, channels_for, notice_of
from guardian.policy import Policy
from guardian.record import write_record
from guardian.triggers import Trigger, TriggerKind
from guardian.watch import Channel, Told, Watch

ALL = tuple(Channel)
Turn = Callable[..., Notice | None]


@pytest.fixture
def turn(
    a_watch: Callable[..., Watch], a_verdict: Callable[..., Verdict], a_deployment: Callable[..., Deployment],
    noon: datetime,
) -> Turn:  # fmt: skip
    """Return what a turn at noon tells, given its decision and what was told before."""

    def taken(kind: DecisionKind = DecisionKind.PROCEED, **changes: Any) -> Notice | None:
        watch = a_watch(told=changes.pop("told", None), **changes.pop("watch", {}))
        if why := changes.pop("closed", None):
            watch = watch.closing(why, noon)
        signal = {"signal": changes.pop("signal")} if "signal" in changes else {}
        verdict = a_verdict(changes.pop("finding", Finding.DIVERGED), **signal)
        decision = Decision(kind=kind, would=changes.pop("would", None), why="because")
        deployment = changes.pop("deployment", a_deployment(weight=0.3))
        policy = Policy(mode=changes.pop("mode", Mode.ENFORCE))
        trigger = Trigger(kind=TriggerKind.TICK)
        record = write_record(
            watch, trigger, noon, policy, verdict, decision, deployment=deployment, **changes
        )
        return notice_of(watch, record, deployment)

    return taken


def told(*notices: Notice | None, missing: tuple[Channel, ...] = ()) -> Told | None:
    """Return what was told once these notices were sent, one after the other."""
    state = None
    for notice in notices:
        assert notice is not None
        state = after(state, notice, missing)
    return state


def state_of(notice: Notice | None) -> State | None:
    return notice.state if notice else None


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (DecisionKind.NOTIFY, State.NOTIFY),
        (DecisionKind.ESCALATE, State.ESCALATE),
        (DecisionKind.ROLL_BACK, State.ROLLING_BACK),
        (DecisionKind.WAIT, None),
        (DecisionKind.PROCEED, None),
    ],
)
def test_decisions_other_than_fine_are_told(turn: Turn, kind: DecisionKind, state: State | None) -> None:
    """Looks, calls for a person and rollbacks are told; waiting and going on are not."""
    assert state_of(turn(kind)) is state


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (None, State.ROLLING_BACK),
        (Outcome.UNVERIFIED, State.ROLLING_BACK),
        (Outcome.DONE, State.ROLLED_BACK),
        (Outcome.ALREADY_DONE, State.ROLLED_BACK),
        (Outcome.REFUSED, State.REFUSED),
        (Outcome.FAILED, State.FAILED),
        (Outcome.REVERSED, State.REVERSED),
    ],
)
def test_what_came_of_an_action_is_told(
    turn: Turn, an_action: Callable[..., Action], outcome: Outcome | None, state: State
) -> None:
    """Each outcome of the change of production is a state of its own, whether the watch is open or closed with it."""
    action = an_action(outcome=outcome, detail="so it is")
    for closed in (None, "so it is"):
        notice = turn(DecisionKind.ROLL_BACK, action=action, closed=closed)
        assert notice is not None
        assert (notice.state, notice.over) == (state, closed is not None)


def test_nothing_is_told_twice(turn: Turn) -> None:
    """A call for a person that repeats each minute is told once for each signal, also when two signals alternate."""
    first = turn(DecisionKind.ESCALATE, signal="latency_p50")
    other = turn(DecisionKind.ESCALATE, signal="errors_5xx", told=told(first))
    for signal in ("latency_p50", "errors_5xx"):
        again = turn(DecisionKind.ESCALATE, signal=signal, told=told(first, other))
        assert again is not None
        assert channels_for(told(first, other), again) == ()
    assert other is not None
    assert channels_for(told(first), other) == ALL


def test_a_return_to_fine_is_told_after_something_else_was(turn: Turn) -> None:
    """Fine is told once after a look at green was asked for, and never to people who heard of nothing."""
    look = turn(DecisionKind.NOTIFY, finding=Finding.INVESTIGATE)
    fine = turn(finding=Finding.HEALTHY, told=told(look))
    assert fine is not None
    assert (fine.state, channels_for(told(look), fine)) == (State.FINE, ALL)
    again = turn(finding=Finding.HEALTHY, told=told(look, fine))
    assert again is not None
    assert channels_for(told(look, fine), again) == ()
    assert turn(finding=Finding.HEALTHY) is None


def test_after_a_return_to_fine_everything_is_news_again(turn: Turn) -> None:
    """The same look is told again after it was told to be fine, and so is the return from that."""
    look = turn(DecisionKind.NOTIFY)
    fine = turn(finding=Finding.HEALTHY, told=told(look))
    second = turn(DecisionKind.NOTIFY, told=told(look, fine))
    assert second is not None
    assert channels_for(told(look, fine), second) == ALL
    back = turn(finding=Finding.HEALTHY, told=told(look, fine, second))
    assert back is not None
    assert channels_for(told(look, fine, second), back) == ALL


def test_not_knowing_is_no_return_to_fine(turn: Turn) -> None:
    """A minute without data between two looks at green tells nothing, and the second look is no news."""
    before = told(turn(DecisionKind.NOTIFY))
    assert turn(DecisionKind.WAIT, finding=Finding.NO_DATA, told=before) is None
    again = turn(DecisionKind.NOTIFY, told=before)
    assert again is not None
    assert channels_for(before, again) == ()


def test_mode_observe_tells_nothing_but_the_end(turn: Turn, a_deployment: Callable[..., Deployment]) -> None:
    """In mode observe a decision that was held back is only logged; the end is told."""
    assert turn(would=DecisionKind.ROLL_BACK, mode=Mode.OBSERVE) is None
    ended = a_deployment(weight=1.0, ended="Succeeded", phase=Phase.RETIRED, status="Succeeded")
    assert state_of(turn(closed="over", deployment=ended, mode=Mode.OBSERVE)) is State.RELEASED


def test_what_is_held_back_is_told_with_what_it_would_be(turn: Turn) -> None:
    """In mode notify, or paused, a look says what it would have been, and differs from a mere look."""
    look = turn(DecisionKind.NOTIFY)
    held = turn(DecisionKind.NOTIFY, would=DecisionKind.ROLL_BACK, mode=Mode.NOTIFY)
    assert held is not None
    assert (held.state, held.would) == (State.NOTIFY, DecisionKind.ROLL_BACK)
    assert channels_for(told(look), held) == ALL


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"phase": Phase.RETIRED, "status": "Succeeded", "ended": "Succeeded", "weight": 1.0}, State.RELEASED),
        ({"phase": Phase.RETIRED, "ended": "Succeeded", "weight": 0.3}, State.CLOSED),
        ({"phase": Phase.RETIRED, "ended": "Succeeded", "weight": 1.0, "successor": "d-2"}, State.CLOSED),
        ({"phase": Phase.CLOSED, "ended": "Stopped: by an alarm", "rollback_id": "d-2"}, State.ROLLED_BACK),
        ({"phase": Phase.CLOSED, "ended": "Stopped: by a person"}, State.CLOSED),
        ({"phase": Phase.SHIFTING}, State.CLOSED),
    ],
    ids=["released", "moved by others", "succeeded by another", "rolled back", "stopped midway", "person"],
)  # fmt: skip
def test_the_end_is_what_became_of_the_traffic(
    turn: Turn, a_deployment: Callable[..., Deployment], noon: datetime, changes: dict[str, Any], state: State
) -> None:
    """Released when green has all of the traffic, rolled back when it was undone, else closed; and it is over."""
    notice = turn(closed="the end", deployment=a_deployment(**changes), watch={"origin": noon})
    assert notice is not None
    assert (notice.state, notice.over) == (state, True)


def test_a_release_that_no_user_saw_is_rolled_back(
    turn: Turn, a_deployment: Callable[..., Deployment]
) -> None:
    """Without a minute of traffic on green nothing needs to be undone: blue never lost any."""
    ended = a_deployment(phase=Phase.CLOSED, status="Failed", ended="Failed: a hook")
    assert state_of(turn(closed="the end", deployment=ended)) is State.ROLLED_BACK


def test_a_watch_that_a_person_closed_is_closed(
    turn: Turn, a_deployment: Callable[..., Deployment], noon: datetime
) -> None:
    """Also when the deployment had succeeded: nobody watched its bake to the end."""
    pause = Pause(by="anna", why="a drill", at=noon, until=noon, closes=True)
    ended = a_deployment(weight=1.0, ended="Succeeded", phase=Phase.RETIRED)
    assert state_of(turn(closed="by anna", deployment=ended, pause=pause)) is State.CLOSED


def test_a_rollback_deployment_tells_nothing(turn: Turn) -> None:
    """The watch of a rollback is closed at once, and owes nobody its end."""
    assert turn(finding=Finding.NO_DATA, watch={"closed": "never guarded", "undoes": "d-1"}) is None


def test_what_is_missing_is_told_again_there_alone(turn: Turn) -> None:
    """A notice that one channel lacks is told again on that one, with the same id; a newer state goes out on all."""
    first = turn(DecisionKind.NOTIFY)
    before = told(first, missing=(Channel.EVENT,))
    again = turn(DecisionKind.NOTIFY, told=before)
    assert first is not None
    assert again is not None
    assert channels_for(before, again) == (Channel.EVENT,)
    assert again.id == first.id
    assert after(before, again, ()) == told(first)
    other = turn(DecisionKind.ROLL_BACK, told=before)
    assert other is not None
    assert channels_for(before, other) == ALL


def test_a_return_to_fine_that_was_not_told_is_told_again(turn: Turn) -> None:
    """Fine is tried again as long as it is missing somewhere."""
    look = turn(DecisionKind.NOTIFY)
    fine = turn(finding=Finding.HEALTHY, told=told(look))
    assert fine is not None
    before = after(told(look), fine, (Channel.TEXT,))
    again = turn(finding=Finding.HEALTHY, told=before)
    assert again is not None
    assert (channels_for(before, again), again.id) == ((Channel.TEXT,), fine.id)


def test_each_notice_has_an_id_of_its_own(turn: Turn) -> None:
    """Ids name the deployment, count up and end with the state, so that equal ids mean equal news."""
    look = turn(DecisionKind.NOTIFY)
    fine = turn(finding=Finding.HEALTHY, told=told(look))
    second = turn(DecisionKind.NOTIFY, told=told(look, fine))
    assert [one.id for one in (look, fine, second) if one] == [
        "d-A1B2C3D4E/1/notify", "d-A1B2C3D4E/2/fine", "d-A1B2C3D4E/3/notify",
    ]  # fmt: skip
