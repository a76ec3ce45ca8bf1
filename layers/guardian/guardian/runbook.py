"""What a person does when the schema no longer fits blue: steps with the ids and times filled in. Pure.

A snapshot is restored into a new instance, never into the one that runs (Amazon RDS User Guide, "Restoring from a DB
snapshot"), and what was written since is not in it.
"""

import shlex
from datetime import datetime

from guardian.model import Contract, Deployment, Snapshot


def restore_steps(
    contract: Contract | None, instance: str | None, deployment: Deployment, now: datetime
) -> tuple[str, ...]:
    """Return the steps, best one first, each a sentence or a command for a shell.

    Args:
        contract: The mark; None when it could not be read or the database was switched over.
        instance: DBInstanceIdentifier of the policy.
        deployment: The deployment that cannot be undone.
        now: From when the loss is counted.
    """
    snapshot = contract.snapshot if contract else None
    source = snapshot.instance if snapshot else instance
    return (
        (
            f"fix forward if you can: release a version that fits the contracted schema; {deployment.cluster}/"
            f"{deployment.ecs_service} keeps running meanwhile"
        ),
        _loss(snapshot, now),
        *_restore(snapshot, source),
        (
            "point the connection strings and secrets of the application at the new instance's endpoint, release the "
            "previous revision with CodeDeploy, and tell users and support which writes are missing"
        ),
    )


def _loss(snapshot: Snapshot | None, now: datetime) -> str:
    if snapshot is None:
        return "only then restore a snapshot from before the contract; every write since it is lost"
    if snapshot.taken_at is None:
        return f"only then restore snapshot {snapshot.id}; every write since it was taken is lost"
    minutes = (now - snapshot.taken_at).total_seconds() / 60
    return (
        f"only then restore snapshot {snapshot.id} of {snapshot.taken_at:%Y-%m-%d %H:%M} UTC: the writes of the last "
        f"{minutes:,.0f} minutes are lost, and it takes 10 to 30 minutes"
    )


def _restore(snapshot: Snapshot | None, instance: str | None) -> tuple[str, ...]:
    source = shlex.quote(instance) if instance else "INSTANCE"
    look_up = (
        (
            f"aws rds describe-db-snapshots --db-instance-identifier {source} --query "
            '"reverse(sort_by(DBSnapshots,&SnapshotCreateTime))[].[DBSnapshotIdentifier,Status,SnapshotCreateTime]"'
        ),
    )
    chosen = shlex.quote(snapshot.id) if snapshot else "SNAPSHOT"
    new = shlex.quote(f"{instance}-restored") if instance else "NEW-INSTANCE"
    return (
        *(() if snapshot else look_up),
        (
            f"aws rds restore-db-instance-from-db-snapshot --db-instance-identifier {new} "
            f"--db-snapshot-identifier {chosen}"
        ),
        f"aws rds wait db-instance-available --db-instance-identifier {new}",
    )
