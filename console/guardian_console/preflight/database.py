"""Checks of the database that both colours share."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from guardian.policy import Policy
from guardian_console.preflight.check import Found, bites, check, note, unknown
from guardian_console.preflight.facts import Json

GIB = 1024**3
LARGE_GIB = {"c": 4, "m": 8, "r": 16, "t": 8}
"""Memory of the size `large` by the class's first letter; each size above doubles it (RDS instance classes)."""
BELOW_LARGE = {"micro": 1 / 8, "small": 1 / 4, "medium": 1 / 2, "large": 1, "xlarge": 2}
FORMULAS = {
    "postgres": (9_531_392, 5_000),
    "mysql": (12_582_880, 16_000),
    "mariadb": (25_165_760, 12_000),
}
"""Bytes per connection and maximum of the default of max_connections (RDS user guide, quotas and constraints)."""
CLOSE = 1.25
"""Factor within which an estimate agrees: DBInstanceClassMemory is less than the nominal memory."""
FRESH_HOURS = 24


@check(
    "database-exists",
    why="metrics of an instance that does not exist come back complete and empty: connections and CPU "
    "of the database would "
    "never be judged",
    fix="set database.instance in the policy: aws rds describe-db-instances --query "
    "'DBInstances[].DBInstanceIdentifier'",
)
def database_exists(policy: Policy, database: Json) -> Iterator[Found]:
    status = database.get("DBInstanceStatus")
    if not database:
        yield bites(f"0 instances are named {policy.database.instance}, which the policy names")
    elif status != "available":
        yield bites(f"{policy.database.instance} is {status}, not available")


@check(
    "max-connections",
    why="connections are exhausted at the server's maximum: a policy with a larger number notices it "
    "too late, one with a "
    "smaller number too early, one without it only reports",
    fix="set database.max_connections: $maximum in the policy, after asking the server: SHOW max_connections",
)
def max_connections_agree(policy: Policy, database: Json, max_connections: str) -> Iterator[Found]:
    if not database:
        return
    exact = int(max_connections) if max_connections.isdecimal() else None
    actual = exact or estimate(str(database.get("Engine")), str(database.get("DBInstanceClass")))
    source = (
        "the parameter group" if exact else f"the formula for {database.get('DBInstanceClass')} (an estimate)"
    )
    told = policy.database.max_connections
    if actual is None:
        yield unknown(
            f"max_connections of {database.get('DBInstanceClass')} ({database.get('Engine')}) cannot be estimated",
            maximum="<number>",
        )
    elif told is None:
        yield note(f"the policy has no max_connections, {source} says {actual}", maximum=str(actual))
    elif told != actual and (exact or not 1 / CLOSE <= told / actual <= CLOSE):
        yield bites(f"the policy says max_connections {told}, {source} says {actual}", maximum=str(actual))


@check(
    "backups",
    why="after the contract migration only a restore brings the old schema back, and it loses what was "
    "written since the "
    "snapshot",
    fix="aws rds create-db-snapshot --db-instance-identifier $instance --db-snapshot-identifier <one id, noted>; "
    "aws rds modify-db-instance --db-instance-identifier $instance --backup-retention-period 7",
)
def backups(policy: Policy, database: Json, snapshots: Sequence[Json], now: datetime) -> Iterator[Found]:
    instance = str(policy.database.instance)
    if not database:
        return
    kept = database.get("BackupRetentionPeriod", 0)
    if not kept:
        yield bites(f"backups of {instance} are kept for 0 days", instance=instance)
    times = [one["SnapshotCreateTime"] for one in snapshots if one.get("Status") == "available"]
    if not times:
        yield bites(f"{instance} has 0 available snapshots", instance=instance)
        return
    hours = (now - max(times)).total_seconds() / 3600
    if hours > FRESH_HOURS:
        yield note(
            f"the latest of {len(times)} available snapshots of {instance} is {hours:.0f} hours old",
            instance=instance,
        )


def estimate(engine: str, instance_class: str) -> int | None:
    """Return the default of max_connections by the nominal memory of the class; None for an unknown engine or class.

    Pure. The real number is a little smaller: the server's memory is less than the class's.
    """
    formula, memory = FORMULAS.get(engine), _memory(instance_class)
    if formula is None or memory is None:
        return None
    each, most = formula
    return min(memory // each, most)


def _memory(instance_class: str) -> int | None:
    found = re.fullmatch(
        r"db\.([cmrt])\w*\.(?:(\d+)xlarge|(micro|small|medium|large|xlarge))", instance_class
    )
    if not found:
        return None
    letter, many, size = found.groups()
    return int(LARGE_GIB[letter] * GIB * (2 * int(many) if many else BELOW_LARGE[size]))
