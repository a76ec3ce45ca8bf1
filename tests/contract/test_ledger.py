"""What every `Ledger` does: the fake and the DynamoDB table."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from guardian_fakes import BLUE, CHECKOUT, GREEN, LISTENER, FakeTable

from guardian.actions import Action, Aftermath, Outcome
from guardian.aws.table import Table
from guardian.decide import ActionKind, Decision, DecisionKind
from guardian.model import Finding, Verdict
from guardian.policy import Policy
from guardian.record import DecisionRecord, write_record
from guardian.triggers import Trigger, TriggerKind
from guardian.watch import Watch
from guardian_rehearsal.emulator.server import EmulatedAws
from guardian_rehearsal.installation import install

NOON = datetime(2026, 11, 20, 12, 0, 7, tzinfo=UTC)
SETTLED = [Outcome.DONE, Outcome.ALREADY_DONE, Outcome.REFUSED, Outcome.REVERSED]
UNSETTLED = [None, Outcome.FAILED, Outcome.UNVERIFIED]


@pytest.fixture(scope="module")
def _table(aws: EmulatedAws) -> Table:
    return Table(aws.client("dynamodb"), install(aws).table)


@pytest.fixture(params=["fake", "table"])
def ledger(request: pytest.FixtureRequest) -> FakeTable | Table:
    """The fake, or the table as the template makes it."""
    port: FakeTable | Table = FakeTable() if request.param == "fake" else request.getfixturevalue("_table")
    return port


@pytest.fixture
def intent(new_id: Callable[[], str]) -> Action:
    """An intent that nobody has written yet."""
    deployment_id = new_id()
    return Action(
        kind=ActionKind.STOP_DEPLOYMENT, deployment_id=deployment_id, decided_by=f"{deployment_id}-00007",
        intended_at=NOON, reason="green fails", weight=0.3, blue=BLUE, green=GREEN, listener_arn=LISTENER,
    )  # fmt: skip


def concluded(intent: Action, outcome: Outcome | None, detail: str = "") -> Action:
    """Return the action as a later turn would write it."""
    after = Aftermath(
        status="Stopped", rollback_id="d-ROLLBACK0", rollback_status="Succeeded", blue_weight=1.0
    )
    changes = {"outcome": outcome, "detail": detail, "requested_at": NOON, "request_id": "r", "after": after}
    return intent.model_copy(update=changes)


def record(deployment_id: str, version: int, sentence: str = "nothing to say") -> DecisionRecord:
    """Return the record of a watch's turn."""
    watch = Watch(deployment_id=deployment_id, service=CHECKOUT, opened_at=NOON, version=version)
    verdict = Verdict(finding=Finding.NO_DATA, sentence=sentence)
    decision = Decision(kind=DecisionKind.WAIT, why="unknown")
    trigger, now = Trigger(kind=TriggerKind.TICK), NOON + timedelta(minutes=version)
    return write_record(watch, trigger, now, Policy(), verdict, decision, deployment=None)


def test_nothing_is_intended_at_first(ledger: FakeTable | Table, intent: Action) -> None:
    """A deployment on which nobody has acted has no intent."""
    assert ledger.intended(intent.deployment_id) is None


def test_the_first_intent_stands(ledger: FakeTable | Table, intent: Action) -> None:
    """The first intent is written and returned as it is."""
    assert ledger.intend(intent) == intent
    assert ledger.intended(intent.deployment_id) == intent


def test_a_second_intent_gets_the_first(ledger: FakeTable | Table, intent: Action) -> None:
    """Whoever intends second gets the first one's intent, and writes nothing."""
    ledger.intend(intent)
    other = intent.model_copy(update={"decided_by": f"{intent.deployment_id}-00008", "reason": "another"})
    assert ledger.intend(other) == intent
    assert ledger.intended(intent.deployment_id) == intent


def test_a_second_intent_gets_what_came_of_the_first(ledger: FakeTable | Table, intent: Action) -> None:
    """Whoever intends second sees the outcome that has been written since."""
    ledger.intend(intent)
    done = concluded(intent, Outcome.DONE)
    ledger.conclude(done)
    assert ledger.intend(intent) == done


@pytest.mark.parametrize("outcome", [*UNSETTLED, *SETTLED], ids=str)
def test_an_outcome_is_kept(ledger: FakeTable | Table, intent: Action, outcome: Outcome | None) -> None:
    """What came of an action is kept with everything that AWS said."""
    ledger.intend(intent)
    ledger.conclude(concluded(intent, outcome, "in words"))
    assert ledger.intended(intent.deployment_id) == concluded(intent, outcome, "in words")


@pytest.mark.parametrize("first", UNSETTLED, ids=str)
def test_an_unsettled_outcome_may_change(
    ledger: FakeTable | Table, intent: Action, first: Outcome | None
) -> None:
    """An outcome that settles nothing is replaced by what is found out later."""
    ledger.intend(intent)
    ledger.conclude(concluded(intent, first))
    ledger.conclude(concluded(intent, Outcome.DONE))
    assert ledger.intended(intent.deployment_id) == concluded(intent, Outcome.DONE)


@pytest.mark.parametrize("later", [*UNSETTLED, *SETTLED], ids=str)
@pytest.mark.parametrize("settled", SETTLED, ids=str)
def test_a_settled_outcome_stays(
    ledger: FakeTable | Table, intent: Action, settled: Outcome, later: Outcome | None
) -> None:
    """A slower turn cannot take back an outcome that settled the matter."""
    ledger.intend(intent)
    ledger.conclude(concluded(intent, settled, "first"))
    ledger.conclude(concluded(intent, later, "second"))
    assert ledger.intended(intent.deployment_id) == concluded(intent, settled, "first")


def test_an_outcome_without_an_intent_is_not_written(ledger: FakeTable | Table, intent: Action) -> None:
    """No outcome stands without the intent that came before it."""
    ledger.conclude(concluded(intent, Outcome.DONE))
    assert ledger.intended(intent.deployment_id) is None


def test_records_are_kept_in_the_order_of_turns(ledger: FakeTable | Table, new_id: Callable[[], str]) -> None:
    """Every decision is kept, and they come back oldest first, whatever the order in which they were written."""
    deployment_id, other = new_id(), new_id()
    written = [record(deployment_id, version) for version in (2, 10, 1)]
    for one in (*written, record(other, 1)):
        ledger.write(one)
    assert ledger.records(deployment_id) == sorted(written, key=lambda one: one.at)


def test_records_from_one_on(ledger: FakeTable | Table, new_id: Callable[[], str]) -> None:
    """Whoever waits for the next records reads those alone, the named one included, and none of another deployment."""
    deployment_id, other = new_id(), new_id()
    written = [record(deployment_id, version) for version in (1, 9, 10)]
    for one in (*written, record(other, 11)):
        ledger.write(one)
    assert ledger.records(deployment_id, written[1].id) == written[1:]


def test_a_record_written_again_is_one(ledger: FakeTable | Table, new_id: Callable[[], str]) -> None:
    """Writing the record of a turn again replaces it."""
    deployment_id = new_id()
    ledger.write(record(deployment_id, 1, "first"))
    ledger.write(record(deployment_id, 1, "second"))
    assert ledger.records(deployment_id) == [record(deployment_id, 1, "second")]
