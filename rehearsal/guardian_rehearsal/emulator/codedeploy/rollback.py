"""The course of a rollback deployment: all traffic to the original task set at once, then the replacement goes."""

from datetime import datetime
from typing import TYPE_CHECKING

from guardian_rehearsal.emulator.codedeploy import stages
from guardian_rehearsal.emulator.codedeploy.course import BaseCourse
from guardian_rehearsal.emulator.codedeploy.deployments import EcsDeployment, LifecycleEvent
from guardian_rehearsal.emulator.codedeploy.traffic import DEFAULT_CONFIG

if TYPE_CHECKING:
    from guardian_rehearsal.emulator.codedeploy.models import CodeDeployBackend


class RollbackCourse(BaseCourse):
    """Reroutes traffic "from the replacement task set to the original task set" (StopDeployment, API reference).

    That it does so in one step, and puts the test listener back on the original group too, is an assumption.
    """

    def begin(self, at: datetime) -> None:
        super().begin(at)
        deployment = self.deployment
        deployment.events = [LifecycleEvent(stage) for stage in stages.ROLLBACK_LIFECYCLE]
        deployment.events[0].start(at)
        deployment.schedule(at + stages.ROLLBACK_SHIFT, self._restore)

    def _restore(self, at: datetime) -> None:
        deployment = self.deployment
        self.shift(0, at)
        if deployment.route is not None and deployment.blue is not None:
            self.backend.route_test(deployment.route, deployment.blue.target_group_arn)
        deployment.events[0].end("Succeeded", at)
        deployment.schedule(at + stages.ROLLBACK_DRAIN, self._drain)

    def _drain(self, at: datetime) -> None:
        if self.deployment.green is not None:
            self.backend.ecs.drain_task_set(self.deployment.green, at)
        self.deployment.schedule(at + stages.ROLLBACK_STOP, self._remove)

    def _remove(self, at: datetime) -> None:
        if self.deployment.green is not None:
            self.backend.ecs.remove_task_set(self.deployment.green, at)
        self.succeed(at)


def rollback_of(
    backend: "CodeDeployBackend", ended: EcsDeployment, at: datetime, reason: str
) -> EcsDeployment:
    """Return the deployment that rolls `ended` back, and name each in the other's `rollbackInfo`.

    Source: "Redeploy and roll back a deployment with CodeDeploy": it is "technically a new deployment", of the
    last revision that succeeded. Assumption: without such a revision it has none.
    """
    rollback = EcsDeployment(
        ended.deployment_group,
        ended.previous_revision,
        None,
        ended.deployment_config_name or DEFAULT_CONFIG,
        (),
        {"creator": "codeDeployRollback", "description": "Deployment created by rollback"},
    )
    rollback.create_time = rollback.last_updated = at
    rollback.service, rollback.route = ended.service, ended.route
    rollback.blue, rollback.green = ended.blue, ended.green
    rollback.green_weight = ended.green_weight
    rollback.rollback_info = {
        "rollbackTriggeringDeploymentId": ended.deployment_id,
        "rollbackMessage": reason,
    }
    ended.rollback_info = {
        "rollbackDeploymentId": rollback.deployment_id,
        "rollbackMessage": reason,
    }
    rollback.course = RollbackCourse(backend, rollback)
    rollback.schedule(at + stages.ROLLBACK_START, rollback.course.begin)
    return rollback
