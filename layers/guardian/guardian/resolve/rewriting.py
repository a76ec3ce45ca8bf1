"""What a listener's rules become when the pair gets other weights. Pure."""

from collections.abc import Mapping
from typing import Any

from guardian.errors import ListenerMismatchError
from guardian.resolve.description import Json


def rewritten(rule: Json, wanted: Mapping[str, int]) -> list[dict[str, Any]] | None:
    """Return the rule's actions with these weights in its forward action; None when it does not name the pair.

    ModifyListener and ModifyRule replace the whole list, so every other action is given back as it was, in its order.

    Args:
        rule: One of `Rules` of DescribeRules.
        wanted: Weight (0 to 999) by target group ARN, of both groups of the pair.

    Raises:
        ListenerMismatchError: The rule also forwards to groups that are not of the pair.
    """
    actions = list(rule.get("Actions", ()))
    if not any(_groups(action).keys() & wanted.keys() for action in actions):
        return None
    return [
        _forwarding(action, rule, wanted) if _groups(action) else _given_back(action) for action in actions
    ]


def _groups(action: Json) -> Mapping[str, Any]:
    """Return the forward configuration by target group ARN; replies hold either form, or both."""
    if action.get("Type") != "forward":
        return {}
    groups = action.get("ForwardConfig", {}).get("TargetGroups") or [
        {"TargetGroupArn": action.get("TargetGroupArn")}
    ]
    return {group["TargetGroupArn"]: group for group in groups if group.get("TargetGroupArn")}


def _forwarding(action: Json, rule: Json, wanted: Mapping[str, int]) -> dict[str, Any]:
    strangers = sorted(_groups(action).keys() - wanted.keys())
    if strangers:
        raise ListenerMismatchError(
            f"rule {rule.get('RuleArn', 'default')} also forwards to {', '.join(strangers)}, which this deployment "
            "does not know: Guardian does not rewrite it; check who changed the listener"
        )
    groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in wanted.items()]
    forward = {**action.get("ForwardConfig", {}), "TargetGroups": groups}
    # With two groups the short form `TargetGroupArn` is not allowed beside `ForwardConfig`.
    kept = {key: value for key, value in action.items() if key not in {"TargetGroupArn", "ForwardConfig"}}
    return {**kept, "ForwardConfig": forward}


def _given_back(action: Json) -> dict[str, Any]:
    """Return an action as ModifyListener takes it: replies leave the OIDC secret out, so the stored one is kept."""
    if action.get("Type") != "authenticate-oidc":
        return dict(action)
    oidc = {key: value for key, value in action["AuthenticateOidcConfig"].items() if key != "ClientSecret"}
    return {**action, "AuthenticateOidcConfig": {**oidc, "UseExistingClientSecret": True}}
