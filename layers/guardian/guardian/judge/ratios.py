"""Ratios: green's share of the requests, and CPU for the same requests."""

import math

from guardian.judge.bets import Bet, mass_due, placed
from guardian.judge.likelihoods import capped, shift_gains, split_gains
from guardian.judge.minutes import CpuPoint, SharePoint, attempts, requests
from guardian.judge.protections import Protections
from guardian.judge.state import JudgeState, Line
from guardian.model import Minute
from guardian.policy import Policy

CAP, CPU_CAP = 5.0, 4.0
"""Nats that one minute may add: of the share, and of CPU, which has spikes of its own."""
SHARE_SAMPLE = 400.0
"""Requests of a minute that count at most for green's share: routing is not as random as coins."""
SHARES = (0.55, 0.3, 0.1, 0.02)
"""Green's share over its weight that is bet on."""
CPU_SHIFTS = tuple(math.log(ratio) for ratio in (1.35, 1.6, 2.0, 3.0))
"""Log ratios of CPU that are bet on."""
CPU_FROM = 4
"""First minute of green's traffic from which CPU is judged: compilers and caches warm up before."""
CPU_NOISE = 0.04
"""Noise of a minute's CPU on the log scale that is assumed at least."""
LARGEST_LOAD = 1.25
"""Requests a minute on green, over the most that blue ever carried, up to which CPU is judged."""


def bet_on_share(state: JudgeState, row: Minute, policy: Policy, on: Protections) -> Bet | None:
    """Return the bet on green's share after one more minute; None in the minute of a weight step and at 0 and 100 %.

    Steps do not fall on minute boundaries. One that was noticed late gives green more than it was owed, never less, so
    that only the minute in which the weight is seen to grow must be left out.
    """
    before = state.rows[-1] if state.rows else None
    if (
        before is None
        or before.minute != row.minute - 1
        or before.weight != row.weight
        or not 0 < row.weight < 1
    ):
        return None
    if not all(colour and colour.requests is not None for colour in (row.green, row.blue)):
        return None
    green, blue = attempts(row.green), attempts(row.blue)
    if green + blue <= 0:
        return None
    part = min(1.0, SHARE_SAMPLE / (green + blue))
    odds = row.weight / (1 - row.weight)
    gains = split_gains(green * part, blue * part, odds, policy.traffic.share_tolerance, SHARES)
    due = mass_due(row.minute, state.shift.steps)
    cap = CAP if on.minute_cap else 50.0
    point = SharePoint(row.minute, green, row.weight * (green + blue), blue)
    return placed(state.bets.get("request_share", Bet()), due, capped(gains, cap), point)


def bet_on_cpu(
    state: JudgeState, row: Minute, policy: Policy, on: Protections, *, settled: bool
) -> tuple[Bet | None, str]:
    """Return (bet on CPU after one more minute, why the minute was left out); one of the two is empty."""
    if row.green is None or row.green.cpu is None or row.green.requests is None:
        return None, "CPU is not published per colour"
    began = state.shift.began or 0
    if row.minute < began + CPU_FROM:
        return None, "green warms up"
    sent = requests(row.green)
    # A part of a minute's requests beside the whole of its CPU would look like waste.
    whole = sent if settled else max(sent, row.weight * state.rails.usual)
    expected = state.cpu.at(whole)
    if expected is None or expected[0] <= 0:
        return None, "blue's CPU for so many requests is not known"
    if on.largest_load and sent > LARGEST_LOAD * state.largest:
        return None, f"green had {sent:,.0f} requests, blue never more than {state.largest:,.0f}"
    level, noise = expected
    variance = 2 * (noise / level**2 + CPU_NOISE**2)
    ratio = math.log(max(row.green.cpu, 0.01) / level)
    gains = capped(
        shift_gains(ratio, variance, math.log(policy.cpu.tolerance), CPU_SHIFTS),
        CPU_CAP if on.minute_cap else 50.0,
    )
    due = mass_due(row.minute, state.shift.steps)
    point = CpuPoint(row.minute, ratio, variance, row.green.cpu, level, sent)
    return placed(state.bets.get("cpu", Bet()), due, gains, point), ""


def line_after(line: Line, row: Minute) -> Line:
    """Return blue's line of CPU over requests with one more minute."""
    if row.blue is None or row.blue.cpu is None or not requests(row.blue):
        return line
    return line.with_point(requests(row.blue), row.blue.cpu)
