"""A rehearsal that did not end as it must is called so."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import pytest

from guardian.decide import DecisionKind
from guardian.model import Finding
from guardian_rehearsal.check import end_of, problems
from guardian_rehearsal.ending import Ending
from guardian_rehearsal.play import play
from guardian_rehearsal.readback import AlarmChange, AwsSays
from guardian_rehearsal.scenario import End, Expected
from guardian_rehearsal.scenarios import scenario


@cache
def sick() -> Ending:
    return play(scenario("errors"), seed=1)


def says(**changes: object) -> AwsSays:
    back_on_blue = AwsSays(
        "Stopped", "MANUAL_STOP", "", "d-1", "codeDeployRollback", "Succeeded", {"blue": 1.0, "green": 0.0}, 1
    )
    return replace(back_on_blue, **changes)  # type: ignore[arg-type]


def refused(hook: str, **changes: object) -> AwsSays:
    failed = {"status": "Failed", "code": "HOOK_EXECUTION_FAILURE", "stops": 0, "failed_in": hook}
    return says(**{**failed, **changes})


@pytest.mark.parametrize(
    ("aws", "end"),
    [
        pytest.param(says(), End.ROLLED_BACK, id="stopped once"),
        pytest.param(
            says(code="ALARM_ACTIVE", stops=0), End.ROLLED_BACK_BY_CODEDEPLOY, id="nobody asked for the stop"
        ),
        pytest.param(says(code="ALARM_ACTIVE"), End.ROLLED_BACK_FOR_GUARDIAN, id="an alarm did, asked in vain"),
        pytest.param(says(stops=0), None, id="stopped by hand"),
        pytest.param(says(stops=2), None, id="stopped twice"),
        pytest.param(says(weights={"blue": 0.9, "green": 0.1}), None, id="green keeps some traffic"),
        pytest.param(says(rollback_status="InProgress"), None, id="rollback under way"),
        pytest.param(says(rollback_creator="user"), None, id="somebody else's rollback"),
        pytest.param(
            says(status="Succeeded", rollback_id=None, weights={"blue": 0.0, "green": 1.0}, stops=0),
            End.RELEASED, id="released",
        ),
        pytest.param(says(status="Succeeded", weights={"blue": 0.0, "green": 1.0}), None, id="released after a stop"),
        pytest.param(refused("AfterAllowTestTraffic"), End.REFUSED, id="a hook failed before users"),
        pytest.param(
            refused("BeforeInstall", rollback_id=None, rollback_creator=None, rollback_status=None),
            End.REFUSED, id="failed with nothing to undo",
        ),
        pytest.param(
            refused("AfterInstall", rollback_id=None, rollback_creator=None, rollback_status=None),
            None, id="failed and not undone",
        ),
        pytest.param(refused("AfterAllowTraffic"), End.REFUSED_WHILE_HELD, id="the last hook failed"),
        pytest.param(refused("AfterAllowTraffic", stops=1), End.REFUSED_WHILE_HELD, id="stopped in vain as well"),
        pytest.param(refused("AfterAllowTraffic", rollback_status="InProgress"), None, id="its rollback under way"),
        pytest.param(refused("AfterAllowTestTraffic", stops=1), None, id="failed and stopped"),
        pytest.param(refused("Install", code="TIMEOUT"), None, id="failed without a hook"),
        pytest.param(refused("AfterInstall", weights={"blue": 0.5, "green": 0.5}), None, id="green has users"),
    ],
)  # fmt: skip
def test_the_end_is_what_aws_says(aws: AwsSays, end: End | None) -> None:
    """Status, rollback, weights and the number of stops together make an end; anything else is none."""
    assert end_of(aws) is end


def test_a_rehearsal_that_ends_as_it_must_has_no_problem() -> None:
    """The errors scenario as it stands."""
    assert problems(sick()) == []


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        pytest.param({"end": End.RELEASED}, "should end released", id="another end"),
        pytest.param(
            {"signals": frozenset({"cpu"})}, "should rest on cpu, it rests on errors_5xx", id="another signal"
        ),
        pytest.param(
            {"seen": frozenset({Finding.NO_DATA, Finding.HEALTHY, Finding.DIVERGED})}, "", id="all seen"
        ),
        pytest.param(
            {"unseen": frozenset({Finding.DIVERGED})}, "diverged came and must not", id="a verdict too many"
        ),
        pytest.param({"by_minute": 1}, "must be by minute 1", id="too late"),
        pytest.param(
            {"would": DecisionKind.ESCALATE}, "no record says that it would escalate", id="nothing held back"
        ),
    ],
)
def test_each_expectation_can_fail(wanted: dict[str, object], problem: str) -> None:
    """What does not hold is named in a sentence; a verdict that never came is one of them."""
    expected = replace(sick().scenario.expected, **wanted)  # type: ignore[arg-type]
    found = problems(replace(sick(), scenario=replace(sick().scenario, expected=expected)))
    if problem:
        assert any(problem in one for one in found)
    else:
        assert all("never came" in one for one in found)


def test_a_handler_that_failed_is_a_problem() -> None:
    """Even if all else is well."""
    assert problems(replace(sick(), failures=("guardian-Turn: boom",))) == [
        "a handler failed: guardian-Turn: boom"
    ]


@pytest.mark.parametrize(
    ("rings", "state", "problem"),
    [
        pytest.param({"w"}, "ALARM", [], id="rang as it must"),
        pytest.param(set(), "OK", [], id="quiet"),
        pytest.param(set(), "ALARM", ["the alarm w rang at 09:07 and must not: no turns"], id="rang"),
        pytest.param({"w"}, "OK", ["the alarm w never rang"], id="never rang"),
    ],
)
def test_an_alarm_on_guardian_rings_only_where_it_must(
    rings: set[str], state: str, problem: list[str]
) -> None:
    """One that rings unasked is a problem, and so is one that stays silent where the scenario wants it."""
    change = AlarmChange("w", datetime(2026, 3, 2, 9, 7, tzinfo=UTC), state, "no turns")
    expected = replace(sick().scenario.expected, rings=frozenset(rings))
    ending = replace(sick(), alarms=(change,), scenario=replace(sick().scenario, expected=expected))
    assert problems(ending) == problem


@pytest.mark.parametrize(
    ("wanted", "changes", "problem"),
    [
        pytest.param(
            {"end": End.REFUSED}, {"decided": None}, "no record says that a hook was to fail", id="unanswered"
        ),
        pytest.param(
            {"end": End.REFUSED},
            {"green_requests": 7.0},
            "7 requests of users reached a green",
            id="users saw it",
        ),
        pytest.param(
            {"held": 10}, {}, "answered after 0 minutes, must be held for 10", id="answered too soon"
        ),
        pytest.param(
            {"customers": 2}, {"customers": 1}, "should create 2 customers, they created 1", id="too few"
        ),
        pytest.param(
            {"customers": 1}, {"customers": 1, "left": 1}, "left 1 customers behind", id="left behind"
        ),
    ],
)
def test_what_hooks_did_is_checked(
    wanted: dict[str, object], changes: dict[str, object], problem: str
) -> None:
    """Whether one was failed on purpose, how long it was held, and what its probes made and left."""
    expected = replace(sick().scenario.expected, **wanted)  # type: ignore[arg-type]
    ending = replace(sick(), **changes, scenario=replace(sick().scenario, expected=expected))  # type: ignore[arg-type]
    assert any(problem in one for one in problems(ending))


def test_an_end_without_verification_is_a_problem() -> None:
    """A rollback that Guardian never saw through does not count, whatever AWS says."""
    first = tuple(one for one in sick().records if not one.actions)
    found = problems(replace(sick(), records=first))
    assert "no record says that the rollback was verified" in found


def test_an_expectation_of_nothing_holds() -> None:
    """An end alone can be expected."""
    alone = replace(sick().scenario, expected=Expected(End.ROLLED_BACK))
    assert problems(replace(sick(), scenario=alone)) == []
