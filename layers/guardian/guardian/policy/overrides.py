"""What people may overrule."""

from pydantic import Field

from guardian.policy.sections import Section


class OverridePolicy(Section):
    """How far a person may hold Guardian back."""

    pause_minutes: int = Field(
        60, ge=1, le=1440, description="Longest pause in which Guardian judges and tells, and does not act."
    )
