"""Events of AWS as Guardian reads them: only the fields it needs, each validated, everything else ignored.

An event says which deployment to look at and nothing more: roles, listeners, target groups and the service come from
AWS's description of that deployment, so that no event can choose what Guardian writes to.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from guardian.errors import MalformedEventError
from guardian.model import Service

DeploymentId = Annotated[str, StringConstraints(pattern=r"^d-[A-Z0-9]{3,30}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]
"""A CodeDeploy application or deployment group (API reference: 1 to 100 characters)."""


class AwsEvent(BaseModel):
    """An event of AWS; fields that Guardian does not read are ignored, since AWS adds some over time."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)
    KIND: ClassVar[str] = "known kind"

    @classmethod
    def read(cls, event: Mapping[str, Any]) -> Self:
        """Parse an event.

        Raises:
            MalformedEventError: A field is missing or has another shape than documented.
        """
        try:
            return cls.model_validate(event)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            path = ".".join(str(part) for part in first["loc"])
            raise MalformedEventError(f"not the event of a {cls.KIND}: {path}: {first['msg']}") from error


class HookEvent(AwsEvent):
    """The event of a CodeDeploy lifecycle hook (CodeDeploy user guide, "hooks")."""

    KIND = "CodeDeploy lifecycle hook"

    deployment_id: DeploymentId = Field(alias="DeploymentId")
    execution_id: str = Field(alias="LifecycleEventHookExecutionId", min_length=1, max_length=4096)


class _StateChange(AwsEvent):
    deployment_id: DeploymentId = Field(alias="deploymentId")
    application: Name
    deployment_group: Name = Field(alias="deploymentGroup")
    state: str = Field(min_length=1, max_length=100)


class DeploymentStateChange(AwsEvent):
    """The CodeDeploy deployment state-change event (EventBridge events reference)."""

    KIND = "CodeDeploy deployment state change"

    id: str = Field(min_length=1, max_length=200)
    time: AwareDatetime
    source: Literal["aws.codedeploy"]
    detail_type: Literal["CodeDeploy Deployment State-change Notification"] = Field(alias="detail-type")
    detail: _StateChange

    @property
    def service(self) -> Service:
        """The service that the event names; only the queue's grouping depends on it."""
        return Service(application=self.detail.application, deployment_group=self.detail.deployment_group)


class _AlarmState(AwsEvent):
    value: Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
    timestamp: str = Field(min_length=1, max_length=100)


class _AlarmData(AwsEvent):
    name: str = Field(alias="alarmName", min_length=1, max_length=255)
    state: _AlarmState


class AlarmAction(AwsEvent):
    """The event of a CloudWatch alarm action (CloudWatch user guide, "Invoke a Lambda function from an alarm")."""

    KIND = "CloudWatch alarm action"

    source: Literal["aws.cloudwatch"]
    arn: str = Field(alias="alarmArn", pattern=r"^arn:aws[a-z-]*:cloudwatch:[a-z0-9-]+:[0-9]{12}:alarm:.+$")
    alarm: _AlarmData = Field(alias="alarmData")

    @model_validator(mode="after")
    def _one_alarm(self) -> Self:
        if self.arn.partition(":alarm:")[2] != self.alarm.name:
            raise ValueError("alarmArn and alarmName name two different alarms")
        return self


class GateRequest(AwsEvent):
    """What a pipeline sends to the contract gate; the shape is Guardian's own (events/contract-gate.json)."""

    KIND = "question to the contract gate"

    application: Name
    deployment_group: Name

    @property
    def service(self) -> Service:
        """Whose contract migration it asks about."""
        return Service(application=self.application, deployment_group=self.deployment_group)


class _Zone(AwsEvent):
    offset: str = Field("+00:00", alias="offsetISO", max_length=100)


class _WidgetContext(AwsEvent):
    theme: str = Field("light", max_length=100)
    zone: _Zone = Field(_Zone(), alias="timezone")


class WidgetRequest(AwsEvent):
    """What CloudWatch sends to a custom widget (user guide, "Details about custom widgets"), and its own parameters.

    Attributes:
        describe: Whether the widget's documentation is asked for in place of the widget.
        limit: How many decisions to list.
        service: An application, or an application/deployment group; empty: all.
        context: How the console shows it.
    """

    KIND = "custom widget"

    describe: bool = False
    limit: int = Field(10, ge=1, le=50)
    service: str = Field("", max_length=201)
    context: _WidgetContext = Field(_WidgetContext(), alias="widgetContext")

    def wants(self, service: Service) -> bool:
        """Whether the widget lists this service."""
        return self.service in ("", service.application, str(service))

    @property
    def dark(self) -> bool:
        """Whether the console shows itself in its dark look."""
        return self.context.theme == "dark"

    @property
    def ahead(self) -> timedelta:
        """How far the console's time zone is ahead of UTC; an offset that is none counts as UTC."""
        found = re.fullmatch(r"([+-])([01]\d|2[0-3]):([0-5]\d)", self.context.zone.offset)
        if found is None:
            return timedelta()
        ahead = timedelta(hours=int(found[2]), minutes=int(found[3]))
        return -ahead if found[1] == "-" else ahead
