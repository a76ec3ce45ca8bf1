"""The words of the domain as frozen values."""

from guardian.model.capacity import Capacity
from guardian.model.compact import CompactMinute
from guardian.model.contract import Contract, Snapshot, SnapshotState
from guardian.model.deployment import Deployment, Pair, Side, TargetGroup
from guardian.model.earlier_days import EarlierDays
from guardian.model.job_tick import JobTick
from guardian.model.minutes import Colour, History, Minute, Season, Shared
from guardian.model.order import Order
from guardian.model.pause import Pause
from guardian.model.reach import Reach
from guardian.model.verdict import Evidence, Verdict
from guardian.model.words import Baseline, Finding, Mode, Phase, Role, Scope, Service, Value

__all__ = [
    "Baseline", "Capacity", "Colour", "CompactMinute", "Contract", "Deployment", "EarlierDays", "Evidence",
    "Finding", "History", "JobTick", "Minute", "Mode", "Order", "Pair", "Pause", "Phase", "Reach", "Role", "Scope",
    "Season", "Service", "Shared", "Side", "Snapshot", "SnapshotState", "TargetGroup", "Value", "Verdict",
]  # fmt: skip
