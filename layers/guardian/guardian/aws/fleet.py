"""The tasks behind target groups: target group -> registered addresses -> tasks."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from guardian.aws.calls import NotThereError, aws_call
from guardian.gates import Versions
from guardian.model import Capacity, Deployment, Role, TargetGroup

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client

MOST_TASKS = 20
"""Tasks of one colour whose CPU is read; CloudWatch charges for each, and twenty tell a colour's mean well."""
PER_CALL = 100
"""Tasks that one DescribeTasks takes (ECS API reference)."""


class EcsFleet:
    """Implements `Fleet`."""

    def __init__(self, ecs: "ECSClient", elbv2: "ElasticLoadBalancingv2Client") -> None:
        self._ecs = ecs
        self._elbv2 = elbv2

    def publishes_task_cpu(self, cluster: str) -> bool:
        with aws_call("ecs:DescribeClusters"):
            clusters = self._ecs.describe_clusters(clusters=[cluster], include=["SETTINGS"])["clusters"]
        settings = [setting for one in clusters for setting in one.get("settings", [])]
        return any(
            one.get("name") == "containerInsights" and one.get("value") == "enhanced" for one in settings
        )

    def capacity(self, cluster: str, ecs_service: str, group: TargetGroup) -> Capacity:
        try:
            with aws_call("elasticloadbalancing:DescribeTargetHealth"):
                found = self._elbv2.describe_target_health(TargetGroupArn=group.arn)[
                    "TargetHealthDescriptions"
                ]
        except NotThereError:
            return Capacity(registered=0, healthy=0, unhealthy=0, running=0)  # the group itself is gone
        states = {one["Target"]["Id"]: one.get("TargetHealth", {}).get("State", "") for one in found}
        registered = {address for address, state in states.items() if "draining" not in state}
        behind = {address for address, _ in self._addresses(cluster, ecs_service)}
        return Capacity(
            registered=len(registered),
            healthy=sum(states[one] == "healthy" for one in registered),
            unhealthy=sum(states[one] == "unhealthy" for one in registered),
            running=len(registered & behind),
        )

    def tasks(self, deployment: Deployment) -> Mapping[Role, Sequence[str]]:
        by_address = dict(self._addresses(deployment.cluster, deployment.ecs_service))
        found: dict[Role, Sequence[str]] = {}
        for role, side in ((Role.BLUE, deployment.blue), (Role.GREEN, deployment.green)):
            if side is not None:
                registered = self._registered(side.target_group.arn)
                tasks = sorted(by_address[address] for address in registered if address in by_address)
                found[role] = tasks[:MOST_TASKS]
        return found

    def versions(self, deployment: Deployment, variable: str | None) -> Versions:
        with aws_call("ecs:DescribeServices"):
            found = self._ecs.describe_services(cluster=deployment.cluster, services=[deployment.ecs_service])
        sets = [one for service in found["services"] for one in service.get("taskSets", [])]
        sides = {"blue": deployment.blue, "green": deployment.green}
        return Versions(**{
            colour: self._version(sets, side.target_group.arn, variable)
            for colour, side in sides.items() if side is not None
        })  # fmt: skip

    def _version(self, task_sets: Any, target_group_arn: str, variable: str | None) -> str | None:
        """Return the version of the container behind a target group, by the newest task set registered in it."""
        behind = [
            (one, balancer)
            for one in task_sets
            for balancer in one.get("loadBalancers", [])
            if balancer.get("targetGroupArn") == target_group_arn
        ]
        if not behind:
            return None
        task_set, balancer = max(behind, key=lambda pair: pair[0]["createdAt"])
        with aws_call("ecs:DescribeTaskDefinition"):
            definition = self._ecs.describe_task_definition(taskDefinition=task_set["taskDefinition"])
        containers = {one["name"]: one for one in definition["taskDefinition"]["containerDefinitions"]}
        return _version_of(containers.get(balancer.get("containerName", ""), {}), variable)

    def _registered(self, target_group_arn: str) -> list[str]:
        with aws_call("elasticloadbalancing:DescribeTargetHealth"):
            health = self._elbv2.describe_target_health(TargetGroupArn=target_group_arn)[
                "TargetHealthDescriptions"
            ]
        return [entry["Target"]["Id"] for entry in health]

    def _addresses(self, cluster: str, ecs_service: str) -> Iterator[tuple[str, str]]:
        """Yield private address and task id of every running task of the service."""
        with aws_call("ecs:ListTasks"):
            pages = self._ecs.get_paginator("list_tasks").paginate(cluster=cluster, serviceName=ecs_service)
            arns = [arn for page in pages for arn in page["taskArns"]]
        for start in range(0, len(arns), PER_CALL):
            with aws_call("ecs:DescribeTasks"):
                tasks = self._ecs.describe_tasks(cluster=cluster, tasks=arns[start : start + PER_CALL])[
                    "tasks"
                ]
            for task in tasks:
                for address in _private_addresses(task):
                    yield address, task["taskArn"].rpartition("/")[2]


def _version_of(container: Any, variable: str | None) -> str | None:
    """Return the value of the container's variable, without one the tag of its image (`registry:443/name:tag`)."""
    if variable is not None:
        values = (one["value"] for one in container.get("environment", []) if one["name"] == variable)
        return next(values, None)
    _, _, tag = container.get("image", "").partition("@")[0].rpartition("/")[2].partition(":")
    return tag or None


def _private_addresses(task: Any) -> Iterator[str]:
    for attachment in task.get("attachments", []):
        for detail in attachment.get("details", []):
            if detail.get("name") == "privateIPv4Address":
                yield detail["value"]
