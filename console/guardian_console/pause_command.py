"""`guardian pause` and `guardian resume`: hold Guardian back from acting on one deployment, for a while."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Annotated

import boto3
import typer
from pydantic import ValidationError

from guardian.aws.calls import CONFIG
from guardian.aws.pauses import TablePauses
from guardian.aws.policies import ParameterStorePolicies
from guardian.aws.table import Table
from guardian.model import Pause, Service
from guardian.policy import Policy
from guardian_console.exits import NothingThereError, UsageError
from guardian_console.policy_commands import PATH

Deployment = Annotated[str, typer.Argument(help="d-…, as CodeDeploy names it.")]
TableName = Annotated[str, typer.Option("--table", help="The stack's output TableName.")]
By = Annotated[str, typer.Option(help="Who wishes it.")]
Why = Annotated[str, typer.Option(help="Why; it stands in every record of the pause.")]
Minutes = Annotated[
    int, typer.Option(min=1, help="How long; never longer than the policy's overrides.pause_minutes.")
]
StorePath = Annotated[str, typer.Option("--path", help="The stack's PolicyPath.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]


def pause(
    deployment: Deployment,
    table: TableName,
    by: By,
    why: Why,
    minutes: Minutes = 30,
    path: StorePath = PATH,
    as_json: AsJson = False,
) -> None:
    """Hold Guardian back: it goes on judging and telling, and does not act, until the time is over or somebody resumes.

    A rollback that has begun is seen through. CodeDeploy's own alarms are not paused.
    """
    longest = _policy(watched(deployment, table), path).overrides.pause_minutes
    if minutes > longest:
        raise UsageError(f"the policy allows {longest} minutes (overrides.pause_minutes), not {minutes}")
    _set(deployment, table, wished(by, why, timedelta(minutes=minutes)), as_json=as_json)


def resume(
    deployment: Deployment, table: TableName, by: By, why: Why = "resumed", as_json: AsJson = False
) -> None:
    """End a pause: from the next turn on, within a minute, Guardian acts again."""
    watched(deployment, table)
    _set(deployment, table, wished(by, why), as_json=as_json)


def wished(by: str, why: str, lasts: timedelta = timedelta(0), *, closes: bool = False) -> Pause:
    """Return the wish from now on.

    Raises:
        UsageError: Who or why is empty or too long to be kept.
    """
    now = datetime.now(UTC)
    try:
        return Pause(by=by, why=why, at=now, until=now + lasts, closes=closes)
    except ValidationError as error:
        raise UsageError("--by takes 1 to 200 characters, --why 1 to 500") from error


def watched(deployment: str, table: str) -> Service:
    """Return whose deployment it is.

    Raises:
        NothingThereError: Guardian does not watch it.
    """
    with closing(boto3.client("dynamodb", config=CONFIG)) as dynamodb:
        watch = Table(dynamodb, table).find(deployment)
    if watch is None or watch.closed:
        state = f"closed: {watch.closed}" if watch else "unknown to Guardian"
        raise NothingThereError(f"{deployment} is {state}; there is nothing to hold back")
    return watch.service


def _policy(service: Service, path: str) -> Policy:
    with closing(boto3.client("ssm", config=CONFIG)) as ssm:
        return ParameterStorePolicies(ssm, path).find(service) or Policy()


def _set(deployment: str, table: str, wish: Pause, *, as_json: bool) -> None:
    with closing(boto3.client("dynamodb", config=CONFIG)) as dynamodb:
        TablePauses(dynamodb, table).set_pause(deployment, wish)
    if as_json:
        typer.echo(wish.model_dump_json())
    else:
        typer.echo(
            f"Guardian acts on {deployment} again from {wish.until:%Y-%m-%d %H:%M} UTC on ({wish.by}: {wish.why})."
        )
