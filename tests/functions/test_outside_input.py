"""What comes from outside chooses nothing: hostile events are refused or harmless, whatever field they lie in."""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from guardian.errors import GuardianError

Event = Callable[[str], dict[str, Any]]

PLANTED = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/planted/0/0"
HOSTILE: tuple[Any, ...] = (None, "", PLANTED, "d-PLANTED99", "x" * 100_000, -1, [], {"a": PLANTED}, True)
"""What stands in for one field at a time: nothing, another resource, too much of it, another type."""

WRITES_TO_PRODUCTION = frozenset({
    "StopDeployment", "ContinueDeployment", "CreateDeployment", "ModifyListener", "ModifyRule", "UpdateService",
    "UpdateServicePrimaryTaskSet",
})  # fmt: skip

RECEIVED = [
    ("BeforeInstall", "codedeploy-hook"),
    ("DeploymentEvent", "codedeploy-state-change-start"),
    ("AlarmAction", "alarm-action-metric"),
    ("AlarmAction", "alarm-action-composite"),
    ("Tick", "scheduled-event-scheduler"),
    ("ContractGate", "contract-gate"),
    ("DashboardWidget", "dashboard-widget"),
]
REFUSE_NOTHING = {"Tick", "DashboardWidget"}
"""A tick reads nothing of its event; the widget says in words what is wrong with its parameters."""


def mutations(event: Any) -> Iterator[dict[str, Any]]:
    """Yield the event once for every field of it and every hostile value in that field."""
    for path in paths(event):
        for value in HOSTILE:
            changed = copy.deepcopy(event)
            inner = changed
            for key in path[:-1]:
                inner = inner[key]
            inner[path[-1]] = value
            yield changed


def paths(node: Any) -> Iterator[tuple[Any, ...]]:
    inside = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in inside:
        yield (key,)
        yield from ((key, *rest) for rest in paths(value))


def asked_since(site: Any, began: int) -> set[str]:
    """Return the operations that AWS was asked for since so many calls."""
    return {call.operation for call in site.aws.calls[began:]}


@pytest.mark.parametrize(("function", "name"), RECEIVED, ids=[f"{one}-{two}" for one, two in RECEIVED])
def test_a_hostile_event_is_refused_or_harmless(
    shared_site: Any, event: Event, function: str, name: str
) -> None:
    """Whatever stands in whichever field: a malformed event is refused as such, and production is not written to."""
    began, refused = len(shared_site.aws.calls), []
    for changed in mutations(event(name)):
        try:
            shared_site.invoke(function, changed)
        except GuardianError as error:
            refused.append(str(error))
    assert bool(refused) is (function not in REFUSE_NOTHING)
    assert max(map(len, refused), default=0) < 1000  # no message repeats what was sent
    assert not WRITES_TO_PRODUCTION & asked_since(shared_site, began)


def test_a_hostile_message_goes_back_and_changes_nothing(shared_site: Any) -> None:
    """Whatever stands in a queue message: it is taken or goes back to the queue, and production is not written to."""
    message = shared_site.message("d-A1B2C3D4E")
    began = len(shared_site.aws.calls)
    for body in mutations(json.loads(message["body"])):
        answer = shared_site.invoke("Turn", {"Records": [message | {"body": json.dumps(body)}]})
        assert set(answer) == {"batchItemFailures"}
    assert not WRITES_TO_PRODUCTION & asked_since(shared_site, began)
