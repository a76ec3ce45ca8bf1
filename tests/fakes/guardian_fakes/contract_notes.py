"""Notes on the way to a contract migration, in memory."""

from guardian.model import JobTick, Service, Snapshot
from guardian_fakes.failing import Failing


class FakeContractNotes(Failing):
    """Implements `ContractNotes`."""

    def __init__(self, calls: list[str] | None = None) -> None:
        super().__init__(calls)
        self._ticks: dict[tuple[Service, str], dict[str, JobTick]] = {}
        self._snapshots: dict[tuple[Service, str], Snapshot] = {}

    def ticks(self, service: Service, deployment_id: str) -> list[JobTick]:
        self._called("ticks")
        return [tick for _, tick in sorted(self._ticks.get((service, deployment_id), {}).items())]

    def tick(self, service: Service, deployment_id: str, tick: JobTick) -> None:
        self._called("tick")
        self._ticks.setdefault((service, deployment_id), {})[tick.job] = tick

    def snapshot(self, service: Service, deployment_id: str) -> Snapshot | None:
        self._called("snapshot")
        return self._snapshots.get((service, deployment_id))

    def note_snapshot(
        self, service: Service, deployment_id: str, snapshot: Snapshot, instead_of: str | None = None
    ) -> Snapshot:
        self._called("note_snapshot")
        standing = self._snapshots.get((service, deployment_id))
        if (standing.id if standing else None) == instead_of:
            self._snapshots[service, deployment_id] = snapshot
        return self._snapshots.get((service, deployment_id), snapshot)
