"""The words of the domain as frozen values."""

from guardian.model.compact import CompactMinute
from guardian.model.deployment import Deployment, Side, TargetGroup
from guardian.model.minutes import Colour, History, Minute, Shared
from guardian.model.reach import Reach
from guardian.model.verdict import Evidence, Verdict
from guardian.model.words import Baseline, Finding, Mode, Phase, Role, Scope, Service, Value

__all__ = [
    "Baseline", "Colour", "CompactMinute", "Deployment", "Evidence", "Finding", "History", "Minute", "Mode", "Phase",
    "Reach", "Role", "Scope", "Service", "Shared", "Side", "TargetGroup", "Value", "Verdict",
]  # fmt: skip
