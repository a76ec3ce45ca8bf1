"""One-off tasks of ECS: what `aws ecs run-task` started."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

from guardian.aws.calls import aws_call
from guardian.model import OneOffTask, TaskContainer
from guardian.policy.gates import MigrationPolicy, TagPolicy

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient

PER_CALL = 100
"""Tasks that one DescribeTasks takes (ECS API reference)."""
STATUSES: tuple[Literal["RUNNING", "STOPPED"], ...] = ("RUNNING", "STOPPED")
"""Desired statuses by which tasks are listed; a pending task is listed as RUNNING (ECS API reference, ListTasks)."""


class EcsTasks:
    """Implements `OneOffTasks`."""

    def __init__(self, ecs: "ECSClient") -> None:
        self._ecs = ecs

    def find(self, cluster: str, named: MigrationPolicy) -> Sequence[OneOffTask]:
        arns = [named.task] if named.task else self._listed(cluster, named.family)
        return tuple(_task(one) for one in self._described(cluster, arns) if _has(one, named.tag))

    def _listed(self, cluster: str, family: str | None) -> list[str]:
        """Return the tasks of a family, or of the whole cluster: ListTasks knows no tags."""
        by_family: Any = {"family": family} if family else {}
        found: list[str] = []
        for status in STATUSES:
            with aws_call("ecs:ListTasks"):
                pages = self._ecs.get_paginator("list_tasks").paginate(
                    cluster=cluster, desiredStatus=status, **by_family
                )
                found += [arn for page in pages for arn in page["taskArns"]]
        return found

    def _described(self, cluster: str, arns: Sequence[str]) -> Iterator[Any]:
        for start in range(0, len(arns), PER_CALL):
            with aws_call("ecs:DescribeTasks"):
                yield from self._ecs.describe_tasks(
                    cluster=cluster, tasks=arns[start : start + PER_CALL], include=["TAGS"]
                )["tasks"]


def _has(task: Any, tag: TagPolicy | None) -> bool:
    return tag is None or {"key": tag.key, "value": tag.value} in task.get("tags", [])


def _task(described: Any) -> OneOffTask:
    containers = tuple(
        TaskContainer(name=one["name"], exit_code=one.get("exitCode"), reason=one.get("reason", ""))
        for one in described.get("containers", [])
    )
    return OneOffTask(
        arn=described["taskArn"],
        status=described["lastStatus"],
        created=described["createdAt"],
        containers=containers,
        reason=described.get("stoppedReason", ""),
    )
