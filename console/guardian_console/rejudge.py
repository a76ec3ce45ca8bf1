"""Judges the recorded turns again, from what the records hold, without AWS. Pure."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from guardian import judge
from guardian.decide import Decision, decide
from guardian.gather import judged
from guardian.judge import JudgeState
from guardian.model import Minute, Mode, Verdict
from guardian.overrule import overruled
from guardian.policy import Policy
from guardian.record import DecisionRecord, retold
from guardian_console.exits import NothingThereError
from guardian_console.recordings import Recording

PolicyOf = Callable[[DecisionRecord], Policy]
"""Finds the policy by which a turn is to be judged."""


class NotReplayableError(NothingThereError):
    """The recording lacks what judging it again needs; the message says what has it."""


@dataclass(frozen=True)
class Again:
    """One recorded turn, judged again."""

    record: DecisionRecord
    verdict: Verdict
    decision: Decision


@dataclass(frozen=True)
class Difference:
    """The first place where a turn that was judged again differs from its record: the path and both values as JSON."""

    record: DecisionRecord
    path: str
    recorded: Any
    again: Any


def judged_a_minute(record: DecisionRecord) -> bool:
    """Tell whether a turn judged minutes: others were blind, failed a gate, obeyed a person, or only closed."""
    return bool(record.minutes or record.open_minutes) or record.window is not None


def rejudged(recording: Recording, policy_of: PolicyOf) -> Iterator[Again]:
    """Judge every turn that judged once more, in order, from the minutes in its record.

    Raises:
        NotReplayableError: Blue's history, or the earlier days that a turn took on, are not in the recording.
    """
    state: JudgeState | None = None
    for record in recording.records:
        if not judged_a_minute(record):
            continue
        if state is None or _begins_anew(state, record):
            state = judge.begin(_history(recording))
        state = _in_season(state, record, recording.earlier)
        policy = policy_of(record)
        state, verdict = judged(state, record.minutes, record.open_minutes, policy)
        yield Again(record, verdict, decided(record, verdict, policy.mode))


def decided(record: DecisionRecord, verdict: Verdict, mode: Mode) -> Decision:
    """Return what a turn decides on a verdict, in the phase and under the pause of its record."""
    if record.phase is None:
        raise NotReplayableError(f"{record.id} has minutes and no phase: the record was changed")
    return overruled(decide(record.phase, verdict, mode), record.pause, record.at)


def first_difference(again: Sequence[Again]) -> Difference | None:
    """Return where the turns that were judged again first differ from their records; None when no byte does."""
    for one in again:
        told = retold(one.record, one.verdict, one.decision)
        recorded, now = one.record.to_json(), told.to_json()
        if recorded != now:
            path, old, new = _differing(json.loads(recorded), json.loads(now), "")
            return Difference(one.record, path, old, new)
    return None


def _history(recording: Recording) -> Sequence[Minute]:
    if recording.history is None:
        raise NotReplayableError(
            "blue's history before the shift is needed and no record holds it: "
            "the tape has it (--tape FILE), and so has the table (--table T)"
        )
    return recording.history


def _begins_anew(state: JudgeState, record: DecisionRecord) -> bool:
    """Tell whether the loop forgot what it had judged: it does once, when an update changes the judge's state."""
    seen = (*record.minutes, *record.open_minutes)
    return bool(state.rows and seen and seen[0].minute <= state.rows[-1].minute)


def _in_season(
    state: JudgeState, record: DecisionRecord, earlier: Mapping[datetime, Sequence[Minute]]
) -> JudgeState:
    if record.reference is None:
        return state
    rows = earlier.get(record.reference.hour)
    if rows is None:
        raise NotReplayableError(
            f"from minute {record.minute} on the turns were judged against the same hours of earlier days, "
            f"as of {record.reference.hour:%Y-%m-%d %H}:00 UTC: only the table keeps those (--table T)"
        )
    return judge.rebased(state, rows)


def _differing(old: Any, new: Any, path: str) -> tuple[str, Any, Any]:
    """Return (path, old, new) of the first leaf that differs, in the order of the fields."""
    if isinstance(old, dict) and isinstance(new, dict):
        key = next(key for key in {**old, **new} if old.get(key) != new.get(key))
        return _differing(old.get(key), new.get(key), f"{path}.{key}" if path else key)
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        at = next(at for at, one in enumerate(old) if one != new[at])
        return _differing(old[at], new[at], f"{path}[{at}]")
    return path, old, new
