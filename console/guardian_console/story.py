"""From a deployment's records to a story: five answers, the turning points, and why each minute was enough. Pure."""

from collections.abc import Iterator, Sequence

from pydantic import AwareDatetime

from guardian.decide import DecisionKind
from guardian.model import Evidence, Finding, Phase, Service, Value
from guardian.record import DecisionRecord
from guardian_console.answers import Answers, answers_of, unanswered
from guardian_console.recordings import Recording
from guardian_console.rulings import Ruling, phase_at, rulings
from guardian_console.turning_points import TurningPoint, points_of, points_on

ENOUGH = frozenset({Finding.HEALTHY, Finding.INVESTIGATE, Finding.DIVERGED})
"""Verdicts for which there was enough data."""


class Signal(Value):
    """What one signal said in one turn, and what it left out and why."""

    signal: str
    finding: Finding
    sentence: str
    dropped: tuple[str, ...] = ()


class Told(Value):
    """One turn.

    Attributes:
        at: When; None where only a tape is at hand, which knows minutes and no clock.
        minute: Minutes since green first had traffic; None before.
        phase: Where the deployment stood.
        weight: Green's share of the traffic, 0 to 1.
        trigger: What caused the turn.
        verdict: What the signals said together.
        decision: What was done.
        would: What mode enforce would have done.
        enough: Whether there was enough data to tell.
        sentence: The turn's sentence, which says why it was or was not enough.
        why: The decision table's reason.
        signals: One entry per signal.
        notes: What else was known.
        record: Id of the record.
    """

    at: AwareDatetime | None = None
    minute: int | None = None
    phase: Phase | None = None
    weight: float = 0.0
    trigger: str | None = None
    verdict: Finding
    decision: DecisionKind
    would: DecisionKind | None = None
    enough: bool
    sentence: str
    why: str
    signals: tuple[Signal, ...] = ()
    notes: tuple[str, ...] = ()
    record: str | None = None

    @property
    def dropped(self) -> tuple[str, ...]:
        """What was left out, with the signal that left it out."""
        return tuple(f"{one.signal}: {why}" for one in self.signals for why in one.dropped)


class Story(Value):
    """What happened to one deployment.

    Attributes:
        deployment_id: Which.
        service: Whose; None where only a tape is at hand.
        answers: What happened, when, why, is it over, what now.
        points: What changed, in order.
        turns: Every turn, in order.
    """

    deployment_id: str
    service: Service | None = None
    answers: Answers
    points: tuple[TurningPoint, ...]
    turns: tuple[Told, ...]


class Stretch(Value):
    """Turns in a row of one verdict, one decision and one weight, as their last one tells them.

    `dropped` is the latest that each signal left out.
    """

    first: Told
    last: Told
    turns: int
    dropped: tuple[str, ...] = ()


def story_of(recording: Recording) -> Story:
    """Tell a recording: from its records, and without any from its tape, which knows neither clock nor actions."""
    records = recording.records
    if records:
        return Story(
            deployment_id=recording.deployment_id, service=records[-1].service, answers=answers_of(records),
            points=tuple(points_of(records)), turns=tuple(map(_told, records)),
        )  # fmt: skip
    ruled, tape = list[Ruling](), recording.tape
    if tape is not None:
        ruled = list(rulings(tape.header, tape.minutes, tape.policy))
    return Story(
        deployment_id=recording.deployment_id, answers=unanswered(ruled),
        points=tuple(points_on(ruled, tape.minutes if tape else ())), turns=tuple(map(_ruled, ruled)),
    )  # fmt: skip


def stretches(turns: Sequence[Told]) -> Iterator[Stretch]:
    """Put turns together that tell the same, since a bake of a day has 1,440."""
    first: Told | None = None
    last, count, dropped = first, 0, dict[str, str]()
    for turn in turns:
        if first is None or last is None or _kind(turn) != _kind(first):
            if first is not None and last is not None:
                yield Stretch(first=first, last=last, turns=count, dropped=tuple(dropped.values()))
            first, count, dropped = turn, 0, {}
        last, count = turn, count + 1
        dropped |= {why.partition(":")[0]: why for why in turn.dropped}
    if first is not None and last is not None:
        yield Stretch(first=first, last=last, turns=count, dropped=tuple(dropped.values()))


def _kind(turn: Told) -> tuple[object, ...]:
    return turn.verdict, turn.decision, turn.would, turn.weight, turn.phase


def _told(record: DecisionRecord) -> Told:
    return Told(
        at=record.at, minute=record.minute, phase=record.phase, weight=record.weight, trigger=record.trigger.kind,
        verdict=record.verdict, decision=record.decision, would=record.would, enough=record.verdict in ENOUGH,
        sentence=record.sentence, why=record.why, signals=_signals(record.evidence), notes=record.notes,
        record=record.id,
    )  # fmt: skip


def _ruled(ruling: Ruling) -> Told:
    judged, decision = ruling.judged, ruling.decision
    return Told(
        minute=ruling.tick, phase=phase_at(ruling.weight), weight=ruling.weight, verdict=Finding(judged.verdict),
        decision=decision.kind, would=decision.would, enough=Finding(judged.verdict) in ENOUGH,
        sentence=judged.sentence, why=decision.why, signals=_signals(judged.evidence),
    )  # fmt: skip


def _signals(evidence: Sequence[Evidence]) -> tuple[Signal, ...]:
    return tuple(
        Signal(signal=one.signal, finding=one.finding, sentence=one.sentence, dropped=one.dropped)
        for one in evidence
    )
