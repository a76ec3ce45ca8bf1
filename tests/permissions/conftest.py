"""What each role is granted, and what it asks AWS for while deployments of every kind are played."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from guardian.aws.contract_notes import TableContractNotes
from guardian.aws.snapshots import RdsSnapshots
from guardian.model import Service, Snapshot
from guardian_rehearsal.emulator.deliveries import LambdaInvocation
from guardian_rehearsal.emulator.iam import Access, Decision, decide
from guardian_rehearsal.emulator.server import EmulatedAws
from guardian_rehearsal.host import Code, FunctionHost
from guardian_rehearsal.installation import Function
from guardian_rehearsal.lambda_service import LambdaService
from guardian_rehearsal.naming import name_everything
from guardian_rehearsal.play import play
from guardian_rehearsal.roles import Role, read_roles
from guardian_rehearsal.scenarios import scenario
from guardian_rehearsal.stage import Stage, set_stage
from guardian_rehearsal.template import TEMPLATE, load_template
from guardian_rehearsal.world import deploy

Asked = dict[str, dict[Access, Decision]]
"""What each role asked for, by the role's name."""


def _roles() -> Mapping[str, Role]:
    template = load_template()
    return read_roles(template["Resources"], name_everything(EmulatedAws(), template, {})[1])


ROLES = _roles()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test that takes `role`, or `role` and `action`, one case for each in the template."""
    names = metafunc.fixturenames
    if "action" in names and "role" in names:
        grants = {
            (role, action) for role in ROLES for one in ROLES[role].statements for action in one.actions
        }
        metafunc.parametrize(("role", "action"), sorted(grants), ids=lambda value: value)
    elif "role" in names:
        metafunc.parametrize("role", ROLES)


@pytest.fixture(scope="session")
def roles() -> Mapping[str, Role]:
    """The template's roles, resolved, by logical id."""
    return ROLES


@pytest.fixture(scope="session")
def asked() -> Asked:
    """What the roles asked for in scenarios and situations that together need every permission."""
    return _asked()


@cache
def _asked() -> Asked:
    asked: Asked = {role.name: {} for role in ROLES.values()}

    def add(accesses: Mapping[str, Mapping[Access, Decision]]) -> None:
        for role, decisions in accesses.items():
            asked[role].update(decisions)

    for name in ("latency", "codedeploy-rolls-back", "swap", "probes", "held-hook-passed"):
        add(play(scenario(name)).accesses)
    add(play(scenario("latency"), code=Code(TEMPLATE, OnlyHooks)).accesses)
    for situation in (
        unannounced,
        the_gate_is_asked,
        somebody_looks_at_the_dashboard,
        logs_are_written,
        events_are_left,
        the_schedule_fires,
    ):
        with set_stage(scenario("healthy"), 1, TEMPLATE) as stage:
            situation(stage)
            add(stage.aws.iam.decisions)
    return asked


class OnlyHooks(FunctionHost):
    """The schedule, the events and the alarms reach nobody, and the last hook's process dies once after its work.

    So a hook is the first to see that green is sick, and Lambda calls it again when the rollback is over.
    """

    died = False

    def invoke(self, function: Function, event: Any) -> Any:
        if "GUARDIAN_HOOK" not in function.environment:
            return None
        answer = super().invoke(function, event)
        if function.logical_id == "AfterAllowTraffic" and not self.died:
            self.died = True
            raise RuntimeError("the process died after its work")
        return answer


def unannounced(stage: Stage) -> None:
    """A deployment without hooks whose events got lost: the schedule finds it."""
    deploy(stage.aws, replace(stage.world, appspec_hooks={}), "2")
    stage.aws.outbox.clear()
    host = FunctionHost(stage.aws.environment())
    service = LambdaService(stage.aws, stage.installation, host, lambda _, __: None)
    for _ in range(20):
        due = stage.aws.codedeploy.next_due()
        stage.clock.move_to(due or stage.clock.now())
        stage.aws.codedeploy.advance()
        stage.aws.outbox.clear()
        service.tick(stage.clock.now())
        service.pump()


def the_gate_is_asked(stage: Stage) -> None:
    """A release that Guardian watched has succeeded, its snapshot is noted, and a pipeline asks the gate."""
    release = deploy(stage.aws, replace(stage.world, appspec_hooks={}), "2")
    host = FunctionHost(stage.aws.environment())
    service = LambdaService(stage.aws, stage.installation, host, lambda _, __: None)
    while (due := stage.aws.codedeploy.next_due()) is not None:
        stage.clock.move_to(due)
        stage.aws.codedeploy.advance()
        service.tick(stage.clock.now())
        service.pump()
    snapshot = Snapshot(id="guardian-1", instance=stage.world.db_instance)
    RdsSnapshots(stage.aws.client("rds")).create(snapshot)
    dynamodb, table = stage.aws.client("dynamodb"), stage.installation.table
    group = Service(application=stage.world.application, deployment_group=stage.world.deployment_group)
    TableContractNotes(dynamodb, table).note_snapshot(group, release, snapshot)
    event = {"application": group.application, "deployment_group": group.deployment_group}
    answer = host.invoke(stage.installation.functions["ContractGate"], event)
    if answer["deployment_id"] != release or "not allowed" in str(answer):
        raise AssertionError(f"the gate did not see everything: {answer}")


def somebody_looks_at_the_dashboard(stage: Stage) -> None:
    """A deployment is under guard, and the console asks the widget."""
    deployment = deploy(stage.aws, replace(stage.world, appspec_hooks={}), "2")
    host = FunctionHost(stage.aws.environment())
    service = LambdaService(stage.aws, stage.installation, host, lambda _, __: None)
    stage.aws.codedeploy.advance()
    service.tick(stage.clock.now())
    service.pump()
    html = host.invoke(stage.installation.functions["DashboardWidget"], {"widgetContext": {}})
    if deployment not in html or "not allowed" in html:
        raise AssertionError(f"the widget did not see everything: {html}")


def events_are_left(stage: Stage) -> None:
    """Every function that is invoked asynchronously fails for good, and Lambda leaves the event with its role."""
    service = LambdaService(stage.aws, stage.installation, Failing(), lambda _, do: do())
    for function in stage.installation.functions.values():
        if function.asynchronous.on_failure:
            service.carry(LambdaInvocation(stage.clock.now(), function.arn, {}))


class Failing:
    """Fails whatever it is given."""

    def invoke(self, function: Function, event: Any) -> Any:  # noqa: ARG002 - a host's method
        raise RuntimeError("it never works")

    def log_lines(self) -> list[str]:
        return []

    def close(self) -> None:
        pass


def the_schedule_fires(stage: Stage) -> None:
    """EventBridge Scheduler invokes what it is for with its own role, and leaves there what it could not deliver."""
    role = stage.installation.roles["ScheduleRole"]
    url = stage.installation.dead_events_url
    queue = f"arn:aws:sqs:{stage.aws.region}:{stage.aws.account_id}:{url.rpartition('/')[2]}"
    scheduled = [
        function.arn
        for function in stage.installation.functions.values()
        if any(source["Type"] == "ScheduleV2" for source in function.events.values())
    ]
    decisions = stage.aws.iam.decisions.setdefault(role.name, {})
    for access in (
        *(Access("lambda:InvokeFunction", one) for one in scheduled),
        Access("sqs:SendMessage", queue),
    ):
        decisions[access] = decide(role.statements, access)


def logs_are_written(stage: Stage) -> None:
    """Lambda writes each function's log with the function's role, once it has run."""
    for function in stage.installation.functions.values():
        stream = f"{function.log_group.removesuffix(':*')}:log-stream:2026/03/02/[$LATEST]0"
        for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
            access = Access(action, stream)
            role = stage.installation.roles[function.role]
            stage.aws.iam.decisions[role.name][access] = decide(role.statements, access)
