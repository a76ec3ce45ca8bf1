"""One turn of the loop over one watch: resolve, observe, judge, decide, act, record."""

from dataclasses import dataclass, replace
from datetime import datetime

from guardian import bake, hold, telling
from guardian.act import act, follow_up, refuse
from guardian.actions import SETTLED, Action, Outcome
from guardian.decide import Decision, DecisionKind, decide
from guardian.errors import (
    AwsRefusedError,
    DeploymentUnknownError,
    PolicyInvalidError,
    TemporaryError,
)
from guardian.gather import Sight, look
from guardian.hook_gates import NOTHING, Gated
from guardian.intention import intention
from guardian.model import Deployment, Finding, Mode, Order, Pause, Phase, Reach, Service, Verdict
from guardian.ordered import answered, spends
from guardian.overrule import overruled
from guardian.policy import Policy
from guardian.ports import Ports
from guardian.record import DecisionRecord, record_id, write_record
from guardian.resolve import resolve
from guardian.runbook import restore_steps
from guardian.standing import Standing, knowing_switchovers, stand
from guardian.triggers import Trigger, TriggerKind
from guardian.watch import Watch
from guardian.wishes import heard, spend


@dataclass(frozen=True)
class _Turn:
    """What stays the same through one turn."""

    trigger: Trigger
    ports: Ports
    now: datetime
    policy: Policy
    notes: tuple[str, ...] = ()
    pause: Pause | None = None
    gated: Gated = NOTHING
    order: Order | None = None


def take_turn(
    deployment_id: str, trigger: Trigger, ports: Ports, gated: Gated = NOTHING
) -> DecisionRecord | None:
    """Take one turn over a deployment; what the gates of a hook have found comes before any metric.

    Returns:
        What was decided; None when the watch is closed and nothing is left to do.

    Raises:
        DeploymentUnknownError: CodeDeploy does not know the deployment.
        NotGuardableError: It is not an ECS blue/green deployment.
        ConcurrentTurnError: Another turn over the same watch finished first.
        TemporaryError: AWS could not answer about a deployment that Guardian sees for the first time.
    """
    now = ports.clock.now()
    known = telling.reopened(ports.watches.find(deployment_id))
    if known is not None and known.closed:
        return take_turn(known.undoes, trigger, ports) if known.undoes else None
    try:
        deployment = resolve(ports.controller.describe(deployment_id), known.pair if known else None)
        policy, notes = _within_reach(deployment.service, ports.reach, *_policy(deployment.service, ports))
    except (TemporaryError, AwsRefusedError) as error:
        if known is None or isinstance(error, DeploymentUnknownError):
            raise
        return _blind(
            _Turn(trigger, ports, now, Policy(), gated.notes), known, None, f"AWS could not be read: {error}"
        )
    watch = known or Watch(deployment_id=deployment_id, service=deployment.service, opened_at=now)
    turn = _Turn(trigger, ports, now, policy, (*notes, *gated.notes), gated=gated)
    if deployment.is_rollback:
        return _leave_rollback_alone(turn, watch, deployment)
    return _guard(turn, watch, deployment)


def _guard(turn: _Turn, watch: Watch, deployment: Deployment) -> DecisionRecord:
    standing = turn.ports.ledger.intended(watch.deployment_id)
    if standing is not None:
        return _carry_on(turn, watch, deployment, standing)
    if not deployment.problem:
        watch = watch.seeing(deployment, turn.now)
    over = bake.why_over(watch, deployment, turn.policy, turn.now)
    if over is not None:
        return _close(turn, watch, deployment, over)
    wishes = heard(watch.deployment_id, turn.ports, turn.now)
    turn = replace(turn, notes=(*turn.notes, *wishes.notes), pause=wishes.pause, order=wishes.order)
    if turn.pause is not None and turn.pause.closes and turn.order is None:
        return _close_for(turn.pause, turn, watch, deployment)
    failed = turn.gated.failed
    if deployment.problem and failed is None:
        return _blind(turn, watch, deployment, deployment.problem)
    watch = knowing_switchovers(watch, deployment, turn.policy, turn.ports)
    where = stand(watch, deployment, turn.policy, turn.ports)
    baking = bake.notes(watch, where.deployment, turn.policy, turn.now)
    turn = replace(turn, notes=(*turn.notes, *where.notes, *baking))
    if turn.order is not None:
        return _obey(turn.order, turn, watch, where)
    try:
        seen = (watch, where.deployment, turn.policy, turn.ports, turn.now)
        sight = look(*seen) if failed is None else Sight(watch, failed)
    except (TemporaryError, AwsRefusedError) as error:
        return _blind(turn, watch, where.deployment, f"AWS could not be read: {error}")
    decision = overruled(
        decide(where.deployment.phase, sight.verdict, turn.policy.mode), turn.pause, turn.now
    )
    return _do(turn, sight, where, decision)


def _obey(order: Order, turn: _Turn, watch: Watch, where: Standing) -> DecisionRecord:
    """Carry out what a person ordered, by the same table, or say why not; nothing is judged."""
    hook = turn.trigger.kind is TriggerKind.HOOK
    answer = answered(order, where.deployment, turn.ports.reach, turn.pause, hook=hook)
    turn = replace(turn, notes=(*turn.notes, *answer.notes))
    record = _do(turn, Sight(watch, answer.verdict), where, answer.decision)
    if spends(answer.decision, acted=bool(record.actions)):
        spend(watch.deployment_id, order, turn.ports)
    return record


def _do(turn: _Turn, sight: Sight, where: Standing, decision: Decision) -> DecisionRecord:
    """Save what was seen, act on what was decided, write down both, with what is left to people."""
    if where.deployment.phase is Phase.CONTRACTED and DecisionKind.ESCALATE in (
        decision.kind,
        decision.would,
    ):
        steps = restore_steps(where.contract, turn.policy.database.instance, where.deployment, turn.now)
        turn = replace(turn, notes=(*turn.notes, *steps))
    watch = turn.ports.watches.save(sight.watch)
    wanted = intention(decision, sight.verdict, where.deployment, record_id(watch), turn.now, where.needs)
    action = act(wanted, turn.ports, turn.now) if wanted else None
    return _record(turn, watch, sight.verdict, decision, where.deployment, action, sight)


def _carry_on(turn: _Turn, watch: Watch, deployment: Deployment, standing: Action) -> DecisionRecord:
    """See through an action that an earlier turn began; nothing is judged any more."""
    where = stand(watch, deployment, turn.policy, turn.ports)
    if where.deployment.phase is Phase.CONTRACTED and standing.requested_at is None:
        action = refuse(standing, where.notes[0], turn.ports, turn.now)
    else:
        action = follow_up(standing, turn.ports, turn.now)
    over = action.outcome in SETTLED or (deployment.ended and action.outcome is Outcome.FAILED)
    watch = turn.ports.watches.save(watch.closing(action.detail, turn.now) if over else watch)
    verdict = Verdict(finding=Finding.DIVERGED, signal=action.signal, sentence=action.reason)
    decision = Decision(
        kind=DecisionKind.ROLL_BACK, action=action.kind, why="a rollback that was begun is seen through"
    )
    return _record(turn, watch, verdict, decision, where.deployment, action)


def _close(turn: _Turn, watch: Watch, deployment: Deployment, why: str) -> DecisionRecord:
    watch = turn.ports.watches.save(watch.closing(why, turn.now))
    verdict = Verdict(finding=Finding.NO_DATA, sentence=f"The deployment has ended: {why}")
    decision = Decision(kind=DecisionKind.PROCEED, why="the deployment is over and the watch is closed")
    return _record(turn, watch, verdict, decision, deployment)


def _close_for(pause: Pause, turn: _Turn, watch: Watch, deployment: Deployment) -> DecisionRecord:
    """Close the watch because a person asked for it; the controller goes on with the deployment."""
    why = f"closed by {pause.by}: {pause.why}"
    watch = turn.ports.watches.save(watch.closing(why, turn.now))
    verdict = Verdict(finding=Finding.NO_DATA, sentence=f"Guardian no longer watches this deployment: {why}")
    decision = Decision(kind=DecisionKind.PROCEED, why="a person closed the watch")
    return _record(turn, watch, verdict, decision, deployment)


def _leave_rollback_alone(turn: _Turn, watch: Watch, deployment: Deployment) -> DecisionRecord | None:
    """Never judge and never stop a rollback; look at the deployment that it undoes instead."""
    changes = {"closed": "a rollback deployment is never guarded", "undoes": deployment.rollback_of}
    watch = turn.ports.watches.save(watch.model_copy(update=changes))
    undone = deployment.rollback_of or "another deployment"
    verdict = Verdict(
        finding=Finding.NO_DATA, sentence=f"This is the rollback of {undone}: neither judged nor stopped"
    )
    decision = Decision(
        kind=DecisionKind.PROCEED, why="stopping a rollback would send traffic to green again"
    )
    record = _record(turn, watch, verdict, decision, deployment)
    if deployment.rollback_of:
        take_turn(deployment.rollback_of, turn.trigger, turn.ports)
    return record


def _blind(turn: _Turn, watch: Watch, deployment: Deployment | None, why: str) -> DecisionRecord:
    """Record that nothing could be judged. Production is left alone; the next turn reads again."""
    watch = turn.ports.watches.save(watch)
    verdict = Verdict(finding=Finding.NO_DATA, sentence=why)
    decision = Decision(kind=DecisionKind.WAIT, why="unknown is neither healthy nor a reason to roll back")
    return _record(turn, watch, verdict, decision, deployment)


def _within_reach(
    service: Service, reach: Reach, policy: Policy, notes: tuple[str, ...]
) -> tuple[Policy, tuple[str, ...]]:
    """Return the policy, in mode observe when the installation does not name the service. Pure."""
    if policy.mode is Mode.OBSERVE or reach.names(service):
        return policy, notes
    note = (
        f"mode {policy.mode} becomes observe: this installation does not name {service}; "
        "add its deployment group's ARN to the stack's parameter GuardedDeploymentGroups"
    )
    return policy.model_copy(update={"mode": Mode.OBSERVE}), (*notes, note)


def _policy(service: Service, ports: Ports) -> tuple[Policy, tuple[str, ...]]:
    """Return the service's policy; without a usable one the defaults in mode observe, and a note that says so.

    Raises:
        TemporaryError: It could not be read now. Judging by the defaults meanwhile would leave out the database and
            the custom metrics of minutes that are judged only once.
    """
    try:
        policy = ports.policies.find(service)
    except PolicyInvalidError as error:
        return Policy(), (f"the policy cannot be used, so the defaults apply in mode observe: {error}",)
    except AwsRefusedError as error:
        return Policy(), (f"the policy could not be read, so the defaults apply in mode observe: {error}",)
    if policy is None:
        return Policy(), (f"{service} has no policy, so the defaults apply in mode observe",)
    return policy, ()


def _record(
    turn: _Turn,
    watch: Watch,
    verdict: Verdict,
    decision: Decision,
    deployment: Deployment | None,
    action: Action | None = None,
    sight: Sight | None = None,
) -> DecisionRecord:
    conflicts = deployment.conflicts if deployment else ()
    held = hold.answer(watch, decision, turn.now, turn.ports)
    record = write_record(
        watch, turn.trigger, turn.now, turn.policy, verdict, decision, deployment=deployment, action=action,
        notes=(
            *turn.notes, *conflicts, *(sight.notes if sight else ()), *(bake.drift(action) if action else ()), *held,
        ),
        pause=turn.pause, order=turn.order, reference=sight.reference if sight else None,
        minutes=sight.minutes if sight else (), open_minutes=sight.open_minutes if sight else (),
    )  # fmt: skip
    turn.ports.ledger.write(record)
    turn.ports.journal.note(record)
    telling.tell(watch, record, deployment, turn.ports)
    return record
