"""`guardian contract`: the gate, and the mark that is set once."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from typer.testing import CliRunner, Result

from guardian.aws.contract_notes import TableContractNotes
from guardian.aws.contracts import TableContracts
from guardian.aws.policies import ParameterStorePolicies
from guardian.aws.table import Table
from guardian.model import Contract, Service
from guardian.policy import parse_policy
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

    def contract(self, command: str, *more: str, **options: str) -> Result:
        """Run a command about the service."""
        names = [
            "--application",
            self.service.application,
            "--deployment-group",
            self.service.deployment_group,
        ]
        given = [part for name, value in options.items() for part in (f"--{name}", value)]
        return CliRunner().invoke(app, ["contract", command, *names, "--table", self.table, *more, *given])

    def push(self, **keys: object) -> None:
        """Store the service's policy."""
        path = "/guardian/policies"
        ParameterStorePolicies(self.aws.client("ssm"), path).push(self.service, parse_policy(keys, "test"))

    @property
    def notes(self) -> TableContractNotes:
        """What was noted."""
        return TableContractNotes(self.aws.client("dynamodb"), self.table)

    @property
    def snapshots(self) -> list[str]:
        """Ids of the snapshots that people took."""
        found = self.aws.client("rds").describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
        return [one["DBSnapshotIdentifier"] for one in found]

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
    assert "no snapshot is noted" in result.stdout
    assert f"The contract migration of {deployment} may not run: closed by" in result.stdout


def test_json_holds_the_items(account: Account) -> None:
    """For pipelines: whether it is open, and each item with true, false or null."""
    deployment = account.release()
    told = json.loads(account.contract("check", "--json").stdout)
    assert (told["deployment_id"], told["open"]) == (deployment, False)
    assert {item["name"]: item["fulfilled"] for item in told["items"]}["snapshot"] is False


def test_a_group_that_does_not_exist_is_a_wrong_usage(account: Account) -> None:
    """A misspelt group ends with 2 and says how to find the right one."""
    names = [
        "--application",
        account.service.application,
        "--deployment-group",
        "nobody",
        "--table",
        account.table,
    ]
    result = CliRunner().invoke(app, ["contract", "check", *names])
    assert result.exit_code == 2
    assert "is no deployment group of this account and region" in result.stderr


def test_g6_one_snapshot_id_is_recorded_and_waited_for(account: Account) -> None:
    """G6: the id is noted, asked for and looked up as one; a second run goes on with it and takes no other."""
    account.push(database={"instance": account.world.db_instance})
    deployment = account.release()
    first = account.contract("snapshot", "--json")
    assert first.exit_code == 0, first.stderr
    state = json.loads(first.stdout)
    noted = account.notes.snapshot(account.service, deployment)
    assert noted is not None
    assert (state["status"], state["snapshot"]["id"]) == ("available", noted.id)
    account.clock.move_to(account.clock.now() + timedelta(minutes=5))
    again = account.contract("snapshot")
    assert again.stdout.startswith(f"{noted.id} of {account.world.db_instance} is available")
    assert account.snapshots == [noted.id]
    assert (
        f"{noted.id} of {account.world.db_instance} is available, 5 minutes old"
        in account.contract("check").stdout
    )


def test_g6_a_snapshot_that_was_named_is_looked_up_by_its_one_id(account: Account) -> None:
    """G6: the id that was given is the one that is asked for; one that does not exist ends with 2."""
    account.push(database={"instance": account.world.db_instance})
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


def test_an_aged_snapshot_is_replaced_on_purpose(account: Account) -> None:
    """--again notes a new id in place of the old one, which stays in RDS."""
    account.push(database={"instance": account.world.db_instance})
    deployment = account.release()
    account.contract("snapshot")
    (old,) = account.snapshots
    account.clock.move_to(account.clock.now() + timedelta(hours=2))
    assert account.contract("snapshot", "--again").exit_code == 0
    new = account.notes.snapshot(account.service, deployment)
    assert new is not None
    assert sorted(account.snapshots) == sorted([old, new.id])
    assert new.id != old


def test_a_snapshot_needs_a_database_in_the_policy(account: Account) -> None:
    """Without a named instance nobody knows what to take a snapshot of; nothing is noted or asked for."""
    account.release()
    result = account.contract("snapshot")
    assert result.exit_code == 2
    assert "names no database.instance" in result.stderr
    assert account.snapshots == []


def test_a_database_that_does_not_exist_is_refused(account: Account) -> None:
    """RDS's refusal is passed on with its words."""
    account.push(database={"instance": "misspelt"})
    account.release()
    result = account.contract("snapshot")
    assert result.exit_code == 2
    assert "misspelt" in result.stderr


def test_a26_a_tick_is_kept_with_who_and_when(account: Account) -> None:
    """A26: a job of the policy is ticked off, and the gate tells by whom."""
    account.push(contract={"jobs": ["weekly-report"]})
    deployment = account.release()
    result = account.contract("tick", "weekly-report", by="ana", note="complete")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith(f"weekly-report of {deployment} is ticked at ")
    (tick,) = account.notes.ticks(account.service, deployment)
    assert (tick.by, tick.note, tick.at) == ("ana", "complete", account.clock.now())


@pytest.mark.parametrize(
    ("jobs", "known"), [([], "it names none"), (["weekly-report"], "it names weekly-report")]
)
def test_a_tick_of_a_job_that_no_policy_names_is_refused(
    account: Account, jobs: list[str], known: str
) -> None:
    """A misspelt job is not ticked off in silence."""
    account.push(contract={"jobs": jobs})
    deployment = account.release()
    result = account.contract("tick", "weekly-reprot", by="ana")
    assert result.exit_code == 2
    assert f"has no job weekly-reprot in contract.jobs: {known}" in result.stderr
    assert list(account.notes.ticks(account.service, deployment)) == []


def test_a31_the_checklist_names_every_part(account: Account) -> None:
    """A31: snapshot, state, jobs, metrics and mark stand in one answer; Guardian runs none of it."""
    account.release()
    told = json.loads(account.contract("check", "--json").stdout)
    assert [item["name"] for item in told["items"]] == [
        "bake", "hours", "jobs", "divergence", "business", "deployments", "traffic", "blue", "snapshot", "mark",
    ]  # fmt: skip


def test_a32_after_the_mark_comes_what_to_do_next(account: Account) -> None:
    """A32: whoever marked is reminded to release without dual writes and to take blue down."""
    account.release()
    result = account.contract("done", "--despite", "it has run", by="me", why="drop address")
    assert result.exit_code == 0, result.stderr
    assert "Next: release the version without dual writes; blue" in result.stdout


def test_a_mark_that_cannot_be_kept_is_a_wrong_usage(account: Account) -> None:
    """A reason that is too long ends with 2 and sets no mark."""
    deployment = account.release()
    result = account.contract("done", "--despite", "x" * 480, by="me", why="drop address")
    assert result.exit_code == 2
    assert "--why and --despite" in result.stderr
    assert account.mark(deployment) is None


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


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("codedeploy", "GetDeployment", "ThrottlingException"),
        ("ssm", "GetParameter", "AccessDeniedException"),
    ],
    ids=["unread", "refused"],
)
def test_a_mark_despite_the_gate_needs_no_answer_of_the_gate(
    account: Account, service: str, operation: str, code: str
) -> None:
    """What has run is marked although AWS does not answer the gate, and the mark says that nobody looked."""
    deployment = account.release()
    account.aws.faults.fail(service, operation, code, http_status=400)
    more = ("--by", "me", "--why", "drop address", "--deployment", deployment)
    assert account.contract("done", *more).exit_code != 0
    assert account.mark(deployment) is None
    result = account.contract("done", *more, "--despite", "it has run")
    assert result.exit_code == 0, result.stderr
    mark = account.mark(deployment)
    assert mark is not None
    assert mark.why == "drop address (marked although the gate could not be looked at: it has run)"
    assert "The gate could not be looked at" in result.stderr


def test_a_second_mark_changes_nothing(account: Account) -> None:
    """The first mark stands, and the command says so."""
    deployment = account.release()
    account.contract("done", "--by", "me", "--why", "drop address", "--despite", "x")
    first = account.mark(deployment)
    again = account.contract("done", "--by", "you", "--why", "drop zip", "--despite", "x", "--json")
    assert again.exit_code == 0
    assert json.loads(again.stdout)["by"] == "me"
    assert account.mark(deployment) == first
