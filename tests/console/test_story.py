"""The story of a deployment: five answers, the turning points, and why each minute was or was not enough."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from guardian_fakes import CHECKOUT, Shop

from guardian.actions import Outcome
from guardian.errors import AwsRefusedError, TemporaryError
from guardian.model import Finding, Pause, Phase
from guardian.record import DecisionRecord
from guardian_console.answers import NOW, State
from guardian_console.recordings import Recording, origin_of
from guardian_console.story import Story, story_of, stretches
from guardian_console.tapes import tapes
from guardian_console.turning_points import Kind
from guardian_rehearsal.ending import Ending

Played = Callable[[str], Ending]


def told(records: tuple[DecisionRecord, ...]) -> Story:
    """Tell the records of one deployment."""
    return story_of(Recording(records[-1].deployment_id, records))


def told_of(shop: Shop) -> Story:
    """Tell what the ledger has of a shop's release."""
    return told(tuple(shop.records))


def kinds(story: Story) -> list[Kind]:
    return [one.kind for one in story.points]


@pytest.fixture
def shop() -> Shop:
    """A release whose green is installed and has half of the traffic, in mode enforce."""
    shop = Shop()
    shop.policies.put(CHECKOUT, mode="enforce")
    shop.codedeploy.create(CHECKOUT, shop.release)
    shop.codedeploy.begin(shop.release)
    shop.turn()
    shop.shift(0.5)
    return shop


def turns(shop: Shop, count: int) -> None:
    """Let minutes pass with one turn in each."""
    for _ in range(count):
        shop.minutes(1)
        shop.turn()


# The five answers


def test_a_rollback_answers_in_the_records_own_words(played: Played) -> None:
    """What, when, why and whether it is over are the last and the deciding record's, word for word."""
    records = played("latency").stored
    answers, decided = told(records).answers, next(one for one in records if one.actions)
    assert (answers.state, answers.is_over) == (State.ROLLED_BACK, True)
    assert answers.happened == records[-1].sentence
    assert f"{decided.at:%Y-%m-%d %H:%M:%S} UTC, minute {decided.minute} of" in answers.when
    assert answers.when.endswith("at 20%")
    assert decided.actions[0].reason in answers.why
    assert decided.why in answers.why
    assert records[-1].actions[0].detail in answers.over
    assert any("blue serves" in step for step in answers.now)


@pytest.mark.parametrize(
    ("count", "state", "over"),
    [(11, State.ROLLING_BACK, False), (10, State.WATCHING, False), (1, State.WATCHING, False)],
    ids=["asked", "not-yet", "just-seen"],
)
def test_the_answers_are_those_of_the_moment(played: Played, count: int, state: State, over: bool) -> None:
    """While AWS has not been seen to have done it, it is not over."""
    answers = told(played("latency").stored[:count]).answers
    assert (answers.state, answers.is_over) == (state, over)


def test_a_hook_that_failed_is_told_with_the_end_that_followed(played: Played) -> None:
    """A release that a hook stopped has no action; what CodeDeploy made of it is told with it."""
    records = played("migration-failed").stored
    answers = told(records).answers
    assert (answers.state, answers.is_over) == (State.HOOK_FAILED, True)
    assert answers.happened == f"{records[0].sentence} {records[-1].sentence}"
    assert "no user has seen green" in answers.why


def test_a_rollback_that_codedeploy_made_for_guardian_is_over(played: Played) -> None:
    """A denied stop is told, then that it was done all the same, and how long that took."""
    story = told(played("stop-denied").stored)
    outcomes = [one.text.partition(":")[0] for one in story.points if one.kind is Kind.OUTCOME]
    assert outcomes == ["failed", "unverified", "already_done"]
    assert story.answers.state is State.ROLLED_BACK
    assert "75 s after the decision" in story.answers.over


def test_who_must_act_is_told_to_act(shop: Shop) -> None:
    """A stop that AWS refuses leaves it to a person, and the answers say so and how."""
    shop.errors = 0.2
    shop.codedeploy.fail("stop", AwsRefusedError("codedeploy:StopDeployment is not allowed"), times=9)
    turns(shop, 6)
    answers = told_of(shop).answers
    assert (answers.state, answers.is_over) == (State.NOT_ROLLED_BACK, False)
    assert answers.now[0].startswith("act")
    assert any(f"guardian rollback {shop.release}" in step for step in answers.now)
    assert "StopDeployment is not allowed" in answers.over


def test_a_decision_that_was_held_back_says_how_to_make_it(shop: Shop) -> None:
    """In mode notify a diverged green is told with the order that would roll it back."""
    shop.policies.put(CHECKOUT, mode="notify")
    shop.errors = 0.2
    turns(shop, 6)
    answers = told_of(shop).answers
    assert answers.state is State.HELD_BACK
    assert answers.happened.startswith("Would roll back at 50% in mode enforce")
    assert any("--confirm" in step for step in answers.now)


def test_a_blind_deployment_is_not_called_fine(shop: Shop) -> None:
    """While CloudWatch cannot be read, what now is to see why."""
    turns(shop, 5)
    shop.metrics.fail(
        "read", TemporaryError("cloudwatch:GetMetricData was answered with Throttling"), times=9
    )
    turns(shop, 2)
    story = told_of(shop)
    assert (story.answers.state, kinds(story)[-1]) == (State.BLIND, Kind.BLIND)
    assert "Throttling" in story.answers.happened


def test_the_end_of_the_bake_is_told_as_such(shop: Shop) -> None:
    """A watch that closes since the bake time is over says so, and with it that nothing is left to do."""
    shop.policies.put(CHECKOUT, mode="enforce", bake={"hours": 0.1})
    turns(shop, 4)
    shop.shift(1.0)
    turns(shop, 2)
    shop.codedeploy.end(shop.release)
    turns(shop, 8)
    story = told_of(shop)
    assert (kinds(story)[-1], story.answers.state, story.answers.is_over) == (
        Kind.BAKE_OVER,
        State.ENDED,
        True,
    )
    assert story.points[-1].text == story.answers.happened == shop.records[-1].sentence


def test_a_contracted_schema_hands_its_steps_on(played: Played) -> None:
    """An escalation after the contract keeps the runbook's steps beside the answers."""
    story = told(played("contracted").stored)
    assert story.answers.state is State.ESCALATED
    assert any(note.startswith("aws rds restore-db-instance") for note in story.answers.notes)
    assert "the deployment is contracted" in [one.text for one in story.points if one.kind is Kind.PHASE]


def test_every_state_has_its_line_for_three_in_the_morning() -> None:
    """docs/operations.md says what to do in each state that records can leave, and the command says it too."""
    page = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
    rows = "".join(re.findall(r"^\| (`.*?) \|", page, re.MULTILINE))
    assert {str(state) for state in State if state is not State.TAPE} <= set(re.findall(r"`(\w+)`", rows))
    assert set(NOW) == set(State)


# The turning points


def test_only_changes_are_turning_points(played: Played) -> None:
    """The shift, its steps, the verdict, the request and its outcomes are there once each, in order."""
    assert kinds(told(played("latency").stored)) == [
        Kind.WATCHED, Kind.SHIFT_BEGAN, Kind.WEIGHT, Kind.DIVERGED, Kind.ASKED, Kind.OUTCOME, Kind.WEIGHT, Kind.OUTCOME,
    ]  # fmt: skip


def test_every_step_of_the_weight_is_told(played: Played) -> None:
    """A linear shift has ten steps, and a quiet bake adds nothing to them but its phases."""
    story = told(played("healthy").stored)
    weights = [one.weight for one in story.points if one.kind in (Kind.SHIFT_BEGAN, Kind.WEIGHT)]
    assert weights == pytest.approx([step / 10 for step in range(1, 11)])
    assert len(story.points) < 16 < len(story.turns)


def test_a_pause_begins_and_ends(shop: Shop) -> None:
    """Who paused it until when and why is told once, and so is the end."""
    now = shop.clock.now()
    pause = Pause(by="anna", why="load test", at=now, until=now + timedelta(minutes=3))
    shop.pauses.set_pause(shop.release, pause)
    turns(shop, 5)
    story = told_of(shop)
    (paused,) = [one for one in story.points if one.kind is Kind.PAUSED]
    assert f"paused by anna until {pause.until:%Y-%m-%d %H:%M} UTC: load test" == paused.text
    assert kinds(story).count(Kind.RESUMED) == 1


def test_an_order_is_told_with_who_and_why(played: Played) -> None:
    """An ordered rollback begins with the order, and no verdict is told that nobody gave."""
    story = told(played("ordered").stored)
    (ordered,) = [one for one in story.points if one.kind is Kind.ORDERED]
    assert ordered.text == "anna ordered the rollback: customers cannot pay"
    assert Kind.DIVERGED not in kinds(story)


# Why it was or was not enough


def test_every_turn_says_whether_it_was_enough_and_what_was_left_out(played: Played) -> None:
    """Enough is what was judged healthy or worse; what a signal dropped stands with the signal and the reason."""
    records = played("latency").stored
    story = told(records)
    assert [one.record for one in story.turns] == [one.id for one in records]
    judged = {Finding.HEALTHY, Finding.INVESTIGATE, Finding.DIVERGED}
    assert all(one.enough is (one.verdict in judged) for one in story.turns)
    (first,) = [one for one in story.turns if one.minute == 2]
    assert first.enough is False
    assert "latency_p99: minute 0: green had 76 requests, 100 needed" in first.dropped


def test_turns_that_tell_the_same_are_one_stretch(played: Played) -> None:
    """Stretches hold every turn once, and none mixes verdicts, decisions, weights or phases."""
    story = told(played("healthy").stored)
    found = list(stretches(story.turns))
    assert sum(one.turns for one in found) == len(story.turns)
    assert len(found) < len(story.turns) / 1.5
    assert all((one.first.verdict, one.first.weight) == (one.last.verdict, one.last.weight) for one in found)
    assert found[0].first is story.turns[0]
    assert found[-1].last is story.turns[-1]


# A tape


def test_a_tape_tells_minutes_and_says_what_it_does_not_know(played: Played) -> None:
    """Without records the steps stand at their minutes, the verdict at its own, and whether it is over is unknown."""
    (tape,) = tapes((line.encode() for line in played("latency").tape), "a test")
    story = story_of(Recording(tape.header.id, history=(), tape=tape))
    steps = [(one.kind, one.minute) for one in story.points]
    assert steps == [(Kind.SHIFT_BEGAN, 0), (Kind.WEIGHT, 3), (Kind.DIVERGED, 4)]
    assert (story.answers.state, story.answers.is_over) == (State.TAPE, None)
    assert "limit +20%" in story.answers.happened
    assert all(one.at is None for one in story.turns)


def test_a_recording_of_nothing_is_told_as_nothing() -> None:
    """Neither records nor a tape: no turning point, no turn, and an answer that says so."""
    story = story_of(Recording("d-1"))
    assert (story.points, story.turns) == ((), ())
    assert "no minute" in story.answers.happened


def test_the_origin_is_the_start_of_greens_first_minute(played: Played) -> None:
    """The minutes of the records are counted from the minute in which green first had traffic."""
    records = played("latency").stored
    origin = origin_of(records)
    assert origin is not None
    shifting = next(one for one in records if one.phase is Phase.SHIFTING)
    assert origin == shifting.at.replace(second=0)
    assert origin_of(records[:2]) is None
    assert records[-1].actions[0].outcome is Outcome.DONE
