"""What happened to database instances, in memory."""

from datetime import datetime

from guardian_fakes.failing import Failing


class FakeDatabases(Failing):
    """Implements `Databases`.

    Attributes:
        switchovers: When each instance was switched over.
    """

    def __init__(self) -> None:
        super().__init__()
        self.switchovers: dict[str, datetime] = {}

    def switched_over(self, instance: str, since: datetime) -> bool:
        self._called("switched_over")
        at = self.switchovers.get(instance)
        return at is not None and at >= since
