"""What AWS reports after a stop, and what change a decision asks for."""

from collections.abc import Callable
from datetime import datetime

import pytest

from guardian.actions import SETTLED, Aftermath, Outcome
from guardian.decide import ActionKind, Decision, DecisionKind
from guardian.intention import intention
from guardian.model import Deployment, Verdict
from guardian.verification import verify_stop as verify

DONE = Aftermath(status="Stopped", rollback_id="d-Z9Y8X7W6V", rollback_status="Succeeded", blue_weight=1.0)
STOP = Decision(kind=DecisionKind.ROLL_BACK, action=ActionKind.STOP_DEPLOYMENT, why="seconds, no data lost")


@pytest.mark.parametrize("status", ["Stopped", "Failed"])
@pytest.mark.parametrize(
    ("ours", "outcome"), [(True, Outcome.DONE), (False, Outcome.ALREADY_DONE)], ids=["ours", "not-ours"]
)
def test_done_means_all_three_are_seen(status: str, ours: bool, outcome: Outcome) -> None:
    """Done is a stopped deployment, a rollback that succeeded and a listener wholly on blue; whose stop is said."""
    found, detail = verify(DONE.model_copy(update={"status": status}), ours=ours)
    assert found is outcome
    assert status in detail
    assert "d-Z9Y8X7W6V" in detail


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"status": "InProgress"}, "still InProgress"),
        ({"status": "Baking"}, "still Baking"),
        ({"rollback_id": None, "rollback_status": None}, "no rollback deployment has appeared"),
        ({"rollback_status": "InProgress"}, "d-Z9Y8X7W6V is InProgress"),
        ({"rollback_status": "Failed"}, "d-Z9Y8X7W6V is Failed"),
        ({"blue_weight": 0.9}, "90% at the listener"),
        ({"blue_weight": 0.0}, "0% at the listener"),
    ],
    ids=["in-progress", "baking", "no-rollback", "rolling", "rollback-failed", "partly-back", "on-green"],
)
@pytest.mark.parametrize("ours", [True, False], ids=["ours", "not-ours"])
def test_anything_less_is_unverified(change: dict[str, object], words: str, ours: bool) -> None:
    """While one of the three is missing the rollback is not called done, and what is missing is said."""
    outcome, detail = verify(DONE.model_copy(update=change), ours=ours)
    assert outcome is Outcome.UNVERIFIED
    assert words in detail
    assert outcome not in SETTLED


@pytest.mark.parametrize("ours", [True, False], ids=["ours", "not-ours"])
def test_a_deployment_that_succeeded_is_too_late(ours: bool) -> None:
    """After success blue is gone: refused, whoever asked, with the way out."""
    outcome, detail = verify(Aftermath(status="Succeeded", blue_weight=0.0), ours=ours)
    assert outcome is Outcome.REFUSED
    assert "previous revision" in detail


def test_the_intention_names_both_groups_and_the_reason(
    a_deployment: Callable[..., Deployment], a_verdict: Callable[..., Verdict], noon: datetime
) -> None:
    """An intention says what, on which deployment, decided where, from which group to which, and why."""
    verdict = a_verdict()
    wanted = intention(STOP, verdict, a_deployment(weight=0.3), "d-A1B2C3D4E-00007", noon)
    assert wanted is not None
    assert (wanted.kind, wanted.deployment_id) == (ActionKind.STOP_DEPLOYMENT, "d-A1B2C3D4E")
    assert (wanted.decided_by, wanted.intended_at) == ("d-A1B2C3D4E-00007", noon)
    assert (wanted.blue.name, wanted.green.name, wanted.weight) == ("checkout-tg-1", "checkout-tg-2", 0.3)
    assert (wanted.reason, wanted.signal) == (verdict.sentence, "errors_5xx")
    assert (wanted.requested_at, wanted.outcome, wanted.verified_at) == (None, None, None)


@pytest.mark.parametrize(
    "decision",
    [
        Decision(kind=DecisionKind.PROCEED, why=""),
        Decision(kind=DecisionKind.NOTIFY, would=DecisionKind.ROLL_BACK, why=""),
        Decision(kind=DecisionKind.ESCALATE, why=""),
        Decision(kind=DecisionKind.ROLL_BACK, action=ActionKind.FAIL_HOOK, why=""),
    ],
    ids=["proceed", "held-back", "escalate", "fail-hook"],
)
def test_no_other_decision_asks_for_a_change(
    a_deployment: Callable[..., Deployment],
    a_verdict: Callable[..., Verdict],
    noon: datetime,
    decision: Decision,
) -> None:
    """Only a stop changes production from here; a hook that is to fail is answered by its own function."""
    assert intention(decision, a_verdict(), a_deployment(), "d-A1B2C3D4E-00007", noon) is None


@pytest.mark.parametrize("side", ["blue", "green"])
def test_nothing_is_intended_without_both_sides(
    a_deployment: Callable[..., Deployment], a_verdict: Callable[..., Verdict], noon: datetime, side: str
) -> None:
    """Without a known blue and a known green nobody can say where traffic is to go, so nothing is asked for."""
    deployment = a_deployment().model_copy(update={side: None})
    assert intention(STOP, a_verdict(), deployment, "d-A1B2C3D4E-00007", noon) is None
