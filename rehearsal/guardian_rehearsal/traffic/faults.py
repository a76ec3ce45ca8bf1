# ruff: noqa: ARG002 - every fault is asked with the same arguments, whether it needs them or not
"""What can go wrong: each fault bends the conditions of a minute, and faults compose in any number."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from typing import Any

from guardian_rehearsal.traffic.profile import BOTH, Colour
from guardian_rehearsal.traffic.weights import Weights


@dataclass(frozen=True)
class ColourConditions:
    """What one colour lives under in one minute.

    Attributes:
        latency_factor: Multiplies every latency.
        slow_tails: Pairs of (share of the requests, factor): requests of the slower half that slow down.
        error_probability: Chance of a target 5XX per request, added to the profile's.
        extra_errors: Exact number of further target 5XX.
        answers: Whether any target accepts a connection.
        cpu_factor: Multiplies the CPU that the same requests take.
    """

    latency_factor: float = 1.0
    slow_tails: tuple[tuple[float, float], ...] = ()
    error_probability: float = 0.0
    extra_errors: int = 0
    answers: bool = True
    cpu_factor: float = 1.0


@dataclass(frozen=True)
class Conditions:
    """What the service lives under in one minute: both colours, the volume factor and leaked connections."""

    blue: ColourConditions = field(default_factory=ColourConditions)
    green: ColourConditions = field(default_factory=ColourConditions)
    traffic_factor: float = 1.0
    leaked_connections: float = 0.0

    def of(self, colour: Colour) -> ColourConditions:
        """Return the conditions of one colour."""
        return self.blue if colour is Colour.BLUE else self.green

    def with_colour(self, colour: Colour, **changes: Any) -> "Conditions":
        """Return conditions in which one colour is changed."""
        changed = replace(self.of(colour), **changes)
        return replace(self, blue=changed) if colour is Colour.BLUE else replace(self, green=changed)


@dataclass(frozen=True, kw_only=True)
class Fault(ABC):
    """Something that goes wrong from minute `starts` to before minute `ends` (never ends: None).

    Minute 0 is the first minute with green traffic.
    """

    starts: int
    ends: int | None = None

    def active(self, index: int) -> bool:
        """Say whether the fault is there in minute `index`."""
        return self.starts <= index and (self.ends is None or index < self.ends)

    @abstractmethod
    def bend(self, conditions: Conditions, index: int, weights: Weights) -> Conditions:
        """Return the conditions of minute `index` with this fault added; asked only where it is active."""


def conditions_at(faults: tuple[Fault, ...], index: int, weights: Weights) -> Conditions:
    """Return what the service lives under in minute `index`, with every active fault applied in order."""
    conditions = Conditions()
    for fault in faults:
        if fault.active(index):
            conditions = fault.bend(conditions, index, weights)
    return conditions


@dataclass(frozen=True, kw_only=True)
class LatencyFactor(Fault):
    """Every request of one colour takes `factor` times as long."""

    colour: Colour = Colour.GREEN
    factor: float = 1.5

    def bend(self, conditions: Conditions, index: int, weights: Weights) -> Conditions:
        """Multiply the colour's latency."""
        return _slower(conditions, self.colour, self.factor)


@dataclass(frozen=True, kw_only=True)
class LatencyRamp(Fault):
    """Latency of one colour grows by the share `per_minute`, compounding, up to `ceiling` times normal."""

    colour: Colour = Colour.GREEN
    per_minute: float = 0.03
    ceiling: float = 10.0

    def bend(self, conditions: Conditions, index: int, weights: Weights) -> Conditions:
        """Multiply the colour's latency; the first minute already has one step."""
        growth = 1.0
        for _ in range(index - self.starts + 1):
            growth *= 1.0 + self.per_minute
            if growth >= self.ceiling:
                growth = self.ceiling
                break
        return _slower(conditions, self.colour, growth)


@dataclass(frozen=True, kw_only=True)
class SlowTail(Fault):
    """A `fraction` of one colour's requests, all from its slower half, takes `factor` times as long."""

    colour: Colour = Colour.GREEN
    fraction: float = 0.03
    factor: float = 4.0

    def bend(self, conditions: Conditions, index: int, weights: Weights) -> Conditions:
        """Add a slow tail to the colour."""
        tails = (*conditions.of(self.colour).slow_tails, (self.fraction, self.factor))
        return conditions.with_colour(self.colour, slow_tails=tails)


@dataclass(frozen=True, kw_only=True)
class ErrorRate(Fault):
    """Requests of the given colours end in a target 5XX with `probability`, on top of the profile's."""

    colours: frozenset[Colour] = frozenset({Colour.GREEN})
    probability: float = 0.05

    def bend(self, conditions: Conditions, index: int, weights: Weights) -> Conditions:
        """Add to the chance of a 5XX on each colour."""
        return _failing(conditions, self.colours, self.probability)


@dataclass(frozen=True, kw_only=True)
class SharedIncident(Fault):
    """Both colours fail and slow down alike, as when a database or a provider that both use is ill."""

    starts: int = 6
    ends: int | None = 14
    error_probability: float = 0.025
    latency_factor: float = 1.2

    def bend(self, conditions: Conditions, index: int, weights: Weights) -> Conditions:
        """Add errors and latency to both colours."""
        for colour in Colour:
            conditions = _slower(conditions, colour, self.latency_factor)
        return _failing(conditions, BOTH, self.error_probability)


@dataclass(frozen=True, kw_only=True)
class SingleErrors(Fault):
    """Exactly `count` more target 5XX on one colour, in minute `starts` only (at most one per request)."""

    colour: Colour = Colour.GREEN
    count: int = 1

    def active(self, index: int) -> bool:
        """Say whether this is the one minute; `ends` has no meaning here."""
        return index == self.starts

    def bend(self, conditions: Conditions, index: int, weights: Weights) -> Conditions:
        """Add the errors to the colour."""
        errors = conditions.of(self.colour).extra_errors + self.count
        return conditions.with_colour(self.colour, extra_errors=errors)


@dataclass(frozen=True, kw_only=True)
class DeadGreen(Fault):
    """No target of green answers: connection errors and load balancer 5XX in place of requests."""

    def bend(self, conditions: Conditions, index: int, weights: Weights) -> Conditions:
        """Make green unreachable."""
        return conditions.with_colour(Colour.GREEN, answers=False)


@dataclass(frozen=True, kw_only=True)
class LostTraffic(Fault):
    """Both colours together fall to `remaining` of the volume, as when an upstream stops calling."""

    remaining: float = 0.4

    def bend(self, conditions: Conditions, index: int, weights: Weights) -> Conditions:
        """Scale the volume."""
        return replace(conditions, traffic_factor=conditions.traffic_factor * self.remaining)


@dataclass(frozen=True, kw_only=True)
class ConnectionLeak(Fault):
    """Green leaks `per_minute` database connections a minute at full weight, in proportion to its weight.

    The leaked connections stay while green runs, and are released when the fault ends or green is gone.
    """

    per_minute: float = 10.0

    def bend(self, conditions: Conditions, index: int, weights: Weights) -> Conditions:
        """Add everything leaked up to the end of the minute."""
        leaked = self.per_minute * weights.integral(self.starts, index + 1)
        return replace(conditions, leaked_connections=conditions.leaked_connections + leaked)


@dataclass(frozen=True, kw_only=True)
class CpuFactor(Fault):
    """The same requests cost one colour `factor` times the CPU."""

    colour: Colour = Colour.GREEN
    factor: float = 1.5

    def bend(self, conditions: Conditions, index: int, weights: Weights) -> Conditions:
        """Multiply the colour's CPU."""
        return conditions.with_colour(
            self.colour, cpu_factor=conditions.of(self.colour).cpu_factor * self.factor
        )


def _slower(conditions: Conditions, colour: Colour, factor: float) -> Conditions:
    return conditions.with_colour(colour, latency_factor=conditions.of(colour).latency_factor * factor)


def _failing(conditions: Conditions, colours: frozenset[Colour], probability: float) -> Conditions:
    for colour in sorted(colours):
        chance = conditions.of(colour).error_probability + probability
        conditions = conditions.with_colour(colour, error_probability=chance)
    return conditions
