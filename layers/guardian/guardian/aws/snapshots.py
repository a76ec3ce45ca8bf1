"""RDS snapshots: asked for by an id that somebody chose before, and looked up by that id alone."""

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from guardian.aws.calls import AlreadyThereError, NotThereError, aws_call
from guardian.model import Snapshot, SnapshotState

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient


class RdsSnapshots:
    """Implements `Snapshots`."""

    def __init__(self, rds: "RDSClient") -> None:
        self._rds = rds

    def create(self, snapshot: Snapshot) -> None:
        with suppress(AlreadyThereError), aws_call("rds:CreateDBSnapshot"):
            self._rds.create_db_snapshot(
                DBSnapshotIdentifier=snapshot.id, DBInstanceIdentifier=snapshot.instance
            )

    def find(self, snapshot_id: str) -> SnapshotState | None:
        try:
            with aws_call("rds:DescribeDBSnapshots"):
                reply: Any = self._rds.describe_db_snapshots(DBSnapshotIdentifier=snapshot_id)
        except NotThereError:
            return None
        return next((_state(one) for one in reply["DBSnapshots"]), None)


def _state(found: Any) -> SnapshotState:
    """Read one; its data is of `SnapshotDatabaseTime`, its creation may have ended later (RDS API reference)."""
    taken = found.get("SnapshotDatabaseTime") or found.get("SnapshotCreateTime")
    snapshot = Snapshot(
        id=found["DBSnapshotIdentifier"], instance=found["DBInstanceIdentifier"], taken_at=taken
    )
    return SnapshotState(snapshot=snapshot, status=found["Status"])
