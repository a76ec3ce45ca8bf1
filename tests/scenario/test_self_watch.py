"""Guardian watched by its own metrics: who rings when it cannot act, when it is dead, and when all is well."""

import json
from datetime import datetime, timedelta
from functools import cache

import pytest
from guardian_fakes.rehearsals import played

from guardian.actions import Outcome
from guardian.model import Finding
from guardian_rehearsal.check import problems
from guardian_rehearsal.emulator.cloudwatch.embedded import embedded
from guardian_rehearsal.ending import Ending
from guardian_rehearsal.play import play
from guardian_rehearsal.scenario import End, Expected, Refusal, Scenario
from guardian_rehearsal.stage import BEGIN
from guardian_rehearsal.world import ROLLBACK_ALARM

UNATTENDED = "guardian-WatchUnattended"
SHIFT_BEGAN = BEGIN + timedelta(minutes=2)
"""When green gets its first traffic in every rehearsal, to the minute."""
DENIED = "User: guardian is not authorized to perform this"


@cache
def crippled(operation: str) -> Ending:
    """A good release during which DynamoDB refuses one operation, from green's minute 3 until minute 14."""
    refusal = Refusal("dynamodb", operation, "AccessDeniedException", DENIED, first=3, last=14)
    return play(Scenario("crippled", f"{operation} is refused", Expected(End.RELEASED), refusals=(refusal,)))


def rollback_needed(ending: Ending) -> list[float]:
    """Return what the functions published as RollbackNeeded of the service, oldest first."""
    found = (one for line in ending.log for one in embedded(line) if one.key.name == "RollbackNeeded")
    return [value for one in sorted(found, key=lambda one: one.second) for value in one.values]


def rang(ending: Ending, alarm: str) -> list[datetime]:
    """Return when the alarm rang."""
    return [one.at for one in ending.alarms if (one.alarm, one.state) == (alarm, "ALARM")]


def test_codedeploy_rolls_back_what_guardian_may_not_stop() -> None:
    """The group's alarm on RollbackNeeded rings within two minutes of the decision, and CodeDeploy names it."""
    ending = played("stop-denied")
    assert problems(ending) == []
    assert ending.decided is not None
    (when,) = rang(ending, ROLLBACK_ALARM)
    assert timedelta(0) < when - ending.decided.at < timedelta(minutes=2)
    assert ROLLBACK_ALARM in ending.aws.reason


def test_the_record_of_a_refused_stop_names_the_permission() -> None:
    """The deciding turn's record says that AWS refused, which permission is missing, and that a person must act."""
    decided = played("stop-denied").decided
    assert decided is not None
    assert [one.outcome for one in decided.actions] == [Outcome.FAILED]
    assert "codedeploy:StopDeployment is not allowed: add it to the function's role" in decided.sentence
    assert "a person must act" in decided.sentence


def test_the_rollback_by_alarm_is_seen_through_and_left_alone() -> None:
    """The rollback deployment is neither judged nor stopped, and the last record says that traffic is on blue."""
    ending = played("stop-denied")
    own = [one for one in ending.records if one.deployment_id == ending.deployment_id]
    undo = [one for one in ending.records if one.deployment_id == ending.aws.rollback_id]
    assert {one.verdict for one in undo} == {Finding.NO_DATA}
    assert ending.aws.stops == 1
    assert "listener 100% on blue" in own[-1].sentence
    assert "a person must act" not in own[-1].sentence


def test_rollback_needed_is_over_when_the_deployment_is() -> None:
    """The metric is 1 from the refused order on, 0 as soon as the deployment has stopped, and its alarm is quiet."""
    ending = played("stop-denied")
    values = rollback_needed(ending)
    first = values.index(1.0)
    assert set(values[:first]) == {0.0}
    assert values[-1] == 0.0
    assert [one.state for one in ending.alarms if one.alarm == ROLLBACK_ALARM] == ["OK", "ALARM", "OK"]


@pytest.mark.parametrize("name", ["latency", "dead-green", "observe", "codedeploy-rolls-back"])
def test_rollback_needed_stays_zero_where_nothing_is_refused(name: str) -> None:
    """Neither a stop that AWS takes, nor a mode that does not act, nor CodeDeploy's own rollback is a need."""
    assert set(rollback_needed(played(name))) == {0.0}


@pytest.mark.parametrize(
    ("operation", "minutes"),
    [
        pytest.param("GetItem", 6, id="the turn's function fails"),
        pytest.param("Query", 8, id="the tick's function fails"),
    ],
)
def test_a_dead_guardian_rings(operation: str, minutes: int) -> None:
    """An open watch without turns rings, and so does a tick that reports nothing; both are quiet again afterwards.

    A turn cannot begin without GetItem, a tick not without Query; what else runs, runs on. Silence takes two minutes
    longer: CloudWatch looks back further for data before it takes them for missing.
    """
    ending = crippled(operation)
    died, healed = (SHIFT_BEGAN + timedelta(minutes=minute) for minute in (3, 14))
    (when,) = rang(ending, UNATTENDED)
    assert died < when <= died + timedelta(minutes=minutes)
    after = [one for one in ending.alarms if one.alarm == UNATTENDED and one.at > when]
    assert [one.state for one in after] == ["OK"]
    assert healed <= after[0].at <= healed + timedelta(minutes=3)


@pytest.mark.parametrize("name", ["healthy", "latency", "throttled"])
def test_a_living_guardian_rings_nothing(name: str) -> None:
    """No alarm on Guardian itself rings, not the heartbeat either, which has seen data since the first minute."""
    ending = played(name)
    assert {one.state for one in ending.alarms} == {"OK"}
    assert {UNATTENDED, ROLLBACK_ALARM} <= {one.alarm for one in ending.alarms}


def test_every_decision_is_counted() -> None:
    """The installation's Turns are as many as the decisions, so the heartbeat counts what was really done."""
    ending = played("healthy")
    key = frozenset({("service", "guardian")})
    turns = [
        value
        for line in ending.log
        for one in embedded(line)
        if (one.key.name, one.key.dimensions) == ("Turns", key)
        for value in one.values
    ]
    assert (
        sum(turns)
        == len(ending.records)
        == len([line for line in ending.log if "decision" in json.loads(line)])
    )
