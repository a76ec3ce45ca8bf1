"""Reading an account: what is refused is unknown, nothing is written, no value of a variable is told."""

import json
from typing import TYPE_CHECKING

import pytest

from guardian_console.exits import Code

if TYPE_CHECKING:
    from conftest import Account

FIRST = {
    ("codedeploy", "GetDeploymentConfig"): "deployment-config",
    ("codedeploy", "ListDeployments"): "open-deployments",
    ("codedeploy", "GetDeployment"): "last-deployment-config",
    ("ecs", "DescribeServices"): "controller-type",
    ("ecs", "DescribeClusters"): "container-insights",
    ("elbv2", "DescribeTargetGroups"): "groups-differ",
    ("elbv2", "DescribeRules"): "stickiness-forward",
    ("elbv2", "DescribeLoadBalancers"): "dns-ttl",
    ("cloudwatch", "DescribeAlarms"): "alarms-state",
    ("rds", "DescribeDBInstances"): "database-exists",
    ("route53", "ListResourceRecordSets"): "dns-ttl",
    ("cloudformation", "DescribeStackResources"): "role-permissions",
}
"""Calls that need no other's answer, and a check that rests on each."""
THEN = {
    ("codedeploy", "GetApplicationRevision"): "hooks",
    ("ecs", "DescribeTaskDefinition"): "definitions-differ",
    ("elbv2", "DescribeTargetGroupAttributes"): "stickiness-targets",
    ("elbv2", "DescribeTargetHealth"): "no-healthy-target",
    ("cloudwatch", "GetMetricData"): "metrics-silent",
    ("rds", "DescribeDBParameters"): "max-connections",
    ("rds", "DescribeDBSnapshots"): "backups",
    ("iam", "GetRole"): "role-permissions",
}
"""Calls that do."""
LAST = {("iam", "SimulatePrincipalPolicy"): "role-permissions"}
WRITES = ("Create", "Delete", "Put", "Update", "Modify", "Register", "Stop", "Start", "Change", "Set")


def everything(account: "Account") -> tuple[str, ...]:
    """Make what each option looks at, and return the options."""
    account.release()
    account.aws.codedeploy.advance()
    account.allow_hooks()
    account.install_roles()
    zone = account.aws.client("route53").create_hosted_zone(Name="shop.example", CallerReference="1")
    return "--stack", "guardian", "--hosted-zone", zone["HostedZone"]["Id"]


@pytest.mark.parametrize("reads", [FIRST, THEN, LAST], ids=["first", "then", "last"])
def test_every_refused_read_is_unknown(account: "Account", reads: dict[tuple[str, str], str]) -> None:
    """Whichever call is denied, a check that rests on it says so, with the call's name, and does not pass."""
    options = everything(account)
    for service, operation in reads:
        account.aws.faults.fail(service, operation, "AccessDenied", "no such permission", 403)
    findings = account.report(*options)["findings"]
    for (_, operation), key in reads.items():
        found = [(one["level"], one["found"]) for one in findings if one["check"] == key]
        assert [level for level, _ in found] == ["unknown"], key
        assert f":{operation} is not allowed with your credentials: no such permission" in found[0][1]


def test_an_outage_is_unknown_too(account: "Account") -> None:
    """A throttled call is tried again and then unknown; the exit code is that of what bites elsewhere."""
    account.aws.faults.throttle("cloudwatch", "DescribeAlarms")
    done = account.preflight("--json")
    found = [one for one in json.loads(done.stdout)["findings"] if one["check"] == "alarms-state"]
    assert [one["level"] for one in found] == ["unknown"]
    assert "Rate exceeded" in found[0]["found"]
    assert done.exit_code == Code.DIVERGED


def test_only_an_unknown_ends_with_3(account: "Account") -> None:
    """Where nothing bites but something could not be read, the exit code is neither fine nor diverged."""
    account.mend()
    account.serve()
    account.allow_hooks()
    assert account.preflight().exit_code == Code.FINE
    account.aws.faults.fail("ecs", "DescribeClusters", "AccessDenied", "no", 403)
    assert account.preflight().exit_code == Code.NOT_ENOUGH_DATA


def test_nothing_is_written(account: "Account") -> None:
    """Every call is a read, and each call that is made is one of those that are tested to be refused."""
    options = everything(account)
    account.aws.calls.clear()
    account.report(*options)
    made = {(call.service, call.operation) for call in account.aws.calls}
    assert [call for call in made if call[1].startswith(WRITES)] == []
    assert made - {("codedeploy", "GetDeploymentGroup")} == {*FIRST, *THEN, *LAST}


def test_no_value_of_a_variable_is_told(account: "Account") -> None:
    """Where task definitions differ their variables are named, and neither text nor JSON has a value."""
    account.aws.client("ecs").register_task_definition(
        family="ecommerce-bluegreen", networkMode="awsvpc", cpu="256", memory="512",
        containerDefinitions=[{"name": "app", "image": "shop:2",
                               "environment": [{"name": "DB_PASSWORD", "value": "planted-secret"}]}],
    )  # fmt: skip
    for done in (account.preflight(), account.preflight("--json")):
        assert "environment name DB_PASSWORD is in ecommerce-bluegreen:2 and not in" in done.stdout
        assert "planted-secret" not in done.stdout


def test_a_pipe_gets_text_without_colour_and_whole_commands(account: "Account") -> None:
    """Without a terminal there is no escape sequence, and each fix stands on one line, to be pasted."""
    done = account.preflight()
    assert "\x1b" not in done.stdout
    (fix,) = [line for line in done.stdout.splitlines() if "terminationWaitTimeInMinutes" in line]
    assert fix.startswith("  fix: aws deploy update-deployment-group --application-name ecommerce-bluegreen ")
    assert fix.endswith("waitTimeInMinutes=0}'")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--record", "www.shop.example"), "give --hosted-zone with it"),
        (("--deployment-group", "web"), "is no deployment group of this account"),
        (("--path", "/guardian/", "--policy", "missing.yaml"), "cannot be read"),
    ],
)
def test_wrong_usage_ends_with_2(account: "Account", arguments: tuple[str, ...], words: str) -> None:
    """A name that leads nowhere ends with 2 and says what to give."""
    done = account.preflight(*arguments)
    assert done.exit_code == Code.USAGE
    assert words in done.stderr


def test_the_stored_policy_is_the_policy(account: "Account") -> None:
    """Without --policy the one in Parameter Store is held against the account; without any the defaults are."""
    names = account.world.application, account.world.deployment_group
    assert "policy-database" in {one["check"] for one in account.report_stored()["findings"]}
    account.aws.client("ssm").put_parameter(
        Name="/guardian/policies/" + "/".join(names), Value='{"database":{"instance":"gone"}}', Type="String"
    )
    stored = [
        one["found"] for one in account.report_stored()["findings"] if one["check"] == "database-exists"
    ]
    assert stored == ["0 instances are named gone, which the policy names"]
