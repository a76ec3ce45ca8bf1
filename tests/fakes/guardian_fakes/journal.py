"""The log, in memory."""

from guardian.record import DecisionRecord


class FakeJournal:
    """Implements `Journal`.

    Attributes:
        records: What was noted, oldest first.
        failures: How many turns ended in an error.
    """

    def __init__(self) -> None:
        self.records: list[DecisionRecord] = []
        self.failures = 0

    def note(self, record: DecisionRecord) -> None:
        self.records.append(record)

    def failed(self) -> None:
        self.failures += 1
