"""Builders for the laws of the judge: healthy minutes, deployments folded, and the exact binomial bound."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

from guardian import judge
from guardian.judge import ALL, JudgeState, Protections
from guardian.model import Colour, Minute, Shared, Verdict
from guardian.policy import Policy

settings.register_profile("laws", derandomize=True, deadline=None, max_examples=25)
settings.load_profile("laws")

LATENCIES = {"latency_p50": 0.08, "latency_avg": 0.1, "latency_p90": 0.2, "latency_p99": 0.4}
WIDTHS = {"latency_p50": 0.9, "latency_avg": 0.9, "latency_p90": 1.2, "latency_p99": 2.6}


def _colour(rng: np.random.Generator, mean: float, weather: float) -> Colour:
    sent = float(rng.poisson(mean))
    if not sent:
        return Colour(requests=0.0, healthy_hosts=4)
    noise = {
        name: math.exp(weather + width * rng.normal() / math.sqrt(sent)) for name, width in WIDTHS.items()
    }
    return Colour(
        requests=sent,
        errors_5xx=0.0,
        errors_4xx=float(rng.binomial(int(sent), 0.01)),
        connection_errors=0.0,
        healthy_hosts=4,
        cpu=5 + 30 * sent / 6000 + float(rng.normal(0, 0.3)),
        **{name: level * noise[name] for name, level in LATENCIES.items()},
    )


@pytest.fixture(scope="session")
def minutes() -> Callable[..., list[Minute]]:
    """Build healthy minutes from `first` on; `weight` is one share or one per minute."""

    def build(
        count: int, weight: float | Sequence[float] = 0.5, total: float = 2000, seed: int = 1, first: int = 0
    ) -> list[Minute]:
        rng = np.random.default_rng([seed, first + 10_000])
        weights = [float(weight)] * count if isinstance(weight, int | float) else list(weight)
        rows = []
        for at, share in enumerate(weights):
            weather = float(rng.normal(0, 0.02))
            blue, green = (_colour(rng, total * part, weather) for part in (1 - share, share))
            rows.append(
                Minute(
                    minute=first + at,
                    seen_at=first + at + 2,
                    weight=share,
                    blue=blue if share < 1 else None,
                    green=green if share > 0 else None,
                    shared=Shared(db_connections=80.0),
                )
            )
        return rows

    return build


@pytest.fixture(scope="session")
def history(minutes: Callable[..., list[Minute]]) -> Callable[..., list[Minute]]:
    """Build blue's hour before the shift."""
    return lambda total=2000, seed=1: minutes(60, 0.0, total, seed, first=-60)


@pytest.fixture(scope="session")
def altered() -> Callable[..., list[Minute]]:
    """Change colours of minutes from `since` on: a number multiplies, a tuple of one replaces."""

    def change(
        rows: Iterable[Minute], colours: Sequence[str] = ("green",), since: int = 0, **fields: Any
    ) -> list[Minute]:
        return [
            row.model_copy(update={name: _with(getattr(row, name), fields) for name in colours})
            if row.minute >= since
            else row
            for row in rows
        ]

    return change


def _with(side: Colour | None, fields: Mapping[str, Any]) -> Colour | None:
    if side is None:
        return None
    new = {
        name: change[0] if isinstance(change, tuple) else (getattr(side, name) or 0.0) * change
        for name, change in fields.items()
        if isinstance(change, tuple) or getattr(side, name) is not None
    }
    return side.model_copy(update=new)


@pytest.fixture(scope="session")
def folded() -> Callable[..., JudgeState]:
    """Fold history and minutes into one state."""

    def fold(
        past: Sequence[Minute], rows: Iterable[Minute], policy: Policy | None = None, on: Protections = ALL
    ) -> JudgeState:
        state = judge.begin(past)
        for row in rows:
            state = judge.step(state, row, policy or Policy(), on)
        return state

    return fold


@pytest.fixture(scope="session")
def verdicts() -> Callable[..., list[Verdict]]:
    """Return the verdict after each minute."""

    def run(past: Sequence[Minute], rows: Iterable[Minute], policy: Policy | None = None) -> list[Verdict]:
        state, rules, said = judge.begin(past), policy or Policy(), []
        for row in rows:
            state = judge.step(state, row, rules)
            said.append(judge.read(state, rules))
        return said

    return run


@pytest.fixture(scope="session")
def excess() -> Callable[[int, int, float], float]:
    """Return the exact binomial chance of at least `hits` in `trials` when each has chance `p`."""

    def tail(hits: int, trials: int, p: float) -> float:
        return sum(math.comb(trials, k) * p**k * (1 - p) ** (trials - k) for k in range(hits, trials + 1))

    return tail
