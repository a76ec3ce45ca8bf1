"""The queries that the template saves, run over the lines of rehearsals."""

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

import pytest
from guardian_fakes.insights import NotUnderstoodError, ask, events, fields_of
from guardian_fakes.rehearsals import played

from guardian.decide import LOUD
from guardian.model import Finding
from guardian_rehearsal.ending import Ending
from guardian_rehearsal.play import play
from guardian_rehearsal.scenario import End, Expected, Refusal, Scenario
from guardian_rehearsal.template import load_template

RESOURCES = load_template()["Resources"]
SAVED = {
    name: one["Properties"] for name, one in RESOURCES.items() if one["Type"] == "AWS::Logs::QueryDefinition"
}
EXAMPLE = "d-ABCDEF123"
"""The id that stands in a saved query for whoever asks to put another one there."""
TIMEOUT = "2026-11-20T12:00:00Z 6f4c Task timed out after 60.00 seconds"
"""What Lambda itself writes when a function takes too long (Lambda developer guide)."""
TAGGED = "environment"
"""Written where a line speaks of one colour."""


@cache
def crippled() -> Ending:
    """A good release during which DynamoDB refuses to read, from green's minute 3 until minute 8."""
    refusal = Refusal("dynamodb", "GetItem", "AccessDeniedException", "no", first=3, last=8)
    return play(Scenario("crippled", "GetItem is refused", Expected(End.RELEASED), refusals=(refusal,)))


def asked(name: str, lines: Sequence[str], deployment_id: str = EXAMPLE) -> list[dict[str, Any]]:
    return ask(SAVED[name]["QueryString"].replace(EXAMPLE, deployment_id), lines)


def all_lines() -> list[str]:
    """Return lines of every kind: a rollback, a mode that holds back, errors."""
    return [line for one in (played("latency"), played("observe"), crippled()) for line in one.log]


@pytest.mark.parametrize("name", SAVED)
def test_every_field_that_a_query_names_is_in_the_lines(name: str) -> None:
    """A field that is renamed in the log is missed here and not at three in the morning."""
    present = {field for event in events(all_lines()) for field in event}
    assert fields_of(SAVED[name]["QueryString"]) - present == set()


@pytest.mark.parametrize("name", SAVED)
def test_a_query_is_limited_and_looks_into_logs_of_guardian(name: str) -> None:
    """Each query says how many rows it gives, has a name in the stack's folder, and asks log groups of the template."""
    saved = SAVED[name]
    assert saved["QueryString"].rpartition("| limit ")[2].isdigit()
    assert saved["Name"]["Fn::Sub"].startswith("${AWS::StackName}/")
    groups = [one["Ref"] for one in saved["LogGroupNames"]]
    assert groups
    assert {RESOURCES[one]["Type"] for one in groups} == {"AWS::Logs::LogGroup"}


def test_errors_are_looked_for_in_every_log() -> None:
    """The query for errors knows each log group of the template."""
    groups = {name for name, one in RESOURCES.items() if one["Type"] == "AWS::Logs::LogGroup"}
    assert {one["Ref"] for one in SAVED["ErrorsOfGuardian"]["LogGroupNames"]} == groups


def test_the_story_of_one_deployment_is_every_decision_in_order() -> None:
    """The sentences come as they were recorded, oldest first, with what was decided at which weight."""
    ending = played("latency")
    rows = asked("StoryOfADeployment", ending.log, ending.deployment_id)
    told = [row for row in rows if "decision.decision" in row]
    own = [one for one in ending.records if one.deployment_id == ending.deployment_id]
    assert [row["message"] for row in told] == [one.sentence for one in own]
    assert [row["decision.decision"] for row in told] == [one.decision for one in own]
    assert [row.get("decision.weight", 0) for row in told] == pytest.approx([one.weight for one in own])
    assert asked("StoryOfADeployment", ending.log) == []


@pytest.mark.parametrize("name", ["latency", "observe", "healthy"])
def test_decisions_that_were_not_fine_are_found(name: str) -> None:
    """Each loud decision is found once, newest first, also what a mode held back; a good release has none."""
    ending = played(name)
    loud = [one for one in ending.records if one.decision in LOUD or one.would is not None]
    rows = asked("DecisionsNotFine", ending.log)
    assert [row["message"] for row in rows] == [one.sentence for one in reversed(loud)]
    assert bool(rows) is (name != "healthy")


def test_blind_turns_are_found() -> None:
    """Turns that saw nothing to judge are found with their sentence and their service; the end of a watch is none."""
    ending = played("throttled")
    blind = [
        one
        for one in ending.records
        if one.verdict is Finding.NO_DATA and one.decision not in ("proceed", *LOUD)
    ]
    rows = asked("BlindTurns", ending.log)
    assert blind
    assert [row["message"] for row in rows] == [one.sentence for one in reversed(blind)]
    assert {row["decision.service.application"] for row in rows} == {blind[0].service.application}


def test_turns_are_counted_by_service_and_decision() -> None:
    """The counts of all decisions add up to all turns, the commonest first."""
    ending = played("latency")
    rows = asked("TurnsByDecision", ending.log)
    counted = {row["decision.decision"]: row["turns"] for row in rows}
    for kind in {one.decision for one in ending.records}:
        assert counted[kind] == sum(one.decision == kind for one in ending.records)
    assert [row["turns"] for row in rows] == sorted(counted.values(), reverse=True)


def test_errors_of_guardian_are_found() -> None:
    """What a function logs as an error is found with its exception, and so is a timeout that Lambda itself reports."""
    ending = crippled()
    errors = [line for line in ending.log if json.loads(line).get("level") == "ERROR"]
    rows = asked("ErrorsOfGuardian", [*ending.log, TIMEOUT])
    assert errors
    assert len(rows) == len(errors) + 1
    assert {row["exception_name"] for row in rows if "exception_name" in row} == {"AwsRefusedError"}
    assert asked("ErrorsOfGuardian", played("healthy").log) == []


def test_lines_of_a_colour_are_found() -> None:
    """Lines that are tagged with a colour are found, blue's before green's, and no other."""
    lines = all_lines()
    green, blue = (json.dumps({"message": "m", TAGGED: colour}) for colour in ("green", "blue"))
    tagged = [line for line in lines if json.loads(line).get(TAGGED) in ("blue", "green")]
    rows = asked("LinesByColour", [*lines, green, '{"environment": "test"}', blue])
    assert len(rows) == min(len(tagged) + 2, 1000)
    assert [row["environment"] for row in rows] == sorted(row["environment"] for row in rows)


@pytest.mark.parametrize(
    "query",
    [
        "parse @message 'x'",
        "filter level > 3",
        "filter level",
        "sort level",
        "stats avg(x) by y",
        "fields a + b",
    ],
)
def test_what_the_interpreter_does_not_know_is_refused(query: str) -> None:
    """A query with anything else in it fails, so that no test passes on a guess."""
    with pytest.raises((NotUnderstoodError, ValueError)):
        ask(query, ['{"level": 1}'])


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ('level = "ERROR"', [1]),
        ('level != "ERROR"', [0, 2]),
        ('level in ["INFO", "ERROR"]', [0, 1]),
        ("ispresent(a.b)", [0]),
        ("not ispresent(level)", [2]),
        ("a.c.1 = 7", [0]),
        ('a.b = 1 and (level = "ERROR" or level = "INFO")', [0]),
        ('a.b = 1 or level = "ERROR" and a.b = 2', [0]),
        ("@message like /timed|out/", [2]),
    ],
)
def test_the_interpreter_filters_as_the_user_guide_says(condition: str, found: list[int]) -> None:
    """Comparisons, lists, presence, patterns and their combinations; `and` binds closer than `or`."""
    lines = ['{"level": "INFO", "a": {"b": 1, "c": [6, 7]}}', '{"level": "ERROR"}', "timed out"]
    rows = ask(f"fields @timestamp\n| filter {condition}", lines)
    assert [row["@timestamp"] for row in rows] == found
