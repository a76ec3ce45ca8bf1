"""Task sets with tasks: the two halves of a blue/green service."""

from datetime import datetime
from typing import Any

from moto.ecs.models import Service, TaskSet

from guardian_rehearsal.emulator.ecs.tasks import ServiceTask


class ServiceTaskSet(TaskSet):
    """A task set of a service under the CODE_DEPLOY controller.

    The counts follow from the tasks. `startedBy` is `CODE_DEPLOY` and `externalId` the deployment's id when a
    deployment created the set (TaskSet in the Amazon ECS API reference); that the first set, made with the
    service, has neither is an assumption.
    """

    def __init__(
        self,
        service: Service,
        account_id: str,
        task_definition_arn: str,
        load_balancers: list[dict[str, Any]],
        at: datetime,
        external_id: str = "",
    ):
        super().__init__(
            service.name,
            service.cluster_name,
            task_definition_arn,
            account_id,
            service.region_name,
            external_id=external_id,
            network_configuration=service.network_configuration,
            load_balancers=load_balancers,
            launch_type=service.launch_type,
            platform_version=service.platform_version,
        )
        self.service_object = service
        self.service_arn, self.cluster_arn = service.arn, service.cluster_arn
        self.started_by = "CODE_DEPLOY" if external_id else None
        self.createdAt = self.updatedAt = self.stabilityStatusAt = at
        self.tasks: list[ServiceTask] = []
        self.stabilityStatus = "STABILIZING"

    @property
    def target_group_arn(self) -> str:
        """The target group at which the tasks are registered; empty without a load balancer."""
        return str(self.load_balancers[0]["targetGroupArn"]) if self.load_balancers else ""

    @property
    def container_port(self) -> int:
        return int(self.load_balancers[0]["containerPort"])

    @property
    def computed_desired_count(self) -> int:
        return 0 if self.status == "DRAINING" else self.service_object.desired_count

    @property
    def running_count(self) -> int:
        return sum(task.last_status == "RUNNING" for task in self.tasks)

    @property
    def pending_count(self) -> int:
        return max(0, self.computed_desired_count - self.running_count)

    def live_tasks(self) -> list[ServiceTask]:
        """Return the tasks that are not stopped."""
        return [task for task in self.tasks if task.last_status != "STOPPED"]

    def turn(self, status: str, at: datetime) -> None:
        """Make the set PRIMARY, ACTIVE or DRAINING."""
        self.status = status
        self.updatedAt = at

    def settle(self, at: datetime) -> None:
        """Restate whether the set has the tasks that it should have."""
        steady = self.running_count == self.computed_desired_count
        state = "STEADY_STATE" if steady else "STABILIZING"
        if state != self.stabilityStatus:
            self.stabilityStatus, self.stabilityStatusAt = state, at
