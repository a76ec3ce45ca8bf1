"""What is left when the old schema is gone: a snapshot, and the mark that is set once."""

from datetime import datetime

from guardian.contract_check.facts import Facts, Item
from guardian.policy import Policy


def snapshot(facts: Facts, policy: Policy, now: datetime) -> Item:
    """Tell whether there is a snapshot of the right database, available, and young enough."""
    state, instance = facts.snapshot, policy.database.instance
    if state is None:
        return _snapshot(
            fulfilled=False, sentence="no snapshot is noted: guardian contract snapshot takes one"
        )
    found = state.snapshot
    if instance is None:
        said = f"the policy names no database.instance, so nobody can tell whether {found.instance} is the right one"
        return _snapshot(fulfilled=None, sentence=said)
    if found.instance != instance:
        said = f"{found.id} is of {found.instance}, the policy's database is {instance}"
        return _snapshot(fulfilled=False, sentence=said)
    said = f"{found.id} of {found.instance} is {state.status}"
    if found.taken_at is None:
        return _snapshot(
            fulfilled=None if state.available else False, sentence=f"{said}, its age is not known"
        )
    age, limit = (now - found.taken_at).total_seconds() / 60, policy.contract.snapshot_minutes
    said = f"{said}, {age:.0f} minutes old (limit {limit})"
    return _snapshot(fulfilled=state.available and age <= limit, sentence=said)


def mark(facts: Facts) -> Item:
    """Tell whether the deployment is not contracted yet."""
    if facts.mark is None:
        return Item(name="mark", fulfilled=True, sentence="not contracted yet")
    said = f"contracted at {facts.mark.at:%Y-%m-%d %H:%M} by {facts.mark.by} already"
    return Item(name="mark", fulfilled=False, sentence=said)


def _snapshot(*, fulfilled: bool | None, sentence: str) -> Item:
    return Item(name="snapshot", fulfilled=fulfilled, sentence=sentence)
