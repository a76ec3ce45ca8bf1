"""The CloudWatch backend: moto's, with its metrics replaced and its alarms brought to life."""

from datetime import datetime
from typing import Any

from moto.cloudwatch.models import Alarm
from moto.core.utils import utcnow

from guardian_rehearsal.emulator.deliveries import outbox

from .alarms import EXTRA_PERIODS, Period, Threshold, conclude, reason_data
from .metric_models import MetricBackend
from .metrics import SeriesKey, to_epoch
from .notifications import state_change, state_of
from .statistics import statistic


class CloudWatchBackend(MetricBackend):
    """Alarms that start without a state, are evaluated on demand, and act once per change of state."""

    def put_metric_alarm(self, name: str, *args: Any, **kwargs: Any) -> Alarm:
        """Store the alarm: a new one knows nothing yet, a changed one keeps its state."""
        before = self.alarms.get(name)
        alarm = super().put_metric_alarm(name, *args, **kwargs)
        alarm.state_value = before.state_value if before else "INSUFFICIENT_DATA"
        alarm.state_reason = before.state_reason if before else alarm.state_reason
        # AWS gives no reason data where there is none; moto annotates it as always there.
        alarm.state_reason_data = before.state_reason_data if before else None  # type: ignore[assignment]
        alarm.state_updated_timestamp = before.state_updated_timestamp if before else utcnow()
        return alarm

    def set_alarm_state(self, alarm_name: str, reason: str, reason_data: str, state_value: str) -> None:
        """Set the state by hand; a change acts like any other."""
        alarm = self.alarms.get(alarm_name)
        previous = state_of(alarm) if alarm else {}
        super().set_alarm_state(alarm_name, reason, reason_data, state_value)
        self._notify(self.alarms[alarm_name], previous)

    def evaluate_alarms(self) -> None:
        """Evaluate every alarm on one metric with a static threshold, as of now, over closed periods."""
        for alarm in list(self.alarms.values()):
            if alarm.rule is None and alarm.metric_name and not alarm.metric_data_queries:
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
        conclusion = conclude(threshold, self._evaluation_range(alarm, now), alarm.state_value)
        if conclusion is None:
            return
        previous = state_of(alarm)
        measure = alarm.statistic or str(alarm.extended_statistic)
        data = reason_data(conclusion, threshold, measure, alarm.period, now)
        alarm.update_state(conclusion.reason, data, conclusion.state)
        self._notify(alarm, previous)

    def _evaluation_range(self, alarm: Alarm, now: datetime) -> list[Period]:
        dimensions = {str(each.name): str(each.value) for each in alarm.dimensions}
        key = SeriesKey.of(alarm.namespace, alarm.metric_name, dimensions)
        end = to_epoch(now) - to_epoch(now) % alarm.period
        start = end - (alarm.evaluation_periods + EXTRA_PERIODS) * alarm.period
        measure = statistic(alarm.statistic or str(alarm.extended_statistic))
        present = {
            second: Period(second, measure(points), points.sample_count)
            for second, points in self.metrics.periods(key, start, end, alarm.period, alarm.unit)
        }
        return [present.get(second, Period(second)) for second in range(start, end, alarm.period)]

    def _notify(self, alarm: Alarm, previous: dict[str, Any]) -> None:
        if previous["value"] == alarm.state_value:
            return
        for delivery in state_change(alarm, previous, alarm.state_updated_timestamp, self.account_id):
            outbox.put(delivery)
