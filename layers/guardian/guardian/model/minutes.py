"""Observations, minute by minute."""

from datetime import datetime

from pydantic import AwareDatetime

from guardian.model.words import Rounded, Value


class Colour(Value):
    """What one colour did in one minute. Seconds, counts and percent; None where it is not known.

    `custom` holds the numerators and denominators of the policy's own metrics, by metric name.
    """

    requests: Rounded | None = None
    errors_5xx: Rounded | None = None
    errors_4xx: Rounded | None = None
    latency_avg: Rounded | None = None
    latency_p50: Rounded | None = None
    latency_p90: Rounded | None = None
    latency_p99: Rounded | None = None
    latency_samples: Rounded | None = None
    latency_min: Rounded | None = None
    latency_max: Rounded | None = None
    healthy_hosts: Rounded | None = None
    unhealthy_hosts: Rounded | None = None
    connection_errors: Rounded | None = None
    cpu: Rounded | None = None
    custom: dict[str, tuple[Rounded | None, Rounded | None]] = {}


class Shared(Value):
    """What both colours did together in one minute: counts and percent; None where it is not known."""

    db_connections: Rounded | None = None
    db_cpu: Rounded | None = None
    service_cpu: Rounded | None = None
    elb_5xx: Rounded | None = None


class Minute(Value):
    """One row of observations.

    Attributes:
        minute: Counted from the first minute in which green has production traffic; negative is history.
        seen_at: The tick, counted in the same minutes, at which the row was read.
        weight: Green's share of production traffic at the end of the minute, 0 to 1.
        blue: Blue's metrics; None when blue has no datapoint at all.
        green: Green's metrics; None when green has no datapoint at all.
        shared: Metrics that no colour owns.
    """

    minute: int
    seen_at: int
    weight: float
    blue: Colour | None = None
    green: Colour | None = None
    shared: Shared = Shared()

    def has_settled(self, settle_seconds: int) -> bool:
        """Tell whether CloudWatch had stopped revising the minute when the row was read.

        That is so many seconds after its end, rounded up to whole minutes, so that a row tells it by itself.
        """
        return self.minute + 1 + -(-settle_seconds // 60) <= self.seen_at

    def moved(self, by: int) -> "Minute":
        """Return the row counted from an origin `by` minutes later."""
        return self.model_copy(update={"minute": self.minute - by, "seen_at": self.seen_at - by})


class Season(Value):
    """The same hours of earlier days, as what green is judged by while blue has no traffic.

    Attributes:
        hour: Start of the clock hour (UTC) for which they were looked for.
        of: The clock hour whose earlier days are the reference; None while that is blue's last hour before the shift.
        days: Earlier days with usable minutes: those in use or, without any, those that were too few.
        minutes: Usable minutes of these days.
    """

    hour: AwareDatetime
    of: AwareDatetime | None = None
    days: int = 0
    minutes: int = 0


class History(Value):
    """Blue before the shift: rows counted from `epoch`, all of them negative.

    Attributes:
        epoch: Start of the minute that row 0 would have.
        rows: The rows, oldest first.
        problem: Why the history cannot be relied on; None when it can.
    """

    epoch: AwareDatetime
    rows: tuple[Minute, ...] = ()
    problem: str | None = None

    def counted_from(self, origin: datetime) -> tuple[Minute, ...]:
        """Return the rows counted from `origin`, leaving out any that lie after it."""
        by = round((origin - self.epoch).total_seconds() / 60)
        return tuple(moved for row in self.rows if (moved := row.moved(by)).minute < 0)
