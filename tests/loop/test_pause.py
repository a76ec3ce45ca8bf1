"""A pause: Guardian judges and tells, and does not act."""

from datetime import timedelta

import pytest
from guardian_fakes import Shop

from guardian.decide import DecisionKind
from guardian.errors import AwsRefusedError, GuardianError, PauseUnreadableError, TemporaryError
from guardian.model import Pause


def paused(shop: Shop, minutes: int = 30) -> Pause:
    """Pause Guardian for the release."""
    now = shop.clock.now()
    wish = Pause(by="anna", why="load test", at=now, until=now + timedelta(minutes=minutes))
    shop.pauses.set_pause(shop.release, wish)
    return wish


def test_a_paused_guardian_does_not_act(diverging: Shop) -> None:
    """While the pause holds nothing is stopped; the record says what would be done, and who paused, until when."""
    wish = paused(diverging)
    record = diverging.decide()
    assert (record.decision, record.would) == (DecisionKind.NOTIFY, DecisionKind.ROLL_BACK)
    assert record.pause == wish
    assert record.sentence.startswith("Would roll back at 50% but anna paused it")
    assert diverging.codedeploy.stops == []


def test_after_the_pause_it_acts(diverging: Shop) -> None:
    """When the pause is over the next turn acts by what was judged meanwhile."""
    paused(diverging, minutes=2)
    diverging.decide()
    diverging.minutes(2)
    assert diverging.decide().decision is DecisionKind.ROLL_BACK
    assert diverging.codedeploy.stops == [diverging.release]


def test_a_rollback_that_has_begun_is_seen_through(diverging: Shop) -> None:
    """A pause does not stop what was begun half way."""
    diverging.decide()
    paused(diverging)
    diverging.codedeploy.settle()
    assert diverging.decide().sentence.startswith("Rolled back")


@pytest.mark.parametrize(
    "failure",
    [
        TemporaryError("dynamodb:GetItem was answered with Throttling"),
        AwsRefusedError("dynamodb:GetItem is not allowed"),
        PauseUnreadableError("the item is no pause"),
    ],
)
def test_a_pause_that_cannot_be_read_is_none(diverging: Shop, failure: GuardianError) -> None:
    """An unreadable pause does not blind Guardian: it acts, and a note says that it could not read it."""
    paused(diverging)
    diverging.pauses.fail("pause", failure)
    record = diverging.decide()
    assert record.decision is DecisionKind.ROLL_BACK
    assert any("cannot be read, so it acts" in note for note in record.notes)


def closing(shop: Shop) -> Pause:
    """Ask for the end of the watch."""
    now = shop.clock.now()
    wish = Pause(by="anna", why="a drill", at=now, until=now, closes=True)
    shop.pauses.set_pause(shop.release, wish)
    return wish


def test_a_closed_watch_is_recorded_and_never_acts(diverging: Shop) -> None:
    """The next turn closes the watch with who and why; later ones have nothing left to do."""
    wish = closing(diverging)
    record = diverging.decide()
    assert record.decision is DecisionKind.PROCEED
    assert record.pause == wish
    assert record.sentence == "Guardian no longer watches this deployment: closed by anna: a drill."
    diverging.minutes(2)
    assert diverging.turn() is None
    assert diverging.codedeploy.stops == []


def test_a_rollback_that_has_begun_is_seen_through_before_the_watch_closes(diverging: Shop) -> None:
    """Who closes the watch in the middle of a rollback does not leave it half done."""
    diverging.decide()
    closing(diverging)
    diverging.codedeploy.settle()
    assert diverging.decide().sentence.startswith("Rolled back")


def test_resume_takes_a_close_back_before_the_next_turn(diverging: Shop) -> None:
    """The latest wish counts: a resume that is faster than the turn leaves the watch open."""
    closing(diverging)
    paused(diverging, minutes=0)
    assert diverging.decide().decision is DecisionKind.ROLL_BACK
