"""What the contract gate needs from the world besides what a turn needs; see `ports.py`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    # As in `ports.py`: a port is a type and nothing more.
    from collections.abc import Sequence

    from guardian.model import JobTick, Service, Snapshot, SnapshotState
    from guardian.ports import Clock, Contracts, Controller, Metrics, Policies
    from guardian.record import DecisionRecord
    from guardian.watch import Watch


class Releases(Protocol):
    """Knows what was released last."""

    def last_successful(self, service: Service) -> str | None:
        """Return the id of the service's last successful deployment, None before the first.

        Raises:
            AwsRefusedError: There is no such deployment group, or it may not be read.
            TemporaryError: AWS could not answer.
        """
        ...


class Story(Protocol):
    """Tells what Guardian has seen of a deployment."""

    def find(self, deployment_id: str) -> Watch | None: ...

    def records(self, deployment_id: str) -> Sequence[DecisionRecord]:
        """Return every decision, oldest first."""
        ...


class ContractNotes(Protocol):
    """Keeps what people and pipelines noted on their way to a contract migration.

    Reading raises ContractUnreadableError for a note that this version cannot read.
    """

    def ticks(self, service: Service, deployment_id: str) -> Sequence[JobTick]:
        """Return the latest tick of each job, by the jobs' names."""
        ...

    def tick(self, service: Service, deployment_id: str, tick: JobTick) -> None:
        """Write a tick over the job's one before."""
        ...

    def snapshot(self, service: Service, deployment_id: str) -> Snapshot | None:
        """Return the one snapshot that a restore shall begin from, as it was noted before it was asked for."""
        ...

    def note_snapshot(
        self, service: Service, deployment_id: str, snapshot: Snapshot, instead_of: str | None = None
    ) -> Snapshot:
        """Note a snapshot unless one is noted; return the one that stands.

        Args:
            service: Whose schema.
            deployment_id: The deployment whose blue will no longer fit.
            snapshot: Which one; RDS need not have it yet.
            instead_of: Id of the noted snapshot that it takes the place of; with another one noted nothing changes.
        """
        ...


class Snapshots(Protocol):
    """Takes snapshots of database instances. Raises AwsRefusedError or TemporaryError."""

    def create(self, snapshot: Snapshot) -> None:
        """Ask for a snapshot; that it was asked for before is success."""
        ...

    def find(self, snapshot_id: str) -> SnapshotState | None:
        """Return a snapshot as it is now, None when there is none of that id."""
        ...


@dataclass(frozen=True)
class GatePorts:
    """All that one look at the contract gate needs."""

    clock: Clock
    controller: Controller
    releases: Releases
    story: Story
    policies: Policies
    metrics: Metrics
    contracts: Contracts
    notes: ContractNotes
    snapshots: Snapshots
