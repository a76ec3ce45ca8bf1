"""The guarded world: the companion stack of the guides, made through boto3 calls as a user would make it.

One Fargate service under CodeDeploy with linear 10 % every 3 minutes, a production listener on port 80 and a test
listener on port 8080, two target groups, alarms on one of them, and a PostgreSQL instance behind both colours. What
Guardian's guide adds: an alarm on its metric RollbackNeeded, by which CodeDeploy rolls back where Guardian cannot.
"""

import json
from dataclasses import dataclass
from typing import Any

from guardian_rehearsal.emulator.server import EmulatedAws
from guardian_rehearsal.world_alarms import put_limits, put_rollback_needed
from guardian_rehearsal.world_listeners import put_listeners

PROJECT = "ecommerce-bluegreen"
TASKS = 2
CONFIG = "CodeDeployDefault.ECSLinear10PercentEvery3Minutes"
TERMINATION_WAIT_MINUTES = 5
ALARMS = (f"{PROJECT}-high-error-rate", f"{PROJECT}-high-response-time")
ROLLBACK_ALARM = f"{PROJECT}-rollback-needed"
HEALTH_CHECK = {
    "HealthCheckPath": "/health", "HealthCheckIntervalSeconds": 30, "HealthCheckTimeoutSeconds": 5,
    "HealthyThresholdCount": 2, "UnhealthyThresholdCount": 3, "Matcher": {"HttpCode": "200"},
}  # fmt: skip


@dataclass(frozen=True)
class World:
    """Names and ARNs of what was made.

    Attributes:
        application: CodeDeploy application.
        deployment_group: CodeDeploy deployment group.
        cluster: ECS cluster.
        service: ECS service.
        load_balancer: ARN.
        production_listener: ARN of the listener on port 80.
        target_groups: ARN by name, the first one being behind the production listener.
        db_instance: DBInstanceIdentifier.
        rollback_alarm: Name of the alarm on Guardian's metric.
        appspec_hooks: Lambda function names by lifecycle event.
    """

    application: str
    deployment_group: str
    cluster: str
    service: str
    load_balancer: str
    production_listener: str
    target_groups: dict[str, str]
    db_instance: str
    rollback_alarm: str
    appspec_hooks: dict[str, str]


def build_world(
    aws: EmulatedAws,
    *,
    hooks: dict[str, str],
    alarm_action: str,
    config: str = CONFIG,
    insights: str = "enhanced",
    serving: str = "blue",
    wait: int | None = TERMINATION_WAIT_MINUTES,
    path_rule: bool = False,
) -> World:
    """Make the stack.

    Args:
        aws: Where.
        hooks: Function names for the AppSpec, by lifecycle event.
        alarm_action: ARN that the stack's alarms call besides CodeDeploy.
        config: The group's deployment configuration.
        insights: Container Insights of the cluster: `enabled` as in the companion stack, or `enhanced`.
        serving: Colour in the name of the group that serves production; it changes with every deployment.
        wait: Minutes after which CodeDeploy deletes the replaced tasks; None leaves them running.
        path_rule: Whether a rule for a path forwards to the groups too, besides the default action.
    """
    subnets, security_group = _network(aws)
    balancer, groups = _load_balancer(aws, subnets)
    idle = "green" if serving == "blue" else "blue"
    production, test = put_listeners(aws, balancer, groups[serving], groups[idle], path_rule=path_rule)
    _service(aws, subnets, security_group, groups[serving], insights)
    _database(aws)
    names = {role: f"{PROJECT}-{role}-tg" for role in groups}
    put_limits(aws, ALARMS, balancer, groups["green"], alarm_action)
    put_rollback_needed(aws, ROLLBACK_ALARM, f"{PROJECT}/{PROJECT}-deployment-group")
    _deployment_group(aws, config, list(names.values()), production, test, wait)
    return World(
        application=PROJECT, deployment_group=f"{PROJECT}-deployment-group",
        cluster=f"{PROJECT}-cluster", service=f"{PROJECT}-service",
        load_balancer=balancer, production_listener=production,
        target_groups={names[role]: groups[role] for role in (serving, idle)},
        db_instance=f"{PROJECT}-db", rollback_alarm=ROLLBACK_ALARM, appspec_hooks=hooks,
    )  # fmt: skip


def deploy(aws: EmulatedAws, world: World, version: str) -> str:
    """Release a new revision as `aws deploy create-deployment` does; return the deployment's id."""
    revision = _task_definition(aws, version)
    appspec = {
        "version": 0.0,
        "Resources": [{"TargetService": {"Type": "AWS::ECS::Service", "Properties": {
            "TaskDefinition": revision, "LoadBalancerInfo": {"ContainerName": "app", "ContainerPort": 8080},
        }}}],
        "Hooks": [{event: function} for event, function in world.appspec_hooks.items()],
    }  # fmt: skip
    deployment: str = aws.client("codedeploy").create_deployment(
        applicationName=world.application,
        deploymentGroupName=world.deployment_group,
        revision={"revisionType": "AppSpecContent", "appSpecContent": {"content": json.dumps(appspec)}},
        description=f"release {version}",
    )["deploymentId"]
    return deployment


def _network(aws: EmulatedAws) -> tuple[list[str], str]:
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    zones = ("a", "b")
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{aws.region}{zone}")
        for number, zone in enumerate(zones)
    ]
    group = ec2.create_security_group(GroupName=f"{PROJECT}-sg", Description="tasks", VpcId=vpc)["GroupId"]
    return [subnet["Subnet"]["SubnetId"] for subnet in subnets], group


def _load_balancer(aws: EmulatedAws, subnets: list[str]) -> tuple[str, dict[str, str]]:
    elbv2 = aws.client("elbv2")
    balancer = elbv2.create_load_balancer(Name=f"{PROJECT}-alb", Subnets=subnets)["LoadBalancers"][0]
    groups = {}
    for role in ("blue", "green"):
        groups[role] = elbv2.create_target_group(
            Name=f"{PROJECT}-{role}-tg",
            Protocol="HTTP",
            Port=8080,
            TargetType="ip",
            VpcId=balancer["VpcId"],
            **HEALTH_CHECK,
        )["TargetGroups"][0]["TargetGroupArn"]
    return balancer["LoadBalancerArn"], groups


def _task_definition(aws: EmulatedAws, version: str) -> str:
    container = {
        "name": "app",
        "image": f"{PROJECT}:{version}",
        "portMappings": [{"containerPort": 8080}],
        "environment": [{"name": "APP_VERSION", "value": version}],
    }
    arn: str = aws.client("ecs").register_task_definition(
        family=PROJECT,
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        containerDefinitions=[container],
    )["taskDefinition"]["taskDefinitionArn"]
    return arn


def _service(
    aws: EmulatedAws, subnets: list[str], security_group: str, target_group: str, insights: str
) -> None:
    ecs = aws.client("ecs")
    cluster = f"{PROJECT}-cluster"
    ecs.create_cluster(clusterName=cluster, settings=[{"name": "containerInsights", "value": insights}])
    network = {"awsvpcConfiguration": {"subnets": subnets, "securityGroups": [security_group]}}
    ecs.create_service(
        cluster=cluster,
        serviceName=f"{PROJECT}-service",
        taskDefinition=_task_definition(aws, "1"),
        desiredCount=TASKS,
        launchType="FARGATE",
        deploymentController={"type": "CODE_DEPLOY"},
        loadBalancers=[{"targetGroupArn": target_group, "containerName": "app", "containerPort": 8080}],
        networkConfiguration=network,
    )


def _database(aws: EmulatedAws) -> None:
    aws.client("rds").create_db_instance(
        DBInstanceIdentifier=f"{PROJECT}-db", DBInstanceClass="db.t3.micro", Engine="postgres", EngineVersion="17.6",
        AllocatedStorage=20, DBName="ecommerce", MasterUsername="app", ManageMasterUserPassword=True,
        BackupRetentionPeriod=7,
    )  # fmt: skip


def _deployment_group(
    aws: EmulatedAws, config: str, names: list[str], production: str, test: str, wait: int | None
) -> None:
    codedeploy = aws.client("codedeploy")
    codedeploy.create_application(applicationName=PROJECT, computePlatform="ECS")
    terminate: dict[str, Any] = {"action": "KEEP_ALIVE"}
    if wait is not None:
        terminate = {"action": "TERMINATE", "terminationWaitTimeInMinutes": wait}
    pair: dict[str, Any] = {
        "targetGroups": [{"name": name} for name in names],
        "prodTrafficRoute": {"listenerArns": [production]},
        "testTrafficRoute": {"listenerArns": [test]},
    }
    codedeploy.create_deployment_group(
        applicationName=PROJECT,
        deploymentGroupName=f"{PROJECT}-deployment-group",
        deploymentConfigName=config,
        serviceRoleArn=f"arn:aws:iam::{aws.account_id}:role/{PROJECT}-codedeploy",
        ecsServices=[{"clusterName": f"{PROJECT}-cluster", "serviceName": f"{PROJECT}-service"}],
        loadBalancerInfo={"targetGroupPairInfoList": [pair]},
        deploymentStyle={"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
        blueGreenDeploymentConfiguration={
            "terminateBlueInstancesOnDeploymentSuccess": terminate,
            "deploymentReadyOption": {"actionOnTimeout": "CONTINUE_DEPLOYMENT", "waitTimeInMinutes": 0},
        },
        autoRollbackConfiguration={
            "enabled": True,
            "events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"],
        },
        alarmConfiguration={
            "enabled": True,
            "alarms": [{"name": name} for name in (*ALARMS, ROLLBACK_ALARM)],
        },
    )
