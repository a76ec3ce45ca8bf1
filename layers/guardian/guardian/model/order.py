"""A person's order to roll one deployment back."""

from datetime import datetime, timedelta

from pydantic import AwareDatetime, Field

from guardian.model.words import Value

LASTS = timedelta(minutes=15)
"""How long an order holds. It rests on what production looked like then, which may be another matter by now."""


class Order(Value):
    """Who ordered the rollback, and why. Guardian's next turn carries it out, or says why it does not.

    Attributes:
        by: Who ordered.
        why: Why.
        at: When they ordered.
    """

    by: str = Field(min_length=1, max_length=200)
    why: str = Field(min_length=1, max_length=500)
    at: AwareDatetime

    @property
    def until(self) -> datetime:
        """From when on it no longer holds."""
        return self.at + LASTS

    def holds(self, now: datetime) -> bool:
        """Tell whether it still holds; one from a clock that is far ahead must not hold for hours."""
        return abs(now - self.at) < LASTS
