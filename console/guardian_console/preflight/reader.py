"""Reads an account for preflight: every call is a read, and a failed one becomes the reason why a fact is unknown."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

import boto3

from guardian.aws.calls import CONFIG
from guardian.aws.cloudwatch import CloudWatchMetrics
from guardian.aws.codedeploy import CodeDeploy
from guardian.model import Service
from guardian.observe import Series, plan
from guardian.policy import Policy
from guardian_console.preflight.ask import ask, only, then
from guardian_console.preflight.facts import Fact, Facts, Json, TargetCount, Unasked
from guardian_console.preflight.probe import probe
from guardian_console.preflight.replies import appspec_hooks, at_rest, without_values
from guardian_console.preflight.simulation import Simulation
from guardian_console.preflight.stores import Stores
from guardian_console.preflight.surroundings import HOURS

SERVICES = (
    "cloudformation", "cloudwatch", "codedeploy", "ecs", "elbv2", "iam", "rds", "route53",
)  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """What besides the deployment group is to be looked at; None is not looked at.

    Attributes:
        stack: Guardian's CloudFormation stack.
        policy_path: The stack's PolicyPath.
        hosted_zone: Id of the Route 53 zone.
        record: A name in it; all of them without one.
        health_url: A page that tells whether the service is well.
    """

    stack: str | None = None
    policy_path: str = ""
    hosted_zone: str | None = None
    record: str | None = None
    health_url: str | None = None


class Reader:
    """Reads one account and region, as a context manager."""

    def __init__(self, session: boto3.Session) -> None:
        self._open = ExitStack()
        self._aws: dict[str, Any] = {
            name: self._open.enter_context(closing(session.client(name, config=CONFIG)))  # type: ignore[call-overload]
            for name in SERVICES
        }
        self._region = self._aws["codedeploy"].meta.region_name

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def read(self, group: Json, policy: Policy, bake_hours: float, wanted: Wanted) -> Facts:
        """Return everything that checks may ask for about one deployment group."""
        now = datetime.now(UTC)
        pair = group["loadBalancerInfo"]["targetGroupPairInfoList"][0]
        production = pair["prodTrafficRoute"]["listenerArns"][0]
        target_groups = self._target_groups([one["name"] for one in pair["targetGroups"]])
        service = self._service(group)
        running = then(service, self._running)
        last = self._last_deployment(group)
        hooks = then(last, self._hooks)
        stores = Stores(self._aws["rds"], self._aws["route53"], self._aws["elbv2"])
        database = stores.database(policy)
        simulation = Simulation(self._aws["cloudformation"], self._aws["iam"], group, self._region)
        return Facts(
            group=group, policy=policy, bake_hours=bake_hours, now=now,
            config=self._config(group), open_deployments=self._open_deployments(group),
            last_deployment=last, hooks=hooks,
            service=service, insights=self._insights(group), running=running, latest=then(running, self._latest),
            target_groups=target_groups, attributes=then(target_groups, self._attributes),
            targets=then(target_groups, self._targets), production_rules=self._rules(production),
            test_rules=self._test_rules(pair), alarms=self._alarms(group),
            database=database, max_connections=then(database, stores.max_connections),
            snapshots=then(database, stores.snapshots),
            series=then(target_groups, lambda found: self._series(group, found, policy, now)),
            balancer_name=stores.balancer(production), records=stores.records(wanted.hosted_zone, wanted.record),
            denied=simulation.denied(wanted.stack, wanted.policy_path),
            uninvokable=simulation.uninvokable(wanted.stack, hooks), health=probe(wanted.health_url),
        )  # fmt: skip

    def _config(self, group: Json) -> Fact[Json]:
        name = group["deploymentConfigName"]
        call = self._aws["codedeploy"].get_deployment_config
        return ask(
            "codedeploy:GetDeploymentConfig", lambda: call(deploymentConfigName=name)["deploymentConfigInfo"]
        )

    def _open_deployments(self, group: Json) -> Fact[Sequence[str]]:
        service = Service(application=group["applicationName"], deployment_group=group["deploymentGroupName"])
        adapter = CodeDeploy(self._aws["codedeploy"], self._aws["elbv2"])
        return ask("codedeploy:ListDeployments", lambda: adapter.open_deployments(service))

    def _last_deployment(self, group: Json) -> Fact[Json]:
        last = (group.get("lastAttemptedDeployment") or {}).get("deploymentId")
        if last is None:
            return Unasked("the deployment group has never deployed anything")
        call = self._aws["codedeploy"].get_deployment
        return ask("codedeploy:GetDeployment", lambda: call(deploymentId=last)["deploymentInfo"])

    def _hooks(self, deployment: Json) -> Fact[Mapping[str, str]]:
        names = {"applicationName": deployment["applicationName"], "revision": deployment["revision"]}

        def call() -> Mapping[str, str]:
            reply = self._aws["codedeploy"].get_application_revision(**names)
            return appspec_hooks(reply["revision"])

        return ask("codedeploy:GetApplicationRevision", call)

    def _service(self, group: Json) -> Fact[Json]:
        names = group["ecsServices"][0]

        def call() -> Json:
            reply = self._aws["ecs"].describe_services(
                cluster=names["clusterName"], services=[names["serviceName"]]
            )
            found: Json = only(
                reply["services"], f"ECS service {names['clusterName']}/{names['serviceName']}"
            )
            return found

        return ask("ecs:DescribeServices", call)

    def _insights(self, group: Json) -> Fact[str]:
        cluster = group["ecsServices"][0]["clusterName"]

        def call() -> str:
            reply = self._aws["ecs"].describe_clusters(clusters=[cluster], include=["SETTINGS"])
            settings = only(reply["clusters"], f"ECS cluster {cluster}").get("settings", ())
            values = [one["value"] for one in settings if one["name"] == "containerInsights"]
            return values[0] if values else "disabled"

        return ask("ecs:DescribeClusters", call)

    def _running(self, service: Json) -> Fact[Json]:
        primary = [one for one in service.get("taskSets", ()) if one["status"] == "PRIMARY"]
        holder = primary[0] if primary else service
        return self._definition(holder.get("taskDefinition", ""))

    def _latest(self, running: Json) -> Fact[Json]:
        return self._definition(running["family"])

    def _definition(self, name: str) -> Fact[Json]:
        call = self._aws["ecs"].describe_task_definition
        return ask(
            "ecs:DescribeTaskDefinition",
            lambda: without_values(call(taskDefinition=name)["taskDefinition"]),
        )

    def _target_groups(self, names: Sequence[str]) -> Fact[Sequence[Json]]:
        call = self._aws["elbv2"].describe_target_groups

        def sorted_as_named() -> Sequence[Json]:
            found = call(Names=list(names))["TargetGroups"]
            return sorted(found, key=lambda one: names.index(one["TargetGroupName"]))

        return ask("elasticloadbalancing:DescribeTargetGroups", sorted_as_named)

    def _attributes(self, groups: Sequence[Json]) -> Fact[Mapping[str, Mapping[str, str]]]:
        def one(group: Json) -> Mapping[str, str]:
            reply = self._aws["elbv2"].describe_target_group_attributes(
                TargetGroupArn=group["TargetGroupArn"]
            )
            return {attribute["Key"]: attribute["Value"] for attribute in reply["Attributes"]}

        return ask(
            "elasticloadbalancing:DescribeTargetGroupAttributes",
            lambda: {group["TargetGroupName"]: one(group) for group in groups},
        )

    def _targets(self, groups: Sequence[Json]) -> Fact[Mapping[str, TargetCount]]:
        def one(group: Json) -> TargetCount:
            reply = self._aws["elbv2"].describe_target_health(TargetGroupArn=group["TargetGroupArn"])
            states = [target["TargetHealth"]["State"] for target in reply["TargetHealthDescriptions"]]
            return TargetCount(states.count("healthy"), len(states))

        return ask(
            "elasticloadbalancing:DescribeTargetHealth",
            lambda: {group["TargetGroupName"]: one(group) for group in groups},
        )

    def _rules(self, listener: str) -> Fact[Sequence[Json]]:
        pages = self._aws["elbv2"].get_paginator("describe_rules")
        return ask(
            "elasticloadbalancing:DescribeRules",
            lambda: [rule for page in pages.paginate(ListenerArn=listener) for rule in page["Rules"]],
        )

    def _test_rules(self, pair: Json) -> Fact[Sequence[Json]]:
        listeners = (pair.get("testTrafficRoute") or {}).get("listenerArns") or ()
        return (
            self._rules(listeners[0]) if listeners else Unasked("the deployment group has no test listener")
        )

    def _alarms(self, group: Json) -> Fact[Sequence[Json]]:
        names = [one["name"] for one in (group.get("alarmConfiguration") or {}).get("alarms") or ()]
        if not names:
            return Unasked("the deployment group has no alarms")

        def call() -> Sequence[Json]:
            reply = self._aws["cloudwatch"].describe_alarms(
                AlarmNames=names, AlarmTypes=["MetricAlarm", "CompositeAlarm"]
            )
            return [*reply["MetricAlarms"], *reply["CompositeAlarms"]]

        return ask("cloudwatch:DescribeAlarms", call)

    def _series(
        self, group: Json, target_groups: Sequence[Json], policy: Policy, now: datetime
    ) -> Fact[Sequence[Series]]:
        queries = plan(at_rest(group, target_groups), policy, {})
        end = now.replace(second=0, microsecond=0)
        metrics = CloudWatchMetrics(self._aws["cloudwatch"])
        return ask(
            "cloudwatch:GetMetricData", lambda: metrics.read(queries, end - timedelta(hours=HOURS), end)
        )
