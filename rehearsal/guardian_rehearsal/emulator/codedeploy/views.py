"""What CodeDeploy's reads answer, beyond what moto's do."""

from typing import TYPE_CHECKING, Any

from moto.codedeploy.models import DeploymentGroup, DeploymentInfo
from moto.codedeploy.responses import _deployment_group_info, _deployment_info

from guardian_rehearsal.emulator.codedeploy.appspec import Revision
from guardian_rehearsal.emulator.codedeploy.deployments import EcsDeployment, LifecycleEvent
from guardian_rehearsal.emulator.codedeploy.traffic import FULL, Listeners
from guardian_rehearsal.emulator.ecs import ServiceTaskSet

if TYPE_CHECKING:
    from guardian_rehearsal.emulator.codedeploy.models import CodeDeployBackend


def any_deployment_info(deployment: DeploymentInfo) -> dict[str, Any]:
    """Return `deploymentInfo`, for the other compute platforms as moto does."""
    return (
        deployment_info(deployment) if isinstance(deployment, EcsDeployment) else _deployment_info(deployment)
    )


def deployment_info(deployment: EcsDeployment) -> dict[str, Any]:
    """Return `deploymentInfo` (DeploymentInfo in the CodeDeploy API reference)."""
    previous = deployment.previous_revision
    overview = dict.fromkeys(deployment.deployment_overview, 0)
    overview[deployment.target_status] = 1
    return {
        **_deployment_info(deployment),
        "deploymentOverview": overview,
        "previousRevision": previous.location(with_content=False) if previous else None,
        "errorInformation": deployment.error_information or None,
        "rollbackInfo": deployment.rollback_info or None,
    }


def group_info(backend: "CodeDeployBackend", group: DeploymentGroup) -> dict[str, Any]:
    """Return `deploymentGroupInfo` with the alarms, the target revision and the last deployments."""
    deployments = backend.deployments_of(group)
    succeeded = [one for one in deployments if one.status == "Succeeded"]
    revision = succeeded[-1].kept_revision if succeeded else None
    return {
        **_deployment_group_info(group),
        "alarmConfiguration": group.alarm_configuration or {},
        "targetRevision": revision.location(with_content=False) if revision else None,
        "lastSuccessfulDeployment": _last(succeeded),
        "lastAttemptedDeployment": _last(deployments),
    }


def revision_use(application_name: str, revision: Revision, used_by: list[EcsDeployment]) -> dict[str, Any]:
    """Return GetApplicationRevision's answer for a revision that these deployments used, oldest first."""
    return {
        "applicationName": application_name,
        "revision": revision.location(with_content=True),
        "revisionInfo": {
            "deploymentGroups": sorted({deployment.deployment_group_name for deployment in used_by}),
            "firstUsedTime": used_by[0].create_time,
            "lastUsedTime": used_by[-1].create_time,
            "registerTime": used_by[0].create_time,
        },
    }


def target(deployment: EcsDeployment, target_id: str, listeners: Listeners) -> dict[str, Any]:
    """Return a DeploymentTarget of type ECSTarget."""
    service = deployment.service
    ecs_target = {
        "deploymentId": deployment.deployment_id,
        "targetId": target_id,
        "targetArn": service.arn if service else None,
        "lastUpdatedAt": deployment.last_updated,
        "lifecycleEvents": [_event(event) for event in deployment.events],
        "status": deployment.target_status,
        "taskSetsInfo": deployment.task_sets_at_end or task_sets_info(deployment, listeners),
    }
    return {"deploymentTargetType": "ECSTarget", "ecsTarget": ecs_target}


def task_sets_info(deployment: EcsDeployment, listeners: Listeners) -> list[dict[str, Any]]:
    """Return `taskSetsInfo`: Blue from the start, Green once Install has created it.

    Assumption: `trafficWeight` is what CodeDeploy last set, also when somebody else has changed the listener since.
    """
    green = deployment.green_weight
    labelled = [("Blue", deployment.blue, FULL - green), ("Green", deployment.green, green)]
    return [_task_set(label, one, weight, listeners) for label, one, weight in labelled if one is not None]


def _task_set(label: str, task_set: ServiceTaskSet, weight: int, listeners: Listeners) -> dict[str, Any]:
    return {
        "identifer": task_set.id,  # spelled so in the API
        "desiredCount": task_set.computed_desired_count,
        "pendingCount": task_set.pending_count,
        "runningCount": task_set.running_count,
        "status": task_set.status,
        "trafficWeight": float(weight),
        "targetGroup": {"name": listeners.name_of(task_set.target_group_arn)},
        "taskSetLabel": label,
    }


def _event(event: LifecycleEvent) -> dict[str, Any]:
    return {
        "lifecycleEventName": event.stage.name,
        "status": event.status,
        "startTime": event.start_time,
        "endTime": event.end_time,
    }


def _last(deployments: list[EcsDeployment]) -> dict[str, Any] | None:
    if not deployments:
        return None
    last = deployments[-1]
    return {
        "deploymentId": last.deployment_id,
        "status": last.status,
        "endTime": last.complete_time,
        "createTime": last.create_time,
    }
