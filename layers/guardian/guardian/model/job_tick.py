"""What a person or a pipeline ticked off while green was on trial."""

from pydantic import AwareDatetime, Field

from guardian.model.words import Value


class JobTick(Value):
    """That a named job ran, or that a named question was looked into, with green alone.

    Attributes:
        job: Its name in the policy's `contract.jobs`.
        at: When it was ticked off.
        by: Who says so.
        note: What they saw, in their words.
    """

    job: str = Field(min_length=1, max_length=40)
    at: AwareDatetime
    by: str = Field(min_length=1, max_length=200)
    note: str = Field("", max_length=500)
