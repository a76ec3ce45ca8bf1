"""A service in which nothing bites, as AWS describes it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from guardian.observe import Series, plan
from guardian.policy import Policy, parse_policy
from guardian_console.preflight.facts import Facts, HealthAnswer, TargetCount
from guardian_console.preflight.replies import at_rest

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ELB = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:"
BLUE, GREEN = (f"{ELB}targetgroup/shop-{name}/0a{name}" for name in ("blue", "green"))
PRODUCTION, TEST = (f"{ELB}listener/app/shop/0b/{name}" for name in ("production", "test"))
GROUP: dict[str, Any] = {
    "applicationName": "shop",
    "deploymentGroupName": "web",
    "deploymentConfigName": "CodeDeployDefault.ECSLinear10PercentEvery3Minutes",
    "serviceRoleArn": "arn:aws:iam::111122223333:role/codedeploy",
    "ecsServices": [{"clusterName": "shop", "serviceName": "web"}],
    "loadBalancerInfo": {
        "targetGroupPairInfoList": [
            {
                "targetGroups": [{"name": "shop-blue"}, {"name": "shop-green"}],
                "prodTrafficRoute": {"listenerArns": [PRODUCTION]},
                "testTrafficRoute": {"listenerArns": [TEST]},
            }
        ]
    },
    "blueGreenDeploymentConfiguration": {
        "terminateBlueInstancesOnDeploymentSuccess": {
            "action": "TERMINATE",
            "terminationWaitTimeInMinutes": 1440,
        },
        "deploymentReadyOption": {"actionOnTimeout": "CONTINUE_DEPLOYMENT", "waitTimeInMinutes": 0},
    },
    "autoRollbackConfiguration": {
        "enabled": True,
        "events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"],
    },
    "alarmConfiguration": {"enabled": True, "alarms": [{"name": "dead"}]},
}
DEFINITION: dict[str, Any] = {
    "taskDefinitionArn": "arn:aws:ecs:eu-west-1:111122223333:task-definition/shop:7",
    "family": "shop",
    "cpu": "256",
    "memory": "512",
    "networkMode": "awsvpc",
    "containerDefinitions": [{"name": "app", "environment": [{"name": "DB_HOST"}], "secrets": []}],
}
ATTRIBUTES = {"stickiness.enabled": "false", "deregistration_delay.timeout_seconds": "300"}
NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-1", "subnet-2"]}}
SERVICE: dict[str, Any] = {
    "serviceName": "web",
    "clusterArn": "arn:aws:ecs:eu-west-1:111122223333:cluster/shop",
    "deploymentController": {"type": "CODE_DEPLOY"},
    "healthCheckGracePeriodSeconds": 120,
    "networkConfiguration": NETWORK,
    "taskSets": [{"id": "ecs-svc/1", "status": "PRIMARY", "networkConfiguration": NETWORK}],
}


def forward(weights: dict[str, int], **more: Any) -> dict[str, Any]:
    """Return a listener's default rule with these weights."""
    groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights.items()]
    action = {"Type": "forward", "ForwardConfig": {"TargetGroups": groups, **more}}
    return {"RuleArn": "rule", "Priority": "default", "IsDefault": True, "Actions": [action]}


def target_group(arn: str, **changes: Any) -> dict[str, Any]:
    """Return a target group as DescribeTargetGroups does."""
    checked = {"HealthCheckIntervalSeconds": 30, "HealthyThresholdCount": 2, "Matcher": {"HttpCode": "200"}}
    return {"TargetGroupArn": arn, "TargetGroupName": arn.split("/")[1], **checked, **changes}


def alarm(name: str, metric: str, group: str | None = None, **changes: Any) -> dict[str, Any]:
    """Return an alarm on one metric, of one target group if given."""
    dimensions = [{"Name": "TargetGroup", "Value": group.rpartition(":")[2]}] if group else []
    known = {"AlarmName": name, "Namespace": "AWS/ApplicationELB", "MetricName": metric, "StateValue": "OK"}
    return {
        **known,
        "Dimensions": dimensions,
        "TreatMissingData": "notBreaching",
        "Threshold": 1.0,
        **changes,
    }


def series(policy: Policy, silent: Sequence[str] = ()) -> list[Series]:
    """Return a value for every query of the policy but for the silent fields."""
    groups = [target_group(BLUE), target_group(GREEN)]
    queries = plan(at_rest(GROUP, groups), policy, {})
    return [
        Series(query, {} if query.column.field in silent else {NOW - timedelta(minutes=5): 1.0})
        for query in queries
    ]


def quiet() -> Facts:
    """Return what is read of a service in which nothing bites."""
    policy = parse_policy({"database": {"instance": "shop-db", "max_connections": 450}}, "test")
    routing = {"type": "TimeBasedLinear", "timeBasedLinear": {"linearPercentage": 10, "linearInterval": 3}}
    config = {"deploymentConfigName": GROUP["deploymentConfigName"], "trafficRoutingConfig": routing}
    return Facts(
        group=GROUP, policy=policy, bake_hours=24, now=NOW, config=config, open_deployments=[],
        last_deployment={"deploymentId": "d-1", "deploymentConfigName": GROUP["deploymentConfigName"]},
        hooks={"AfterAllowTestTraffic": "CodeDeployHook_x"}, service=SERVICE, insights="enhanced",
        running=DEFINITION, latest=DEFINITION, target_groups=[target_group(BLUE), target_group(GREEN)],
        attributes={"shop-blue": ATTRIBUTES, "shop-green": ATTRIBUTES},
        targets={"shop-blue": TargetCount(2, 2), "shop-green": TargetCount(0, 0)},
        production_rules=[forward({BLUE: 100, GREEN: 0})], test_rules=[forward({BLUE: 0, GREEN: 100})],
        alarms=[alarm("dead", "HTTPCode_ELB_5XX_Count")],
        database={"DBInstanceStatus": "available", "DBInstanceClass": "db.t3.medium", "Engine": "postgres",
                  "BackupRetentionPeriod": 7},
        max_connections="", snapshots=[{"Status": "available", "SnapshotCreateTime": NOW - timedelta(hours=3)}],
        series=series(policy), balancer_name="shop.elb.amazonaws.com",
        records=[{"Name": "www.shop.", "Type": "CNAME", "TTL": 60,
                  "ResourceRecords": [{"Value": "shop.elb.amazonaws.com"}]}],
        denied=[], uninvokable=[],
        health=HealthAnswer("http://shop/health", 200,
                            {"database": "connected", "schema": "compatible", "version": "7"}),
    )  # fmt: skip
