"""From a decision to the change of production that it asks for. Pure."""

from datetime import datetime

from guardian.actions import Action
from guardian.decide import ActionKind, Decision
from guardian.model import Deployment, Verdict

BY_A_TURN = frozenset({ActionKind.STOP_DEPLOYMENT, ActionKind.SWAP_LISTENER})
"""Changes that a turn makes; a hook that is to fail is answered by the function that it called."""


def intention(
    decision: Decision,
    verdict: Verdict,
    deployment: Deployment,
    decided_by: str,
    now: datetime,
    needs: int = 0,
) -> Action | None:
    """Return the change of production that the decision asks for; None if it asks for none.

    Args:
        decision: What was decided.
        verdict: Why.
        deployment: On what.
        decided_by: Id of the decision's record.
        now: The time of the turn.
        needs: Tasks that blue needs to carry the traffic.
    """
    if decision.action not in BY_A_TURN or deployment.blue is None or deployment.green is None:
        return None
    return Action(
        kind=decision.action,
        deployment_id=deployment.id,
        decided_by=decided_by,
        intended_at=now,
        reason=verdict.sentence,
        signal=verdict.signal,
        weight=deployment.weight,
        blue=deployment.blue.target_group,
        green=deployment.green.target_group,
        listener_arn=deployment.listener_arn,
        load_balancer=deployment.load_balancer,
        cluster=deployment.cluster,
        ecs_service=deployment.ecs_service,
        needs=needs if decision.action is ActionKind.SWAP_LISTENER else 0,
    )
