"""The course of a deployment that replaces the original task set."""

from base64 import b64encode
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from moto.ecs.exceptions import TaskDefinitionNotFoundException
from moto.moto_api._internal import mock_random

from guardian_rehearsal.emulator.codedeploy import exceptions, stages
from guardian_rehearsal.emulator.codedeploy.course import BaseCourse
from guardian_rehearsal.emulator.codedeploy.deployments import Action, EcsDeployment, LifecycleEvent
from guardian_rehearsal.emulator.codedeploy.notices import aware
from guardian_rehearsal.emulator.codedeploy.traffic import FULL
from guardian_rehearsal.emulator.deliveries import LambdaInvocation, outbox

if TYPE_CHECKING:
    from guardian_rehearsal.emulator.codedeploy.models import CodeDeployBackend

HOOK_FAILED = "The deployment failed because one or more of the lifecycle event validation functions failed."
"""Documented in "Monitoring deployments with Amazon SNS event notifications"."""

NOT_HEALTHY = (
    "The deployment timed out while waiting for the replacement task set to become healthy. "
    "This time out period is 60 minutes."
)
"""Documented in "Troubleshoot Amazon ECS deployment issues"."""

NOT_BEHIND = (
    "The ELB could not be updated due to the following error: "
    "Primary taskset target group must be behind listener "
)
"""Documented in "Troubleshoot Amazon ECS deployment issues"; the listener's ARN follows."""


class ReplacementCourse(BaseCourse):
    """Walks through the lifecycle table; each stage schedules its own end."""

    def __init__(self, backend: "CodeDeployBackend", deployment: EcsDeployment):
        super().__init__(backend, deployment)
        self._work: dict[str, Action] = {
            "Install": self._install,
            "AllowTestTraffic": self._allow_test_traffic,
            "AllowTraffic": self._allow_traffic,
        }

    def begin(self, at: datetime) -> None:
        super().begin(at)
        deployment, ecs = self.deployment, self.backend.ecs
        deployment.service = self.backend.service_of(deployment)
        deployment.route = route = self.backend.route_of(deployment)
        deployment.events = [
            LifecycleEvent(stage) for stage in stages.LIFECYCLE if route.test or not stage.for_test_listener
        ]
        deployment.blue = blue = ecs.primary_task_set(deployment.service)
        # Assumption: the check comes before the first event, and the codes are these two.
        if blue is None:
            self.fail(at, "INVALID_ECS_SERVICE", "The service has no primary task set.")
        elif not self.backend.listeners.is_behind(blue.target_group_arn, route.production):
            self.fail(at, "ELASTIC_LOAD_BALANCING_INVALID", NOT_BEHIND + route.production)
        else:
            self._enter(deployment.events[0], at)

    def answer(self, execution_id: str, status: str, at: datetime) -> None:
        """Take a hook's answer; raise when the execution is unknown or no longer open."""
        deployment = self.deployment
        event = deployment.hook_executions.get(execution_id)
        if event is None:
            raise exceptions.InvalidLifecycleEventHookExecutionIdException
        if deployment.open_execution != execution_id:
            raise exceptions.LifecycleEventAlreadyCompletedException(event=event.stage.name)
        deployment.open_execution = None
        deployment.cancel(self._hook_failed)
        then = self._complete if status == "Succeeded" else self._hook_failed
        deployment.schedule(at + stages.HOOK_ANSWER, then)

    def terminate(self, at: datetime) -> None:
        """End the termination wait: the original tasks are deregistered, then stopped."""
        deployment = self.deployment
        deployment.cancel(self.terminate)
        deployment.terminating = True
        if deployment.blue is not None:
            self.backend.ecs.drain_task_set(deployment.blue, at)
        deployment.schedule(at + stages.BLUE_DRAIN, self._terminated)

    def _enter(self, event: LifecycleEvent, at: datetime) -> None:
        event.start(at)
        self._work.get(event.stage.name, self._call_hook)(at)

    def _complete(self, at: datetime) -> None:
        event = self._event()
        event.end("Succeeded", at)
        following = next((one for one in self.deployment.events if one.status == "Pending"), None)
        if following is not None:
            self._enter(following, at)
        else:
            self._wait_to_terminate(at)

    def _event(self) -> LifecycleEvent:
        event = self.deployment.current_event
        if event is None:
            raise RuntimeError(f"{self.deployment.deployment_id} has no lifecycle event in progress")
        return event

    def _call_hook(self, at: datetime) -> None:
        deployment, event = self.deployment, self._event()
        function = deployment.spec.hooks.get(event.stage.name) if deployment.spec else None
        if function is None:
            deployment.schedule(at + stages.STAGE_WITHOUT_HOOK, self._complete)
            return
        execution_id = b64encode(f"{deployment.deployment_id}:{mock_random.uuid4()}".encode()).decode()
        deployment.open_execution = execution_id
        deployment.hook_executions[execution_id] = event
        payload = {
            "DeploymentId": deployment.deployment_id,
            "LifecycleEventHookExecutionId": execution_id,
        }
        outbox.put(LambdaInvocation(aware(at), function, payload))
        deployment.schedule(at + stages.HOOK_DEADLINE, self._hook_failed)

    def _hook_failed(self, at: datetime) -> None:
        self.fail(at, "HOOK_EXECUTION_FAILURE", HOOK_FAILED)

    def _install(self, at: datetime) -> None:
        deployment, ecs = self.deployment, self.backend.ecs
        blue, spec, route, service = deployment.blue, deployment.spec, deployment.route, deployment.service
        if blue is None or spec is None or route is None or service is None:
            raise RuntimeError(f"{deployment.deployment_id} came to Install without a service")
        try:
            definition = ecs.describe_task_definition(spec.task_definition)
        except TaskDefinitionNotFoundException as error:
            self.fail(at, "ECS_UPDATE_ERROR", str(error))
            return
        # Assumption: what an earlier, unfinished deployment left in the replacement group is removed first.
        for leftover in ecs.task_sets_of(service):
            if leftover is not blue:
                ecs.remove_task_set(leftover, at)
        load_balancer = {
            "targetGroupArn": route.other(blue.target_group_arn),
            "containerName": spec.container_name,
            "containerPort": spec.container_port,
        }
        deployment.green = green = ecs.add_task_set(
            service, definition.arn, [load_balancer], at, external_id=deployment.deployment_id
        )
        deployment.schedule(at + stages.TASK_START, partial(ecs.start_tasks, green))
        deployment.schedule(at + stages.INSTALL, self._look_at_health)

    def _look_at_health(self, at: datetime) -> None:
        """End Install once the replacement is healthy; all-at-once does not wait for health before the shift."""
        deployment = self.deployment
        started = self._event().start_time or at
        at_once = len(deployment.shift) == 1
        if at_once or (deployment.green is not None and self.backend.ecs.is_healthy(deployment.green)):
            self._complete(at)
        elif at - started >= stages.HEALTH_LIMIT:
            self.fail(at, "TIMEOUT", NOT_HEALTHY)
        else:
            deployment.schedule(at + stages.HEALTH_POLL, self._look_at_health)

    def _allow_test_traffic(self, at: datetime) -> None:
        deployment = self.deployment
        if deployment.green is not None and deployment.route is not None:
            self.backend.route_test(deployment.route, deployment.green.target_group_arn)
        deployment.schedule(at + stages.TEST_TRAFFIC, self._complete)

    def _allow_traffic(self, at: datetime) -> None:
        for step in self.deployment.shift:
            if step.after == timedelta(0):
                self.shift(step.percent, at)
            else:
                self.deployment.schedule(at + step.after, partial(self.shift, step.percent))
            if step.percent == FULL:
                self.deployment.schedule(at + step.after + stages.SHIFT_SETTLE, self._complete)

    def _wait_to_terminate(self, at: datetime) -> None:
        deployment = self.deployment
        deployment.target_status = "Succeeded"
        deployment.instance_termination_wait_time_started = True
        configuration = deployment.deployment_group.blue_green_deployment_configuration
        terminate = configuration.get("terminateBlueInstancesOnDeploymentSuccess") or {}
        if (
            terminate.get("action") == "KEEP_ALIVE"
        ):  # documented for EC2; for ECS docs/assumptions.md says what is believed
            self.succeed(at)
            return
        wait = timedelta(minutes=terminate.get("terminationWaitTimeInMinutes") or 0)
        deployment.schedule(at + wait, self.terminate)

    def _terminated(self, at: datetime) -> None:
        if self.deployment.blue is not None:
            self.backend.ecs.remove_task_set(self.deployment.blue, at)
        self.succeed(at)
