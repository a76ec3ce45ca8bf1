"""How `guardian contract` shows what it found."""

import json
from collections.abc import Iterator

from guardian.contract_gate import Answer
from guardian.model import Contract, JobTick, SnapshotState

WORDS = {True: "yes    ", False: "no     ", None: "unknown"}
AFTERWARDS = (
    "From now on Guardian gives the old version no traffic. Next: release the version without dual writes; blue and "
    "what belongs to it can be taken down."
)


def of_answer(answer: Answer, *, as_json: bool) -> str:
    """Return the items and the verdict."""
    return json.dumps(answer.told(), indent=2) if as_json else "\n".join(_lines(answer))


def of_mark(stands: Contract, *, as_json: bool) -> str:
    """Return the mark that stands, and what comes after it."""
    if as_json:
        return stands.model_dump_json(exclude_none=True)
    since = f"{stands.at:%Y-%m-%d %H:%M} UTC by {stands.by}: {stands.why}"
    return f"{stands.deployment_id} is contracted since {since}\n{AFTERWARDS}"


def of_snapshot(state: SnapshotState, *, as_json: bool) -> str:
    """Return the snapshot's state."""
    if as_json:
        return state.model_dump_json(exclude_none=True)
    taken = state.snapshot.taken_at
    when = f", of {taken:%Y-%m-%d %H:%M} UTC" if taken else ""
    return f"{state.snapshot.id} of {state.snapshot.instance} is {state.status}{when}"


def of_tick(deployment_id: str, tick: JobTick, *, as_json: bool) -> str:
    """Return the tick that was noted."""
    if as_json:
        return tick.model_dump_json()
    return f"{tick.job} of {deployment_id} is ticked at {tick.at:%Y-%m-%d %H:%M} UTC by {tick.by}"


def _lines(answer: Answer) -> Iterator[str]:
    for item in answer.items:
        yield f"{WORDS[item.fulfilled]}  {item.name}: {item.sentence}"
    yield answer.sentence
