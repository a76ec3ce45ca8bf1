"""The contract migration: what must hold before the schema is made unfit for blue."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from guardian.policy.sections import Section

Hour = Annotated[int, Field(ge=0, le=23, strict=True)]
"""An hour of the day in UTC: 9 is from 09:00 to 10:00."""
JobName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]


class ContractPolicy(Section):
    """What the contract gate asks for besides the bake time."""

    peaks: tuple[Hour, ...] = Field(
        (9, 20),
        max_length=24,
        description="Hours of the day (UTC) that the bake must have seen whole: the peaks.",
    )
    night: Hour | None = Field(
        3, description="Hour of the night (UTC) that the bake must have seen whole; null for none."
    )
    jobs: tuple[JobName, ...] = Field(
        (),
        max_length=20,
        description="What a person or a pipeline must have ticked off during the bake, by name.",
    )
    snapshot_minutes: int = Field(
        60, ge=5, le=1440, description="Age of the snapshot up to which the contract migration may begin."
    )
    quiet_minutes: int = Field(
        60, ge=5, le=180, description="Latest minutes in which blue may not have had a single request."
    )

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        if len(self.jobs) != len(set(self.jobs)):
            raise ValueError("two jobs have the same name")
        return self
