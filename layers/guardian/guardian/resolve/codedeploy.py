"""Resolve a CodeDeploy deployment of the ECS platform. Colours come from `taskSetLabel`, never from names."""

from collections.abc import Mapping
from typing import Any

from guardian.errors import ListenerMismatchError, NotGuardableError
from guardian.model import Deployment, Pair, Phase, Service, Side, TargetGroup
from guardian.resolve.description import CodeDeployDescription, Json
from guardian.resolve.listener import listener_weights

ROLLBACK_CREATORS = frozenset({"codeDeployRollback", "CloudFormationRollback"})
"""Creators of deployments that undo another one (CodeDeploy API reference, DeploymentInfo)."""

ENDED = {"Succeeded": Phase.RETIRED, "Failed": Phase.CLOSED, "Stopped": Phase.CLOSED}
"""Terminal deployment statuses. `Succeeded` comes after the termination wait, so blue is taken for gone by then; the
turn asks the fleet whether it still runs."""

OPEN = frozenset({"Created", "Queued", "InProgress", "Baking", "Ready"})
"""Statuses of a deployment that goes on; `Baking` is in the API model but not documented for ECS."""

WEIGHT_GAP = 0.005
"""Difference in share above which controller and listener are said to disagree."""


def resolve(description: CodeDeployDescription, known: Pair | None = None) -> Deployment:
    """Return the deployment with roles, weights and phase.

    Args:
        description: What AWS says.
        known: The target groups as an earlier turn resolved them. They tell the roles after the deployment has
            succeeded, when AWS no longer labels task sets.

    Raises:
        NotGuardableError: Not an ECS deployment, or a shape that Guardian does not know.
    """
    info, group = description.deployment, description.group
    _check_platform(info, group)
    phase = _phase(info, description.target)
    sides, conflicts, problem = _readable_sides(phase, description, known)
    rollback = info.get("rollbackInfo") or {}
    service = group["ecsServices"][0]
    return Deployment(
        id=info["deploymentId"],
        service=Service(application=info["applicationName"], deployment_group=info["deploymentGroupName"]),
        cluster=service["clusterName"],
        ecs_service=service["serviceName"],
        phase=phase,
        status=info["status"],
        strategy=info.get("deploymentConfigName") or group.get("deploymentConfigName") or "unknown",
        is_rollback=info.get("creator") in ROLLBACK_CREATORS,
        rollback_of=rollback.get("rollbackTriggeringDeploymentId"),
        rollback_id=rollback.get("rollbackDeploymentId"),
        blue=sides.get("Blue"),
        green=sides.get("Green"),
        load_balancer=_load_balancer(group),
        listener_arn=_listener(group),
        shift_began=_event(description.target, "AllowTraffic").get("startTime"),
        conflicts=conflicts,
        problem=problem,
        ended=_ending(info),
        successor=_successor(info, group),
    )


def _check_platform(info: Json, group: Json) -> None:
    platform = info.get("computePlatform") or group.get("computePlatform")
    if platform != "ECS" or not group.get("ecsServices"):
        raise NotGuardableError(
            f"deployment {info['deploymentId']} is of the platform {platform or 'unknown'} without an ECS service; "
            "Guardian compares the two target groups of an ECS blue/green deployment and leaves others alone"
        )


def _phase(info: Json, target: Json | None) -> Phase:
    status = info["status"]
    if status in ENDED:
        return ENDED[status]
    if status not in OPEN:
        raise NotGuardableError(
            f"deployment {info['deploymentId']} has the unknown status {status}; update Guardian"
        )
    shifted = _event(target, "AllowTraffic").get("status", "Pending")
    if shifted == "Succeeded":
        return Phase.BAKING
    if shifted != "Pending":
        return Phase.SHIFTING
    tested = _event(target, "AllowTestTraffic").get("status", "Pending")
    return Phase.PREPARING if tested == "Pending" else Phase.TESTING


def _event(target: Json | None, name: str) -> Mapping[str, Any]:
    events = (target or {}).get("lifecycleEvents", ())
    return next((event for event in events if event["lifecycleEventName"] == name), {})


def _readable_sides(
    phase: Phase, description: CodeDeployDescription, known: Pair | None
) -> tuple[dict[str, Side], tuple[str, ...], str | None]:
    """Return the sides and conflicts, or none and the reason why the listener does not tell."""
    if phase is Phase.CLOSED or (phase is Phase.RETIRED and known is None):
        return {}, (), None
    try:
        if phase is Phase.RETIRED and known is not None:
            return _sides_afterwards(description, known), (), None
        return *_sides(description), None
    except ListenerMismatchError as error:
        return {}, (), str(error)


def _sides(description: CodeDeployDescription) -> tuple[dict[str, Side], tuple[str, ...]]:
    """Return the sides by task set label, and where the controller and the listener disagree."""
    if description.target is None:
        return {}, ()
    arns = {group["TargetGroupName"]: group["TargetGroupArn"] for group in description.target_groups}
    weights = listener_weights(description.rules, list(arns.values()), _listener(description.group))
    sides: dict[str, Side] = {}
    for task_set in description.target.get("taskSetsInfo", ()):
        label = _label(task_set, description.target)
        if label in sides:
            raise NotGuardableError(
                f"two task sets of {description.target.get('targetId')} are {label}; update Guardian"
            )
        sides[label] = _side(task_set, arns, weights)
    conflicts = tuple(
        f"{label.lower()} has {side.controller_weight:.0%} of the traffic for CodeDeploy but "
        f"{side.listener_weight:.0%} at the listener; the listener routes, so its weight is used"
        for label, side in sides.items()
        if abs(side.controller_weight - side.listener_weight) > WEIGHT_GAP
    )
    return sides, conflicts


def _sides_afterwards(description: CodeDeployDescription, known: Pair) -> dict[str, Side]:
    """Return the sides by the listener alone; the tasks are not told, so they count as none."""
    pair = [known.blue.arn, known.green.arn]
    weights = listener_weights(description.rules, pair, _listener(description.group))
    return {
        label: Side(
            target_group=group,
            controller_weight=weights[group.arn],
            listener_weight=weights[group.arn],
            desired=0,
            running=0,
        )
        for label, group in (("Blue", known.blue), ("Green", known.green))
    }


def _side(task_set: Json, arns: Mapping[str, str], weights: Mapping[str, float]) -> Side:
    name: str = (task_set.get("targetGroup") or {}).get("name", "")
    if name not in arns:
        raise NotGuardableError(
            f"task set {task_set.get('identifer')} is in {name or 'no group'}, not a group of the deployment's"
        )
    return Side(
        target_group=TargetGroup(name=name, arn=arns[name]),
        controller_weight=float(task_set.get("trafficWeight", 0.0)) / 100,
        listener_weight=weights[arns[name]],
        desired=int(task_set.get("desiredCount", 0)),
        running=int(task_set.get("runningCount", 0)),
    )


def _label(task_set: Json, target: Json) -> str:
    """Return `Blue` or `Green`: the label, or where it is missing (seen in replies of 2018) what implies it.

    Before the replacement is installed only the original is listed; with two sets the original is PRIMARY until all
    traffic has moved.
    """
    label = task_set.get("taskSetLabel")
    if label in ("Blue", "Green"):
        return str(label)
    if label is not None:
        raise NotGuardableError(
            f"task set {task_set.get('identifer')} has the unknown label {label}; update Guardian"
        )
    moved = _event(target, "AllowTraffic").get("status") == "Succeeded"
    alone = len(target["taskSetsInfo"]) == 1
    return "Blue" if alone or (task_set.get("status") == "PRIMARY") is not moved else "Green"


def _pair_info(group: Json) -> Mapping[str, Any]:
    pairs = (group.get("loadBalancerInfo") or {}).get("targetGroupPairInfoList") or ()
    if not pairs:
        raise NotGuardableError(
            f"deployment group {group.get('deploymentGroupName')} has no pair of target groups"
        )
    pair: Mapping[str, Any] = pairs[0]
    return pair


def _listener(group: Json) -> str:
    listener: str = _pair_info(group)["prodTrafficRoute"]["listenerArns"][0]
    return listener


def _load_balancer(group: Json) -> str:
    """Return `app/<name>/<id>` out of the production listener's ARN."""
    return "/".join(_listener(group).partition(":listener/")[2].split("/")[:3])


def _successor(info: Json, group: Json) -> str | None:
    """Return the group's latest deployment when it is another one (DeploymentGroupInfo, `lastAttemptedDeployment`).

    Only of a deployment that is over: two cannot be open in one group, and a rollback is a deployment too.
    """
    latest: str | None = (group.get("lastAttemptedDeployment") or {}).get("deploymentId")
    return latest if info["status"] == "Succeeded" and latest != info["deploymentId"] else None


def _ending(info: Json) -> str | None:
    if info["status"] not in ENDED:
        return None
    error = info.get("errorInformation") or {}
    because = f": {error['message']}" if error.get("message") else ""
    return f"{info['status']}{because}"
