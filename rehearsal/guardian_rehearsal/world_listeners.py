"""The guarded world's listeners: production on port 80, test on port 8080."""

from guardian_rehearsal.emulator.server import EmulatedAws


def put_listeners(
    aws: EmulatedAws, balancer: str, serving: str, idle: str, *, path_rule: bool
) -> tuple[str, str]:
    """Make both listeners and return their ARNs.

    Args:
        aws: Where.
        balancer: ARN of the load balancer.
        serving: ARN of the target group that serves production.
        idle: ARN of the other one, behind the test listener.
        path_rule: Whether a rule for a path forwards production too, besides the default action.
    """
    production, test = _listener(aws, balancer, 80, serving), _listener(aws, balancer, 8080, idle)
    if path_rule:
        _path_rule(aws, production, serving)
    return production, test


def _listener(aws: EmulatedAws, balancer: str, port: int, target_group: str) -> str:
    arn: str = aws.client("elbv2").create_listener(
        LoadBalancerArn=balancer,
        Protocol="HTTP",
        Port=port,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": target_group}],
    )["Listeners"][0]["ListenerArn"]
    return arn


def _path_rule(aws: EmulatedAws, listener: str, target_group: str) -> None:
    aws.client("elbv2").create_rule(
        ListenerArn=listener,
        Priority=10,
        Conditions=[{"Field": "path-pattern", "Values": ["/api/*"]}],
        Actions=[{"Type": "forward", "TargetGroupArn": target_group}],
    )
