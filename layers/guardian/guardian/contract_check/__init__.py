"""Whether the contract migration may run, item by item. Pure."""

from collections.abc import Sequence
from datetime import datetime

from guardian.contract_check.facts import Facts, Item, Requests
from guardian.contract_check.requests import counted, queries, span
from guardian.contract_check.restoring import mark, snapshot
from guardian.contract_check.routing import blue, deployments, traffic
from guardian.contract_check.served import bake, hours, jobs
from guardian.contract_check.verdicts import business, divergence
from guardian.policy import Policy

__all__ = ["Facts", "Item", "Requests", "check", "counted", "is_open", "queries", "span", "verdict"]


def check(facts: Facts, policy: Policy, now: datetime) -> tuple[Item, ...]:
    """Return every item; the gate is open when all are fulfilled."""
    items = (
        bake(facts, policy, now),
        hours(facts, policy, now),
        jobs(facts, policy),
        divergence(facts),
        business(facts, policy),
        deployments(facts),
        traffic(facts),
        blue(facts),
        snapshot(facts, policy, now),
        mark(facts),
    )
    return tuple(_unless_unread(item, facts) for item in items)


def is_open(items: Sequence[Item]) -> bool:
    """Tell whether the contract migration may run."""
    return bool(items) and all(item.fulfilled is True for item in items)


def verdict(deployment_id: str, items: Sequence[Item]) -> str:
    """Return the gate's answer as one sentence."""
    if is_open(items):
        return f"The contract migration of {deployment_id} may run: all {len(items)} items hold."
    closed = [item.name for item in items if item.fulfilled is False]
    unknown = [item.name for item in items if item.fulfilled is None]
    parts = [
        *([f"closed by {', '.join(closed)}"] if closed else ()),
        *([f"nobody can tell {', '.join(unknown)}"] if unknown else ()),
    ]
    return f"The contract migration of {deployment_id} may not run: {'; '.join(parts)}."


def _unless_unread(item: Item, facts: Facts) -> Item:
    """What an item rests on could not be read: it is unknown, whatever the missing facts look like."""
    why = facts.unread.get(item.name)
    return item if why is None else Item(name=item.name, fulfilled=None, sentence=why)
