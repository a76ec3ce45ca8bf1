"""The figures of a page as text: what a reader without the pictures reads. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from guardian.actions import Action
from guardian.model import Evidence
from guardian.record import DecisionRecord
from guardian_console.report.series import MOST_ODDS, MOST_STRENGTH, Growth, Plot

UNKNOWN = "-"


@dataclass(frozen=True)
class Table:
    """A table: the headings of its columns, and rows whose first cell heads the row."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]


EVIDENCE = (
    "signal", "says", "blue", "green", "unit", "effect", "tolerance", "limit", "evidence", "requests", "minutes",
    "against", "dropped",
)  # fmt: skip
ACTIONS = (
    "action",
    "intended",
    "requested",
    "AWS request id",
    "outcome",
    "what came of it",
    "verified",
    "decided by",
)


def evidence_table(evidence: Sequence[Evidence]) -> Table:
    """Return the record's table: one row a signal."""
    return Table(EVIDENCE, [_evidence_row(one) for one in evidence])


def facts(record: DecisionRecord) -> Sequence[tuple[str, str]]:
    """Return what else an audit asks of a decision: where it stood, by what it was judged, what caused the turn."""
    window = f"{record.window[0]} to {record.window[1]}" if record.window else UNKNOWN
    trigger = " ".join(part for part in (record.trigger.kind, record.trigger.detail) if part)
    return (
        ("decision", str(record.decision)), ("in mode enforce", str(record.would or UNKNOWN)),
        ("phase", str(record.phase or UNKNOWN)), ("green's weight", f"{record.weight:.0%}"),
        ("minutes judged", window), ("requests on green", plain(record.green_requests)), ("mode", str(record.mode)),
        ("policy digest", record.policy_digest), ("strategy", record.strategy or UNKNOWN), ("turn caused by", trigger),
        ("paused by", record.pause.by if record.pause else UNKNOWN),
        ("ordered by", record.order.by if record.order else UNKNOWN), ("Guardian's version", record.version),
    )  # fmt: skip


def action_table(actions: Sequence[Action]) -> Table:
    """Return what was asked of AWS: one row an action."""
    rows = [
        (
            one.kind.replace("_", " "), moment(one.intended_at), moment(one.requested_at), one.request_id or UNKNOWN,
            str(one.outcome or UNKNOWN), one.detail, moment(one.verified_at), one.decided_by,
        )
        for one in actions
    ]  # fmt: skip
    return Table(ACTIONS, rows)


def plot_table(plot: Plot, origin: datetime | None) -> Table:
    """Return the values of a chart: one row a minute in which any is known."""
    lines = list(plot.lines.values())
    rows = [
        (clock(minute, origin), *(number(value, plot.digits) for value in values))
        for minute, *values in zip(lines[0].minutes, *(line.values for line in lines), strict=True)
        if any(value is not None for value in values)
    ]
    return Table((heading(origin), *plot.lines), rows)


def growth_table(growth: Growth, origin: datetime | None) -> Table:
    """Return how the evidence of one signal grew: one row a turn in which it changed."""
    rows: list[tuple[str, str]] = []
    for minute, value in zip(growth.minutes, growth.odds, strict=True):
        told = odds(value)
        if not rows or rows[-1][1] != told:
            rows.append((clock(minute, origin), told))
    return Table((heading(origin), "evidence"), rows)


def heading(origin: datetime | None) -> str:
    """Return what the column of times is called."""
    return "UTC" if origin else "minute"


def clock(minute: float, origin: datetime | None) -> str:
    """Return a minute by the clock; as its number where nobody knows the clock."""
    return f"{origin + timedelta(minutes=minute):%m-%d %H:%M}" if origin else f"{minute:.0f}"


def moment(at: datetime | None) -> str:
    """Return a moment to the second."""
    return f"{at:%Y-%m-%d %H:%M:%S}" if at else UNKNOWN


def number(value: float | None, digits: int) -> str:
    """Return a number with thousands set apart."""
    return UNKNOWN if value is None else f"{value:,.{digits}f}"


def odds(value: float | None) -> str:
    """Return odds as the judge's sentences write them."""
    if value is None:
        return UNKNOWN
    return f"over {MOST_ODDS:,.0f}:1" if value > MOST_ODDS else f"{value:,.0f}:1"


def summary(plot: Plot, origin: datetime | None) -> str:
    """Return what a screen reader says of a chart: what is drawn, from when to when, and the latest values."""
    lines = list(plot.lines.items())
    minutes = lines[0][1].minutes
    latest = [
        f"{side} last {number(value, plot.digits)}"
        for side, line in lines
        if (value := next((one for one in reversed(line.values) if one is not None), None)) is not None
    ]
    return (
        f"{plot.title}, {plot.unit}, from {clock(minutes[0], origin)} to {clock(minutes[-1], origin)}: "
        f"{'; '.join(latest)}. The table after the chart has every minute."
    )


def grown(growth: Growth, origin: datetime | None) -> str:
    """Return what a screen reader says of the evidence's chart."""
    most = max((one for one in growth.odds if one is not None), default=None)
    needed = f" of {odds(growth.needed)} needed" if growth.needed else ""
    first, last = clock(growth.minutes[0], origin), clock(growth.minutes[-1], origin)
    return (
        f"Evidence of {growth.signal} against green from {first} to {last}: at most {odds(most)}{needed}. "
        "The table after the chart has every change."
    )


def _evidence_row(one: Evidence) -> tuple[str, ...]:
    return (
        one.signal, one.finding.replace("_", " "), plain(one.blue), plain(one.green), one.unit, plain(one.effect),
        plain(one.tolerance), plain(one.limit), _strength(one), plain(one.requests), str(one.minutes),
        str(one.baseline),
        "; ".join(one.dropped),
    )  # fmt: skip


def _strength(one: Evidence) -> str:
    return UNKNOWN if one.strength is None else odds(math.exp(min(one.strength, MOST_STRENGTH)))


def plain(value: float | None) -> str:
    """Return a number as the record has it, with four figures that count."""
    if value is None:
        return UNKNOWN
    return f"{value:,.0f}" if value == round(value) or abs(value) >= 1000 else f"{value:.4g}"
