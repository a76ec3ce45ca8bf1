"""Every rehearsal explained: it ends as AWS says, the sentence has everything, and its turns judge the same again."""

import re
from collections.abc import Callable

import pytest
from guardian_fakes.rehearsals import recorded

from guardian_console.answers import State
from guardian_console.rejudge import first_difference, judged_a_minute, rejudged
from guardian_console.story import story_of
from guardian_console.turning_points import Kind
from guardian_rehearsal.check import end_of
from guardian_rehearsal.ending import Ending
from guardian_rehearsal.scenario import End
from guardian_rehearsal.scenarios import SCENARIOS

Played = Callable[..., Ending]
NAMES = [one.name for one in SCENARIOS]

STATES = {
    End.RELEASED: {State.WATCHING, State.LOOK, State.ESCALATED, State.HELD_BACK, State.ENDED},
    End.ROLLED_BACK: {State.ROLLED_BACK},
    End.ROLLED_BACK_BY_CODEDEPLOY: {State.ENDED},
    End.SWAPPED: {State.ROLLED_BACK},
    End.ROLLED_BACK_FOR_GUARDIAN: {State.ROLLED_BACK},
    End.REFUSED: {State.HOOK_FAILED},
    End.REFUSED_WHILE_HELD: {State.ROLLED_BACK},
}
"""How the story may stand, by how AWS says that it ended."""

WHOLE = re.compile(
    r"^Rolled back at \d+%: .+; .*listener 100% on blue.*, \d+ s after the decision; "
    r"at least [\d,]+ requests reached green\.$"
)
"""The sentence of a rollback: weight, reason, what AWS did, how long until traffic was back, requests on green."""
JUDGED = re.compile(r"\([+-]?[\d.]+ ?%.*limit .+\) over \d+ minutes?")
"""The reason of one that statistics convicted: the number, the limit, the window; the sample is beside them."""


@pytest.mark.parametrize("name", NAMES)
def test_the_story_ends_as_aws_says(name: str, played: Played) -> None:
    """Rolled back, released or failed by a hook: the answers say what AWS says afterwards, from the records alone."""
    ending = played(name)
    story, end = story_of(recorded(ending)), end_of(ending.aws)
    assert end is not None
    assert story.answers.state in STATES[end]
    assert story.answers.is_over is (
        story.answers.state in (State.ROLLED_BACK, State.HOOK_FAILED, State.ENDED)
    )
    assert story.points[0].kind is Kind.WATCHED
    assert [one.record for one in story.turns] == [one.id for one in ending.stored]


@pytest.mark.parametrize("name", NAMES)
def test_the_sentence_of_a_rollback_has_everything(name: str, played: Played) -> None:
    """Weight, reason, action, time until traffic was back, requests on green; and of statistics the numbers."""
    acted = [one for one in played(name).stored if one.actions]
    if not acted:
        return
    assert WHOLE.match(acted[-1].sentence), acted[-1].sentence
    if "needed" in acted[-1].sentence:
        assert JUDGED.search(acted[-1].sentence), acted[-1].sentence


@pytest.mark.parametrize("name", NAMES)
def test_every_turn_judges_the_same_again(name: str, played: Played) -> None:
    """Records, history and policy alone give each record again, sentence included, to the byte."""
    recording = recorded(played(name))
    policy = recording.tape.policy if recording.tape else None
    assert policy is not None
    again = list(rejudged(recording, lambda _: policy))
    assert len(again) == sum(map(judged_a_minute, recording.records))
    assert first_difference(again) is None
