"""What the contract gate rests on, and what it answers."""

from collections.abc import Mapping
from datetime import datetime

from guardian.model import Contract, Deployment, JobTick, SnapshotState, Value
from guardian.record import DecisionRecord
from guardian.watch import Watch


class Item(Value):
    """One condition of the contract migration.

    Attributes:
        name: Which.
        fulfilled: Whether it holds; None when nobody can tell, which keeps the gate closed.
        sentence: What was found, with the numbers.
    """

    name: str
    fulfilled: bool | None
    sentence: str


class Requests(Value):
    """Requests of the latest minutes.

    Attributes:
        minutes: How many minutes.
        blue: Blue's requests in them; None when nobody can tell.
        green: Green's.
        problem: Why nobody can tell.
    """

    minutes: int
    blue: float | None = None
    green: float | None = None
    problem: str = ""


class Facts(Value):
    """What is known about the deployment whose old schema is to go.

    Attributes:
        deployment: As AWS describes it now.
        watch: Guardian's watch over it; None when it has none.
        records: Its decisions, oldest first.
        ticks: What people and pipelines ticked off during its bake.
        running: Ids of the service's deployments that have not ended.
        requests: Who got requests lately; None when that was not asked, because the colours are not known.
        snapshot: The snapshot to begin a restore from as it is now; None when none was noted or named.
        mark: The contract mark, if it is set already.
        unread: Why the facts of an item could not be read, by the item's name.
    """

    deployment: Deployment
    watch: Watch | None
    records: tuple[DecisionRecord, ...] = ()
    ticks: tuple[JobTick, ...] = ()
    running: tuple[str, ...] = ()
    requests: Requests | None = None
    snapshot: SnapshotState | None = None
    mark: Contract | None = None
    unread: Mapping[str, str] = {}

    @property
    def since(self) -> datetime | None:
        """When green got all of the traffic, which it still has; None when Guardian has not seen that."""
        return self.watch.full_since if self.watch else None

    @property
    def baked(self) -> tuple[DecisionRecord, ...]:
        """The decisions since then."""
        since = self.since
        return tuple(one for one in self.records if since is not None and one.at >= since)
