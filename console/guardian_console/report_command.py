"""`guardian report`: one deployment as one page that opens anywhere, without a network."""

import json
import shlex
from pathlib import Path
from typing import Annotated

import boto3
import typer

from guardian_console.exits import UsageError
from guardian_console.explain_command import Deployment, LogFile, TableName, TapeFile, recording_of
from guardian_console.report.material import Material, material_of
from guardian_console.report.page import Where, page_of

Output = Annotated[Path, typer.Option("--output", "-o", help="The page to write; - for standard output.")]
Region = Annotated[
    str | None,
    typer.Option(help="Of the links to the logs; without: that of the actions or of your AWS settings."),
]
Groups = Annotated[
    list[str] | None, typer.Option("--log-group", help="Of Guardian's functions, for the links; repeat it.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Say what was written as one JSON object.")]
STDOUT = Path("-")


def report(
    deployment: Deployment,
    table: TableName = None,
    log: LogFile = None,
    tape: TapeFile = None,
    output: Output = Path("report.html"),
    region: Region = None,
    log_group: Groups = None,
    as_json: AsJson = False,
) -> None:
    """Write one deployment as one HTML page: what happened, when, why, is it over, what now, and all that was seen.

    Exit code 0: the page is written, whatever it tells; 2: the command line makes no sense; 3: nothing is recorded.
    """
    if as_json and output == STDOUT:
        raise UsageError("--json and -o - both write to standard output: give the page a file")
    material = material_of(recording_of(deployment, table, log, tape))
    command = _command(deployment, table, log, tape, output, region, log_group or [])
    where = Where(region or _region(material), log_group or [], command)
    page = page_of(material, where)
    if output == STDOUT:
        typer.echo(page, nl=False)
        return
    _write(output, page)
    answers = material.story.answers
    if as_json:
        told = {
            "deployment": deployment, "page": str(output), "bytes": len(page.encode()), "state": str(answers.state),
            "happened": answers.happened, "is_over": answers.is_over,
        }  # fmt: skip
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        typer.echo(f"{output}: {answers.happened}")


def _region(material: Material) -> str | None:
    """Return the region in which Guardian acted, otherwise that of the user's settings."""
    acted = next((one.listener_arn.split(":")[3] for one in material.actions if one.listener_arn), None)
    found: str | None = acted or boto3.Session().region_name
    return found


def _command(
    deployment: str,
    table: str | None,
    log: Path | None,
    tape: Path | None,
    output: Path,
    region: str | None,
    groups: list[str],
) -> str:
    options = {"--table": table, "--log": log, "--tape": tape, "-o": output, "--region": region}
    given = [part for name, value in options.items() if value is not None for part in (name, str(value))]
    chosen = [part for group in groups for part in ("--log-group", group)]
    return shlex.join(["guardian", "report", deployment, *given, *chosen])


def _write(output: Path, page: str) -> None:
    try:
        output.write_text(page, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{output}: cannot be written: {error.strerror}") from error
