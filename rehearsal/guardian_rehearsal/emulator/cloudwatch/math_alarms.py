"""The queries of an alarm on metric math: which of them make its series, and that series over its evaluation range.

Source: PutMetricAlarm, `Metrics`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from moto.cloudwatch.exceptions import ValidationError

from .alarms import Period
from .expressions import Expression, UnknownExpressionError
from .metrics import SeriesKey

Read = Callable[[SeriesKey, str, str | None], Sequence[Period]]
"""Returns the periods of one metric's statistic, in one unit if it is given, every one of the evaluation range."""


def check(queries: Sequence[Any]) -> None:
    """Refuse an alarm whose series cannot be told.

    Raises:
        ValidationError: Not exactly one query returns data, it is not an expression of metrics of one period, or
            an expression is not known here.
    """
    returned = [query for query in queries if returns_data(query)]
    if len(returned) != 1:
        raise ValidationError("Exactly one element of the metrics list should return data.")
    metrics = {query.id for query in queries if query.metric_stat}
    for query in queries:
        if query.expression is None:
            continue
        try:
            unknown = Expression(query.expression).ids - metrics
        except UnknownExpressionError as error:
            raise ValidationError(f"Error in expression '{query.id}': {error}") from error
        if unknown:
            raise ValidationError(
                f"Error in expression '{query.id}': the emulated CloudWatch finds no metric {sorted(unknown)[0]} there"
            )
    if len({int(query.metric_stat.period) for query in queries if query.metric_stat}) != 1:
        raise ValidationError("Metrics list must contain metrics of exactly one period.")


def returns_data(query: Any) -> bool:
    """Tell whether the query is the one that the alarm watches; moto keeps `ReturnData` as text."""
    return str(query.return_data).lower() != "false"


def period_of(queries: Sequence[Any]) -> int:
    """Return the seconds of one period of the alarm."""
    return next(int(query.metric_stat.period) for query in queries if query.metric_stat)


def series(queries: Sequence[Any], read: Read) -> list[Period]:
    """Return what the alarm watches, every period of its evaluation range, oldest first."""
    metrics = {query.id: _metric(query.metric_stat, read) for query in queries if query.metric_stat}
    watched = next(query for query in queries if returns_data(query))
    if watched.metric_stat:
        return list(metrics[watched.id])
    expression = Expression(watched.expression)
    seconds = [period.second for period in next(iter(metrics.values()))]
    return [
        Period(second, expression.value(_known(metrics, number))) for number, second in enumerate(seconds)
    ]


def _metric(stat: Any, read: Read) -> Sequence[Period]:
    dimensions = {each.name: each.value for each in stat.metric.dimensions}
    return read(
        SeriesKey.of(stat.metric.namespace, stat.metric.metric_name, dimensions), stat.stat, stat.unit
    )


def _known(metrics: Mapping[str, Sequence[Period]], number: int) -> dict[str, float | None]:
    return {name: periods[number].value for name, periods in metrics.items()}
