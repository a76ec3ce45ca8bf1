"""What a person's order to roll back amounts to: the decision table's word on it. Pure."""

from dataclasses import dataclass

from guardian.decide import ActionKind, Decision, DecisionKind, decide
from guardian.model import Deployment, Finding, Mode, Order, Pause, Reach, Verdict

SIGNAL = "order"
"""What stands in a record where otherwise the signal is named that carried the decision."""


@dataclass(frozen=True)
class Answer:
    """What becomes of an order.

    Attributes:
        verdict: The order as the reason for what is decided; nothing is judged.
        decision: The table's decision.
        notes: What a reader must know about it, as sentences.
    """

    verdict: Verdict
    decision: Decision
    notes: tuple[str, ...] = ()


def answered(
    order: Order,
    deployment: Deployment,
    reach: Reach | None,
    pause: Pause | None = None,
    *,
    hook: bool = False,
) -> Answer:
    """Return what is to be done about an order that holds.

    The policy's mode does not quieten it, and a pause does not hold it back: a person says it now. The table's
    refusals stand, and so does the installation's reach.

    Args:
        order: The order.
        deployment: With its phase as the facts have it.
        reach: What the installation may act on; None when nobody knows.
        pause: A pause that holds meanwhile.
        hook: Whether CodeDeploy waits for the answer of a hook.
    """
    verdict = Verdict(
        finding=Finding.DIVERGED,
        signal=SIGNAL,
        sentence=f"{order.by} ordered the rollback: {order.why.removesuffix('.')}",
    )
    decision = decide(deployment.phase, verdict, Mode.ENFORCE)
    if decision.action is not None and reach is not None and not reach.names(deployment.service):
        decision = Decision(
            kind=DecisionKind.NOTIFY,
            would=decision.kind,
            why=f"this installation does not name {deployment.service}: add its deployment group's ARN to the "
            "stack's parameter GuardedDeploymentGroups",
        )
    later = _by_the_next_hook(order) if decision.action is ActionKind.FAIL_HOOK and not hook else ""
    added = later or ("" if decision.action else decision.why)
    sentence = f"{verdict.sentence}; {added}" if added else verdict.sentence
    return Answer(verdict.model_copy(update={"sentence": sentence}), decision, _notes(pause))


def spends(decision: Decision, *, acted: bool) -> bool:
    """Tell whether an order is spent: the change was begun, or the answer is that there will be none.

    One that only a hook can carry out stands until that hook has failed the deployment, or until it no longer holds:
    CodeDeploy calls a hook again that died before its answer.
    """
    return acted or decision.kind is not DecisionKind.ROLL_BACK


def _by_the_next_hook(order: Order) -> str:
    return f"the next hook that CodeDeploy calls before {order.until:%H:%M} UTC fails"


def _notes(pause: Pause | None) -> tuple[str, ...]:
    if pause is None:
        return ()
    wish = "close of the watch" if pause.closes else f"pause until {pause.until:%Y-%m-%d %H:%M}"
    return (f"the {wish} by {pause.by} ({pause.why}) does not hold the order back",)
