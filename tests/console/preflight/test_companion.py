"""What preflight finds on the companion stack as published, fault by fault, and on the same stack mended."""

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from guardian_console.exits import Code

if TYPE_CHECKING:
    from conftest import Account, HealthPage


def test_g1_the_termination_wait_is_shorter_than_the_bake(account: "Account") -> None:
    """G1: five minutes are held against the promised bake, and the fix sets the bake."""
    assert account.found("G1") == [
        "bites: blue is deleted 5 minutes after the shift, the bake is 1440 minutes (24 h)"
    ]
    report = account.report("--bake-hours", "72")
    (wait,) = [one for one in report["findings"] if one["fault"] == "G1"]
    assert "the bake is 4320 minutes (72 h)" in wait["found"]
    assert "terminationWaitTimeInMinutes=2880" in wait["fix"]


def test_g5_alarms_watch_one_colour_with_fixed_limits(account: "Account") -> None:
    """G5: both alarms watch one group only, no alarm sees a dead green, and the limits are absolute."""
    found = account.found("G5")
    assert sum("watches" in one and "1 of 2 target groups" in one for one in found) == 2
    assert any("0 of 3 alarms see a green that is dead" in one for one in found)
    assert sum("has the fixed limit" in one for one in found) == 2
    assert all("is not blue now" in one for one in found if "watches" in one)


def test_g5_the_role_is_that_of_the_hour(account: "Account") -> None:
    """G5: after one deployment the groups have traded roles, and the same alarms watch blue."""
    account.release()
    account.finish()
    assert sum("the group that is blue now" in one for one in account.found("G5")) == 2


def test_g7_wrong_dimensions_are_not_a_zero(account: "Account") -> None:
    """G7: a metric without any value is said with its dimensions; once it has values nothing is said."""
    assert any(
        "RequestCount has 0 values in the last 3 hours for LoadBalancer=" in one
        for one in account.found("G7")
    )
    account.serve()
    assert account.found("G7") == []


def test_g8_the_health_page_is_judged_by_its_fields(account: "Account", page: "HealthPage") -> None:
    """G8: `status: healthy` with 503 and an incompatible schema bites; the same page in order is a note."""
    fields = {"status": "healthy", "version": "2", "environment": "green", "database": "connected"}
    page.answer(503, fields | {"schema": "incompatible"})
    assert account.found("G8", "--health-url", page.url) == [
        f"bites: {page.url} answers 503 and says status: healthy with schema: incompatible"
    ]
    page.answer(200, fields | {"schema": "compatible"})
    assert [one[:5] for one in account.found("G8", "--health-url", page.url)] == ["note:"]


def test_g8_a_page_that_does_not_answer_is_unknown(account: "Account", page: "HealthPage") -> None:
    """G8: an address where nobody listens is not a pass."""
    page.server.server_close()
    found = account.report("--health-url", "http://127.0.0.1:9/health")["findings"]
    assert [one["level"] for one in found if one["fault"] == "G8"] == ["unknown"]


def test_g9_the_configuration_comes_from_the_api(account: "Account") -> None:
    """G9: the shift is told from the API, and a latest deployment that ran another configuration bites."""
    assert account.found("G9") == [
        "note: CodeDeployDefault.ECSLinear10PercentEvery3Minutes: 10 steps of 10 % in 27 minutes"
    ]
    deployment = account.release(config="CodeDeployDefault.ECSAllAtOnce")
    (bitten,) = [one for one in account.found("G9") if one.startswith("bites")]
    assert f"{deployment}, ran CodeDeployDefault.ECSAllAtOnce" in bitten


def test_g10_no_open_deployment_is_said(account: "Account") -> None:
    """G10: without an open deployment there is a note; with one there is nothing to say."""
    assert account.found("G10") == [
        "note: 0 deployments are open: the first of list-deployments, if any, has ended"
    ]
    account.release()
    assert account.found("G10") == []


def test_g11_the_controller_is_code_deploy(account: "Account") -> None:
    """G11: a service under CODE_DEPLOY cannot be released with update-service."""
    assert account.found("G11") == [
        "note: the controller of ecommerce-bluegreen-service is CODE_DEPLOY: update-service cannot release"
    ]


def test_g12_one_service_has_both_task_sets(account: "Account") -> None:
    """G12: at rest there is one task set; during a deployment two in the same service."""
    assert account.found("G12") == [
        "note: ecommerce-bluegreen-service has 1 task set; there is no service per colour"
    ]
    account.release()
    for _ in range(3):
        account.clock.move_to(account.clock.now() + timedelta(minutes=1))
        account.aws.codedeploy.advance()
    assert account.found("G12") == [
        "note: ecommerce-bluegreen-service has 2 task sets; there is no service per colour"
    ]


def test_g13_a_persons_stop_does_not_roll_back(account: "Account") -> None:
    """G13: the missing event is named, with what Guardian does itself, and the fix keeps the other two."""
    (found,) = [one for one in account.report()["findings"] if one["fault"] == "G13"]
    assert found["level"] == "bites"
    assert "DEPLOYMENT_STOP_ON_REQUEST is not" in found["found"]
    assert "Guardian passes autoRollbackEnabled with its own stop" in found["why"]
    assert "DEPLOYMENT_FAILURE,DEPLOYMENT_STOP_ON_ALARM,DEPLOYMENT_STOP_ON_REQUEST" in found["fix"]


def test_the_published_stack_ends_with_1(account: "Account") -> None:
    """Something bites, so the exit code is 1."""
    assert account.preflight().exit_code == Code.DIVERGED


def test_nothing_bites_once_everything_is_mended(account: "Account", page: "HealthPage") -> None:
    """The same stack with every fix applied: every check is made, nothing bites, nothing is unknown, exit code 0."""
    account.mend()
    account.allow_hooks()
    account.install_roles()
    account.world.appspec_hooks.update(
        dict.fromkeys(("AfterInstall", "AfterAllowTestTraffic"), "CodeDeployHook_guardian_AfterInstall")
    )
    account.release()
    account.aws.codedeploy.advance()
    account.serve()
    page.answer(200, {"version": "2", "database": "connected", "schema": "compatible"})
    route53 = account.aws.client("route53")
    zone = route53.create_hosted_zone(Name="shop.example", CallerReference="1")["HostedZone"]["Id"]
    arguments = "--stack", "guardian", "--health-url", page.url, "--hosted-zone", zone
    done = account.preflight("--json", *arguments)
    report = json.loads(done.stdout)
    assert [one for one in report["findings"] if one["level"] != "note"] == []
    assert report["unasked"] == []
    assert done.exit_code == Code.FINE
