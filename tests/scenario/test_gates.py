"""Releases held up before users see green, and the hook after the shift that is held, in whole rehearsals."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from guardian.decide import DecisionKind
from guardian.model import Finding, Mode
from guardian.record import DecisionRecord
from guardian_rehearsal.application import Application
from guardian_rehearsal.check import problems
from guardian_rehearsal.ending import Ending
from guardian_rehearsal.play import play
from guardian_rehearsal.scenario import End, Expected
from guardian_rehearsal.scenarios import scenario

Played = Callable[..., Ending]


def told(ending: Ending, words: str) -> list[DecisionRecord]:
    """The records whose notes hold these words."""
    return [one for one in ending.records if any(words in note for note in one.notes)]


@pytest.mark.parametrize(
    ("name", "hook"),
    [
        pytest.param("migration-failed", "BeforeInstall", id="migration"),
        pytest.param("schema-incompatible", "AfterAllowTestTraffic", id="health"),
        pytest.param("probe-wrong-answer", "AfterAllowTestTraffic", id="probe"),
    ],
)
def test_a_gate_fails_the_first_hook_that_can_know(name: str, hook: str, played: Played) -> None:
    """The hook that failed in CodeDeploy is the one that decided; StopDeployment is never needed."""
    ending = played(name)
    assert ending.decided is not None
    assert (ending.aws.failed_in, ending.decided.trigger.detail) == (hook, hook)
    assert (ending.aws.stops, ending.decided.actions) == (0, ())


def test_both_hooks_ask_the_listener_that_is_theirs(played: Played) -> None:
    """The health page and the probes pass before users see green, at the test listener, and after the shift again."""
    passed = told(played("probes"), 'health page of green is fine, version "2"')
    assert [one.trigger.detail for one in passed] == ["AfterAllowTestTraffic", "AfterAllowTraffic"]
    assert all(told(replace(played("probes"), records=(one,)), "5 times well") for one in passed)


def test_what_cannot_be_reached_is_noted_in_the_hook_that_asked(played: Played) -> None:
    """A handshake that never ends leaves the hook to pass, and its record says so."""
    (record,) = told(played("probe-tls-hangs"), "unknown and fails nothing")
    assert record.trigger.detail == "AfterAllowTestTraffic"
    assert record.decision is not DecisionKind.ROLL_BACK


def test_in_mode_observe_a_gate_only_says_what_it_would_do() -> None:
    """A green whose schema does not fit is released, and the record says that it would have been failed."""
    watched = replace(
        scenario("schema-incompatible"), mode=Mode.OBSERVE,
        expected=Expected(End.RELEASED, seen=frozenset({Finding.DIVERGED}), would=DecisionKind.ROLL_BACK),
        config=scenario("probes").config,
    )  # fmt: skip
    assert problems(play(watched)) == []


def test_a_held_hook_fails_in_the_minute_of_the_decision(played: Played) -> None:
    """Green dies two minutes after it got everybody: five minutes later the hook has its answer, not after twenty."""
    ending = played("held-hook")
    (record,) = told(ending, "AfterAllowTraffic was answered Failed")
    assert ending.decided is not None
    assert record.at == ending.decided.at
    assert 2 < ending.aws.held < 8


def test_a_held_hook_is_held_by_every_turn_until_its_time(played: Played) -> None:
    """Each minute's record says until when it is held; the first turn after that time answers, once."""
    ending = played("held-hook-passed")
    held = told(ending, "AfterAllowTraffic is held until")
    (answered,) = told(ending, "AfterAllowTraffic was answered Succeeded")
    assert len(held) >= 9
    assert answered.at > held[-1].at
    assert 10 <= ending.aws.held < 12


def test_a_seed_repeats_a_rehearsal_with_listeners_but_for_the_policys_digest() -> None:
    """Only the ports differ from one rehearsal to the next, and of them a record knows no more than the digest."""
    first, second = (play(scenario("wrong-colour"), 7) for _ in range(2))
    assert [one.model_copy(update={"policy_digest": ""}) for one in first.records] == [
        one.model_copy(update={"policy_digest": ""}) for one in second.records
    ]
    assert len(first.records) > 1


def test_a_probe_that_leaves_something_behind_is_a_problem() -> None:
    """With the deleting step taken out of the policy the rehearsal says what is left."""
    gates = scenario("probes").policy["gates"]
    careless = replace(
        scenario("probe-wrong-answer"), application=Application(loses="city"),
        policy={"gates": {**gates, "probes": gates["probes"][:2]}},
    )  # fmt: skip
    assert problems(play(careless)) == ["the probes left 1 customers behind"]
