"""`guardian explain`: what happened to one deployment, in order, and why each minute was or was not enough."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from guardian_console import explain_view as view
from guardian_console.contrast import contrasted
from guardian_console.exits import UsageError
from guardian_console.policy_commands import read_policy
from guardian_console.recordings import Recording, of_log, of_table, of_tape, with_table, with_tape
from guardian_console.story import story_of

Deployment = Annotated[str, typer.Argument(help="d-…, as CodeDeploy names it.")]
TableName = Annotated[str | None, typer.Option("--table", help="The stack's output TableName.")]
LogFile = Annotated[
    Path | None,
    typer.Option(
        "--log", help="An export of the functions' log, or records as JSON Lines; - reads the pipe."
    ),
]
TapeFile = Annotated[
    Path | None, typer.Option("--tape", help="A tape; beside --log it adds blue's history for --policy.")
]
PolicyFile = Annotated[
    Path | None, typer.Option("--policy", help="Tell too what would have happened under this policy.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]


def explain(
    deployment: Deployment,
    table: TableName = None,
    log: LogFile = None,
    tape: TapeFile = None,
    policy: PolicyFile = None,
    as_json: AsJson = False,
) -> None:
    """Tell what happened to one deployment: five answers, what changed, and why each minute was or was not enough.

    Exit code 0: told; 2: a file cannot be used; 3: nothing is recorded, or too little to judge by another policy.
    """
    recording = recording_of(deployment, table, log, tape)
    contrast = contrasted(recording, read_policy(policy)) if policy else None
    story = story_of(recording)
    if as_json:
        sys.stdout.write(view.as_json(story, contrast) + "\n")
    else:
        view.printed(Console(), story, contrast, str(policy))


def recording_of(deployment: str, table: str | None, log: Path | None, tape: Path | None) -> Recording:
    """Read a recording from wherever it is: records from the log if one is given, and what it lacks from the others.

    Raises:
        UsageError: No source is given, or one cannot be used.
        NothingThereError: It holds nothing about the deployment.
    """
    if log is not None:
        recording = of_log(log, deployment)
        recording = with_tape(recording, tape) if tape else recording
        return with_table(recording, table) if table else recording
    if table is not None:
        recording = of_table(table, deployment)
        return with_tape(recording, tape) if tape else recording
    if tape is None:
        raise UsageError("give a source: --table T, --log FILE or --tape FILE")
    return of_tape(tape, deployment)
