"""The function codedeploy_hook, as CodeDeploy calls it."""

from collections.abc import Callable
from typing import Any

import pytest

from guardian.errors import MalformedEventError

HOOKS = ["BeforeInstall", "AfterInstall", "AfterAllowTestTraffic", "BeforeAllowTraffic", "AfterAllowTraffic"]
Event = Callable[[str], dict[str, Any]]


def test_a_release_passes_every_hook(site: Any) -> None:
    """A release that nothing speaks against passes all five hooks, each knowing which one it is."""
    site.push_policy(mode="enforce")
    release = site.release()
    for hook in HOOKS:
        call = site.next_hook()
        assert call.function_arn == site.function(hook).name
        assert site.invoke(hook, call.payload) == {"answer": "Succeeded"}
    site.run(minutes=10)
    assert site.status(release) == "Succeeded"
    assert [one.trigger.detail for one in site.table.records(release)] == HOOKS


def test_the_first_hook_puts_the_release_under_guard(site: Any) -> None:
    """BeforeInstall opens the watch and keeps blue's history, and the log has the decision."""
    release = site.release()
    site.invoke("BeforeInstall", site.next_hook().payload)
    assert [one.deployment_id for one in site.table.open()] == [release]
    assert site.table.history(release) is not None
    assert [line["decision"]["deployment_id"] for line in site.log() if "decision" in line] == [release]


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("codedeploy", "GetDeployment"),
        ("dynamodb", "*"),
        ("cloudwatch", "*"),
        ("ssm", "*"),
        ("ecs", "DescribeClusters"),
    ],
)
@pytest.mark.parametrize(
    ("code", "status"), [("InternalFailure", 500), ("AccessDeniedException", 400)], ids=["down", "denied"]
)
def test_a_release_passes_although_aws_does_not_answer(
    site: Any, service: str, operation: str, code: str, status: int
) -> None:
    """Whichever service fails or refuses, the hook answers Succeeded and the release goes on."""
    release = site.release()
    call = site.next_hook()
    site.aws.faults.fail(service, operation, code, http_status=status)
    assert site.invoke("BeforeInstall", call.payload) == {"answer": "Succeeded"}
    site.aws.faults.clear()
    site.run(seconds=10)
    assert site.status(release) == "InProgress"


def test_an_invalid_policy_fails_the_release_before_users_see_it(site: Any) -> None:
    """With an unusable policy the hook answers Failed, the release fails, and the log names the path."""
    site.push_text('{"mode":"enforce","errors":{"limit":"twice"}}')
    release = site.release()
    assert site.invoke("BeforeInstall", site.next_hook().payload) == {"answer": "Failed"}
    site.run(seconds=10)
    assert site.status(release) == "Failed"
    (line,) = [one for one in site.log() if one.get("reason")]
    assert "errors.limit" in line["reason"]
    assert line["correlation_id"] == release


def test_an_answered_hook_may_be_called_again(site: Any) -> None:
    """Lambda may call a hook twice; the second time is no error."""
    site.release()
    call = site.next_hook()
    for _ in range(2):
        assert site.invoke("BeforeInstall", call.payload) == {"answer": "Succeeded"}


@pytest.mark.parametrize("missing", ["DeploymentId", "LifecycleEventHookExecutionId"])
def test_a_malformed_event_names_its_field(site: Any, event: Event, missing: str) -> None:
    """An event without one of its two fields is refused by the field's name."""
    call = event("codedeploy-hook")
    del call[missing]
    with pytest.raises(MalformedEventError, match=f"not the event of a CodeDeploy lifecycle hook: {missing}"):
        site.invoke("BeforeInstall", call)


def test_the_payload_of_the_guide_is_understood(site: Any, event: Event) -> None:
    """A call for a deployment that is gone reaches CodeDeploy, which says so; the payload itself is well formed."""
    with pytest.raises(Exception, match="DeploymentDoesNotExistException"):
        site.invoke("BeforeInstall", event("codedeploy-hook"))
