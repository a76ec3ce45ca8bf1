"""Act: the intent is written first, under a fence; then the change is made once; then AWS is read back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from guardian import stop, swap
from guardian.actions import SETTLED, Action, Aftermath, Outcome
from guardian.decide import ActionKind
from guardian.errors import (
    AwsRefusedError,
    BlueCannotCarryError,
    DeploymentOverError,
    ListenerChangedError,
    ListenerMismatchError,
    TemporaryError,
)
from guardian.ports import Ports

RETRY_AFTER = timedelta(seconds=90)
"""Age of an intent that AWS has not taken, after which its owner is taken for dead: longer than a turn can run."""
GIVE_UP_AFTER = timedelta(minutes=15)
"""Age at which an action that still cannot be verified becomes a person's. A rollback takes CodeDeploy seconds."""
UNSAFE = (BlueCannotCarryError, ListenerChangedError, ListenerMismatchError)
"""Why a change is not made after all: production is another one than when it was decided."""


@dataclass(frozen=True)
class Change:
    """One way of putting traffic back.

    Attributes:
        make: Asks AWS for it and returns AWS's id of the request.
        look: Reads AWS back and returns the action with what it says and what that amounts to.
    """

    make: Callable[[Action, Ports], str]
    look: Callable[[Action, Ports, datetime], Action]


CHANGES: Mapping[ActionKind, Change] = {
    ActionKind.STOP_DEPLOYMENT: Change(stop.make, stop.look),
    ActionKind.SWAP_LISTENER: Change(swap.make, swap.look),
}


def act(wanted: Action, ports: Ports, now: datetime) -> Action:
    """Make the change once for its deployment, whoever else wants it too; return what came of it."""
    standing = ports.ledger.intend(wanted)
    if standing != wanted:
        return follow_up(standing, ports, now)
    return _perform(wanted, ports, now)


def follow_up(action: Action, ports: Ports, now: datetime) -> Action:
    """Carry on with an action that was intended before: verify it, or do it if that turn died before it could."""
    if action.outcome in SETTLED:
        return action
    seen = _verified(action, ports, now)
    due = action.requested_at is None and now - action.intended_at >= RETRY_AFTER
    over = isinstance(seen.after, Aftermath) and seen.after.over
    return _perform(seen, ports, now) if due and not over and seen.outcome not in SETTLED else seen


def refuse(action: Action, why: str, ports: Ports, now: datetime) -> Action:
    """Give up an action that AWS has not been asked for, since it is not safe any more."""
    if action.outcome in SETTLED:
        return action
    return _write(action, ports, outcome=Outcome.REFUSED, detail=why, verified_at=now)


def _perform(action: Action, ports: Ports, now: datetime) -> Action:
    try:
        request_id = CHANGES[action.kind].make(action, ports)
    except DeploymentOverError:
        return _verified(action, ports, now)
    except UNSAFE as error:
        return _write(action, ports, outcome=Outcome.REFUSED, detail=str(error), verified_at=now)
    except AwsRefusedError as error:
        return _write(action, ports, outcome=Outcome.FAILED, detail=str(error))
    except TemporaryError as error:
        # Whether the call took effect is not known: the next turn reads AWS and, if need be, asks again.
        return _write(action, ports, outcome=Outcome.UNVERIFIED, detail=str(error))
    taken = action.model_copy(update={"requested_at": now, "request_id": request_id})
    return _verified(taken, ports, now)


def _verified(action: Action, ports: Ports, now: datetime) -> Action:
    """Read AWS back and write down what it says."""
    try:
        seen = CHANGES[action.kind].look(action, ports, now)
    except (AwsRefusedError, TemporaryError, *UNSAFE) as error:
        return _write(action, ports, outcome=Outcome.UNVERIFIED, detail=f"it could not be read back: {error}")
    outcome, detail = seen.outcome, seen.detail
    if outcome is Outcome.UNVERIFIED and now - action.intended_at >= GIVE_UP_AFTER:
        outcome = Outcome.FAILED
    if outcome in (Outcome.DONE, Outcome.ALREADY_DONE):
        detail += f", {(now - action.intended_at).total_seconds():.0f} s after the decision"
    verified_at = now if outcome in SETTLED else None
    return _write(seen, ports, outcome=outcome, detail=detail, verified_at=verified_at)


def _write(action: Action, ports: Ports, **changes: object) -> Action:
    written = action.model_copy(update=changes)
    ports.ledger.conclude(written)
    return written
