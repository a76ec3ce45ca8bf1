"""What a person's pause makes of a decision. Pure."""

from datetime import datetime

from guardian.decide import Decision, DecisionKind
from guardian.model import Pause

ACTS = frozenset({DecisionKind.ROLL_BACK, DecisionKind.ESCALATE})
"""Decisions that a pause holds back; people are told of them instead."""


def overruled(decision: Decision, pause: Pause | None, now: datetime) -> Decision:
    """Return the decision under a pause: one that would act only notifies, and says what it would have done."""
    if pause is None or not pause.holds(now) or decision.kind not in ACTS:
        return decision
    return Decision(
        kind=DecisionKind.NOTIFY,
        would=decision.kind,
        why=f"paused by {pause.by} until {pause.until:%Y-%m-%d %H:%M} ({pause.why}): {decision.why}",
    )
