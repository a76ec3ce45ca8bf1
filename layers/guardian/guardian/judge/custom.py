"""The policy's own ratios, such as checkouts completed over checkouts begun."""

import math
from collections.abc import Sequence

from guardian.judge.state import JudgeState, latest, span
from guardian.model import Evidence, Finding, Minute, Role
from guardian.policy import CustomMetric, Policy

WINDOW = 10
"""Settled minutes over which a ratio is taken."""
CUSTOM_SURE = 4.0
"""Standard errors by which a custom ratio must be worse: one-sided chance 0.003 % in one look."""


def custom_evidence(state: JudgeState, policy: Policy) -> tuple[Evidence, ...]:
    """Judge the policy's own ratios, green against blue in the same minutes (two-proportion z test)."""
    rows = latest(state.rows, WINDOW)
    return tuple(_ratio(metric, rows, policy.latency.min_requests) for metric in policy.custom)


def _ratio(metric: CustomMetric, rows: Sequence[Minute], least: int) -> Evidence:
    (x_g, n_g), (x_b, n_b) = (_custom(rows, role, metric.name) for role in (Role.GREEN, Role.BLUE))
    if min(n_g, n_b) < least or (metric.worse == "lower" and not x_b):
        few = f"{metric.name}: fewer than {least} on one side, or none of blue's counted"
        return Evidence(signal=metric.name, finding=Finding.INCONCLUSIVE, sentence=few)
    if x_g > n_g or x_b > n_b:
        over = (
            f"{metric.name}: the numerator is above the denominator, so it is not a share and is not judged"
        )
        return Evidence(signal=metric.name, finding=Finding.INCONCLUSIVE, sentence=over)
    rate_g, rate_b, pooled = x_g / n_g, x_b / n_b, (x_g + x_b) / (n_g + n_b)
    error = math.sqrt(max(pooled * (1 - pooled), 1e-12) * (1 / n_g + 1 / n_b))
    worse = (rate_b - rate_g) if metric.worse == "lower" else (rate_g - rate_b)
    change = f"{rate_g / rate_b - 1:+.0%}" if rate_b else "blue has none"
    beyond = worse > metric.limit * rate_b and worse / error > CUSTOM_SURE
    return Evidence(
        signal=metric.name, finding=Finding.DIVERGED if beyond else Finding.HEALTHY, blue=rate_b, green=rate_g,
        unit="ratio", limit=metric.limit, effect=rate_g / rate_b if rate_b else None, strength=worse / error,
        minutes=len(rows), requests=n_g,
        sentence=(
            f"{metric.name} is {rate_g:.1%} on green against {rate_b:.1%} on blue ({change}, "
            f"limit {metric.limit:.0%} {metric.worse}) over {span(len(rows))}"
        ),
    )  # fmt: skip


def _custom(rows: Sequence[Minute], role: Role, name: str) -> tuple[float, float]:
    sides = [side for row in rows if (side := row.green if role is Role.GREEN else row.blue) is not None]
    pairs = [pair for side in sides if (pair := side.custom.get(name)) is not None and None not in pair]
    return sum(top or 0.0 for top, _ in pairs), sum(bottom or 0.0 for _, bottom in pairs)
