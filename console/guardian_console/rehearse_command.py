"""`guardian rehearse`: plays whole deployments against an emulated AWS on this machine."""

import json
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from guardian.record import DecisionRecord
from guardian_console import rehearse_view as view
from guardian_rehearsal.check import problems
from guardian_rehearsal.ending import Ending
from guardian_rehearsal.host import SOURCES, Code
from guardian_rehearsal.lambda_runtime import Artifact, built
from guardian_rehearsal.play import play
from guardian_rehearsal.scenario import Scenario
from guardian_rehearsal.scenarios import SCENARIOS, scenario


def _beginning(incomplete: str) -> list[str]:
    """Return the scenarios that a shell may complete to."""
    return [one.name for one in SCENARIOS if one.name.startswith(incomplete)]


Name = Annotated[
    str,
    typer.Argument(metavar="SCENARIO", help="Which one; --list shows them.", autocompletion=_beginning),
]
Everything = Annotated[bool, typer.Option("--all", help="Play every scenario.")]
Listing = Annotated[bool, typer.Option("--list", help="List the scenarios and stop.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print results as JSON Lines, nothing else.")]
Seeds = Annotated[
    list[int], typer.Option("--seed", min=0, help="Chance; with --all several times if you like.")
]
Speed = Annotated[
    float | None, typer.Option(min=1, help="Simulated seconds per second; default: no waiting.")
]
Record = Annotated[
    Path | None, typer.Option(help="Write the deployment as a tape (JSON Lines) to this file.")
]
Log = Annotated[Path | None, typer.Option(help="Write what the functions log to this file.")]
Built = Annotated[
    bool,
    typer.Option(
        "--artifact", help="Run what `make build-here` built, each function in a process of its own."
    ),
]


def rehearse(
    name: Name = "latency",
    everything: Everything = False,
    listing: Listing = False,
    as_json: AsJson = False,
    seeds: Seeds = [1],  # noqa: B006 - typer copies it
    speed: Speed = None,
    record: Record = None,
    log: Log = None,
    artifact: Built = False,
) -> None:
    """Play a whole guarded deployment in simulated time against an emulated AWS.

    The functions of template.yaml run as they would be deployed; only the clock and AWS are emulated. They run from the
    sources and in this process, or with --artifact as built, under the runtime client that Lambda uses.

    Exit code 0: every scenario ended as it must; 1: one did not; 2: the command line makes no sense.

    Examples: guardian rehearse healthy --seed 3 · guardian rehearse --all --json · guardian rehearse p99 --speed 60 ·
    guardian rehearse latency --artifact
    """
    console = Console(stderr=as_json)
    if listing:
        _list(console, as_json=as_json)
        return
    code = _built() if artifact else SOURCES
    if everything:
        if record or log or speed:
            raise typer.BadParameter("--record, --log and --speed go with one scenario, not with --all")
        results = _play_all(seeds, code, console)
    else:
        if len(seeds) > 1:
            raise typer.BadParameter("several seeds go with --all only")
        results = [_play_one(_named(name), seeds[0], code, speed, console, quiet=as_json)]
    _report(results, console, record, log, as_json=as_json, table=everything)
    if any(problems(result) for result in results):
        raise typer.Exit(1)


def _report(
    results: Sequence[Ending],
    console: Console,
    record: Path | None,
    log: Path | None,
    *,
    as_json: bool,
    table: bool,
) -> None:
    for result in results:
        _write(record, result.tape)
        _write(log, result.log)
        if as_json:
            sys.stdout.write(json.dumps(view.as_json(result), ensure_ascii=False) + "\n")
    if table and not as_json:
        console.print(view.summary(results))


def _named(name: str) -> Scenario:
    try:
        return scenario(name)
    except KeyError as error:
        raise typer.BadParameter(str(error.args[0])) from error


def _list(console: Console, *, as_json: bool) -> None:
    if as_json:
        for one in SCENARIOS:
            line = {"scenario": one.name, "title": one.title, "end": one.expected.end.value}
            sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
        return
    table = Table("scenario", "what happens", "must end")
    for one in SCENARIOS:
        table.add_row(one.name, one.title, one.expected.end.value)
    console.print(table)


def _built() -> Code:
    artifact = Artifact()
    artifact.require()
    return built(artifact)


def _play_one(
    one: Scenario, seed: int, code: Code, speed: float | None, console: Console, *, quiet: bool
) -> Ending:
    if quiet:
        return play(one, seed, code=code)
    with view.Timeline(console, one, seed) as timeline:
        pace = _Pace(speed)

        def watch(turn: DecisionRecord) -> None:
            pace.keep(turn.at)
            timeline.add(turn)

        result = play(one, seed, watch, code)
    view.ending(console, result)
    return result


class _Pace:
    """Lets simulated time pass at a speed at which a person can follow it."""

    def __init__(self, speed: float | None) -> None:
        self._speed = speed
        self._last: datetime | None = None

    def keep(self, moment: datetime) -> None:
        if self._speed and self._last:
            time.sleep(max(0.0, (moment - self._last).total_seconds()) / self._speed)
        self._last = moment


def _play_all(seeds: Sequence[int], code: Code, console: Console) -> list[Ending]:
    jobs = [(one, seed, code) for one in SCENARIOS for seed in seeds]
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        played = pool.map(_play_job, jobs)
        return list(track(played, description="rehearsing", total=len(jobs), console=console, transient=True))


def _play_job(job: tuple[Scenario, int, Code]) -> Ending:
    one, seed, code = job
    return play(one, seed, code=code)


def _write(path: Path | None, lines: Sequence[str]) -> None:
    if path is not None:
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
