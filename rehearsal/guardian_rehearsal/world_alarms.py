"""The alarms of the guarded world: those of its stack, and the one that Guardian's guide adds."""

from guardian_rehearsal.emulator.server import EmulatedAws


def put_limits(
    aws: EmulatedAws, names: tuple[str, str], balancer: str, target_group: str, alarm_action: str
) -> None:
    """Create the stack's two alarms: absolute limits, on one colour only, as published."""
    dimensions = [
        {"Name": "LoadBalancer", "Value": balancer.partition(":loadbalancer/")[2]},
        {"Name": "TargetGroup", "Value": target_group.rpartition(":")[2]},
    ]
    rules: list[tuple[str, str, str, float]] = [
        (names[0], "HTTPCode_Target_5XX_Count", "Sum", 10),
        (names[1], "TargetResponseTime", "Average", 1.0),
    ]
    for name, metric, statistic, threshold in rules:
        aws.client("cloudwatch").put_metric_alarm(
            AlarmName=name, Namespace="AWS/ApplicationELB", MetricName=metric, Dimensions=dimensions,
            Statistic=statistic,
            Period=60, EvaluationPeriods=2, Threshold=threshold, ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="notBreaching", AlarmActions=[alarm_action],
        )  # fmt: skip


def put_rollback_needed(aws: EmulatedAws, name: str, service: str) -> None:
    """Create the alarm by which CodeDeploy rolls back when Guardian decided to and AWS does not take its order.

    Args:
        aws: Where.
        name: The alarm's name.
        service: `application/deployment group`.
    """
    dimensions = {"service": "guardian", "service_name": service}
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName=name, Namespace="Guardian", MetricName="RollbackNeeded",
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        Statistic="Maximum", Period=60, EvaluationPeriods=1, Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold", TreatMissingData="notBreaching",
    )  # fmt: skip
