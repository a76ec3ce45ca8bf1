"""Whoever is told, in memory."""

from collections.abc import Callable, Mapping, Sequence

from guardian.notices import Notice
from guardian.watch import Channel


class FakeNotices:
    """Implements `Notices`.

    Attributes:
        told: Each notice with the channel on which it went out, in order.
        broken: Why a channel cannot be used now.
        then: What happens right after something was told.
    """

    def __init__(self) -> None:
        self.told: list[tuple[Channel, Notice]] = []
        self.broken: dict[Channel, str] = {}
        self.then: Callable[[], None] = lambda: None

    def tell(self, notice: Notice, channels: Sequence[Channel]) -> Mapping[Channel, str]:
        failures = {channel: self.broken[channel] for channel in channels if channel in self.broken}
        self.told += [(channel, notice) for channel in channels if channel not in failures]
        self.then()
        return failures

    def on(self, channel: Channel) -> list[Notice]:
        """Return what went out on one channel."""
        return [notice for way, notice in self.told if way is channel]
