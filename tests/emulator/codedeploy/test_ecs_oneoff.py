"""Tasks that RunTask starts once, as the ECS API tells of them."""

import datetime as dt
from typing import Any

import pytest
from botocore.exceptions import ClientError

from guardian_rehearsal.emulator.ecs import OneOffTask, ecs_backend

TAGS = [{"key": "guardian:migrates", "value": "shop"}]
UNPULLED = "CannotPullContainerError: pull image manifest has been retried 5 time(s): app:9: not found"


def definition(shop: Any, family: str = "migrate", containers: tuple[str, ...] = ("migrate",)) -> str:
    made = shop.ecs.register_task_definition(
        family=family, networkMode="awsvpc", cpu="256", memory="512", requiresCompatibilities=["FARGATE"],
        containerDefinitions=[{"name": one, "image": "app:2"} for one in containers],
    )  # fmt: skip
    return str(made["taskDefinition"]["taskDefinitionArn"])


def run(shop: Any, task_definition: str, **options: Any) -> Any:
    network = {"awsvpcConfiguration": {"subnets": shop.subnet_ids, "securityGroups": [shop.security_group]}}
    started = shop.ecs.run_task(
        cluster="shop", taskDefinition=task_definition, launchType="FARGATE",
        **{"networkConfiguration": network, **options},
    )  # fmt: skip
    return started["tasks"][0]


def held(shop: Any, task: Any) -> OneOffTask:
    return ecs_backend(shop.aws.account_id, shop.aws.region).one_off_task(task["taskArn"])


def described(shop: Any, arn: str, **options: Any) -> Any:
    return shop.ecs.describe_tasks(cluster="shop", tasks=[arn], **options)


def listed(shop: Any, **selection: str) -> list[str]:
    return list(shop.ecs.list_tasks(**{"cluster": "shop", **selection})["taskArns"])


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


def test_a_task_is_provisioned_and_then_runs(shop: Any) -> None:
    """A new task has its definition, its group and no exit code, and stays as it is until it is told to run."""
    arn = definition(shop)
    started = run(shop, arn, startedBy="pipeline")
    assert (started["lastStatus"], started["desiredStatus"]) == ("PROVISIONING", "RUNNING")
    for _ in range(2):
        [task] = described(shop, started["taskArn"])["tasks"]
        assert task["lastStatus"] == "PROVISIONING"
    assert (task["taskDefinitionArn"], task["group"], task["startedBy"]) == (
        arn, "family:migrate", "pipeline",
    )  # fmt: skip
    assert task["createdAt"] == dt.datetime.now(dt.UTC)
    held(shop, started).start(now())
    [task] = described(shop, started["taskArn"])["tasks"]
    assert (task["lastStatus"], task["containers"][0]["lastStatus"]) == ("RUNNING", "RUNNING")
    assert "exitCode" not in task["containers"][0]


def test_each_container_has_its_exit_code(shop: Any) -> None:
    """A stopped task says with what each of its containers ended; one that never began says nothing."""
    started = run(shop, definition(shop, containers=("migrate", "proxy", "late")))
    held(shop, started).exit(now(), {"migrate": 1, "proxy": 0})
    [task] = described(shop, started["taskArn"])["tasks"]
    assert [(one["name"], one.get("exitCode")) for one in task["containers"]] == [
        ("migrate", 1), ("proxy", 0), ("late", None),
    ]  # fmt: skip
    assert (task["lastStatus"], task["desiredStatus"], task["stopCode"]) == (
        "STOPPED", "STOPPED", "EssentialContainerExited",
    )  # fmt: skip
    assert task["stoppedReason"] == "Essential container in task exited"
    assert task["stoppedAt"] == dt.datetime.now(dt.UTC)


def test_a_task_without_its_image_has_a_reason_and_no_exit_code(shop: Any) -> None:
    """A task whose image could not be pulled says so, on itself and on its container, and never ran."""
    started = run(shop, definition(shop))
    held(shop, started).fail_to_start(now(), UNPULLED)
    [task] = described(shop, started["taskArn"])["tasks"]
    assert (task["stopCode"], task["stoppedReason"]) == ("TaskFailedToStart", UNPULLED)
    [container] = task["containers"]
    assert (container["reason"], container["lastStatus"]) == (UNPULLED, "STOPPED")
    assert "exitCode" not in container
    assert "startedAt" not in task


def test_tags_are_told_only_when_they_are_asked_for(shop: Any) -> None:
    """DescribeTasks has the tags with include=TAGS, and none without."""
    started = run(shop, definition(shop), tags=TAGS)
    assert described(shop, started["taskArn"], include=["TAGS"])["tasks"][0]["tags"] == TAGS
    assert not described(shop, started["taskArn"])["tasks"][0].get("tags")


def test_tasks_are_listed_by_status_and_family(shop: Any) -> None:
    """ListTasks has running tasks unless it is asked for stopped ones, and only those of a family when it is named."""
    done, going = run(shop, definition(shop)), run(shop, definition(shop))
    other = run(shop, definition(shop, family="seed"))
    held(shop, done).exit(now(), {"migrate": 0})
    assert listed(shop, family="migrate") == [going["taskArn"]]
    assert listed(shop, family="migrate", desiredStatus="STOPPED") == [done["taskArn"]]
    assert set(listed(shop)) == {going["taskArn"], other["taskArn"]}


def test_a_stopped_task_is_forgotten_after_an_hour(shop: Any) -> None:
    """Until an hour after its end a task is listed and described; then it is missing."""
    started = run(shop, definition(shop))
    held(shop, started).exit(now(), {"migrate": 0})
    shop.run(minutes=60)
    assert listed(shop, desiredStatus="STOPPED") == [started["taskArn"]]
    shop.run(seconds=1)
    assert listed(shop, desiredStatus="STOPPED") == []
    answer = described(shop, started["taskArn"])
    assert answer["tasks"] == []
    assert answer["failures"] == [{"arn": started["taskArn"], "reason": "MISSING"}]


def test_a_task_is_known_in_its_own_cluster_only(shop: Any) -> None:
    """Another cluster, even one whose name begins with this one's, neither lists nor describes the task."""
    shop.ecs.create_cluster(clusterName="shop-2")
    network = {"awsvpcConfiguration": {"subnets": shop.subnet_ids}}
    started = shop.ecs.run_task(
        cluster="shop-2", taskDefinition=definition(shop), launchType="FARGATE", networkConfiguration=network
    )["tasks"][0]
    assert listed(shop) == []
    assert described(shop, started["taskArn"])["failures"][0]["reason"] == "MISSING"
    assert listed(shop, cluster="shop-2") == [started["taskArn"]]


def test_fargate_needs_a_network(shop: Any) -> None:
    """RunTask in mode awsvpc without a network configuration is refused."""
    with pytest.raises(ClientError, match="Network Configuration must be provided"):
        shop.ecs.run_task(cluster="shop", taskDefinition=definition(shop), launchType="FARGATE")


def test_a_services_tasks_name_their_definition(shop: Any) -> None:
    """DescribeTasks tells which definition a service's task runs, and that it has not exited."""
    shop.create_service(1)
    [task] = described(shop, listed(shop)[0])["tasks"]
    assert task["taskDefinitionArn"] == shop.definitions[0]
    assert "exitCode" not in task["containers"][0]
