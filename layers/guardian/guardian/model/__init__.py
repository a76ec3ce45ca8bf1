"""The words of the domain as frozen values."""

from guardian.model.capacity import Capacity
from guardian.model.compact import CompactMinute
from guardian.model.contract import Contract, Snapshot, SnapshotState
from guardian.model.deployment import Deployment, Pair, Side, TargetGroup
from guardian.model.earlier_days import EarlierDays
from guardian.model.http import IDEMPOTENT, HttpAnswer, HttpRequest
from guardian.model.job_tick import JobTick
from guardian.model.minutes import Colour, History, Minute, Season, Shared
from guardian.model.one_off_task import OneOffTask, TaskContainer
from guardian.model.order import Order
from guardian.model.pause import Pause
from guardian.model.reach import Reach
from guardian.model.verdict import Evidence, Verdict
from guardian.model.words import Baseline, Finding, Mode, Phase, Role, Scope, Service, Value

__all__ = [
    "IDEMPOTENT", "Baseline", "Capacity", "Colour", "CompactMinute", "Contract", "Deployment", "EarlierDays",
    "Evidence", "Finding", "History", "HttpAnswer", "HttpRequest", "JobTick", "Minute", "Mode", "OneOffTask",
    "Order", "Pair", "Pause", "Phase", "Reach", "Role", "Scope", "Season", "Service", "Shared", "Side", "Snapshot",
    "SnapshotState", "TargetGroup", "TaskContainer", "Value", "Verdict",
]  # fmt: skip
