"""The log, in memory."""

from guardian.record import DecisionRecord


class FakeJournal:
    """Implements `Journal`.

    Attributes:
        records: What was noted, oldest first.
    """

    def __init__(self) -> None:
        self.records: list[DecisionRecord] = []

    def note(self, record: DecisionRecord) -> None:
        self.records.append(record)
