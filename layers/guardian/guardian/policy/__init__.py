"""What a service allows: thresholds, the budget, windows and the mode."""

from guardian.policy.bake import BakePolicy
from guardian.policy.contract import ContractPolicy
from guardian.policy.custom import CustomMetric, MetricSelector, MetricSource
from guardian.policy.document import Policy, canonical, parse_policy
from guardian.policy.sections import (
    BudgetPolicy,
    CpuPolicy,
    DatabasePolicy,
    ErrorPolicy,
    LatencyPolicy,
    TrafficPolicy,
    WindowPolicy,
)
from guardian.policy.steps import StepPolicy

__all__ = [
    "BakePolicy",
    "BudgetPolicy",
    "ContractPolicy",
    "CpuPolicy",
    "CustomMetric",
    "DatabasePolicy",
    "ErrorPolicy",
    "LatencyPolicy",
    "MetricSelector",
    "MetricSource",
    "Policy",
    "StepPolicy",
    "TrafficPolicy",
    "WindowPolicy",
    "canonical",
    "parse_policy",
]
