"""`guardian dashboard`: blue and green side by side, by the roles of now."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from guardian_fakes.dashboards import misplaced
from typer.testing import CliRunner, Result

from guardian.aws.policies import ParameterStorePolicies
from guardian.model import Service
from guardian.policy import parse_policy
from guardian_console.dashboard_command import name_of
from guardian_console.main import app
from guardian_rehearsal.clock import SimulatedClock
from guardian_rehearsal.emulator.server import EmulatedAws
from guardian_rehearsal.stage import BEGIN
from guardian_rehearsal.world import World, build_world, deploy

WIDGET = "arn:aws:lambda:eu-west-1:123456789012:function:customWidget_guardian_Decisions"
QUERIES = [{
    "name": "query_time", "kind": "mean", "worse": "higher",
    "value": {"namespace": "Shop", "metric": "QueryTime", "dimensions": {"TargetGroup": "{target_group}"}},
}]  # fmt: skip


@dataclass
class Account:
    """A service before its first release.

    Attributes:
        aws: The account.
        clock: Its time.
        world: The service.
    """

    aws: EmulatedAws
    clock: SimulatedClock
    world: World

    @property
    def service(self) -> Service:
        """The service by its names."""
        return Service(application=self.world.application, deployment_group=self.world.deployment_group)

    @property
    def groups(self) -> tuple[str, str]:
        """The dimensions of the group that serves first, and of the other one."""
        first, second = (arn.rpartition(":")[2] for arn in self.world.target_groups.values())
        return first, second

    def run(self, **span: float) -> None:
        self.clock.move_to(self.clock.now() + timedelta(**span))
        self.aws.codedeploy.advance()

    def release(self) -> str:
        """Release a version to its end; return the deployment's id."""
        deployment = deploy(self.aws, self.world, "2")
        while (due := self.aws.codedeploy.next_due()) is not None:
            self.clock.move_to(due)
            self.aws.codedeploy.advance()
        return deployment

    def dashboard(self, *more: str) -> Result:
        names = ["--application", self.service.application]
        names += ["--deployment-group", self.service.deployment_group]
        return CliRunner().invoke(app, ["dashboard", *names, *more])

    def body(self, *more: str) -> dict[str, Any]:
        """Return the body that is printed."""
        result = self.dashboard(*more)
        assert result.exit_code == 0, result.stderr
        body: dict[str, Any] = json.loads(result.stdout)
        return body


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """An account that the process's credential chain leads to."""
    with SimulatedClock(BEGIN) as clock, EmulatedAws() as aws:
        for name, value in aws.environment().items():
            monkeypatch.setenv(name, value)
        yield Account(aws, clock, build_world(aws, hooks={}, alarm_action="arn:nobody"))


def of_colour(body: dict[str, Any], colour: str) -> list[dict[str, Any]]:
    return [one for one in body["widgets"] if one["properties"].get("title", "").startswith(f"{colour}: ")]


def groups_of(body: dict[str, Any], colour: str) -> set[str]:
    """Return the target groups whose metrics are shown as a colour's."""
    metrics = [metric for one in of_colour(body, colour) for metric in one["properties"]["metrics"]]
    return {metric[metric.index("TargetGroup") + 1] for metric in metrics}


def roles(body: dict[str, Any]) -> tuple[set[str], set[str]]:
    return groups_of(body, "blue"), groups_of(body, "green")


def test_both_colours_are_laid_out_alike(account: Account) -> None:
    """Widget by widget, blue's and green's differ in the column, the colour's name and the target group, no more."""
    account.release()
    store = ParameterStorePolicies(account.aws.client("ssm"), "/guardian/policies")
    store.push(account.service, parse_policy({"custom": QUERIES}, "test"))
    body = account.body("--widget", WIDGET)
    blue, green = of_colour(body, "blue"), of_colour(body, "green")
    assert len(blue) == len(green) == 5
    (was,), (released,) = roles(body)
    for left, right in zip(blue, green, strict=True):
        text = json.dumps(right).replace(released, was).replace('"green: ', '"blue: ')
        assert json.loads(text) | {"x": left["x"]} == left
        assert (left["x"], right["x"]) == (0, 12)
    assert misplaced(body["widgets"]) == []


def test_colours_follow_the_roles_and_not_the_groups(account: Account) -> None:
    """With each release the groups trade their colours, while it runs and after it."""
    first, second = account.groups
    account.release()
    assert roles(account.body()) == ({first}, {second})
    deploy(account.aws, account.world, "3")
    account.run(minutes=6)
    assert roles(account.body()) == ({second}, {first})
    while account.aws.codedeploy.next_due() is not None:
        account.run(minutes=1)
    assert roles(account.body()) == ({second}, {first})


def test_a_release_that_has_just_begun_counts(account: Account) -> None:
    """Before green is made, blue is the group that serves and green the one that waits for it."""
    first, second = account.groups
    account.release()
    deploy(account.aws, account.world, "3")
    body = account.body()
    assert roles(body) == ({second}, {first})
    assert "has not made green yet" in body["widgets"][0]["properties"]["markdown"]


def test_after_a_rollback_blue_serves_again(account: Account) -> None:
    """A release that was stopped and rolled back leaves blue as what serves."""
    first, second = account.groups
    account.release()
    stopped = deploy(account.aws, account.world, "3")
    account.run(minutes=6)
    account.aws.client("codedeploy").stop_deployment(deploymentId=stopped, autoRollbackEnabled=True)
    while account.aws.codedeploy.next_due() is not None:
        account.run(minutes=1)
    assert roles(account.body()) == ({second}, {first})


def test_after_a_release_that_was_given_up_blue_serves(account: Account) -> None:
    """A release that was stopped before users saw it leaves blue serving, although the one before it succeeded."""
    first, second = account.groups
    account.release()
    stopped = deploy(account.aws, account.world, "3")
    account.aws.client("codedeploy").stop_deployment(deploymentId=stopped, autoRollbackEnabled=False)
    while account.aws.codedeploy.next_due() is not None:
        account.run(minutes=1)
    body = account.body()
    assert roles(body) == ({second}, {first})
    assert "did not succeed" in body["widgets"][0]["properties"]["markdown"]


def test_shared_metrics_stand_below_both(account: Account) -> None:
    """The load balancer's own errors and the service's CPU are shown once; the database where the policy names it."""
    account.release()

    def shared() -> list[str]:
        body = account.body()
        assert misplaced(body["widgets"]) == []
        titles = [one["properties"].get("title", "") for one in body["widgets"] if one["type"] == "metric"]
        return [one for one in titles if ": " not in one]

    assert len(shared()) == 2
    store = ParameterStorePolicies(account.aws.client("ssm"), "/guardian/policies")
    store.push(account.service, parse_policy({"database": {"instance": account.world.db_instance}}, "test"))
    assert len(shared()) == 4


def test_the_custom_widget_is_there_when_it_is_named(account: Account) -> None:
    """With the function's ARN the dashboard also shows the live roles and the decisions of this service."""
    account.release()
    (widget,) = (
        one["properties"] for one in account.body("--widget", WIDGET)["widgets"] if one["type"] == "custom"
    )
    assert (widget["endpoint"], widget["params"]["service"]) == (WIDGET, str(account.service))
    assert [one for one in account.body()["widgets"] if one["type"] == "custom"] == []


def test_it_is_put_under_a_name_of_the_services(account: Account) -> None:
    """--put writes the same body into CloudWatch and says under which name and by whose roles."""
    deployment = account.release()
    result = account.dashboard("--put", "--json")
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    assert deployment in told["roles"]
    put = account.aws.client("cloudwatch").get_dashboard(DashboardName=told["dashboard"])
    assert json.loads(put["DashboardBody"]) == account.body()
    assert told["dashboard"] == name_of(account.service)


def test_a_name_is_one_that_cloudwatch_takes() -> None:
    """Whatever else an application's name holds becomes a hyphen."""
    service = Service(application="my.shop+eu", deployment_group="blue@green")
    assert name_of(service) == "guardian-my-shop-eu-blue-green"


def test_without_a_deployment_there_are_no_colours(account: Account) -> None:
    """A group that never deployed ends with 3."""
    result = account.dashboard()
    assert result.exit_code == 3
    assert "nobody is blue or green" in result.stderr


def test_a_group_that_does_not_exist_is_named(account: Account) -> None:
    """A misspelt group ends with 2 and says how to find the right one."""
    result = CliRunner().invoke(app, ["dashboard", "--application", "no", "--deployment-group", "such"])
    assert result.exit_code == 2
    assert "no/such is no deployment group" in result.stderr
    assert account.service
