"""Tasks that RunTask starts once, such as a migration, and the calls that find them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.models import EC2ContainerServiceBackend as MotoECSBackend
from moto.ecs.models import Task
from moto.ecs.responses import EC2ContainerServiceResponse

from guardian_rehearsal.emulator.ecs.standing import StandingTask

EXITED = "Essential container in task exited"
"""The `stoppedReason` of a task whose work is done, well or not ("Stopped tasks error codes", developer guide)."""

NO_NETWORK = "Network Configuration must be provided when networkMode 'awsvpc' is specified."
"""RunTask's refusal on Fargate, in the API's words."""


class OneOffTask(StandingTask):
    """A task on Fargate that belongs to no service: PROVISIONING until it is told to run, to exit or to fail."""

    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **options)
        self.last_status = "PROVISIONING"

    def exit(self, at: datetime, codes: Mapping[str, int]) -> None:
        """Stop it because its containers have exited.

        Args:
            at: When.
            codes: The exit code by the container's name; a container that is not named never began and has none.
        """
        for container in self.containers:
            vars(container)["exitCode"] = codes.get(str(container.name))
        self.stop(at, EXITED, "EssentialContainerExited")

    def fail_to_start(self, at: datetime, reason: str) -> None:
        """Stop it before any container began, for example because an image could not be pulled."""
        for container in self.containers:
            vars(container)["reason"] = reason
        self.stop(at, reason, "TaskFailedToStart")


class OneOffTasks(MotoECSBackend):
    """moto's ECS, where tasks on Fargate end as they are told, and listings are those of the API reference.

    Source: "RunTask", "ListTasks", "DescribeTasks" and "Task" in the Amazon ECS API reference.
    """

    def run_task(
        self,
        cluster_str: str,
        task_definition_str: str,
        count: int,
        overrides: dict[str, Any] | None,
        started_by: str,
        tags: list[dict[str, str]] | None,
        launch_type: str | None,
        networking_configuration: dict[str, Any] | None = None,
        group: str | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> list[Task]:
        """Start tasks; those on Fargate stand still until they are told what becomes of them."""
        if launch_type != "FARGATE":
            return super().run_task(
                cluster_str, task_definition_str, count, overrides, started_by, tags, launch_type,
                networking_configuration, group, *args, **kwargs,
            )  # fmt: skip
        cluster = self._get_cluster(cluster_str)
        definition = self.describe_task_definition(task_definition_str)
        if definition.network_mode == "awsvpc" and not networking_configuration:
            raise InvalidParameterException(NO_NETWORK)
        options: dict[str, Any] = {
            "group": group or f"family:{definition.family}",
            "launch_type": launch_type,
            "overrides": overrides or {},
            "started_by": started_by or "",
            "tags": tags or [],
        }
        tasks: list[Task] = [OneOffTask(cluster, definition, self, utcnow(), **options) for _ in range(count)]
        self.tasks.setdefault(cluster.name, {}).update({task.task_arn: task for task in tasks})
        return tasks

    def one_off_task(self, arn: str) -> OneOffTask:
        """Return a task that RunTask started on Fargate."""
        task = next(tasks[arn] for tasks in self.tasks.values() if arn in tasks)
        if not isinstance(task, OneOffTask):
            raise TypeError(f"{arn} belongs to a service, or does not run on Fargate")
        return task

    def list_tasks(
        self,
        cluster_str: str | None = None,
        container_instance: str | None = None,
        family: str | None = None,
        started_by: str | None = None,
        service_name: str | None = None,
        desiredStatus: str | None = None,  # noqa: N803 - moto's name
    ) -> list[Task]:
        """List tasks as ListTasks documents it: RUNNING is the default status, a service can be named."""
        wanted = desiredStatus or "RUNNING"
        tasks = super().list_tasks(cluster_str, container_instance, family, started_by, service_name, wanted)
        tasks = [task for task in tasks if _is_known(task, cluster_str)]
        if service_name is None:
            return tasks
        return [task for task in tasks if task.group == f"service:{service_name.split('/')[-1]}"]

    def describe_tasks(self, cluster_str: str, tasks: list[str]) -> list[Task]:
        """Describe those of the cluster's tasks that ECS still tells of."""
        return [task for task in super().describe_tasks(cluster_str, tasks) if _is_known(task, cluster_str)]


def _is_known(task: Task, cluster: str | None) -> bool:
    if isinstance(task, StandingTask) and not task.is_remembered(utcnow()):
        return False
    return cluster is None or task.cluster_name == cluster.split("/")[-1]


def install_failures() -> None:
    """Make DescribeTasks name what it does not know: moto leaves `failures` empty."""
    original = EC2ContainerServiceResponse.describe_tasks
    if getattr(original, "names_missing", False):
        return

    def describe_tasks(response: EC2ContainerServiceResponse) -> ActionResult:
        reply = original(response)
        found: Any = reply.result
        ids = {task.id for task in found["tasks"]}
        for wanted in response._get_param("tasks", []):  # noqa: SLF001 - how moto's responses read a request
            if wanted.split("/")[-1] not in ids:
                found["failures"].append({"arn": wanted, "reason": "MISSING"})
        return reply

    vars(describe_tasks)["names_missing"] = True
    EC2ContainerServiceResponse.describe_tasks = describe_tasks  # type: ignore[method-assign,assignment]
