"""What the judge remembers between minutes: blue's habits, where the shift stands, what each signal has won."""

from typing import Literal

from guardian.judge.bets import Bet
from guardian.judge.custom_habits import MeanHabit
from guardian.judge.minutes import requests
from guardian.model import Minute, Value

KEPT_MINUTES = 8
"""Settled minutes kept for the guard rails; the longest needs six."""


FEWEST_TO_TIME_A_STEP = 100.0
"""Requests of both colours in a minute that tell when in it a step happened."""


class Line(Value):
    """Running sums of a least-squares line, here CPU percent over requests a minute."""

    n: int = 0
    x: float = 0.0
    y: float = 0.0
    xx: float = 0.0
    xy: float = 0.0
    yy: float = 0.0

    def with_point(self, x: float, y: float) -> "Line":
        """Return the line with one more point."""
        return Line(
            n=self.n + 1, x=self.x + x, y=self.y + y, xx=self.xx + x * x, xy=self.xy + x * y, yy=self.yy + y * y,
        )  # fmt: skip

    def at(self, x: float) -> tuple[float, float] | None:
        """Return (value, variance of one new point there); None with fewer than eight points."""
        if self.n < 8:
            return None
        middle, level = self.x / self.n, self.y / self.n
        spread = max(self.xx - self.x * middle, 1e-9)
        slope = min(
            max((self.xy - self.x * level) / spread, 0.0), level / middle
        )  # an idle task uses 0 % or more
        left = max(self.yy - self.y * level - slope * (self.xy - self.x * level), 0.0)
        noise = left / (self.n - 2) + (0.01 * level) ** 2
        return level + slope * (x - middle), noise * (1 + 1 / self.n + (x - middle) ** 2 / spread)


class LatencyHabit(Value):
    """How one latency statistic of blue behaved before the shift, on the natural logarithmic scale.

    Attributes:
        level: Median.
        per_request: Variance that a single request would have; divided by the requests of a minute it is the
            sampling variance of that minute.
        drift: Variance of a minute that more requests would not reduce.
        wander: Standard deviation of the level over the whole history.
        burst: Longest run of minutes far above the level.
    """

    level: float
    per_request: float
    drift: float
    wander: float
    burst: int = 0


class ErrorHabit(Value):
    """How often blue failed before the shift.

    Attributes:
        rate: Per request.
        rate_high: A rate that the history does not exclude.
        clumping: Variance of a minute's count over its mean; 1 when errors are independent.
        usual: Median count of a minute.
    """

    rate: float = 0.0
    rate_high: float = 0.0
    clumping: float = 1.0
    usual: float = 0.0


class Reference(Value):
    """Blue before the shift, boiled down.

    Attributes:
        minutes: History minutes with requests.
        requests: Mean requests a minute over the last quarter of an hour.
        largest: Largest requests of a minute.
        quietest: Least requests a minute, in the mean of three minutes in a row.
        errors: By signal.
        latency: By statistic (`p50`, `avg`, `p99`).
        custom: Portion of each of the policy's own metrics.
        cpu: Whether CPU is published per colour.
        means: The same metrics as means, where they are positive.
        db_connections: Highest connection count.
    """

    minutes: int = 0
    requests: float = 0.0
    largest: float = 0.0
    quietest: float = 0.0
    errors: dict[str, ErrorHabit] = {}
    latency: dict[str, LatencyHabit] = {}
    custom: dict[str, float] = {}
    cpu: bool = False
    means: dict[str, MeanHabit] = {}
    db_connections: float | None = None


class Shift(Value):
    """Where the shift stands.

    Attributes:
        began: First minute in which green had weight; None before.
        began_part: Part of that minute for which it had.
        weight: Green's weight in the latest minute.
        step: Latest minute in which the weight grew.
        step_part: Part of that minute for which it had grown.
        steps: How often the weight grew, the first time included.
    """

    began: int | None = None
    began_part: float = 1.0
    weight: float = 0.0
    step: int = 0
    step_part: float = 1.0
    steps: int = 0

    def after(self, row: Minute) -> "Shift":
        """Return where the shift stands after one more minute."""
        if row.weight <= self.weight + 1e-9:
            return self.model_copy(update={"weight": row.weight})
        part = self._part_of_step(row)
        first = self.began is None
        return Shift(
            began=row.minute if self.began is None else self.began,
            began_part=part if first else self.began_part,
            weight=row.weight,
            step=row.minute,
            step_part=part,
            steps=self.steps + 1,
        )

    def _part_of_step(self, row: Minute) -> float:
        """Return for which part of a minute its weight had grown, by green's share of the requests: 0.05 to 1."""
        sent, sent_blue = requests(row.green), requests(row.blue)
        if sent + sent_blue < FEWEST_TO_TIME_A_STEP:
            return 1.0
        part = (sent / (sent + sent_blue) - self.weight) / (row.weight - self.weight)
        return round(min(max(part, 0.05), 1.0), 3)

    def minutes_since_began(self, minute: int) -> float:
        """Return the minutes from green's first traffic to the middle of its traffic in `minute`."""
        return _since(minute, self.began or 0, self.began_part)

    def minutes_since_step(self, minute: int) -> float:
        """Return the minutes from the latest step to the middle of what followed it in `minute`."""
        return _since(minute, self.step, self.step_part)


def _since(minute: int, begin: int, part: float) -> float:
    return part / 2 if minute <= begin else minute - begin - 0.5 + part


class Rails(Value):
    """Minutes in a row for which each guard rail has been touched, and the traffic that is usual by now.

    Attributes:
        silent: Green answered nothing although requests were due.
        absent: How many of these minutes had no datapoint of green at all.
        due: Requests that were due in the silent minutes.
        sick: Green had no healthy target.
        slow: Green was grossly slower than the baseline.
        failing: Green failed grossly.
        lost: The traffic of both colours was far under the usual.
        lost_total: Requests of both colours in those minutes.
        total: Requests of both colours in the latest minute.
        usual: Requests a minute of both colours, slowly following.
    """

    silent: int = 0
    absent: int = 0
    due: float = 0.0
    sick: int = 0
    slow: int = 0
    failing: int = 0
    lost: int = 0
    lost_total: float = 0.0
    total: float = 0.0
    usual: float = 0.0


class ColdStart(Value):
    """What is known of how cold green starts, by one latency statistic: see `judge/cold_start.py`.

    Attributes:
        sizes: Expected log slowness at the first traffic and at a later step.
        spread: Variance of the first, covariance, variance of the later. Beforehand: deviations of 0.40 and 0.12.
        mimicry: Sizes that a lasting fault of one log unit, bet on so far, would be mistaken for.
    """

    sizes: tuple[float, float] = (0.0, 0.0)
    spread: tuple[float, float, float] = (0.16, 0.0, 0.015)
    mimicry: tuple[float, float] = (0.0, 0.0)


class JudgeState(Value):
    """The judge's memory: constant in size however long the watch lasts.

    Attributes:
        version: Of this format.
        reference: Blue's habits.
        rows: The latest settled minutes, oldest first, at most `KEPT_MINUTES`.
        shift: Where the shift stands.
        bets: The evidence of each signal.
        cold: How cold green started, by latency statistic.
        cpu: Blue's CPU over its requests, history and shift together.
        largest: Largest requests of one minute that blue ever carried.
        rails: The guard rails.
        skipped: Why the latest minute did not count, by signal.
    """

    version: Literal[2] = 2
    reference: Reference
    rows: tuple[Minute, ...] = ()
    shift: Shift = Shift()
    bets: dict[str, Bet] = {}
    cold: dict[str, ColdStart] = {}
    cpu: Line = Line()
    largest: float = 0.0
    rails: Rails = Rails()
    skipped: dict[str, str] = {}
