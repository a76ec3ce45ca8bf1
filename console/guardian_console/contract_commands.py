"""`guardian contract`: may the contract migration run, what it waits for, and the mark that it has run."""

import time
from datetime import datetime, timedelta
from typing import Annotated

import typer
from pydantic import ValidationError

from guardian.contract_gate import Answer
from guardian.contract_ports import GatePorts
from guardian.errors import GuardianError
from guardian.model import Contract, JobTick, Service
from guardian.policy import Policy
from guardian_console import contract_view as view
from guardian_console.contract_session import connected, examined, released
from guardian_console.contract_snapshot import take, wait_for
from guardian_console.exits import Code, UsageError
from guardian_console.policy_commands import PATH

app = typer.Typer(
    help="Ask whether the contract migration may run, and mark that it has: from then on no rollback gives traffic "
    "to a version that would crash on the new schema. Uses the credentials and region of the AWS CLI.",
    epilog="Exit codes: 0 the gate is open, or it is done; 1 the gate is closed; 2 wrong usage, or AWS refuses; "
    "3 not enough is known, or the snapshot is not available yet.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
Application = Annotated[str, typer.Option(help="CodeDeploy application.")]
Group = Annotated[str, typer.Option("--deployment-group", help="CodeDeploy deployment group.")]
TableName = Annotated[str, typer.Option("--table", help="The stack's output TableName.")]
DeploymentId = Annotated[str | None, typer.Option(help="d-…; otherwise the group's last successful one.")]
SnapshotId = Annotated[
    str | None, typer.Option("--snapshot", help="DBSnapshotIdentifier to judge in place of the noted one.")
]
StorePath = Annotated[str, typer.Option("--path", help="The stack's PolicyPath.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]
By = Annotated[str, typer.Option(help="Who says so.")]
Why = Annotated[str, typer.Option(help="What was migrated.")]
Note = Annotated[str, typer.Option(help="What was seen.")]
Job = Annotated[str, typer.Argument(help="A name of the policy's contract.jobs.")]
Despite = Annotated[
    str, typer.Option(help="Mark although the gate is closed, for this reason, which is kept.")
]
Minutes = Annotated[
    int, typer.Option("--wait-minutes", min=0, help="How long to wait until it is available.")
]
Again = Annotated[bool, typer.Option("--again", help="Take a new one in place of the noted one.")]

PAUSE_SECONDS = 15.0
"""Between two looks at a snapshot; RDS takes minutes."""


@app.command(
    "check", epilog="Example: guardian contract check --application A --deployment-group G --table T"
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
    with connected(table, path) as ports:
        answer = examined(ports, service, released(ports, service, deployment), snapshot)
    typer.echo(view.of_answer(answer, as_json=as_json))
    if not answer.open:
        raise typer.Exit(_closed(answer))


@app.command(
    "snapshot", epilog="Example: guardian contract snapshot --application A --deployment-group G --table T"
)
def snapshot_(
    application: Application,
    deployment_group: Group,
    table: TableName,
    deployment: DeploymentId = None,
    again: Again = False,
    wait_minutes: Minutes = 60,
    path: StorePath = PATH,
    as_json: AsJson = False,
) -> None:
    """Take the snapshot that a restore begins from, and wait until it is available.

    Its id is noted before RDS is asked for it; whoever begins anew goes on with the noted one.
    """
    service = Service(application=application, deployment_group=deployment_group)
    with connected(table, path) as ports:
        instance = (ports.policies.find(service) or Policy()).database.instance
        if instance is None:
            raise UsageError(
                f"the policy of {service} names no database.instance: name it and push the policy"
            )
        deployment_id = released(ports, service, deployment)
        noted = take(ports, service, deployment_id, instance, again=again)
        state = wait_for(ports, noted, timedelta(minutes=wait_minutes), lambda: time.sleep(PAUSE_SECONDS))
    typer.echo(view.of_snapshot(state, as_json=as_json))
    if not state.available:
        raise typer.Exit(int(Code.NOT_ENOUGH_DATA))


@app.command(
    epilog="Example: guardian contract tick weekly-report --application A --deployment-group G --table T --by me"
)
def tick(
    job: Job,
    application: Application,
    deployment_group: Group,
    table: TableName,
    by: By,
    note: Note = "",
    deployment: DeploymentId = None,
    path: StorePath = PATH,
    as_json: AsJson = False,
) -> None:
    """Note that a job ran well with green alone, or that somebody looked into it: a batch, a partner, support."""
    service = Service(application=application, deployment_group=deployment_group)
    with connected(table, path) as ports:
        names = (ports.policies.find(service) or Policy()).contract.jobs
        if job not in names:
            known = f"it names {', '.join(names)}" if names else "it names none"
            raise UsageError(f"the policy of {service} has no job {job} in contract.jobs: {known}")
        deployment_id = released(ports, service, deployment)
        try:
            given = JobTick(job=job, at=ports.clock.now(), by=by, note=note)
        except ValidationError as error:
            raise UsageError("--by takes 1 to 200 characters, --note up to 500") from error
        ports.notes.tick(service, deployment_id, given)
    typer.echo(view.of_tick(deployment_id, given, as_json=as_json))


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
    with connected(table, path) as ports:
        deployment_id = released(ports, service, deployment)
        answer = _looked(ports, service, deployment_id, snapshot, despite)
        if answer is not None and not answer.open and not despite and not _marked(answer):
            typer.echo(view.of_answer(answer, as_json=as_json))
            raise typer.Exit(_closed(answer))
        wanted = _mark(answer, service, deployment_id, ports.clock.now(), by, why, despite)
        stands = ports.contracts.mark_contract(wanted)
    typer.echo(view.of_mark(stands, as_json=as_json))


def _looked(
    ports: GatePorts, service: Service, deployment_id: str, snapshot: str | None, despite: str
) -> Answer | None:
    """Return what the gate says; None when it cannot say and the mark is to be set all the same.

    What has run has run: that AWS does not answer, or a policy is broken, must not keep the mark from being set.
    """
    try:
        return examined(ports, service, deployment_id, snapshot)
    except GuardianError as error:
        if not despite:
            raise
        typer.echo(f"The gate could not be looked at: {error}", err=True)
        return None


def _mark(
    answer: Answer | None,
    service: Service,
    deployment_id: str,
    now: datetime,
    by: str,
    why: str,
    despite: str,
) -> Contract:
    """Return the mark; in spite of what it is set is kept with it."""
    shut = answer is None or not answer.open
    gate = "could not be looked at" if answer is None else "was closed"
    said = f"{why} (marked although the gate {gate}: {despite})" if shut and despite else why
    state = answer.facts.snapshot if answer and answer.facts else None
    try:
        return Contract(
            service=service, deployment_id=deployment_id, at=now, by=by, why=said,
            snapshot=state.snapshot if state else None,
        )  # fmt: skip
    except ValidationError as error:
        raise UsageError("--by takes 1 to 200 characters, --why and --despite together up to 450") from error


def _marked(answer: Answer) -> bool:
    return answer.facts is not None and answer.facts.mark is not None


def _closed(answer: Answer) -> int:
    """Return the exit code of a closed gate: 3 when nothing is wrong and something is unknown."""
    wrong = any(item.fulfilled is False for item in answer.items)
    return int(Code.DIVERGED if wrong else Code.NOT_ENOUGH_DATA)
