"""From ticks, events and alarms to requests for turns."""

import json
from pathlib import Path
from typing import Any

import pytest
from guardian_fakes import CHECKOUT, Shop

from guardian.errors import AwsRefusedError, MalformedEventError, TemporaryError
from guardian.fanout import Alarms, Asked, DeploymentEvents, Ticks
from guardian.model import Service
from guardian.triggers import TriggerKind

EVENTS = Path(__file__).parents[2] / "events"
BASKET = Service(application="AppECS-shop-basket", deployment_group="DgpECS-shop-basket")
SEARCH = Service(application="AppECS-shop-search", deployment_group="DgpECS-shop-search")


def payload(name: str) -> dict[str, Any]:
    """Return a payload of events/."""
    data: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return data


def tick(shop: Shop) -> Asked:
    return Ticks(shop.table, shop.policies, shop.codedeploy, shop.turns, shop.clock).tick()


def alarm(shop: Shop, event: dict[str, Any]) -> list[str]:
    return Alarms(shop.table, shop.policies, shop.turns).receive(event)


def asked(shop: Shop) -> list[str]:
    """Return the ids that turns were asked for, oldest first."""
    return [request.deployment_id for _, request in shop.turns.waiting]


def test_a_tick_asks_for_each_open_watch(installed: Shop) -> None:
    """A tick asks once for a turn over each open watch, with the tick as trigger, in its service's group."""
    assert tick(installed).deployments == (installed.release,)
    ((group, request),) = installed.turns.waiting
    assert (request.deployment_id, request.service, group) == (installed.release, CHECKOUT, str(CHECKOUT))
    assert (request.trigger.kind, request.trigger.at) == (TriggerKind.TICK, installed.clock.now())


def test_the_same_minute_asks_once(installed: Shop) -> None:
    """A schedule that fires twice within a minute asks for one turn, and the next minute for another."""
    tick(installed)
    installed.clock.wait(seconds=20)
    tick(installed)
    assert asked(installed) == [installed.release]
    installed.clock.wait(seconds=40)
    tick(installed)
    assert asked(installed) == [installed.release] * 2


def test_a_deployment_that_no_event_told_of_is_found(shop: Shop) -> None:
    """A deployment in progress of a service with a policy is found by the tick although no event and no hook came."""
    assert tick(shop).deployments == (shop.release,)
    assert asked(shop) == [shop.release]


def test_g10_every_open_deployment_of_a_group_is_looked_at(shop: Shop) -> None:
    """G10: of two open deployments of one group neither is taken for the running one: a turn is asked for over both."""
    other = shop.codedeploy.create(CHECKOUT, "d-Z9Y8X7W6V")
    assert sorted(tick(shop).deployments) == sorted([shop.release, other])
    assert sorted(asked(shop)) == sorted([shop.release, other])


def test_a_service_without_a_policy_is_not_looked_for(shop: Shop) -> None:
    """A tick does not look for deployments of services that have no policy."""
    shop.policies.stored.clear()
    assert tick(shop).deployments == ()


def test_a_watch_of_a_service_without_a_policy_is_asked_for(installed: Shop) -> None:
    """A watch that is open is asked for although its service has no policy any more."""
    installed.policies.stored.clear()
    assert tick(installed).deployments == (installed.release,)


def test_closed_watches_and_ended_deployments_are_left_alone(installed: Shop) -> None:
    """After the end of a deployment no tick asks for it."""
    installed.codedeploy.end(installed.release, "Succeeded")
    installed.turn()
    assert tick(installed).deployments == ()


@pytest.mark.parametrize(
    "error",
    [
        AwsRefusedError("codedeploy:ListDeployments was refused with ApplicationDoesNotExistException"),
        TemporaryError("codedeploy:ListDeployments was answered with ThrottlingException"),
    ],
    ids=["refused", "throttled"],
)
def test_one_failing_service_does_not_stop_the_others(shop: Shop, error: Exception) -> None:
    """A service whose deployments cannot be listed is named, and every other one is looked at."""
    shop.policies.stored.clear()
    for service, release in ((BASKET, "d-BASKET000"), (CHECKOUT, shop.release), (SEARCH, "d-SEARCH000")):
        shop.policies.put(service)
        shop.codedeploy.create(service, release)
    shop.codedeploy.fail(f"open_deployments {BASKET}", error)
    came = tick(shop)
    assert came.deployments == (shop.release, "d-SEARCH000") == tuple(asked(shop))
    (problem,) = came.problems
    assert str(BASKET) in problem
    assert str(error) in problem


@pytest.mark.parametrize("error", [TemporaryError("throttled"), AwsRefusedError("not allowed")], ids=repr)
def test_open_watches_are_asked_for_though_policies_cannot_be_listed(
    installed: Shop, error: Exception
) -> None:
    """When services with a policy cannot be listed, the watches that are open get their turns all the same."""
    installed.policies.fail("services", error)
    came = tick(installed)
    assert came.deployments == (installed.release,) == tuple(asked(installed))
    assert str(error) in came.problems[0]


def test_an_event_asks_for_its_deployment(shop: Shop) -> None:
    """A state-change event asks for a turn over its deployment, grouped by the service that it names."""
    event = payload("codedeploy-state-change-start")
    assert DeploymentEvents(shop.turns).receive(event) == ["d-A1B2C3D4E"]
    ((group, request),) = shop.turns.waiting
    assert (group, request.service) == (str(CHECKOUT), CHECKOUT)
    assert (request.trigger.kind, request.trigger.detail) == (TriggerKind.EVENT, "START")


@pytest.mark.parametrize(
    "name", ["start", "ready", "success", "failure", "stop", "start-rollback-deployment"]
)
def test_every_state_asks(shop: Shop, name: str) -> None:
    """Every state change asks for a turn; what it means is read from CodeDeploy in that turn."""
    event = payload(f"codedeploy-state-change-{name}")
    DeploymentEvents(shop.turns).receive(event)
    assert asked(shop) == [event["detail"]["deploymentId"]]


def test_a_redelivered_event_asks_once(shop: Shop) -> None:
    """An event that EventBridge delivers twice asks for one turn; a later event of the deployment for another."""
    event = payload("codedeploy-state-change-start")
    DeploymentEvents(shop.turns).receive(event)
    DeploymentEvents(shop.turns).receive(event)
    assert len(asked(shop)) == 1
    DeploymentEvents(shop.turns).receive(payload("codedeploy-state-change-success"))
    assert len(asked(shop)) == 2


def test_an_event_that_cannot_be_queued_is_raised(shop: Shop) -> None:
    """When the queue does not take the request, the error goes to Lambda, which delivers the event again."""
    shop.turns.fail("ask", TemporaryError("sqs:SendMessage was answered with RequestThrottled"))
    with pytest.raises(TemporaryError):
        DeploymentEvents(shop.turns).receive(payload("codedeploy-state-change-start"))


@pytest.mark.parametrize(
    ("name", "wakes"),
    [("alarm-action-metric", True), ("alarm-action-metric-math", False), ("alarm-action-composite", False)],
)
def test_an_alarm_wakes_the_services_that_name_it(installed: Shop, name: str, wakes: bool) -> None:
    """An alarm asks for a turn over the watches whose policy names it, and over no other."""
    assert alarm(installed, payload(name)) == ([installed.release] if wakes else [])
    assert asked(installed) == ([installed.release] if wakes else [])


def test_an_alarm_leaves_other_services_alone(installed: Shop) -> None:
    """An alarm does not wake a watch of another service, whose policy names other alarms or cannot be used."""
    installed.policies.put(BASKET, alarms=["basket-5xx"])
    installed.policies.stored[SEARCH] = '{"alarms":"checkout-tg-2-5xx"}'
    for service, release in ((BASKET, "d-BASKET000"), (SEARCH, "d-SEARCH000")):
        watch = installed.table.find(installed.release)
        assert watch is not None
        installed.table.save(
            watch.model_copy(update={"deployment_id": release, "service": service, "version": 0})
        )
    assert alarm(installed, payload("alarm-action-metric")) == [installed.release]


def test_a_policy_that_cannot_be_read_now_keeps_the_alarm_coming(installed: Shop) -> None:
    """Services after the unreadable one are asked all the same, and the error makes AWS send the alarm again."""
    watch = installed.table.find(installed.release)
    assert watch is not None
    first = watch.model_copy(update={"deployment_id": "d-BASKET000", "service": BASKET, "version": 0})
    installed.table.save(first)
    installed.policies.put(BASKET, alarms=["checkout-tg-2-5xx"])
    installed.policies.fail(
        "find", TemporaryError("ssm:GetParameter was answered with ThrottlingException"), times=1
    )
    with pytest.raises(TemporaryError):
        alarm(installed, payload("alarm-action-metric"))
    assert len(asked(installed)) == 1


@pytest.mark.parametrize("state", ["OK", "INSUFFICIENT_DATA"])
def test_an_alarm_wakes_only_when_it_fires(installed: Shop, state: str) -> None:
    """An alarm that goes back to OK, or has no data, wakes nobody."""
    event = payload("alarm-action-metric")
    event["alarmData"]["state"]["value"] = state
    assert alarm(installed, event) == []
    assert asked(installed) == []


def test_an_alarm_without_a_watch_wakes_nobody(shop: Shop) -> None:
    """An alarm outside a deployment wakes nobody although a policy names it."""
    assert alarm(shop, payload("alarm-action-metric")) == []


def test_a_redelivered_alarm_asks_once(installed: Shop) -> None:
    """An alarm action that is delivered twice asks for one turn; the same alarm firing later asks again."""
    event = payload("alarm-action-metric")
    alarm(installed, event)
    alarm(installed, event)
    assert len(asked(installed)) == 1
    event["alarmData"]["state"]["timestamp"] = "2026-11-20T12:09:08.431+0000"
    alarm(installed, event)
    assert len(asked(installed)) == 2


def _without(event: dict[str, Any], *path: str) -> dict[str, Any]:
    inner = event
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    return event


@pytest.mark.parametrize(
    "path",
    [("id",), ("detail",), ("detail", "deploymentId"), ("detail", "application"), ("detail-type",)],
    ids="/".join,
)
def test_a_malformed_state_change_is_named(shop: Shop, path: tuple[str, ...]) -> None:
    """A state change without a field that Guardian needs is refused by the field's name, and nothing is asked."""
    with pytest.raises(MalformedEventError, match=path[-1]):
        DeploymentEvents(shop.turns).receive(_without(payload("codedeploy-state-change-start"), *path))
    assert asked(shop) == []


@pytest.mark.parametrize(
    "path", [("source",), ("alarmArn",), ("alarmData", "alarmName"), ("alarmData", "state")], ids="/".join
)
def test_a_malformed_alarm_is_named(installed: Shop, path: tuple[str, ...]) -> None:
    """An alarm action without a field that Guardian needs is refused by the field's name, and nothing is asked."""
    with pytest.raises(MalformedEventError, match=path[-1]):
        alarm(installed, _without(payload("alarm-action-metric"), *path))
    assert asked(installed) == []
