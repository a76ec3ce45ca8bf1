"""What is recorded of one deployment, wherever it lies: the table, an export of the functions' log, a tape."""

import gzip
import json
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
from pydantic import ValidationError

from guardian import __version__
from guardian.aws.calls import CONFIG
from guardian.aws.table import Table
from guardian.model import Minute
from guardian.ports import Watches
from guardian.record import DecisionRecord
from guardian_console.exits import NothingThereError, UsageError
from guardian_console.tapes import STDIN, Tape, TapeError, read_tapes

GZIP = b"\x1f\x8b"
"""How a file begins that CloudWatch Logs exported to S3."""
RECORD = b'"guardian.decision/'
"""What every line has that holds a decision record, and hardly another one."""


class RecordError(UsageError):
    """A line of a log should hold a decision record and does not; the message names file and line."""


@dataclass(frozen=True)
class Recording:
    """What is recorded of one deployment.

    Attributes:
        deployment_id: Which.
        records: Its decisions, oldest first; none when there is only a tape.
        history: Blue before the shift, counted like the minutes of the records; None when it is not at hand.
        earlier: The same hours of earlier days, by the hour for which the records say that they were taken.
        tape: The tape, when one was given.
    """

    deployment_id: str
    records: tuple[DecisionRecord, ...] = ()
    history: tuple[Minute, ...] | None = None
    earlier: Mapping[datetime, tuple[Minute, ...]] = field(default_factory=dict)
    tape: Tape | None = None


def of_log(file: Path, deployment: str) -> Recording:
    """Read one deployment from an export of the functions' log; - is standard input.

    Raises:
        NothingThereError: It holds no decision about the deployment.
        UsageError: It cannot be read.
    """
    found = list(_lines_of(file))
    own = ordered(_valid(where, data) for where, data in found if data.get("deployment_id") == deployment)
    if not own:  # other deployments may be of another version, and their records of another format
        others = ", ".join(sorted({str(data.get("deployment_id")) for _, data in found}))
        raise NothingThereError(
            f"{file} holds no decision about {deployment}; "
            + (f"it holds those about {others}" if others else "it holds no decision at all")
        )
    return Recording(deployment, tuple(own))


def of_tape(file: Path, deployment: str) -> Recording:
    """Read one deployment from a tape, or from several tapes in one file.

    Raises:
        NothingThereError: The deployment is not on it.
        UsageError: It cannot be read.
    """
    tape = tape_in(file, deployment)
    return Recording(deployment, history=history_on(tape), tape=tape)


def tape_in(file: Path, deployment: str) -> Tape:
    """Return the tape of one deployment.

    Raises:
        NothingThereError: The deployment is not on it.
        UsageError: It cannot be read.
    """
    found = []
    for tape in read_tapes(file):
        if isinstance(tape, TapeError):
            raise tape
        if tape.header.id == deployment:
            return tape
        found.append(tape.header.id)
    raise NothingThereError(f"{file} is a tape of {', '.join(found)}, not of {deployment}")


def with_tape(recording: Recording, file: Path) -> Recording:
    """Return a recording with the history and the policy that a tape of the same deployment has."""
    tape = tape_in(file, recording.deployment_id)
    return replace(recording, tape=tape, history=recording.history or history_on(tape))


def history_on(tape: Tape) -> tuple[Minute, ...] | None:
    """Return blue's minutes before the shift as a tape has them; None when it has none."""
    return tuple(row for row in tape.minutes if row.minute < 0) or None


def of_table(table: str, deployment: str) -> Recording:
    """Read one deployment from Guardian's table.

    Raises:
        NothingThereError: Guardian has never seen it.
        RecordError: Its records are of another version.
    """
    with closing(boto3.client("dynamodb", config=CONFIG)) as dynamodb:
        shelf = Table(dynamodb, table)
        try:
            records = tuple(shelf.records(deployment))
        except ValidationError as error:
            raise RecordError(
                f"{table} holds records about {deployment} that this version ({__version__}) cannot read; take the "
                "console of the version that is deployed"
            ) from error
        if not records:
            raise NothingThereError(
                f"{table} holds no decision about {deployment}: Guardian has not seen it, or it is of another stack"
            )
        return with_shelf(Recording(deployment, records), shelf)


def with_table(recording: Recording, table: str) -> Recording:
    """Return a recording with what the table alone keeps: blue's history and the earlier days that were used."""
    with closing(boto3.client("dynamodb", config=CONFIG)) as dynamodb:
        return with_shelf(recording, Table(dynamodb, table))


def with_shelf(recording: Recording, shelf: Watches) -> Recording:
    """Return a recording with the history and the earlier days of a table that is open."""
    history, origin = shelf.history(recording.deployment_id), origin_of(recording.records)
    earlier: dict[datetime, tuple[Minute, ...]] = {}
    for one in recording.records:
        if one.reference is not None:
            days = shelf.season(recording.deployment_id, one.reference.hour)
            earlier |= {one.reference.hour: days.rows} if days else {}
    rows = history.counted_from(origin) if history and origin else None
    return replace(recording, history=recording.history or rows or None, earlier=earlier)


def origin_of(records: Sequence[DecisionRecord]) -> datetime | None:
    """Return the start of the first minute in which green had traffic; None while it has had none. Pure."""
    for one in records:
        if one.minute is not None:
            return one.at.replace(second=0, microsecond=0) - timedelta(minutes=one.minute)
    return None


def read_log(file: Path) -> list[DecisionRecord]:
    """Read every decision of a log, in the order in which they were made, each once.

    Raises:
        UsageError: The file cannot be read, or a line of it is no record although it should be.
    """
    return ordered(_valid(where, data) for where, data in _lines_of(file))


def _lines_of(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        if file == STDIN:
            yield from records_in(sys.stdin.buffer, str(file))
            return
        data = file.read_bytes()
        lines = (gzip.decompress(data) if data.startswith(GZIP) else data).splitlines()
    except (OSError, EOFError, zlib.error) as error:
        raise UsageError(f"{file}: cannot be read: {error}") from error
    yield from records_in(lines, str(file))


def ordered(records: Iterable[DecisionRecord]) -> list[DecisionRecord]:
    """Return records in the order of their turns, each once: exports overlap. Pure."""
    once = {one.id: one for one in records}
    return sorted(once.values(), key=lambda one: (one.at, one.id))


def records_in(lines: Iterable[bytes], source: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (file and line, a decision record) of a log: as logged, behind a timestamp, or a record by itself. Pure.

    Every other line of a log is passed over.

    Raises:
        RecordError: A line names the format of a decision record and is no JSON.
    """
    for number, line in enumerate(lines, 1):
        if RECORD not in line:
            continue
        try:
            for data in _objects(line.decode()):
                inner = data.get("decision")
                record = inner if isinstance(inner, dict) else data
                if "schema" in record:
                    yield f"{source}:{number}", record
        except ValueError as error:
            raise RecordError(
                f"{source}:{number}: the decision record is cut off or changed ({error}); export the log's messages "
                "whole, one a line, as aws logs tail GROUP --since 1d does"
            ) from error


def _valid(where: str, data: dict[str, Any]) -> DecisionRecord:
    try:
        return DecisionRecord.model_validate(data)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        path = ".".join(map(str, problem["loc"]))
        raise RecordError(
            f"{where}: {path}: {problem['msg']}; this is no decision record of this version ({__version__})"
        ) from error


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """Yield every JSON object in a line, whatever stands before and between them."""
    decoder, at = json.JSONDecoder(), text.find("{")
    while at >= 0:
        data, end = decoder.raw_decode(text, at)
        yield data
        at = text.find("{", end)
