"""A task that stands still: it goes through its life at the times that it is told, and is forgotten an hour later."""

import copy
from datetime import datetime, timedelta
from typing import Any

from moto.ecs.models import Cluster, Container, EC2ContainerServiceBackend, Task, TaskDefinition

REMEMBERED = timedelta(hours=1)
"""Stopped tasks "appear in the returned results for at least one hour" (DescribeTasks, API reference); here for one."""


class StandingTask(Task):
    """PENDING or RUNNING, in the end STOPPED.

    moto's task walks on through its life each time somebody describes it, has one container whatever its definition
    says, and that one exits with 0 before it has begun.
    """

    def __init__(
        self,
        cluster: Cluster,
        definition: TaskDefinition,
        backend: EC2ContainerServiceBackend,
        at: datetime,
        **options: Any,
    ):
        # moto's own network interface fails in a VPC without DNS names.
        without_network = copy.copy(definition)
        without_network.network_mode = "bridge"
        super().__init__(cluster, without_network, None, None, backend, **options)
        self.created_at = at
        self.started_at: datetime | None = None
        self.stopped_at: datetime | None = None
        self.stop_code: str | None = None
        self.connectivity = "CONNECTED"
        self.health_status = "UNKNOWN"
        self.cpu, self.memory = definition.cpu, definition.memory
        self.containers += [_container(definition, one) for one in definition.container_definitions[1:]]
        for container in self.containers:
            container.task_arn = self.task_arn
            vars(container)["exitCode"] = None
        self.last_status = "PENDING"

    def advance(self) -> None:
        """Do nothing: being described does not change a task."""

    @property
    def last_status(self) -> str:
        return str(self._status)

    @last_status.setter
    def last_status(self, value: str) -> None:
        self._status = value

    def start(self, at: datetime) -> None:
        """Let it run from now on."""
        self.last_status = "RUNNING"
        self.started_at = at
        for container in self.containers:
            container.last_status = "RUNNING"

    def stop(self, at: datetime, reason: str, code: str) -> None:
        """Stop it, for a reason and with a code of ECS ("Stopped tasks error codes")."""
        self.last_status = self.desired_status = "STOPPED"
        self.stopped_at, self.stopped_reason, self.stop_code = at, reason, code
        for container in self.containers:
            container.last_status = "STOPPED"

    def is_remembered(self, now: datetime) -> bool:
        """Whether ECS still tells of it."""
        return self.stopped_at is None or now - self.stopped_at <= REMEMBERED


def _container(definition: TaskDefinition, one: dict[str, Any]) -> Container:
    alone = copy.copy(definition)
    alone.container_definitions = [one]
    return Container(alone)  # type: ignore[abstract]
