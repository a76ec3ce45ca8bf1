"""What the judge remembers between minutes, and the small questions that every signal asks of it."""

from collections.abc import Sequence

from guardian.model import Colour, Minute, Value

KEPT_MINUTES = 12
"""Settled minutes kept for the windows of the signals; the longest window is 10, and a step needs its neighbours."""


class Line(Value):
    """Running sums of a least-squares line, here CPU percent over requests a minute."""

    n: int = 0
    x: float = 0.0
    y: float = 0.0
    xx: float = 0.0
    xy: float = 0.0
    lowest: float = 0.0
    highest: float = 0.0

    def with_point(self, x: float, y: float) -> "Line":
        return Line(
            n=self.n + 1, x=self.x + x, y=self.y + y, xx=self.xx + x * x, xy=self.xy + x * y,
            lowest=min(self.lowest, x) if self.n else x, highest=max(self.highest, x),
        )  # fmt: skip

    def at(self, x: float) -> float | None:
        """Return the line's value at `x`; None with fewer than five points, or where no point has ever been."""
        if self.n < 5 or not 0.8 * self.lowest <= x <= 1.25 * self.highest:
            return None
        spread = self.xx - self.x * self.x / self.n
        slope = (self.xy - self.x * self.y / self.n) / spread if spread > 1e-9 else 0.0
        return self.y / self.n + slope * (x - self.x / self.n)


class LatencyHabit(Value):
    """How one latency statistic of blue behaved before the shift.

    Attributes:
        log_level: Mean of the natural logarithm of seconds.
        log_noise: Standard deviation of one minute around the minutes beside it, on the same scale.
    """

    log_level: float
    log_noise: float


class Reference(Value):
    """Blue before the shift, boiled down.

    Attributes:
        minutes: History minutes with requests.
        requests: Mean requests a minute over the last quarter of an hour.
        mean_requests: Mean requests a minute over the whole history.
        errors_5xx: Errors per request.
        connection_errors: Failed connections per attempt.
        latency: By statistic (`p50`, `avg`, `p99`).
        db_connections: Highest connection count.
    """

    minutes: int = 0
    requests: float = 0.0
    mean_requests: float = 0.0
    errors_5xx: float = 0.0
    connection_errors: float = 0.0
    latency: dict[str, LatencyHabit] = {}
    db_connections: float | None = None


class JudgeState(Value):
    """The judge's memory: constant in size however long the watch lasts.

    Attributes:
        reference: Blue's habits.
        rows: The latest settled minutes, oldest first, at most `KEPT_MINUTES`.
        cpu: Blue's CPU over its requests, history and shift together.
    """

    reference: Reference
    rows: tuple[Minute, ...] = ()
    cpu: Line = Line()


def latest(rows: Sequence[Minute], count: int) -> tuple[Minute, ...]:
    """Return the last `count` minutes in which green has weight."""
    return tuple(row for row in rows if row.weight > 0)[-count:]


def stepped(rows: Sequence[Minute], row: Minute) -> bool:
    """Tell whether the weight changed in this minute or may have changed unseen at its end.

    Steps do not fall on minute boundaries and are noticed at the next look, so both neighbours are mixed. Without the
    minute before, which minute 0 has not, nobody can tell.
    """
    beside = {
        other.minute - row.minute: other.weight for other in rows if abs(other.minute - row.minute) == 1
    }
    return beside.get(-1) != row.weight or beside.get(1, row.weight) != row.weight


def span(minutes: int) -> str:
    """Return `1 minute`, `2 minutes` and so on."""
    return f"{minutes} minute{'' if minutes == 1 else 's'}"


def requests(colour: Colour | None) -> float:
    """Return a colour's requests, counting an absent colour as none."""
    return (colour.requests or 0.0) if colour else 0.0


def attempts(colour: Colour | None) -> float:
    """Return what was sent to a colour: answered requests and failed connections."""
    return requests(colour) + (colour.connection_errors or 0.0 if colour else 0.0)


def known(row: Minute, field: str) -> bool:
    """Tell whether a field is known for each colour that reports anything; unknown is not zero."""
    return all(colour is None or getattr(colour, field) is not None for colour in (row.blue, row.green))
