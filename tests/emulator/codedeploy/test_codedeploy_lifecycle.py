"""The course of a deployment to its success."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from guardian_rehearsal.emulator.codedeploy import install
from guardian_rehearsal.emulator.ecs import ecs_backend

EVENTS = [
    "BeforeInstall",
    "Install",
    "AfterInstall",
    "AllowTestTraffic",
    "AfterAllowTestTraffic",
    "BeforeAllowTraffic",
    "AllowTraffic",
    "AfterAllowTraffic",
]
PAYLOADS = Path(__file__).parents[3] / "events"


def shape(value: Any) -> Any:
    """Return a payload with its values replaced by their types, arrays by their first element."""
    if isinstance(value, dict):
        return {key: shape(member) for key, member in value.items()}
    if isinstance(value, list):
        return [shape(value[0])]
    return type(value).__name__


def test_id_and_first_status(ready: Any) -> None:
    """A new deployment has an id of d- and nine capitals or digits, and status Created."""
    deployment = ready.deploy()
    assert deployment.startswith("d-")
    assert len(deployment) == 11
    assert deployment[2:].upper() == deployment[2:]
    assert ready.info(deployment)["status"] == "Created"


def test_targets_exist_from_the_start_on(ready: Any) -> None:
    """Asking for targets before the start raises DeploymentNotStartedException."""
    deployment = ready.deploy()
    with pytest.raises(ready.codedeploy.exceptions.DeploymentNotStartedException):
        ready.codedeploy.list_deployment_targets(deploymentId=deployment)
    ready.run(seconds=5)
    listed = ready.codedeploy.list_deployment_targets(deploymentId=deployment)
    assert listed["targetIds"] == ["shop:checkout"]


def test_unknown_target(ready: Any) -> None:
    """Another target id than the service's raises DeploymentTargetDoesNotExistException."""
    deployment = ready.deploy()
    ready.run(seconds=5)
    with pytest.raises(ready.codedeploy.exceptions.DeploymentTargetDoesNotExistException):
        ready.codedeploy.get_deployment_target(deploymentId=deployment, targetId="shop:other")


def test_events_come_in_the_documented_order(ready: Any) -> None:
    """The lifecycle events follow one another in the documented order, each ending when the next starts."""
    deployment = ready.deploy()
    ready.run_until("AfterAllowTraffic", "Succeeded", deployment)
    events = ready.target(deployment)["lifecycleEvents"]
    assert [event["lifecycleEventName"] for event in events] == EVENTS
    ends = [event["endTime"] for event in events]
    assert [event["startTime"] for event in events[1:]] == ends[:-1]


def test_no_test_events_without_a_test_listener(shop: Any) -> None:
    """Without a test listener a target lists neither of the test traffic events."""
    shop.create_service()
    shop.create_group(with_test_listener=False)
    deployment = shop.deploy()
    shop.run_until("Install", "InProgress", deployment)
    without = [event for event in EVENTS if "TestTraffic" not in event]
    assert list(shop.events(deployment)) == without


def test_install_adds_the_replacement_task_set(ready: Any) -> None:
    """Install creates the Green task set, whose tasks run and are registered some seconds later."""
    deployment = ready.deploy()
    ready.run(seconds=5)
    assert list(ready.task_sets(deployment)) == ["Blue"]
    ready.run_until("Install", "InProgress", deployment)
    green = ready.task_sets(deployment)["Green"]
    assert (green["desiredCount"], green["pendingCount"], green["runningCount"]) == (2, 2, 0)
    assert ready.health(ready.second_group) == []
    ready.run_until("Install", "Succeeded", deployment)
    assert ready.task_sets(deployment)["Green"]["runningCount"] == 2
    assert ready.health(ready.second_group) == ["healthy", "healthy"]
    added = ready.service()["taskSets"][1]
    assert (added["externalId"], added["startedBy"]) == (deployment, "CODE_DEPLOY")
    assert added["taskDefinition"] == ready.definitions[1]


def test_install_waits_for_health(ready: Any) -> None:
    """Install goes on until the replacement is healthy, and the deployment fails after 60 minutes without."""
    backend = ecs_backend(ready.aws.account_id, ready.aws.region)
    backend.fail_targets(ready.second_group)
    deployment = ready.deploy()
    ready.run(minutes=59)
    assert ready.events(deployment)["Install"] == "InProgress"
    ready.run(minutes=3)
    assert ready.info(deployment)["errorInformation"]["code"] == "TIMEOUT"


def test_test_traffic_goes_to_the_replacement(ready: Any) -> None:
    """AllowTestTraffic points the test listener at the replacement and leaves production alone."""
    deployment = ready.deploy()
    ready.run_until("AllowTestTraffic", "Succeeded", deployment)
    assert ready.weights(ready.test_listener) == (0, 100)
    listener = ready.elb.describe_listeners(ListenerArns=[ready.listener])["Listeners"][0]
    assert listener["DefaultActions"][0]["TargetGroupArn"] == ready.first_group


def test_linear_shift(ready: Any) -> None:
    """A linear shift gives 10 percent at once and every three minutes, 100 after 27 minutes."""
    deployment = ready.deploy()
    ready.run_until("AllowTraffic", "InProgress", deployment)
    for step in range(10):
        share = 10 * (step + 1)
        assert ready.weights() == (100 - share, share)
        sets = ready.task_sets(deployment)
        assert (sets["Blue"]["trafficWeight"], sets["Green"]["trafficWeight"]) == (100 - share, share)
        ready.run(seconds=179)
        assert ready.weights() == (100 - share, share)
        ready.run(seconds=1)


@pytest.mark.parametrize(
    ("config", "minutes", "first"),
    [
        ("ECSLinear10PercentEvery1Minutes", 9, 10),
        ("ECSCanary10Percent5Minutes", 5, 10),
        ("ECSCanary10Percent15Minutes", 15, 10),
        ("ECSAllAtOnce", 0, 100),
    ],
    ids=["linear-1", "canary-5", "canary-15", "at-once"],
)
def test_config_of_the_deployment_wins(ready: Any, config: str, minutes: int, first: int) -> None:
    """A deployment configuration named in CreateDeployment overrides the group's."""
    deployment = ready.deploy(config=config)
    assert ready.info(deployment)["deploymentConfigName"] == f"CodeDeployDefault.{config}"
    ready.run_until("AllowTraffic", "InProgress", deployment)
    assert ready.weights() == (100 - first, first)
    ready.run(minutes=minutes, seconds=-1)
    assert minutes == 0 or ready.weights()[1] < 100
    ready.run(seconds=1)
    assert ready.weights() == (0, 100)


def test_configs_are_described(ready: Any) -> None:
    """GetDeploymentConfig tells the traffic routing, and refuses names that do not exist."""
    got = ready.codedeploy.get_deployment_config(
        deploymentConfigName="CodeDeployDefault.ECSLinear10PercentEvery3Minutes"
    )["deploymentConfigInfo"]
    routing = {"linearPercentage": 10, "linearInterval": 3}
    assert got["trafficRoutingConfig"] == {"type": "TimeBasedLinear", "timeBasedLinear": routing}
    with pytest.raises(ready.codedeploy.exceptions.DeploymentConfigDoesNotExistException):
        ready.deploy(config="ECSNoSuch")


def test_primary_flips_at_100_percent(ready: Any) -> None:
    """The original task set stays PRIMARY during the shift and hands over at 100 percent."""
    deployment = ready.deploy()
    ready.run_until("AllowTraffic", "InProgress", deployment)
    ready.run(minutes=26)
    assert {k: v["status"] for k, v in ready.task_sets(deployment).items()} == {
        "Blue": "PRIMARY",
        "Green": "ACTIVE",
    }
    ready.run(minutes=1)
    assert {k: v["status"] for k, v in ready.task_sets(deployment).items()} == {
        "Blue": "ACTIVE",
        "Green": "PRIMARY",
    }
    assert ready.service()["taskDefinition"] == ready.definitions[1]


def test_termination_wait(ready: Any) -> None:
    """In the termination wait the target has succeeded, the deployment has not, and the original still runs."""
    deployment = ready.deploy()
    ready.run_until("AfterAllowTraffic", "Succeeded", deployment)
    info = ready.info(deployment)
    assert (info["status"], info["instanceTerminationWaitTimeStarted"]) == ("InProgress", True)
    assert ready.target(deployment)["status"] == "Succeeded"
    ready.run(minutes=59, seconds=59)
    assert ready.health(ready.first_group) == ["healthy", "healthy"]
    ready.run(minutes=1)
    assert ready.health(ready.first_group) == []
    assert ready.info(deployment)["status"] == "Succeeded"
    assert [one["status"] for one in ready.service()["taskSets"]] == ["PRIMARY"]
    assert ready.task_sets(deployment)["Blue"]["runningCount"] == 0


def test_continue_ends_the_termination_wait(ready: Any) -> None:
    """ContinueDeployment with TERMINATION_WAIT terminates the original at once, and only in that wait."""
    deployment = ready.deploy()
    ready.run(seconds=5)
    proceed = {"deploymentId": deployment, "deploymentWaitType": "TERMINATION_WAIT"}
    with pytest.raises(ready.codedeploy.exceptions.InvalidDeploymentStatusException):
        ready.codedeploy.continue_deployment(**proceed)
    ready.run_until("AfterAllowTraffic", "Succeeded", deployment)
    ready.codedeploy.continue_deployment(**proceed)
    ready.run(seconds=30)
    assert ready.info(deployment)["status"] == "Succeeded"
    with pytest.raises(ready.codedeploy.exceptions.DeploymentAlreadyCompletedException):
        ready.codedeploy.continue_deployment(**proceed)


def test_second_deployment_trades_the_groups(ready: Any) -> None:
    """In the next deployment the target groups have traded places."""
    ready.run_until_over(ready.deploy())
    second = ready.deploy(release=3)
    ready.run_until("AllowTraffic", "InProgress", second)
    assert ready.weights() == (10, 90)
    sets = ready.task_sets(second)
    assert (sets["Blue"]["targetGroup"], sets["Green"]["targetGroup"]) == ({"name": "tg-2"}, {"name": "tg-1"})


def test_ended_target_stays_as_it_was(ready: Any) -> None:
    """The target of a succeeded deployment does not change with later deployments."""
    first = ready.deploy()
    ready.run_until_over(first)
    before = ready.target(first)
    ready.run_until_over(ready.deploy(release=3))
    assert ready.target(first) == before


def test_time_can_jump(ready: Any) -> None:
    """After a jump of hours every transition bears the time at which it was due."""
    deployment = ready.deploy()
    created = ready.info(deployment)["createTime"]
    ready.run(hours=5)
    info = ready.info(deployment)
    assert info["status"] == "Succeeded"
    assert info["startTime"] == created + dt.timedelta(seconds=5)
    assert info["completeTime"] < created + dt.timedelta(minutes=100)


def test_next_due(ready: Any) -> None:
    """The backend tells when the next transition is due, and nothing when none is."""
    assert ready.aws.codedeploy.next_due() is None
    deployment = ready.deploy()
    created = ready.info(deployment)["createTime"]
    assert ready.aws.codedeploy.next_due() == created + dt.timedelta(seconds=5)


def test_moved_listener_fails_the_deployment(ready: Any) -> None:
    """A deployment fails when the PRIMARY task set's target group is not behind the listener."""
    forward = {"Type": "forward", "TargetGroupArn": ready.second_group}
    ready.elb.modify_listener(ListenerArn=ready.listener, DefaultActions=[forward])
    deployment = ready.deploy()
    ready.run(seconds=5)
    info = ready.info(deployment)
    assert info["status"] == "Failed"
    assert info["errorInformation"]["message"].startswith(
        "The ELB could not be updated due to the following error: Primary taskset target group must be behind listener"
    )


def test_one_deployment_at_a_time(ready: Any) -> None:
    """A group refuses a second deployment while one is active."""
    first = ready.deploy()
    with pytest.raises(ready.codedeploy.exceptions.DeploymentLimitExceededException, match=first):
        ready.deploy(release=3)


@pytest.mark.parametrize(
    "content", ["", "{}", "Resources: []", "- a"], ids=["empty", "no-keys", "none", "list"]
)
def test_unreadable_app_spec(ready: Any, content: str) -> None:
    """An AppSpec that is not one for ECS is refused."""
    with pytest.raises(ready.codedeploy.exceptions.InvalidRevisionException):
        ready.create_deployment(content)


def test_missing_task_definition_fails_the_deployment(ready: Any) -> None:
    """A task definition that does not exist fails the deployment in Install."""
    spec = ready.app_spec(2, {})
    spec["Resources"][0]["TargetService"]["Properties"]["TaskDefinition"] = "checkout:99"
    deployment = ready.create_deployment(json.dumps(spec))
    ready.run(seconds=30)
    assert ready.info(deployment)["errorInformation"]["code"] == "ECS_UPDATE_ERROR"
    assert ready.events(deployment)["Install"] == "Failed"


def test_revision_content_is_read_by_its_hash(ready: Any) -> None:
    """GetDeployment leaves the AppSpec's content out; GetApplicationRevision returns it by SHA-256."""
    content = json.dumps(ready.app_spec(2, {}))
    revision = ready.info(ready.create_deployment(content))["revision"]
    assert "content" not in revision["appSpecContent"]
    got = ready.codedeploy.get_application_revision(applicationName="app", revision=revision)
    assert got["revision"]["appSpecContent"]["content"] == content
    revision["appSpecContent"]["sha256"] = "0" * 64
    with pytest.raises(ready.codedeploy.exceptions.RevisionDoesNotExistException):
        ready.codedeploy.get_application_revision(applicationName="app", revision=revision)


def test_previous_revision(ready: Any) -> None:
    """A deployment names the revision that succeeded before it."""
    first = ready.deploy()
    assert "previousRevision" not in ready.info(first)
    ready.run_until_over(first)
    assert ready.info(ready.deploy(release=3))["previousRevision"] == ready.info(first)["revision"]


def test_deployments_are_listed_by_status(ready: Any) -> None:
    """ListDeployments selects by application, group and status, as of now."""
    deployment = ready.deploy()
    names = {"applicationName": "app", "deploymentGroupName": "group"}
    running = {"includeOnlyStatuses": ["InProgress"]}
    assert ready.codedeploy.list_deployments(**names, **running)["deployments"] == []
    ready.run(seconds=5)
    assert ready.codedeploy.list_deployments(**names, **running)["deployments"] == [deployment]


def test_group_is_described(ready: Any) -> None:
    """GetDeploymentGroup returns the alarms, the rollback causes, the pair of groups and the last deployments."""
    deployment = ready.deploy()
    ready.run_until_over(deployment)
    group = ready.codedeploy.get_deployment_group(applicationName="app", deploymentGroupName="group")
    group = group["deploymentGroupInfo"]
    assert group["alarmConfiguration"] == {"enabled": True, "alarms": [{"name": "errors"}]}
    assert group["autoRollbackConfiguration"]["events"] == ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"]
    pair = group["loadBalancerInfo"]["targetGroupPairInfoList"][0]
    assert pair["targetGroups"] == [{"name": "tg-1"}, {"name": "tg-2"}]
    assert group["ecsServices"] == [{"serviceName": "checkout", "clusterName": "shop"}]
    assert group["computePlatform"] == "ECS"
    assert group["lastSuccessfulDeployment"]["deploymentId"] == deployment


def test_target_has_the_documented_shape(ready: Any) -> None:
    """Mid-shift, a target has the members and types of the documented sample."""
    deployment = ready.deploy()
    ready.run_until("AllowTraffic", "InProgress", deployment)
    batch = ready.codedeploy.batch_get_deployment_targets(
        deploymentId=deployment, targetIds=["shop:checkout"]
    )
    [target] = batch["deploymentTargets"]
    sample = json.loads((PAYLOADS / "api-get-deployment-target-canary-10pct.json").read_text())
    seen = json.loads(json.dumps(target, default=lambda moment: moment.timestamp()))
    assert shape(seen) == shape(sample["deploymentTarget"])
    assert target["ecsTarget"] == ready.target(deployment)


def test_events_on_the_bus(ready: Any) -> None:
    """A deployment announces its START and SUCCESS in the documented envelope, at their times."""
    deployment = ready.deploy()
    ready.run_until_over(deployment)
    start, success = list(ready.aws.outbox.take_all())
    sample = json.loads((PAYLOADS / "codedeploy-state-change-start.json").read_text())
    assert shape(start.event) == shape(sample)
    assert start.event["detail-type"] == sample["detail-type"]
    assert (start.event["time"], start.at.second) == ("2026-11-20T12:00:05Z", 5)
    assert [one.event["detail"]["state"] for one in (start, success)] == ["START", "SUCCESS"]
    assert start.event["detail"]["deploymentId"] == deployment
    assert start.event["resources"][1].endswith(":deploymentgroup:app/group")


def test_rule_is_shifted_too(ready: Any) -> None:
    """A rule that forwards to the pair gets the same weights, its other actions and stickiness kept."""
    sticky = {"Enabled": True, "DurationSeconds": 60}
    group = {"TargetGroupArn": ready.first_group, "Weight": 1}
    forward = {"TargetGroups": [group], "TargetGroupStickinessConfig": sticky}
    rule = ready.elb.create_rule(
        ListenerArn=ready.listener,
        Priority=1,
        Conditions=[{"Field": "path-pattern", "Values": ["/pay/*"]}],
        Actions=[{"Type": "forward", "Order": 1, "ForwardConfig": forward}],
    )["Rules"][0]["RuleArn"]
    deployment = ready.deploy()
    ready.run_until("AllowTraffic", "InProgress", deployment)
    action = ready.elb.describe_rules(RuleArns=[rule])["Rules"][0]["Actions"][0]
    assert [one["Weight"] for one in action["ForwardConfig"]["TargetGroups"]] == [90, 10]
    assert action["ForwardConfig"]["TargetGroupStickinessConfig"] == sticky


def test_second_install_keeps_state(ready: Any) -> None:
    """Installing again loses nothing."""
    deployment = ready.deploy()
    install()
    ready.run(seconds=5)
    assert ready.info(deployment)["status"] == "InProgress"
