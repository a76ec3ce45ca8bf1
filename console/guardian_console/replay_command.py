"""`guardian replay`: judges recorded turns again and compares them with their records, to the byte."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from guardian import __version__
from guardian.policy import Policy
from guardian.record import DecisionRecord
from guardian_console.exits import Code
from guardian_console.policy_commands import read_policy
from guardian_console.recordings import Recording, read_log, with_table, with_tape
from guardian_console.rejudge import (
    Again,
    Difference,
    NotReplayableError,
    PolicyOf,
    first_difference,
    judged_a_minute,
    rejudged,
)
from guardian_console.visible import visible

File = Annotated[
    Path,
    typer.Argument(help="An export of the functions' log, or records as JSON Lines; - reads the pipe."),
]
TapeFile = Annotated[
    Path | None, typer.Option("--tape", help="The deployment's tape: blue's history and the policy.")
]
TableName = Annotated[
    str | None, typer.Option("--table", help="The stack's output TableName: blue's history and earlier days.")
]
PolicyFiles = Annotated[
    list[Path] | None,
    typer.Option("--policy", help="The policy of the records, where no tape has it; several after a change."),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]


@dataclass(frozen=True)
class Replay:
    """What came of judging again: turns that did judge, those that had nothing to judge, the first difference."""

    deployments: tuple[str, ...]
    turns: int
    unjudged: int
    difference: Difference | None


def replay(
    file: File,
    tape: TapeFile = None,
    table: TableName = None,
    policy: PolicyFiles = None,
    as_json: AsJson = False,
) -> None:
    """Judge the recorded turns again, from the minutes in their records, and compare record with record.

    Records hold the minutes; blue's history before the shift is on the tape and in the table, the policy on the tape.
    Exit code 0: the same to the byte; 1: a difference, the first is shown; 3: something that it takes is not there.
    """
    records = read_log(file)
    if not any(map(judged_a_minute, records)):
        raise NotReplayableError(
            f"{file} holds {len(records)} decisions and none that judged a minute; "
            "a tape has no decisions: guardian judge judges those"
        )
    again: list[Again] = []
    for deployment in _judged(records):
        own = tuple(one for one in records if one.deployment_id == deployment)
        recording = _completed(Recording(deployment, own), tape, table)
        again += rejudged(recording, _policies(recording, policy or []))
    done = Replay(_judged(records), len(again), len(records) - len(again), first_difference(again))
    sys.stdout.write((json.dumps(_data(done), ensure_ascii=False) if as_json else _text(done)) + "\n")
    raise typer.Exit(int(Code.DIVERGED if done.difference else Code.FINE))


def _judged(records: Sequence[DecisionRecord]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.deployment_id for one in records if judged_a_minute(one)))


def _completed(recording: Recording, tape: Path | None, table: str | None) -> Recording:
    recording = with_tape(recording, tape) if tape else recording
    return with_table(recording, table) if table else recording


def _policies(recording: Recording, files: Sequence[Path]) -> PolicyOf:
    """Return a search for the policy that a record names by its digest, as it was or in the record's quieter mode."""
    known = [read_policy(file) for file in files]
    known += [recording.tape.policy] if recording.tape else []
    known.append(Policy())

    def of(record: DecisionRecord) -> Policy:
        quieter = [one.model_copy(update={"mode": record.mode}) for one in known]
        for one in (*known, *quieter):
            if one.digest == record.policy_digest:
                return one
        raise NotReplayableError(
            f"{record.id} was judged by the policy {record.policy_digest}, which is not at hand: "
            "the tape has it (--tape FILE), or give it with --policy FILE"
        )

    return of


def _text(done: Replay) -> str:
    what = f"{done.turns} turns of {', '.join(done.deployments)} judged again"
    rest = f"; {done.unjudged} more had nothing to judge" if done.unjudged else ""
    if done.difference is None:
        return visible(f"{what}: identical to the byte{rest}.")
    found = done.difference
    by = found.record.version
    lines = [
        f"{what}: different from {found.record.id} on (minute {found.record.minute}).",
        f"  {found.path}",
        f"  recorded: {json.dumps(found.recorded, ensure_ascii=False)}",
        f"  again:    {json.dumps(found.again, ensure_ascii=False)}",
    ]
    if by != __version__:
        lines.append(f"  recorded by guardian {by}, judged again by {__version__}")
    return "\n".join(map(visible, lines))


def _data(done: Replay) -> dict[str, Any]:
    found = done.difference
    difference = found and {
        "record": found.record.id, "minute": found.record.minute, "path": found.path,
        "recorded": found.recorded, "again": found.again, "version": found.record.version,
    }  # fmt: skip
    return {
        "deployments": done.deployments, "turns": done.turns, "unjudged": done.unjudged,
        "identical": found is None, "difference": difference,
    }  # fmt: skip
