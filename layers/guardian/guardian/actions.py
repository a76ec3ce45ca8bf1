"""Changes of production as frozen data: what was asked for, and what came of it."""

from enum import StrEnum

from pydantic import AwareDatetime

from guardian.decide import ActionKind
from guardian.model import Capacity, TargetGroup, Value


class Outcome(StrEnum):
    """What came of an action."""

    DONE = "done"
    ALREADY_DONE = "already_done"
    REFUSED = "refused"
    FAILED = "failed"
    UNVERIFIED = "unverified"
    REVERSED = "reversed"


class StopReply(Value):
    """CodeDeploy's answer to StopDeployment: `Pending` or `Succeeded`, and its message."""

    status: str
    message: str
    request_id: str


class Aftermath(Value):
    """What AWS says about a deployment after it was to be stopped.

    Attributes:
        status: The deployment's status.
        rollback_id: The deployment that undoes it.
        rollback_status: That one's status.
        blue_weight: Blue's share of production traffic at the listener, 0 to 1.
    """

    status: str
    rollback_id: str | None = None
    rollback_status: str | None = None
    blue_weight: float = 0.0

    @property
    def over(self) -> bool:
        """Whether the deployment has come to an end, so that nobody can stop it any more."""
        return self.status in ("Stopped", "Failed", "Succeeded")


class SwapAftermath(Value):
    """What AWS says after the listener was to be swapped.

    Attributes:
        blue_weight: Blue's share of production traffic at the listener, 0 to 1.
        blue: What is behind blue's target group.
        blue_requests: Requests that blue answered in the latest minutes that CloudWatch shows; None if it shows none.
        blue_errors: How many of them it answered with 5XX.
        green_requests: Requests that green answered in the same minutes.
    """

    blue_weight: float
    blue: Capacity
    blue_requests: float | None = None
    blue_errors: float = 0.0
    green_requests: float = 0.0


class Action(Value):
    """One change of production, from the intent on.

    Attributes:
        kind: What.
        deployment_id: On which deployment; there is at most one action for each.
        decided_by: Id of the decision record.
        intended_at: When the intent was written, before anything was done.
        reason: Why, in the judge's words.
        signal: The signal that carried the decision.
        weight: Green's share of production traffic when it was decided, 0 to 1.
        blue: Where traffic is to go.
        green: Where it is to leave.
        listener_arn: The production listener.
        load_balancer: Value of the CloudWatch dimension `LoadBalancer`.
        cluster: The ECS cluster.
        ecs_service: The ECS service in it.
        needs: Tasks of blue that can carry the traffic; 0 where the controller sees to that.
        requested_at: When AWS took the request.
        request_id: AWS's id of that request.
        outcome: What came of it so far; None between intent and request.
        detail: The outcome in words.
        reversed_at: When traffic was to be given back to green, since blue could not carry it; once at most.
        after: What AWS said when it was read back.
        verified_at: When AWS was seen to have done it.
    """

    kind: ActionKind
    deployment_id: str
    decided_by: str
    intended_at: AwareDatetime
    reason: str
    signal: str | None = None
    weight: float
    blue: TargetGroup
    green: TargetGroup
    listener_arn: str
    load_balancer: str = ""
    cluster: str = ""
    ecs_service: str = ""
    needs: int = 0
    requested_at: AwareDatetime | None = None
    request_id: str | None = None
    outcome: Outcome | None = None
    detail: str = ""
    reversed_at: AwareDatetime | None = None
    after: Aftermath | SwapAftermath | None = None
    verified_at: AwareDatetime | None = None


SETTLED = frozenset({Outcome.DONE, Outcome.ALREADY_DONE, Outcome.REFUSED, Outcome.REVERSED})
"""Outcomes after which nothing is left to do or to look at."""
