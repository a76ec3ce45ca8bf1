"""What every deployment has in common: it is announced, it ends, it can be stopped."""

from datetime import datetime
from typing import TYPE_CHECKING

from guardian_rehearsal.emulator.codedeploy.deployments import EcsDeployment
from guardian_rehearsal.emulator.codedeploy.views import task_sets_info

if TYPE_CHECKING:
    from guardian_rehearsal.emulator.codedeploy.models import CodeDeployBackend

END_STATES = {"Succeeded": "SUCCESS", "Failed": "FAILURE", "Stopped": "STOP"}
"""Deployment status and the `state` of its EventBridge event ("AWS CodeDeploy events")."""


class BaseCourse:
    """Carries one deployment from its start to its end."""

    def __init__(self, backend: "CodeDeployBackend", deployment: EcsDeployment):
        self.backend = backend
        self.deployment = deployment

    def begin(self, at: datetime) -> None:
        deployment = self.deployment
        deployment.status = deployment.target_status = "InProgress"
        deployment.start_time = at
        self.backend.announce(deployment, "START", at)

    def stop(self, at: datetime, *, roll_back: bool, code: str, message: str) -> None:
        """Stop: nothing more happens, and traffic stays where it is unless the deployment is rolled back."""
        reversible = self._reversible()
        self._end("Stopped", at, {"code": code, "message": message})
        if roll_back and reversible:
            self.backend.roll_back(self.deployment, at, message)

    def fail(self, at: datetime, code: str, message: str) -> None:
        """Fail, and roll back when the group rolls back on DEPLOYMENT_FAILURE."""
        reversible = self._reversible()
        self._end("Failed", at, {"code": code, "message": message})
        if reversible and "DEPLOYMENT_FAILURE" in self.deployment.rollback_events:
            self.backend.roll_back(self.deployment, at, message)

    def succeed(self, at: datetime) -> None:
        self._end("Succeeded", at, {})

    def shift(self, percent: int, at: datetime) -> None:
        """Give the replacement this share of production traffic; at 0 and 100 the PRIMARY task set changes."""
        deployment = self.deployment
        blue, green, route = deployment.blue, deployment.green, deployment.route
        if blue is None or green is None or route is None:
            return
        share = {blue.target_group_arn: 100 - percent, green.target_group_arn: percent}
        self.backend.listeners.route(route.production, {arn: share[arn] for arn in route.pair})
        deployment.green_weight = percent
        if percent in {0, 100}:
            self.backend.ecs.promote_task_set(green if percent else blue, at)

    def _reversible(self) -> bool:
        event = self.deployment.current_event
        if event is not None:
            return event.stage.reversible
        return self.deployment.instance_termination_wait_time_started

    def _end(self, status: str, at: datetime, error: dict[str, str]) -> None:
        deployment = self.deployment
        deployment.transitions.clear()
        deployment.open_execution = None
        for event in deployment.events:
            if event.status == "InProgress":
                event.end("Failed", at)
            elif event.status == "Pending":
                event.status = "Skipped"
        if deployment.target_status != "Succeeded":
            deployment.target_status = "Succeeded" if status == "Succeeded" else "Failed"
        deployment.status, deployment.complete_time = status, at
        deployment.error_information = error
        deployment.task_sets_at_end = task_sets_info(deployment, self.backend.listeners)
        self.backend.announce(deployment, END_STATES[status], at)
