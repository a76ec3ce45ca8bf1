"""`guardian status`: which deployments are watched now, and how they stand."""

import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import Annotated

import boto3
import typer
from pydantic import AwareDatetime
from rich import box
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from guardian.aws.calls import CONFIG
from guardian.aws.pauses import TablePauses
from guardian.aws.table import Table
from guardian.errors import PauseUnreadableError
from guardian.model import Finding, Pause, Phase, Service, Value
from guardian.record import DecisionRecord, record_id
from guardian.watch import HeldHook, Watch
from guardian_console.explain_view import STYLES
from guardian_console.visible import visible

TableName = Annotated[str, typer.Option("--table", help="The stack's output TableName.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON Lines, one per watch.")]

LOOK_BACK = 9
"""Writes of a watch among which its latest record is looked for: most turns write it once, a held hook twice."""


class Standing(Value):
    """How one watch stands.

    Attributes:
        deployment_id: Which deployment.
        service: Whose.
        phase: Where the deployment stood in the latest turn; None before the first, or when it could not be read.
        weight: Green's share of the traffic then, 0 to 1.
        minutes: Minutes for which Guardian has watched.
        verdict: The latest verdict; None before the first turn.
        sentence: The latest sentence.
        turned_at: When the latest turn was taken.
        pause: The pause that holds now.
        held: The hook that CodeDeploy waits for.
    """

    deployment_id: str
    service: Service
    phase: Phase | None = None
    weight: float = 0.0
    minutes: int = 0
    verdict: Finding | None = None
    sentence: str = "no turn has been taken yet"
    turned_at: AwareDatetime | None = None
    pause: Pause | None = None
    held: HeldHook | None = None


def status(table: TableName, as_json: AsJson = False) -> None:
    """List the deployments that Guardian watches now, with the latest verdict of each; the exit code is 0."""
    with closing(boto3.client("dynamodb", config=CONFIG)) as dynamodb:
        found = _read(Table(dynamodb, table), TablePauses(dynamodb, table), datetime.now(UTC))
    if as_json:
        sys.stdout.writelines(f"{one.model_dump_json()}\n" for one in found)
    elif not found:
        typer.echo("Guardian watches no deployment now.")
    else:
        _print(Console(), found)


def standing(watch: Watch, record: DecisionRecord | None, pause: Pause | None, now: datetime) -> Standing:
    """Return how a watch stands, given its latest record and its pause. Pure."""
    known = {} if record is None else {
        "phase": record.phase, "weight": record.weight, "verdict": record.verdict, "sentence": record.sentence,
        "turned_at": record.at,
    }  # fmt: skip
    return Standing(
        deployment_id=watch.deployment_id, service=watch.service, held=watch.held,
        minutes=int((now - watch.opened_at).total_seconds() // 60),
        pause=pause if pause is not None and pause.holds(now) else None, **known,
    )  # fmt: skip


def line_of(one: Standing) -> str:
    """Return a watch as one line of text. Pure."""
    parts = [
        one.deployment_id, str(one.service), one.phase or "unread", f"{one.weight:.0%}", f"{one.minutes} min",
        f"{one.verdict or 'no turn'}: {one.sentence}",
    ]  # fmt: skip
    return visible("  ".join((*parts, *_besides(one))))


def _besides(one: Standing) -> list[str]:
    """Return what else holds: a pause, a held hook."""
    besides = []
    if one.pause is not None:
        what = "closing" if one.pause.closes else f"paused until {one.pause.until:%H:%M} UTC"
        besides.append(f"[{what} by {one.pause.by}: {one.pause.why}]")
    if one.held is not None:
        besides.append(f"[hook held until {one.held.until:%H:%M} UTC]")
    return besides


def _read(shelf: Table, pauses: TablePauses, now: datetime) -> list[Standing]:
    found = []
    for entry in shelf.open():
        watch = shelf.find(entry.deployment_id)
        if watch is None or watch.closed is not None:
            continue  # closed while this command read
        try:
            pause = pauses.pause(watch.deployment_id)
        except PauseUnreadableError:
            pause = None  # no turn heeds it either; its record says so
        found.append(standing(watch, _latest(shelf, watch), pause, now))
    return found


def _latest(shelf: Table, watch: Watch) -> DecisionRecord | None:
    """Return the latest record, from the last few only: a watch of days has thousands."""
    lately = watch.model_copy(update={"version": max(watch.version - LOOK_BACK, 0)})
    records = shelf.records(watch.deployment_id, record_id(lately)) or shelf.records(watch.deployment_id)
    return records[-1] if records else None


def _print(console: Console, found: Sequence[Standing]) -> None:
    if not console.is_terminal:
        for one in found:
            console.print(line_of(one), soft_wrap=True, highlight=False, markup=False)
        return
    grid = Grid(box=box.SIMPLE_HEAD, pad_edge=False, expand=True)
    for heading in ("deployment", "phase", "green", "watched", "verdict"):
        grid.add_column(heading, no_wrap=True)
    grid.add_column("sentence", ratio=1, overflow="fold")
    for one in found:
        verdict = Text(one.verdict or "no turn", STYLES[one.verdict] if one.verdict else "dim")
        words = visible(" ".join((str(one.service), "-", one.sentence, *_besides(one))))
        grid.add_row(
            Text(visible(one.deployment_id)), one.phase or "unread", f"{one.weight:.0%}", f"{one.minutes} min",
            verdict, Text(words),
        )  # fmt: skip
    console.print(grid)
