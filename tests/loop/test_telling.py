"""Telling people: once for each state, at least once whatever happens, and never in the way of a turn."""

import pytest
from guardian_fakes import CHECKOUT, Shop

from guardian.decide import DecisionKind
from guardian.errors import TemporaryError
from guardian.notices import State
from guardian.telling import tell
from guardian.watch import Channel, Watch

DOWN = "sns:Publish did not reach AWS"


def states(shop: Shop, channel: Channel = Channel.TEXT) -> list[State]:
    return [one.state for one in shop.people.on(channel)]


def watch_of(shop: Shop) -> Watch:
    watch = shop.table.find(shop.release)
    assert watch is not None
    return watch


def crash(shop: Shop) -> None:
    """Take a turn whose process dies as soon as it has told, before anything is saved."""
    shop.people.then = lambda: shop.table.fail("save", RuntimeError("the process died"))
    with pytest.raises(RuntimeError):
        shop.turn()
    shop.people.then = lambda: None
    shop.table.heal()


def ended(shop: Shop) -> None:
    """Let the release succeed, with a bake that is over at once."""
    shop.policies.put(CHECKOUT, mode="enforce", bake={"hours": 0})
    shop.codedeploy.end(shop.release)


def test_a_good_release_tells_nothing_but_its_end(baking: Shop) -> None:
    """While green is fine nobody hears anything; when the bake is over everybody hears that it was released."""
    assert baking.people.told == []
    ended(baking)
    for _ in range(3):
        baking.turn()
    assert [(channel, one.state, one.over) for channel, one in baking.people.told] == [
        (channel, State.RELEASED, True) for channel in Channel
    ]


def test_a_rollback_is_told_when_it_begins_and_when_it_is_done(diverging: Shop) -> None:
    """The order to stop and its verified end are told once each, however many turns look at it."""
    for _ in range(3):
        diverging.turn()
    assert states(diverging) == [State.ROLLING_BACK]
    diverging.codedeploy.settle()
    for _ in range(3):
        diverging.turn()
    assert states(diverging) == [State.ROLLING_BACK, State.ROLLED_BACK]


def test_the_words_are_those_of_the_record(diverging: Shop) -> None:
    """A notice has the sentence, the id and the place of the record that it tells of."""
    record = diverging.decide()
    (notice,) = diverging.people.on(Channel.EVENT)
    assert (notice.sentence, notice.record, notice.at) == (record.sentence, record.id, record.at)
    assert (notice.decision, notice.signal, notice.phase) == (
        DecisionKind.ROLL_BACK,
        record.signal,
        record.phase,
    )


def test_a_channel_that_fails_is_tried_again_alone(diverging: Shop) -> None:
    """While a channel fails the others are not bothered again; when it works it gets the notice, with the same id."""
    diverging.people.broken = {Channel.TEXT: DOWN}
    diverging.turn()
    diverging.turn()
    diverging.people.broken = {}
    diverging.turn()
    diverging.turn()
    ids = [{one.id for one in diverging.people.on(channel)} for channel in Channel]
    assert [len(diverging.people.on(channel)) for channel in Channel] == [1, 1, 1]
    assert ids[0] == ids[1] == ids[2]
    assert [why for _, _, why in diverging.journal.untold] == [DOWN, DOWN]


def test_a_failure_to_tell_stops_nothing(diverging: Shop) -> None:
    """The rollback is asked for and recorded as ever while nobody can be told."""
    diverging.people.broken = dict.fromkeys(Channel, DOWN)
    assert diverging.decide().decision is DecisionKind.ROLL_BACK
    assert len(diverging.codedeploy.stops) == 1
    assert len(diverging.journal.untold) == len(Channel)


def test_a_state_that_has_passed_is_not_told_late(diverging: Shop) -> None:
    """What could not be told until something newer happened is left out: the newer state is told."""
    diverging.people.broken = dict.fromkeys(Channel, DOWN)
    diverging.turn()
    diverging.people.broken = {}
    diverging.codedeploy.settle()
    diverging.turn()
    assert states(diverging) == [State.ROLLED_BACK]


def test_a_turn_that_dies_after_telling_tells_again_with_the_same_id(diverging: Shop) -> None:
    """At least once: what was sent and not saved is sent once more, and the id says that it is no news."""
    crash(diverging)
    diverging.turn()
    diverging.turn()
    first, again = diverging.people.on(Channel.TEXT)
    assert (first.state, first.id) == (again.state, again.id)


def test_the_end_is_told_although_the_turn_that_closed_the_watch_died(baking: Shop) -> None:
    """A watch that is closed and whose end is not told stays among the open ones, and the next turn tells it."""
    ended(baking)
    baking.people.broken = dict.fromkeys(Channel, DOWN)
    crash(baking)
    assert watch_of(baking).closed
    assert [one.deployment_id for one in baking.table.open()] == [baking.release]
    baking.people.broken = {}
    baking.turn()
    assert states(baking) == [State.RELEASED]
    assert baking.table.open() == []
    assert baking.turn() is None


def test_the_end_is_tried_for_an_hour(baking: Shop) -> None:
    """An end that nobody can be told of is tried each minute; after an hour the watch rests."""
    ended(baking)
    baking.people.broken = {Channel.CHAT: DOWN}
    turns = 0
    while baking.turn() is not None:
        turns += 1
        baking.clock.wait(minutes=1)
    assert turns == 61
    assert (states(baking), states(baking, Channel.CHAT)) == ([State.RELEASED], [])
    assert baking.table.open() == []


@pytest.mark.parametrize("trouble", ["overtaken", "throttled"])
def test_a_turn_that_cannot_save_what_it_told_is_none_the_worse(diverging: Shop, trouble: str) -> None:
    """When another turn writes the watch meanwhile, or the table throttles, the next turn tells again, then no more."""

    def happens() -> None:
        if trouble == "overtaken":
            diverging.table.overtaken = 1
        else:
            diverging.table.fail("save", TemporaryError("throttled"), times=1)

    diverging.people.then = happens
    assert diverging.decide().decision is DecisionKind.ROLL_BACK
    diverging.people.then = lambda: None
    for _ in range(3):
        diverging.turn()
    assert states(diverging) == [State.ROLLING_BACK, State.ROLLING_BACK]
    assert len({one.id for one in diverging.people.on(Channel.TEXT)}) == 1


def test_what_another_turn_has_told_meanwhile_is_not_told_again(diverging: Shop) -> None:
    """The watch is read once more before anything is sent, so that a hook and a tick do not both tell."""
    record = diverging.decide()
    seen_before = watch_of(diverging).model_copy(update={"told": None})
    tell(seen_before, record, None, diverging.ports)
    assert states(diverging) == [State.ROLLING_BACK]
