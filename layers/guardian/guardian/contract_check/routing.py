"""Who is released, and who gets traffic now."""

from guardian.contract_check.facts import Facts, Item
from guardian.watch import ALL

SUCCEEDED = "Succeeded"
"""The one status of a deployment that is over and whose green is what users see (CodeDeploy API reference)."""


def deployments(facts: Facts) -> Item:
    """Tell whether the deployment is the service's last word: over, successful, no rollback, none after it."""
    deployment = facts.deployment
    running = facts.running or (() if deployment.ended else (deployment.id,))
    if running:
        said = f"{', '.join(running)} has not ended: what it does may still be undone"
        return Item(name="deployments", fulfilled=False, sentence=said)
    if deployment.is_rollback:
        said = f"{deployment.id} is a rollback{_of(deployment.rollback_of)}: the older version is what runs"
        return Item(name="deployments", fulfilled=False, sentence=said)
    if deployment.status != SUCCEEDED:
        said = f"{deployment.id} did not succeed: {deployment.ended}"
        return Item(name="deployments", fulfilled=False, sentence=said)
    if deployment.successor is not None:
        said = f"{deployment.successor} has begun since: its blue is this version, so contract after it"
        return Item(name="deployments", fulfilled=False, sentence=said)
    said = f"{deployment.id} is the last one, and none is running"
    return Item(name="deployments", fulfilled=True, sentence=said)


def traffic(facts: Facts) -> Item:
    """Tell whether green has all of the traffic at the listener, and requests do arrive."""
    deployment, requests = facts.deployment, facts.requests
    if deployment.green is None:
        said = deployment.problem or "nobody can say which target group is green's"
        return Item(name="traffic", fulfilled=None, sentence=said)
    said = f"green has {deployment.weight:.0%} of the traffic at the listener"
    if deployment.weight < ALL:
        return Item(name="traffic", fulfilled=False, sentence=said)
    if requests is None or requests.green is None:
        return Item(name="traffic", fulfilled=None, sentence=f"{said}; {_why(facts)}")
    said = f"{said} and had {requests.green:,.0f} requests in the last {requests.minutes} minutes"
    return Item(name="traffic", fulfilled=requests.green > 0, sentence=said)


def blue(facts: Facts) -> Item:
    """Tell whether blue had no request lately."""
    requests = facts.requests
    if requests is None or requests.blue is None:
        return Item(name="blue", fulfilled=None, sentence=_why(facts))
    said = f"blue had {requests.blue:,.0f} requests in the last {requests.minutes} minutes"
    return Item(name="blue", fulfilled=requests.blue == 0, sentence=said)


def _why(facts: Facts) -> str:
    known = facts.requests.problem if facts.requests else ""
    return known or "nobody can say which requests are whose, since the colours are not known"


def _of(undone: str | None) -> str:
    return f" of {undone}" if undone else ""
