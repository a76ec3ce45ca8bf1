"""From verdict to decision: one table, tested cell by cell and printed for the documentation from here."""

from collections.abc import Iterator, Mapping
from enum import StrEnum

from guardian.model import Finding, Mode, Phase, Scope, Value, Verdict


class DecisionKind(StrEnum):
    """What Guardian does after a turn."""

    PROCEED = "proceed"
    WAIT = "wait"
    NOTIFY = "notify"
    ROLL_BACK = "roll_back"
    ESCALATE = "escalate"


class ActionKind(StrEnum):
    """A change of production that Guardian can ask for."""

    FAIL_HOOK = "fail_hook"
    STOP_DEPLOYMENT = "stop_deployment"
    SWAP_LISTENER = "swap_listener"


class Ruling(Value):
    """One cell of the table."""

    kind: DecisionKind
    action: ActionKind | None = None
    why: str


class Decision(Value):
    """What was decided in one turn.

    Attributes:
        kind: What happens.
        action: The change of production to make; None for none.
        would: What mode `enforce` would have decided; None when the mode made no difference.
        why: The table's reason.
    """

    kind: DecisionKind
    action: ActionKind | None = None
    would: DecisionKind | None = None
    why: str


_FAIL_HOOK = Ruling(
    kind=DecisionKind.ROLL_BACK, action=ActionKind.FAIL_HOOK,
    why="the controller undoes its own work; no user has seen green",
)  # fmt: skip
_STOP = Ruling(
    kind=DecisionKind.ROLL_BACK, action=ActionKind.STOP_DEPLOYMENT,
    why="stopping the deployment with rollback takes seconds and loses no data",
)  # fmt: skip
_STOP_IN_WAIT = Ruling(
    kind=DecisionKind.ROLL_BACK, action=ActionKind.STOP_DEPLOYMENT,
    why="the controller is still open; a listener swap would not stop the timer that deletes blue",
)  # fmt: skip
_SWAP = Ruling(
    kind=DecisionKind.ROLL_BACK, action=ActionKind.SWAP_LISTENER,
    why="no controller is open and blue can carry the traffic: the listener gives blue all of it, green keeps running",
)  # fmt: skip
_SHARED_LATER = Ruling(
    kind=DecisionKind.ESCALATE,
    why="a shared signal cannot be split by colour, and outside the shift green is not the only thing that changed",
)  # fmt: skip
_BLUE_GONE = Ruling(
    kind=DecisionKind.ESCALATE,
    why="blue no longer runs: sending it traffic would be an outage; deploy the previous revision",
)  # fmt: skip
_CONTRACTED = Ruling(
    kind=DecisionKind.ESCALATE,
    why="the schema no longer fits blue, which would crash on it; follow the snapshot runbook",
)  # fmt: skip
_OVER = Ruling(kind=DecisionKind.PROCEED, why="the deployment is over")

DIVERGED: Mapping[tuple[Phase, Scope], Ruling] = {
    (Phase.PREPARING, Scope.COLOUR): _FAIL_HOOK,
    (Phase.PREPARING, Scope.SHARED): _SHARED_LATER,
    (Phase.TESTING, Scope.COLOUR): _FAIL_HOOK,
    (Phase.TESTING, Scope.SHARED): _SHARED_LATER,
    (Phase.SHIFTING, Scope.COLOUR): _STOP,
    (Phase.SHIFTING, Scope.SHARED): _STOP,
    (Phase.BAKING, Scope.COLOUR): _STOP_IN_WAIT,
    (Phase.BAKING, Scope.SHARED): _SHARED_LATER,
    (Phase.STANDBY, Scope.COLOUR): _SWAP,
    (Phase.STANDBY, Scope.SHARED): _SHARED_LATER,
    (Phase.RETIRED, Scope.COLOUR): _BLUE_GONE,
    (Phase.RETIRED, Scope.SHARED): _BLUE_GONE,
    (Phase.CONTRACTED, Scope.COLOUR): _CONTRACTED,
    (Phase.CONTRACTED, Scope.SHARED): _CONTRACTED,
    (Phase.CLOSED, Scope.COLOUR): _OVER,
    (Phase.CLOSED, Scope.SHARED): _OVER,
}
"""What a diverged green means in mode `enforce`, by phase and by whether the signal is green's own."""

OTHERWISE: Mapping[Finding, Ruling] = {
    Finding.HEALTHY: Ruling(kind=DecisionKind.PROCEED, why="green is within the tolerances"),
    Finding.INVESTIGATE: Ruling(kind=DecisionKind.NOTIFY, why="worth a person's look, not worth a rollback"),
    Finding.INCONCLUSIVE: Ruling(kind=DecisionKind.WAIT, why="not enough data yet to tell"),
    Finding.NO_DATA: Ruling(
        kind=DecisionKind.WAIT, why="unknown is neither healthy nor a reason to roll back"
    ),
}
"""What every other verdict means, in every phase."""

QUIETER: Mapping[Mode, DecisionKind | None] = {
    Mode.ENFORCE: None,
    Mode.NOTIFY: DecisionKind.NOTIFY,
    Mode.OBSERVE: DecisionKind.PROCEED,
}
"""What a mode makes of a decision that would act or tell; None leaves it as it is."""

LOUD = frozenset({DecisionKind.NOTIFY, DecisionKind.ROLL_BACK, DecisionKind.ESCALATE})
"""Decisions that a person wants to find; that a turn waits, or has nothing to say, is no news."""


def decide(phase: Phase, verdict: Verdict, mode: Mode) -> Decision:
    """Return the decision for one verdict."""
    diverged = verdict.finding is Finding.DIVERGED
    ruling = DIVERGED[phase, verdict.scope] if diverged else OTHERWISE[verdict.finding]
    quieter = QUIETER[mode]
    if quieter is None or ruling.kind not in LOUD or ruling.kind is quieter:
        return Decision(kind=ruling.kind, action=ruling.action, why=ruling.why)
    return Decision(kind=quieter, would=ruling.kind, why=f"mode {mode}: {ruling.why}")


def table() -> Iterator[tuple[str, str, str, str]]:
    """Yield the table for people: phase and scope, decision, action, reason."""
    for (phase, scope), ruling in DIVERGED.items():
        yield f"diverged, {phase}, {scope} signal", ruling.kind, ruling.action or "", ruling.why
    for finding, ruling in OTHERWISE.items():
        yield f"{finding}, any phase", ruling.kind, "", ruling.why
