"""What a person's pause makes of a decision."""

from datetime import datetime, timedelta

import pytest

from guardian.decide import ActionKind, Decision, DecisionKind
from guardian.model import Pause
from guardian.overrule import overruled

STOP = Decision(kind=DecisionKind.ROLL_BACK, action=ActionKind.STOP_DEPLOYMENT, why="seconds, no data lost")


@pytest.fixture
def pause(noon: datetime) -> Pause:
    """A pause of thirty minutes from noon on."""
    return Pause(by="me", why="load test", at=noon, until=noon + timedelta(minutes=30))


@pytest.mark.parametrize("kind", [DecisionKind.ROLL_BACK, DecisionKind.ESCALATE])
def test_a_pause_holds_back_what_would_act(pause: Pause, noon: datetime, kind: DecisionKind) -> None:
    """What would act or ask for a person notifies instead, and says what it would have been, and who paused."""
    decision = overruled(STOP.model_copy(update={"kind": kind}), pause, noon)
    assert (decision.kind, decision.action, decision.would) == (DecisionKind.NOTIFY, None, kind)
    assert decision.why.startswith("paused by me until 2026-11-20 12:30 (load test)")


@pytest.mark.parametrize("kind", [DecisionKind.PROCEED, DecisionKind.WAIT, DecisionKind.NOTIFY])
def test_what_changes_nothing_is_not_held_back(pause: Pause, noon: datetime, kind: DecisionKind) -> None:
    """A decision that leaves production alone stays as it is."""
    decision = Decision(kind=kind, why="because")
    assert overruled(decision, pause, noon) == decision


def test_an_expired_pause_holds_nothing_back(pause: Pause) -> None:
    """From the very moment at which it ends a pause is over."""
    assert overruled(STOP, pause, pause.until) == STOP
    assert overruled(STOP, None, pause.at) == STOP
