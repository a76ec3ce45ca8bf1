"""`guardian judge`: judges recorded deployments offline, tick by tick, from what was visible at each tick."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from guardian.decide import DecisionKind
from guardian.model import Finding
from guardian_console.exits import Code, UsageError
from guardian_console.policy_commands import read_policy
from guardian_console.rulings import Ruling, phase_at, rulings
from guardian_console.tapes import Tape, TapeError, files_of, read_tapes

JUDGED = frozenset({Finding.HEALTHY, Finding.INVESTIGATE, Finding.DIVERGED})
STYLES: Mapping[str, str] = {Finding.HEALTHY: "green", Finding.INVESTIGATE: "yellow", Finding.DIVERGED: "red"}

Sources = Annotated[
    list[Path] | None,
    typer.Argument(metavar="TAPE...", help="Tapes, directories of them, - for standard input."),
]
PolicyFile = Annotated[
    Path | None, typer.Option("--policy", help="Judge by this policy instead of the one in each tape.")
]
AsJson = Annotated[bool, typer.Option("--json", help="JSON Lines, one per tick; the default on a pipe.")]
AsTable = Annotated[bool, typer.Option("--table", help="A table; the default on a terminal.")]
UntilRollback = Annotated[bool, typer.Option(help="Stop each tape at its first roll_back.")]
WithEvidence = Annotated[bool, typer.Option("--evidence", help="JSON: add what each signal says.")]


def judge(
    sources: Sources = None,
    policy: PolicyFile = None,
    as_json: AsJson = False,
    as_table: AsTable = False,
    until_rollback: UntilRollback = False,
    evidence: WithEvidence = False,
) -> None:
    """Judge recorded deployments offline: one decision per tick, from what was visible at that tick.

    Exit code 0: none diverged; 1: one did; 2: a tape is malformed, the others are judged; 3: none had enough data.
    """
    if as_json and as_table:
        raise UsageError("--json and --table exclude each other: choose one")
    files, given = files_of(sources or []), read_policy(policy) if policy else None
    table = as_table or (not as_json and sys.stdout.isatty())
    seen: list[tuple[Tape, list[Ruling]]] = []
    findings: set[str] = set()
    malformed = False
    for tape in _with_progress(files):
        if isinstance(tape, TapeError):
            sys.stderr.write(f"guardian: {tape}\n")
            malformed = True
            continue
        ruled: list[Ruling] = []
        for ruling in rulings(tape.header, tape.minutes, given or tape.policy):
            findings.add(ruling.judged.verdict)
            if table:
                ruled.append(ruling)
            else:
                sys.stdout.write(json_line(tape, ruling, evidence=evidence) + "\n")
            if until_rollback and ruling.decision.kind is DecisionKind.ROLL_BACK:
                break
        seen.append((tape, ruled))
    if table and seen:
        Console().print(_timeline(*seen[0]) if len(seen) == 1 else _summary(seen))
    raise typer.Exit(int(Code.USAGE if malformed else _code(findings)))


def json_line(tape: Tape, ruling: Ruling, *, evidence: bool = False) -> str:
    """Return one line of the output: the same for the same tape and policy, to the byte."""
    judged, decision = ruling.judged, ruling.decision
    line = {
        "id": tape.header.id,
        "tick": ruling.tick,
        "verdict": judged.verdict,
        "decision": str(decision.kind),
        "signal": judged.signal,
        "sentence": judged.sentence,
        "would": str(decision.would) if decision.would else None,
        "phase": str(phase_at(ruling.weight)),
        "weight": ruling.weight,
        "tape": tape.source,
    }
    if evidence:
        line["evidence"] = [one.model_dump(mode="json") for one in judged.evidence]
    return json.dumps(line, ensure_ascii=False)


def _with_progress(files: Sequence[Path]) -> Iterator[Tape | TapeError]:
    console = Console(stderr=True)
    columns = TextColumn("judging"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}")
    with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("", total=len(files))
        for file in files:
            progress.update(task, description=file.name)
            yield from read_tapes(file)
            progress.advance(task)


def _code(findings: set[str]) -> Code:
    if Finding.DIVERGED in findings:
        return Code.DIVERGED
    return Code.FINE if findings & JUDGED else Code.NOT_ENOUGH_DATA


def _cells(ruling: Ruling) -> tuple[str | Text, ...]:
    judged, kind = ruling.judged, str(ruling.decision.kind)
    if ruling.decision.would:
        kind = f"{kind} (enforce: {ruling.decision.would})"
    verdict = Text(judged.verdict, style=STYLES.get(judged.verdict, "dim"))
    return (
        str(ruling.tick), f"{ruling.weight:.0%}", verdict, kind, judged.signal or "", Text(judged.sentence),
    )  # fmt: skip


def _timeline(tape: Tape, ruled: Sequence[Ruling]) -> Table:
    """Return one tape as a table: a row for every tick that brought something new."""
    table = Table("tick", "green", "verdict", "decision", "signal", "sentence", title=Text(tape.header.id))
    before: tuple[object, ...] = ()
    for ruling in ruled:
        now = ruling.judged.verdict, ruling.decision.kind, ruling.judged.signal
        if now != before:
            table.add_row(*_cells(ruling))
        before = now
    return table


def _summary(seen: Sequence[tuple[Tape, Sequence[Ruling]]]) -> Table:
    """Return many tapes as a table: of each the first tick at which it diverged, otherwise its last."""
    table = Table("deployment", "tick", "green", "verdict", "decision", "signal", "sentence")
    for tape, ruled in seen:
        diverged = (one for one in ruled if one.judged.verdict == Finding.DIVERGED)
        chosen = next(diverged, ruled[-1] if ruled else None)
        cells = (
            _cells(chosen)
            if chosen
            else ("", "", Text(Finding.NO_DATA, "dim"), "", "", "no tick to judge at")
        )
        table.add_row(Text(tape.header.id), *cells)
    return table
