"""What happened to database instances, in memory."""

from guardian_fakes.failing import Failing


class FakeDatabases(Failing):
    """Implements `Databases`.

    Attributes:
        switched: Ids of the blue/green deployments of each instance that were switched over.
    """

    def __init__(self) -> None:
        super().__init__()
        self.switched: dict[str, set[str]] = {}

    def switchovers(self, instance: str) -> frozenset[str]:
        self._called("switchovers")
        return frozenset(self.switched.get(instance, ()))
