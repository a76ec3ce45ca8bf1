"""Lifecycle hooks and their answers."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

ALL_HOOKS = [
    "BeforeInstall",
    "AfterInstall",
    "AfterAllowTestTraffic",
    "BeforeAllowTraffic",
    "AfterAllowTraffic",
]
SAMPLE = Path(__file__).parents[3] / "events" / "codedeploy-hook.json"


def test_invocation_has_the_documented_payload(ready: Any) -> None:
    """A hook's function is invoked when its event starts, with the documented payload and nothing else."""
    deployment = ready.deploy(hooks={"BeforeInstall": "CodeDeployHook_before"})
    ready.run_until("BeforeInstall", "InProgress", deployment)
    [invocation] = ready.invocations()
    assert invocation.function_arn == "CodeDeployHook_before"
    assert invocation.payload.keys() == json.loads(SAMPLE.read_text()).keys()
    assert invocation.payload["DeploymentId"] == deployment
    assert invocation.at == dt.datetime.now(dt.UTC)


def test_every_hook_is_called_once_in_order(ready: Any) -> None:
    """Each hook is called once, and the deployment goes on only after its answer."""
    deployment = ready.deploy(hooks={event: f"hook-{event}" for event in ALL_HOOKS})
    called = []
    for event in ALL_HOOKS:
        ready.run_until(event, "InProgress", deployment)
        [invocation] = ready.invocations()
        called.append(invocation.function_arn)
        ready.run(minutes=10)
        assert ready.events(deployment)[event] == "InProgress"
        ready.answer(invocation)
    ready.run_until("AfterAllowTraffic", "Succeeded", deployment)
    assert called == [f"hook-{event}" for event in ALL_HOOKS]


def test_app_spec_in_yaml(ready: Any) -> None:
    """An AppSpec in YAML means the same as one in JSON."""
    ready.create_deployment(yaml.safe_dump(ready.app_spec(2, {"BeforeInstall": "hook"})))
    ready.run(seconds=5)
    assert ready.service()["taskSets"]
    assert [one.function_arn for one in ready.invocations()] == ["hook"]


def test_unknown_hook_is_refused(ready: Any) -> None:
    """An AppSpec cannot name an event that is not scriptable."""
    with pytest.raises(ready.codedeploy.exceptions.InvalidRevisionException, match="AllowTraffic"):
        ready.deploy(hooks={"AllowTraffic": "hook"})


@pytest.mark.parametrize("status", ["Pending", "InProgress", "Skipped", "Unknown"])
def test_only_two_answers_are_valid(ready: Any, status: str) -> None:
    """An answer other than Succeeded or Failed is refused, and the hook stays open."""
    deployment = ready.deploy(hooks={"BeforeInstall": "hook"})
    ready.run(seconds=5)
    [invocation] = ready.invocations()
    with pytest.raises(ready.codedeploy.exceptions.InvalidLifecycleEventHookExecutionStatusException):
        ready.answer(invocation, status)
    ready.answer(invocation)
    ready.run(seconds=3)
    assert ready.events(deployment)["BeforeInstall"] == "Succeeded"


def test_second_answer_is_refused(ready: Any) -> None:
    """A second answer raises LifecycleEventAlreadyCompletedException."""
    ready.deploy(hooks={"BeforeInstall": "hook"})
    ready.run(seconds=5)
    [invocation] = ready.invocations()
    ready.answer(invocation)
    with pytest.raises(ready.codedeploy.exceptions.LifecycleEventAlreadyCompletedException):
        ready.answer(invocation, "Failed")


def test_unknown_execution_and_deployment(ready: Any) -> None:
    """An answer to an execution or a deployment that does not exist is refused."""
    deployment = ready.deploy()
    answer = {"lifecycleEventHookExecutionId": "other", "status": "Succeeded"}
    errors = ready.codedeploy.exceptions
    put = ready.codedeploy.put_lifecycle_event_hook_execution_status
    with pytest.raises(errors.InvalidLifecycleEventHookExecutionIdException):
        put(deploymentId=deployment, **answer)
    with pytest.raises(errors.DeploymentDoesNotExistException):
        put(deploymentId="d-000000000", **answer)
    with pytest.raises(errors.InvalidDeploymentIdException):
        put(deploymentId="no-id", **answer)


def test_silence_fails_after_an_hour(ready: Any) -> None:
    """A hook that is not answered within one hour fails its event and the deployment."""
    deployment = ready.deploy(hooks={"BeforeInstall": "hook"})
    ready.run(seconds=5)
    [invocation] = ready.invocations()
    assert ready.aws.codedeploy.next_due() == dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    ready.run(minutes=59, seconds=59)
    assert ready.events(deployment)["BeforeInstall"] == "InProgress"
    ready.run(seconds=1)
    assert ready.events(deployment)["BeforeInstall"] == "Failed"
    assert ready.events(deployment)["AllowTraffic"] == "Skipped"
    assert ready.info(deployment)["errorInformation"]["code"] == "HOOK_EXECUTION_FAILURE"
    with pytest.raises(ready.codedeploy.exceptions.LifecycleEventAlreadyCompletedException):
        ready.answer(invocation)


def test_failed_hook_rolls_back(ready: Any) -> None:
    """A failed hook fails the deployment, and a group that rolls back on failure puts traffic back."""
    deployment = ready.deploy(hooks={"AfterAllowTraffic": "hook"})
    ready.run_until("AfterAllowTraffic", "InProgress", deployment)
    [invocation] = ready.invocations()
    ready.answer(invocation, "Failed")
    rollback = ready.run_until_rolled_back(deployment)
    assert ready.info(deployment)["status"] == "Failed"
    assert ready.weights() == (100, 0)
    assert [state for _, state in ready.bus()] == ["FAILURE", "START", "SUCCESS"]
    assert ready.info(rollback)["creator"] == "codeDeployRollback"


def test_before_install_cannot_be_rolled_back(ready: Any) -> None:
    """A failure in BeforeInstall creates no rollback deployment."""
    deployment = ready.deploy(hooks={"BeforeInstall": "hook"})
    ready.run(seconds=5)
    [invocation] = ready.invocations()
    ready.answer(invocation, "Failed")
    ready.run(minutes=5)
    assert ready.info(deployment)["status"] == "Failed"
    assert "rollbackInfo" not in ready.info(deployment)


def test_failed_hook_without_rollback_leaves_everything(shop: Any) -> None:
    """Without automatic rollback a failed hook leaves traffic and both task sets as they are."""
    shop.create_service()
    shop.create_group()
    deployment = shop.deploy(hooks={"AfterAllowTraffic": "hook"})
    shop.run_until("AfterAllowTraffic", "InProgress", deployment)
    [invocation] = shop.invocations()
    shop.answer(invocation, "Failed")
    shop.run(hours=2)
    assert shop.info(deployment)["status"] == "Failed"
    assert shop.weights() == (0, 100)
    assert len(shop.service()["taskSets"]) == 2
