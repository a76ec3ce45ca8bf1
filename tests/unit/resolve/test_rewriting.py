"""What becomes of a listener's rules when the pair gets other weights."""

from typing import Any

import pytest

from guardian.errors import ListenerMismatchError
from guardian.resolve.rewriting import rewritten

BLUE, GREEN, OTHER = (
    f"arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/{n}/0a" for n in "bgo"
)
TO_BLUE = {BLUE: 100, GREEN: 0}
STICKY = {"Enabled": True, "DurationSeconds": 600}


def forward(*groups: str, **config: Any) -> dict[str, Any]:
    """Return a forward action with equal weights."""
    pairs = [{"TargetGroupArn": arn, "Weight": 50} for arn in groups]
    return {"Type": "forward", "Order": 2, "ForwardConfig": {"TargetGroups": pairs, **config}}


def weights(actions: list[dict[str, Any]]) -> dict[str, int]:
    """Return the weights of the one forward action."""
    (one,) = [action for action in actions if action["Type"] == "forward"]
    return {group["TargetGroupArn"]: group["Weight"] for group in one["ForwardConfig"]["TargetGroups"]}


def test_g4_both_groups_and_stickiness_stay() -> None:
    """G4: not a single group but both, with weights, and stickiness as it was."""
    rule = {"Actions": [forward(BLUE, GREEN, TargetGroupStickinessConfig=STICKY)]}
    actions = rewritten(rule, TO_BLUE)
    assert actions is not None
    assert weights(actions) == TO_BLUE
    assert actions[0]["ForwardConfig"]["TargetGroupStickinessConfig"] == STICKY
    assert actions[0]["Order"] == 2


def test_the_short_form_becomes_both_groups() -> None:
    """A rule that names only one group in the short form gets both, and the short form is dropped."""
    actions = rewritten({"Actions": [{"Type": "forward", "TargetGroupArn": GREEN}]}, TO_BLUE)
    assert actions is not None
    assert weights(actions) == TO_BLUE
    assert "TargetGroupArn" not in actions[0]


def test_other_actions_are_given_back_in_their_order() -> None:
    """What stands before the forward action, a login for example, is sent again unchanged."""
    login = {"Type": "authenticate-cognito", "Order": 1, "AuthenticateCognitoConfig": {"UserPoolArn": "pool"}}
    actions = rewritten({"Actions": [login, forward(BLUE, GREEN)]}, TO_BLUE)
    assert actions is not None
    assert actions[0] == login
    assert [one["Type"] for one in actions] == ["authenticate-cognito", "forward"]


def test_the_oidc_clients_secret_is_kept() -> None:
    """Replies leave the secret out; without UseExistingClientSecret the login would be lost."""
    login = {
        "Type": "authenticate-oidc",
        "Order": 1,
        "AuthenticateOidcConfig": {"ClientId": "c", "Issuer": "i"},
    }
    actions = rewritten({"Actions": [login, forward(BLUE, GREEN)]}, TO_BLUE)
    assert actions is not None
    assert actions[0]["AuthenticateOidcConfig"] == {
        "ClientId": "c",
        "Issuer": "i",
        "UseExistingClientSecret": True,
    }


@pytest.mark.parametrize(
    "action",
    [forward(OTHER), {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301"}}],
    ids=["other", "redirect"],
)
def test_a_rule_of_somebody_elses_is_not_touched(action: dict[str, Any]) -> None:
    """A rule that names neither group is not rewritten."""
    assert rewritten({"Actions": [action]}, TO_BLUE) is None


def test_a_rule_shared_with_strangers_is_refused() -> None:
    """A forward action with a third group is not rewritten, since nobody knows what it is for."""
    with pytest.raises(ListenerMismatchError, match="targetgroup/o/0a"):
        rewritten({"RuleArn": "rule", "Actions": [forward(BLUE, GREEN, OTHER)]}, TO_BLUE)
