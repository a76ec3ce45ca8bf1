"""Handles incoming CodeDeploy requests for the ECS compute platform."""

from moto.codedeploy.models import codedeploy_backends
from moto.codedeploy.responses import CodeDeployResponse as MotoCodeDeployResponse
from moto.core.responses import ActionResult, EmptyResult

from guardian_rehearsal.emulator.codedeploy import exceptions, views
from guardian_rehearsal.emulator.codedeploy.deployments import EcsDeployment
from guardian_rehearsal.emulator.codedeploy.groups import CHANGEABLE, update_group
from guardian_rehearsal.emulator.codedeploy.models import CodeDeployBackend
from guardian_rehearsal.emulator.codedeploy.traffic import PREDEFINED, config_info

MAX_TARGETS = 25
"""The most target ids in one BatchGetDeploymentTargets."""

ALREADY_STOPPED = "No more pending lifecycle events: the deployment is stopped."
STOPPING = "The stop is pending: lifecycle events may still run."


class CodeDeployResponse(MotoCodeDeployResponse):
    """moto's handler with the operations that a blue/green deployment needs."""

    @property
    def codedeploy_backend(self) -> CodeDeployBackend:
        backend = codedeploy_backends[self.current_account][self.region]
        if not isinstance(backend, CodeDeployBackend):
            raise TypeError("moto's CodeDeploy backend is in use: call install() before the first request")
        return backend

    def get_deployment(self) -> ActionResult:
        deployment = self.codedeploy_backend.get_deployment(self._get_param("deploymentId"))
        return ActionResult({"deploymentInfo": views.any_deployment_info(deployment)})

    def batch_get_deployments(self) -> ActionResult:
        found = self.codedeploy_backend.batch_get_deployments(self._get_param("deploymentIds"))
        infos = [views.any_deployment_info(one) for one in found]
        return ActionResult({"deploymentsInfo": infos})

    def get_deployment_group(self) -> ActionResult:
        backend = self.codedeploy_backend
        names = self._get_param("applicationName"), self._get_param("deploymentGroupName")
        info = views.group_info(backend, backend.get_deployment_group(*names))
        return ActionResult({"deploymentGroupInfo": info})

    def update_deployment_group(self) -> ActionResult:
        backend = self.codedeploy_backend
        names = self._get_param("applicationName"), self._get_param("currentDeploymentGroupName")
        update_group(
            backend.get_deployment_group(*names), {member: self._get_param(member) for member in CHANGEABLE}
        )
        return ActionResult({"hooksNotCleanedUp": []})

    def get_deployment_config(self) -> ActionResult:
        info = config_info(self._get_param("deploymentConfigName"))
        return ActionResult({"deploymentConfigInfo": info})

    def list_deployment_configs(self) -> ActionResult:
        return ActionResult({"deploymentConfigsList": list(PREDEFINED)})

    def get_application_revision(self) -> ActionResult:
        names = self._get_param("applicationName"), self._get_param("revision")
        return ActionResult(self.codedeploy_backend.get_application_revision(*names))

    def list_deployment_targets(self) -> ActionResult:
        backend = self.codedeploy_backend
        deployment = backend.started_deployment(self._get_param("deploymentId"))
        return ActionResult({"targetIds": [backend.target_id(deployment)]})

    def get_deployment_target(self) -> ActionResult:
        backend = self.codedeploy_backend
        deployment = backend.started_deployment(self._get_param("deploymentId"))
        target_id = self._existing_target(deployment, self._get_param("targetId"))
        return ActionResult({"deploymentTarget": views.target(deployment, target_id, backend.listeners)})

    def batch_get_deployment_targets(self) -> ActionResult:
        backend = self.codedeploy_backend
        deployment = backend.started_deployment(self._get_param("deploymentId"))
        wanted = self._get_param("targetIds") or []
        if len(wanted) > MAX_TARGETS:
            raise exceptions.DeploymentTargetListSizeExceededException(limit=MAX_TARGETS)
        found = [self._existing_target(deployment, target_id) for target_id in wanted]
        targets = [views.target(deployment, target_id, backend.listeners) for target_id in found]
        return ActionResult({"deploymentTargets": targets})

    def stop_deployment(self) -> ActionResult:
        status = self.codedeploy_backend.stop_deployment(
            self._get_param("deploymentId"), self._get_param("autoRollbackEnabled")
        )
        message = STOPPING if status == "Pending" else ALREADY_STOPPED
        return ActionResult({"status": status, "statusMessage": message})

    def continue_deployment(self) -> ActionResult:
        self.codedeploy_backend.continue_deployment(
            self._get_param("deploymentId"), self._get_param("deploymentWaitType")
        )
        return EmptyResult()

    def put_lifecycle_event_hook_execution_status(self) -> ActionResult:
        execution_id = self._get_param("lifecycleEventHookExecutionId")
        self.codedeploy_backend.put_lifecycle_event_hook_execution_status(
            self._get_param("deploymentId"), execution_id, self._get_param("status")
        )
        return ActionResult({"lifecycleEventHookExecutionId": execution_id})

    def _existing_target(self, deployment: EcsDeployment, target_id: str) -> str:
        if target_id != self.codedeploy_backend.target_id(deployment):
            raise exceptions.DeploymentTargetDoesNotExistException(
                target_id=target_id, deployment_id=deployment.deployment_id
            )
        return target_id
