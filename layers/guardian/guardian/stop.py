"""The change `stop_deployment`: CodeDeploy puts traffic back on blue by itself once it is told to stop."""

from datetime import datetime

from guardian.actions import Action, Outcome
from guardian.ports import Ports
from guardian.verification import verify_stop


def make(action: Action, ports: Ports) -> str:
    """Ask for it; return AWS's id of the request."""
    return ports.actuator.stop(action.deployment_id).request_id


def look(action: Action, ports: Ports, now: datetime) -> Action:  # noqa: ARG001 - as every change is looked at
    """Read AWS back; return the action with what it says and what that amounts to."""
    after = ports.actuator.aftermath(action)
    outcome, detail = verify_stop(after, ours=action.requested_at is not None)
    if outcome is Outcome.UNVERIFIED and action.requested_at is None and not after.over:
        # AWS has not taken the request, so what became of asking still stands; it is asked again in time.
        outcome, detail = action.outcome or outcome, action.detail or detail
    return action.model_copy(update={"after": after, "outcome": outcome, "detail": detail})
