"""The EventBridge events of CodeDeploy."""

from datetime import UTC, datetime
from typing import Any

from moto.moto_api._internal import mock_random

from guardian_rehearsal.emulator.codedeploy.deployments import EcsDeployment

DETAIL_TYPE = "CodeDeploy Deployment State-change Notification"


def aware(at: datetime) -> datetime:
    """Return moto's naive UTC time as an aware one, for readers outside moto."""
    return at.replace(tzinfo=UTC)


def state_change(
    state: str,
    at: datetime,
    account_id: str,
    region_name: str,
    deployment: EcsDeployment,
    resources: list[str],
) -> dict[str, Any]:
    """Return the documented envelope.

    Source: "AWS CodeDeploy events" in the EventBridge events reference. That `instanceGroupId` is the id of the
    deployment group is an assumption.

    Args:
        state: START, SUCCESS, FAILURE or STOP.
        at: When the state changed (naive UTC).
        account_id: The account.
        region_name: The region.
        deployment: What changed.
        resources: ARNs of the application and of the deployment group.
    """
    return {
        "account": account_id,
        "region": region_name,
        "detail-type": DETAIL_TYPE,
        "source": "aws.codedeploy",
        "version": "0",
        "time": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "id": str(mock_random.uuid4()),
        "resources": resources,
        "detail": {
            "instanceGroupId": deployment.deployment_group.deployment_group_id,
            "region": region_name,
            "application": deployment.application_name,
            "deploymentId": deployment.deployment_id,
            "state": state,
            "deploymentGroup": deployment.deployment_group_name,
        },
    }
