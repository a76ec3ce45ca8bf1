"""Takes the snapshot that a restore begins from: one id, noted before it is asked for, and waited for by that id."""

from collections.abc import Callable
from datetime import datetime, timedelta

from guardian.contract_ports import GatePorts
from guardian.errors import SnapshotFailedError
from guardian.model import Service, Snapshot, SnapshotState

FAILED = frozenset({"deleted", "deleting", "failed", "incompatible-restore", "incompatible-parameters"})
"""States from which a snapshot does not become available (botocore, waiter DBSnapshotAvailable)."""


def take(
    ports: GatePorts, service: Service, deployment_id: str, instance: str, *, again: bool = False
) -> Snapshot:
    """Note a snapshot's id unless one is noted, and ask RDS for the noted one; return it.

    Whoever is interrupted and begins anew goes on with the same snapshot.

    Args:
        ports: Where it is noted and asked for.
        service: Whose schema.
        deployment_id: The deployment whose blue will no longer fit.
        instance: DBInstanceIdentifier to take it of.
        again: Note and take a new one in place of the noted one, which stays in RDS.

    Raises:
        SnapshotFailedError: The noted one is of another instance.
        AwsRefusedError: RDS refuses.
        TemporaryError: AWS could not answer.
    """
    noted = ports.notes.snapshot(service, deployment_id)
    if noted is None or again:
        wanted = Snapshot(id=chosen_id(deployment_id, ports.clock.now()), instance=instance)
        before = noted.id if noted else None
        noted = ports.notes.note_snapshot(service, deployment_id, wanted, instead_of=before)
    if noted.instance != instance:
        raise SnapshotFailedError(
            f"the noted snapshot {noted.id} is of {noted.instance}, the policy's database is {instance}: take another "
            "one with --again"
        )
    ports.snapshots.create(noted)
    return noted


def wait_for(
    ports: GatePorts, snapshot: Snapshot, longest: timedelta, pause: Callable[[], None]
) -> SnapshotState:
    """Return the snapshot's state once it is available, or as it is when the time is over.

    Args:
        ports: Where it is looked up, by its id and nothing else.
        snapshot: Which.
        longest: How long to wait.
        pause: Lets time pass between two looks.

    Raises:
        SnapshotFailedError: It will never be available.
    """
    until = ports.clock.now() + longest
    while True:
        state = ports.snapshots.find(snapshot.id) or SnapshotState(snapshot=snapshot, status="not in RDS")
        if state.status in FAILED:
            raise SnapshotFailedError(
                f"snapshot {snapshot.id} is {state.status}: read its events in RDS, then take another one with --again"
            )
        if state.available or ports.clock.now() >= until:
            return state
        pause()


def chosen_id(deployment_id: str, now: datetime) -> str:
    """Return an id for a snapshot: letters, digits and single hyphens, as RDS wants it. Pure."""
    return f"guardian-{deployment_id.lower()}-{now:%Y%m%d%H%M%S}"
