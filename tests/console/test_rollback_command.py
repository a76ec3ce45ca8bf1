"""`guardian rollback`: what would be done, down to the calls, and the order that Guardian's turn carries out."""

import json
import shlex
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner, Result

from guardian.aws.codedeploy import CodeDeploy
from guardian.aws.contracts import TableContracts
from guardian.aws.orders import TableOrders
from guardian.aws.pauses import TablePauses
from guardian.aws.policies import ParameterStorePolicies
from guardian.aws.table import Table
from guardian.model import Contract, Order, Pause, Phase, Service
from guardian.policy import parse_policy
from guardian.resolve import resolve
from guardian_console.main import app
from guardian_rehearsal.clock import SimulatedClock
from guardian_rehearsal.emulator.server import EmulatedAws
from guardian_rehearsal.host import FunctionHost
from guardian_rehearsal.installation import Installation, install
from guardian_rehearsal.lambda_service import LambdaService
from guardian_rehearsal.readback import listener_weights
from guardian_rehearsal.stage import BEGIN
from guardian_rehearsal.world import World, build_world, deploy

Begin = Callable[..., "Account"]


@dataclass
class Account:
    """An account with Guardian in it and a release that it watches; nobody uses the service.

    Attributes:
        aws: The account.
        clock: Its time.
        world: The service.
        installation: Guardian.
        release: Id of the deployment.
    """

    aws: EmulatedAws
    clock: SimulatedClock
    world: World
    installation: Installation
    release: str = ""

    def __post_init__(self) -> None:
        host = FunctionHost(self.aws.environment())
        self._lambda = LambdaService(self.aws, self.installation, host, lambda _, __: None)

    @property
    def service(self) -> Service:
        """The service by its names."""
        return Service(application=self.world.application, deployment_group=self.world.deployment_group)

    def minute(self, *_: object) -> None:
        """Let a minute pass, with a turn at its end."""
        self.clock.move_to(self.clock.now() + timedelta(minutes=1))
        self.aws.codedeploy.advance()
        self.aws.outbox.clear()
        self._lambda.tick(self.clock.now())
        self._lambda.pump()
        assert self._lambda.failures == []

    def until(self, phase: Phase) -> None:
        """Release a version and let minutes pass until it stands there for CodeDeploy."""
        self.release = deploy(self.aws, self.world, "2")
        controller = CodeDeploy(self.aws.client("codedeploy"), self.aws.client("elbv2"))
        for _ in range(60):
            self.minute()
            if resolve(controller.describe(self.release), self.watch_pair()).phase is phase:
                return
        raise AssertionError(f"it never was {phase}")

    def watch_pair(self) -> Any:
        """Return the target groups as Guardian remembers them."""
        watch = self.table.find(self.release)
        return watch.pair if watch else None

    def run(self, *more: str, why: str = "customers cannot pay") -> Result:
        """Run the command about the release."""
        words = ["rollback", self.release, "--table", self.installation.table, "--by", "anna", "--why", why]
        return CliRunner().invoke(app, [*words, *more])

    @property
    def table(self) -> Table:
        """Guardian's table."""
        return Table(self.aws.client("dynamodb"), self.installation.table)

    @property
    def orders(self) -> TableOrders:
        """The orders in it."""
        return TableOrders(self.aws.client("dynamodb"), self.installation.table)

    def contract(self) -> None:
        """Mark the schema as contracted."""
        mark = Contract(
            service=self.service, deployment_id=self.release, at=self.clock.now(), by="pipeline", why="drop x"
        )
        TableContracts(self.aws.client("dynamodb"), self.installation.table).mark_contract(mark)

    def status(self) -> str:
        """Return the release's status."""
        return self.aws.client("codedeploy").get_deployment(deploymentId=self.release)["deploymentInfo"][
            "status"
        ]


@pytest.fixture
def begin(monkeypatch: pytest.MonkeyPatch) -> Iterator[Begin]:
    """Make an account that the process's credential chain leads to, with a release in a phase.

    Whoever sleeps in it lets a minute pass, so that a command that waits sees turns.
    """
    with SimulatedClock(BEGIN) as clock, EmulatedAws() as aws:
        for name, value in aws.environment().items():
            monkeypatch.setenv(name, value)

        def begun(phase: Phase, *, wait: int | None = 20, **parameters: str) -> Account:
            world = build_world(aws, hooks={}, alarm_action="arn:nobody", wait=wait, path_rule=True)
            account = Account(aws, clock, world, install(aws, parameters=parameters))
            path = account.installation.policy_path
            policy = parse_policy({"mode": "observe"}, "a test")
            ParameterStorePolicies(aws.client("ssm"), path).push(account.service, policy)
            account.until(phase)
            monkeypatch.setattr(time, "sleep", account.minute)
            return account

        yield begun


def lines(result: Result) -> list[str]:
    """Return the calls that an answer shows."""
    return [line.strip() for line in result.stdout.splitlines() if line.startswith("  aws ")]


# What would be done


@pytest.mark.parametrize("flags", [(), ("--dry-run",)], ids=["by default", "--dry-run"])
@pytest.mark.parametrize("phase", [Phase.SHIFTING, Phase.BAKING])
def test_the_stop_is_shown_and_nothing_is_changed(begin: Begin, phase: Phase, flags: tuple[str, ...]) -> None:
    """While the controller is open: where it stands, the decision, the one call; no order is kept, nothing stopped."""
    account = begin(phase)
    result = account.run(*flags)
    assert result.exit_code == 0, result.stderr
    assert lines(result) == [
        f"aws deploy stop-deployment --deployment-id {account.release} --auto-rollback-enabled"
    ]
    assert f"{account.release} of {account.service} is {phase} (InProgress): blue" in result.stdout
    assert "decision: roll_back, stop_deployment:" in result.stdout
    assert "anna ordered the rollback: customers cannot pay" in result.stdout
    account.minute()
    assert (account.orders.order(account.release), account.status()) == (None, "InProgress")


def test_the_swap_is_shown_and_does_what_the_actuator_does(begin: Begin) -> None:
    """With the controller done every rule's call is shown; made as they stand there, they give blue everything."""
    account = begin(Phase.RETIRED, wait=None)
    result = account.run("--json")
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    assert (told["phase"], told["action"], told["weights"]) == (
        "standby", "swap_listener", {"blue": 0.0, "green": 1.0},
    )  # fmt: skip
    assert sorted(one["operation"] for one in told["calls"]) == ["modify_listener", "modify_rule"]
    assert any("Primary taskset target group must be behind listener" in note for note in told["notes"])
    assert list(listener_weights(account.aws, account.world).values()) == [0.0, 1.0]
    for one in told["calls"]:
        getattr(account.aws.client(one["service"]), one["operation"])(**one["parameters"])
    assert list(listener_weights(account.aws, account.world).values()) == [1.0, 0.0]


def test_a_shown_swap_is_a_command_for_a_shell(begin: Begin) -> None:
    """The parameters come through a shell's quoting unharmed."""
    account = begin(Phase.RETIRED, wait=None)
    told = json.loads(account.run("--json").stdout)
    shown = lines(account.run())
    assert shown == [one["command"] for one in told["calls"]]
    for one in told["calls"]:
        words = shlex.split(one["command"])
        arn, actions = list(one["parameters"].values())
        assert words[:3] == ["aws", "elbv2", one["operation"].replace("_", "-")]
        assert (words[4], json.loads(words[6])) == (arn, actions)


def test_a_contracted_schema_is_refused_with_the_runbook(begin: Begin) -> None:
    """1, the table's reason, and the steps that a person takes instead; no call is shown."""
    account = begin(Phase.BAKING)
    account.contract()
    result = account.run()
    assert result.exit_code == 1
    assert (
        "refused: anna ordered the rollback: customers cannot pay; the schema no longer fits blue"
        in result.stdout
    )
    assert "aws rds restore-db-instance-from-db-snapshot" in result.stdout
    assert lines(result) == []


def test_a_blue_that_is_gone_is_refused(begin: Begin) -> None:
    """1, and what is left to do."""
    result = begin(Phase.RETIRED, wait=0).run()
    assert result.exit_code == 1
    assert "deploy the previous revision" in result.stdout


def turn_away(account: Account) -> None:
    """Have the listener forward to a group alone that the deployment does not know."""
    elbv2, listener = account.aws.client("elbv2"), account.world.production_listener
    known = elbv2.describe_target_groups()["TargetGroups"][0]
    made = elbv2.create_target_group(
        Name="stranger", TargetType="ip", Protocol="HTTP", Port=80, VpcId=known["VpcId"]
    )
    for rule in elbv2.describe_rules(ListenerArn=listener)["Rules"]:
        if not rule["IsDefault"]:
            elbv2.delete_rule(RuleArn=rule["RuleArn"])
    stranger = made["TargetGroups"][0]["TargetGroupArn"]
    elbv2.modify_listener(
        ListenerArn=listener, DefaultActions=[{"Type": "forward", "TargetGroupArn": stranger}]
    )


def test_while_nobody_knows_who_gets_traffic_an_order_waits(begin: Begin) -> None:
    """Shown it is refused for now; ordered it is kept, the waiting turn's sentence is printed, and the code is 3."""
    account = begin(Phase.SHIFTING)
    turn_away(account)
    shown = account.run()
    assert (shown.exit_code, "refused: it cannot be done now, and an order waits" in shown.stdout) == (
        1,
        True,
    )
    ordered = account.run("--confirm")
    assert (ordered.exit_code, "Waiting at 0%" in ordered.stdout) == (3, True)
    assert account.orders.order(account.release) is not None


def test_before_traffic_it_says_that_the_next_hook_fails(begin: Begin) -> None:
    """Nothing can be called before green has traffic; the answer says what happens instead."""
    result = begin(Phase.PREPARING).run()
    assert result.exit_code == 0, result.stderr
    assert "decision: roll_back, fail_hook" in result.stdout
    assert "the next hook that CodeDeploy calls before" in result.stdout


def test_without_the_stack_nobody_knows_its_reach(begin: Begin) -> None:
    """The answer says what was not looked at, and how to have it looked at."""
    assert "--stack reads what it names" in begin(Phase.SHIFTING).run().stdout


def make_stack(account: Account, groups: str, listeners: str = "") -> None:
    """Make a stack named guardian with these parameters.

    They are strings here: CloudFormation tells a list as it was given, and moto tells it as Python would.
    """
    given = {"GuardedDeploymentGroups": groups, "GuardedListeners": listeners}
    kinds = {name: {"Type": "String", "Default": ""} for name in given}
    body = {"Parameters": kinds, "Resources": {"Alerts": {"Type": "AWS::SNS::Topic"}}}
    account.aws.client("cloudformation").create_stack(
        StackName="guardian",
        TemplateBody=json.dumps(body),
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()],
    )


def group_arn(account: Account, name: str) -> str:
    """Return the ARN of a deployment group."""
    return f"arn:aws:codedeploy:{account.aws.region}:{account.aws.account_id}:deploymentgroup:{name}"


def test_a_group_that_the_stack_does_not_name_is_refused(begin: Begin) -> None:
    """1, and which parameter takes the group in; the same with a stack that names it is fine."""
    account = begin(Phase.SHIFTING)
    make_stack(account, group_arn(account, "another/group"))
    result = account.run("--stack", "guardian")
    assert result.exit_code == 1
    assert "add its deployment group's ARN to the stack's parameter GuardedDeploymentGroups" in result.stdout
    account.aws.client("cloudformation").delete_stack(StackName="guardian")
    make_stack(account, group_arn(account, str(account.service)))
    assert account.run("--stack", "guardian").exit_code == 0


def test_a_listener_that_the_stack_does_not_name_is_refused(begin: Begin) -> None:
    """1, and which parameter takes it in: Guardian's role could not swap it."""
    account = begin(Phase.RETIRED, wait=None)
    make_stack(account, group_arn(account, "*/*"), account.world.production_listener)
    result = account.run("--stack", "guardian")
    assert result.exit_code == 1
    assert "this installation may not change arn:aws:elasticloadbalancing" in result.stdout
    assert "listener-rule/app" in result.stdout.partition("may not change ")[2].partition(":  ")[0]
    assert "add it to the stack's parameter GuardedListeners" in result.stdout


def test_another_stack_is_a_wrong_usage(begin: Begin) -> None:
    """A stack without Guardian's parameters, or none at all, ends with 2 and the reason."""
    account = begin(Phase.SHIFTING)
    make_stack(account, "no ARN")
    other = account.run("--stack", "guardian")
    assert (other.exit_code, "is it Guardian's?" in other.stderr) == (2, True)
    assert account.run("--stack", "nobody").exit_code == 2


def test_a_pause_is_told_and_holds_nothing_back(begin: Begin) -> None:
    """Who paused is named, and that the order stands above it."""
    account = begin(Phase.SHIFTING)
    now = datetime.now(UTC)
    pause = Pause(by="ben", why="lunch", at=now, until=now + timedelta(minutes=30))
    TablePauses(account.aws.client("dynamodb"), account.installation.table).set_pause(account.release, pause)
    result = account.run()
    assert result.exit_code == 0
    assert "note: the pause until 2026-03-02" in result.stdout


def test_an_order_that_waits_is_told(begin: Begin) -> None:
    """Whoever looks before the next turn sees who has ordered already."""
    account = begin(Phase.SHIFTING)
    account.run("--confirm", "--wait", "0")
    assert "anna ordered it at" in account.run().stdout


# What is ordered


def test_a_confirmed_order_is_carried_out_by_guardian(begin: Begin) -> None:
    """The command writes the order and waits for its turn's record; the turn stops the deployment, not the command."""
    account = begin(Phase.SHIFTING)
    result = account.run("--confirm")
    assert result.exit_code == 0, result.stderr
    assert "The order is kept (anna: customers cannot pay). Guardian's next turn" in result.stdout
    assert "Rolling back at 10%: anna ordered the rollback: customers cannot pay;" in result.stdout
    (record,) = [one for one in account.table.records(account.release) if one.order]
    assert record.sentence in result.stdout
    for _ in range(3):
        account.minute()
    assert (account.status(), account.orders.order(account.release)) == ("Stopped", None)


def test_json_holds_the_order_and_the_record(begin: Begin) -> None:
    """For pipelines: the order as it is kept, and the record of the turn that answered it."""
    account = begin(Phase.SHIFTING)
    told = json.loads(account.run("--confirm", "--json").stdout)
    order = Order.model_validate(told["order"])
    assert (order.by, order.why) == ("anna", "customers cannot pay")
    assert Order.model_validate(told["record"]["order"]) == order
    assert told["record"]["actions"][0]["kind"] == "stop_deployment"


def test_a_refused_order_ends_with_one(begin: Begin) -> None:
    """The turn's sentence and its runbook are printed."""
    account = begin(Phase.BAKING)
    account.contract()
    result = account.run("--confirm")
    assert result.exit_code == 1
    assert "A person must act at 100%: anna ordered the rollback" in result.stdout
    assert "aws rds restore-db-instance-from-db-snapshot" in result.stdout
    assert account.status() == "InProgress"


def test_an_order_outside_the_reach_ends_with_one(begin: Begin) -> None:
    """The installation leaves the service alone, and the record's words say how to change that."""
    other = "arn:aws:codedeploy:eu-west-1:123456789012:deploymentgroup:another/group"
    account = begin(Phase.SHIFTING, GuardedDeploymentGroups=other)
    result = account.run("--confirm")
    assert result.exit_code == 1
    assert "GuardedDeploymentGroups" in result.stdout
    assert account.status() == "InProgress"


def test_whoever_does_not_wait_is_told_what_comes(begin: Begin) -> None:
    """With --wait 0 the order is kept and nothing is waited for."""
    account = begin(Phase.SHIFTING)
    result = account.run("--confirm", "--wait", "0")
    assert (result.exit_code, "within a minute" in result.stdout) == (0, True)
    order = account.orders.order(account.release)
    assert order is not None
    assert (order.by, order.why) == ("anna", "customers cannot pay")
    assert account.status() == "InProgress"


def test_silence_is_not_success(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    """When no turn answers in time the order stands, and the exit code is 3."""
    account = begin(Phase.SHIFTING)
    monkeypatch.setattr(
        time, "sleep", lambda _: account.clock.move_to(account.clock.now() + timedelta(minutes=1))
    )
    result = account.run("--confirm")
    assert (result.exit_code, "No turn has answered within 120 s" in result.stdout) == (3, True)
    assert account.orders.order(account.release) is not None


def test_a_rollback_that_was_begun_needs_no_order(begin: Begin) -> None:
    """A second order is not written; the answer says what was begun, and why."""
    account = begin(Phase.SHIFTING)
    account.run("--confirm")
    again = account.run("--confirm", why="again")
    assert again.exit_code == 0, again.stderr
    assert "because anna ordered the rollback: customers cannot pay; it is unverified" in again.stdout
    assert account.orders.order(account.release) is None
    assert json.loads(account.run("--json").stdout)["begun"]["kind"] == "stop_deployment"


# What cannot be ordered


def test_dry_run_and_confirm_exclude_each_other(begin: Begin) -> None:
    """Both at once is wrong usage, and nothing is written."""
    account = begin(Phase.SHIFTING)
    result = account.run("--dry-run", "--confirm")
    assert (result.exit_code, "exclude each other" in result.stderr) == (2, True)
    assert account.orders.order(account.release) is None


@pytest.mark.parametrize("flags", [(), ("--confirm",)], ids=["shown", "ordered"])
def test_a_deployment_that_is_not_watched(begin: Begin, flags: tuple[str, ...]) -> None:
    """An unknown or closed deployment cannot be rolled back: 3, and the reason."""
    account = begin(Phase.SHIFTING)
    watched, account.release = account.release, "d-OTHER1234"
    unknown = account.run(*flags)
    assert (unknown.exit_code, "unknown to Guardian" in unknown.stderr) == (3, True)
    watch = account.table.find(watched)
    assert watch is not None
    account.table.save(watch.model_copy(update={"closed": "Succeeded"}))
    account.release = watched
    closed = account.run(*flags)
    assert (closed.exit_code, "is closed: Succeeded" in closed.stderr) == (3, True)


@pytest.mark.parametrize("why", ["", "x" * 501])
def test_a_reason_that_cannot_be_kept_is_refused(begin: Begin, why: str) -> None:
    """An empty or endless reason is wrong usage, said with the limits, and nothing is written."""
    account = begin(Phase.SHIFTING)
    result = account.run("--confirm", why=why)
    assert (result.exit_code, "--why 1 to 500" in result.stderr) == (2, True)
    assert account.orders.order(account.release) is None


def test_the_console_changes_no_production(begin: Begin) -> None:
    """Of all that showing and ordering ask of AWS, one write to the table changes something."""
    account = begin(Phase.SHIFTING)
    asked: list[tuple[str, str]] = []

    def note(params: Any, model: Any, **_: Any) -> None:  # noqa: ARG001 - botocore's event
        asked.append((model.service_model.service_name, model.name))

    session = boto3.DEFAULT_SESSION or boto3._get_default_session()  # noqa: SLF001 - the console's clients are its
    session.events.register("before-call", note)
    try:
        account.run()
        account.run("--confirm", "--wait", "0")
    finally:
        session.events.unregister("before-call", note)
    changes = {one for one in asked if not one[1].startswith(("Describe", "Get", "List", "Query"))}
    assert changes == {("dynamodb", "PutItem")}
