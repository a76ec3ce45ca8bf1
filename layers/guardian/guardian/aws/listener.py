"""The production listener of an Application Load Balancer: reads its weights and rewrites its forward actions."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from guardian.aws.calls import AwsCall, aws_call
from guardian.errors import AwsRefusedError, ListenerChangedError
from guardian.resolve.listener import listener_weights
from guardian.resolve.rewriting import rewritten

if TYPE_CHECKING:
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client

ACTIONS = {"modify_listener": "ModifyListener", "modify_rule": "ModifyRule"}
"""The IAM action of each call that `AlbSwitch` makes."""
GAP = 0.005
"""Difference in share above which the listener counts as moved since it was read."""


class AlbSwitch:
    """Implements `Switch`."""

    def __init__(self, elbv2: "ElasticLoadBalancingv2Client") -> None:
        self._elbv2 = elbv2

    def weights(self, listener_arn: str, pair: Sequence[str]) -> Mapping[str, float]:
        return listener_weights(self._rules(listener_arn), pair, listener_arn)

    def route(self, listener_arn: str, expected: Mapping[str, float], wanted: Mapping[str, int]) -> str:
        calls = self.planned(listener_arn, expected, wanted)
        request_id = ""
        for done, call in enumerate(calls):
            try:
                request_id = self._make(call)
            except AwsRefusedError as error:
                raise AwsRefusedError(_partly(error, done, len(calls), call)) from error
        return request_id

    def planned(
        self, listener_arn: str, expected: Mapping[str, float], wanted: Mapping[str, int]
    ) -> Sequence[AwsCall]:
        """Return the calls that `route` makes now, and make none.

        Raises:
            ListenerChangedError: Somebody else has moved the listener.
            ListenerMismatchError: The listener does not forward to the pair.
        """
        rules = self._rules(listener_arn)
        found = listener_weights(rules, list(wanted), listener_arn)
        moved = {arn: found[arn] for arn, share in expected.items() if abs(found[arn] - share) > GAP}
        if moved:
            raise ListenerChangedError(
                f"{listener_arn} has been moved by somebody else since it was read: "
                + ", ".join(f"{arn.split('/')[-2]} has {share:.0%} now" for arn, share in moved.items())
            )
        changes = [(rule, actions) for rule in rules if (actions := rewritten(rule, wanted)) is not None]
        return [_call(listener_arn, rule, actions) for rule, actions in changes]

    def _rules(self, listener_arn: str) -> Sequence[Any]:
        with aws_call("elasticloadbalancing:DescribeRules"):
            pages = self._elbv2.get_paginator("describe_rules").paginate(ListenerArn=listener_arn)
            return [rule for page in pages for rule in page["Rules"]]

    def _make(self, call: AwsCall) -> str:
        with aws_call(f"elasticloadbalancing:{ACTIONS[call.operation]}"):
            reply = getattr(self._elbv2, call.operation)(**call.parameters)
        request_id: str = reply["ResponseMetadata"]["RequestId"]
        return request_id


def _call(listener_arn: str, rule: Any, actions: Any) -> AwsCall:
    """Return what writes one rule's actions; the default rule only through its listener (ELB API, ModifyRule)."""
    if rule.get("IsDefault"):
        return AwsCall("elbv2", "modify_listener", {"ListenerArn": listener_arn, "DefaultActions": actions})
    return AwsCall("elbv2", "modify_rule", {"RuleArn": rule["RuleArn"], "Actions": actions})


def _partly(error: AwsRefusedError, done: int, count: int, call: AwsCall) -> str:
    if done == 0:
        return str(error)
    rule = call.parameters.get("RuleArn", "the default rule")
    return f"{done} of {count} rules were rewritten, {rule} was not: {error}"
