"""Judges placebo deployments cut from blue's own minutes, for false rollbacks and the smallest fault noticed. Pure."""

import copy
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from guardian.decide import DecisionKind
from guardian.judge import Judge
from guardian.model import Colour, Finding, Minute, Mode
from guardian.policy import Policy
from guardian.tape import TapeHeader
from guardian_console.placebo import INTERVAL, LADDERS, Noise, dealt, faulty, noise_of
from guardian_console.rulings import Ruling, rulings

HISTORY, SHIFT = 60, 36
"""Minutes of a placebo before green gets traffic, and from then on."""
FULL = 0.9
"""Part of a placebo's minutes that must be there; CloudWatch has gaps."""
WITHIN = 10
"""Minutes of a fault by the end of which it must be noticed."""
OFTEN = 0.8
"""Part of the placebos in which an effect must be noticed."""


@dataclass(frozen=True)
class Placebos:
    """Placebo deployments: the same index and seed give the same one.

    A placebo is a stretch of a series in which nothing was deployed: an hour of history, then a linear shift in which
    the requests are dealt at random to two colours that run the same version. A rollback of it is false by
    construction.

    Attributes:
        series: Blue's minutes while nothing was deployed, by minute; gaps separate stretches.
        header: Names the database's maximum of connections.
        policy: Judges them, in mode `enforce`.
        noise: Of the series.
        starts: Minutes at which a shift may begin.
        seed: Of all chance.
    """

    series: Mapping[int, Minute]
    header: TapeHeader
    policy: Policy
    noise: Noise
    starts: Sequence[int]
    seed: int

    @classmethod
    def of(cls, series: Mapping[int, Minute], header: TapeHeader, policy: Policy, seed: int) -> "Placebos":
        """Learn what there is to know of a series; `starts` is empty where it is too short or too full of gaps."""
        there = np.array(sorted(series), dtype=np.int64)
        candidates = np.arange(there[0] + HISTORY, there[-1] - SHIFT + 2) if len(there) else there
        full = np.searchsorted(there, candidates + SHIFT) - np.searchsorted(there, candidates - HISTORY)
        starts = candidates[full >= FULL * (HISTORY + SHIFT)].tolist()
        enforced = policy.model_copy(update={"mode": Mode.ENFORCE})
        means = [metric.name for metric in policy.custom if metric.kind == "mean"]
        return cls(series, header, enforced, noise_of(series, means), starts, seed)

    @property
    def lag(self) -> int:
        """Ticks from a minute's start until it is settled and judged."""
        return 1 + -(-self.policy.window.settle_seconds // 60)

    def cut(self, index: int) -> tuple[list[Minute], list[Minute]]:
        """Return (history, shift) of one placebo.

        Requests are thinned binomially by the weight, errors go with them hypergeometrically. Latency differs from
        blue's by a normal error on the log scale as large as dealing the minute's requests to two sides makes it, and
        opposite on both. CPU moves along its line with the requests. Limits: statistics of one minute err
        independently; what hosts, cold starts and connections that stick to a colour do to a real green is not in it.
        """
        rng = np.random.default_rng([self.seed, index])
        start = int(rng.choice(self.starts))
        rows = [
            self.series[at].moved(start) for at in range(start - HISTORY, start + SHIFT) if at in self.series
        ]
        rows = [row.model_copy(update={"seen_at": row.minute + self.lag}) for row in rows]
        shift = [dealt(row, self.noise, rng) for row in rows if row.minute >= 0]
        return [row for row in rows if row.minute < 0], shift

    def falsely(self, index: int) -> Ruling | None:
        """Return the rollback of one placebo; None when it is left alone, as it should be."""
        history, shift = self.cut(index)
        rows = [row.model_copy(update={"seen_at": 0}) for row in history]
        ruled = rulings(self.header, rows + shift, self.policy)
        return next((one for one in ruled if one.decision.kind is DecisionKind.ROLL_BACK), None)

    def signals(self) -> list[str]:
        """Return the signals of which the series, the policy and the header know enough to try a fault."""
        last = [row for _, row in sorted(self.series.items()) if row.blue][-1_000:]
        known = {name for row in last for name, value in (row.blue or Colour()) if value is not None}
        known |= {name for row in last for name, value in row.shared if value is not None}
        needs = {"latency": "latency_p50", "request_share": "requests"}
        return [
            name for name in LADDERS
            if needs.get(name, name) in known and (name != "db_connections" or self.maximum is not None)
        ]  # fmt: skip

    @property
    def maximum(self) -> int | None:
        """Connections that the database takes; None when neither the policy nor the header says."""
        return self.policy.database.max_connections or self.header.max_connections

    def smallest(self, step: int, tried: int) -> dict[str, float | None]:
        """Return by signal the smallest fault, there from the first minute of `step` (from 0), that is mostly noticed.

        Mostly means in `OFTEN` of the first `tried` placebos, by the time that `WITHIN` minutes of it have settled;
        None where not even the largest on the signal's ladder is.
        """
        first = step * INTERVAL
        ready = [one for one in (self._ready(index, first) for index in range(tried)) if one is not None]
        found: dict[str, float | None] = {}
        for signal in self.signals():
            ladder, low, high = LADDERS[signal], 0, len(LADDERS[signal])
            while low < high:
                middle = (low + high) // 2
                low, high = (
                    (low, middle) if self._mostly(ready, signal, ladder[middle]) else (middle + 1, high)
                )
            found[signal] = ladder[low] if ready and low < len(ladder) else None
        return found

    def _ready(self, index: int, first: int) -> tuple[int, Judge, list[Minute]] | None:
        """Return a judge that has seen a placebo up to minute `first`, and the rest; None if it has diverged."""
        history, shift = self.cut(index)
        judging = Judge(self.header, history, self.policy)
        for row in shift:
            if row.minute < first and judging.tick(row.seen_at, [row]).verdict == Finding.DIVERGED:
                return None
        return index, judging, [row for row in shift if first <= row.minute < first + WITHIN]

    def _mostly(self, ready: Sequence[tuple[int, Judge, list[Minute]]], signal: str, size: float) -> bool:
        needed = math.ceil(OFTEN * len(ready) - 1e-9)
        for left, (index, judging, rows) in zip(range(len(ready), 0, -1), ready, strict=True):
            if needed <= 0 or needed > left:
                break
            needed -= self._noticed(index, copy.deepcopy(judging), rows, signal, size)
        return needed <= 0

    def _noticed(self, index: int, judging: Judge, rows: Sequence[Minute], signal: str, size: float) -> bool:
        for row in rows:
            rng = np.random.default_rng([self.seed, index, row.minute])
            hurt = faulty(row, signal, size, rng, self.maximum)
            if judging.tick(row.seen_at, [hurt]).verdict == Finding.DIVERGED:
                return True
        return False


def interval(bad: int, of: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the Clopper-Pearson interval of a rate: bounds at which the count seen is just not too unlikely.

    Raises:
        ValueError: `of` is not positive, or `bad` is not between 0 and `of`.
    """
    if not 0 <= bad <= of or of == 0:
        raise ValueError(f"{bad} of {of} is no rate")
    tail = (1 - confidence) / 2
    low = 0.0 if bad == 0 else _solved(lambda rate: 1 - _at_most(bad - 1, of, rate) < tail)
    high = 1.0 if bad == of else _solved(lambda rate: _at_most(bad, of, rate) > tail)
    return low, high


def _solved(below: Callable[[float], bool]) -> float:
    """Return the rate up to which `below` holds, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle) else (low, middle)
    return low


def _at_most(count: int, of: int, rate: float) -> float:
    """Return the chance of `count` or fewer out of `of`."""
    logs = (math.lgamma(of + 1) - math.lgamma(one + 1) - math.lgamma(of - one + 1)
            + one * math.log(rate) + (of - one) * math.log1p(-rate) for one in range(count + 1))  # fmt: skip
    return math.fsum(math.exp(log) for log in logs)
