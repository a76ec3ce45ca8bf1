"""Expectations by live weight: what a policy asks of the first step and not of later ones."""

from collections.abc import Callable

import pytest

from guardian.model import Finding, Minute, Verdict
from guardian.policy import Policy, parse_policy

Rows = Callable[..., list[Minute]]
Said = Callable[..., list[Verdict]]
STRICT = parse_policy({"steps": [{"up_to": 0.1, "min_errors": 1, "min_rate": 0}]}, "the test")


def diverged(said: list[Verdict]) -> bool:
    """Tell whether green was ever found to have diverged."""
    return any(verdict.finding is Finding.DIVERGED for verdict in said)


@pytest.mark.parametrize(
    ("policy", "weight", "convicted"),
    [(STRICT, 0.1, True), (STRICT, 0.2, False), (Policy(), 0.1, False)],
    ids=["strict at its step", "strict beyond it", "as published"],
)
def test_a_stricter_limit_holds_at_its_step_only(
    policy: Policy,
    weight: float,
    convicted: bool,
    history: Rows,
    minutes: Rows,
    altered: Rows,
    verdicts: Said,
) -> None:
    """Errors of green alone at a rate below `min_rate` convict where a step of the policy forgives nothing."""
    total = 20_000.0
    rows = altered(minutes(8, weight, total), errors_5xx=(round(0.0015 * total * weight),))
    assert diverged(verdicts(history(total), rows, policy)) is convicted
