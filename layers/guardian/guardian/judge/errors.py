"""Errors: 5XX and 4XX answers and failed connections, as rates of green against blue."""

from collections.abc import Sequence
from dataclasses import dataclass

from guardian.judge.bets import Bet, capped, mass_due, placed, rate_gains, split_gains
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
RATIOS = (3.0, 6.0, 15.0, 60.0, 400.0)
"""Ratios of green's rate to blue's that are bet on."""
HISTORY_RATIOS = (3.0, 10.0, 50.0)
"""Ratios to blue's historical rate that are bet on where blue's own requests tell little."""
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
        allowance: Errors on green that a step of the weight may cause by itself (connections that are moved).
    """

    signal: str
    noun: str
    errors: Count
    sent: Count
    field: str
    allowance: float

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
    Kind("errors_5xx", "5XX answers", _fives, requests, "errors_5xx", 4.0),
    Kind("connection_errors", "failed connections", _failed_connections, attempts, "connection_errors", 3.0),
    Kind("errors_4xx", "4XX answers", _fours, requests, "errors_4xx", 5.0),
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
    counted = max(0.0, bad - kind.allowance) if state.shift.step == row.minute else bad
    live = _live(counted, bad_blue, sent, sent_blue, tolerated)
    past = _past(counted, sent, habit, tolerated, bad_blue / sent_blue if sent_blue else 0.0, row.weight)
    effect = clumped(counted + bad_blue, habit) if on.clusters else 1.0
    gains = (
        *_limited(live, effect, CAP if on.minute_cap else 50.0),
        *_limited(past, effect, ALONE_CAP if on.alone_cap else CAP),
    )
    due = mass_due(row.minute, state.shift.steps)
    return placed(bet, due, gains, ErrorPoint(row.minute, bad, sent, bad_blue, sent_blue))


def _live(bad: float, bad_blue: float, sent: float, sent_blue: float, tolerated: float) -> tuple[float, ...]:
    if sent_blue < FEWEST_ON_BLUE:
        return (0.0,) * len(RATIOS)
    return split_gains(bad, bad_blue, sent / sent_blue, tolerated, RATIOS)


def _past(
    bad: float, sent: float, habit: ErrorHabit, tolerated: float, blue_rate: float, weight: float
) -> tuple[float, ...]:
    """Bet against history where blue has the smaller half of the traffic; blue's present rate counts if higher."""
    usual = max(habit.rate_high, blue_rate)
    if weight <= 0.5 or usual <= 0:
        return (0.0,) * len(HISTORY_RATIOS)
    return rate_gains(bad, usual * sent, tolerated, HISTORY_RATIOS)


def clumped(events: float, habit: ErrorHabit) -> float:
    """Return by how much a minute's events count for less than independent ones (the design effect).

    The history shows how errors clump at the counts that it has; beyond these they are taken as correlated.
    """
    return habit.clumping + max(events - max(habit.usual, 1.0), 0.0) * RELATED


def _limited(gains: Sequence[float], effect: float, cap: float) -> tuple[float, ...]:
    return capped([gain / effect for gain in gains], cap)
