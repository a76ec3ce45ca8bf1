"""What Guardian's next turn would do on an order: found out as the turn does, and with nothing changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from guardian import bake, swap
from guardian.actions import Action, Outcome
from guardian.aws.calls import AwsCall
from guardian.aws.codedeploy import stopping
from guardian.decide import ActionKind, Decision, DecisionKind
from guardian.errors import ListenerChangedError, ListenerMismatchError
from guardian.intention import intention
from guardian.model import Deployment, Order, Phase
from guardian.ordered import answered
from guardian.resolve import resolve
from guardian.runbook import restore_steps
from guardian.standing import Standing, stand
from guardian.watch import Watch
from guardian.wishes import heard
from guardian_console.rollback_session import Account, Limits

LOST = frozenset({Outcome.REFUSED, Outcome.FAILED, Outcome.REVERSED})
"""Outcomes of a rollback that leave production to a person."""


@dataclass(frozen=True)
class Plan:
    """What would be done.

    Attributes:
        deployment: With its phase as the facts have it.
        sentence: What would happen, or why it would not.
        refused: Whether nothing would be changed now.
        decision: The table's; None where it is not asked.
        calls: What AWS would be asked for, in this order.
        notes: What else a reader must know, and for a refusal what a person does instead.
        begun: The rollback that was begun before; then no order is needed.
    """

    deployment: Deployment
    sentence: str
    refused: bool = False
    decision: Decision | None = None
    calls: Sequence[AwsCall] = ()
    notes: tuple[str, ...] = ()
    begun: Action | None = None


def planned(order: Order, watch: Watch, account: Account, limits: Limits | None, now: datetime) -> Plan:
    """Return what the next turn would do.

    Args:
        order: What would be ordered.
        watch: Guardian's record of the deployment.
        account: Where the facts are read.
        limits: What the installation may change; None when nobody said which stack it is.
        now: The time.

    Raises:
        AwsRefusedError: AWS refuses to tell.
        TemporaryError: AWS could not answer.
    """
    deployment = resolve(account.controller.describe(watch.deployment_id), watch.pair)
    begun = account.table.intended(watch.deployment_id)
    if begun is not None:
        return _of_begun(begun, deployment)
    policy = account.policy(deployment.service)
    seen = watch if deployment.problem else watch.seeing(deployment, now)
    why_not = _why_never(seen, deployment, bake.why_over(seen, deployment, policy, now))
    if why_not is not None:
        return Plan(deployment, why_not, refused=True)
    where = stand(seen, deployment, policy, account)
    wishes = heard(watch.deployment_id, account, now)
    answer = answered(order, where.deployment, limits.reach if limits else None, wishes.pause)
    action = intention(answer.decision, answer.verdict, where.deployment, "", now, where.needs)
    notes = (*where.notes, *wishes.notes, *answer.notes, *_waiting(wishes.order), *deployment.conflicts)
    if action is not None:
        return _of_action(action, where, answer.decision, (*notes, *_unknown(limits)), account, limits)
    if where.deployment.phase is Phase.CONTRACTED:
        notes = (*notes, *restore_steps(where.contract, policy.database.instance, where.deployment, now))
    refused = answer.decision.kind is not DecisionKind.ROLL_BACK
    return Plan(where.deployment, answer.verdict.sentence, refused, answer.decision, notes=notes)


def _of_begun(begun: Action, deployment: Deployment) -> Plan:
    """Return the plan for a deployment whose rollback was begun: there is one for each, and it is seen through."""
    state = begun.outcome or "not asked for yet"
    sentence = (
        f"a rollback was begun at {begun.intended_at:%Y-%m-%d %H:%M} UTC because {begun.reason}; it is {state}"
        f"{f': {begun.detail}' if begun.detail else ''}"
    )
    return Plan(deployment, sentence, begun.outcome in LOST, begun=begun)


def _why_never(watch: Watch, deployment: Deployment, over: str | None) -> str | None:
    if deployment.is_rollback:
        return f"this is the rollback of {deployment.rollback_of or 'another deployment'}, which is never stopped"
    if over is not None:
        return f"{watch.deployment_id} has ended: {over}"
    if deployment.problem:
        return f"it cannot be done now, and an order waits until it can: {deployment.problem}"
    return None


def _of_action(
    action: Action,
    where: Standing,
    decision: Decision,
    notes: tuple[str, ...],
    account: Account,
    limits: Limits | None,
) -> Plan:
    try:
        calls = _calls(action, account)
    except (ListenerChangedError, ListenerMismatchError) as error:
        return Plan(where.deployment, f"{action.reason}; {error}", True, decision, notes=notes)
    left = bake.drift(action.model_copy(update={"requested_at": action.intended_at}))
    denied = limits.outside(calls) if limits else []
    if not denied:
        return Plan(where.deployment, action.reason, False, decision, calls, (*notes, *left))
    sentence = (
        f"{action.reason}; this installation may not change {', '.join(denied)}: "
        "add it to the stack's parameter GuardedListeners"
    )
    return Plan(where.deployment, sentence, True, decision, calls, notes)


def _calls(action: Action, account: Account) -> Sequence[AwsCall]:
    """Return what the actuator would ask for, from the actuator's own code."""
    if action.kind is ActionKind.STOP_DEPLOYMENT:
        return [stopping(action.deployment_id)]
    return account.switch.planned(action.listener_arn, *swap.request(action))


def _waiting(order: Order | None) -> tuple[str, ...]:
    if order is None:
        return ()
    return (f"{order.by} ordered it at {order.at:%H:%M} UTC ({order.why}), and no turn has answered yet",)


def _unknown(limits: Limits | None) -> tuple[str, ...]:
    if limits is not None:
        return ()
    return ("whether this installation may act on it is not known here: --stack reads what it names",)
