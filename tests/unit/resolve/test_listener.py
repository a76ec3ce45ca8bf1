"""Weights out of an Application Load Balancer's rules."""

from collections.abc import Callable
from typing import Any

import pytest

from guardian.errors import ListenerMismatchError
from guardian.resolve.listener import listener_weights

BLUE, GREEN, OTHER = "arn:blue", "arn:green", "arn:other"


def forward(*groups: tuple[str, int | None], single: str | None = None) -> dict[str, Any]:
    """Build a forward action in the list form, in the single form, or in both."""
    action: dict[str, Any] = {"Type": "forward"}
    if groups:
        action["ForwardConfig"] = {
            "TargetGroups": [
                {"TargetGroupArn": arn} | ({} if weight is None else {"Weight": weight})
                for arn, weight in groups
            ]
        }
    if single:
        action["TargetGroupArn"] = single
    return action


def rule(*actions: dict[str, Any]) -> dict[str, Any]:
    """Build a rule."""
    return {"Actions": list(actions)}


def weights(*rules: dict[str, Any]) -> tuple[float, float]:
    """Return blue's and green's share."""
    found = listener_weights(rules, (BLUE, GREEN), "arn:listener")
    assert set(found) == {BLUE, GREEN}
    return found[BLUE], found[GREEN]


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (forward((BLUE, 90), (GREEN, 10)), (0.9, 0.1)),
        (forward((BLUE, 999), (GREEN, 0)), (1.0, 0.0)),
        (forward((BLUE, 1), (GREEN, 3)), (0.25, 0.75)),
        (forward(single=BLUE), (1.0, 0.0)),
        (forward(single=GREEN), (0.0, 1.0)),
        (forward((GREEN, 1), single=GREEN), (0.0, 1.0)),
        (forward((GREEN, None)), (0.0, 1.0)),
        (forward((BLUE, 100)), (1.0, 0.0)),
        (forward((BLUE, 60), (GREEN, 20), (OTHER, 20)), (0.6, 0.2)),
        (forward((BLUE, 0), (GREEN, 0)), (0.0, 0.0)),
    ],
    ids=[
        "percent", "all-on-blue", "not-percent", "single-blue", "single-green", "both-forms", "no-weight",
        "one-of-the-pair", "a-third-group", "all-zero",
    ],
)  # fmt: skip
def test_every_form_of_a_forward_is_read(action: dict[str, Any], expected: tuple[float, float]) -> None:
    """Shares are weight over the sum of weights, whichever form the reply has; a group not named has none."""
    assert weights(rule(action)) == pytest.approx(expected)


def test_an_action_before_the_forward_is_passed_over() -> None:
    """A rule may authenticate users first; only its forward has weights."""
    login = {"Type": "authenticate-oidc", "Order": 1}
    assert weights(rule(login, forward((BLUE, 70), (GREEN, 30)))) == pytest.approx((0.7, 0.3))


@pytest.mark.parametrize("first", [True, False], ids=["pair-first", "pair-last"])
def test_rules_of_other_services_are_passed_over(first: bool) -> None:
    """A listener shared with other services is read by the rule that names the pair, wherever it stands."""
    rules = [rule(forward((BLUE, 80), (GREEN, 20))), rule(forward(single=OTHER)), rule({"Type": "redirect"})]
    assert weights(*(rules if first else reversed(rules))) == pytest.approx((0.8, 0.2))


def test_rules_that_agree_are_one() -> None:
    """Several rules may route to the pair as long as their shares are equal."""
    rules = rule(forward((BLUE, 90), (GREEN, 10))), rule(forward((GREEN, 1), (BLUE, 9)))
    assert weights(*rules) == pytest.approx((0.9, 0.1))


def test_rules_that_disagree_are_refused() -> None:
    """Two rules with different shares leave the share of production unknown."""
    with pytest.raises(ListenerMismatchError, match="arn:listener weigh blue and green differently"):
        weights(rule(forward((BLUE, 90), (GREEN, 10))), rule(forward(single=BLUE)))


@pytest.mark.parametrize(
    ("rules", "names"),
    [
        ([], "no target group"),
        ([rule({"Type": "fixed-response"})], "no target group"),
        ([rule({"Type": "forward"})], "no target group"),
        ([rule(forward((OTHER, 1)))], OTHER),
    ],
    ids=["no-rules", "no-forward", "empty-forward", "foreign"],
)
def test_a_listener_without_the_pair_is_refused(rules: list[dict[str, Any]], names: str) -> None:
    """When neither group is named the message says where traffic goes instead, and that nothing is done."""
    with pytest.raises(ListenerMismatchError) as raised:
        weights(*rules)
    message = str(raised.value)
    assert f"forwards to {names}, not to {BLUE} or {GREEN}" in message
    assert "production is left alone" in message


def test_the_order_of_the_pair_means_nothing(arn: Callable[[str], str]) -> None:
    """Shares belong to ARNs and not to positions."""
    one, two = arn("checkout-tg-1"), arn("checkout-tg-2")
    rules = [rule(forward((two, 10), (one, 90)))]
    assert listener_weights(rules, (one, two), "l") == listener_weights(rules, (two, one), "l")
