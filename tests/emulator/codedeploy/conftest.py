"""A small shop on the emulated AWS: one service, two target groups, one deployment group."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from guardian_rehearsal.emulator.deliveries import BusEvent, LambdaInvocation
from guardian_rehearsal.emulator.server import EmulatedAws

NOON = dt.datetime(2026, 11, 20, 12, 0, tzinfo=dt.UTC)
TARGET = "shop:checkout"


class Shop:
    """Drives one service's deployments with boto3 alone; time stands still until `run` moves it."""

    def __init__(self, aws: EmulatedAws, clock: Any) -> None:
        self.aws, self.clock = aws, clock
        self.elb, self.ecs = aws.client("elbv2"), aws.client("ecs")
        self.codedeploy, self.cloudwatch = aws.client("codedeploy"), aws.client("cloudwatch")
        self._network(aws.client("ec2"))
        self.ecs.create_cluster(clusterName="shop")
        self.definitions = [self._definition(image) for image in ("app:1", "app:2", "app:3")]
        self.codedeploy.create_application(applicationName="app", computePlatform="ECS")

    def _network(self, ec2: Any) -> None:
        vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.20.{n}.0/24", AvailabilityZone=f"eu-west-1{zone}")
            for n, zone in enumerate("ab")
        ]
        self.subnet_ids = [one["Subnet"]["SubnetId"] for one in self.subnets]
        self.security_group = ec2.create_security_group(GroupName="g", Description="g", VpcId=vpc)["GroupId"]
        self.balancer = self.elb.create_load_balancer(Name="shop", Subnets=self.subnet_ids)["LoadBalancers"][
            0
        ]
        self.first_group, self.second_group = (self._target_group(name, vpc) for name in ("tg-1", "tg-2"))
        self.listener = self._listener(80, self.first_group)
        self.test_listener = self._listener(8080, self.first_group)

    def _target_group(self, name: str, vpc: str) -> str:
        made = self.elb.create_target_group(Name=name, Protocol="HTTP", Port=8080, VpcId=vpc, TargetType="ip")
        return str(made["TargetGroups"][0]["TargetGroupArn"])

    def _listener(self, port: int, group: str) -> str:
        made = self.elb.create_listener(
            LoadBalancerArn=self.balancer["LoadBalancerArn"],
            Protocol="HTTP",
            Port=port,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
        )
        return str(made["Listeners"][0]["ListenerArn"])

    def _definition(self, image: str) -> str:
        made = self.ecs.register_task_definition(
            family="checkout",
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            requiresCompatibilities=["FARGATE"],
            containerDefinitions=[{"name": "app", "image": image}],
        )
        return str(made["taskDefinition"]["taskDefinitionArn"])

    def create_service(self, count: int = 2) -> Any:
        network = {"subnets": self.subnet_ids, "securityGroups": [self.security_group]}
        load_balancer = {
            "targetGroupArn": self.first_group,
            "containerName": "app",
            "containerPort": 8080,
        }
        return self.ecs.create_service(
            cluster="shop",
            serviceName="checkout",
            taskDefinition=self.definitions[0],
            desiredCount=count,
            launchType="FARGATE",
            deploymentController={"type": "CODE_DEPLOY"},
            networkConfiguration={"awsvpcConfiguration": network},
            loadBalancers=[load_balancer],
        )["service"]

    def create_group(
        self,
        rollback: tuple[str, ...] = (),
        alarms: tuple[str, ...] = (),
        *,
        with_test_listener: bool = True,
        wait_minutes: int = 60,
    ) -> None:
        pair: dict[str, Any] = {
            "targetGroups": [{"name": "tg-1"}, {"name": "tg-2"}],
            "prodTrafficRoute": {"listenerArns": [self.listener]},
        }
        if with_test_listener:
            pair["testTrafficRoute"] = {"listenerArns": [self.test_listener]}
        terminate = {"action": "TERMINATE", "terminationWaitTimeInMinutes": wait_minutes}
        self.codedeploy.create_deployment_group(
            applicationName="app",
            deploymentGroupName="group",
            serviceRoleArn="arn:aws:iam::123456789012:role/codedeploy",
            deploymentConfigName="CodeDeployDefault.ECSLinear10PercentEvery3Minutes",
            deploymentStyle={"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
            ecsServices=[{"clusterName": "shop", "serviceName": "checkout"}],
            loadBalancerInfo={"targetGroupPairInfoList": [pair]},
            blueGreenDeploymentConfiguration={"terminateBlueInstancesOnDeploymentSuccess": terminate},
            autoRollbackConfiguration={"enabled": bool(rollback), "events": list(rollback)},
            alarmConfiguration={"enabled": bool(alarms), "alarms": [{"name": name} for name in alarms]},
        )

    def app_spec(self, release: int, hooks: dict[str, str]) -> dict[str, Any]:
        properties = {
            "TaskDefinition": self.definitions[release - 1],
            "LoadBalancerInfo": {"ContainerName": "app", "ContainerPort": 8080},
        }
        service = {"TargetService": {"Type": "AWS::ECS::Service", "Properties": properties}}
        return {
            "version": 0.0,
            "Resources": [service],
            "Hooks": [{event: function} for event, function in hooks.items()],
        }

    def deploy(self, release: int = 2, hooks: dict[str, str] | None = None, config: str = "") -> str:
        content = json.dumps(self.app_spec(release, hooks or {}))
        named = {"deploymentConfigName": f"CodeDeployDefault.{config}"} if config else {}
        return self.create_deployment(content, **named)

    def create_deployment(self, content: str, **options: str) -> str:
        revision = {"revisionType": "AppSpecContent", "appSpecContent": {"content": content}}
        made = self.codedeploy.create_deployment(
            applicationName="app", deploymentGroupName="group", revision=revision, **options
        )
        return str(made["deploymentId"])

    def run(self, **span: float) -> None:
        """Let time pass."""
        self.clock.move_to(dt.datetime.now(dt.UTC) + dt.timedelta(**span))
        self.aws.codedeploy.advance()

    def run_until(self, event: str, status: str, deployment_id: str) -> None:
        """Let time pass from transition to transition until the lifecycle event has this status."""
        while self.events(deployment_id).get(event) != status:
            due = self.aws.codedeploy.next_due()
            assert due is not None, f"{event} never became {status}"
            self.clock.move_to(due)

    def run_until_over(self, deployment_id: str) -> str:
        """Let time pass until the deployment has ended, and return its status."""
        while self.info(deployment_id)["status"] in {"Created", "InProgress"}:
            self.clock.move_to(self.aws.codedeploy.next_due())
        return str(self.info(deployment_id)["status"])

    def run_until_rolled_back(self, deployment_id: str) -> str:
        """Let time pass until the rollback has succeeded, and return the rollback deployment's id."""
        self.run_until_over(deployment_id)
        rollback = str(self.info(deployment_id)["rollbackInfo"]["rollbackDeploymentId"])
        assert self.run_until_over(rollback) == "Succeeded"
        return rollback

    def info(self, deployment_id: str) -> Any:
        return self.codedeploy.get_deployment(deploymentId=deployment_id)["deploymentInfo"]

    def target(self, deployment_id: str) -> Any:
        got = self.codedeploy.get_deployment_target(deploymentId=deployment_id, targetId=TARGET)
        return got["deploymentTarget"]["ecsTarget"]

    def events(self, deployment_id: str) -> dict[str, str]:
        """Return the status of each lifecycle event; nothing before the start."""
        try:
            listed = self.target(deployment_id)["lifecycleEvents"]
        except self.codedeploy.exceptions.DeploymentNotStartedException:
            return {}
        return {event["lifecycleEventName"]: event["status"] for event in listed}

    def task_sets(self, deployment_id: str) -> dict[str, Any]:
        """Return the target's task sets by label."""
        return {one["taskSetLabel"]: one for one in self.target(deployment_id)["taskSetsInfo"]}

    def weights(self, listener: str = "") -> tuple[int, int]:
        """Return the weights of the first and second target group in the listener's default action."""
        described = self.elb.describe_listeners(ListenerArns=[listener or self.listener])["Listeners"][0]
        groups = described["DefaultActions"][0]["ForwardConfig"]["TargetGroups"]
        found = {group["TargetGroupArn"]: group["Weight"] for group in groups}
        return found.get(self.first_group, 0), found.get(self.second_group, 0)

    def health(self, group: str) -> list[str]:
        described = self.elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        return [one["TargetHealth"]["State"] for one in described]

    def invocations(self) -> list[LambdaInvocation]:
        """Take the hook invocations sent since the last call; bus events are dropped."""
        return [one for one in self.aws.outbox.take_all() if isinstance(one, LambdaInvocation)]

    def bus(self) -> list[tuple[str, str]]:
        """Take the bus events sent since the last call, as (deployment id, state)."""
        sent = [one.event["detail"] for one in self.aws.outbox.take_all() if isinstance(one, BusEvent)]
        return [(detail["deploymentId"], detail["state"]) for detail in sent]

    def answer(self, invocation: LambdaInvocation, status: str = "Succeeded") -> None:
        self.codedeploy.put_lifecycle_event_hook_execution_status(
            deploymentId=invocation.payload["DeploymentId"],
            lifecycleEventHookExecutionId=invocation.payload["LifecycleEventHookExecutionId"],
            status=status,
        )

    def service(self) -> Any:
        return self.ecs.describe_services(cluster="shop", services=["checkout"])["services"][0]


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """A shop at noon, with neither a service nor a deployment group."""
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")  # a second per test, and nobody reads them
    with time_machine.travel(NOON, tick=False) as clock, EmulatedAws() as aws:
        yield Shop(aws, clock)


@pytest.fixture
def ready(shop: Shop) -> Shop:
    """A shop with its service and a deployment group that rolls back on failure and on alarm."""
    shop.create_service()
    shop.create_group(("DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"), ("errors",))
    return shop
