"""Act: the intent is written first, under a fence; then the change is made once; then AWS is read back."""

from datetime import datetime, timedelta

from guardian.actions import SETTLED, Action, Aftermath, Outcome
from guardian.decide import ActionKind, Decision
from guardian.errors import AwsRefusedError, DeploymentOverError, TemporaryError
from guardian.model import Deployment, Verdict
from guardian.ports import Actuator, Ledger

RETRY_AFTER = timedelta(seconds=90)
"""Age of an intent that AWS has not taken, after which its owner is taken for dead: longer than a turn can run."""
GIVE_UP_AFTER = timedelta(minutes=15)
"""Age at which an action that still cannot be verified becomes a person's. A rollback takes CodeDeploy seconds."""


def intention(
    decision: Decision, verdict: Verdict, deployment: Deployment, decided_by: str, now: datetime
) -> Action | None:
    """Return the change of production that the decision asks for; None if it asks for none. Pure.

    A hook that is to fail is answered by the function that the hook called.
    """
    if (
        decision.action is not ActionKind.STOP_DEPLOYMENT
        or deployment.blue is None
        or deployment.green is None
    ):
        return None
    return Action(
        kind=ActionKind.STOP_DEPLOYMENT,
        deployment_id=deployment.id,
        decided_by=decided_by,
        intended_at=now,
        reason=verdict.sentence,
        signal=verdict.signal,
        weight=deployment.weight,
        blue=deployment.blue.target_group,
        green=deployment.green.target_group,
        listener_arn=deployment.listener_arn,
    )


def act(wanted: Action, actuator: Actuator, ledger: Ledger, now: datetime) -> Action:
    """Make the change once for its deployment, whoever else wants it too; return what came of it."""
    standing = ledger.intend(wanted)
    if standing != wanted:
        return follow_up(standing, actuator, ledger, now)
    return _perform(wanted, actuator, ledger, now)


def follow_up(action: Action, actuator: Actuator, ledger: Ledger, now: datetime) -> Action:
    """Carry on with an action that was intended before: verify it, or do it if that turn died before it could."""
    if action.outcome in SETTLED:
        return action
    seen = _verified(action, actuator, ledger, now)
    due = action.requested_at is None and now - action.intended_at >= RETRY_AFTER
    over = seen.after is not None and seen.after.over
    return _perform(seen, actuator, ledger, now) if due and not over else seen


def _perform(action: Action, actuator: Actuator, ledger: Ledger, now: datetime) -> Action:
    try:
        reply = actuator.stop(action.deployment_id)
    except DeploymentOverError:
        return _verified(action, actuator, ledger, now)
    except AwsRefusedError as error:
        return _write(action, ledger, outcome=Outcome.FAILED, detail=str(error))
    except TemporaryError as error:
        # Whether the call took effect is not known: the next turn reads AWS and, if need be, asks again.
        return _write(action, ledger, outcome=Outcome.UNVERIFIED, detail=str(error))
    taken = action.model_copy(update={"requested_at": now, "request_id": reply.request_id})
    return _verified(taken, actuator, ledger, now)


def _verified(action: Action, actuator: Actuator, ledger: Ledger, now: datetime) -> Action:
    """Read AWS back and write down what it says."""
    try:
        after = actuator.aftermath(action)
    except (AwsRefusedError, TemporaryError) as error:
        return _write(
            action, ledger, outcome=Outcome.UNVERIFIED, detail=f"it could not be read back: {error}"
        )
    outcome, detail = verify(after, ours=action.requested_at is not None)
    if outcome is Outcome.UNVERIFIED and action.requested_at is None and not after.over:
        # AWS has not taken the request, so what became of asking still stands; it is asked again in time.
        outcome, detail = action.outcome or outcome, action.detail or detail
    if outcome is Outcome.UNVERIFIED and now - action.intended_at >= GIVE_UP_AFTER:
        outcome = Outcome.FAILED
    verified_at = now if outcome in SETTLED else None
    if outcome is Outcome.DONE:
        detail += f", {(now - action.intended_at).total_seconds():.0f} s after the decision"
    return _write(action, ledger, outcome=outcome, detail=detail, after=after, verified_at=verified_at)


def verify(after: Aftermath, *, ours: bool) -> tuple[Outcome, str]:
    """Say whether what AWS reports amounts to traffic being back on blue. Pure.

    Args:
        after: What AWS reports.
        ours: Whether it was Guardian's request that AWS took.
    """
    if after.status == "Succeeded":
        return (
            Outcome.REFUSED,
            "the deployment had succeeded and blue is gone; deploy the previous revision to undo it",
        )
    if after.status not in ("Stopped", "Failed"):
        told = "was told to stop and" if ours else "has not taken StopDeployment yet and"
        return Outcome.UNVERIFIED, f"the deployment {told} is still {after.status}"
    if after.rollback_id is None:
        return (
            Outcome.UNVERIFIED,
            f"the deployment is {after.status} and no rollback deployment has appeared yet",
        )
    if after.rollback_status != "Succeeded":
        return Outcome.UNVERIFIED, f"rollback deployment {after.rollback_id} is {after.rollback_status}"
    if after.blue_weight < 1:
        return (
            Outcome.UNVERIFIED,
            f"{after.rollback_id} succeeded but blue has {after.blue_weight:.0%} at the listener",
        )
    done = (
        f"deployment {after.status}, rollback deployment {after.rollback_id} Succeeded, listener 100% on blue"
    )
    return (Outcome.DONE if ours else Outcome.ALREADY_DONE), done


def _write(action: Action, ledger: Ledger, **changes: object) -> Action:
    written = action.model_copy(update=changes)
    ledger.conclude(written)
    return written
