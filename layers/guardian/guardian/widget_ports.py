"""What the dashboard's widget needs from the world; see `ports.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    # As in `ports.py`: a port is a type and nothing more.
    from collections.abc import Sequence

    from guardian.listed import Glance, Listed
    from guardian.triggers import OpenWatch


class Board(Protocol):
    """Knows which watches are open, which closed lately, and what was decided in each.

    Every method raises TemporaryError or AwsRefusedError, the last two also RecordUnreadableError.
    """

    def open(self) -> Sequence[OpenWatch]:
        """Return the open watches."""
        ...

    def closed(self, most: int) -> Sequence[OpenWatch]:
        """Return so many of the closed watches at most, those that were opened last first."""
        ...

    def glance(self, deployment_id: str) -> Glance | None:
        """Return what a list shows of one watch."""
        ...

    def latest(self, deployment_id: str, most: int) -> Sequence[Listed]:
        """Return so many of a deployment's decisions at most, newest first."""
        ...
