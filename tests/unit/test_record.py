"""The decision record: one turn with one plain sentence on top."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from guardian.actions import Action, Outcome
from guardian.decide import Decision, DecisionKind
from guardian.model import Deployment, Finding, Minute, Phase, Verdict
from guardian.policy import Policy
from guardian.record import DecisionRecord, write_record
from guardian.triggers import Trigger, TriggerKind
from guardian.watch import Watch

Write = Callable[..., DecisionRecord]


@pytest.fixture
def write(
    a_watch: Callable[..., Watch],
    a_verdict: Callable[..., Verdict],
    a_deployment: Callable[..., Deployment],
    noon: datetime,
) -> Write:
    """Write a record at noon over a deployment that began to shift seven and a half minutes before."""

    def build(kind: DecisionKind = DecisionKind.PROCEED, **changes: Any) -> DecisionRecord:
        watch = a_watch(origin=noon - timedelta(seconds=450), green_requests=12_000, version=7)
        rest = {"deployment": a_deployment(weight=0.3)} | changes
        return write_record(
            rest.pop("watch", watch),
            Trigger(kind=TriggerKind.TICK),
            noon,
            rest.pop("policy", Policy()),
            rest.pop("verdict", a_verdict(Finding.HEALTHY)),
            Decision(kind=kind, would=rest.pop("would", None), why="because"),
            **rest,
        )

    return build


def test_a_record_holds_what_the_turn_saw(
    write: Write, a_policy: Callable[..., Policy], noon: datetime
) -> None:
    """Deployment, place, time, weight, window, mode, policy and trigger are all in the record."""
    policy = a_policy(mode="enforce")
    record = write(policy=policy)
    assert (record.id, record.at, record.minute) == ("d-A1B2C3D4E-00007", noon, 7)
    assert (record.deployment_id, str(record.service)) == (
        "d-A1B2C3D4E",
        "AppECS-shop-checkout/DgpECS-shop-checkout",
    )
    assert (record.phase, record.status, record.weight) == (Phase.SHIFTING, "InProgress", 0.3)
    assert (record.window, record.green_requests) == ((2, 6), 12_000)
    assert (record.mode, record.policy_digest) == ("enforce", policy.digest)
    assert (record.trigger.kind, record.why) == (TriggerKind.TICK, "because")


@pytest.mark.parametrize(
    ("kind", "opening"),
    [
        (DecisionKind.PROCEED, "Fine at 30%: "),
        (DecisionKind.WAIT, "Waiting at 30%: "),
        (DecisionKind.NOTIFY, "Look at green at 30%: "),
        (DecisionKind.ROLL_BACK, "Rolling back at 30%: "),
        (DecisionKind.ESCALATE, "A person must act at 30%: "),
    ],
    ids=lambda value: str(value) if isinstance(value, DecisionKind) else None,
)
def test_the_sentence_says_what_and_why(
    write: Write, a_verdict: Callable[..., Verdict], kind: DecisionKind, opening: str
) -> None:
    """The sentence opens with the decision and the weight and ends with the verdict's own sentence."""
    assert write(kind).sentence == f"{opening}{a_verdict().sentence}."


def test_the_sentence_says_what_a_mode_held_back(write: Write) -> None:
    """In a quieter mode the sentence says what mode enforce would have done."""
    record = write(DecisionKind.NOTIFY, would=DecisionKind.ROLL_BACK)
    assert record.sentence.startswith("Would roll back at 30% in mode enforce: ")
    assert record.would is DecisionKind.ROLL_BACK


@pytest.mark.parametrize(
    ("outcome", "opening"),
    [
        (Outcome.DONE, "Rolled back at 30%: "),
        (Outcome.ALREADY_DONE, "Rolled back at 30%: "),
        (Outcome.UNVERIFIED, "Rolling back at 30%: "),
        (None, "Rolling back at 30%: "),
        (Outcome.REFUSED, "The rollback "),
        (Outcome.FAILED, "The rollback "),
    ],
    ids=str,
)
def test_a_rollback_is_called_done_only_when_it_was_seen(
    write: Write, an_action: Callable[..., Action], outcome: Outcome | None, opening: str
) -> None:
    """The sentence says rolled back only after AWS was read back, and calls for a person when it did not work."""
    record = write(DecisionKind.ROLL_BACK, action=an_action(outcome=outcome, detail="read back"))
    assert record.sentence.startswith(opening)
    assert "read back" in record.sentence
    assert "12,000 requests" in record.sentence
    assert ("a person must act" in record.sentence) is (outcome in (Outcome.REFUSED, Outcome.FAILED))
    assert len(record.actions) == 1


def test_the_weight_of_a_rollback_is_the_one_it_was_decided_at(
    write: Write, an_action: Callable[..., Action], a_deployment: Callable[..., Deployment]
) -> None:
    """When the rollback is confirmed green has nothing left, but the sentence speaks of when it was decided."""
    record = write(deployment=a_deployment(weight=0.0), action=an_action(weight=0.3, outcome=Outcome.DONE))
    assert record.sentence.startswith("Rolled back at 30%")


def test_a_watch_that_closes_has_only_its_sentence(
    write: Write, a_watch: Callable[..., Watch], a_verdict: Callable[..., Verdict]
) -> None:
    """The end of a watch is neither fine nor waiting, so no such word stands before its sentence."""
    assert write(watch=a_watch(closed="Succeeded")).sentence == f"{a_verdict().sentence}."


def test_a_deployment_that_could_not_be_read_is_at_an_unknown_weight(write: Write) -> None:
    """Without a description of AWS the record says that the weight is unknown."""
    record = write(DecisionKind.WAIT, deployment=None)
    assert record.sentence.startswith("Waiting at an unknown weight: ")
    assert (record.phase, record.status, record.strategy) == (None, None, None)


def test_before_the_shift_there_is_no_minute_and_no_window(
    write: Write, a_watch: Callable[..., Watch]
) -> None:
    """A record before green's first minute has no minute, and none without settled minutes has a window."""
    record = write(watch=a_watch(), verdict=Verdict(finding=Finding.NO_DATA, sentence="nothing yet"))
    assert (record.minute, record.window) == (None, None)


def test_notes_and_minutes_ride_along(write: Write, a_shift: Callable[..., list[Minute]]) -> None:
    """The record carries what else a reader must know, the rows that are final now and those that are still open."""
    first, *rest = a_shift(minutes=3)
    record = write(notes=("no policy",), minutes=(first,), open_minutes=tuple(rest))
    assert record.notes == ("no policy",)
    assert (record.minutes, record.open_minutes) == ((first,), tuple(rest))


def test_requests_on_green_count_open_minutes_too(write: Write, a_watch: Callable[..., Watch]) -> None:
    """How many requests reached green is told from all that is known, whether it is final or not."""
    record = write(watch=a_watch(green_requests=900.0, green_open=55.0))
    assert record.green_requests == 955


def test_a_record_is_one_line_that_reads_back(
    write: Write, a_shift: Callable[..., list[Minute]], an_action: Callable[..., Action]
) -> None:
    """The JSON names its schema, is a single line, leaves out what is empty and reads back as the same record."""
    final, newest = a_shift(minutes=2)
    record = write(DecisionKind.ROLL_BACK, minutes=(final,), open_minutes=(newest,), action=an_action())
    text = record.to_json()
    data = json.loads(text)
    assert "\n" not in text
    assert data["schema"] == "guardian.decision/1"
    assert "would" not in data
    assert DecisionRecord.model_validate_json(text) == record


def test_a_quiet_minute_stays_small(
    write: Write,
    a_history: Callable[..., list[Minute]],
    a_shift: Callable[..., list[Minute]],
    judged: Callable[..., list[Verdict]],
) -> None:
    """The record of a quiet minute, all evidence, its row and two open ones included, fits the table and the log."""
    rows = a_shift(minutes=10)
    record = write(verdict=judged(a_history(), rows)[-1], minutes=(rows[-3],), open_minutes=tuple(rows[-2:]))
    assert record.verdict is Finding.HEALTHY
    assert len(record.to_json().encode()) < 4_300
