"""A deployment on the ECS compute platform and what is due to happen to it."""

import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from moto.codedeploy.models import DeploymentGroup, DeploymentInfo
from moto.ecs.models import Service
from moto.moto_api._internal import mock_random

from guardian_rehearsal.emulator.codedeploy.appspec import AppSpec, Revision
from guardian_rehearsal.emulator.codedeploy.stages import Stage
from guardian_rehearsal.emulator.codedeploy.traffic import Step
from guardian_rehearsal.emulator.ecs import ServiceTaskSet

TERMINAL = frozenset({"Succeeded", "Failed", "Stopped"})
"""Deployment statuses that never change again."""

Action = Callable[[datetime], None]


@dataclass
class LifecycleEvent:
    """One entry of `lifecycleEvents`: Pending, InProgress, then Succeeded, Failed or Skipped."""

    stage: Stage
    status: str = "Pending"
    start_time: datetime | None = None
    end_time: datetime | None = None

    def start(self, at: datetime) -> None:
        self.status, self.start_time = "InProgress", at

    def end(self, status: str, at: datetime) -> None:
        self.status, self.end_time = status, at


@dataclass(frozen=True)
class Transition:
    """Something that happens to a deployment by itself, at its time (naive UTC)."""

    due: datetime
    action: Action


@dataclass(frozen=True)
class Route:
    """The listeners and the pair of target groups of a deployment group, all by ARN."""

    production: str
    test: str | None
    pair: tuple[str, ...]

    def other(self, target_group_arn: str) -> str:
        """Return the group of the pair that is not this one."""
        return next(arn for arn in self.pair if arn != target_group_arn)


class Course(Protocol):
    """What happens to a deployment from its start to its end."""

    def begin(self, at: datetime) -> None: ...

    def stop(self, at: datetime, *, roll_back: bool, code: str, message: str) -> None: ...

    def fail(self, at: datetime, code: str, message: str) -> None: ...


class EcsDeployment(DeploymentInfo):
    """A deployment of one task definition to one ECS service.

    Attributes:
        blue: The original task set, once the deployment has begun.
        green: The replacement task set, once Install has created it.
        green_weight: The percentage of production traffic that CodeDeploy last gave to `green`.
        transitions: What is due, in no particular order.
        open_execution: The id of the hook execution that is waited for.
        task_sets_at_end: The target's `taskSetsInfo` when the deployment ended; it does not change afterwards.
    """

    course: Course
    previous_revision: Revision | None = None
    service: Service | None = None
    route: Route | None = None
    blue: ServiceTaskSet | None = None
    green: ServiceTaskSet | None = None
    green_weight = 0
    target_status = "Pending"
    open_execution: str | None = None
    stop_requested: bool | None = None
    alarm_noticed = False
    terminating = False
    task_sets_at_end: list[dict[str, Any]] | None = None

    def __init__(
        self,
        group: DeploymentGroup,
        revision: Revision | None,
        spec: AppSpec | None,
        config_name: str,
        shift: tuple[Step, ...],
        options: Mapping[str, Any],
    ):
        super().__init__(
            group.application,
            group,
            revision.location(with_content=False) if revision else {},
            config_name,
            options.get("description"),
            options.get("ignore_application_stop_failures"),
            options.get("target_instances"),
            options.get("auto_rollback_configuration") or group.auto_rollback_configuration,
            options.get("update_outdated_instances_only"),
            options.get("file_exists_behavior"),
            options.get("override_alarm_configuration"),
            options.get("creator"),
        )
        alphabet = string.ascii_uppercase + string.digits
        self.deployment_id = "d-" + "".join(mock_random.choices(alphabet, k=9))
        self.kept_revision, self.spec, self.shift = revision, spec, shift
        self.error_information: dict[str, str] = {}
        self.rollback_info: dict[str, str] = {}
        self.events: list[LifecycleEvent] = []
        self.last_updated = self.create_time
        self.transitions: list[Transition] = []
        self.hook_executions: dict[str, LifecycleEvent] = {}

    @property
    def is_over(self) -> bool:
        """Whether the status is one that never changes again."""
        return self.status in TERMINAL

    @property
    def rollback_events(self) -> list[str]:
        """The causes for which the deployment rolls back by itself."""
        configuration = self.auto_rollback_configuration or {}
        return list(configuration.get("events") or []) if configuration.get("enabled") else []

    @property
    def alarm_configuration(self) -> Mapping[str, Any]:
        """The alarms that stop the deployment: its own, or else its group's."""
        own: Any = self.override_alarm_configuration or self.deployment_group.alarm_configuration
        return own or {}

    @property
    def current_event(self) -> LifecycleEvent | None:
        """The event in progress; after the last, in the termination wait, None."""
        return next((event for event in self.events if event.status == "InProgress"), None)

    def schedule(self, due: datetime, action: Action) -> None:
        """Have the action done at its time."""
        self.transitions.append(Transition(due, action))

    def cancel(self, action: Action) -> None:
        """Forget every time at which the action was to be done."""
        self.transitions = [one for one in self.transitions if one.action != action]
