"""Says what a backtest found: a sentence, a table of the faults noticed, and the settings worth considering."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from guardian.model import Minute
from guardian.policy import Policy
from guardian_console.backtest import WITHIN, Placebos
from guardian_console.placebo import weight_at

BURST, BURSTS = 1.15, 0.01
"""A minute slower than its hour by this factor is a burst; part of such minutes from which it is worth a setting."""


def settings(
    bench: Placebos,
    requests: float,
    signals: Mapping[str, int],
    rate: tuple[float, float],
    noticed: Sequence[Mapping[str, float | None]],
) -> list[str]:
    """Return the settings worth considering, each as a sentence with its reason. Pure.

    Args:
        bench: What was judged.
        requests: Of blue in its median minute.
        signals: False rollbacks by signal.
        rate: 95 % interval of the false rollbacks per deployment.
        noticed: By step the smallest fault noticed of each signal.
    """
    policy = bench.policy
    found = [*_first_step(policy, requests), *_blind(noticed)]
    bursts = burst_part(bench.series)
    if bursts >= BURSTS:
        found.append(
            f"latency.tolerance above {policy.latency.tolerance:g}: in {bursts:.1%} of the minutes blue itself is "
            f"more than {BURST - 1:.0%} slower than in the middle of its hour"
        )
    alpha = policy.budget.alpha
    if rate[0] > alpha:
        worst = max(signals, key=lambda name: signals[name])
        found.append(
            f"a wider tolerance or a smaller stake (budget) for {worst}, the signal of {signals[worst]} false "
            f"rollbacks: their rate is above budget.alpha, {alpha:.1%}"
        )
    elif rate[1] > alpha:
        found.append(f"more placebos: these do not yet exclude a rate above budget.alpha, {alpha:.1%}")
    return found


def _first_step(policy: Policy, requests: float) -> Iterator[str]:
    first, needed = weight_at(0), policy.latency.min_requests
    if requests < needed:
        yield (
            f"a smaller latency.min_requests than {needed}, or alarms of your own: all traffic together is about "
            f"{requests:.0f} requests a minute, so latency is never judged"
        )
    elif requests * first < needed:
        enough = -(-10 * needed // requests) / 10
        yield (
            f"a first step of {enough:.0%} instead of {first:.0%}, or longer intervals: at {first:.0%} green gets "
            f"about {requests * first:.0f} requests a minute and latency.min_requests is {needed}"
        )


def _blind(noticed: Sequence[Mapping[str, float | None]]) -> Iterator[str]:
    for name, size in noticed[0].items() if noticed else ():
        later = next((row["weight"] for row in noticed if row[name] is not None), None)
        if size is None and later is not None:
            yield (
                f"a first step of {later:.0%}, or a longer one: no tried fault of {name} was noticed within "
                f"{WITHIN} minutes of a smaller one"
            )
        elif size is None:
            yield f"alarms of your own for {name}: no tried fault of it was noticed at any weight; traffic is too low"


def burst_part(series: Mapping[int, Minute]) -> float:
    """Return the part of the minutes whose median latency is a burst above that of its hour."""
    hours: dict[int, list[float]] = {}
    for at, row in series.items():
        if row.blue and row.blue.latency_p50:
            hours.setdefault(at // 60, []).append(row.blue.latency_p50)
    slow = sum(float(np.sum(np.array(hour) > BURST * np.median(hour))) for hour in hours.values())
    return slow / max(1, sum(map(len, hours.values())))


def show(report: Mapping[str, Any]) -> None:
    console = Console()
    low, high = report["interval_95_per_100"]
    console.print(
        f"{report['false_rollbacks']} of {report['placebos']} placebo deployments would have been rolled back: "
        f"{report['false_rollbacks_per_100']:g} per 100 deployments (95 % interval {low:g} to {high:g}).",
        soft_wrap=True,
    )
    for signal, count in report["signals"].items():
        console.print(f"  {signal}: {count}")
    names = [name for name in report["smallest_noticed"][0] if name != "weight"]
    table = Table("green", *names, title=f"Smallest fault noticed within {WITHIN} minutes, 4 times of 5")
    for row in report["smallest_noticed"]:
        table.add_row(f"{row['weight']:.0%}", *(said(name, row[name]) for name in names))
    console.print(table)
    for line in [f"Consider {setting}." for setting in report["consider"]] or ["Nothing to consider."]:
        console.print(line, soft_wrap=True, markup=False)
    for note in report["notes"]:
        console.print(f"Note: {note}", soft_wrap=True, markup=False)


def said(signal: str, size: float | None) -> str:
    """Return the size of a fault for people: a factor, or a percentage of the requests or of the connections."""
    if size is None:
        return "none"
    return f"x{size:g}" if signal in ("latency", "latency_p99", "cpu") else f"{size:.1%}"
