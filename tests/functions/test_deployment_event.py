"""The function deployment_event, as EventBridge calls it."""

from collections.abc import Callable
from typing import Any

import pytest

from guardian.errors import MalformedEventError

Event = Callable[[str], dict[str, Any]]


@pytest.mark.parametrize(
    "name", ["start", "ready", "success", "failure", "stop", "start-rollback-deployment"]
)
def test_a_state_change_becomes_a_message(shared_site: Any, event: Event, name: str) -> None:
    """Every state change of CodeDeploy becomes a request for a turn over its deployment."""
    change = event(f"codedeploy-state-change-{name}")
    assert shared_site.invoke("DeploymentEvent", change) == {"asked": [change["detail"]["deploymentId"]]}
    (message,) = shared_site.queued()
    assert message["trigger"]["detail"] == change["detail"]["state"]


def test_a_state_change_that_comes_twice_is_one_message(shared_site: Any, event: Event) -> None:
    """EventBridge may deliver an event twice; the queue takes one message."""
    for _ in range(2):
        shared_site.invoke("DeploymentEvent", event("codedeploy-state-change-start"))
    assert shared_site.waiting(shared_site.installation.queue_url) == 1


@pytest.mark.parametrize("name", ["codedeploy-sns-trigger-failed", "ecs-deployment-state-change-completed"])
def test_another_event_is_refused(shared_site: Any, event: Event, name: str) -> None:
    """An event of another kind is refused as malformed, and asks for nothing."""
    with pytest.raises(MalformedEventError, match="not the event of a CodeDeploy deployment state change"):
        shared_site.invoke("DeploymentEvent", event(name))
    assert shared_site.queued() == []


def test_a_throttled_queue_raises(shared_site: Any, event: Event) -> None:
    """When the queue does not take the request the function fails, so that Lambda calls it again."""
    shared_site.aws.faults.throttle("sqs", "SendMessage")
    with pytest.raises(Exception, match="sqs:SendMessage was answered with"):
        shared_site.invoke("DeploymentEvent", event("codedeploy-state-change-start"))
