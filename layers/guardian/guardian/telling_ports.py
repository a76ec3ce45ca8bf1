"""What a turn needs to tell people and machines what it did; see `ports.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    # As in `ports.py`: a port is a type and nothing more.
    from collections.abc import Mapping, Sequence

    from guardian.notices import Notice
    from guardian.record import DecisionRecord
    from guardian.watch import Channel


class Journal(Protocol):
    """Writes down every decision: log and metrics."""

    def note(self, record: DecisionRecord) -> None: ...

    def failed(self) -> None:
        """Note that a turn ended in an error, so that it has no decision."""
        ...

    def told(self, notice: Notice, failures: Mapping[Channel, str]) -> None:
        """Note what people were told, and why not on those channels on which they could not be."""
        ...


class Notices(Protocol):
    """Tells people and pipelines."""

    def tell(self, notice: Notice, channels: Sequence[Channel]) -> Mapping[Channel, str]:
        """Tell a notice on each of the channels; return why not, by channel, where that failed. Raises nothing."""
        ...
