"""The decision record: everything one turn saw and decided, with one plain sentence on top."""

from typing import Any, Literal

from pydantic import AwareDatetime, Field

from guardian import __version__
from guardian.actions import Action, Outcome
from guardian.decide import ActionKind, Decision, DecisionKind
from guardian.model import (
    Baseline,
    CompactMinute,
    Deployment,
    Evidence,
    Finding,
    Minute,
    Mode,
    Order,
    Pause,
    Phase,
    Season,
    Service,
    Value,
    Verdict,
)
from guardian.model.words import DIGITS
from guardian.policy import Policy, canonical
from guardian.triggers import Trigger
from guardian.watch import Watch


class DecisionRecord(Value):
    """One turn, written to the log and to the table.

    Attributes:
        id: The deployment's id and the number of the turn.
        at: When the turn was taken.
        sentence: What happened and why.
        decision: What Guardian does.
        would: What it would do in mode `enforce`, when the mode held it back.
        verdict: What the signals say together.
        signal: The signal that carries the verdict.
        phase: Where the deployment stands; None when it could not be read.
        weight: Green's share of production traffic, 0 to 1.
        minute: Minutes since green first had traffic.
        green_requests: Requests that green has answered so far, as far as CloudWatch has counted them.
        window: First and last minute that entered the verdict.
        evidence: One entry per signal.
        pause: The pause that a person asked for, while it holds.
        order: A person's order to roll back, on which this turn decided.
        actions: Changes of production and what came of them.
        notes: What else a reader must know: disagreements, missing policy, incomplete metrics.
        reference: The earlier days, kept in the table for their hour, whose habits the judge took on before it folded
            in the minutes of this turn; None when it kept those it had.
        minutes: The minutes that have become final; folded in over all records they make the judge's state.
        open_minutes: The newer minutes as this turn saw them; the verdict is that of the state with these on top.
    """

    schema_: Literal["guardian.decision/1"] = Field("guardian.decision/1", alias="schema")
    id: str
    at: AwareDatetime
    sentence: str
    decision: DecisionKind
    would: DecisionKind | None = None
    why: str
    verdict: Finding
    signal: str | None = None
    deployment_id: str
    service: Service
    phase: Phase | None = None
    status: str | None = None
    strategy: str | None = None
    weight: float = 0.0
    minute: int | None = None
    green_requests: float = 0.0
    baseline: Baseline = Baseline.CONCURRENT
    window: tuple[int, int] | None = None
    mode: Mode
    policy_digest: str
    trigger: Trigger
    evidence: tuple[Evidence, ...] = ()
    pause: Pause | None = None
    order: Order | None = None
    actions: tuple[Action, ...] = ()
    notes: tuple[str, ...] = ()
    reference: Season | None = None
    minutes: tuple[CompactMinute, ...] = ()
    open_minutes: tuple[CompactMinute, ...] = ()
    version: str = __version__

    def to_json(self) -> str:
        """Return the record as one line of JSON without the fields that are empty or as they are by default."""
        always = {"schema": self.schema_, "version": self.version}
        told = self.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)
        return canonical(_plain(always | told))


def _plain(node: Any) -> Any:
    """Write whole numbers without a decimal point, others with few decimals: numbers are most of a record."""
    if isinstance(node, dict):
        return {key: _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    if isinstance(node, float):
        return int(node) if node.is_integer() else round(node, DIGITS)
    return node


def write_record(
    watch: Watch,
    trigger: Trigger,
    now: AwareDatetime,
    policy: Policy,
    verdict: Verdict,
    decision: Decision,
    *,
    deployment: Deployment | None,
    action: Action | None = None,
    notes: tuple[str, ...] = (),
    pause: Pause | None = None,
    order: Order | None = None,
    minutes: tuple[Minute, ...] = (),
    open_minutes: tuple[Minute, ...] = (),
    reference: Season | None = None,
) -> DecisionRecord:
    """Put one turn together. Pure."""
    known = deployment.model_dump(include={"phase", "status", "strategy"}) if deployment else {}
    judged = (verdict.first_minute, verdict.last_minute)
    return DecisionRecord(
        id=record_id(watch), at=now, trigger=trigger, deployment_id=watch.deployment_id, service=watch.service,
        sentence=_sentence(watch, verdict, decision, deployment, action, pause, order),
        decision=decision.kind, would=decision.would, why=decision.why,
        verdict=verdict.finding, signal=verdict.signal, baseline=verdict.baseline, evidence=verdict.evidence,
        window=None if None in judged else judged,
        weight=deployment.weight if deployment else 0.0, green_requests=watch.green_answered,
        minute=int((now - watch.origin).total_seconds() // 60) if watch.origin else None,
        mode=policy.mode, policy_digest=policy.digest,
        pause=pause, order=order, actions=(action,) if action else (), notes=notes, reference=reference,
        minutes=minutes, open_minutes=open_minutes,
        **known,
    )  # fmt: skip


def record_id(watch: Watch) -> str:
    """Return the id of the record of the watch's present turn."""
    return f"{watch.deployment_id}-{watch.version:05d}"


def _sentence(
    watch: Watch,
    verdict: Verdict,
    decision: Decision,
    deployment: Deployment | None,
    action: Action | None,
    pause: Pause | None,
    order: Order | None,
) -> str:
    if action is not None:
        return (
            f"{_opening(action)} at {action.weight:.0%}: {verdict.sentence}; {action.detail}; "
            f"at least {watch.green_answered:,.0f} requests reached green."
        )
    if watch.closed is not None:
        return f"{verdict.sentence.removesuffix('.')}."  # CodeDeploy's own words may end with one
    where = f"at {deployment.weight:.0%}" if deployment else "at an unknown weight"
    if decision.would is not None:
        but = f"but {pause.by} paused it" if pause else "in mode enforce"
        if order:
            but = "but this installation does not reach it"
        return f"Would {decision.would.replace('_', ' ')} {where} {but}: {verdict.sentence}."
    return f"{_OPENINGS[decision.kind]} {where}: {verdict.sentence}."


_OPENINGS = {
    DecisionKind.PROCEED: "Fine",
    DecisionKind.WAIT: "Waiting",
    DecisionKind.NOTIFY: "Look at green",
    DecisionKind.ROLL_BACK: "Rolling back",
    DecisionKind.ESCALATE: "A person must act",
}


_REFUSALS = {
    Outcome.REFUSED: "was refused",
    Outcome.FAILED: "failed",
    Outcome.REVERSED: "was reversed",
}


def _opening(action: Action) -> str:
    if action.outcome in (Outcome.DONE, Outcome.ALREADY_DONE):
        return "Rolled back"
    if action.outcome is Outcome.REFUSED and action.kind is ActionKind.STOP_DEPLOYMENT:
        return "The rollback came too late and a person must act; decided"
    if action.outcome in _REFUSALS:
        return f"The rollback {_REFUSALS[action.outcome]} and a person must act; decided"
    return "Rolling back"
