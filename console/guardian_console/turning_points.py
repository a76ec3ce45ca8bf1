"""The turning points of a deployment: what changed from one turn to the next. Pure."""

from collections.abc import Iterator, Sequence
from enum import StrEnum

from pydantic import AwareDatetime

from guardian import bake
from guardian.decide import DecisionKind
from guardian.model import Finding, Minute, Phase, Value
from guardian.record import DecisionRecord
from guardian_console.rulings import Ruling


class Kind(StrEnum):
    """What changed."""

    WATCHED = "watched"
    SHIFT_BEGAN = "shift_began"
    WEIGHT = "weight"
    PHASE = "phase"
    BLIND = "blind"
    INVESTIGATE = "investigate"
    DIVERGED = "diverged"
    HEALTHY = "healthy"
    PAUSED = "paused"
    RESUMED = "resumed"
    ORDERED = "ordered"
    ASKED = "asked"
    OUTCOME = "outcome"
    BAKE_OVER = "bake_over"
    CLOSED = "closed"


class TurningPoint(Value):
    """One change.

    Attributes:
        kind: What changed.
        at: When Guardian saw it, or did it; None where only a tape is at hand.
        minute: Minutes since green first had traffic; None before.
        weight: Green's share of the traffic by then, 0 to 1.
        text: The change in words, as the record has them.
        record: Id of the record; None where only a tape is at hand.
    """

    kind: Kind
    at: AwareDatetime | None = None
    minute: int | None = None
    weight: float = 0.0
    text: str
    record: str | None = None


VERDICTS = {
    Finding.HEALTHY: Kind.HEALTHY,
    Finding.INVESTIGATE: Kind.INVESTIGATE,
    Finding.DIVERGED: Kind.DIVERGED,
}
"""Verdicts that are turning points when they are given for the first time, and again after a graver one."""


TELLING = frozenset({Phase.STANDBY, Phase.RETIRED, Phase.CONTRACTED})
"""Phases that decide what a rollback could still be; the others show in weight and close."""


def points_of(records: Sequence[DecisionRecord]) -> Iterator[TurningPoint]:
    """Yield what changed, in the order of the records."""
    if not records:
        return
    first, weight, standing = records[0], 0.0, Finding.NO_DATA
    yield _point(Kind.WATCHED, first, f"first seen, by trigger {first.trigger.kind}: {first.sentence}")
    for before, record in zip((None, *records), records, strict=False):
        if record.phase is not None:  # one that could not be read has no weight
            if record.weight != weight:
                kind = Kind.WEIGHT if weight else Kind.SHIFT_BEGAN
                yield _point(kind, record, _share(record.weight))
            weight = record.weight
        if record.phase in TELLING and before is not None and before.phase is not record.phase:
            yield _point(Kind.PHASE, record, f"the deployment is {record.phase}")
        yield from _news(before, record, standing)
        standing = record.verdict if record.verdict in VERDICTS else standing


def points_on(ruled: Sequence[Ruling], minutes: Sequence[Minute]) -> Iterator[TurningPoint]:
    """Yield what changed on a tape: the weights and the verdicts, since it has neither clock nor actions."""
    steps = _steps(minutes)
    standing = Finding.NO_DATA
    for one in ruled:
        while steps and steps[0].minute is not None and steps[0].minute <= one.tick:
            yield steps.pop(0)
        verdict = Finding(one.judged.verdict)
        if verdict in VERDICTS and verdict is not standing:
            standing = verdict
            text = f"{one.decision.kind}: {one.judged.sentence}"
            yield TurningPoint(kind=VERDICTS[verdict], minute=one.tick, weight=one.weight, text=text)
    yield from steps


def _steps(minutes: Sequence[Minute]) -> list[TurningPoint]:
    """Return the steps of green's weight by the minutes in which it first had it."""
    weights = {row.minute: row.weight for row in minutes if row.minute >= 0}
    steps, known = list[TurningPoint](), 0.0
    for minute in sorted(weights):
        weight = weights[minute]
        if weight != known:
            kind = Kind.WEIGHT if known else Kind.SHIFT_BEGAN
            steps.append(TurningPoint(kind=kind, minute=minute, weight=weight, text=_share(weight)))
        known = weight
    return steps


def closes(record: DecisionRecord) -> bool:
    """Tell whether a record is the last word of a watch without a rollback of Guardian's.

    `no_data` waits, by the decision table, unless the watch is closed with it.
    """
    return record.verdict is Finding.NO_DATA and record.decision is DecisionKind.PROCEED


def _news(before: DecisionRecord | None, record: DecisionRecord, standing: Finding) -> Iterator[TurningPoint]:
    """Yield what else is new in a record, given the one before it and the verdict that stands."""
    yield from _wishes(before, record)
    new = VERDICTS.get(record.verdict)
    if record.order is None and new is not None and record.verdict is not standing:
        carrying = next((one.sentence for one in record.evidence if one.signal == record.signal), None)
        did = str(record.decision) + (f", would {record.would}" if record.would else "")
        yield _point(new, record, f"{did}: {carrying}" if carrying else record.sentence)
    sighted = before is not None and before.window is not None
    if sighted and record.verdict is Finding.NO_DATA and not closes(record):
        yield _point(Kind.BLIND, record, record.sentence)
    yield from _actions(before, record)
    if closes(record):
        over = bake.tells_of_its_end(record.sentence)
        yield _point(Kind.BAKE_OVER if over else Kind.CLOSED, record, record.sentence)


def _wishes(before: DecisionRecord | None, record: DecisionRecord) -> Iterator[TurningPoint]:
    pause, known = record.pause, before.pause if before else None
    if pause is not None and pause != known:
        words = f"paused by {pause.by} until {pause.until:%Y-%m-%d %H:%M} UTC: {pause.why}"
        yield _point(Kind.PAUSED, record, words)
    elif known is not None and pause is None:
        yield _point(Kind.RESUMED, record, f"the pause by {known.by} is over")
    if record.order is not None and (before is None or before.order != record.order):
        words = f"{record.order.by} ordered the rollback: {record.order.why}"
        yield _point(Kind.ORDERED, record, words)


def _actions(before: DecisionRecord | None, record: DecisionRecord) -> Iterator[TurningPoint]:
    known = before.actions[0] if before and before.actions else None
    if not record.actions:
        return
    action = record.actions[0]
    if known is None or known.kind is not action.kind:
        request = f", request {action.request_id}" if action.request_id else ""
        yield _point(Kind.ASKED, record, f"{action.kind}: {record.why}{request}")
    if action.outcome is not None and (known is None or known.outcome is not action.outcome):
        yield _point(Kind.OUTCOME, record, f"{action.outcome}: {action.detail}")


def _point(kind: Kind, record: DecisionRecord, text: str) -> TurningPoint:
    return TurningPoint(
        kind=kind, at=record.at, minute=record.minute, weight=record.weight, text=text, record=record.id
    )


def _share(weight: float) -> str:
    return f"green has {weight:.0%} of the traffic"
