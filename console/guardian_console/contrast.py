"""What would have been decided under another policy, from the same recorded minutes. Pure."""

from collections.abc import Iterator, Sequence

from guardian.decide import Decision, DecisionKind
from guardian.model import Finding, Minute, Value
from guardian.policy import Policy
from guardian.record import DecisionRecord
from guardian_console.recordings import Recording
from guardian_console.rejudge import decided, judged_a_minute, rejudged
from guardian_console.rulings import rulings


class Step(Value):
    """What was decided in one turn.

    Attributes:
        minute: Minutes since green first had traffic.
        weight: Green's share of the traffic, 0 to 1.
        verdict: What the signals say together.
        signal: The signal that carries it.
        decision: What is done.
        would: What mode enforce would have done, where the mode or a pause held it back.
        sentence: The verdict's sentence.
    """

    minute: int
    weight: float
    verdict: Finding
    signal: str | None
    decision: DecisionKind
    would: DecisionKind | None
    sentence: str

    @property
    def rolls_back(self) -> bool:
        """Whether it is a rollback that is done, not one that is held back."""
        return self.decision is DecisionKind.ROLL_BACK


class Contrast(Value):
    """How another policy would have decided.

    Attributes:
        policy_digest: Which policy.
        turns: Turns that were compared.
        recorded: The first turn that was decided otherwise, as it was; None when all are the same.
        other: The same turn under the other policy.
        recorded_rollback: The first recorded turn that rolled back; None when none did.
        other_rollback: The first turn that the other policy would have rolled back in; None when in none.
        last_minute: Last minute that was judged: what came after, nobody recorded.
        notes: What limits the comparison.
    """

    policy_digest: str
    turns: int
    recorded: Step | None
    other: Step | None
    recorded_rollback: Step | None
    other_rollback: Step | None
    last_minute: int | None
    notes: tuple[str, ...] = ()


def contrasted(recording: Recording, policy: Policy) -> Contrast:
    """Judge a recording by another policy, in the recorded mode unless the policy sets one, and compare.

    Raises:
        NotReplayableError: The recording lacks what judging it again needs.
    """
    old, new = list(_recorded(recording)), list(_otherwise(recording, policy))
    pairs = [(one, other) for one, other in zip(old, new, strict=True) if _decided(one) != _decided(other)]
    first = pairs[0] if pairs else (None, None)
    return Contrast(
        policy_digest=policy.digest, turns=len(old), recorded=first[0], other=first[1],
        recorded_rollback=next((one for one in old if one.rolls_back), None),
        other_rollback=next((one for one in new if one.rolls_back), None),
        last_minute=old[-1].minute if old else None, notes=tuple(_limits(recording, policy)),
    )  # fmt: skip


def _decided(step: Step) -> tuple[DecisionKind, DecisionKind | None]:
    return step.decision, step.would


def _recorded(recording: Recording) -> Iterator[Step]:
    if not recording.records:
        yield from _of_tape(recording, recording.tape.policy if recording.tape else Policy())
    for one in recording.records:
        if judged_a_minute(one):
            said = Decision(kind=one.decision, would=one.would, why=one.why)
            carrying = next(
                (item.sentence for item in one.evidence if item.signal == one.signal), one.sentence
            )
            yield _step(one, one.verdict, one.signal, said, carrying)


def _otherwise(recording: Recording, policy: Policy) -> Iterator[Step]:
    if not recording.records:
        yield from _of_tape(recording, policy)
        return
    for one in rejudged(recording, lambda _: policy):
        mode = policy.mode if "mode" in policy.model_fields_set else one.record.mode
        said, verdict = decided(one.record, one.verdict, mode), one.verdict
        yield _step(one.record, verdict.finding, verdict.signal, said, verdict.sentence)


def _step(
    record: DecisionRecord, verdict: Finding, signal: str | None, said: Decision, sentence: str
) -> Step:
    return Step(
        minute=record.minute or 0, weight=record.weight, verdict=verdict, signal=signal,
        decision=said.kind, would=said.would, sentence=sentence,
    )  # fmt: skip


def _of_tape(recording: Recording, policy: Policy) -> Iterator[Step]:
    if recording.tape is None:
        return
    for one in rulings(recording.tape.header, recording.tape.minutes, policy):
        yield Step(
            minute=one.tick, weight=one.weight, verdict=Finding(one.judged.verdict), signal=one.judged.signal,
            decision=one.decision.kind, would=one.decision.would, sentence=one.judged.sentence,
        )  # fmt: skip


def _limits(recording: Recording, policy: Policy) -> Iterator[str]:
    """Yield what the other policy asks for and the recording does not hold."""
    rows = list(_rows(recording))
    seen = {name for row in rows for side in (row.blue, row.green) if side for name in side.custom}
    for metric in policy.custom:
        if metric.name not in seen:
            yield f"the custom metric {metric.name} was not read at the time: it stays without data"
    asked = policy.database.instance is not None
    if asked and not any(row.shared.db_connections is not None for row in rows):
        yield "the database was not read at the time: its connections stay without data"


def _rows(recording: Recording) -> Sequence[Minute]:
    if recording.records:
        return [row for one in recording.records for row in (*one.minutes, *one.open_minutes)]
    return recording.tape.minutes if recording.tape else []
