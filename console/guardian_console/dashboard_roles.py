"""Who is blue and who is green in a deployment group now, for a dashboard that shows both."""

from dataclasses import dataclass

from guardian.aws.codedeploy import CodeDeploy
from guardian.model import Deployment, Service, Side, TargetGroup
from guardian.resolve import CodeDeployDescription, resolve
from guardian.resolve.listener import listener_weights
from guardian_console.exits import NothingThereError


@dataclass(frozen=True)
class Roles:
    """A deployment with both sides known, and how they are known."""

    deployment: Deployment
    why: str


def roles_now(codedeploy: CodeDeploy, service: Service) -> Roles:
    """Return the roles of the deployment that runs; without one, those in which the last one has left the groups.

    Raises:
        NothingThereError: Nothing was ever deployed, or the listener does not tell who serves.
        GuardianError: AWS refuses or cannot answer.
    """
    running = codedeploy.open_deployments(service)
    found = running[0] if running else codedeploy.last_successful(service)
    if found is None:
        raise NothingThereError(f"{service} has no deployment yet, so nobody is blue or green")
    description = codedeploy.describe(found)
    deployment = resolve(description)
    if deployment.blue is not None and deployment.green is not None:
        return Roles(deployment, f"as {found} has them, which is running")
    green, why = _green(deployment, description, running=bool(running))
    return Roles(deployment.model_copy(update=_sides(description, green)), why)


def _green(deployment: Deployment, description: CodeDeployDescription, *, running: bool) -> tuple[bool, str]:
    """Return whether the group that serves production is green, and why. Pure."""
    if running:
        return False, f"{deployment.id} is running and has not made green yet: blue serves"
    if deployment.is_rollback:
        return False, f"{deployment.id}, the last one that succeeded, was a rollback: blue serves again"
    latest = (description.group.get("lastAttemptedDeployment") or {}).get("deploymentId", deployment.id)
    if latest != deployment.id:
        return False, f"{latest}, the last one, did not succeed: blue serves"
    return True, f"{deployment.id}, the last one, succeeded: green serves"


def _sides(description: CodeDeployDescription, serving_is_green: bool) -> dict[str, Side]:
    groups = {
        one["TargetGroupArn"]: TargetGroup(name=one["TargetGroupName"], arn=one["TargetGroupArn"])
        for one in description.target_groups
    }
    weights = listener_weights(description.rules, list(groups), "of production")
    serving, idle = sorted(groups, key=lambda arn: weights[arn], reverse=True)
    if weights[serving] == weights[idle]:
        raise NothingThereError(
            "no deployment is running and the listener gives both groups the same: nobody can say who is blue"
        )
    green, blue = (serving, idle) if serving_is_green else (idle, serving)
    return {
        role: Side(
            target_group=groups[arn], controller_weight=weights[arn], listener_weight=weights[arn], desired=0, running=0
        )
        for role, arn in (("blue", blue), ("green", green))
    }  # fmt: skip
