"""RDS snapshots in memory."""

from guardian.model import Snapshot, SnapshotState
from guardian.ports import Clock
from guardian_fakes.failing import Failing


class FakeSnapshots(Failing):
    """Implements `Snapshots`: what was asked for is `creating` until it was looked at a few times.

    Attributes:
        takes: How often a new snapshot is found `creating`.
        ends: The status that a new snapshot comes to.
        asked: Ids that were asked for, repeated ones included.
        looked_up: Ids that were looked up, oldest first.
    """

    def __init__(self, clock: Clock, calls: list[str] | None = None) -> None:
        super().__init__(calls)
        self._clock = clock
        self.takes = 0
        self.ends = "available"
        self.asked: list[str] = []
        self.looked_up: list[str] = []
        self._states: dict[str, SnapshotState] = {}
        self._left: dict[str, int] = {}

    def put(self, snapshot: Snapshot, status: str = "available") -> None:
        """Let there be a snapshot that stays as it is."""
        self._states[snapshot.id], self._left[snapshot.id] = (
            SnapshotState(snapshot=snapshot, status=status),
            0,
        )

    def create(self, snapshot: Snapshot) -> None:
        self.asked.append(snapshot.id)
        self._called("create")
        if snapshot.id not in self._states:
            self._states[snapshot.id] = SnapshotState(snapshot=snapshot, status="creating")
            self._left[snapshot.id] = self.takes

    def find(self, snapshot_id: str) -> SnapshotState | None:
        self.looked_up.append(snapshot_id)
        self._called("find")
        state = self._states.get(snapshot_id)
        if state is None or state.status != "creating":
            return state
        if self._left[snapshot_id]:
            self._left[snapshot_id] -= 1
            return state
        taken = state.snapshot.model_copy(update={"taken_at": self._clock.now()})
        self._states[snapshot_id] = SnapshotState(snapshot=taken, status=self.ends)
        return self._states[snapshot_id]
