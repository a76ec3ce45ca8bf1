"""The same hours of earlier days as they are kept: up to 840 minutes, written as arrays to fit into one item."""

from pydantic import AwareDatetime

from guardian.model.compact import CompactMinute
from guardian.model.words import Value


class EarlierDays(Value):
    """The service on the same hours of earlier days, as blue.

    Attributes:
        epoch: Start of the minute that row 0 would have.
        rows: The rows, oldest first.
    """

    epoch: AwareDatetime
    rows: tuple[CompactMinute, ...] = ()
