"""Wald's sequential probability ratio test by one who knows the fault, its size and the noise: nobody can be faster.

It concedes what the judge concedes: the null is green at the tolerance (latency 1.10, p99 1.25, error rates 1.5
times blue's, CPU 1.15, share 0.8, custom ratio 0.9; against history alone latency 2 and an error rate of 5 %), and it
convicts only while the effect is beyond the policy's limit. Its threshold is log(1 / 0.001): by Wald's inequality at
most 0.1 % of the deployments at the tolerance are rolled back, and fewer of the healthy ones.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.decision_quality.counting import Errors
from benchmarks.decision_quality.faults import Fault, Kind
from benchmarks.decision_quality.generator import Deployment
from benchmarks.decision_quality.latency import Quantiles, Shape
from benchmarks.decision_quality.rows import Row, count, value

THRESHOLD = math.log(1 / 0.001)
FEW = 20
"""Requests a minute on a side below which its latency does not count (the policy's `latency.min_requests`)."""
LEAST_ERRORS = 5
"""Errors on green below which nobody is convicted of a rate (the policy's `errors.min_errors`)."""


@dataclass(frozen=True)
class _Normal:
    """A normal law with a wider one mixed in for minutes that a nuisance hit."""

    variance: float
    share: float = 0.0
    extra: float = 0.0

    def density(self, x: float) -> float:
        wide = self.variance + self.extra**2
        return (1 - self.share) * _bell(x, self.variance) + self.share * _bell(x, wide) + 1e-300

    def ratio(self, x: float, null: float, alternative: float) -> float:
        return math.log(self.density(x - alternative) / self.density(x - null))


def _bell(x: float, variance: float) -> float:
    return math.exp(-x * x / (2 * variance)) / math.sqrt(2 * math.pi * variance)


def spread_of_log_quantile(shape: Shape, rank: float) -> float:
    """Return the asymptotic standard deviation of the logarithm of a sample quantile, times the root of n."""
    upper, width = 1 - rank, (1 - rank) / 20
    high, low = (_log_quantile(shape, upper + sign * width) for sign in (-1, 1))
    return math.sqrt(rank * upper) * (high - low) / (2 * width)


def _log_quantile(shape: Shape, upper: float) -> float:
    return float(np.log(Quantiles(shape).at(np.array([upper])))[0])


class Oracle:
    """The test on one deployment; `tick` takes the rows that have become visible and says whether to roll back."""

    def __init__(self, deployment: Deployment, fault: Fault | None = None) -> None:
        """Prepare for the deployment's own fault, or for `fault` when it is healthy."""
        known = fault or deployment.fault
        if known is None:
            raise ValueError("an oracle needs a fault to look for; give one for a healthy deployment")
        self.fault = known
        self.deployment = deployment
        self.world = deployment.world
        self._terms: dict[int, float] = {}
        self._rows: dict[int, Row] = {}
        self._term = self._rule()

    def tick(self, rows: Sequence[Row]) -> bool:
        """Take in rows, new or revised, and tell whether the evidence has reached the threshold."""
        for row in rows:
            if row["minute"] >= self.fault.start:
                self._rows[row["minute"]] = row
                self._terms[row["minute"]] = self._term(row)
        if not self._rows or not self._beyond_limit(max(self._rows)) or not self._enough_errors():
            return False
        return sum(self._terms.values()) >= THRESHOLD

    def _rule(self) -> Callable[[Row], float]:
        kind = self.fault.kind
        if kind in (Kind.LATENCY, Kind.LATENCY_RAMP, Kind.LATENCY_P99):
            self._field, rank = ("latency_p99", 0.99) if kind is Kind.LATENCY_P99 else ("latency_p50", 0.5)
            self._spread = spread_of_log_quantile(self.world.shape, rank)
            return self._latency
        return {
            Kind.ERRORS: self._errors,
            Kind.CONNECTION_ERRORS: self._errors,
            Kind.DEAD: self._dead,
            Kind.SHARE: self._share,
            Kind.TRAFFIC: self._traffic,
            Kind.LEAK: self._leak,
            Kind.CPU: self._cpu,
            Kind.CUSTOM: self._custom,
        }[kind]

    def _enough_errors(self) -> bool:
        field = {Kind.ERRORS: "errors_5xx", Kind.CONNECTION_ERRORS: "connection_errors"}.get(self.fault.kind)
        return field is None or sum(count(row, "green", field) for row in self._rows.values()) >= LEAST_ERRORS

    def _effect(self, minute: int) -> float:
        return float(self.fault.factor(np.array([float(minute)]))[0])

    def _beyond_limit(self, minute: int) -> bool:
        """Tell whether the fault, as it is in this minute, exceeds what the policy's limit lets pass."""
        size, kind = self.fault.size, self.fault.kind
        if kind in (Kind.ERRORS, Kind.CONNECTION_ERRORS):
            base = self.world.error_rate if kind is Kind.ERRORS else 0.0
            return base + size >= max(0.002, 2 * base)
        if kind is Kind.CPU:
            return size >= 1.3 and (size - 1) * self.world.cpu_idle >= 0
        limits = {Kind.LATENCY: 1.2, Kind.LATENCY_RAMP: 1.2, Kind.LATENCY_P99: 1.5}
        return self._effect(minute) >= limits.get(kind, -math.inf)

    def _latency(self, row: Row) -> float:
        nuisances, world = self.world.nuisances, self.world
        green, blue = value(row, "green", self._field), value(row, "blue", self._field)
        n_g, n_b = count(row, "green", "requests"), count(row, "blue", "requests")
        shift = math.log(max(self._effect(row["minute"]), 1.0))
        if not green or n_g < FEW:
            return 0.0
        own = world.own_sd**2 * _inflation(world.own_memory)
        load = nuisances.load / (1.2 * world.requests)
        known = math.log(world.green_factor) + load * n_g
        variance = self._spread**2 / n_g + own + self._cold(row["minute"]) ** 2
        bursts = 1 - (1 - nuisances.bursts / 60) ** 3
        if blue and n_b >= FEW:
            tolerance = math.log(1.25 if self.fault.kind is Kind.LATENCY_P99 else 1.10)
            law = _Normal(variance + self._spread**2 / n_b + own, bursts, nuisances.burst_log)
            seen = math.log(green / blue) - known + load * n_b
        else:
            tolerance = math.log(2.0)
            common = world.common_sd**2 * _inflation(world.common_memory)
            odd = min(bursts + nuisances.incidents / 15, 0.5)
            law = _Normal(variance + common, odd, max(nuisances.burst_log, 0.5))
            seen = math.log(green) - self._usual() - known
        return law.ratio(seen, tolerance, shift) if shift > tolerance else 0.0

    def _usual(self) -> float:
        rank = 0.01 if self._field == "latency_p99" else 0.5
        return math.log(self.world.median) + _log_quantile(self.world.shape, rank)

    def _cold(self, minute: int) -> float:
        nuisances, weights = self.world.nuisances, self.deployment.weights
        return nuisances.cold * math.exp(-float(weights.since_step[minute]) / nuisances.cold_minutes)

    def _errors(self, row: Row) -> float:
        """Return the ratio of the joint laws of both colours' errors, shared incidents and clusters included."""
        connections = self.fault.kind is Kind.CONNECTION_ERRORS
        field = "connection_errors" if connections else "errors_5xx"
        tries = [
            count(row, colour, "requests") + (count(row, colour, field) if connections else 0.0)
            for colour in ("green", "blue")
        ]
        errors = Errors(
            green=count(row, "green", field), blue=count(row, "blue", field), sent_green=tries[0], sent_blue=tries[1],
            base=0.0 if connections else self.world.error_rate, extra=self.fault.size,
            cluster=1.0 if connections else self.world.nuisances.cluster,
            blip=self._blip(row["minute"], connections),
            incident=0.01 + self.world.nuisances.incidents / 60,
        )  # fmt: skip
        return errors.log_ratio() if errors.sent_green else 0.0

    def _blip(self, minute: int, connections: bool) -> float:
        """Return how many errors the replacing of tasks may make in this minute."""
        nuisances, weights = self.world.nuisances, self.deployment.weights
        stepped = minute == 0 or weights.at_end[minute] != weights.at_end[minute - 1]
        if not stepped or not nuisances.blip:
            return 0.0
        return 0.45 if connections else nuisances.blip

    def _dead(self, row: Row) -> float:
        share = float(self.deployment.weights.share[row["minute"]])
        n_b = count(row, "blue", "requests")
        due = n_b * share / (1 - share) if share < 1 and n_b else self.world.requests * share
        return 0.8 * due if not count(row, "green", "requests") else -due

    def _share(self, row: Row) -> float:
        weight, minute = row["weight"], row["minute"]
        n_g, n_b = count(row, "green", "requests"), count(row, "blue", "requests")
        before = float(self.deployment.weights.at_end[minute - 1]) if minute else 0.0
        if weight >= 1 or weight != before or n_g + n_b == 0:
            return 0.0
        null = 0.8 * weight / (0.8 * weight + 1 - weight)
        left = self.fault.size * weight
        other = left / (left + 1 - weight)
        return n_g * math.log(other / null) + n_b * math.log((1 - other) / (1 - null))

    def _traffic(self, row: Row) -> float:
        world = self.world
        total = count(row, "green", "requests") + count(row, "blue", "requests")
        variance = world.volume_sd**2 * _inflation(world.volume_memory) + 1 / max(total, 1)
        law = _Normal(variance + 0.05**2, 0.2 if world.nuisances.dip else 0.0, 0.5)
        return law.ratio(math.log(max(total, 0.5) / world.requests), math.log(0.6), math.log(self.fault.size))

    def _leak(self, row: Row) -> float:
        """Half of what convicts: two minutes above two fleets on a line that is full within 15 minutes."""
        level = row["shared"].get("db_connections") or 0.0
        left = self.fault.start + self.fault.size - row["minute"]
        return THRESHOLD / 2 if level > 2.2 * self.world.connections and left <= 15 else 0.0

    def _cpu(self, row: Row) -> float:
        cpu, n_g = value(row, "green", "cpu"), count(row, "green", "requests")
        if not cpu or row["minute"] < 4:
            return 0.0
        line = self.world.cpu_idle + self.world.cpu_busy * n_g / self.world.requests
        alternative = math.log(min(self.fault.size * line, 100.0) / line)
        if (self.fault.size - 1) * line < 5 or alternative < math.log(1.3):
            return 0.0
        return _Normal(0.05**2).ratio(math.log(cpu / line), math.log(1.15), alternative)

    def _custom(self, row: Row) -> float:
        pair = ((row.get("green") or {}).get("custom") or {}).get("checkout")
        if not pair or self.world.checkout is None:
            return 0.0
        null, other = 0.9 * self.world.checkout, self.fault.size * self.world.checkout
        done, begun = pair
        return float(done * math.log(other / null) + (begun - done) * math.log((1 - other) / (1 - null)))


def _inflation(memory: float) -> float:
    """Return by how much autocorrelation inflates the variance of a mean of an AR(1) series."""
    return (1 + memory) / (1 - memory)
