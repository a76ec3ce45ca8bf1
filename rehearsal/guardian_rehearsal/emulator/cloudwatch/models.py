"""The CloudWatch backend: moto's, with its metrics replaced and its alarms brought to life."""

from collections.abc import Iterable
from typing import Any

from moto.cloudwatch.models import Alarm
from moto.core.utils import utcnow

from guardian_rehearsal.emulator.deliveries import outbox

from . import math_alarms
from .alarms import EXTRA_PERIODS, Period, Threshold, conclude, reason_data
from .history import state_updates
from .metric_models import MetricBackend
from .metrics import SeriesKey, to_epoch
from .notifications import state_change, state_of
from .statistics import statistic


class CloudWatchBackend(MetricBackend):
    """Alarms that start without a state, are evaluated on demand, and act once per change of state."""

    def put_metric_alarm(self, name: str, *args: Any, **kwargs: Any) -> Alarm:
        """Store the alarm: a new one knows nothing yet, a changed one keeps its state.

        Raises:
            ValidationError: It watches metric math that is not known here.
        """
        if queries := kwargs.get("metric_data_queries"):
            math_alarms.check(queries)
        before = self.alarms.get(name)
        alarm = super().put_metric_alarm(name, *args, **kwargs)
        alarm.state_value = before.state_value if before else "INSUFFICIENT_DATA"
        alarm.state_reason = before.state_reason if before else alarm.state_reason
        # AWS gives no reason data where there is none; moto annotates it as always there.
        alarm.state_reason_data = before.state_reason_data if before else None  # type: ignore[assignment]
        alarm.history = before.history if before else []
        alarm.state_updated_timestamp = before.state_updated_timestamp if before else utcnow()
        return alarm

    def set_alarm_state(self, alarm_name: str, reason: str, reason_data: str, state_value: str) -> None:
        """Set the state by hand; a change acts like any other."""
        alarm = self.alarms.get(alarm_name)
        previous = state_of(alarm) if alarm else {}
        super().set_alarm_state(alarm_name, reason, reason_data, state_value)
        self._notify(self.alarms[alarm_name], previous)

    def alarm_history(self, names: Iterable[str]) -> list[dict[str, Any]]:
        """Return the changes of state of the alarms that exist, of all where none is named, newest first."""
        wanted = set(names) or self.alarms.keys()
        items = [
            item for name, alarm in self.alarms.items() if name in wanted for item in state_updates(alarm)
        ]
        return sorted(items, key=lambda item: item["Timestamp"], reverse=True)

    def evaluate_alarms(self) -> None:
        """Evaluate every alarm on a metric or metric math with a static threshold, as of now, over closed periods."""
        for alarm in list(self.alarms.values()):
            if alarm.rule is None and (alarm.metric_name or alarm.metric_data_queries):
                self._evaluate(alarm)

    def _evaluate(self, alarm: Alarm) -> None:
        now = utcnow()
        threshold = Threshold(
            alarm.comparison_operator,
            float(alarm.threshold),
            alarm.evaluation_periods,
            alarm.datapoints_to_alarm or alarm.evaluation_periods,
            alarm.treat_missing_data or "missing",
        )
        period, measure, range_ = self._evaluation_range(alarm, to_epoch(now))
        conclusion = conclude(threshold, range_, alarm.state_value)
        if conclusion is None:
            return
        previous = state_of(alarm)
        data = reason_data(conclusion, threshold, measure, period, now)
        alarm.update_state(conclusion.reason, data, conclusion.state)
        self._notify(alarm, previous)

    def _evaluation_range(self, alarm: Alarm, now: int) -> tuple[int, str | None, list[Period]]:
        """Return seconds per period, the statistic if the alarm is on one metric, and every period, oldest first."""
        queries = alarm.metric_data_queries
        period = math_alarms.period_of(queries) if queries else alarm.period
        end = now - now % period
        start = end - (alarm.evaluation_periods + EXTRA_PERIODS) * period

        def read(key: SeriesKey, stat: str, unit: str | None) -> list[Period]:
            measure = statistic(stat)
            present = {
                second: Period(second, measure(points), points.sample_count)
                for second, points in self.metrics.periods(key, start, end, period, unit)
            }
            return [present.get(second, Period(second)) for second in range(start, end, period)]

        if queries:
            return period, None, math_alarms.series(queries, read)
        dimensions = {str(each.name): str(each.value) for each in alarm.dimensions}
        stat = alarm.statistic or str(alarm.extended_statistic)
        return (
            period,
            stat,
            read(SeriesKey.of(alarm.namespace, alarm.metric_name, dimensions), stat, alarm.unit),
        )

    def _notify(self, alarm: Alarm, previous: dict[str, Any]) -> None:
        if previous["value"] == alarm.state_value:
            return
        for delivery in state_change(alarm, previous, alarm.state_updated_timestamp, self.account_id):
            outbox.put(delivery)
