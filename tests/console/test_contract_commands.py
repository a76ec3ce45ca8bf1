"""`guardian contract`: the gate, and the mark that is set once."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from typer.testing import CliRunner, Result

from guardian.aws.contracts import TableContracts
from guardian.aws.table import Table
from guardian.model import Contract, Service
from guardian.watch import Watch
from guardian_console.main import app
from guardian_rehearsal.clock import SimulatedClock
from guardian_rehearsal.emulator.server import EmulatedAws
from guardian_rehearsal.installation import install
from guardian_rehearsal.stage import BEGIN
from guardian_rehearsal.world import World, build_world, deploy


@dataclass
class Account:
    """A service with Guardian installed, before its first release.

    Attributes:
        aws: The account.
        clock: Its time.
        world: The service.
        table: Name of Guardian's table.
    """

    aws: EmulatedAws
    clock: SimulatedClock
    world: World
    table: str

    @property
    def service(self) -> Service:
        """The service by its names."""
        return Service(application=self.world.application, deployment_group=self.world.deployment_group)

    def release(self) -> str:
        """Release a version, watched by Guardian, to its end; return the deployment's id."""
        deployment = deploy(self.aws, self.world, "2")
        watch = Watch(deployment_id=deployment, service=self.service, opened_at=BEGIN)
        Table(self.aws.client("dynamodb"), self.table).save(watch)
        while (due := self.aws.codedeploy.next_due()) is not None:
            self.clock.move_to(due)
            self.aws.codedeploy.advance()
        return deployment

    def contract(self, command: str, *more: str) -> Result:
        """Run a command about the service."""
        names = [
            "--application",
            self.service.application,
            "--deployment-group",
            self.service.deployment_group,
        ]
        return CliRunner().invoke(app, ["contract", command, *names, "--table", self.table, *more])

    def mark(self, deployment: str) -> Contract | None:
        """Return the deployment's mark."""
        return TableContracts(self.aws.client("dynamodb"), self.table).contract(self.service, deployment)


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """An account that the process's credential chain leads to."""
    with SimulatedClock(BEGIN) as clock, EmulatedAws() as aws:
        for name, value in aws.environment().items():
            monkeypatch.setenv(name, value)
        yield Account(aws, clock, build_world(aws, hooks={}, alarm_action="arn:nobody"), install(aws).table)


def test_without_a_release_there_is_nothing_to_contract(account: Account) -> None:
    """A group that never deployed ends with 3 and says what to give."""
    result = account.contract("check")
    assert result.exit_code == 3
    assert "has no successful deployment: give one with --deployment" in result.stderr


def test_a_closed_gate_names_what_is_missing(account: Account) -> None:
    """Every item is listed with its finding, and the exit code is 1."""
    deployment = account.release()
    result = account.contract("check")
    assert result.exit_code == 1
    assert "Guardian has not seen green with all of the traffic" in result.stdout
    assert "no snapshot is named" in result.stdout
    assert f"The contract migration of {deployment} may not run." in result.stdout


def test_json_holds_the_items(account: Account) -> None:
    """For pipelines: whether it is open, and each item with true, false or null."""
    deployment = account.release()
    told = json.loads(account.contract("check", "--json").stdout)
    assert (told["deployment_id"], told["open"]) == (deployment, False)
    assert {item["name"]: item["fulfilled"] for item in told["items"]}["snapshot"] is False


def test_g6_the_snapshot_is_looked_up_by_its_one_id(account: Account) -> None:
    """G6: the id that was given is the one that is asked for; RDS says of which instance it is and how old."""
    account.release()
    rds = account.aws.client("rds")
    rds.create_db_snapshot(
        DBSnapshotIdentifier="pre-contract-1", DBInstanceIdentifier=account.world.db_instance
    )
    found = account.contract("check", "--snapshot", "pre-contract-1").stdout
    assert f"pre-contract-1 of {account.world.db_instance} is available, 0 minutes old" in found
    missing = account.contract("check", "--snapshot", "pre-contract-2")
    assert missing.exit_code == 2
    assert "there is no snapshot pre-contract-2" in missing.stderr


def test_a_closed_gate_sets_no_mark(account: Account) -> None:
    """`done` while the gate is closed marks nothing and ends with 1."""
    deployment = account.release()
    assert account.contract("done", "--by", "me", "--why", "drop address").exit_code == 1
    assert account.mark(deployment) is None


def test_a_mark_despite_the_gate_keeps_the_reason(account: Account) -> None:
    """What was done anyway is marked, with who, what and why in spite of what."""
    deployment = account.release()
    more = ("--by", "me", "--why", "drop address", "--despite", "it has run already")
    result = account.contract("done", *more)
    assert result.exit_code == 0, result.stderr
    mark = account.mark(deployment)
    assert mark is not None
    assert (mark.by, mark.why) == (
        "me",
        "drop address (marked although the gate was closed: it has run already)",
    )


def test_a_second_mark_changes_nothing(account: Account) -> None:
    """The first mark stands, and the command says so."""
    deployment = account.release()
    account.contract("done", "--by", "me", "--why", "drop address", "--despite", "x")
    first = account.mark(deployment)
    again = account.contract("done", "--by", "you", "--why", "drop zip", "--despite", "x", "--json")
    assert again.exit_code == 0
    assert json.loads(again.stdout)["by"] == "me"
    assert account.mark(deployment) == first
