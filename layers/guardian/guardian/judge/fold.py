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
    policy = policy.at(minute.weight)
    began = state.model_copy(update={"shift": state.shift.after(minute)})
    after: dict[str, object] = {
        "rows": (*state.rows, minute)[-KEPT_MINUTES:],
        "shift": began.shift,
        "cpu": line_after(state.cpu, minute) if settled else state.cpu,
        "largest": max(state.largest, requests(minute.blue)),
    }
    if minute.weight > 0:
        after |= _bets(began, minute, policy, on, settled=settled)
        after["rails"] = touched(began, minute, policy, settled=settled)
    return state.model_copy(update=after)


def _bets(
    state: JudgeState, row: Minute, policy: Policy, on: Protections, *, settled: bool
) -> dict[str, object]:
    """Return the fields of the state in which the bets stand, after one more minute."""
    tolerances = {"errors_5xx": policy.errors.tolerance, "connection_errors": policy.errors.tolerance}
    bets: dict[str, Bet | None] = {}
    skipped: dict[str, str] = {}
    cold = dict(state.cold)
    for kind in KINDS:
        tolerated = tolerances.get(kind.signal, policy.errors.client_tolerance)
        bets[kind.signal] = bet_on_errors(kind, state, row, tolerated, on)
    for name in LATENCY_FIELDS:
        found = bet_on_latency(name, state, row, policy, on)
        bets[f"latency_{name}"], skipped[f"latency_{name}"] = found.bet, found.why
        cold |= {name: found.cold} if found.cold else {}
    bets["cpu"], skipped["cpu"] = bet_on_cpu(state, row, policy, on, settled=settled)
    if settled:
        bets["request_share"] = bet_on_share(state, row, policy, on)
    for metric in policy.custom:
        bets[metric.name], skipped[metric.name] = bet_on_custom(metric, state, row, on)
    return {
        "bets": {**state.bets, **{name: bet for name, bet in bets.items() if bet}},
        "skipped": {name: why for name, why in skipped.items() if why},
        "cold": cold,
    }
