"""Puts together what a page shows, from one recording of one deployment. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from guardian.actions import Action
from guardian.decide import DecisionKind
from guardian.model import Evidence, Minute
from guardian.record import DecisionRecord
from guardian_console.recordings import Recording, origin_of
from guardian_console.report.series import Weighing, rows_of, steps_of
from guardian_console.rulings import rulings
from guardian_console.story import Story, story_of

GRAVE = frozenset({DecisionKind.ROLL_BACK, DecisionKind.ESCALATE})
"""Decisions whose moment is marked."""


@dataclass(frozen=True)
class Judgement:
    """The moment that a page is about: of the decision, or else the latest at which anything was judged.

    Attributes:
        minute: When, in minutes since green first had traffic; None before that.
        at: When by the clock; None on a tape.
        decided: Whether something grave was decided then, or would have been in mode enforce.
        evidence: What each signal said.
        record: Its record; None on a tape.
    """

    minute: float | None
    at: datetime | None
    decided: bool
    evidence: tuple[Evidence, ...]
    record: DecisionRecord | None = None


@dataclass(frozen=True)
class Note:
    """Something that the records noted, as they said it last, with the first and the last record that did."""

    text: str
    first: datetime
    last: datetime


@dataclass(frozen=True)
class Material:
    """All that a page is made of.

    Attributes:
        story: The five answers and the turning points.
        rows: The minutes, blue's history among them.
        steps: (minute, green's share from 0 to 1) for each step of the weight.
        weighings: What the signals said, turn by turn.
        judgement: The moment that it is about; None when nothing was ever judged.
        origin: The clock time of minute 0; None where nobody knows it.
        began: When the first record was written; None on a tape.
        ended: When the last one was.
        actions: What was asked of AWS, each as it was seen last.
        notes: What was noted, each thing once.
    """

    story: Story
    rows: Sequence[Minute]
    steps: Sequence[tuple[float, float]]
    weighings: Sequence[Weighing]
    judgement: Judgement | None
    origin: datetime | None = None
    began: datetime | None = None
    ended: datetime | None = None
    actions: Sequence[Action] = ()
    notes: Sequence[Note] = ()


def material_of(recording: Recording) -> Material:
    """Return what there is to show of a recording: of its records, or of its tape, judged again."""
    if recording.records:
        return _recorded(recording, recording.records)
    return _taped(recording)


def _recorded(recording: Recording, records: Sequence[DecisionRecord]) -> Material:
    origin = origin_of(records)
    seen = [row for one in records for row in (*one.minutes, *one.open_minutes)]
    rows = rows_of(seen, recording.history or ())
    return Material(
        story=story_of(recording), rows=rows, steps=steps_of(rows, _readings(records, origin)),
        judgement=_judgement(records, origin), origin=origin,
        weighings=[
            Weighing(_minute(one.at, origin), one.evidence) for one in records if origin and one.evidence
        ],
        began=records[0].at, ended=records[-1].at, actions=_actions(records), notes=list(_notes(records)),
    )  # fmt: skip


def _taped(recording: Recording) -> Material:
    tape = recording.tape
    ruled = list(rulings(tape.header, tape.minutes, tape.policy)) if tape else []
    rows = rows_of(tape.minutes if tape else (), recording.history or ())
    grave = next((one for one in ruled if one.decision.kind in GRAVE or one.decision.would in GRAVE), None)
    chosen = grave or next((one for one in reversed(ruled) if one.judged.evidence), None)
    judgement = Judgement(chosen.tick, None, grave is not None, chosen.judged.evidence) if chosen else None
    weighings = [Weighing(one.tick, one.judged.evidence) for one in ruled if one.judged.evidence]
    return Material(story_of(recording), rows, steps_of(rows), weighings, judgement)


def decisive(records: Sequence[DecisionRecord]) -> DecisionRecord | None:
    """Return the record of the decision: the one that was acted on, else the first grave one; None without."""
    acted = next((one.actions[0].decided_by for one in reversed(records) if one.actions), None)
    by_id = next((one for one in records if one.id == acted), None)
    grave = next((one for one in records if one.decision in GRAVE), None)
    return by_id or grave or next((one for one in records if one.would in GRAVE), None)


def _judgement(records: Sequence[DecisionRecord], origin: datetime | None) -> Judgement | None:
    grave = decisive(records)
    chosen = grave or next((one for one in reversed(records) if one.evidence), None)
    if chosen is None:
        return None
    minute = _minute(chosen.at, origin) if origin else None
    return Judgement(minute, chosen.at, grave is not None, chosen.evidence, chosen)


def _minute(at: datetime, origin: datetime | None) -> float:
    return (at - origin).total_seconds() / 60 if origin else 0.0


def _readings(records: Sequence[DecisionRecord], origin: datetime | None) -> list[tuple[float, float]]:
    """Return when green was seen with which share, from its first traffic on."""
    return [
        (_minute(one.at, origin), one.weight)
        for one in records
        if origin and one.phase and one.minute is not None
    ]


def _actions(records: Sequence[DecisionRecord]) -> list[Action]:
    latest = {(one.kind, one.intended_at): one for record in records for one in record.actions}
    return list(latest.values())


def _notes(records: Sequence[DecisionRecord]) -> Iterator[Note]:
    """Yield what was noted; notes that differ in their numbers alone, such as the hours left, are one."""
    kinds: dict[str, Note] = {}
    for record in records:
        for text in record.notes:
            kind = "".join("0" if one.isdigit() else one for one in text).replace("00", "0")
            first = kinds[kind].first if kind in kinds else record.at
            kinds[kind] = Note(text, first, record.at)
    yield from kinds.values()
