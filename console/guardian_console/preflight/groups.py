"""Checks of the two target groups and of the listeners in front of them."""

from collections.abc import Iterator, Mapping, Sequence

from guardian.errors import ListenerMismatchError
from guardian.resolve.listener import listener_weights
from guardian_console.preflight.check import Found, bites, check, note
from guardian_console.preflight.facts import Json, TargetCount

HEALTH_FIELDS = (
    "Protocol", "Port", "ProtocolVersion", "HealthCheckEnabled", "HealthCheckProtocol", "HealthCheckPort",
    "HealthCheckPath", "HealthCheckIntervalSeconds", "HealthCheckTimeoutSeconds", "HealthyThresholdCount",
    "UnhealthyThresholdCount", "Matcher",
)  # fmt: skip
HOOK_BUDGET = 3600
"""Seconds until CodeDeploy fails a lifecycle event, and until green must be healthy (CodeDeploy quotas)."""


@check(
    "groups-differ",
    why="CodeDeploy swaps the groups: what differs between them is measured as a difference between the "
    "versions, or lets "
    "one of them pass where the other would not",
    fix="make $setting of both groups equal: aws elbv2 modify-target-group or modify-target-group-attributes "
    "--target-group-arn $arn",
)
def groups_differ(
    target_groups: Sequence[Json], attributes: Mapping[str, Mapping[str, str]]
) -> Iterator[Found]:
    if len(target_groups) != 2:
        return
    first, second = target_groups
    names = first["TargetGroupName"], second["TargetGroupName"]
    rows = [(key, first.get(key), second.get(key)) for key in HEALTH_FIELDS]
    keys = sorted({*attributes[names[0]], *attributes[names[1]]})
    rows += [(key, attributes[names[0]].get(key), attributes[names[1]].get(key)) for key in keys]
    for key, one, other in rows:
        if one != other:
            yield bites(
                f"{key} is {_value(one)} on {names[0]} and {_value(other)} on {names[1]}",
                setting=key,
                arn=second["TargetGroupArn"],
            )


@check(
    "stickiness-targets",
    why="sessions that stick to a task move only when the task goes: green's first share is biased to new visitors",
    fix="aws elbv2 modify-target-group-attributes --target-group-arn $arn "
    "--attributes Key=stickiness.enabled,Value=false",
)
def stickiness_targets(
    target_groups: Sequence[Json], attributes: Mapping[str, Mapping[str, str]]
) -> Iterator[Found]:
    for one in target_groups:
        settings = attributes[one["TargetGroupName"]]
        if settings.get("stickiness.enabled") == "true":
            seconds = settings.get("stickiness.lb_cookie.duration_seconds", "?")
            yield note(
                f"{one['TargetGroupName']} sticks sessions to a task for {seconds} s",
                arn=one["TargetGroupArn"],
            )


@check(
    "stickiness-forward",
    why="with stickiness in the forward action a changed weight moves no session: green's share is not its weight, and "
    "after a rollback users stay on green until the cookie ends",
    fix="aws elbv2 modify-listener or modify-rule for $rule with "
    "ForwardConfig={...,TargetGroupStickinessConfig={Enabled=false}}",
)
def stickiness_forward(production_rules: Sequence[Json]) -> Iterator[Found]:
    for rule in production_rules:
        for action in rule.get("Actions", ()):
            sticky = action.get("ForwardConfig", {}).get("TargetGroupStickinessConfig", {})
            if sticky.get("Enabled"):
                yield bites(
                    f"rule {rule.get('Priority')} sticks sessions to a target group for "
                    f"{sticky.get('DurationSeconds', '?')} s",
                    rule=rule.get("RuleArn", ""),
                )


@check(
    "health-budget",
    why="green must be healthy within the hour that CodeDeploy waits; a grace period shorter than the "
    "health check takes "
    "lets ECS kill tasks that are still starting",
    fix="aws ecs update-service --cluster $cluster --service $service --health-check-grace-period-seconds $grace",
)
def health_budget(service: Json, target_groups: Sequence[Json]) -> Iterator[Found]:
    grace = int(service.get("healthCheckGracePeriodSeconds") or 0)
    places = {"cluster": service["clusterArn"].rpartition("/")[2], "service": service["serviceName"]}
    for one in target_groups:
        threshold, interval = one.get("HealthyThresholdCount", 0), one.get("HealthCheckIntervalSeconds", 0)
        needed = threshold * interval
        checked = f"{one['TargetGroupName']} needs {threshold} x {interval} s = {needed} s to be healthy"
        numbers = f"grace period {grace} s, {checked}"
        if grace + needed > HOOK_BUDGET:
            yield bites(
                f"{numbers}: together above the {HOOK_BUDGET} s of CodeDeploy",
                grace=str(2 * needed),
                **places,
            )
        elif grace < needed:
            yield note(f"{numbers}: the grace period is shorter", grace=str(2 * needed), **places)


@check(
    "listeners-same-group",
    why="when both listeners forward to one group, a hook that probes the test listener judges the version that users "
    "already have. After a finished deployment this is usual, as CodeDeploy leaves the test listener where it was",
    fix="aws elbv2 describe-rules --listener-arn $listener; find out who else writes the listener (a "
    "stack update resets it)",
)
def listeners_same_group(
    group: Json, production_rules: Sequence[Json], test_rules: Sequence[Json], open_deployments: Sequence[str]
) -> Iterator[Found]:
    both = _forwarded(production_rules), _forwarded(test_rules)
    if len(both[0]) != 1 or both[0] != both[1]:
        return
    name = next(iter(both[0])).split("/")[-2]
    listener = group["loadBalancerInfo"]["targetGroupPairInfoList"][0]["testTrafficRoute"]["listenerArns"][0]
    opened = f"with {len(open_deployments)} deployments open"
    said = f"production and test listener both forward to 1 group, {name}, {opened}"
    yield bites(said, listener=listener) if open_deployments else note(said, listener=listener)


@check(
    "listener-weights",
    why="the listener routes, whatever CodeDeploy believes: a split that nobody moves keeps users on "
    "two versions, and rules "
    "that disagree leave the weights unreadable",
    fix="aws elbv2 describe-rules --listener-arn $listener; then give the whole weight to one group in every rule",
)
def listener_split(
    group: Json,
    production_rules: Sequence[Json],
    target_groups: Sequence[Json],
    open_deployments: Sequence[str],
) -> Iterator[Found]:
    listener = group["loadBalancerInfo"]["targetGroupPairInfoList"][0]["prodTrafficRoute"]["listenerArns"][0]
    names = {one["TargetGroupArn"]: one["TargetGroupName"] for one in target_groups}
    try:
        weights = listener_weights(production_rules, list(names), listener)
    except ListenerMismatchError as error:
        yield bites(str(error), listener=listener)
        return
    shares = ", ".join(f"{names[arn]} {weight:.0%}" for arn, weight in weights.items())
    if all(weights.values()) and not open_deployments:
        yield bites(f"production is split with 0 deployments open: {shares}", listener=listener)
    else:
        yield note(f"production traffic: {shares}", listener=listener)


@check(
    "listener-rules",
    why="a swap that writes only the default action does nothing where a rule carries the traffic, and "
    "a swap that writes "
    "only the forward action loses the sign-in before it",
    fix="let scripts read and write every rule that names a group of the pair, all its actions in their order: "
    "aws elbv2 describe-rules --listener-arn $listener",
)
def listener_rules(
    group: Json, production_rules: Sequence[Json], target_groups: Sequence[Json]
) -> Iterator[Found]:
    listener = group["loadBalancerInfo"]["targetGroupPairInfoList"][0]["prodTrafficRoute"]["listenerArns"][0]
    pair = {one["TargetGroupArn"] for one in target_groups}
    for rule in production_rules:
        if not pair & set(_forwarded([rule])):
            continue
        before = [action["Type"] for action in rule["Actions"] if action["Type"] != "forward"]
        if not rule.get("IsDefault"):
            yield note(
                f"rule {rule.get('Priority')} forwards to the pair, besides the default action",
                listener=listener,
            )
        if before:
            yield note(
                f"rule {rule.get('Priority')} has {len(before)} actions before its forward: {', '.join(before)}",
                listener=listener,
            )


@check(
    "no-healthy-target",
    why="users get 503, or reach tasks that fail their checks, since a group without a healthy target fails open",
    fix="aws elbv2 describe-target-health --target-group-arn $arn",
)
def no_healthy_target(
    production_rules: Sequence[Json], target_groups: Sequence[Json], targets: Mapping[str, TargetCount]
) -> Iterator[Found]:
    behind = _forwarded(production_rules)
    for one in target_groups:
        count = targets[one["TargetGroupName"]]
        if one["TargetGroupArn"] in behind and not count.healthy:
            yield bites(
                f"{one['TargetGroupName']} is behind the production listener with {count.healthy} healthy of "
                f"{count.registered} targets",
                arn=one["TargetGroupArn"],
            )


def _forwarded(rules: Sequence[Json]) -> set[str]:
    """Return the ARNs of the target groups that rules give any weight to."""
    found = set()
    for rule in rules:
        for action in rule.get("Actions", ()):
            groups = action.get("ForwardConfig", {}).get("TargetGroups") or [action]
            found |= {
                one["TargetGroupArn"] for one in groups if one.get("TargetGroupArn") and one.get("Weight", 1)
            }
    return found


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {one}" for key, one in value.items())
    return "not set" if value is None else str(value)
