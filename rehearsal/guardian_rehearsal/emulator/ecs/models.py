"""EC2ContainerServiceBackend with task sets and tasks for services under the CODE_DEPLOY controller."""

from datetime import datetime
from typing import Any

from moto.core.utils import utcnow
from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.models import Service
from moto.elbv2.models import ELBv2Backend, FakeTargetGroup, elbv2_backends

from guardian_rehearsal.emulator.ecs.health import is_failing, set_failing
from guardian_rehearsal.emulator.ecs.oneoff import OneOffTasks
from guardian_rehearsal.emulator.ecs.tasks import ServiceTask, free_place
from guardian_rehearsal.emulator.ecs.tasksets import ServiceTaskSet

CODE_DEPLOY = "CODE_DEPLOY"


class EC2ContainerServiceBackend(OneOffTasks):
    """moto's ECS, where a CODE_DEPLOY service has a PRIMARY task set with registered, running tasks.

    Source: "CreateService", "TaskSet" and "Task" in the Amazon ECS API reference; "Amazon ECS blue/green
    deployment" in its developer guide.
    """

    @property
    def elb(self) -> ELBv2Backend:
        return elbv2_backends[self.account_id][self.region_name]

    def create_service(self, *args: Any, **kwargs: Any) -> Service:
        service = super().create_service(*args, **kwargs)
        if service.deployment_controller["type"] == CODE_DEPLOY:
            at = utcnow()
            service.__dict__["created_at"] = at
            first = self.add_task_set(service, str(service.task_definition), service.load_balancers, at)
            first.turn("PRIMARY", at)
            self.start_tasks(first, at)
        return service

    def update_service(self, service_properties: dict[str, Any]) -> Service:
        service = self._get_service(
            service_properties.get("cluster", "default"), service_properties["service"].split("/")[-1]
        )
        controlled = service.deployment_controller["type"] == CODE_DEPLOY
        if controlled and service_properties.get("task_definition"):
            raise InvalidParameterException(
                "Unable to update task definition on services with a CODE_DEPLOY deployment controller. "
                "Use AWS CodeDeploy to trigger a new deployment."
            )
        service = super().update_service(service_properties)
        if controlled:
            for task_set in self.task_sets_of(service):
                self._scale(task_set, utcnow())
        return service

    def find_service(self, cluster: str, service: str) -> Service:
        """Return the service, or raise ClusterNotFoundException or ServiceNotFoundException."""
        return self._get_service(cluster, service)

    def task_sets_of(self, service: Service) -> list[ServiceTaskSet]:
        """Return the service's task sets that have tasks, oldest first."""
        return [task_set for task_set in service.task_sets if isinstance(task_set, ServiceTaskSet)]

    def primary_task_set(self, service: Service) -> ServiceTaskSet | None:
        """Return the set that serves production traffic, if the service has one."""
        return next((one for one in self.task_sets_of(service) if one.status == "PRIMARY"), None)

    def add_task_set(
        self,
        service: Service,
        task_definition_arn: str,
        load_balancers: list[dict[str, Any]],
        at: datetime,
        external_id: str = "",
    ) -> ServiceTaskSet:
        """Add an ACTIVE task set whose tasks are PENDING and not yet registered."""
        task_set = ServiceTaskSet(
            service, self.account_id, task_definition_arn, load_balancers, at, external_id=external_id
        )
        service.task_sets.append(task_set)
        self._provision(task_set, at)
        self._recount(service)
        return task_set

    def start_tasks(self, task_set: ServiceTaskSet, at: datetime) -> None:
        """Bring the set to its desired count: its tasks run and are registered at its target group."""
        self._provision(task_set, at)
        for task in task_set.live_tasks():
            if task.last_status == "RUNNING":
                continue
            task.start(at)
            if task_set.target_group_arn:
                target = {"Id": task.address, "Port": task_set.container_port}
                self.elb.register_targets(task_set.target_group_arn, [target])
        task_set.settle(at)
        self._recount(task_set.service_object)

    def promote_task_set(self, task_set: ServiceTaskSet, at: datetime) -> None:
        """Make the set PRIMARY and the others ACTIVE; the service then names its definition and group."""
        service = task_set.service_object
        for other in self.task_sets_of(service):
            if other is not task_set and other.status == "PRIMARY":
                other.turn("ACTIVE", at)
        task_set.turn("PRIMARY", at)
        service.task_definition = task_set.task_definition
        service.load_balancers = task_set.load_balancers

    def drain_task_set(self, task_set: ServiceTaskSet, at: datetime) -> None:
        """Turn the set DRAINING and deregister its tasks, which still run."""
        task_set.turn("DRAINING", at)
        for task in task_set.live_tasks():
            self._deregister(task_set, task)

    def remove_task_set(self, task_set: ServiceTaskSet, at: datetime) -> None:
        """Stop the set's tasks and take it from the service."""
        if task_set.status != "DRAINING":
            self.drain_task_set(task_set, at)
        self._stop(task_set, task_set.live_tasks(), at, "Scaling activity initiated by deployment")
        service = task_set.service_object
        service.task_sets = [one for one in service.task_sets if one is not task_set]
        self._recount(service)

    def stop_tasks(self, target_group_arn: str, reason: str = "Essential container in task exited") -> None:
        """Stop and deregister every task behind a target group; replacements never start.

        The sets stay, with `runningCount` 0, until `start_tasks` is called for them.
        """
        at = utcnow()
        for service in self.services.values():
            for task_set in self.task_sets_of(service):
                if task_set.target_group_arn == target_group_arn:
                    self._stop(task_set, task_set.live_tasks(), at, reason, "EssentialContainerExited")
            self._recount(service)

    def fail_targets(self, target_group_arn: str) -> None:
        """Make every target of the group, now and later, fail its health checks."""
        set_failing(self._target_group(target_group_arn), failing=True)

    def recover_targets(self, target_group_arn: str) -> None:
        """Make the group's targets pass their health checks again."""
        set_failing(self._target_group(target_group_arn), failing=False)

    def is_healthy(self, task_set: ServiceTaskSet) -> bool:
        """Whether the set runs all its tasks and its target group's health checks pass."""
        if task_set.pending_count:
            return False
        return not task_set.target_group_arn or not is_failing(self._target_group(task_set.target_group_arn))

    def _target_group(self, target_group_arn: str) -> FakeTargetGroup:
        return next(iter(self.elb.describe_target_groups(None, [target_group_arn], None)))

    def _provision(self, task_set: ServiceTaskSet, at: datetime) -> None:
        definition = self.describe_task_definition(task_set.task_definition)
        cluster_tasks = self.tasks.setdefault(task_set.service_object.cluster_name, {})
        network = task_set.network_configuration
        while len(task_set.live_tasks()) < task_set.computed_desired_count:
            taken = self._addresses_in_use()
            task = ServiceTask(task_set, definition, self, free_place(self, network, taken), at)
            task_set.tasks.append(task)
            cluster_tasks[task.task_arn] = task

    def _scale(self, task_set: ServiceTaskSet, at: datetime) -> None:
        surplus = task_set.live_tasks()[task_set.computed_desired_count :]
        self._stop(task_set, surplus, at, "Scaling activity initiated by service")
        self.start_tasks(task_set, at)

    def _stop(
        self,
        task_set: ServiceTaskSet,
        tasks: list[ServiceTask],
        at: datetime,
        reason: str,
        code: str = "ServiceSchedulerInitiated",
    ) -> None:
        for task in tasks:
            self._deregister(task_set, task)
            task.stop(at, reason, code)
        task_set.settle(at)

    def _deregister(self, task_set: ServiceTaskSet, task: ServiceTask) -> None:
        group = self.elb.target_groups.get(task_set.target_group_arn)
        if group is not None and task.address in group.targets:
            group.deregister([{"Id": task.address}])

    def _addresses_in_use(self) -> set[str]:
        return {
            task.address
            for tasks in self.tasks.values()
            for task in tasks.values()
            if isinstance(task, ServiceTask) and task.last_status != "STOPPED"
        }

    def _recount(self, service: Service) -> None:
        sets = self.task_sets_of(service)
        if sets:
            service.running_count = sum(one.running_count for one in sets)
            service.pending_count = sum(one.pending_count for one in sets)
