"""`guardian close`: stop watching one deployment for good."""

from contextlib import closing

import boto3
import typer

from guardian.aws.calls import CONFIG
from guardian.aws.pauses import TablePauses
from guardian_console.pause_command import AsJson, By, Deployment, TableName, Why, watched, wished


def close(deployment: Deployment, table: TableName, by: By, why: Why, as_json: AsJson = False) -> None:
    """Stop watching: the next turn, within a minute, closes the watch with a record. It cannot be opened again.

    A rollback that has begun is seen through. CodeDeploy goes on with the deployment, and its own alarms still stand.
    """
    watched(deployment, table)
    wish = wished(by, why, closes=True)
    with closing(boto3.client("dynamodb", config=CONFIG)) as dynamodb:
        TablePauses(dynamodb, table).set_pause(deployment, wish)
    if as_json:
        typer.echo(wish.model_dump_json())
    else:
        typer.echo(f"The next turn closes the watch of {deployment} ({by}: {why}).")
