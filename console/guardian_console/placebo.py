"""Deals minutes without a deployment at random to two colours of one version, and puts faults into them. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from guardian.model import Colour, Minute

STEP, INTERVAL = 0.1, 3
"""Share of the traffic that each step moves, and minutes between (CodeDeploy's ECSLinear10PercentEvery3Minutes)."""
STEPS = round(1 / STEP)
RATIOS = tuple(np.geomspace(1.1, 8.0, 15).round(2).tolist())
RATES = tuple(np.geomspace(0.001, 1.0, 15).round(4).tolist())
LADDERS: Mapping[str, Sequence[float]] = {
    "latency": RATIOS, "latency_p99": RATIOS, "errors_5xx": RATES, "connection_errors": RATES, "cpu": RATIOS,
    "request_share": tuple(np.linspace(0.1, 1.0, 15).round(2).tolist()),
    "db_connections": tuple(np.linspace(0.72, 1.0, 15).round(2).tolist()),
}  # fmt: skip
"""Sizes of the faults that are tried: ratios, failing shares, share of the requests lost, share of max_connections."""
STATISTICS = ("latency_avg", "latency_p50", "latency_p90", "latency_p99")


@dataclass(frozen=True)
class Noise:
    """How blue's values scatter: variance of one request's log latency by statistic, and its CPU's line.

    Attributes:
        per_request: Variance that a statistic of one request would have on the log scale; over n it is a minute's.
        cpu_slope: CPU percent per request a minute.
        cpu_scatter: Standard deviation of CPU around its line, percent.
        per_sample: As `per_request`, of each of the policy's own means; zero where it cannot be told.
    """

    per_request: Mapping[str, float]
    cpu_slope: float = 0.0
    cpu_scatter: float = 0.0
    per_sample: Mapping[str, float] = field(default_factory=dict)


def noise_of(series: Mapping[int, Minute], means: Sequence[str] = ()) -> Noise:
    """Learn the noise from a series of blue's minutes; `means` names the policy's own metrics that are means.

    What a statistic differs by between neighbouring minutes bounds its sampling variance from above, for it holds the
    workload's own changes too. The spread of the percentiles says what independent lognormal requests would have
    (David and Nagaraja, Order Statistics, 10.2). The smaller of both is taken.
    """
    blues = [row.blue for _, row in sorted(series.items()) if row.blue and row.blue.requests]
    pairs = [(log_p99 - log_p50) / 2.326 for one in blues if (log_p50 := _log(one.latency_p50)) is not None
             and (log_p99 := _log(one.latency_p99)) is not None]  # fmt: skip
    spread = float(np.median(pairs)) ** 2 if pairs else math.inf
    mean = math.expm1(min(spread, 4.0))
    model = {
        "latency_avg": mean,
        "latency_p50": 1.571 * spread,
        "latency_p90": 2.92 * spread,
        "latency_p99": 13.9 * spread,
    }
    requests = [one.requests for one in blues]
    bounds = {name: _bound([getattr(one, name) for one in blues], requests) for name in STATISTICS}
    found = {name: min(bound, model[name]) for name, bound in bounds.items() if bound is not None}
    per_sample = {name: _bound(*_means(blues, name)) or 0.0 for name in means}
    points = np.array([(one.requests, one.cpu) for one in blues if one.cpu is not None], dtype=float)
    if len(points) < 10 or np.ptp(points[:, 0]) == 0:
        return Noise(found, per_sample=per_sample)
    slope = float(np.cov(points.T)[0, 1] / np.var(points[:, 0], ddof=1))
    slope = min(max(slope, 0.0), float(points[:, 1].mean() / points[:, 0].mean()))
    scatter = float(np.std(np.diff(points[:, 1] - slope * points[:, 0]))) / math.sqrt(2)
    return Noise(found, slope, scatter, per_sample)


def _log(value: float | None) -> float | None:
    return math.log(value) if value and value > 0 else None


def _means(blues: Sequence[Colour], name: str) -> tuple[list[float | None], list[float | None]]:
    """Return (mean, samples) of one of the policy's own metrics, minute by minute."""
    pairs = [one.custom.get(name, (None, None)) for one in blues]
    means = [total / count if total is not None and count else None for total, count in pairs]
    return means, [count for _, count in pairs]


def _bound(values: Sequence[float | None], counts: Sequence[float | None]) -> float | None:
    """Return a bound of the variance that the log of one value would have, each being of `counts` observations."""
    pairs = zip(values, counts, strict=True)
    known = [(log, count) for value, count in pairs if count and (log := _log(value)) is not None]
    if len(known) < 10:
        return None
    logs, sent = np.array(known, dtype=float).T
    return float(1.4826 * np.median(np.abs(np.diff(logs)) / np.sqrt(1 / sent[1:] + 1 / sent[:-1]))) ** 2


def weight_at(minute: int) -> float:
    """Return green's share of the traffic, 0 to 1, in a minute of the shift."""
    return round(min(1.0, STEP * (1 + minute // INTERVAL)), 6)


def dealt(row: Minute, noise: Noise, rng: np.random.Generator) -> Minute:
    """Deal one minute's requests to two colours that run the same version."""
    weight, whole = weight_at(row.minute), row.blue
    if whole is None or whole.requests is None:
        return row.model_copy(update={"weight": weight})
    total = round(whole.requests)
    sent = int(rng.binomial(total, weight))
    errors = rng.normal(size=len(STATISTICS) + 1)
    blue, green = _levels(whole, noise, total - sent, -errors), _levels(whole, noise, sent, errors)
    for name in ("errors_5xx", "errors_4xx", "connection_errors"):
        blue[name], green[name] = _dealt_count(getattr(whole, name), total, sent, weight, rng)
    custom = {
        name: _dealt_mean(halves, noise.per_sample[name], weight, rng)
        if name in noise.per_sample
        else [_dealt_count(half, 0, 0, weight, rng) for half in halves]
        for name, halves in whole.custom.items()
    }
    for which, side in enumerate((blue, green)):
        side["custom"] = {name: (top[which], bottom[which]) for name, (top, bottom) in custom.items()}
    values = whole.model_dump()
    return row.model_copy(
        update={
            "weight": weight,
            "blue": Colour(**{**values, **blue}),
            "green": Colour(**{**values, **green}),
        }
    )


def _levels(whole: Colour, noise: Noise, mine: int, errors: npt.NDArray[np.float64]) -> dict[str, Any]:
    """Return what one side with `mine` of the requests shows, given errors in standard deviations."""
    total = round(whole.requests or 0)
    side: dict[str, Any] = {
        "requests": mine,
        "latency_samples": mine,
        "latency_min": None,
        "latency_max": None,
    }
    for name, error in zip(STATISTICS, errors, strict=False):
        value = getattr(whole, name)
        side[name] = None
        if value is not None and mine:  # opposite errors, whose mean by requests is that of the whole
            spread = math.sqrt(noise.per_request.get(name, 0.0) * (total - mine) / (mine * total))
            side[name] = value * math.exp(spread * float(error))
    if whole.cpu is not None:
        level = whole.cpu - noise.cpu_slope * (total - mine)
        side["cpu"] = max(0.0, level + noise.cpu_scatter * float(errors[-1]))
    return side


def _dealt_count(
    count: float | None, total: int, sent: int, weight: float, rng: np.random.Generator
) -> tuple[float | None, float | None]:
    """Return (blue's, green's) part of a count: out of `total` requests where it can be, otherwise by weight."""
    if count is None:
        return None, None
    whole = round(count)
    inside = 0 < whole <= total
    part = int(rng.hypergeometric(whole, total - whole, sent) if inside else rng.binomial(whole, weight))
    return float(whole - part), float(part)


def _dealt_mean(
    halves: tuple[float | None, float | None], per_sample: float, weight: float, rng: np.random.Generator
) -> list[tuple[float | None, float | None]]:
    """Return (blue's, green's) part of the sum and of the samples of a mean, whose noise is opposite on both."""
    total, samples = halves
    blue, green = _dealt_count(samples, 0, 0, weight, rng)
    if not total or not samples or blue is None or green is None:
        return [(total, total), (blue, green)]
    error = float(rng.normal())
    sums = [
        total / samples * mine * math.exp(side * math.sqrt(per_sample * max(samples - mine, 0) / (mine * samples)))
        if mine else 0.0
        for mine, side in ((blue, -error), (green, error))
    ]  # fmt: skip
    return [(sums[0], sums[1]), (blue, green)]


def faulty(
    row: Minute, signal: str, size: float, rng: np.random.Generator, maximum: int | None = None
) -> Minute:
    """Return a minute in which green has a fault.

    Args:
        row: The minute without it.
        signal: A key of `LADDERS`; `latency` makes every statistic slower, the others are fields of their own.
        size: How large: see `LADDERS`.
        rng: Of failing requests.
        maximum: Connections that the database takes; needed for `db_connections` only.
    """
    if signal == "db_connections":
        level = max(size * (maximum or 0), row.shared.db_connections or 0)
        return row.model_copy(update={"shared": row.shared.model_copy(update={signal: level})})
    green = row.green
    if green is None or not green.requests:
        return row
    sent = round(green.requests)
    ratios = (
        STATISTICS
        if signal == "latency"
        else ("latency_p99", "cpu")
        if signal in ("latency_p99", "cpu")
        else ()
    )
    change: dict[str, object] = {
        name: value * size for name in ratios
        if signal in (name, "latency") and (value := getattr(green, name)) is not None
    }  # fmt: skip
    if signal == "request_share":
        change = {"requests": float(rng.binomial(sent, 1 - size))}
    elif signal in ("errors_5xx", "connection_errors"):
        failed = int(rng.binomial(sent, size))
        change = {signal: min(sent, failed + (getattr(green, signal) or 0))}
        if signal == "connection_errors":
            change["requests"] = float(sent - failed)
    return row.model_copy(update={"green": green.model_copy(update=change)})
