"""What people are told of a deployment: changes of state, each once. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime, Field

from guardian.actions import Outcome
from guardian.decide import DecisionKind
from guardian.model import Deployment, Finding, Mode, Phase, Service, Value
from guardian.record import DecisionRecord
from guardian.watch import ALL, Channel, Told, Watch


class State(StrEnum):
    """What there is to be told about a deployment."""

    FINE = "fine"
    NOTIFY = "notify"
    ESCALATE = "escalate"
    ROLLING_BACK = "rolling_back"
    REFUSED = "refused"
    FAILED = "failed"
    REVERSED = "reversed"
    ROLLED_BACK = "rolled_back"
    RELEASED = "released"
    CLOSED = "closed"


class Notice(Value):
    """A change of state, as it is told; the detail of the event `Guardian Decision`.

    Attributes:
        id: The same however often the notice is sent.
        at: When the turn was taken.
        since: When Guardian first saw the deployment.
        state: What is told.
        over: Whether Guardian no longer watches the deployment.
        sentence: What happened and why, as the record has it.
        why: The reason that the decision table gives.
        decision: What Guardian does.
        would: What it would do in mode `enforce`, or were it not paused.
        verdict: What the signals say together.
        signal: The signal that carries the verdict.
        outcome: What came of the change of production so far; None where none was asked for.
        deployment_id: Which deployment.
        service: Whose.
        mode: The policy's mode.
        phase: Where the deployment stands; None when it could not be read.
        status: CodeDeploy's own word for that.
        weight: Green's share of production traffic when it was decided, 0 to 1.
        minute: Minutes since green first had traffic.
        green_requests: Requests that green has answered, as far as CloudWatch has counted them.
        record: Id of the decision record.
        notes: What else a reader must know, as the record has it.
        report: The command that makes the report.
        explain: The command that tells the story.
        log: Address of the deployment's log lines in the console.
    """

    schema_: Literal["guardian.notice/1"] = Field("guardian.notice/1", alias="schema")
    id: str
    at: AwareDatetime
    since: AwareDatetime
    state: State
    over: bool
    sentence: str
    why: str
    decision: DecisionKind
    would: DecisionKind | None = None
    verdict: Finding
    signal: str | None = None
    outcome: Outcome | None = None
    deployment_id: str
    service: Service
    mode: Mode
    phase: Phase | None = None
    status: str | None = None
    weight: float
    minute: int | None = None
    green_requests: float = 0.0
    record: str
    notes: tuple[str, ...] = ()
    report: str = ""
    explain: str = ""
    log: str = ""

    @property
    def key(self) -> str:
        """What counts as the same state: looks and calls for a person differ by their signal, all else by itself."""
        if self.state in _UNSETTLED:
            return " ".join(filter(None, (self.state, self.would, self.signal)))
        return self.state


_UNSETTLED = frozenset({State.NOTIFY, State.ESCALATE})
"""States from which a deployment can return to fine."""

_OUTCOMES: Mapping[Outcome | None, State] = {
    None: State.ROLLING_BACK,
    Outcome.UNVERIFIED: State.ROLLING_BACK,
    Outcome.DONE: State.ROLLED_BACK,
    Outcome.ALREADY_DONE: State.ROLLED_BACK,
    Outcome.REFUSED: State.REFUSED,
    Outcome.FAILED: State.FAILED,
    Outcome.REVERSED: State.REVERSED,
}

_DECISIONS: Mapping[DecisionKind, State] = {
    DecisionKind.NOTIFY: State.NOTIFY,
    DecisionKind.ESCALATE: State.ESCALATE,
    DecisionKind.ROLL_BACK: State.ROLLING_BACK,
}
"""Decisions that are told. A roll-back without an action is that of a hook, which answers Failed."""


def notice_of(watch: Watch, record: DecisionRecord, deployment: Deployment | None) -> Notice | None:
    """Return what a turn has to tell, whether or not it was told before; None for a turn that tells nothing.

    Args:
        watch: As the turn left it.
        record: What the turn decided.
        deployment: As its controller described it.
    """
    state = _state(watch, record, deployment)
    if state is None:
        return None
    action = record.actions[0] if record.actions else None
    notice = Notice(
        id="", at=record.at, since=watch.opened_at, state=state, over=watch.closed is not None,
        sentence=record.sentence, why=record.why, decision=record.decision, would=record.would,
        verdict=record.verdict, signal=record.signal, outcome=action.outcome if action else None,
        deployment_id=record.deployment_id, service=record.service, mode=record.mode, phase=record.phase,
        status=record.status, weight=action.weight if action else record.weight, minute=record.minute,
        green_requests=record.green_requests, record=record.id, notes=record.notes,
    )  # fmt: skip
    count = watch.told.count if watch.told else 0
    number = count if _is_last(watch.told, notice) else count + 1
    return notice.model_copy(update={"id": f"{record.deployment_id}/{number}/{state}"})


def channels_for(told: Told | None, notice: Notice) -> tuple[Channel, ...]:
    """Return on which channels it is still to be told."""
    if told is None or notice.key not in told.states:
        return tuple(Channel)
    return told.missing if _is_last(told, notice) else ()


def after(told: Told | None, notice: Notice, missing: tuple[Channel, ...]) -> Told:
    """Return what has been told once a notice was sent, all but for the channels that are missing."""
    before = told or Told(states=(), count=0)
    if _is_last(told, notice):
        return before.model_copy(update={"missing": missing})
    # A return to fine begins anew; it is itself over with whatever comes next.
    kept = () if notice.state is State.FINE else tuple(one for one in before.states if one != State.FINE)
    return Told(states=(*kept, notice.key), count=before.count + 1, missing=missing)


def _is_last(told: Told | None, notice: Notice) -> bool:
    return told is not None and told.states[-1:] == (notice.key,)


def _state(watch: Watch, record: DecisionRecord, deployment: Deployment | None) -> State | None:
    if watch.closed is not None:
        return _end(watch, record, deployment) if watch.owed_since else None
    if record.actions:
        return _OUTCOMES[record.actions[0].outcome]
    if record.decision in _DECISIONS:
        return _DECISIONS[record.decision]
    fine = record.verdict is Finding.HEALTHY
    return State.FINE if fine and watch.told is not None and _unsettled(watch.told) else None


def _unsettled(told: Told) -> bool:
    """Tell whether something was told that a return to fine takes back, or whether that return is still missing."""
    return any(one.partition(" ")[0] in _UNSETTLED for one in told.states) or told.states == (State.FINE,)


def _end(watch: Watch, record: DecisionRecord, deployment: Deployment | None) -> State:
    """Return how it ended: by Guardian's own action, or by what CodeDeploy says."""
    if record.actions:
        return _OUTCOMES[record.actions[0].outcome]
    if record.pause is not None or deployment is None or deployment.ended is None:
        return State.CLOSED
    if deployment.phase is Phase.CLOSED:
        # Nobody moves traffic back that green never had.
        undone = deployment.rollback_id is not None or watch.origin is None
        return State.ROLLED_BACK if undone else State.CLOSED
    whole = (
        deployment.weight >= ALL and deployment.successor is None
    )  # its bake is over, no other release cut it short
    return State.RELEASED if whole else State.CLOSED
