"""Errors: 5XX and 4XX answers and failed connections, as rates of green against blue."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from guardian.judge.bets import Bet, mass_due, placed
from guardian.judge.likelihoods import NO_EXTRA, Extra, capped, cluster_gains, rate_gains, split_gains
from guardian.judge.minutes import Count, ErrorPoint, attempts, requests
from guardian.judge.protections import Protections
from guardian.judge.state import ErrorHabit, JudgeState
from guardian.model import Colour, Minute

CAP = 7.5
"""Nats that one minute may add: one burst of errors, however large, never convicts by itself."""
ALONE_CAP = 1.4
"""Nats that one minute may add while only history can be compared with."""
RELATED = 0.03
"""Correlation between two errors of the same minute: requests that fail together fail for the same reason."""
RATIOS = (3.0, 8.0, 40.0, 400.0)
"""Ratios of green's rate to blue's that are bet on."""
HISTORY_RATIOS = (3.0, 10.0, 50.0)
"""Ratios to blue's historical rate that are bet on where blue's own requests tell little."""
MOVED_FIRST, MOVED_LATER, MORE_MOVED, MOST_MOVED = 0.25, 0.12, 0.5, 12
"""Chance that green's first traffic, or a later step, makes errors by itself; of each more; and how many at most."""
CLUSTER_RATIOS = (5.0, 20.0, 150.0)
"""Ratios of the rates of clusters that are bet on."""
CLUSTER_PART, HISTORY_PART = 0.25, 0.35
"""Part of the money beside a live blue that is bet on clusters; and against history, above half the weight."""
LEAST_RATE, LEAST_CLUMPING = 1e-5, 0.1
"""Smallest rate of errors, and smallest clumping beyond independence, that are assumed."""
FEWEST_ON_BLUE = 1.0
"""Requests on blue below which green stands alone in a minute."""


@dataclass(frozen=True)
class Kind:
    """A kind of error.

    Attributes:
        signal: Its name.
        noun: What one is called, in the plural.
        errors: Reads how many a colour had.
        sent: Reads out of how many.
        field: The colour's field that counts them.
    """

    signal: str
    noun: str
    errors: Count
    sent: Count
    field: str

    def known(self, colour: Colour) -> bool:
        """Tell whether a colour's count can be told: what could not be read is not zero."""
        return colour.requests == 0 or (
            colour.requests is not None and getattr(colour, self.field) is not None
        )


def _fives(colour: Colour | None) -> float:
    return (colour.errors_5xx or 0.0) if colour else 0.0


def _fours(colour: Colour | None) -> float:
    return (colour.errors_4xx or 0.0) if colour else 0.0


def _failed_connections(colour: Colour | None) -> float:
    return (colour.connection_errors or 0.0) if colour else 0.0


KINDS = (
    Kind("errors_5xx", "5XX answers", _fives, requests, "errors_5xx"),
    Kind("connection_errors", "failed connections", _failed_connections, attempts, "connection_errors"),
    Kind("errors_4xx", "4XX answers", _fours, requests, "errors_4xx"),
)


class _Counted(NamedTuple):
    """What a minute counted on both colours, and which errors of green may have another cause."""

    bad: float
    bad_blue: float
    sent: float
    sent_blue: float
    extra: Extra

    @property
    def alone(self) -> bool:
        """Whether there is no blue to compare green with."""
        return self.sent_blue < FEWEST_ON_BLUE


def bet_on_errors(
    kind: Kind, state: JudgeState, row: Minute, tolerated: float, on: Protections
) -> Bet | None:
    """Return the bet after one more minute; None when the minute says nothing about this kind of error."""
    sent, sent_blue = kind.sent(row.green), kind.sent(row.blue)
    unknown = any(not kind.known(colour) for colour in (row.green, row.blue) if colour is not None)
    if sent <= 0 or unknown or (row.blue is None and row.weight < 1):
        return None
    bad, bad_blue = min(kind.errors(row.green), sent), min(kind.errors(row.blue), sent_blue)
    counted = _Counted(bad, bad_blue, sent, sent_blue, _moved(state, row))
    habit = state.reference.errors.get(kind.signal, ErrorHabit())
    effect = clumped(bad + bad_blue, habit) if on.clusters else 1.0
    cap = CAP if on.minute_cap else 50.0
    gains = (
        *_limited(_live(counted, tolerated), effect, cap),
        *capped(_in_clusters(counted, habit, tolerated), cap),
        *_limited(_past(counted, habit, tolerated, row.weight), effect, ALONE_CAP if on.alone_cap else CAP),
    )
    point = ErrorPoint(row.minute, bad, sent, bad_blue, sent_blue)
    bet, due = state.bets.get(kind.signal, Bet()), mass_due(row.minute, state.shift.steps)
    return placed(bet, due, gains, point, _odds(counted, row.weight))


def _odds(counted: _Counted, weight: float) -> tuple[float, ...]:
    """Return the part of this minute's new money for each bet: live, in clusters, and against history."""
    past = 1.0 if counted.alone else HISTORY_PART if weight > 0.5 else 0.0
    live, clusters = (1 - past) * (1 - CLUSTER_PART), (1 - past) * CLUSTER_PART
    return (
        *(live / len(RATIOS),) * len(RATIOS),
        *(clusters / len(CLUSTER_RATIOS),) * len(CLUSTER_RATIOS),
        *(past / len(HISTORY_RATIOS),) * len(HISTORY_RATIOS),
    )


def _moved(state: JudgeState, row: Minute) -> Extra:
    """Return the chance of errors on green that a step of the weight makes by itself: connections that are moved."""
    if state.shift.step != row.minute:
        return NO_EXTRA
    some = MOVED_FIRST if state.shift.steps <= 1 else MOVED_LATER
    return (1 - some, *(some * (1 - MORE_MOVED) * MORE_MOVED**more for more in range(MOST_MOVED)))


def _live(counted: _Counted, tolerated: float) -> tuple[float, ...]:
    """Bet on the split of errors that come one by one."""
    if counted.alone:
        return (0.0,) * len(RATIOS)
    odds = counted.sent / counted.sent_blue
    return split_gains(counted.bad, counted.bad_blue, odds, tolerated, RATIOS, counted.extra)


def _in_clusters(counted: _Counted, habit: ErrorHabit, tolerated: float) -> tuple[float, ...]:
    """Bet on the split of errors that come in clusters as large as those of the history."""
    if counted.alone:
        return (0.0,) * len(CLUSTER_RATIOS)
    per_request = max(habit.rate, LEAST_RATE) / max(habit.clumping - 1, LEAST_CLUMPING)
    due = (counted.sent * per_request, counted.sent_blue * per_request)
    return cluster_gains(counted.bad, counted.bad_blue, due, tolerated, CLUSTER_RATIOS, counted.extra)


def _past(counted: _Counted, habit: ErrorHabit, tolerated: float, weight: float) -> tuple[float, ...]:
    """Bet against history where blue has the smaller half of the traffic; blue's present rate counts if higher."""
    usual = max(habit.rate_high, counted.bad_blue / counted.sent_blue if counted.sent_blue else 0.0)
    if weight <= 0.5 or usual <= 0:
        return (0.0,) * len(HISTORY_RATIOS)
    return rate_gains(counted.bad, usual * counted.sent, tolerated, HISTORY_RATIOS, counted.extra)


def clumped(events: float, habit: ErrorHabit) -> float:
    """Return by how much a minute's events count for less than independent ones (the design effect).

    The history shows how errors clump at the counts that it has; beyond these they are taken as correlated.
    """
    return habit.clumping + max(events - max(habit.usual, 1.0), 0.0) * RELATED


def _limited(gains: Sequence[float], effect: float, cap: float) -> tuple[float, ...]:
    return capped([gain / effect for gain in gains], cap)
