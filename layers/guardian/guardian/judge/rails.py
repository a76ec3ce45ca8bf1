"""Guard rails: what needs no budget, since a healthy green touches it for so long with negligible chance."""

import math

from guardian.judge.minutes import attempts, log_latency, requests
from guardian.judge.state import JudgeState, Rails
from guardian.model import Colour, Minute
from guardian.policy import Policy

GROSS_LATENCY = math.log(2.5)
"""Log ratio of medians that is gross: beyond a cold start after its first minute and beyond two minutes of a burst."""
GROSS_ALONE = math.log(4.5)
"""The same against history, where an incident of the whole system looks like green's."""
GROSS_ERRORS = 0.25
"""Share of green's requests that fail, which is gross when it is also three times blue's."""
GROSS_ERRORS_ALONE = 0.15
"""The same while green has all the traffic, where it must last longer."""
GROSS_MINUTES, BURSTY_MINUTES, ALONE_MINUTES, FAILING_ALONE_MINUTES = 2, 3, 5, 3
"""Minutes in a row that are needed: with a calm blue beside green, with a bursty one, and with history only."""
SILENT_MINUTES, ABSENT_MINUTES = 2, 3
"""Silent minutes that are needed when green reports that it answered nothing, and when it reports nothing at all."""
ANSWERING = 0.5
"""Share of the due requests that a green without healthy targets must answer to count as alive all the same."""
FOLLOWING = 0.05
"""Part of the way by which the usual traffic follows each minute: about twenty minutes of memory."""
QUIETER = 0.5
"""Part of the least traffic of three minutes in blue's history that counts as lost, whatever the policy's limit."""
LOST_ERRORS = 3.0
"""Standard errors (Poisson) by which the traffic must also be under its limit."""


def touched(state: JudgeState, row: Minute, policy: Policy, *, settled: bool) -> Rails:
    """Return the guard rails after one more minute; `state` already knows the shift up to this minute."""
    rails = state.rails.model_copy(update={
        "sick": _run(state.rails.sick, _sick(state, row, settled=settled)),
        "slow": _run(state.rails.slow, _slow(state, row, policy)),
        "failing": _run(state.rails.failing, _failing(row, policy)),
    })  # fmt: skip
    return _missed(rails, state, row, policy) if settled else rails


def _missed(rails: Rails, state: JudgeState, row: Minute, policy: Policy) -> Rails:
    """Return the rails that speak of what is missing, after a minute that CloudWatch no longer revises."""
    due, silent = _silence(state, row, policy)
    lost, total = _lost(state, row, policy)
    usual = rails.usual or state.reference.requests or total or 0.0
    follow = FOLLOWING * (total - usual) if total is not None and not lost else 0.0
    quiet = {"silent": 0, "absent": 0, "due": 0.0} if silent is False else {}
    silence = {
        "silent": rails.silent + 1,
        "absent": rails.absent + (row.green is None),
        "due": round(rails.due + due, 3),
    }
    return rails.model_copy(update={
        **(silence if silent else quiet),
        "lost": _run(rails.lost, lost),
        "lost_total": rails.lost_total if lost is None else round(rails.lost_total + (total or 0), 3) * lost,
        "total": round(rails.total if total is None else total, 3),
        "usual": round(usual + follow, 3),
    })  # fmt: skip


def _run(length: int, touch: bool | None) -> int:
    """Return the length of a run of minutes; a minute that says nothing neither prolongs nor ends it."""
    return length if touch is None else length + 1 if touch else 0


def _sick(state: JudgeState, row: Minute, *, settled: bool) -> bool | None:
    """Tell whether green has no healthy target and hardly answers; None when one of the two is not known.

    Health checks of an all-at-once shift begin only with the traffic, and a load balancer without any healthy target
    sends traffic to all: a green that answers is not dead, whatever its health checks say.
    """
    if row.green is None or row.green.healthy_hosts is None or row.green.requests is None:
        return None
    enough = ANSWERING * requests_due(state, row) if settled else 0.0
    return row.green.healthy_hosts == 0 and row.green.requests <= enough


def _silence(state: JudgeState, row: Minute, policy: Policy) -> tuple[float, bool | None]:
    """Return (requests due to green, whether it was silent; None when too little was due to tell)."""
    if row.green is not None and row.green.requests is None:
        return 0.0, None
    if requests(row.green) > 0:
        return 0.0, False
    due = requests_due(state, row)
    return due, True if due >= policy.traffic.silent_due else None


def requests_due(state: JudgeState, row: Minute) -> float:
    """Return how many requests green was owed in this minute; in the minute of a step by the weight before it."""
    refused = (row.green.connection_errors or 0.0) if row.green else 0.0
    weight = min(row.weight, state.rows[-1].weight if state.rows else 0.0)
    if row.weight >= 1:
        # Without blue's traffic beside it, silence counts only if the group still reports something.
        return state.rails.usual * weight if row.green is not None else 0.0
    return max(requests(row.blue) * weight / (1 - weight), refused)


def _slow(state: JudgeState, row: Minute, policy: Policy) -> bool | None:
    value, blue = log_latency(row.green, "p50"), log_latency(row.blue, "p50")
    habit = state.reference.latency.get("p50")
    if value is None or requests(row.green) < policy.latency.min_requests:
        return None
    if habit is None:
        return None
    chance = 2 * math.sqrt(habit.per_request / requests(row.green))
    if blue is not None and requests(row.blue) >= policy.latency.min_requests:
        return value - blue > GROSS_LATENCY + chance
    return value - habit.level > GROSS_ALONE + chance + 2 * habit.wander


def _failing(row: Minute, policy: Policy) -> bool | None:
    """Tell whether green fails grossly; a count that is not known adds nothing."""
    if row.green is None or row.green.requests is None or (row.blue and row.blue.requests is None):
        return None
    sent, sent_blue = attempts(row.green), attempts(row.blue)
    if sent < policy.latency.min_requests:
        return None
    rate = _failed(row.green) / sent
    if sent_blue < policy.latency.min_requests:
        return rate > GROSS_ERRORS_ALONE and row.weight >= 1
    return rate > GROSS_ERRORS and rate > 3 * _failed(row.blue) / sent_blue


def _failed(colour: Colour | None) -> float:
    return (colour.errors_5xx or 0.0) + (colour.connection_errors or 0.0) if colour else 0.0


def _lost(state: JudgeState, row: Minute, policy: Policy) -> tuple[bool | None, float | None]:
    """Return (whether the traffic was far under the usual, requests of both colours); None when it is not known."""
    half = (row.blue is None and row.weight < 1) or (row.green is None and row.weight > 0)
    if half or any(colour is not None and colour.requests is None for colour in (row.blue, row.green)):
        return None, None
    total = attempts(row.blue) + attempts(row.green)
    return total < lost_below(state, policy), total


def usual_traffic(state: JudgeState) -> float:
    """Return the requests a minute that both colours should get together: the lesser of before and of lately."""
    return min(state.rails.usual or state.reference.requests, state.reference.requests)


def lost_below(state: JudgeState, policy: Policy) -> float:
    """Return the requests a minute of both colours below which traffic is lost.

    It is never more than half of the least that blue itself got for three minutes: some are often almost idle.
    """
    return min(policy.traffic.lost_limit * usual_traffic(state), QUIETER * state.reference.quietest)


def traffic_is_lost(state: JudgeState, policy: Policy) -> bool:
    """Tell whether traffic has been lost for long enough, and by more than chance."""
    minutes = state.rails.lost
    due = lost_below(state, policy) * minutes
    return minutes >= policy.traffic.lost_minutes and state.rails.lost_total < due - LOST_ERRORS * math.sqrt(
        due
    )


def is_silent(state: JudgeState) -> bool:
    """Tell whether green has answered nothing for long enough, although requests were due."""
    rails = state.rails
    return rails.silent - rails.absent >= SILENT_MINUTES or rails.silent >= ABSENT_MINUTES


def grossly_slow(state: JudgeState) -> bool:
    """Tell whether green has been grossly slow for long enough."""
    habit = state.reference.latency.get("p50")
    beside = BURSTY_MINUTES if habit is not None and habit.burst else GROSS_MINUTES
    return state.rails.slow >= (ALONE_MINUTES if _alone(state) else beside)


def grossly_failing(state: JudgeState) -> bool:
    """Tell whether green has been failing grossly for long enough."""
    return state.rails.failing >= (FAILING_ALONE_MINUTES if _alone(state) else GROSS_MINUTES)


def _alone(state: JudgeState) -> bool:
    row = state.rows[-1]
    return row.weight >= 1 or requests(row.blue) <= 0
