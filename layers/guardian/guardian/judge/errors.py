"""Errors: 5XX and 4XX answers and failed connections, as rates of green against blue."""

from collections.abc import Sequence
from dataclasses import dataclass

from guardian.judge.bets import (
    NO_EXTRA,
    Bet,
    Extra,
    capped,
    cluster_gains,
    mass_due,
    placed,
    rate_gains,
    split_gains,
)
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
LIVE_PART, CLUSTER_PART = 0.75, 0.25
"""How money is divided between bets on single errors and on clusters, where blue has traffic beside green."""
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


def bet_on_errors(
    kind: Kind, state: JudgeState, row: Minute, tolerated: float, on: Protections
) -> Bet | None:
    """Return the bet after one more minute; None when the minute says nothing about this kind of error."""
    bet = state.bets.get(kind.signal, Bet())
    sent, sent_blue = kind.sent(row.green), kind.sent(row.blue)
    unknown = any(not kind.known(colour) for colour in (row.green, row.blue) if colour is not None)
    if sent <= 0 or unknown or (row.blue is None and row.weight < 1):
        return None
    bad, bad_blue = min(kind.errors(row.green), sent), min(kind.errors(row.blue), sent_blue)
    habit = state.reference.errors.get(kind.signal, ErrorHabit())
    extra = _moved(state, row)
    live = _live(bad, bad_blue, sent, sent_blue, tolerated, extra)
    past = _past(bad, sent, habit, tolerated, bad_blue / sent_blue if sent_blue else 0.0, row.weight, extra)
    effect = clumped(bad + bad_blue, habit) if on.clusters else 1.0
    cap = CAP if on.minute_cap else 50.0
    gains = (
        *_limited(live, effect, cap),
        *capped(_in_clusters(bad, bad_blue, (sent, sent_blue), habit, tolerated, extra), cap),
        *_limited(past, effect, ALONE_CAP if on.alone_cap else CAP),
    )
    due = mass_due(row.minute, state.shift.steps)
    return placed(
        bet, due, gains, ErrorPoint(row.minute, bad, sent, bad_blue, sent_blue), _odds(row, sent_blue)
    )


def _odds(row: Minute, sent_blue: float) -> tuple[float, ...]:
    """Return the part of this minute's new money for each bet: live, in clusters, and against history."""
    past = 1.0 if sent_blue < FEWEST_ON_BLUE else 0.35 if row.weight > 0.5 else 0.0
    live, clusters = (1 - past) * LIVE_PART / len(RATIOS), (1 - past) * CLUSTER_PART / len(CLUSTER_RATIOS)
    return (
        *(live,) * len(RATIOS),
        *(clusters,) * len(CLUSTER_RATIOS),
        *(past / len(HISTORY_RATIOS),) * len(HISTORY_RATIOS),
    )


def _moved(state: JudgeState, row: Minute) -> Extra:
    """Return the chance of errors on green that a step of the weight makes by itself: connections that are moved."""
    if state.shift.step != row.minute:
        return NO_EXTRA
    some = MOVED_FIRST if state.shift.steps <= 1 else MOVED_LATER
    return (1 - some, *(some * (1 - MORE_MOVED) * MORE_MOVED**more for more in range(MOST_MOVED)))


def _live(
    bad: float, bad_blue: float, sent: float, sent_blue: float, tolerated: float, extra: Extra
) -> tuple[float, ...]:
    if sent_blue < FEWEST_ON_BLUE:
        return (0.0,) * len(RATIOS)
    return split_gains(bad, bad_blue, sent / sent_blue, tolerated, RATIOS, extra)


def _in_clusters(
    bad: float, bad_blue: float, sent: tuple[float, float], habit: ErrorHabit, tolerated: float, extra: Extra
) -> tuple[float, ...]:
    """Bet on the split of clusters, where errors of the history came in clusters."""
    if sent[1] < FEWEST_ON_BLUE:
        return (0.0,) * len(CLUSTER_RATIOS)
    per_request = max(habit.rate, LEAST_RATE) / max(habit.clumping - 1, LEAST_CLUMPING)
    due = (sent[0] * per_request, sent[1] * per_request)
    return cluster_gains(bad, bad_blue, due, tolerated, CLUSTER_RATIOS, extra)


def _past(
    bad: float,
    sent: float,
    habit: ErrorHabit,
    tolerated: float,
    blue_rate: float,
    weight: float,
    extra: Extra,
) -> tuple[float, ...]:
    """Bet against history where blue has the smaller half of the traffic; blue's present rate counts if higher."""
    usual = max(habit.rate_high, blue_rate)
    if weight <= 0.5 or usual <= 0:
        return (0.0,) * len(HISTORY_RATIOS)
    return rate_gains(bad, usual * sent, tolerated, HISTORY_RATIOS, extra)


def clumped(events: float, habit: ErrorHabit) -> float:
    """Return by how much a minute's events count for less than independent ones (the design effect).

    The history shows how errors clump at the counts that it has; beyond these they are taken as correlated.
    """
    return habit.clumping + max(events - max(habit.usual, 1.0), 0.0) * RELATED


def _limited(gains: Sequence[float], effect: float, cap: float) -> tuple[float, ...]:
    return capped([gain / effect for gain in gains], cap)
