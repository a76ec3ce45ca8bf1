"""The bake: the time from 100 % on in which green is still on trial. Pure."""

from datetime import datetime, timedelta

from guardian.actions import Action, Outcome
from guardian.decide import ActionKind
from guardian.model import Deployment, Phase
from guardian.policy import Policy
from guardian.watch import Watch

AFTER_THE_SHIFT = frozenset({Phase.BAKING, Phase.STANDBY, Phase.RETIRED, Phase.CONTRACTED})
"""Phases in which green may have all of the traffic."""
_OVER = "the bake time of"


def why_over(watch: Watch, deployment: Deployment, policy: Policy, now: datetime) -> str | None:
    """Return why nothing is left to watch of a deployment that its controller has ended; None while there is."""
    if deployment.ended is None:
        return None
    if deployment.phase is Phase.CLOSED:
        return deployment.ended
    ended = deployment.ended.removesuffix(".")  # CodeDeploy's own words may end with one
    if deployment.successor is not None:
        return f"{ended}; {deployment.successor} has begun since"
    if deployment.problem:
        return None
    since = watch.full_since
    if deployment.pair is None or since is None:
        return f"{ended}; green does not have all of the traffic, and it was not Guardian that moved it"
    hours = policy.bake.hours
    return f"{ended}; {_OVER} {hours:g} h is over" if now >= since + _time(policy) else None


def tells_of_its_end(sentence: str) -> bool:
    """Tell whether the sentence with which a watch was closed says that the bake time is over."""
    return _OVER in sentence


def notes(watch: Watch, deployment: Deployment, policy: Policy, now: datetime) -> tuple[str, ...]:
    """Return how far the bake is, once green has all of the traffic."""
    since = watch.full_since
    if since is None or deployment.phase not in AFTER_THE_SHIFT:
        return ()
    left = max(_time(policy) - (now - since), timedelta(0)).total_seconds() / 3600
    return (f"baking, {left:.1f} of {policy.bake.hours:g} h left",)


def drift(action: Action) -> tuple[str, ...]:
    """Return what a swap leaves behind and what mends it: the ECS service still takes green for its primary.

    The next deployment would fail with "Primary taskset target group must be behind listener" (CodeDeploy User Guide,
    "Troubleshoot Amazon ECS deployment issues").
    """
    swapped = action.requested_at is not None or action.outcome is Outcome.ALREADY_DONE
    if action.kind is not ActionKind.SWAP_LISTENER or action.outcome is Outcome.REVERSED or not swapped:
        return ()
    blue, green = action.blue.name, action.green.name
    return (
        (
            f"the listener serves blue, but green's task set is still PRIMARY: while {green} has weight 0, the next "
            "deployment fails with 'Primary taskset target group must be behind listener'. Before it, give "
            f"{blue} the weight 999 and {green} the weight 1 at {action.listener_arn} (one request in a thousand "
            "reaches green), then release the version that you want"
        ),
    )


def _time(policy: Policy) -> timedelta:
    return timedelta(hours=policy.bake.hours)
