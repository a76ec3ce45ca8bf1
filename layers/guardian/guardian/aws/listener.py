"""The production listener of an Application Load Balancer: reads its weights and rewrites its forward actions."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from guardian.aws.calls import aws_call
from guardian.errors import AwsRefusedError, ListenerChangedError
from guardian.resolve.listener import listener_weights
from guardian.resolve.rewriting import rewritten

if TYPE_CHECKING:
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client

GAP = 0.005
"""Difference in share above which the listener counts as moved since it was read."""


class AlbSwitch:
    """Implements `Switch`."""

    def __init__(self, elbv2: "ElasticLoadBalancingv2Client") -> None:
        self._elbv2 = elbv2

    def weights(self, listener_arn: str, pair: Sequence[str]) -> Mapping[str, float]:
        return listener_weights(self._rules(listener_arn), pair, listener_arn)

    def route(self, listener_arn: str, expected: Mapping[str, float], wanted: Mapping[str, int]) -> str:
        rules = self._rules(listener_arn)
        found = listener_weights(rules, list(wanted), listener_arn)
        moved = {arn: found[arn] for arn, share in expected.items() if abs(found[arn] - share) > GAP}
        if moved:
            raise ListenerChangedError(
                f"{listener_arn} has been moved by somebody else since it was read: "
                + ", ".join(f"{arn.split('/')[-2]} has {share:.0%} now" for arn, share in moved.items())
            )
        changes = [(rule, actions) for rule in rules if (actions := rewritten(rule, wanted)) is not None]
        request_id = ""
        for done, (rule, actions) in enumerate(changes):
            try:
                request_id = self._modify(listener_arn, rule, actions)
            except AwsRefusedError as error:
                raise AwsRefusedError(_partly(error, done, len(changes), rule)) from error
        return request_id

    def _rules(self, listener_arn: str) -> Sequence[Any]:
        with aws_call("elasticloadbalancing:DescribeRules"):
            pages = self._elbv2.get_paginator("describe_rules").paginate(ListenerArn=listener_arn)
            return [rule for page in pages for rule in page["Rules"]]

    def _modify(self, listener_arn: str, rule: Any, actions: Any) -> str:
        """Write one rule's actions; the default rule only through its listener (ELB API reference, ModifyRule)."""
        if rule.get("IsDefault"):
            with aws_call("elasticloadbalancing:ModifyListener"):
                return self._elbv2.modify_listener(ListenerArn=listener_arn, DefaultActions=actions)[
                    "ResponseMetadata"
                ]["RequestId"]
        with aws_call("elasticloadbalancing:ModifyRule"):
            return self._elbv2.modify_rule(RuleArn=rule["RuleArn"], Actions=actions)["ResponseMetadata"][
                "RequestId"
            ]


def _partly(error: AwsRefusedError, done: int, count: int, rule: Any) -> str:
    if done == 0:
        return str(error)
    return (
        f"{done} of {count} rules were rewritten, {rule.get('RuleArn', 'the default rule')} was not: {error}"
    )
