"""`guardian backtest`: how often the judge would roll back when nothing is wrong, and how small a fault it notices."""

import json
import multiprocessing
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.progress import Progress

from guardian.policy import Policy
from guardian_console.backtest import HISTORY, SHIFT, Placebos, interval
from guardian_console.backtest_sources import KEPT_DAYS, from_account, from_tapes, tapes
from guardian_console.backtest_view import settings, show
from guardian_console.exits import NothingThereError, UsageError
from guardian_console.placebo import INTERVAL, STEPS, weight_at
from guardian_console.policy_commands import read_policy

PROCESSES = 2
BATCH = 20
"""Placebos of one piece of work."""
TRIED = 15
"""Placebos on which each size of a fault is tried: the part that notices it is known to about 10 points."""

Sources = Annotated[
    list[Path] | None, typer.Argument(metavar="[TAPE...]", help="Tapes of blue alone; - for standard input.")
]
Application = Annotated[str | None, typer.Option(help="CodeDeploy application, to read CloudWatch.")]
Group = Annotated[str | None, typer.Option("--deployment-group", help="CodeDeploy deployment group.")]
Days = Annotated[int, typer.Option(min=1, max=KEPT_DAYS, help="Days of CloudWatch to read, up to now.")]
Count = Annotated[int, typer.Option("--placebos", min=1, max=100_000, help="Placebo deployments to judge.")]
Seed = Annotated[int, typer.Option(min=0, help="Of all chance: the same seed gives the same answer.")]
PolicyFile = Annotated[
    Path | None, typer.Option("--policy", help="The policy; otherwise the first tape's, or the defaults.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object instead of tables.")]


def backtest(
    sources: Sources = None,
    application: Application = None,
    deployment_group: Group = None,
    days: Days = 14,
    placebos: Count = 1000,
    seed: Seed = 1,
    policy: PolicyFile = None,
    as_json: AsJson = False,
) -> None:
    """Judge placebo deployments cut from your own minutes: no fault is in them, so every rollback is false.

    Says how many false rollbacks 100 deployments would see, the smallest fault that would be noticed by signal and
    weight, and which settings to consider. Exit code 0; 2: wrong usage; 3: too few minutes without a deployment.

    Examples: guardian backtest week.tape · guardian backtest --application shop --deployment-group web --json
    """
    given = read_policy(policy) if policy else None
    if application and deployment_group:
        if sources:
            raise UsageError("give tapes, or --application and --deployment-group, not both")
        material = from_account(application, deployment_group, days, given or Policy())
    elif application or deployment_group:
        raise UsageError("--application and --deployment-group go together")
    else:
        material = from_tapes(tapes(sources or []), given)
    bench = Placebos.of(material.series, material.header, material.policy, seed)
    if not bench.starts:
        raise NothingThereError(
            f"{len(material.series)} minutes of blue alone hold no stretch of {HISTORY + SHIFT} minutes without gaps; "
            f"{material.longer}"
        )
    report = measured(bench, placebos) | {"notes": list(material.notes)}
    if as_json:
        typer.echo(json.dumps(report, indent=2, ensure_ascii=False))
    else:
        show(report)


def measured(bench: Placebos, placebos: int) -> dict[str, Any]:
    """Return the report as data: the same for the same bench, whatever the processes do first."""
    batches = [range(first, min(first + BATCH, placebos)) for first in range(0, placebos, BATCH)]
    context = multiprocessing.get_context("spawn")  # a fork would copy threads' locks
    console = Console(stderr=True)
    rolled_back: dict[int, str] = {}
    smallest: dict[int, dict[str, float | None]] = {}
    with (
        ProcessPoolExecutor(PROCESSES, context, _work_on, (bench,)) as pool,
        Progress(console=console, transient=True, disable=not sys.stderr.isatty()) as progress,
    ):
        faults = [pool.submit(_smallest, step, min(TRIED, placebos)) for step in reversed(range(STEPS))]
        runs = [pool.submit(_judged, batch) for batch in batches]
        tried = progress.add_task("faults", total=len(faults))
        for fault in as_completed(faults):
            smallest |= fault.result()
            progress.advance(tried)
        judged = progress.add_task("placebos", total=len(runs))
        for run in as_completed(runs):
            rolled_back |= run.result()
            progress.advance(judged)
    return _report(bench, placebos, rolled_back, smallest)


_bench: list[Placebos] = []
"""What a process of the pool works on; set once, when it starts."""


def _work_on(bench: Placebos) -> None:
    _bench[:] = [bench]


def _judged(batch: Sequence[int]) -> dict[int, str]:
    """Return by placebo the signal that rolled it back."""
    ruled = {index: _bench[0].falsely(index) for index in batch}
    return {index: one.judged.signal or "several" for index, one in ruled.items() if one}


def _smallest(step: int, tried: int) -> dict[int, dict[str, float | None]]:
    return {step: _bench[0].smallest(step, tried)}


def _report(
    bench: Placebos,
    placebos: int,
    rolled_back: Mapping[int, str],
    smallest: Mapping[int, Mapping[str, float | None]],
) -> dict[str, Any]:
    low, high = interval(len(rolled_back), placebos)
    minutes = [row.blue for row in bench.series.values() if row.blue and row.blue.requests is not None]
    signals = dict(sorted(Counter(rolled_back.values()).items()))
    noticed = [
        {"weight": weight_at(step * INTERVAL), **smallest[step]} for step in sorted(smallest)
    ]  # fmt: skip
    requests = float(np.median([one.requests for one in minutes]))
    return {
        "placebos": placebos,
        "seed": bench.seed,
        "minutes": len(bench.series),
        "requests_per_minute": requests,
        "policy": bench.policy.digest,
        "false_rollbacks": len(rolled_back),
        "false_rollbacks_per_100": round(100 * len(rolled_back) / placebos, 3),
        "interval_95_per_100": [round(100 * low, 3), round(100 * high, 3)],
        "signals": signals,
        "smallest_noticed": noticed,
        "consider": settings(bench, requests, signals, (low, high), noticed),
    }
