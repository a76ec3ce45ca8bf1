"""What the emulated AWS says, asked through the API as a person would ask it; Guardian's memory is not consulted."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from guardian_rehearsal.emulator.server import EmulatedAws
from guardian_rehearsal.world import World

LAST_HOOK = "AfterAllowTraffic"
"""The hook that CodeDeploy calls when green has all of the traffic."""


@dataclass(frozen=True)
class AwsSays:
    """The end of a deployment in AWS's own words.

    Attributes:
        status: The deployment's status.
        code: The code of its `errorInformation`, empty without one.
        reason: The message of that.
        rollback_id: The deployment that undid it.
        rollback_creator: That one's creator.
        rollback_status: That one's status.
        weights: Share of production traffic (0 to 1) by target group name, read from the listener.
        stops: How often StopDeployment was called, refused calls included.
        failed_in: The lifecycle event that failed, empty where none did.
        held: Minutes that CodeDeploy waited for the answer to the hook after the shift.
    """

    status: str
    code: str
    reason: str
    rollback_id: str | None
    rollback_creator: str | None
    rollback_status: str | None
    weights: dict[str, float]
    stops: int
    failed_in: str = ""
    held: float = 0.0


@dataclass(frozen=True)
class AlarmChange:
    """An alarm's change of state.

    Attributes:
        alarm: The alarm's name.
        at: When it changed (UTC).
        state: Its state from then on.
        reason: Why.
    """

    alarm: str
    at: datetime
    state: str
    reason: str


def alarm_changes(aws: EmulatedAws) -> list[AlarmChange]:
    """Return every change of state of every alarm, oldest first."""
    reply = aws.client("cloudwatch").describe_alarm_history(
        HistoryItemType="StateUpdate", ScanBy="TimestampAscending"
    )
    states = ((item, json.loads(item["HistoryData"])["newState"]) for item in reply["AlarmHistoryItems"])
    return [
        AlarmChange(
            item["AlarmName"], item["Timestamp"].astimezone(UTC), new["stateValue"], new["stateReason"]
        )
        for item, new in states
    ]


def ask_aws(aws: EmulatedAws, world: World, deployment_id: str) -> AwsSays:
    """Read the deployment, its lifecycle events, its rollback and the production listener."""
    codedeploy = aws.client("codedeploy")
    stops = sum(1 for call in aws.calls if call.operation == "StopDeployment")
    info = codedeploy.get_deployment(deploymentId=deployment_id)["deploymentInfo"]
    rollback_id = info.get("rollbackInfo", {}).get("rollbackDeploymentId")
    rollback = codedeploy.get_deployment(deploymentId=rollback_id)["deploymentInfo"] if rollback_id else {}
    events = _lifecycle(aws, world, deployment_id)
    return AwsSays(
        status=info["status"],
        code=info.get("errorInformation", {}).get("code", ""),
        reason=info.get("errorInformation", {}).get("message", ""),
        rollback_id=rollback_id,
        rollback_creator=rollback.get("creator"),
        rollback_status=rollback.get("status"),
        weights=listener_weights(aws, world),
        stops=stops,
        failed_in=next((name for name, event in events.items() if event["status"] == "Failed"), ""),
        held=_minutes(events.get(LAST_HOOK, {})),
    )


def _lifecycle(aws: EmulatedAws, world: World, deployment_id: str) -> dict[str, Any]:
    """Return the lifecycle events by name; none before the deployment has started."""
    codedeploy = aws.client("codedeploy")
    try:
        target = codedeploy.get_deployment_target(
            deploymentId=deployment_id, targetId=f"{world.cluster}:{world.service}"
        )["deploymentTarget"]
    except codedeploy.exceptions.DeploymentNotStartedException:
        return {}
    return {one["lifecycleEventName"]: one for one in target["ecsTarget"]["lifecycleEvents"]}


def _minutes(event: dict[str, Any]) -> float:
    if "endTime" not in event or "startTime" not in event:
        return 0.0
    return float((event["endTime"] - event["startTime"]).total_seconds() / 60)


def listener_weights(aws: EmulatedAws, world: World) -> dict[str, float]:
    """Return the share of production traffic (0 to 1) by target group name."""
    reply = aws.client("elbv2").describe_listeners(ListenerArns=[world.production_listener])
    action = reply["Listeners"][0]["DefaultActions"][0]
    groups = action.get("ForwardConfig", {}).get("TargetGroups") or [
        {"TargetGroupArn": action["TargetGroupArn"]}
    ]
    weights = {group["TargetGroupArn"]: float(group.get("Weight", 1)) for group in groups}
    total = sum(weights.values())
    return {name: weights.get(arn, 0.0) / total for name, arn in world.target_groups.items()}
