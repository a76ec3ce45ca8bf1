"""`guardian contract`: may the contract migration run, and the mark that it has."""

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import Annotated, Any

import boto3
import typer

from guardian.aws.calls import CONFIG, NotThereError, aws_call
from guardian.aws.codedeploy import CodeDeploy
from guardian.aws.contracts import TableContracts
from guardian.aws.policies import ParameterStorePolicies
from guardian.aws.table import Table
from guardian.contract_check import Facts, Item, check, is_open
from guardian.model import Contract, Deployment, Service, Snapshot
from guardian.policy import Policy
from guardian.resolve import resolve
from guardian.watch import Watch
from guardian_console.deployment_groups import read_group
from guardian_console.exits import Code, NothingThereError, UsageError
from guardian_console.policy_commands import PATH

app = typer.Typer(
    help="Ask whether the contract migration may run, and mark that it has: from then on no rollback gives traffic "
    "to a version that would crash on the new schema. Uses the credentials and region of the AWS CLI.",
    epilog="Exit codes: 0 the gate is open, or the mark is set; 1 the gate is closed; 2 wrong usage, or AWS refuses; "
    "3 not enough is known.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
Application = Annotated[str, typer.Option(help="CodeDeploy application.")]
Group = Annotated[str, typer.Option("--deployment-group", help="CodeDeploy deployment group.")]
TableName = Annotated[str, typer.Option("--table", help="The stack's output TableName.")]
DeploymentId = Annotated[str | None, typer.Option(help="d-…; otherwise the group's last successful one.")]
SnapshotId = Annotated[
    str | None, typer.Option("--snapshot", help="DBSnapshotIdentifier to restore from, if need be.")
]
StorePath = Annotated[str, typer.Option("--path", help="The stack's PolicyPath.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]
By = Annotated[str, typer.Option(help="Who says so.")]
Why = Annotated[str, typer.Option(help="What was migrated.")]
Despite = Annotated[
    str, typer.Option(help="Mark although the gate is closed, for this reason, which is kept.")
]


@app.command(
    "check",
    epilog="Example: guardian contract check --application A --deployment-group G --table T --snapshot S",
)
def check_(
    application: Application,
    deployment_group: Group,
    table: TableName,
    deployment: DeploymentId = None,
    snapshot: SnapshotId = None,
    path: StorePath = PATH,
    as_json: AsJson = False,
) -> None:
    """Say, item by item, whether the contract migration may run. Changes nothing."""
    service = Service(application=application, deployment_group=deployment_group)
    deployment_id, items, _ = _examined(service, table, deployment, snapshot, path)
    _show(deployment_id, items, as_json=as_json)
    if not is_open(items):
        unknown = all(item.fulfilled is not False for item in items)
        raise typer.Exit(int(Code.NOT_ENOUGH_DATA if unknown else Code.DIVERGED))


@app.command(
    epilog='Example: guardian contract done --application A --deployment-group G --table T --by me --why "drop x"'
)
def done(
    application: Application,
    deployment_group: Group,
    table: TableName,
    by: By,
    why: Why,
    deployment: DeploymentId = None,
    snapshot: SnapshotId = None,
    path: StorePath = PATH,
    despite: Despite = "",
    as_json: AsJson = False,
) -> None:
    """Mark that the contract migration has run. It is never taken back: no rollback gives blue traffic from then on."""
    service = Service(application=application, deployment_group=deployment_group)
    deployment_id, items, facts = _examined(service, table, deployment, snapshot, path)
    if not is_open(items) and not despite and facts.mark is None:
        _show(deployment_id, items, as_json=as_json)
        raise typer.Exit(int(Code.DIVERGED))
    said = f"{why} (marked although the gate was closed: {despite})" if despite else why
    mark = Contract(
        service=service,
        deployment_id=deployment_id,
        at=datetime.now(UTC),
        by=by,
        why=said,
        snapshot=facts.snapshot,
    )
    with closing(boto3.client("dynamodb", config=CONFIG)) as dynamodb:
        stands = TableContracts(dynamodb, table).mark_contract(mark)
    if as_json:
        typer.echo(stands.model_dump_json(exclude_none=True))
    else:
        typer.echo(
            f"{deployment_id} is contracted since {stands.at:%Y-%m-%d %H:%M} by {stands.by}: {stands.why}"
        )


def _examined(
    service: Service, table: str, deployment: str | None, snapshot: str | None, path: str
) -> tuple[str, tuple[Item, ...], Facts]:
    """Return the deployment's id, the items of its gate, and what they rest on."""
    deployment_id = deployment or _last_successful(service)
    with closing(boto3.client("ssm", config=CONFIG)) as ssm:
        policy = ParameterStorePolicies(ssm, path).find(service) or Policy()
    facts = _facts(service, deployment_id, table, snapshot)
    return deployment_id, check(facts, policy, datetime.now(UTC)), facts


def _last_successful(service: Service) -> str:
    with closing(boto3.client("codedeploy", config=CONFIG)) as codedeploy:
        group = read_group(codedeploy, service.application, service.deployment_group)
    found: str | None = (group.get("lastSuccessfulDeployment") or {}).get("deploymentId")
    if found is None:
        raise NothingThereError(f"{service} has no successful deployment: give one with --deployment")
    return found


def _facts(service: Service, deployment_id: str, table: str, snapshot: str | None) -> Facts:
    with closing(boto3.client("dynamodb", config=CONFIG)) as dynamodb:
        store = Table(dynamodb, table)
        watch, records = store.find(deployment_id), tuple(store.records(deployment_id))
        mark = TableContracts(dynamodb, table).contract(service, deployment_id)
    deployment = _live(deployment_id, watch)
    found, status = _snapshot(snapshot) if snapshot else (None, "")
    return Facts(
        deployment=deployment, watch=watch, records=records, mark=mark, snapshot=found, snapshot_status=status
    )


def _live(deployment_id: str, watch: Watch | None) -> Deployment:
    """Return the deployment as AWS describes it now, its roles as the watch knows them."""
    with (
        closing(boto3.client("codedeploy", config=CONFIG)) as codedeploy,
        closing(boto3.client("elbv2", config=CONFIG)) as elbv2,
    ):
        return resolve(CodeDeploy(codedeploy, elbv2).describe(deployment_id), watch.pair if watch else None)


def _snapshot(snapshot_id: str) -> tuple[Snapshot, str]:
    """Return a snapshot and RDS's word for its state.

    Raises:
        UsageError: There is none of that id.
    """
    with closing(boto3.client("rds", config=CONFIG)) as rds:
        try:
            with aws_call("rds:DescribeDBSnapshots"):
                one: Any = rds.describe_db_snapshots(DBSnapshotIdentifier=snapshot_id)["DBSnapshots"][0]
        except (NotThereError, IndexError) as error:
            raise UsageError(
                f"there is no snapshot {snapshot_id}: aws rds describe-db-snapshots lists them"
            ) from error
    taken = one.get("SnapshotDatabaseTime") or one.get("SnapshotCreateTime")
    return Snapshot(id=snapshot_id, instance=one["DBInstanceIdentifier"], taken_at=taken), one["Status"]


def _show(deployment_id: str, items: Sequence[Item], *, as_json: bool) -> None:
    if as_json:
        told = [item.model_dump() for item in items]
        typer.echo(
            json.dumps({"deployment_id": deployment_id, "open": is_open(items), "items": told}, indent=2)
        )
    else:
        typer.echo("\n".join(_lines(deployment_id, items)))


def _lines(deployment_id: str, items: Sequence[Item]) -> Iterator[str]:
    words = {True: "yes    ", False: "no     ", None: "unknown"}
    for item in items:
        yield f"{words[item.fulfilled]}  {item.name}: {item.sentence}"
    verdict = "may run" if is_open(items) else "may not run"
    yield f"The contract migration of {deployment_id} {verdict}."
