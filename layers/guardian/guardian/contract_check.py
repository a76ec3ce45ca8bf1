"""Whether the contract migration may run, item by item. Pure."""

from collections.abc import Sequence
from datetime import datetime

from guardian.model import Contract, Deployment, Finding, Snapshot, Value
from guardian.policy import Policy
from guardian.record import DecisionRecord
from guardian.watch import ALL, Watch


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


class Facts(Value):
    """What is known about the deployment whose old schema is to go.

    Attributes:
        deployment: As AWS describes it now.
        watch: Guardian's watch over it; None when it has none.
        records: Its decisions, oldest first.
        mark: The contract mark, if it is set already.
        snapshot: The snapshot to begin a restore from; None when none was named or found.
        snapshot_status: RDS's word for it.
    """

    deployment: Deployment
    watch: Watch | None
    records: tuple[DecisionRecord, ...] = ()
    mark: Contract | None = None
    snapshot: Snapshot | None = None
    snapshot_status: str = ""


def check(facts: Facts, policy: Policy, now: datetime) -> tuple[Item, ...]:
    """Return every item; the gate is open when all are fulfilled."""
    return (
        _bake(facts.watch, policy, now),
        _no_divergence(facts),
        _green_alone(facts.deployment),
        _snapshot(facts, policy, now),
        _not_yet(facts.mark),
    )


def is_open(items: Sequence[Item]) -> bool:
    """Tell whether the contract migration may run."""
    return all(item.fulfilled is True for item in items)


def _bake(watch: Watch | None, policy: Policy, now: datetime) -> Item:
    since = watch.full_since if watch else None
    if since is None:
        return Item(
            name="bake", fulfilled=None, sentence="Guardian has not seen green with all of the traffic"
        )
    served = (now - since).total_seconds() / 3600
    left = policy.bake.hours - served
    said = f"green has had all of the traffic for {served:.1f} of {policy.bake.hours:g} hours"
    return Item(
        name="bake", fulfilled=left <= 0, sentence=said if left <= 0 else f"{said}, {left:.1f} are left"
    )


def _no_divergence(facts: Facts) -> Item:
    since = facts.watch.full_since if facts.watch else None
    baked = [one for one in facts.records if since is not None and one.at >= since]
    if not baked:
        return Item(
            name="divergence", fulfilled=None, sentence="there is no decision since green got everything"
        )
    wrong = [one for one in baked if one.verdict is Finding.DIVERGED]
    if wrong:
        said = f"diverged at {wrong[0].at:%Y-%m-%d %H:%M}: {wrong[0].sentence}"
        return Item(name="divergence", fulfilled=False, sentence=said)
    said = f"none in {len(baked)} decisions since green got everything"
    return Item(name="divergence", fulfilled=True, sentence=said)


def _green_alone(deployment: Deployment) -> Item:
    if deployment.successor is not None:
        said = f"{deployment.successor} has begun since: its blue is this version, so contract after it"
        return Item(name="traffic", fulfilled=False, sentence=said)
    if deployment.green is None:
        said = deployment.problem or "nobody can say which target group is green's"
        return Item(name="traffic", fulfilled=None, sentence=said)
    said = f"green has {deployment.weight:.0%} of the traffic at the listener"
    return Item(name="traffic", fulfilled=deployment.weight >= ALL, sentence=said)


def _snapshot(facts: Facts, policy: Policy, now: datetime) -> Item:
    found = facts.snapshot
    if found is None or found.taken_at is None:
        return Item(
            name="snapshot",
            fulfilled=False,
            sentence="no snapshot is named: take one and give its id with --snapshot",
        )
    if policy.database.instance and found.instance != policy.database.instance:
        said = f"{found.id} is of {found.instance}, the policy's database is {policy.database.instance}"
        return Item(name="snapshot", fulfilled=False, sentence=said)
    age, limit = (now - found.taken_at).total_seconds() / 60, policy.contract.snapshot_minutes
    said = f"{found.id} of {found.instance} is {facts.snapshot_status}, {age:.0f} minutes old (limit {limit})"
    return Item(
        name="snapshot", fulfilled=facts.snapshot_status == "available" and age <= limit, sentence=said
    )


def _not_yet(mark: Contract | None) -> Item:
    if mark is None:
        return Item(name="mark", fulfilled=True, sentence="not contracted yet")
    return Item(
        name="mark", fulfilled=False, sentence=f"contracted at {mark.at:%Y-%m-%d %H:%M} by {mark.by} already"
    )
