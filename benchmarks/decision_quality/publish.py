"""How CloudWatch shows a deployment: rows with the tick at which they are seen, late, revised, partial, or never."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.decision_quality.latency import Floats
from benchmarks.decision_quality.sides import Side
from benchmarks.decision_quality.traffic import Traffic
from benchmarks.decision_quality.world import Publishing, World

Row = dict[str, Any]
LATENCIES = ("latency_avg", "latency_p50", "latency_p90", "latency_p99", "latency_min", "latency_max")
COUNTS = ("requests", "errors_5xx", "errors_4xx", "connection_errors", "latency_samples")


def rows(rng: np.random.Generator, world: World, traffic: Traffic) -> tuple[list[Row], list[Row]]:
    """Return the rows of the history (minutes before 0) and those of the shift, each in the order of being seen."""
    history: list[Row] = []
    shift: list[Row] = []
    chances = rng.random((traffic.minutes.size, 6))
    outage = _outage(rng, world.publishing, int(traffic.minutes[-1]))
    blue, green = _table(traffic.blue, world), _table(traffic.green, world)
    for i, minute in enumerate(traffic.minutes.tolist()):
        row = _row(traffic, i, blue[i], green[i] if traffic.share[i] > 0 else None)
        shown = _shown(rng, row, world.publishing, chances[i])
        if minute in outage:
            shown = [{**shown[-1], "seen_at": outage.stop + 1}] if shown else []
        (history if minute < 0 else shift).extend(shown)
    return sorted(history, key=_seen), sorted(shift, key=_seen)


def _seen(row: Row) -> tuple[int, int]:
    return row["seen_at"], row["minute"]


def _outage(rng: np.random.Generator, publishing: Publishing, last: int) -> range:
    begin, length = int(rng.integers(0, max(last - 8, 1))), int(rng.integers(3, 9))
    return range(begin, begin + length) if publishing.outage else range(0)


def _row(traffic: Traffic, i: int, blue: Row | None, green: Row | None) -> Row:
    blue_cpu, green_cpu = (float(side.cpu[i]) for side in (traffic.blue, traffic.green))
    service = (blue_cpu + green_cpu) / 2 if green is not None else blue_cpu
    shared = {
        "db_connections": float(traffic.db_connections[i]),
        "db_cpu": round(float(traffic.db_cpu[i]), 3),
        "service_cpu": round(service, 3),
    }
    minute = int(traffic.minutes[i])
    return {
        "type": "minute", "minute": minute, "seen_at": minute, "weight": round(float(traffic.weight[i]), 6),
        "blue": blue, "green": green, "shared": shared,
    }  # fmt: skip


def _table(side: Side, world: World) -> list[Row]:
    """Return one dict per minute of a colour; without requests the counters and latencies are absent."""
    columns: dict[str, Sequence[float]] = {
        "requests": side.requests.astype(float).tolist(),
        "errors_5xx": side.errors_5xx.astype(float).tolist(),
        "errors_4xx": side.errors_4xx.astype(float).tolist(),
        "connection_errors": side.connection_errors.astype(float).tolist(),
        "latency_samples": side.requests.astype(float).tolist(),
        "latency_avg": np.round(side.latency.average, 6).tolist(),
        "latency_p50": np.round(side.latency.p50, 6).tolist(),
        "latency_p90": np.round(side.latency.p90, 6).tolist(),
        "latency_p99": np.round(side.latency.p99, 6).tolist(),
        "latency_min": np.round(side.latency.minimum, 6).tolist(),
        "latency_max": np.round(side.latency.maximum, 6).tolist(),
        "healthy_hosts": side.healthy_hosts.astype(float).tolist(),
        "unhealthy_hosts": (world.hosts - side.healthy_hosts).astype(float).tolist(),
    }
    if world.publishing.cpu_per_colour:
        columns["cpu"] = np.round(side.cpu, 4).tolist()
    table = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    if side.custom is not None:
        for row, done, begun in zip(
            table, *(part.astype(float).tolist() for part in side.custom), strict=True
        ):
            row["custom"] = {"checkout": [done, begun]}
    return [_without_silence(row) for row in table]


def _without_silence(row: Row) -> Row:
    if row["requests"] > 0:
        return row
    silent = {*LATENCIES, "errors_5xx", "errors_4xx", "latency_samples", "custom"}
    return {key: value for key, value in row.items() if key not in silent}


def _shown(rng: np.random.Generator, row: Row, publishing: Publishing, chance: Floats) -> list[Row]:
    """Return every appearance of one row."""
    seen_at = row["minute"] + publishing.delay
    if chance[0] < publishing.missing:
        return []
    if chance[1] < publishing.late:
        seen_at += int(rng.integers(1, 7))
    final = {**row, "seen_at": seen_at}
    if chance[2] < publishing.holes:
        final = _holed(rng, final)
    shown = [final]
    if chance[3] < publishing.partial:
        shown = [_partial(rng, final, float(rng.uniform(0.2, 0.95))), _later(rng, final)]
    elif chance[3] > 1 - publishing.half:
        shown = [{**final, str(rng.choice(["blue", "green"])): None}, _later(rng, final)]
    if chance[4] < publishing.twice:
        shown.append(_later(rng, shown[-1]))
    return shown


def _later(rng: np.random.Generator, row: Row) -> Row:
    return {**row, "seen_at": row["seen_at"] + int(rng.integers(1, 4))}


def _holed(rng: np.random.Generator, row: Row) -> Row:
    """Return the row without one or two fields of one colour."""
    colour = str(rng.choice(["blue", "green"]))
    side = row[colour]
    if not side:
        return row
    gone = set(
        rng.choice([*LATENCIES[:4], "errors_5xx", "cpu", "healthy_hosts"], int(rng.integers(1, 3))).tolist()
    )
    return {**row, colour: {key: value for key, value in side.items() if key not in gone}}


def _partial(rng: np.random.Generator, row: Row, part: float) -> Row:
    """Return the row as it looks when a random `part` of its requests has been counted."""
    return {**row, **{colour: _thinned(rng, row[colour], part) for colour in ("blue", "green")}}


def _thinned(rng: np.random.Generator, side: Mapping[str, Any] | None, part: float) -> Row | None:
    if side is None or not side.get("requests"):
        return None if side is None else dict(side)
    thin = dict(side)
    for name in COUNTS:
        if name in thin:
            thin[name] = float(rng.binomial(int(side[name]), part))
    thin["latency_samples"] = thin["requests"]
    if not thin["requests"]:
        return _without_silence(thin)
    # A part of a sample scatters around the whole by the error of the part beyond that of the whole.
    error = math.sqrt(1 / thin["requests"] - 1 / side["requests"])
    for name, width in (
        ("latency_avg", 0.8),
        ("latency_p50", 0.7),
        ("latency_p90", 1.0),
        ("latency_p99", 2.0),
    ):
        if name in thin:
            thin[name] = round(thin[name] * math.exp(width * error * rng.standard_normal()), 6)
    if "custom" in side:
        done, begun = side["custom"]["checkout"]
        kept = float(rng.binomial(int(done), part))
        thin["custom"] = {"checkout": [kept, kept + float(rng.binomial(int(begun - done), part))]}
    return thin
