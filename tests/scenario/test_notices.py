"""What people and pipelines heard of whole deployments, through subscriptions and a rule."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from guardian.decide import DecisionKind
from guardian.record import DecisionRecord
from guardian_rehearsal.ending import Ending
from guardian_rehearsal.play import play
from guardian_rehearsal.scenario import End, Refusal
from guardian_rehearsal.scenarios import SCENARIOS, scenario
from guardian_rehearsal.template import ROOT

Played = Callable[..., Ending]
NAMES = [one.name for one in SCENARIOS]
LOUD = {DecisionKind.NOTIFY, DecisionKind.ESCALATE, DecisionKind.ROLL_BACK}
UNDONE = {
    End.ROLLED_BACK, End.ROLLED_BACK_BY_CODEDEPLOY, End.ROLLED_BACK_FOR_GUARDIAN, End.SWAPPED, End.REFUSED,
    End.REFUSED_WHILE_HELD,
}  # fmt: skip
SCHEMA = json.loads((ROOT / "docs/schemas/notice.schema.json").read_text(encoding="utf-8"))
MARKUP = {"\u200b": "", "&lt;": "<", "&gt;": ">", "&amp;": "&"}


def details(ending: Ending) -> list[dict[str, Any]]:
    """Return the details of the events that a rule heard, oldest first."""
    return [json.loads(one.message)["detail"] for one in ending.notices if one.channel == "event"]


def states(ending: Ending) -> list[str]:
    return [one["state"] for one in details(ending)]


def loud(ending: Ending) -> Iterator[DecisionRecord]:
    return (one for one in ending.records if one.decision in LOUD)


def plain(words: str) -> str:
    for marked, read in MARKUP.items():
        words = words.replace(marked, read)
    return words


@pytest.mark.parametrize("name", NAMES)
def test_everybody_hears_the_same_once(name: str, played: Played) -> None:
    """Texts, cards and events tell the same states in the same order, and no id comes twice."""
    ending = played(name)
    heard = {
        channel: [one for one in ending.notices if one.channel == channel] for channel in ("text", "chat")
    }
    ids = [one["id"] for one in details(ending)]
    assert len(set(ids)) == len(ids)
    assert [one.attributes["notice"] for one in heard["text"]] == ids
    assert [json.loads(one.message)["id"] for one in heard["chat"]] == ids


@pytest.mark.parametrize("name", NAMES)
def test_the_numbers_are_those_of_the_record(name: str, played: Played) -> None:
    """Text, card and event each hold the sentence of the record that they name, to the letter."""
    ending = played(name)
    records = {one.id: one for one in ending.records}
    texts, cards = ([one for one in ending.notices if one.channel == way] for way in ("text", "chat"))
    for detail, text, card in zip(details(ending), texts, cards, strict=True):
        sentence = records[detail["record"]].sentence
        assert detail["sentence"] == sentence
        assert text.message.splitlines()[0] == sentence
        assert plain(json.loads(card.message)["content"]["description"]) == sentence


@pytest.mark.parametrize("name", NAMES)
def test_no_state_is_told_twice_in_a_row(name: str, played: Played) -> None:
    """Each notice differs from the one before in state, in what would have been, or in the signal."""
    told = [tuple(one.get(key) for key in ("state", "would", "signal")) for one in details(played(name))]
    assert [(one, next_) for one, next_ in pairwise(told) if one == next_] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_decision_other_than_fine_was_told(name: str, played: Played) -> None:
    """Each loud decision has a notice with its decision and what it would have been, not later than its turn."""
    ending = played(name)
    told = [(one["at"], one["decision"], one.get("would")) for one in details(ending)]
    untold = [
        one.id
        for one in loud(ending)
        if not any(
            (decision, would) == (one.decision, one.would) and at <= one.model_dump(mode="json")["at"]
            for at, decision, would in told
        )
    ]
    assert untold == []


@pytest.mark.parametrize("name", NAMES)
def test_every_event_fits_the_published_schema(name: str, played: Played) -> None:
    """The detail of each event is what docs/schemas/notice.schema.json says."""
    for detail in details(played(name)):
        Draft202012Validator(SCHEMA).validate(detail)


@pytest.mark.parametrize("name", [one.name for one in SCENARIOS if one.expected.end in UNDONE])
def test_a_rollback_is_told_to_its_end(name: str, played: Played) -> None:
    """Whatever was undone was told to be rolled back exactly once, last, and to be over."""
    told = details(played(name))
    assert [one["state"] for one in told].count("rolled_back") == 1
    assert [one["state"] for one in told].count("rolling_back") <= 1
    assert (told[-1]["state"], told[-1]["over"]) == ("rolled_back", True)


@pytest.mark.parametrize(
    "name", ["healthy", "cpu-unseen", "throttled", "probes", "observe", "held-hook-passed"]
)
def test_a_release_that_goes_well_tells_nothing_while_it_is_watched(name: str, played: Played) -> None:
    """Nobody is told anything before the bake is over; in mode observe not even of a sick one."""
    assert played(name).notices == ()


def test_a_release_that_went_well_tells_its_end() -> None:
    """When the bake is over everybody hears once that it was released, and that Guardian no longer watches."""
    short = replace(scenario("healthy"), policy={"bake": {"hours": 0.1}}, watched=8)
    ending = play(short)
    assert [(one.channel) for one in ending.notices] == ["text", "chat", "event"]
    (detail,) = details(ending)
    assert (detail["state"], detail["over"], detail["weight"]) == ("released", True, 1.0)
    assert ending.records[-1].sentence == detail["sentence"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("latency", ["rolling_back", "rolled_back"]),
        ("errors", ["notify", "rolling_back", "rolled_back"]),
        ("one-error", ["notify", "fine"]),
        ("stop-denied", ["failed", "rolling_back", "rolled_back"]),
        ("paused", ["notify", "rolling_back", "rolled_back"]),
        ("contracted", ["notify", "escalate"]),
        ("migration-failed", ["rolling_back", "rolled_back"]),
    ],
)
def test_the_story_in_states(name: str, expected: list[str], played: Played) -> None:
    """What people hear, state by state."""
    assert states(played(name)) == expected


def test_a_call_for_a_person_names_the_runbook(played: Played) -> None:
    """Who is woken because blue would crash on the schema finds the steps in the text."""
    text = [one for one in played("contracted").notices if one.channel == "text"][-1]
    assert text.subject.startswith("A person must act: ")
    for part in (
        "- fix forward if you can",
        "- aws rds restore-db-instance-from-db-snapshot",
        "Report: guardian report",
    ):
        assert part in text.message


def test_a_denied_permission_stops_no_turn_and_is_an_alarm() -> None:
    """Without sns:Publish the rollback is done as ever; the log says what is missing, and events still go out."""
    denied = Refusal("sns", "Publish", "AuthorizationError", "not authorized to perform: SNS:Publish", 0, 90)
    ending = play(replace(scenario("latency"), refusals=(denied,)))
    assert ending.aws.stops == 1
    assert states(ending) == ["rolling_back", "rolled_back"]
    assert {one.channel for one in ending.notices} == {"event"}
    lines = [json.loads(line) for line in ending.log if "people could not be told" in line]
    assert {one["channel"] for one in lines} == {"text", "chat"}
    assert "sns:Publish" in lines[0]["reason"]
    assert ending.failures == ()
