"""Fold one minute in: every signal bets, the guard rails are touched or left, the state stays as small as it was."""

from guardian.judge.bets import Bet
from guardian.judge.custom import bet_on_custom
from guardian.judge.errors import KINDS, bet_on_errors
from guardian.judge.latency import bet_on_latency
from guardian.judge.minutes import LATENCY_FIELDS, requests
from guardian.judge.protections import ALL, Protections
from guardian.judge.rails import touched
from guardian.judge.ratios import bet_on_cpu, bet_on_share, line_after
from guardian.judge.state import KEPT_MINUTES, JudgeState
from guardian.model import Minute
from guardian.policy import Policy


def step(
    state: JudgeState, minute: Minute, policy: Policy, on: Protections = ALL, *, settled: bool = True
) -> JudgeState:
    """Return the state after one more minute; a minute that was folded before, or an older one, changes nothing.

    Args:
        state: The fold so far.
        minute: The next minute. Minutes may be missing between.
        policy: The service's tolerances.
        on: The protections; all of them outside ablations.
        settled: Whether CloudWatch has stopped revising the minute. From one that it may still revise only what
            lies in proportions is taken, never that something is absent or little.
    """
    if state.rows and minute.minute <= state.rows[-1].minute:
        return state
    began = state.model_copy(update={"shift": state.shift.after(minute)})
    after: dict[str, object] = {
        "rows": (*state.rows, minute)[-KEPT_MINUTES:],
        "shift": began.shift,
        "cpu": line_after(state.cpu, minute) if settled else state.cpu,
        "largest": max(state.largest, requests(minute.blue)),
    }
    if minute.weight > 0:
        bets, skipped = _bets(began, minute, policy, on, settled=settled)
        after |= {
            "bets": {**state.bets, **bets},
            "skipped": skipped,
            "rails": touched(began, minute, policy, settled=settled),
        }
    return state.model_copy(update=after)


def _bets(
    state: JudgeState, row: Minute, policy: Policy, on: Protections, *, settled: bool
) -> tuple[dict[str, Bet], dict[str, str]]:
    """Return (the bets that this minute changed, why it was left out of the others)."""
    tolerances = {"errors_5xx": policy.errors.tolerance, "connection_errors": policy.errors.tolerance}
    found: dict[str, Bet | None] = {}
    skipped: dict[str, str] = {}
    for kind in KINDS:
        tolerated = tolerances.get(kind.signal, policy.errors.client_tolerance)
        found[kind.signal] = bet_on_errors(kind, state, row, tolerated, on)
    for name in LATENCY_FIELDS:
        found[f"latency_{name}"], skipped[f"latency_{name}"] = bet_on_latency(name, state, row, policy, on)
    found["cpu"], skipped["cpu"] = bet_on_cpu(state, row, policy, on, settled=settled)
    if settled:
        found["request_share"] = bet_on_share(state, row, policy, on)
    for metric in policy.custom:
        found[metric.name], skipped[metric.name] = bet_on_custom(metric, state, row, on)
    return {name: bet for name, bet in found.items() if bet}, {
        name: why for name, why in skipped.items() if why
    }
