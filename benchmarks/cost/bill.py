"""From what was counted to dollars. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.cost import prices
from benchmarks.cost.counting import Counted

Bill = Mapping[str, float]
"""USD by what it is for."""
WOKEN = "tick"
"""The function that also runs where nothing is guarded."""


@dataclass(frozen=True)
class Usage:
    """One guarded deployment.

    Attributes:
        minutes: From its first turn to its last.
        tasks: Tasks with CPU of their own, both colours together.
        functions: What each function did.
        messages: Messages that went through the queue.
        own_metrics: Metrics that Guardian published about the service.
        fixed_metrics: Metrics that Guardian publishes about itself.
        alarm_metrics: Metrics in the alarms of the template.
        dashboards: Dashboards in the template.
    """

    minutes: float
    tasks: int
    functions: Mapping[str, Counted]
    messages: int
    own_metrics: int
    fixed_metrics: int
    alarm_metrics: int
    dashboards: int = 0

    @property
    def guarding(self) -> list[tuple[str, Counted]]:
        """The functions that run because something is guarded."""
        return [(name, one) for name, one in self.functions.items() if name != WOKEN]


def of_an_hour(usage: Usage) -> Bill:
    """Return what one guarded hour costs: all that the deployment caused, stretched to an hour.

    What runs anyway is not in it. One cold start of every function is counted in each hour.
    """
    per_hour = 60 / usage.minutes
    seconds = sum(prices.SECONDS[name] * one.invocations * per_hour for name, one in usage.guarding)
    seconds += prices.COLD_SECONDS * len(usage.guarding)
    return {
        "metrics read (GetMetricData)": _sum(usage, "metrics") * per_hour * prices.METRIC_DATA.each,
        "Guardian's metrics of the service": usage.own_metrics
        * prices.CUSTOM_METRIC.each
        / prices.MONTH_HOURS,
        "Lambda": seconds * prices.MEMORY_GB * prices.LAMBDA_GB_SECOND.each
        + _sum(usage, "invocations") * per_hour * prices.LAMBDA_REQUEST.each,
        "table, written": _sum(usage, "write_units") * per_hour * prices.WRITE.each,
        "table, read": _sum(usage, "read_units") * per_hour * prices.READ.each,
        "records, kept for 400 days": _sum(usage, "kept_bytes")
        * per_hour
        * prices.STORAGE.each
        * prices.KEPT_MONTHS,
        "logs": (_sum(usage, "log_bytes") + prices.PLATFORM_LOG_BYTES * _sum(usage, "invocations"))
        * per_hour
        * prices.LOGS.each,
        "queue": usage.messages * per_hour * prices.SENT_RECEIVED_DELETED * prices.SQS_REQUEST.each,
    }


def of_an_idle_month(usage: Usage) -> Bill:
    """Return what an installation costs in a month in which nothing is guarded."""
    minutes = prices.MONTH_HOURS * 60
    tick = usage.functions[WOKEN]
    each = minutes / tick.invocations
    return {
        "dashboard": usage.dashboards * prices.DASHBOARD.each,
        "alarms": usage.alarm_metrics * prices.ALARM_METRIC.each,
        "Guardian's metrics of itself": usage.fixed_metrics * prices.CUSTOM_METRIC.each,
        "queue, polled by Lambda": prices.POLLS_PER_MINUTE * minutes * prices.SQS_REQUEST.each,
        "schedule": minutes * prices.SCHEDULE.each,
        "Lambda, the tick": minutes
        * (
            prices.LAMBDA_REQUEST.each
            + prices.SECONDS[WOKEN] * prices.MEMORY_GB * prices.LAMBDA_GB_SECOND.each
        ),
        "table, read": tick.read_units * each * prices.READ.each,
        "logs of the tick": (tick.log_bytes * each + prices.PLATFORM_LOG_BYTES * minutes) * prices.LOGS.each,
    }


def of_a_task() -> float:
    """Return what an hour of one more task costs where the cluster publishes CPU per task: one metric a turn."""
    return 60 * prices.METRIC_DATA.each


def if_statistics_are_billed(usage: Usage) -> float:
    """Return what an hour costs more if CloudWatch bills each statistic of a metric."""
    return (_sum(usage, "statistics") - _sum(usage, "metrics")) * 60 / usage.minutes * prices.METRIC_DATA.each


def _sum(usage: Usage, field: str) -> float:
    return float(sum(getattr(one, field) for _, one in usage.guarding))
