"""The decision table, cell by cell."""

from collections.abc import Callable
from itertools import product

import pytest

from guardian.decide import ActionKind, Decision, DecisionKind, decide, table
from guardian.model import Finding, Mode, Phase, Scope, Verdict

FAIL, STOP, SWAP = ActionKind.FAIL_HOOK, ActionKind.STOP_DEPLOYMENT, ActionKind.SWAP_LISTENER
PROCEED, WAIT, NOTIFY = DecisionKind.PROCEED, DecisionKind.WAIT, DecisionKind.NOTIFY
ROLL_BACK, ESCALATE = DecisionKind.ROLL_BACK, DecisionKind.ESCALATE

# What a diverged green means: phase, scope, decision in mode enforce, its action, a word of its reason.
CONVICTED = [
    (Phase.PREPARING, Scope.COLOUR, ROLL_BACK, FAIL, "no user has seen green"),
    (Phase.PREPARING, Scope.SHARED, ESCALATE, None, "cannot be split by colour"),
    (Phase.TESTING, Scope.COLOUR, ROLL_BACK, FAIL, "no user has seen green"),
    (Phase.TESTING, Scope.SHARED, ESCALATE, None, "cannot be split by colour"),
    (Phase.SHIFTING, Scope.COLOUR, ROLL_BACK, STOP, "loses no data"),
    (Phase.SHIFTING, Scope.SHARED, ROLL_BACK, STOP, "loses no data"),
    (Phase.BAKING, Scope.COLOUR, ROLL_BACK, STOP, "timer that deletes blue"),
    (Phase.BAKING, Scope.SHARED, ESCALATE, None, "cannot be split by colour"),
    (Phase.STANDBY, Scope.COLOUR, ROLL_BACK, SWAP, "blue can carry the traffic"),
    (Phase.STANDBY, Scope.SHARED, ESCALATE, None, "cannot be split by colour"),
    (Phase.RETIRED, Scope.COLOUR, ESCALATE, None, "deploy the previous revision"),
    (Phase.RETIRED, Scope.SHARED, ESCALATE, None, "deploy the previous revision"),
    (Phase.CONTRACTED, Scope.COLOUR, ESCALATE, None, "snapshot runbook"),
    (Phase.CONTRACTED, Scope.SHARED, ESCALATE, None, "snapshot runbook"),
    (Phase.CLOSED, Scope.COLOUR, PROCEED, None, "over"),
    (Phase.CLOSED, Scope.SHARED, PROCEED, None, "over"),
]
# What any other finding means in every phase: finding, then the decision in modes enforce, notify, observe.
OTHERWISE = [
    (Finding.HEALTHY, PROCEED, PROCEED, PROCEED),
    (Finding.INVESTIGATE, NOTIFY, NOTIFY, PROCEED),
    (Finding.INCONCLUSIVE, WAIT, WAIT, WAIT),
    (Finding.NO_DATA, WAIT, WAIT, WAIT),
]
DIVERGED_IDS = [f"{phase}-{scope}" for phase, scope, *_ in CONVICTED]


@pytest.mark.parametrize(("phase", "scope", "kind", "action", "reason"), CONVICTED, ids=DIVERGED_IDS)
def test_diverged_in_mode_enforce(
    a_verdict: Callable[..., Verdict],
    phase: Phase,
    scope: Scope,
    kind: DecisionKind,
    action: ActionKind | None,
    reason: str,
) -> None:
    """A diverged green is answered as its phase and scope allow, with the reason that belongs to it."""
    decision = decide(phase, a_verdict(Finding.DIVERGED, scope), Mode.ENFORCE)
    assert (decision.kind, decision.action, decision.would) == (kind, action, None)
    assert reason in decision.why


@pytest.mark.parametrize(("mode", "quiet"), [(Mode.NOTIFY, NOTIFY), (Mode.OBSERVE, PROCEED)], ids=str)
@pytest.mark.parametrize(("phase", "scope", "kind", "action", "reason"), CONVICTED, ids=DIVERGED_IDS)
def test_diverged_in_a_quieter_mode(
    a_verdict: Callable[..., Verdict],
    phase: Phase,
    scope: Scope,
    kind: DecisionKind,
    action: ActionKind | None,
    reason: str,
    mode: Mode,
    quiet: DecisionKind,
) -> None:
    """A quieter mode never changes production and says what enforce would have decided."""
    decision = decide(phase, a_verdict(Finding.DIVERGED, scope), mode)
    assert decision.action is None
    assert reason in decision.why
    if kind is PROCEED:
        assert (decision.kind, decision.would) == (PROCEED, None)
    else:
        assert (decision.kind, decision.would) == (quiet, kind)
        assert f"mode {mode}" in decision.why
    assert action is None or decision.would is ROLL_BACK


@pytest.mark.parametrize("scope", Scope, ids=str)
@pytest.mark.parametrize("phase", Phase, ids=str)
@pytest.mark.parametrize(
    ("finding", "enforce", "notify", "observe"), OTHERWISE, ids=[row[0] for row in OTHERWISE]
)
def test_every_other_finding(
    a_verdict: Callable[..., Verdict],
    phase: Phase,
    scope: Scope,
    finding: Finding,
    enforce: DecisionKind,
    notify: DecisionKind,
    observe: DecisionKind,
) -> None:
    """Any finding short of diverged means the same in every phase and scope and never changes production."""
    decided = {mode: decide(phase, a_verdict(finding, scope), mode) for mode in Mode}
    assert [decided[mode].kind for mode in (Mode.ENFORCE, Mode.NOTIFY, Mode.OBSERVE)] == [
        enforce,
        notify,
        observe,
    ]
    assert all(decision.action is None for decision in decided.values())


def test_what_was_held_back_is_said_only_when_it_differs(a_verdict: Callable[..., Verdict]) -> None:
    """A finding to investigate is told in mode notify as it would be in enforce, and only logged in observe."""
    verdict = a_verdict(Finding.INVESTIGATE)
    assert decide(Phase.SHIFTING, verdict, Mode.NOTIFY).would is None
    assert decide(Phase.SHIFTING, verdict, Mode.OBSERVE).would is NOTIFY


def test_every_cell_of_the_table_is_listed_here() -> None:
    """The tests above cover each phase with each scope and each finding, so a new word needs a new row."""
    assert {(phase, scope) for phase, scope, *_ in CONVICTED} == set(product(Phase, Scope))
    assert {row[0] for row in OTHERWISE} | {Finding.DIVERGED} == set(Finding)


def test_production_is_changed_only_by_a_rollback(a_verdict: Callable[..., Verdict]) -> None:
    """Over the whole table an action comes only with `roll_back`, only when diverged and only in mode enforce."""
    for phase, scope, finding, mode in product(Phase, Scope, Finding, Mode):
        decision = decide(phase, a_verdict(finding, scope), mode)
        acts = decision.kind is ROLL_BACK
        assert (decision.action is not None) is acts
        assert not acts or (finding is Finding.DIVERGED and mode is Mode.ENFORCE)


def test_the_printed_table_is_the_table_that_decides(a_verdict: Callable[..., Verdict]) -> None:
    """`table` yields one row for each ruling, with the decision, action and reason that `decide` gives for it."""

    def row(title: str, decision: Decision) -> tuple[str, str, str, str]:
        return title, decision.kind, decision.action or "", decision.why

    expected = [
        row(
            f"diverged, {phase}, {scope} signal",
            decide(phase, a_verdict(Finding.DIVERGED, scope), Mode.ENFORCE),
        )
        for phase, scope, *_ in CONVICTED
    ] + [
        row(f"{finding}, any phase", decide(Phase.SHIFTING, a_verdict(finding), Mode.ENFORCE))
        for finding, *_ in OTHERWISE
    ]
    assert sorted(table()) == sorted(expected)
