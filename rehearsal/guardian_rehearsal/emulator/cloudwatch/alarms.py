"""What a metric alarm concludes from its evaluation range. Pure: no store, no clock.

Source: CloudWatch User Guide, "Alarm evaluation" and "Configuring how CloudWatch alarms treat missing data".
"""

import json
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

EXTRA_PERIODS = 2
"""CloudWatch looks at more periods than the alarm evaluates; in the guide's examples at 5 for an alarm of 3."""

_COMPARISONS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}
_TREATED_AS = {"breaching": "Breaching", "notBreaching": "NonBreaching"}


@dataclass(frozen=True)
class Period:
    """One closed period: its first second since 1970, its value, and how many observations it has."""

    second: int
    value: float | None = None
    sample_count: float | None = None


@dataclass(frozen=True)
class Threshold:
    """The part of an alarm that decides.

    Attributes:
        comparison: `ComparisonOperator`, one of the four static ones.
        limit: `Threshold`.
        evaluation_periods: How many periods count.
        datapoints_to_alarm: How many of those must breach.
        missing: `TreatMissingData`.
    """

    comparison: str
    limit: float
    evaluation_periods: int
    datapoints_to_alarm: int
    missing: str = "missing"

    def breached_by(self, value: float) -> bool:
        compare, _ = _COMPARISONS[self.comparison]
        return compare(value, self.limit)

    @property
    def words(self) -> str:
        return _COMPARISONS[self.comparison][1]


@dataclass(frozen=True)
class Conclusion:
    """The state that the alarm should have, and the reason with its numbers."""

    state: str
    reason: str
    considered: tuple[Period, ...]


def evaluated(threshold: Threshold, periods: Sequence[Period]) -> tuple[Period, ...]:
    """Return the periods with data that count, oldest first: at most `evaluation_periods`, the newest."""
    present = [period for period in periods if period.value is not None]
    return tuple(present[-threshold.evaluation_periods :])


def conclude(threshold: Threshold, periods: Sequence[Period], current: str) -> Conclusion | None:
    """Return the new state after looking at the whole evaluation range, or nothing if it stays.

    Missing periods matter only when fewer than `evaluation_periods` have data. Where the guide says that the
    alarm stays as it is, it stays.

    Args:
        threshold: What to compare with.
        periods: Every period of the evaluation range, oldest first, the missing ones included.
        current: The state that the alarm has.
    """
    counted = evaluated(threshold, periods)
    state = _state(threshold, counted, periods, current)
    if state == current:
        return None
    return Conclusion(state, _reason(threshold, counted, state), counted)


def reason_data(
    conclusion: Conclusion, threshold: Threshold, statistic: str | None, period: int, queried_at: datetime
) -> str:
    """Return `StateReasonData` as CloudWatch writes it: JSON in a string, datapoints newest first.

    An alarm on metric math has no statistic, and its datapoints have no sample count.
    """
    considered = conclusion.considered
    data: dict[str, Any] = {"version": "1.0", "queryDate": stamp(queried_at)}
    if considered:
        data["startDate"] = stamp(_moment(considered[0]))
    if statistic is not None:
        data["statistic"] = statistic
    data |= {
        "period": period,
        "recentDatapoints": [each.value for each in considered],
        "threshold": threshold.limit,
        "evaluatedDatapoints": [
            {"timestamp": stamp(_moment(each)), **_samples(each), "value": each.value}
            for each in reversed(considered)
        ],
    }
    return json.dumps(data, separators=(",", ":"))


def stamp(moment: datetime) -> str:
    """Return the time as alarm events write it, such as `2026-11-20T12:07:08.431+0000` (naive is UTC)."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000"


def _state(threshold: Threshold, counted: Sequence[Period], periods: Sequence[Period], current: str) -> str:
    breaching = [each for each in counted if threshold.breached_by(each.value or 0.0)]
    missing = threshold.evaluation_periods - len(counted)
    assumed = missing if threshold.missing == "breaching" else 0
    if len(breaching) + assumed >= threshold.datapoints_to_alarm:
        return "ALARM"
    if not missing or threshold.missing in _TREATED_AS or len(breaching) < len(counted):
        return "OK"
    if threshold.missing == "ignore":
        return current
    if not counted:
        return "INSUFFICIENT_DATA"
    # Only breaching and missing periods: alarm once the oldest breach is as old as the datapoints to alarm.
    age = next(index for index, each in enumerate(reversed(periods), start=1) if each == counted[0])
    return "ALARM" if age >= threshold.datapoints_to_alarm else current


def _reason(threshold: Threshold, counted: Sequence[Period], state: str) -> str:
    periods = threshold.evaluation_periods
    if not counted:
        if threshold.missing in _TREATED_AS:
            return (
                f"Threshold Crossed: no datapoints were received for {_many(periods, 'period')} and "
                f"{_many(periods, 'missing datapoint')} {_were(periods)} treated as "
                f"[{_TREATED_AS[threshold.missing]}]."
            )
        return f"Insufficient Data: {_many(periods, 'datapoint')} {_were(periods)} unknown."
    alarming = state == "ALARM"
    shown = [each for each in counted if threshold.breached_by(each.value or 0.0) is alarming]
    listed = ", ".join(f"{each.value} ({_moment(each):%d/%m/%y %H:%M:%S})" for each in shown)
    if not shown:
        missing = periods - len(counted)
        return (
            f"Threshold Crossed: {_many(missing, 'missing datapoint')} {_were(missing)} treated as "
            f"[{_TREATED_AS[threshold.missing]}]."
        )
    needed = threshold.datapoints_to_alarm if alarming else periods - threshold.datapoints_to_alarm + 1
    crossed = f"{'' if alarming else 'not '}{threshold.words} the threshold ({threshold.limit})"
    change = "OK -> ALARM" if alarming else "ALARM -> OK"
    return (
        f"Threshold Crossed: {len(shown)} out of the last {_many(periods, 'datapoint')} [{listed}] "
        f"{_were(len(shown))} {crossed} (minimum {_many(needed, 'datapoint')} for {change} transition)."
    )


def _samples(period: Period) -> dict[str, float]:
    return {} if period.sample_count is None else {"sampleCount": period.sample_count}


def _moment(period: Period) -> datetime:
    return datetime.fromtimestamp(period.second, UTC)


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"
