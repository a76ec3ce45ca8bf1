"""Roles, weights and phase of a CodeDeploy deployment, from recorded replies."""

import copy
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from guardian.errors import NotGuardableError
from guardian.model import Phase
from guardian.resolve import CodeDeployDescription, resolve

Describe = Callable[..., CodeDeployDescription]
Payload = Callable[[str], dict[str, Any]]
ARule = Callable[..., dict[str, Any]]
CANARY = "api-get-deployment-target-canary-10pct"
WAIT = "api-get-deployment-target-termination-wait"


@pytest.fixture
def target(payload: Payload) -> Callable[..., dict[str, Any]]:
    """Return a recorded target, with the statuses of some lifecycle events changed."""

    def build(name: str = CANARY, **events: str) -> dict[str, Any]:
        found: dict[str, Any] = payload(name)["deploymentTarget"]["ecsTarget"]
        for event in found["lifecycleEvents"]:
            event["status"] = events.get(event["lifecycleEventName"], event["status"])
        return found

    return build


def unlabelled(target: Mapping[str, Any]) -> dict[str, Any]:
    """Take the labels out of a target, as in replies of 2018."""
    bare = copy.deepcopy(dict(target))
    for task_set in bare["taskSetsInfo"]:
        del task_set["taskSetLabel"]
    return bare


def test_a_canary_is_read_as_it_stands(a_description: Describe) -> None:
    """Ids, service, strategy, roles, weights, capacity and the start of the shift come out of the replies."""
    deployment = resolve(a_description())
    assert (deployment.id, deployment.status, deployment.phase) == (
        "d-A1B2C3D4E",
        "InProgress",
        Phase.SHIFTING,
    )
    assert str(deployment.service) == "AppECS-shop-checkout/DgpECS-shop-checkout"
    assert (deployment.cluster, deployment.ecs_service) == ("shop", "checkout")
    assert deployment.strategy == "CodeDeployDefault.ECSLinear10PercentEvery3Minutes"
    assert deployment.load_balancer == "app/shop-alb/50dc6c495c0c9188"
    assert deployment.blue is not None
    assert deployment.green is not None
    assert (deployment.blue.target_group.name, deployment.green.target_group.name) == (
        "checkout-tg-1",
        "checkout-tg-2",
    )
    assert (deployment.blue.listener_weight, deployment.weight) == (0.9, 0.1)
    assert (deployment.green.desired, deployment.green.running) == (4, 4)
    assert (deployment.conflicts, deployment.problem, deployment.ended) == ((), None, None)
    assert not deployment.is_rollback


def test_the_shift_began_when_allow_traffic_began(
    a_description: Describe, target: Callable[..., dict[str, Any]]
) -> None:
    """The shift begins with the lifecycle event that moves production traffic."""
    found = target()
    for event in found["lifecycleEvents"]:
        if event["lifecycleEventName"] == "AllowTraffic":
            event["startTime"] = datetime(2026, 11, 20, 12, 2, 12, tzinfo=UTC)
    deployment = resolve(a_description(target=found))
    assert deployment.shift_began == datetime(2026, 11, 20, 12, 2, 12, tzinfo=UTC)


# Colours


@pytest.mark.parametrize("name", [CANARY, WAIT], ids=["canary", "termination-wait"])
def test_labels_decide_the_colour_whoever_is_primary(
    a_description: Describe, a_rule: ARule, target: Callable[..., dict[str, Any]], name: str
) -> None:
    """PRIMARY flips during a deployment and the label does not, so the label decides."""
    shares = {CANARY: (90, 10), WAIT: (0, 100)}[name]
    rules = [a_rule(dict(zip(("checkout-tg-1", "checkout-tg-2"), shares, strict=True)))]
    found = target(name)
    for task_set in found["taskSetsInfo"]:
        task_set["status"] = {"PRIMARY": "ACTIVE", "ACTIVE": "PRIMARY"}[task_set["status"]]
    straight, flipped = (resolve(a_description(target=t, rules=rules)) for t in (target(name), found))
    assert straight.blue is not None
    assert straight.blue.target_group.name == "checkout-tg-1"
    assert (flipped.blue, flipped.green) == (straight.blue, straight.green)


@pytest.mark.parametrize("turned", [False, True], ids=["original-first", "original-last"])
@pytest.mark.parametrize(
    ("name", "weights"),
    [
        (CANARY, {"checkout-tg-1": 90, "checkout-tg-2": 10}),
        (WAIT, {"checkout-tg-1": 0, "checkout-tg-2": 100}),
    ],
    ids=["canary", "termination-wait"],
)
def test_without_labels_the_colour_follows_from_primary_and_the_shift(
    a_description: Describe,
    a_rule: ARule,
    target: Callable[..., dict[str, Any]],
    name: str,
    weights: dict[str, int],
    turned: bool,
) -> None:
    """Old replies have no label: PRIMARY is blue until all traffic has moved and green after, in any list order."""
    found = unlabelled(target(name))
    if turned:
        found["taskSetsInfo"].reverse()
    rules = [a_rule(weights)]
    labelled = resolve(a_description(target=name, rules=rules))
    deployment = resolve(a_description(target=found, rules=rules))
    assert (deployment.blue, deployment.green) == (labelled.blue, labelled.green)


@pytest.mark.parametrize("status", ["PRIMARY", "ACTIVE"])
@pytest.mark.parametrize("labelled", [True, False], ids=["labelled", "unlabelled"])
def test_before_install_there_is_only_blue(
    a_description: Describe,
    a_rule: ARule,
    target: Callable[..., dict[str, Any]],
    labelled: bool,
    status: str,
) -> None:
    """Before the replacement is installed the one task set is blue and green is not known."""
    found = target(AllowTraffic="Pending", AllowTestTraffic="Pending", Install="Pending")
    found["taskSetsInfo"] = found["taskSetsInfo"][:1]
    found["taskSetsInfo"][0] |= {"trafficWeight": 100.0, "status": status}
    found = found if labelled else unlabelled(found)
    deployment = resolve(a_description(target=found, rules=[a_rule({"checkout-tg-1": 1})]))
    assert deployment.blue is not None
    assert deployment.blue.target_group.name == "checkout-tg-1"
    assert (deployment.green, deployment.weight, deployment.phase) == (None, 0.0, Phase.PREPARING)
    assert deployment.conflicts == ()


def test_a_deployment_that_has_not_started_has_no_sides(a_description: Describe) -> None:
    """Before CodeDeploy starts there is no target, so neither colour is known and that is no problem."""
    deployment = resolve(a_description(target=None, info={"status": "Created"}))
    assert (deployment.blue, deployment.green, deployment.problem) == (None, None, None)
    assert (deployment.phase, deployment.shift_began) == (Phase.PREPARING, None)


def test_the_next_deployment_trades_the_groups(
    a_description: Describe, a_rule: ARule, target: Callable[..., dict[str, Any]]
) -> None:
    """In the second deployment blue runs in the group that green had: no colour comes from a name."""
    found = target()
    for task_set, name in zip(found["taskSetsInfo"], ("checkout-tg-2", "checkout-tg-1"), strict=True):
        task_set["targetGroup"]["name"] = name
    rules = [a_rule({"checkout-tg-2": 90, "checkout-tg-1": 10})]
    deployment = resolve(a_description(target=found, rules=rules))
    assert deployment.blue is not None
    assert deployment.green is not None
    assert (deployment.blue.target_group.name, deployment.blue.listener_weight) == ("checkout-tg-2", 0.9)
    assert (deployment.green.target_group.name, deployment.weight) == ("checkout-tg-1", 0.1)
    assert deployment.conflicts == ()


def test_an_unknown_label_is_refused(a_description: Describe, target: Callable[..., dict[str, Any]]) -> None:
    """A label that Guardian does not know is no reason to guess."""
    found = target()
    found["taskSetsInfo"][1]["taskSetLabel"] = "Purple"
    with pytest.raises(NotGuardableError, match="unknown label Purple"):
        resolve(a_description(target=found))


def test_a_task_set_in_a_foreign_group_is_refused(
    a_description: Describe, target: Callable[..., dict[str, Any]]
) -> None:
    """A task set whose target group is not of the deployment group cannot be compared."""
    found = target()
    found["taskSetsInfo"][1]["targetGroup"]["name"] = "search-tg-1"
    with pytest.raises(NotGuardableError, match="search-tg-1"):
        resolve(a_description(target=found))


# Phases


@pytest.mark.parametrize(
    ("events", "phase"),
    [
        ({"AllowTestTraffic": "Pending", "AllowTraffic": "Pending"}, Phase.PREPARING),
        ({"AllowTestTraffic": "InProgress", "AllowTraffic": "Pending"}, Phase.TESTING),
        ({"AllowTestTraffic": "Succeeded", "AllowTraffic": "Pending"}, Phase.TESTING),
        ({"AllowTraffic": "InProgress"}, Phase.SHIFTING),
        ({"AllowTraffic": "Failed"}, Phase.SHIFTING),
        ({"AllowTraffic": "Unknown"}, Phase.SHIFTING),
        ({"AllowTraffic": "Succeeded"}, Phase.BAKING),
    ],
    ids=["before", "test-shift", "test-traffic", "shift", "shift-failed", "shift-unknown", "shifted"],
)
@pytest.mark.parametrize("status", ["Created", "Queued", "InProgress", "Baking", "Ready"])
def test_the_phase_of_an_open_deployment_follows_its_lifecycle(
    a_description: Describe,
    target: Callable[..., dict[str, Any]],
    status: str,
    events: dict[str, str],
    phase: Phase,
) -> None:
    """While a deployment goes on its lifecycle events say where it stands; a failed shift may be half done."""
    assert resolve(a_description(target=target(**events), info={"status": status})).phase is phase


def test_without_a_test_listener_there_is_no_testing(
    a_description: Describe, target: Callable[..., dict[str, Any]]
) -> None:
    """Replies without events of a test listener pass from preparing to shifting."""
    found = target(AllowTraffic="Pending")
    found["lifecycleEvents"] = [
        event for event in found["lifecycleEvents"] if "TestTraffic" not in event["lifecycleEventName"]
    ]
    assert resolve(a_description(target=found)).phase is Phase.PREPARING


def test_in_the_termination_wait_green_bakes(a_description: Describe, a_rule: ARule) -> None:
    """The target has succeeded, the deployment has not: all traffic is on green and blue still runs."""
    rules = [a_rule({"checkout-tg-1": 0, "checkout-tg-2": 100})]
    deployment = resolve(a_description(target=WAIT, rules=rules))
    assert (deployment.phase, deployment.weight, deployment.ended) == (Phase.BAKING, 1.0, None)
    assert deployment.blue is not None
    assert deployment.blue.running == 4


@pytest.mark.parametrize(
    ("status", "phase"),
    [("Succeeded", Phase.RETIRED), ("Failed", Phase.CLOSED), ("Stopped", Phase.CLOSED)],
    ids=["succeeded", "failed", "stopped"],
)
def test_an_ended_deployment_has_a_phase_and_no_sides(
    a_description: Describe, status: str, phase: Phase
) -> None:
    """After the end the groups may belong to the next deployment, so no side is read and none can be acted on."""
    deployment = resolve(a_description(info={"status": status}, rules=[]))
    assert (deployment.phase, deployment.ended) == (phase, status)
    assert (deployment.blue, deployment.green, deployment.problem) == (None, None, None)


def test_the_end_carries_the_controllers_reason(a_description: Describe) -> None:
    """Why a deployment ended is told in CodeDeploy's own words."""
    error = {"code": "ALARM_ACTIVE", "message": "One or more alarms have been activated"}
    ended = resolve(a_description(info={"status": "Stopped", "errorInformation": error})).ended
    assert ended == "Stopped: One or more alarms have been activated"


def test_an_unknown_status_is_refused(a_description: Describe) -> None:
    """A status that Guardian does not know is refused by name instead of being taken for an open deployment."""
    with pytest.raises(NotGuardableError, match="unknown status Paused"):
        resolve(a_description(info={"status": "Paused"}))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        pytest.param({"taskSetLabel": "Blue"}, "two task sets of .* are Blue", id="one colour twice"),
        pytest.param({"targetGroup": None}, "in no group", id="no target group"),
        pytest.param({"targetGroup": {"name": "elsewhere"}}, "in elsewhere", id="somebody else's group"),
    ],
)
def test_task_sets_that_cannot_be_told_apart_are_refused(
    a_description: Describe, target: Callable[..., dict[str, Any]], changes: dict[str, Any], says: str
) -> None:
    """A colour is never taken from the position in a list."""
    found = target()
    found["taskSetsInfo"][1].update(changes)
    with pytest.raises(NotGuardableError, match=says):
        resolve(a_description(target=found))


# Rollbacks


@pytest.mark.parametrize(
    ("creator", "is_rollback"),
    [
        ("codeDeployRollback", True),
        ("CloudFormationRollback", True),
        ("user", False),
        ("autoscaling", False),
        ("autoscalingTermination", False),
        ("CodeDeploy", False),
        ("CodeDeployAutoUpdate", False),
        ("CloudFormation", False),
        (None, False),
    ],
    ids=str,
)
def test_a_rollback_is_known_by_its_creator(
    a_description: Describe, creator: str | None, is_rollback: bool
) -> None:
    """Only the two rollback creators make a deployment a rollback."""
    assert resolve(a_description(info={"creator": creator})).is_rollback is is_rollback


def test_a_rollback_and_its_cause_name_each_other(a_description: Describe) -> None:
    """The undone deployment names its rollback, and the rollback names what it undoes."""
    undone = resolve(a_description(info={"rollbackInfo": {"rollbackDeploymentId": "d-Z9Y8X7W6V"}}))
    undoing = resolve(
        a_description(
            info={
                "deploymentId": "d-Z9Y8X7W6V",
                "creator": "codeDeployRollback",
                "rollbackInfo": {"rollbackTriggeringDeploymentId": "d-A1B2C3D4E"},
            }
        )
    )
    assert (undone.rollback_id, undone.rollback_of) == ("d-Z9Y8X7W6V", None)
    assert (undoing.rollback_id, undoing.rollback_of) == (None, "d-A1B2C3D4E")


# Weights


def test_when_the_two_disagree_the_listener_wins_and_it_is_said(
    a_description: Describe, a_rule: ARule
) -> None:
    """The listener routes, so its weights are used, and each side's disagreement is a sentence with both numbers."""
    deployment = resolve(a_description(rules=[a_rule({"checkout-tg-1": 50, "checkout-tg-2": 50})]))
    assert deployment.weight == 0.5
    assert deployment.green is not None
    assert deployment.green.controller_weight == 0.1
    assert len(deployment.conflicts) == 2
    green = next(sentence for sentence in deployment.conflicts if sentence.startswith("green"))
    assert "10%" in green
    assert "50%" in green


def test_rounding_is_no_disagreement(a_description: Describe, a_rule: ARule) -> None:
    """A difference of less than half a percent is rounding."""
    deployment = resolve(a_description(rules=[a_rule({"checkout-tg-1": 898, "checkout-tg-2": 102})]))
    assert deployment.conflicts == ()


def test_weights_in_another_rule_than_the_default_are_found(a_description: Describe, a_rule: ARule) -> None:
    """A service behind a path rule has its weights there and not in the default rule."""
    rules = [a_rule({"landing": 1}), a_rule({"checkout-tg-1": 80, "checkout-tg-2": 20}, default=False)]
    assert resolve(a_description(rules=rules)).weight == pytest.approx(0.2)


@pytest.mark.parametrize("rules", [[], [{"landing": 1}]], ids=["no-rule", "foreign-group"])
def test_a_listener_that_carries_neither_group_is_a_problem_not_a_weight(
    a_description: Describe, a_rule: ARule, rules: list[dict[str, int]]
) -> None:
    """When the listener names neither colour nobody knows who gets traffic: no sides, and a sentence what to do."""
    deployment = resolve(a_description(rules=[a_rule(weights) for weights in rules]))
    assert (deployment.blue, deployment.green, deployment.weight) == (None, None, 0.0)
    assert deployment.problem is not None
    assert "production is left alone" in deployment.problem
    assert "check who changed the listener" in deployment.problem
    assert deployment.phase is Phase.SHIFTING


def test_two_rules_that_disagree_are_a_problem(a_description: Describe, a_rule: ARule) -> None:
    """Two rules that weigh the pair differently leave the weight unknown."""
    rules = [
        a_rule({"checkout-tg-1": 90, "checkout-tg-2": 10}),
        a_rule({"checkout-tg-1": 50, "checkout-tg-2": 50}, default=False),
    ]
    deployment = resolve(a_description(rules=rules))
    assert deployment.green is None
    assert "differently" in (deployment.problem or "")


# What cannot be guarded


@pytest.mark.parametrize(
    ("info", "group"),
    [
        ({"computePlatform": "Server"}, {}),
        ({"computePlatform": "Lambda"}, {}),
        ({"computePlatform": None}, {"computePlatform": None}),
        ({}, {"ecsServices": []}),
        ({}, {"ecsServices": None}),
    ],
    ids=["server", "lambda", "unknown", "no-service", "null-service"],
)
def test_another_platform_is_left_alone(
    a_description: Describe, info: dict[str, Any], group: dict[str, Any]
) -> None:
    """Only an ECS deployment with a service can be compared; the message names the deployment."""
    with pytest.raises(NotGuardableError, match=r"d-A1B2C3D4E.*ECS"):
        resolve(a_description(info=info, group=group))


def test_the_platform_may_stand_on_the_group_alone(a_description: Describe) -> None:
    """A reply without a platform falls back to the group's."""
    assert resolve(a_description(info={"computePlatform": None})).phase is Phase.SHIFTING


@pytest.mark.parametrize(
    "balancer", [None, {}, {"targetGroupPairInfoList": []}], ids=["none", "empty", "no-pair"]
)
def test_a_group_without_a_pair_cannot_be_guarded(
    a_description: Describe, balancer: dict[str, Any] | None
) -> None:
    """Without a pair of target groups there is nothing to hold green against."""
    with pytest.raises(NotGuardableError, match="no pair of target groups"):
        resolve(a_description(group={"loadBalancerInfo": balancer}))


@pytest.mark.parametrize(
    ("info", "group", "strategy"),
    [
        ({"deploymentConfigName": "Own"}, {"deploymentConfigName": "Other"}, "Own"),
        ({"deploymentConfigName": None}, {"deploymentConfigName": "Other"}, "Other"),
        ({"deploymentConfigName": None}, {}, "unknown"),
    ],
    ids=["deployment", "group", "nobody"],
)
def test_the_strategy_is_the_deployments_or_else_the_groups(
    a_description: Describe, info: dict[str, Any], group: dict[str, Any], strategy: str
) -> None:
    """A deployment may override its group's configuration, and neither may say."""
    assert resolve(a_description(info=info, group=group)).strategy == strategy
