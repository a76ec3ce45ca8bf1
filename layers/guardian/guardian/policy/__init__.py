"""What a service allows: thresholds, the budget, windows and the mode."""

from guardian.policy.document import Policy, canonical, parse_policy
from guardian.policy.sections import (
    BudgetPolicy,
    CpuPolicy,
    CustomMetric,
    DatabasePolicy,
    ErrorPolicy,
    LatencyPolicy,
    MetricSelector,
    TrafficPolicy,
    WindowPolicy,
)

__all__ = [
    "BudgetPolicy",
    "CpuPolicy",
    "CustomMetric",
    "DatabasePolicy",
    "ErrorPolicy",
    "LatencyPolicy",
    "MetricSelector",
    "Policy",
    "TrafficPolicy",
    "WindowPolicy",
    "canonical",
    "parse_policy",
]
