"""The log, in memory."""

from collections.abc import Mapping

from guardian.notices import Notice
from guardian.record import DecisionRecord
from guardian.watch import Channel


class FakeJournal:
    """Implements `Journal`.

    Attributes:
        records: What was noted, oldest first.
        failures: How many turns ended in an error.
        told_ids: Ids of the notices that were told.
        untold: Why a notice could not be told, by its id and channel.
    """

    def __init__(self) -> None:
        self.records: list[DecisionRecord] = []
        self.failures = 0
        self.told_ids: list[str] = []
        self.untold: list[tuple[str, Channel, str]] = []

    def note(self, record: DecisionRecord) -> None:
        self.records.append(record)

    def failed(self) -> None:
        self.failures += 1

    def told(self, notice: Notice, failures: Mapping[Channel, str]) -> None:
        self.told_ids.append(notice.id)
        self.untold += [(notice.id, channel, why) for channel, why in failures.items()]
