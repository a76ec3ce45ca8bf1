"""What a person wants to know first: what happened, when, why, is it over, what now. Pure."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

from guardian.act import GIVE_UP_AFTER
from guardian.actions import Action, Outcome
from guardian.decide import DecisionKind
from guardian.model import Finding, Value
from guardian.record import DecisionRecord
from guardian_console.rulings import Ruling
from guardian_console.turning_points import closes


class State(StrEnum):
    """Where the matter stands, by the records."""

    ROLLED_BACK = "rolled_back"
    ROLLING_BACK = "rolling_back"
    NOT_ROLLED_BACK = "not_rolled_back"
    HOOK_FAILED = "hook_failed"
    ENDED = "ended"
    ESCALATED = "escalated"
    HELD_BACK = "held_back"
    LOOK = "look"
    BLIND = "blind"
    WATCHING = "watching"
    TAPE = "tape"


class Answers(Value):
    """The five answers, in the records' own words.

    Attributes:
        state: Where the matter stands.
        happened: What happened.
        when: When.
        why: Why.
        over: Whether it is over, in words.
        is_over: Whether it is over; None where the recording cannot tell.
        now: What a person does now, one step a line.
        notes: What else the latest record knows: steps to take, how far the bake is, what is not known.
    """

    state: State
    happened: str
    when: str
    why: str
    over: str
    is_over: bool | None
    now: tuple[str, ...]
    notes: tuple[str, ...] = ()


OUTCOMES: Mapping[Outcome | None, State] = {
    None: State.ROLLING_BACK,
    Outcome.UNVERIFIED: State.ROLLING_BACK,
    Outcome.DONE: State.ROLLED_BACK,
    Outcome.ALREADY_DONE: State.ROLLED_BACK,
    Outcome.REFUSED: State.NOT_ROLLED_BACK,
    Outcome.FAILED: State.NOT_ROLLED_BACK,
    Outcome.REVERSED: State.NOT_ROLLED_BACK,
}
"""Where the matter stands once something was asked of AWS."""

LATEST: Mapping[DecisionKind, State] = {
    DecisionKind.ESCALATE: State.ESCALATED,
    DecisionKind.NOTIFY: State.LOOK,
    DecisionKind.PROCEED: State.WATCHING,
    DecisionKind.WAIT: State.WATCHING,
    DecisionKind.ROLL_BACK: State.HOOK_FAILED,
}
"""Where it stands by the latest decision, while nothing was asked."""

ORDER = "guardian rollback {id} --table T --by you --why '…'"

WAIT = (
    "wait: every minute, and at each event of CodeDeploy, Guardian reads AWS again; after "
    f"{GIVE_UP_AFTER.total_seconds() / 60:.0f} minutes without an end it asks for a person"
)

NOW: Mapping[State, tuple[str, ...]] = {
    State.ROLLED_BACK: (
        "nothing tonight: blue serves",
        "before the next release: guardian report {id} --table T -o report.html",
    ),
    State.ROLLING_BACK: (WAIT,),
    State.NOT_ROLLED_BACK: (
        "act: look at the deployment in CodeDeploy and at the listener; who gets the traffic?",
        ORDER + " shows the exact calls; docs/operations.md says what each failure means",
    ),
    State.HOOK_FAILED: ("nothing tonight: the hook failed and CodeDeploy undoes its own work",),
    State.ENDED: ("nothing: the watch is closed",),
    State.ESCALATED: ("act: Guardian will not; the notes of the record say what it knows",),
    State.HELD_BACK: (ORDER + " --confirm rolls back now, whatever the mode, and above a pause",),
    State.LOOK: ("look at green; nothing is rolled back for this alone",),
    State.BLIND: ("see why nothing can be read; until then the deployment goes on unjudged",),
    State.WATCHING: ("nothing: Guardian judges again every minute",),
    State.TAPE: ("a tape has neither clock nor actions; --table T or --log FILE tell those",),
}
"""What a person does, by where the matter stands."""


def answers_of(records: Sequence[DecisionRecord]) -> Answers:
    """Answer from the records of one deployment, at least one, oldest first."""
    state, last = state_of(records), records[-1]
    acted = [one for one in records if one.actions]
    if acted:
        told = _of_action(records, acted)
    elif state is State.HOOK_FAILED:
        told = _of_hook(records)
    else:
        told = _of_latest(records)
    over = state is State.ROLLED_BACK or (not acted and closes(last))
    ending = told["ending"] if acted or over else _standing(last)
    return Answers(
        state=state, happened=told["happened"], when=told["when"], why=told["why"],
        over=f"{'yes' if over else 'no'}, as of {_clock(last)}: {ending}", is_over=over,
        now=tuple(step.format(id=last.deployment_id) for step in NOW[state]), notes=last.notes,
    )  # fmt: skip


def unanswered(ruled: Sequence[Ruling]) -> Answers:
    """Answer from a tape that was judged again: what would have been decided first, or what was last."""
    decided = next((one for one in ruled if one.decision.kind is DecisionKind.ROLL_BACK), None)
    chosen = decided or (ruled[-1] if ruled else None)
    happened, when, why = (
        "the tape has no minute with traffic on green",
        "never",
        "there was nothing to judge",
    )
    if chosen is not None:
        did = "would roll back" if decided else str(chosen.decision.kind)
        happened = f"judged again, Guardian {did}: {chosen.judged.sentence}"
        when, why = f"minute {chosen.tick} of green's traffic, at {chosen.weight:.0%}", chosen.decision.why
    return Answers(
        state=State.TAPE, happened=happened, when=when, why=why, is_over=None,
        over="unknown: a tape ends where the recording ends", now=NOW[State.TAPE],
    )  # fmt: skip


def state_of(records: Sequence[DecisionRecord]) -> State:
    """Return where the matter stands."""
    last = records[-1]
    acted = next((one for one in reversed(records) if one.actions), None)
    if acted is not None:
        return OUTCOMES[acted.actions[0].outcome]
    if any(one.decision is DecisionKind.ROLL_BACK for one in records):
        return State.HOOK_FAILED  # a rollback without a request is the answer to a hook
    if closes(last):
        return State.ENDED
    if last.would is not None:
        return State.HELD_BACK
    if last.verdict is Finding.NO_DATA and last.weight > 0:
        return State.BLIND
    return LATEST[last.decision]


def _of_action(records: Sequence[DecisionRecord], acted: Sequence[DecisionRecord]) -> Mapping[str, str]:
    action: Action = acted[-1].actions[0]
    decided = next((one for one in records if one.id == action.decided_by), acted[0])
    return {
        "happened": acted[-1].sentence,
        "when": f"{_moment(decided)}, at {action.weight:.0%}",
        "why": f"{action.reason}; {decided.why}",
        "ending": action.detail,
    }


def _of_hook(records: Sequence[DecisionRecord]) -> Mapping[str, str]:
    decided, last = next(one for one in records if one.decision is DecisionKind.ROLL_BACK), records[-1]
    happened = f"{decided.sentence} {last.sentence}" if closes(last) else decided.sentence
    return {"happened": happened, "when": _moment(decided), "why": decided.why, "ending": last.sentence}


def _of_latest(records: Sequence[DecisionRecord]) -> Mapping[str, str]:
    last = records[-1]
    since = _first_of_the_last(records, lambda one: (one.decision, one.would))
    when = _moment(last) if since is last else f"{_moment(since)}, and since"
    why = last.why
    if closes(last):
        judged = next((one for one in reversed(records) if not closes(one)), None)
        why = f"the last word before: {judged.sentence}" if judged else last.why
    return {"happened": last.sentence, "when": when, "why": why, "ending": last.sentence}


def _first_of_the_last(
    records: Sequence[DecisionRecord], of: Callable[[DecisionRecord], object]
) -> DecisionRecord:
    """Return the first of the records at the end that have the same."""
    first = records[-1]
    for one in reversed(records):
        if of(one) != of(first):
            break
        first = one
    return first


def _standing(last: DecisionRecord) -> str:
    where = (
        f"{last.phase}, green has {last.weight:.0%} of the traffic" if last.phase else "it could not be read"
    )
    return f"the watch is open; {where}"


def _moment(record: DecisionRecord) -> str:
    minute = (
        "before green had traffic" if record.minute is None else f"minute {record.minute} of green's traffic"
    )
    return f"{_clock(record)}, {minute}"


def _clock(record: DecisionRecord) -> str:
    return f"{record.at:%Y-%m-%d %H:%M:%S} UTC"
