"""The words of the domain. See docs/architecture.md for what each means."""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


class Value(BaseModel):
    """A frozen value that refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


DIGITS = 6
"""Decimals that are kept: microseconds of latency, and no digits that only say how a computer divides."""
Rounded = Annotated[float, AfterValidator(lambda value: round(value, DIGITS))]


class Role(StrEnum):
    """A side of one deployment: the version being replaced, the version being released."""

    BLUE = "blue"
    GREEN = "green"


class Phase(StrEnum):
    """Where a deployment stands."""

    PREPARING = "preparing"
    TESTING = "testing"
    SHIFTING = "shifting"
    BAKING = "baking"
    STANDBY = "standby"
    RETIRED = "retired"
    CONTRACTED = "contracted"
    CLOSED = "closed"


class Mode(StrEnum):
    """How far a policy lets Guardian go."""

    OBSERVE = "observe"
    NOTIFY = "notify"
    ENFORCE = "enforce"


class Finding(StrEnum):
    """What one signal, or all signals together, say about green."""

    HEALTHY = "healthy"
    INVESTIGATE = "investigate"
    DIVERGED = "diverged"
    INCONCLUSIVE = "inconclusive"
    NO_DATA = "no_data"


class Baseline(StrEnum):
    """What green was held against."""

    CONCURRENT = "concurrent"
    HISTORY = "history"


class Scope(StrEnum):
    """Whether a signal can be told apart by colour or is shared by both."""

    COLOUR = "colour"
    SHARED = "shared"


class Service(Value):
    """A guarded service, named by the CodeDeploy application and deployment group that release it."""

    application: str = Field(min_length=1, max_length=100)
    deployment_group: str = Field(min_length=1, max_length=100)

    def __str__(self) -> str:
        return f"{self.application}/{self.deployment_group}"
