"""Stops, rollbacks and alarms."""

from typing import Any

import pytest


def stop(shop: Any, deployment: str, **options: bool) -> str:
    return str(shop.codedeploy.stop_deployment(deploymentId=deployment, **options)["status"])


def mid_shift(shop: Any) -> str:
    deployment = shop.deploy()
    shop.run_until("AllowTraffic", "InProgress", deployment)
    shop.run(minutes=4)
    assert shop.weights() == (80, 20)
    shop.aws.outbox.clear()
    return str(deployment)


def ring(shop: Any, state: str = "ALARM") -> None:
    shop.cloudwatch.set_alarm_state(AlarmName="errors", StateValue=state, StateReason="test")


def put_alarm(shop: Any) -> None:
    shop.cloudwatch.put_metric_alarm(
        AlarmName="errors",
        Namespace="Shop",
        MetricName="Errors",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )


def test_stop_is_pending_first(ready: Any) -> None:
    """StopDeployment answers Pending until the deployment is stopped, and Succeeded from then on."""
    deployment = mid_shift(ready)
    assert stop(ready, deployment, autoRollbackEnabled=True) == "Pending"
    assert ready.info(deployment)["status"] == "InProgress"
    assert stop(ready, deployment, autoRollbackEnabled=True) == "Pending"
    ready.run(seconds=3)
    assert ready.info(deployment)["status"] == "Stopped"
    assert stop(ready, deployment, autoRollbackEnabled=True) == "Succeeded"


def test_stop_with_rollback(ready: Any) -> None:
    """A stop with rollback creates a new deployment that puts all traffic back at once, within seconds."""
    deployment = mid_shift(ready)
    stop(ready, deployment, autoRollbackEnabled=True)
    ready.run(seconds=10)
    assert ready.weights() == (100, 0)
    assert ready.weights(ready.test_listener) == (100, 0)
    ready.run(seconds=20)
    info = ready.info(deployment)
    rollback = ready.info(info["rollbackInfo"]["rollbackDeploymentId"])
    assert (info["status"], rollback["status"]) == ("Stopped", "Succeeded")
    assert rollback["creator"] == "codeDeployRollback"
    assert rollback["rollbackInfo"]["rollbackTriggeringDeploymentId"] == deployment
    assert (rollback["completeTime"] - rollback["startTime"]).total_seconds() < 60


def test_rollback_removes_the_replacement(ready: Any) -> None:
    """After a rollback the original task set is PRIMARY and alone, and the replacement's targets are gone."""
    deployment = mid_shift(ready)
    stop(ready, deployment, autoRollbackEnabled=True)
    ready.run_until_rolled_back(deployment)
    [task_set] = ready.service()["taskSets"]
    assert (task_set["status"], task_set["taskDefinition"]) == ("PRIMARY", ready.definitions[0])
    assert ready.health(ready.second_group) == []
    assert ready.health(ready.first_group) == ["healthy", "healthy"]


def test_rollback_in_the_termination_wait(ready: Any) -> None:
    """A stop in the termination wait brings the original back to PRIMARY and to all traffic."""
    deployment = ready.deploy()
    ready.run_until("AfterAllowTraffic", "Succeeded", deployment)
    stop(ready, deployment, autoRollbackEnabled=True)
    ready.run_until_rolled_back(deployment)
    assert ready.weights() == (100, 0)
    assert ready.service()["taskDefinition"] == ready.definitions[0]
    ready.run(hours=2)
    assert ready.health(ready.first_group) == ["healthy", "healthy"]


def test_rollback_names_the_previous_revision(ready: Any) -> None:
    """A rollback deployment deploys the revision that succeeded last."""
    first = ready.deploy()
    ready.run_until_over(first)
    second = ready.deploy(release=3)
    ready.run_until("AllowTraffic", "InProgress", second)
    stop(ready, second, autoRollbackEnabled=True)
    rollback = ready.run_until_rolled_back(second)
    assert ready.info(rollback)["revision"] == ready.info(first)["revision"]


def test_events_of_a_rollback(ready: Any) -> None:
    """The stopped deployment announces STOP, the rollback its own START and SUCCESS."""
    deployment = mid_shift(ready)
    stop(ready, deployment, autoRollbackEnabled=True)
    rollback = ready.run_until_rolled_back(deployment)
    assert ready.bus() == [(deployment, "STOP"), (rollback, "START"), (rollback, "SUCCESS")]


def test_stop_without_rollback(ready: Any) -> None:
    """A stop without rollback leaves traffic where it is and both task sets running."""
    deployment = mid_shift(ready)
    stop(ready, deployment, autoRollbackEnabled=False)
    ready.run(hours=2)
    assert ready.info(deployment)["status"] == "Stopped"
    assert "rollbackInfo" not in ready.info(deployment)
    assert ready.weights() == (80, 20)
    assert len(ready.service()["taskSets"]) == 2


def test_deployment_after_a_stop_without_rollback(ready: Any) -> None:
    """The next deployment replaces what the stopped one left behind."""
    deployment = mid_shift(ready)
    stop(ready, deployment, autoRollbackEnabled=False)
    ready.run(seconds=3)
    assert ready.run_until_over(ready.deploy(release=3)) == "Succeeded"
    assert [one["taskDefinition"] for one in ready.service()["taskSets"]] == [ready.definitions[2]]


def test_group_rolls_back_on_request(shop: Any) -> None:
    """Where the call does not say, the group's DEPLOYMENT_STOP_ON_REQUEST decides about the rollback."""
    shop.create_service()
    shop.create_group(("DEPLOYMENT_STOP_ON_REQUEST",))
    deployment = mid_shift(shop)
    stop(shop, deployment)
    shop.run_until_rolled_back(deployment)
    assert shop.weights() == (100, 0)


def test_stop_before_the_start(ready: Any) -> None:
    """A deployment stopped before it starts never starts and is not rolled back."""
    deployment = ready.deploy()
    stop(ready, deployment, autoRollbackEnabled=True)
    ready.run(minutes=10)
    assert ready.info(deployment)["status"] == "Stopped"
    assert "rollbackInfo" not in ready.info(deployment)
    assert len(ready.service()["taskSets"]) == 1


def test_completed_deployment_cannot_be_stopped(ready: Any) -> None:
    """A deployment that succeeded, failed or terminates its original cannot be stopped."""
    errors = ready.codedeploy.exceptions
    deployment = ready.deploy()
    ready.run_until("AfterAllowTraffic", "Succeeded", deployment)
    ready.run(minutes=60)
    with pytest.raises(errors.DeploymentAlreadyCompletedException):
        stop(ready, deployment)
    ready.run_until_over(deployment)
    with pytest.raises(errors.DeploymentAlreadyCompletedException):
        stop(ready, deployment)


@pytest.mark.parametrize(
    ("deployment", "error"),
    [("d-000000000", "DeploymentDoesNotExistException"), ("nothing", "InvalidDeploymentIdException")],
    ids=["unknown", "malformed"],
)
def test_unknown_deployment_cannot_be_stopped(ready: Any, deployment: str, error: str) -> None:
    """A deployment that does not exist cannot be stopped."""
    with pytest.raises(getattr(ready.codedeploy.exceptions, error)):
        stop(ready, deployment)


def test_alarm_stops_and_rolls_back(ready: Any) -> None:
    """An alarm of the group that rings during the deployment stops it and rolls it back."""
    put_alarm(ready)
    deployment = mid_shift(ready)
    ring(ready)
    ready.run_until_rolled_back(deployment)
    info = ready.info(deployment)
    assert (info["status"], info["errorInformation"]["code"]) == ("Stopped", "ALARM_ACTIVE")
    assert ready.weights() == (100, 0)


def test_alarm_without_rollback_only_stops(shop: Any) -> None:
    """Without DEPLOYMENT_STOP_ON_ALARM an alarm stops the deployment and leaves traffic where it is."""
    shop.create_service()
    shop.create_group((), ("errors",))
    put_alarm(shop)
    deployment = mid_shift(shop)
    ring(shop)
    shop.run(hours=1)
    assert shop.info(deployment)["status"] == "Stopped"
    assert shop.weights() == (80, 20)


def test_alarm_from_before_is_ignored(ready: Any) -> None:
    """An alarm that was ringing before the deployment began does not stop it."""
    put_alarm(ready)
    ring(ready)
    ready.run(minutes=1)
    deployment = ready.deploy()
    ready.run(minutes=10)
    assert ready.info(deployment)["status"] == "InProgress"


def test_dead_replacement_can_still_be_rolled_back(ready: Any) -> None:
    """A rollback works when the replacement's tasks are all dead."""
    deployment = mid_shift(ready)
    ready.aws.codedeploy.ecs.stop_tasks(ready.second_group)
    assert ready.task_sets(deployment)["Green"]["runningCount"] == 0
    stop(ready, deployment, autoRollbackEnabled=True)
    ready.run_until_rolled_back(deployment)
    assert ready.weights() == (100, 0)
