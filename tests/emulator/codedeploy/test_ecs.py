"""Services under the CODE_DEPLOY controller."""

import ipaddress
from typing import Any

import pytest
from botocore.exceptions import ClientError

from guardian_rehearsal.emulator.ecs import ecs_backend, install


def tasks(shop: Any, **selection: str) -> Any:
    arns = shop.ecs.list_tasks(cluster="shop", **selection)["taskArns"]
    return shop.ecs.describe_tasks(cluster="shop", tasks=arns)["tasks"] if arns else []


def addresses(shop: Any, **selection: str) -> list[str]:
    return [
        detail["value"]
        for task in tasks(shop, **selection)
        for detail in task["attachments"][0]["details"]
        if detail["name"] == "privateIPv4Address"
    ]


def test_new_service_has_a_primary_task_set(shop: Any) -> None:
    """A new service has one PRIMARY task set at its target group, running all its tasks."""
    service = shop.create_service(3)
    [task_set] = service["taskSets"]
    assert task_set["id"].startswith("ecs-svc/")
    assert task_set["id"].removeprefix("ecs-svc/").isdigit()
    assert (task_set["status"], task_set["runningCount"], task_set["pendingCount"]) == ("PRIMARY", 3, 0)
    assert task_set["loadBalancers"][0]["targetGroupArn"] == shop.first_group
    assert service["runningCount"] == 3


def test_tasks_have_their_own_addresses(shop: Any) -> None:
    """Each task has its own address inside one of the service's subnets."""
    shop.create_service(4)
    found = addresses(shop)
    networks = [ipaddress.ip_network("10.20.0.0/24"), ipaddress.ip_network("10.20.1.0/24")]
    assert len(set(found)) == 4
    assert all(any(ipaddress.ip_address(one) in network for network in networks) for one in found)


def test_tasks_are_registered_targets(shop: Any) -> None:
    """The addresses of the tasks are the healthy targets of the service's target group, at its port."""
    shop.create_service()
    described = shop.elb.describe_target_health(TargetGroupArn=shop.first_group)["TargetHealthDescriptions"]
    assert sorted(one["Target"]["Id"] for one in described) == sorted(addresses(shop))
    assert {(one["Target"]["Port"], one["TargetHealth"]["State"]) for one in described} == {(8080, "healthy")}


def test_described_tasks_stay_as_they_are(shop: Any) -> None:
    """Describing a task again and again does not stop it."""
    shop.create_service()
    for _ in range(3):
        assert {task["lastStatus"] for task in tasks(shop)} == {"RUNNING"}


def test_tasks_are_found_by_task_set_and_by_service(shop: Any) -> None:
    """Tasks carry their task set's id in startedBy, and ListTasks selects by it and by the service's name."""
    task_set = shop.create_service()["taskSets"][0]["id"]
    assert len(tasks(shop, startedBy=task_set)) == 2
    assert {task["startedBy"] for task in tasks(shop, serviceName="checkout")} == {task_set}
    assert tasks(shop, serviceName="other") == []


def test_cluster_settings_are_described(shop: Any) -> None:
    """DescribeClusters with SETTINGS tells whether Container Insights is on."""
    shop.ecs.create_cluster(clusterName="seen", settings=[{"name": "containerInsights", "value": "enhanced"}])
    [cluster] = shop.ecs.describe_clusters(clusters=["seen"], include=["SETTINGS"])["clusters"]
    assert cluster["settings"] == [{"name": "containerInsights", "value": "enhanced"}]


def test_task_definition_is_not_changed_by_update(shop: Any) -> None:
    """UpdateService refuses a new task definition under the CODE_DEPLOY controller."""
    shop.create_service()
    with pytest.raises(ClientError, match="Use AWS CodeDeploy to trigger a new deployment"):
        shop.ecs.update_service(cluster="shop", service="checkout", taskDefinition=shop.definitions[1])


@pytest.mark.parametrize("count", [1, 5], ids=["in", "out"])
def test_service_is_scaled(shop: Any, count: int) -> None:
    """A new desired count changes the tasks and the registered targets."""
    shop.create_service(3)
    shop.ecs.update_service(cluster="shop", service="checkout", desiredCount=count)
    assert shop.service()["taskSets"][0]["runningCount"] == count
    assert len(shop.health(shop.first_group)) == len(addresses(shop)) == count


def test_targets_can_be_made_to_fail(shop: Any) -> None:
    """The targets of a failing group are unhealthy until the group recovers."""
    shop.create_service()
    backend = ecs_backend(shop.aws.account_id, shop.aws.region)
    backend.fail_targets(shop.first_group)
    assert shop.health(shop.first_group) == ["unhealthy", "unhealthy"]
    backend.recover_targets(shop.first_group)
    assert shop.health(shop.first_group) == ["healthy", "healthy"]


def test_tasks_can_be_killed(shop: Any) -> None:
    """Killed tasks leave the target group empty and the set with pending tasks only, others untouched."""
    shop.create_service()
    ecs_backend(shop.aws.account_id, shop.aws.region).stop_tasks(shop.first_group)
    task_set = shop.service()["taskSets"][0]
    assert (task_set["runningCount"], task_set["pendingCount"]) == (0, 2)
    assert shop.health(shop.first_group) == []
    assert {task["stopCode"] for task in tasks(shop, desiredStatus="STOPPED")} == {"EssentialContainerExited"}


def test_second_install_keeps_state(shop: Any) -> None:
    """Installing again loses nothing and changes nothing."""
    shop.create_service()
    install()
    assert shop.service()["runningCount"] == 2
