"""CodeDeployBackend for the ECS compute platform."""

from collections.abc import Iterator
from datetime import datetime
from threading import RLock
from typing import Any

from moto.codedeploy.models import CodeDeployBackend as MotoCodeDeployBackend
from moto.codedeploy.models import DeploymentGroup
from moto.core.exceptions import ServiceException
from moto.core.utils import utcnow
from moto.ecs.models import Service
from moto.elbv2.models import elbv2_backends
from werkzeug.exceptions import HTTPException

from guardian_rehearsal.emulator.codedeploy import exceptions, stages
from guardian_rehearsal.emulator.codedeploy.alarms import notice_alarm
from guardian_rehearsal.emulator.codedeploy.appspec import Revision, carried_text, parse, read_revision
from guardian_rehearsal.emulator.codedeploy.deployments import EcsDeployment, Route, Transition
from guardian_rehearsal.emulator.codedeploy.lifecycle import ReplacementCourse
from guardian_rehearsal.emulator.codedeploy.notices import aware, state_change
from guardian_rehearsal.emulator.codedeploy.rollback import rollback_of
from guardian_rehearsal.emulator.codedeploy.traffic import DEFAULT_CONFIG, FULL, Listeners, config_info, steps
from guardian_rehearsal.emulator.codedeploy.views import revision_use
from guardian_rehearsal.emulator.deliveries import BusEvent, outbox
from guardian_rehearsal.emulator.ecs import EC2ContainerServiceBackend, ecs_backend

STOPPED_BY_HAND = "The deployment was stopped by a request."


class CodeDeployBackend(MotoCodeDeployBackend):
    """moto's CodeDeploy, where an ECS deployment takes its documented course as time goes by.

    Nothing happens between calls: `advance` carries out what has come due, and stamps it with the time at which it
    was due. Every CodeDeploy, ECS and ELB request advances first.
    """

    def __init__(self, region_name: str, account_id: str):
        super().__init__(region_name, account_id)
        self.lock = RLock()
        self.revisions: dict[tuple[str, str], list[tuple[Revision, EcsDeployment]]] = {}

    @property
    def ecs(self) -> EC2ContainerServiceBackend:
        return ecs_backend(self.account_id, self.region_name)

    @property
    def listeners(self) -> Listeners:
        return Listeners(elbv2_backends[self.account_id][self.region_name])

    def advance(self) -> None:
        """Carry out all transitions that are due, in the order of their times."""
        with self.lock:
            now = utcnow()
            while (found := self._earliest()) and found[1].due <= now:
                deployment, transition = found
                deployment.transitions.remove(transition)
                deployment.last_updated = transition.due
                try:
                    transition.action(transition.due)
                except (ServiceException, HTTPException) as error:  # a listener, group or service is gone
                    deployment.course.fail(transition.due, "INTERNAL_ERROR", str(error))

    def next_due(self) -> datetime | None:
        """Return when the next transition is due, as an aware UTC time; None when nothing is.

        While a deployment waits for a hook's answer, that is the hook's deadline.
        """
        with self.lock:
            found = self._earliest()
            return aware(found[1].due) if found else None

    def create_deployment(
        self,
        application_name: str,
        deployment_group_name: str,
        revision: dict[str, Any],
        deployment_config_name: str | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> str:
        application = self.applications.get(application_name)
        if application is None or application.compute_platform != "ECS" or not deployment_group_name:
            return super().create_deployment(
                application_name, deployment_group_name, revision, deployment_config_name, *args, **kwargs
            )
        group = self.get_deployment_group(application_name, deployment_group_name)
        if active := next((one for one in self.deployments_of(group) if not one.is_over), None):
            raise exceptions.DeploymentLimitExceededException(
                group=deployment_group_name, deployment_id=active.deployment_id
            )
        config_name = deployment_config_name or group.deployment_config_name or DEFAULT_CONFIG
        routing = config_info(config_name)["trafficRoutingConfig"]
        kept = read_revision(revision)
        deployment = EcsDeployment(group, kept, parse(kept.content), config_name, steps(routing), kwargs)
        deployment.course = ReplacementCourse(self, deployment)
        deployment.schedule(deployment.create_time + stages.START_DELAY, deployment.course.begin)
        self._keep(deployment)
        return deployment.deployment_id

    def create_deployment_group(
        self,
        application_name: str,
        deployment_group_name: str,
        deployment_config_name: str | None,
        *args: Any,
        **kwargs: Any,
    ) -> str:
        application = self.applications.get(application_name)
        if application is not None and application.compute_platform == "ECS":
            deployment_config_name = deployment_config_name or DEFAULT_CONFIG
            config_info(deployment_config_name)
        return super().create_deployment_group(
            application_name, deployment_group_name, deployment_config_name, *args, **kwargs
        )

    def get_ecs_deployment(self, deployment_id: str) -> EcsDeployment:
        """Return a deployment on ECS, or raise what StopDeployment and its siblings raise."""
        if not deployment_id.startswith("d-"):
            raise exceptions.InvalidDeploymentIdException(deployment_id=deployment_id)
        deployment = self.get_deployment(deployment_id)
        if not isinstance(deployment, EcsDeployment):
            raise exceptions.UnsupportedActionForDeploymentTypeException(deployment_id=deployment_id)
        return deployment

    def started_deployment(self, deployment_id: str) -> EcsDeployment:
        """Return a deployment that has targets, or raise DeploymentNotStartedException."""
        deployment = self.get_ecs_deployment(deployment_id)
        if deployment.start_time is None:
            raise exceptions.DeploymentNotStartedException(deployment_id=deployment_id)
        return deployment

    def stop_deployment(self, deployment_id: str, auto_rollback_enabled: bool | None) -> str:
        """Ask for a stop and return Pending, or Succeeded when the deployment is stopped already.

        Assumptions: without `autoRollbackEnabled` the group's DEPLOYMENT_STOP_ON_REQUEST decides; a second request
        can add the rollback; a deployment that terminates its original task set counts as completed.
        """
        deployment = self.get_ecs_deployment(deployment_id)
        if deployment.status == "Stopped":
            return "Succeeded"
        if deployment.is_over or deployment.terminating:
            raise exceptions.DeploymentAlreadyCompletedException(deployment_id=deployment_id)
        if auto_rollback_enabled is None:
            auto_rollback_enabled = "DEPLOYMENT_STOP_ON_REQUEST" in deployment.rollback_events
        if deployment.stop_requested is None:

            def stop(at: datetime) -> None:
                roll_back = bool(deployment.stop_requested)
                deployment.course.stop(at, roll_back=roll_back, code="MANUAL_STOP", message=STOPPED_BY_HAND)

            deployment.schedule(utcnow() + stages.STOP_DELAY, stop)
        deployment.stop_requested = bool(deployment.stop_requested) or auto_rollback_enabled
        return "Pending"

    def continue_deployment(self, deployment_id: str, wait_type: str | None) -> None:
        """End the termination wait; a deployment here never waits in `Ready`."""
        deployment = self.get_ecs_deployment(deployment_id)
        if wait_type not in {None, "READY_WAIT", "TERMINATION_WAIT"}:
            raise exceptions.InvalidDeploymentWaitTypeException(wait_type=wait_type)
        if deployment.is_over:
            raise exceptions.DeploymentAlreadyCompletedException(deployment_id=deployment_id)
        if wait_type != "TERMINATION_WAIT":
            raise exceptions.DeploymentIsNotInReadyStateException(deployment_id=deployment_id)
        course = deployment.course
        waiting = deployment.instance_termination_wait_time_started and not deployment.terminating
        if not waiting or not isinstance(course, ReplacementCourse):
            raise exceptions.InvalidDeploymentStatusException(deployment_id=deployment_id)
        course.terminate(utcnow())

    def put_lifecycle_event_hook_execution_status(
        self, deployment_id: str, execution_id: str, status: str
    ) -> None:
        """Take a hook function's answer, of which there is one per execution."""
        deployment = self.get_ecs_deployment(deployment_id)
        if status not in {"Succeeded", "Failed"}:
            raise exceptions.InvalidLifecycleEventHookExecutionStatusException(status=status)
        if not isinstance(deployment.course, ReplacementCourse):
            raise exceptions.UnsupportedActionForDeploymentTypeException(deployment_id=deployment_id)
        deployment.course.answer(execution_id, status, utcnow())

    def get_application_revision(self, application_name: str, location: dict[str, Any]) -> dict[str, Any]:
        """Return a revision with its content and where it was used, by its SHA-256."""
        self.get_application(application_name)
        _, text = carried_text(location)
        uses = self.revisions.get((application_name, str(text.get("sha256"))))
        if not uses:
            raise exceptions.RevisionDoesNotExistException
        return revision_use(application_name, uses[0][0], [deployment for _, deployment in uses])

    def deployments_of(self, group: DeploymentGroup) -> list[EcsDeployment]:
        """Return the group's deployments in the order of their creation."""
        ecs = (one for one in self.deployments.values() if isinstance(one, EcsDeployment))
        return [one for one in ecs if one.deployment_group is group]

    def target_id(self, deployment: EcsDeployment) -> str:
        """Return the id of the one target, `<cluster>:<service>`."""
        names = deployment.deployment_group.ecs_services[0]
        return f"{names['clusterName']}:{names['serviceName']}"

    def service_of(self, deployment: EcsDeployment) -> Service:
        """Return the group's ECS service, or raise when it or its cluster does not exist."""
        return self.ecs.find_service(*self.target_id(deployment).split(":"))

    def route_of(self, deployment: EcsDeployment) -> Route:
        """Return the group's listeners and pair of target groups, or raise when one does not exist."""
        pair = deployment.deployment_group.load_balancer_info["targetGroupPairInfoList"][0]
        test = (pair.get("testTrafficRoute") or {}).get("listenerArns") or [None]
        arns = tuple(self.listeners.arn_of(group["name"]) for group in pair["targetGroups"])
        return Route(pair["prodTrafficRoute"]["listenerArns"][0], test[0], arns)

    def route_test(self, route: Route, target_group_arn: str) -> None:
        """Send all test traffic, if the group has a test listener, to one target group of the pair."""
        if route.test:
            weights = {arn: FULL if arn == target_group_arn else 0 for arn in route.pair}
            self.listeners.route(route.test, weights)

    def announce(self, deployment: EcsDeployment, state: str, at: datetime) -> None:
        """Put a state-change event on the bus."""
        application, group = deployment.application_name, deployment.deployment_group_name
        resources = [self._application_arn(application), self._deployment_group_arn(application, group)]
        event = state_change(state, at, self.account_id, self.region_name, deployment, resources)
        outbox.put(BusEvent(aware(at), event))

    def roll_back(self, ended: EcsDeployment, at: datetime, reason: str) -> None:
        """Create the rollback deployment of one that has ended."""
        self._keep(rollback_of(self, ended, at, reason))

    def _keep(self, deployment: EcsDeployment) -> None:
        earlier = self.deployments_of(deployment.deployment_group)
        done = [one for one in earlier if one.status == "Succeeded" and one.kept_revision]
        deployment.previous_revision = done[-1].kept_revision if done else None
        self.deployments[deployment.deployment_id] = deployment
        if deployment.kept_revision:
            key = deployment.application_name, deployment.kept_revision.sha256
            self.revisions.setdefault(key, []).append((deployment.kept_revision, deployment))

    def _earliest(self) -> tuple[EcsDeployment, Transition] | None:
        for deployment in self._ecs_deployments():
            notice_alarm(deployment, self.account_id, self.region_name)
        waiting = ((one, transition) for one in self._ecs_deployments() for transition in one.transitions)
        return min(waiting, key=lambda found: found[1].due, default=None)

    def _ecs_deployments(self) -> Iterator[EcsDeployment]:
        return (one for one in list(self.deployments.values()) if isinstance(one, EcsDeployment))
