"""Read weights out of an Application Load Balancer's rules."""

from collections.abc import Iterator, Mapping, Sequence

from guardian.errors import ListenerMismatchError
from guardian.resolve.description import Json


def listener_weights(rules: Sequence[Json], pair: Sequence[str], listener: str) -> dict[str, float]:
    """Return the share of traffic (0 to 1) of each of the pair's target group ARNs.

    Production traffic may be forwarded by the default rule or by any other, so every rule that names a group of the
    pair is read; when several do, they must agree.

    Args:
        rules: `Rules` of DescribeRules (Elastic Load Balancing API reference).
        pair: The ARNs of blue's and green's target groups.
        listener: The listener's ARN, for the message.

    Raises:
        ListenerMismatchError: No rule forwards to either group, or two rules weigh them differently.
    """
    found = [weights for rule in rules if (weights := _shares(rule, pair)) is not None]
    if not found:
        others = sorted({arn for rule in rules for forward in _forwards(rule) for arn in forward})
        raise ListenerMismatchError(
            f"the production listener {listener} forwards to {', '.join(others) or 'no target group'}, not to "
            f"{' or '.join(pair)}: weights cannot be read and production is left alone; check who changed the listener"
        )
    if any(other != found[0] for other in found[1:]):
        raise ListenerMismatchError(
            f"rules of the production listener {listener} weigh blue and green differently: {found}; make them equal"
        )
    return found[0]


def _shares(rule: Json, pair: Sequence[str]) -> dict[str, float] | None:
    for forward in _forwards(rule):
        if any(arn in forward for arn in pair):
            total = sum(forward.values())
            return {arn: forward.get(arn, 0.0) / total if total else 0.0 for arn in pair}
    return None


def _forwards(rule: Json) -> Iterator[Mapping[str, float]]:
    """Yield weight by target group ARN for each forward action; replies hold either form, or both."""
    for action in rule.get("Actions", ()):
        if action.get("Type") != "forward":
            continue
        groups = action.get("ForwardConfig", {}).get("TargetGroups") or [
            {"TargetGroupArn": action.get("TargetGroupArn")}
        ]
        yield {
            group["TargetGroupArn"]: float(group.get("Weight", 1))
            for group in groups
            if group.get("TargetGroupArn")
        }
