"""The companion stack in an emulated AWS, as published and mended, and the command that reads it."""

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from guardian_console.main import app
from guardian_console.preflight.permissions import CALLS
from guardian_rehearsal.clock import SimulatedClock
from guardian_rehearsal.emulator.server import EmulatedAws
from guardian_rehearsal.template import load_template
from guardian_rehearsal.world import World, build_world, deploy

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HOOKS = {"AfterInstall": "CodeDeployHook_guardian_AfterInstall",
         "AfterAllowTestTraffic": "CodeDeployHook_guardian_AfterAllowTestTraffic"}  # fmt: skip
POLICY = {"database": {"instance": "ecommerce-bluegreen-db", "max_connections": 112}}


@dataclass
class Account:
    """An account with the companion stack."""

    aws: EmulatedAws
    clock: SimulatedClock
    world: World
    policy: Path

    def preflight(self, *arguments: str) -> Result:
        """Run the command on the stack's deployment group."""
        service = "--application", self.world.application, "--deployment-group", self.world.deployment_group
        return CliRunner().invoke(app, ["preflight", *service, "--policy", str(self.policy), *arguments])

    def report(self, *arguments: str) -> dict[str, Any]:
        """Return what the command prints as JSON."""
        done = self.preflight("--json", *arguments)
        assert done.stdout, done.output
        report: dict[str, Any] = json.loads(done.stdout)
        return report

    def report_stored(self) -> dict[str, Any]:
        """Return what the command prints when it is given no policy."""
        service = "--application", self.world.application, "--deployment-group", self.world.deployment_group
        report: dict[str, Any] = json.loads(CliRunner().invoke(app, ["preflight", *service, "--json"]).stdout)
        return report

    def checked(self, key: str, *arguments: str) -> list[str]:
        """Return what one check finds, with its level."""
        findings = self.report(*arguments)["findings"]
        return [f"{one['level']}: {one['found']}" for one in findings if one["check"] == key]

    def found(self, fault: str, *arguments: str) -> list[str]:
        """Return what is found of one of the stack's faults, with its level."""
        findings = self.report(*arguments)["findings"]
        return [f"{one['level']}: {one['found']}" for one in findings if one["fault"] == fault]

    def release(self, config: str | None = None) -> str:
        """Begin a deployment, with another configuration than the group's if one is given."""
        if config is None:
            return deploy(self.aws, self.world, "2")
        codedeploy = self.aws.client("codedeploy")
        last = codedeploy.get_deployment(deploymentId=deploy(self.aws, self.world, "2"))["deploymentInfo"]
        self.finish()
        text = codedeploy.get_application_revision(
            applicationName=self.world.application, revision=last["revision"]
        )["revision"]
        made: str = codedeploy.create_deployment(
            applicationName=self.world.application, deploymentGroupName=self.world.deployment_group,
            deploymentConfigName=config, revision=text,
        )["deploymentId"]  # fmt: skip
        return made

    def finish(self) -> None:
        """Let two hours pass, in which every deployment here ends."""
        for _ in range(120):
            self.clock.move_to(self.clock.now() + timedelta(minutes=1))
            self.aws.codedeploy.advance()

    def serve(self) -> None:
        """Publish ten minutes of what a service that serves publishes."""
        balancer = {"LoadBalancer": self.world.load_balancer.partition(":loadbalancer/")[2]}
        service = {"ClusterName": self.world.cluster, "ServiceName": self.world.service}
        database = {"DBInstanceIdentifier": self.world.db_instance}
        group = next(iter(self.world.target_groups.values())).rpartition(":")[2]
        for minute in range(10):
            at = self.clock.now() - timedelta(minutes=20 - minute)
            for namespace, name, dimensions in (
                ("AWS/ApplicationELB", "RequestCount", {**balancer, "TargetGroup": group}),
                ("AWS/ApplicationELB", "HealthyHostCount", {**balancer, "TargetGroup": group}),
                ("AWS/ECS", "CPUUtilization", service),
                ("AWS/RDS", "DatabaseConnections", database),
                ("AWS/RDS", "CPUUtilization", database),
            ):
                self.aws.cloudwatch.record(namespace, name, dimensions, at, [20.0])

    def install_roles(self, leave_out: str = "", guard: str = "ecommerce-*/*") -> None:
        """Install the roles and policies of template.yaml, and what they name, as the stack `guardian`.

        Args:
            leave_out: An action that the policies shall not allow.
            guard: Application and group, or a pattern of them, that may be stopped.
        """
        template = load_template()
        kinds = (
            "AWS::IAM::ManagedPolicy",
            "AWS::DynamoDB::Table",
            "AWS::SNS::Topic",
            "AWS::SQS::Queue",
            "AWS::Logs::LogGroup",
        )
        resources = template["Resources"].items()
        kept = {name: one for name, one in resources if name in CALLS or one["Type"] in kinds}
        for name, one in kept.items():
            if one["Type"] == "AWS::SQS::Queue":  # on AWS CloudFormation finds the name and its ending itself
                ending = ".fifo" if one["Properties"].get("FifoQueue") else ""
                one["Properties"]["QueueName"] = f"guardian-{name}{ending}"
        sections = {"Parameters": template["Parameters"], "Conditions": template["Conditions"]}
        body = json.dumps({**sections, "Resources": long_form(kept)})
        if leave_out:
            assert leave_out in body
            body = body.replace(leave_out, "none:None")
        cloudformation, iam = self.aws.client("cloudformation"), self.aws.client("iam")
        guarded = f"arn:aws:codedeploy:{self.aws.region}:{self.aws.account_id}:deploymentgroup:{guard}"
        cloudformation.create_stack(
            StackName="guardian", TemplateBody=body, Capabilities=["CAPABILITY_IAM"],
            Parameters=[{"ParameterKey": "GuardedDeploymentGroups", "ParameterValue": guarded}],
        )  # fmt: skip
        made = cloudformation.describe_stack_resources(StackName="guardian")["StackResources"]
        names = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in made}
        for (
            role,
            one,
        ) in kept.items():  # moto's CloudFormation leaves out what a role's ManagedPolicyArns attach
            for policy in one.get("Properties", {}).get("ManagedPolicyArns", ()):
                iam.attach_role_policy(RoleName=names[role], PolicyArn=names[policy["Ref"]])

    def allow_hooks(self, function: str = "CodeDeployHook_*") -> None:
        """Make CodeDeploy's service role, which may invoke some functions."""
        iam, role = self.aws.client("iam"), "ecommerce-bluegreen-codedeploy"
        iam.create_role(RoleName=role, AssumeRolePolicyDocument="{}")
        allow = {"Effect": "Allow", "Action": "lambda:InvokeFunction",
                 "Resource": f"arn:aws:lambda:*:{self.aws.account_id}:function:{function}"}  # fmt: skip
        document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
        iam.put_role_policy(RoleName=role, PolicyName="invoke", PolicyDocument=document)

    def mend(self) -> None:
        """Change what preflight says is wrong with the published stack."""
        watched = "ecommerce-bluegreen-elb-5xx"
        terminate = {"action": "TERMINATE", "terminationWaitTimeInMinutes": 1440}
        events = ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"]
        self.aws.client("cloudwatch").put_metric_alarm(
            AlarmName=watched, Namespace="AWS/ApplicationELB", MetricName="HTTPCode_ELB_5XX_Count",
            Dimensions=[{"Name": "LoadBalancer", "Value": self.world.load_balancer.partition("loadbalancer/")[2]}],
            Statistic="Sum", Period=60, EvaluationPeriods=2, Threshold=10, ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="notBreaching",
        )  # fmt: skip
        self.aws.client("codedeploy").update_deployment_group(
            applicationName=self.world.application,
            currentDeploymentGroupName=self.world.deployment_group,
            blueGreenDeploymentConfiguration={
                "terminateBlueInstancesOnDeploymentSuccess": terminate,
                "deploymentReadyOption": {"actionOnTimeout": "CONTINUE_DEPLOYMENT", "waitTimeInMinutes": 0},
            },
            autoRollbackConfiguration={"enabled": True, "events": events},
            alarmConfiguration={"enabled": True, "alarms": [{"name": watched}]},
        )


def long_form(node: Any) -> Any:
    """Return a template's part with the lists that JSON wants of Fn::GetAtt."""
    if isinstance(node, list):
        return [long_form(one) for one in node]
    if not isinstance(node, dict):
        return node
    return {
        key: value.split(".") if key == "Fn::GetAtt" and isinstance(value, str) else long_form(value)
        for key, value in node.items()
    }


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Account]:
    """The companion stack as published, at noon."""
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps(POLICY))
    with SimulatedClock(NOON) as clock, EmulatedAws() as aws:
        for name, value in aws.environment().items():
            monkeypatch.setenv(name, value)
        action = f"arn:aws:lambda:{aws.region}:{aws.account_id}:function:alarm"
        yield Account(aws, clock, build_world(aws, hooks={}, alarm_action=action, insights="enabled"), policy)


class HealthPage:
    """A health page on this machine that answers what it is told."""

    def __init__(self) -> None:
        self.status, self.body = 200, b""
        page = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(page.status)
                self.end_headers()
                self.wfile.write(page.body)

            def log_message(self, *_: Any) -> None:
                """Keep quiet."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/health"

    def answer(self, status: int, fields: Mapping[str, str]) -> None:
        self.status, self.body = status, json.dumps(fields).encode()


@pytest.fixture
def page() -> Iterator[HealthPage]:
    """A health page."""
    served = HealthPage()
    thread = threading.Thread(target=served.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield served
    served.server.shutdown()
    served.server.server_close()
    thread.join()
