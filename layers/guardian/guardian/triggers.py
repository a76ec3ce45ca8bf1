"""What can start a turn, and the message that asks for one."""

from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime, Field, ValidationError

from guardian.errors import MalformedEventError
from guardian.model import Service, Value


class TriggerKind(StrEnum):
    """Who asks for a turn."""

    TICK = "tick"
    HOOK = "hook"
    EVENT = "event"
    ALARM = "alarm"


class Hook(StrEnum):
    """The lifecycle events that CodeDeploy calls a function for on ECS (AppSpec reference, "hooks")."""

    BEFORE_INSTALL = "BeforeInstall"
    AFTER_INSTALL = "AfterInstall"
    AFTER_ALLOW_TEST_TRAFFIC = "AfterAllowTestTraffic"
    BEFORE_ALLOW_TRAFFIC = "BeforeAllowTraffic"
    AFTER_ALLOW_TRAFFIC = "AfterAllowTraffic"


class Trigger(Value):
    """Why a turn is taken.

    Attributes:
        kind: Who asks.
        detail: Which hook, event state or alarm.
        at: When it happened, by the sender's clock; None if the sender does not say.
    """

    kind: TriggerKind
    detail: str = Field("", max_length=300)
    at: AwareDatetime | None = None


class OpenWatch(Value):
    """Which deployment is under guard, and whose: over it a turn is asked for every minute."""

    deployment_id: str
    service: Service


class TurnRequest(Value):
    """One message on the queue: please take a turn over this deployment."""

    schema_: Literal["guardian.turn/1"] = Field("guardian.turn/1", alias="schema")
    deployment_id: str = Field(pattern=r"^d-[A-Z0-9]{3,30}$")
    service: Service
    trigger: Trigger

    def to_json(self) -> str:
        return self.model_dump_json(by_alias=True)


def parse_turn_request(body: str) -> TurnRequest:
    """Parse a queue message.

    Raises:
        MalformedEventError: It is not a turn request.
    """
    try:
        return TurnRequest.model_validate_json(body)
    except ValidationError as error:
        raise MalformedEventError(
            f"not a turn request: {error.errors(include_url=False)[0]['msg']}"
        ) from error
