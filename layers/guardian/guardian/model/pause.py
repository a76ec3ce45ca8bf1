"""A person's wish that Guardian leaves one deployment alone for a while."""

from datetime import datetime

from pydantic import AwareDatetime, Field

from guardian.model.words import Value


class Pause(Value):
    """For whom Guardian holds still, why, and until when. It judges and tells as ever, and does not act.

    Attributes:
        by: Who asked.
        why: Why.
        at: When they asked.
        until: From when on Guardian acts again.
        closes: Whether the next turn closes the watch: nothing is judged any more, and no time brings it back.
    """

    by: str = Field(min_length=1, max_length=200)
    why: str = Field(min_length=1, max_length=500)
    at: AwareDatetime
    until: AwareDatetime
    closes: bool = False

    def holds(self, now: datetime) -> bool:
        """Tell whether it still holds."""
        return self.closes or now < self.until
