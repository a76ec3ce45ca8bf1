"""From evidence to verdict."""

from collections.abc import Sequence

from guardian.judge.found import error_evidence
from guardian.judge.found_custom import custom_evidence
from guardian.judge.found_levels import cpu_evidence, latency_evidence, share_evidence
from guardian.judge.found_rails import connection_evidence, presence_evidence, traffic_evidence, with_gross
from guardian.judge.minutes import latest
from guardian.judge.state import JudgeState
from guardian.judge.weighing import weighed
from guardian.model import Baseline, Evidence, Finding, Verdict
from guardian.policy import Policy

ESSENTIAL = ("latency_p50", "errors_5xx")
"""Signals that must have had enough data before green may be called healthy."""


def read(state: JudgeState | None, policy: Policy) -> Verdict:
    """Say what all minutes so far amount to.

    Args:
        state: The fold so far; None when no minute could be judged at all.
        policy: The service's limits and its budget.
    """
    rows = latest(state.rows, policy.window.minutes) if state else ()
    if state is None or not rows:
        return Verdict(
            finding=Finding.NO_DATA, sentence="no settled minute of green's production traffic yet"
        )
    if not any(
        colour is not None and colour.requests is not None for colour in (rows[-1].blue, rows[-1].green)
    ):
        sentence = f"CloudWatch has no requests of either colour for minute {rows[-1].minute}"
        return Verdict(finding=Finding.NO_DATA, last_minute=rows[-1].minute, sentence=sentence)
    evidence = evidence_of(state, policy.at(state.shift.weight))
    finding, chosen, sentence = _together(evidence)
    return Verdict(
        finding=finding,
        signal=chosen.signal if chosen else None,
        scope=chosen.scope if chosen else evidence[0].scope,
        baseline=Baseline.HISTORY if state.rows[-1].weight >= 1 else Baseline.CONCURRENT,
        first_minute=rows[0].minute,
        last_minute=rows[-1].minute,
        evidence=evidence,
        sentence=sentence,
    )


def evidence_of(state: JudgeState, policy: Policy) -> tuple[Evidence, ...]:
    """Return what each signal says, those nearest to users first."""
    scale = weighed(state, policy)
    failed, refused, client = error_evidence(state, policy, scale)
    found = (
        presence_evidence(state, policy),
        failed,
        refused,
        *latency_evidence(state, policy, scale),
        traffic_evidence(state, policy),
        connection_evidence(state, policy),
        cpu_evidence(state, policy, scale),
        share_evidence(state, policy, scale),
        client,
        *custom_evidence(state, policy, scale),
    )
    return with_gross(found, state)


def _together(evidence: Sequence[Evidence]) -> tuple[Finding, Evidence | None, str]:
    """The gravest finding wins; among equals the first listed, which is the one nearest to users."""
    for finding in (Finding.DIVERGED, Finding.INVESTIGATE):
        chosen = next((item for item in evidence if item.finding is finding), None)
        if chosen:
            return finding, chosen, chosen.sentence
    essential = [item for item in evidence if item.signal in ESSENTIAL]
    if all(item.finding is Finding.HEALTHY for item in essential):
        return Finding.HEALTHY, None, "; ".join(item.sentence for item in essential)
    waiting = next(item for item in essential if item.finding is not Finding.HEALTHY)
    return Finding.INCONCLUSIVE, waiting, waiting.sentence
