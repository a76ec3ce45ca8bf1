"""Traffic: the predefined deployment configurations, and the listeners that CodeDeploy rewrites."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from moto.elbv2.models import ELBv2Backend, FakeAction, FakeListener

from guardian_rehearsal.emulator.codedeploy.exceptions import DeploymentConfigDoesNotExistException

FULL = 100

ALL_AT_ONCE: dict[str, Any] = {"type": "AllAtOnce"}


def _linear(percentage: int, interval: int) -> dict[str, Any]:
    body = {"linearPercentage": percentage, "linearInterval": interval}
    return {"type": "TimeBasedLinear", "timeBasedLinear": body}


def _canary(percentage: int, interval: int) -> dict[str, Any]:
    body = {"canaryPercentage": percentage, "canaryInterval": interval}
    return {"type": "TimeBasedCanary", "timeBasedCanary": body}


DEFAULT_CONFIG = "CodeDeployDefault.ECSAllAtOnce"

PREDEFINED = {
    "CodeDeployDefault.ECSLinear10PercentEvery1Minutes": _linear(10, 1),
    "CodeDeployDefault.ECSLinear10PercentEvery3Minutes": _linear(10, 3),
    "CodeDeployDefault.ECSCanary10Percent5Minutes": _canary(10, 5),
    "CodeDeployDefault.ECSCanary10Percent15Minutes": _canary(10, 15),
    DEFAULT_CONFIG: ALL_AT_ONCE,
}
"""Traffic routing by name ("Predefined deployment configurations for an Amazon ECS compute platform")."""


def config_info(name: str) -> dict[str, Any]:
    """Return a predefined configuration as DeploymentConfigInfo, or raise DeploymentConfigDoesNotExistException."""
    if name not in PREDEFINED:
        raise DeploymentConfigDoesNotExistException(name=name)
    return {"deploymentConfigName": name, "computePlatform": "ECS", "trafficRoutingConfig": PREDEFINED[name]}


@dataclass(frozen=True)
class Step:
    """All at `after` from the start of AllowTraffic: `percent` of the traffic goes to the replacement."""

    after: timedelta
    percent: int


def steps(routing: Mapping[str, Any]) -> tuple[Step, ...]:
    """Return the steps of a TrafficRoutingConfig; the last is at 100 percent.

    Pure. Source: TimeBasedLinear and TimeBasedCanary in the CodeDeploy API reference; that the first increment
    comes at once is what the guide's wording "all remaining … deployed n minutes later" says of a canary.
    """
    if routing["type"] == "TimeBasedCanary":
        canary = routing["timeBasedCanary"]
        last = timedelta(minutes=canary["canaryInterval"])
        return Step(timedelta(0), canary["canaryPercentage"]), Step(last, FULL)
    if routing["type"] == "TimeBasedLinear":
        linear = routing["timeBasedLinear"]
        share, every = linear["linearPercentage"], timedelta(minutes=linear["linearInterval"])
        shares = [*range(share, FULL, share), FULL]
        return tuple(Step(number * every, percent) for number, percent in enumerate(shares))
    return (Step(timedelta(0), FULL),)


class Listeners:
    """Reads and rewrites forward actions, in the default action and in every rule of a listener."""

    def __init__(self, elb: ELBv2Backend):
        self._elb = elb

    def arn_of(self, target_group_name: str) -> str:
        """Return the target group's ARN, or raise TargetGroupNotFoundError."""
        return next(iter(self._elb.describe_target_groups(None, [], [target_group_name]))).arn

    def name_of(self, target_group_arn: str) -> str:
        """Return the target group's name, also of a group that was deleted."""
        return target_group_arn.split("/")[-2] if "/" in target_group_arn else ""

    def is_behind(self, target_group_arn: str, listener_arn: str) -> bool:
        """Whether the listener forwards some traffic to the group."""
        rules = self._listener(listener_arn).rules.values()
        return any(_weights(action).get(target_group_arn) for rule in rules for action in rule.actions)

    def route(self, listener_arn: str, weights: Mapping[str, int]) -> None:
        """Give the groups these weights wherever the listener forwards to one of them.

        Other actions of the same rule, and the stickiness of the forward action, stay as they are.
        """
        listener = self._listener(listener_arn)
        for rule in list(listener.rules.values()):
            if not any(_weights(action).keys() & weights.keys() for action in rule.actions):
                continue
            self._attach(listener.load_balancer_arn, weights)
            actions = [_rewritten(action, weights) for action in rule.actions]
            if rule.is_default:
                self._elb.modify_listener(listener_arn, certificates=[], actions=actions)
            else:
                self._elb.modify_rule(rule.arn, [], actions)

    def _attach(self, load_balancer_arn: str, target_group_arns: Iterable[str]) -> None:
        """Keep `LoadBalancerArns` of the groups true, which moto does only when a listener is created."""
        for arn in target_group_arns:
            known = self._elb.target_groups[arn].load_balancer_arns
            if load_balancer_arn not in known:
                known.append(load_balancer_arn)

    def _listener(self, listener_arn: str) -> FakeListener:
        return self._elb.describe_listeners(None, [listener_arn])[0]


def _groups(action: FakeAction) -> Iterator[tuple[str, int]]:
    forward = action.data.get("ForwardConfig") or {}
    for group in forward.get("TargetGroups") or []:
        yield str(group["TargetGroupArn"]), int(group.get("Weight", 1))
    if not forward.get("TargetGroups") and action.data.get("TargetGroupArn"):
        yield str(action.data["TargetGroupArn"]), 1


def _weights(action: FakeAction) -> dict[str, int]:
    return dict(_groups(action)) if action.type == "forward" else {}


def _rewritten(action: FakeAction, weights: Mapping[str, int]) -> dict[str, Any]:
    if not _weights(action).keys() & weights.keys():
        return dict(action.data)
    groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights.items()]
    forward = {**(action.data.get("ForwardConfig") or {}), "TargetGroups": groups}
    kept = {
        key: value for key, value in action.data.items() if key not in {"TargetGroupArn", "ForwardConfig"}
    }
    return {**kept, "ForwardConfig": forward}
