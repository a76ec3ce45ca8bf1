"""The traffic of one rehearsal: what the load balancer, the containers and the database publish, minute by minute."""

import heapq
from dataclasses import replace
from datetime import datetime, timedelta

from guardian_rehearsal.emulator.cloudwatch import CloudWatchBackend
from guardian_rehearsal.traffic import (
    BOTH,
    Colour,
    Dimensions,
    Fault,
    Minute,
    Publication,
    Traffic,
    Weights,
    publications,
)

MINUTE = timedelta(minutes=1)
HISTORY_MINUTES = 75
"""Minutes of blue alone that exist when a rehearsal begins: more than a policy asks for by default."""


class Road:
    """Users' requests on their way to blue and green, and what CloudWatch gets to know of them, and when.

    Minutes are counted from `base`; when green gets its first traffic, the faults are counted from there.

    Attributes:
        minutes: The truth of every minute that has ended, by its start.
        origin: Start of the first minute in which green has traffic.
    """

    def __init__(
        self, cloudwatch: CloudWatchBackend, traffic: Traffic, faults: tuple[Fault, ...], base: datetime
    ) -> None:
        self._cloudwatch = cloudwatch
        self._traffic = traffic
        self._faults = faults
        self._base = base
        self._weights = Weights()
        self._waiting: list[tuple[datetime, int, Publication]] = []
        self._put = 0
        self.minutes: dict[datetime, Minute] = {}
        self.origin: datetime | None = None

    def lay_history(self, dimensions: Dimensions) -> None:
        """Publish the minutes before `base` as they look when they have settled."""
        for number in range(-HISTORY_MINUTES, 0):
            start = self._base + number * MINUTE
            self._publish(
                self._traffic.minute(number, self._weights, frozenset({Colour.BLUE})), start, dimensions
            )
        self.deliver(self._base)

    def set_weight(self, at: datetime, green: float) -> None:
        """Route from now on by a new weight (green's share, 0 to 1)."""
        if self.origin is None and green > 0:
            self.origin = at.replace(second=0, microsecond=0)
            offset = round((self.origin - self._base) / MINUTE)
            shifted = tuple(_later(fault, offset) for fault in self._faults)
            self._traffic = replace(self._traffic, faults=shifted)
        self._weights = self._weights.then((at - self._base) / MINUTE, green)

    def end_minute(self, end: datetime, dimensions: Dimensions, *, green: bool) -> None:
        """Draw the minute that ends at `end` and have its metrics published in the minutes to come."""
        start = end - MINUTE
        present = BOTH if green else frozenset({Colour.BLUE})
        minute = self._traffic.minute(round((start - self._base) / MINUTE), self._weights, present)
        self.minutes[start] = minute
        self._publish(minute, start, dimensions)

    def next_due(self) -> datetime | None:
        """Return when the next metric reaches CloudWatch."""
        return self._waiting[0][0] if self._waiting else None

    def deliver(self, now: datetime) -> None:
        """Let CloudWatch have every metric that is due."""
        while self._waiting and self._waiting[0][0] <= now:
            _, _, one = heapq.heappop(self._waiting)
            self._cloudwatch.record(
                one.namespace, one.name, dict(one.dimensions), one.timestamp, one.values, one.counts, one.unit
            )

    def green_requests(self, until: datetime) -> float:
        """Return how many requests green has answered until a moment, the minute under way in proportion."""
        total = 0.0
        for start, minute in self.minutes.items():
            if minute.green is not None and start < until:
                total += minute.green.requests * min(1.0, (until - start) / MINUTE)
        return total

    def _publish(self, minute: Minute, start: datetime, dimensions: Dimensions) -> None:
        for one in publications(minute, start, dimensions):
            self._put += 1
            heapq.heappush(self._waiting, (one.at, self._put, one))


def _later(fault: Fault, by: int) -> Fault:
    return replace(fault, starts=fault.starts + by, ends=None if fault.ends is None else fault.ends + by)
