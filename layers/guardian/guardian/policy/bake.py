"""The bake: how long green is watched after it has all of the traffic, and what blue must be able to carry."""

from pydantic import Field

from guardian.policy.sections import Section


class BakePolicy(Section):
    """The time in which green has all of the traffic and is still on trial."""

    hours: float = Field(
        24.0,
        ge=0,
        le=168,
        description="Hours that green is watched from the moment at which it has all of the traffic.",
    )
    blue_capacity: float = Field(
        0.5,
        gt=0,
        le=1,
        description="Tasks of blue over tasks of green that blue needs before it may be given the traffic.",
    )
    hold_minutes: int = Field(
        0,
        ge=0,
        le=55,
        description="Minutes for which the hook AfterAllowTraffic is left unanswered while green bakes: a failing "
        "answer alone undoes the deployment then. CodeDeploy fails a deployment whose hook has no answer after 60.",
    )
