"""What a person's order amounts to, by the decision table."""

from datetime import datetime, timedelta

import pytest

from guardian.decide import DIVERGED, ActionKind, Decision, DecisionKind
from guardian.model import Deployment, Finding, Order, Pause, Phase, Reach, Scope, Service
from guardian.ordered import answered, spends

SERVICE = Service(application="shop", deployment_group="checkout")
EVERYTHING, NOTHING = Reach(patterns=("*",)), Reach(patterns=())


@pytest.fixture
def order(noon: datetime) -> Order:
    """An order given at noon."""
    return Order(by="anna", why="customers cannot pay.", at=noon)


def release(phase: Phase) -> Deployment:
    """A release in a phase."""
    return Deployment(
        id="d-A1B2C3D4E", service=SERVICE, cluster="c", ecs_service="s", phase=phase, status="InProgress",
        strategy="linear",
    )  # fmt: skip


@pytest.mark.parametrize("phase", Phase)
def test_the_table_decides(order: Order, phase: Phase) -> None:
    """In every phase an order is what a signal of green's own is in mode enforce, with who and why as the reason."""
    answer = answered(order, release(phase), EVERYTHING)
    ruling = DIVERGED[phase, Scope.COLOUR]
    assert (answer.decision.kind, answer.decision.action) == (ruling.kind, ruling.action)
    assert (answer.verdict.finding, answer.verdict.signal, answer.verdict.scope) == (
        Finding.DIVERGED, "order", Scope.COLOUR,
    )  # fmt: skip
    assert answer.verdict.sentence.startswith("anna ordered the rollback: customers cannot pay")


def test_the_sentence_of_a_rollback_is_the_order_alone(order: Order) -> None:
    """Where the change is made there is nothing to add, and a full stop of the person's does not stand inside it."""
    assert answered(order, release(Phase.SHIFTING), EVERYTHING).verdict.sentence == (
        "anna ordered the rollback: customers cannot pay"
    )


@pytest.mark.parametrize("phase", [Phase.RETIRED, Phase.CONTRACTED])
def test_a_refusal_says_why(order: Order, phase: Phase) -> None:
    """Where the table refuses, its reason stands in the sentence."""
    assert answered(order, release(phase), EVERYTHING).verdict.sentence == (
        f"anna ordered the rollback: customers cannot pay; {DIVERGED[phase, Scope.COLOUR].why}"
    )


@pytest.mark.parametrize(
    "phase", [Phase.PREPARING, Phase.TESTING, Phase.SHIFTING, Phase.BAKING, Phase.STANDBY]
)
def test_a_service_outside_the_reach_stays_as_it_is(order: Order, phase: Phase) -> None:
    """What the installation does not name is not acted on; the sentence says how to change that."""
    answer = answered(order, release(phase), NOTHING)
    assert (answer.decision.kind, answer.decision.action, answer.decision.would) == (
        DecisionKind.NOTIFY, None, DecisionKind.ROLL_BACK,
    )  # fmt: skip
    assert "add its deployment group's ARN to the stack's parameter GuardedDeploymentGroups" in (
        answer.verdict.sentence
    )


@pytest.mark.parametrize("phase", [Phase.RETIRED, Phase.CONTRACTED])
def test_a_person_is_asked_whatever_the_reach(order: Order, phase: Phase) -> None:
    """What changes nothing needs no reach: the refusal stays the table's."""
    assert answered(order, release(phase), NOTHING) == answered(order, release(phase), EVERYTHING)


def test_before_traffic_only_a_hook_can_fail_the_deployment(order: Order) -> None:
    """Outside a hook's own turn the sentence says that the next hook fails, and until when."""
    told = "the next hook that CodeDeploy calls before 12:15 UTC fails"
    assert told in answered(order, release(Phase.PREPARING), EVERYTHING).verdict.sentence
    assert told not in answered(order, release(Phase.PREPARING), EVERYTHING, hook=True).verdict.sentence


@pytest.mark.parametrize(
    ("closes", "words"),
    [
        (False, "the pause until 2026-11-20 12:30 by ben (lunch)"),
        (True, "the close of the watch by ben (lunch)"),
    ],
)
def test_a_wish_to_hold_still_is_named_and_overruled(
    order: Order, noon: datetime, closes: bool, words: str
) -> None:
    """Whoever holds Guardian back meanwhile is named in a note; the decision is the same."""
    pause = Pause(by="ben", why="lunch", at=noon, until=noon + timedelta(minutes=30), closes=closes)
    answer = answered(order, release(Phase.SHIFTING), EVERYTHING, pause)
    assert answer.decision == answered(order, release(Phase.SHIFTING), EVERYTHING).decision
    (note,) = answer.notes
    assert note.startswith(words)
    assert note.endswith("does not hold the order back")


@pytest.mark.parametrize(
    ("seconds", "holds"), [(-901, False), (-899, True), (0, True), (899, True), (900, False)]
)
def test_an_order_holds_for_a_quarter_of_an_hour(order: Order, seconds: int, holds: bool) -> None:
    """After 15 minutes it is over, and one from a clock that is far ahead never begins."""
    assert order.holds(order.at + timedelta(seconds=seconds)) is holds


@pytest.mark.parametrize(
    ("kind", "acted", "spent"),
    [
        (DecisionKind.ROLL_BACK, True, True),
        (DecisionKind.ROLL_BACK, False, False),
        (DecisionKind.ESCALATE, False, True),
        (DecisionKind.NOTIFY, False, True),
    ],
)
def test_an_order_is_spent_by_an_act_or_a_refusal(kind: DecisionKind, acted: bool, spent: bool) -> None:
    """What waits for a hook is neither, and stands."""
    decision = Decision(kind=kind, action=ActionKind.FAIL_HOOK, why="because")
    assert spends(decision, acted=acted) is spent
