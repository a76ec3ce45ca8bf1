"""The `guardian` command: puts the commands together and decides how the process ends."""

import importlib
import json
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from guardian import __version__
from guardian_console import contract_commands, policy_commands, schemas
from guardian_console.exits import HELP, Code, sentences

LAZY: Mapping[str, str | None] = {
    "rehearse": None,
    "judge": "Example: guardian judge tapes/ --until-rollback --json",
    "backtest": "Example: guardian backtest --application A --deployment-group G",
    "explain": "Example: guardian explain d-ABCDEF123 --table T --policy stricter.yaml",
    "status": "Example: guardian status --table T",
    "replay": "Example: guardian replay turns.log --tape release.tape",
    "pause": "Example: guardian pause d-ABCDEF123 --table T --by me --why 'load test until noon' --minutes 30",
    "resume": "Example: guardian resume d-ABCDEF123 --table T --by me",
    "close": "Example: guardian close d-ABCDEF123 --table T --by me --why 'a drill; nobody uses it'",
    "rollback": "Example: guardian rollback d-ABCDEF123 --table T --by me --why 'customers cannot pay' --confirm",
    "report": "Example: guardian report d-ABCDEF123 --table T -o report.html",
    "dashboard": "Example: guardian dashboard --application A --deployment-group G --widget ARN --put",
    "preflight": "Example: guardian preflight --application A --deployment-group G --stack guardian",
}
"""Epilogs of the commands that stand in a module of their own, `NAME_command`, which takes seconds to import."""


class Commands(TyperGroup):
    """All commands: loads a lazy one only when it is asked for, and ends expected failures with a sentence."""

    def invoke(self, ctx: Any) -> Any:
        with sentences():
            return super().invoke(ctx)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] in LAZY:
            self.commands[args[0]] = _load(args[0])
        return super().resolve_command(ctx, args)


app = typer.Typer(
    name="guardian",
    cls=Commands,
    help="Guard ECS blue/green deployments: policies, decisions and rehearsals. Nothing asks questions.",
    epilog=HELP,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(policy_commands.app, name="policy")
app.add_typer(contract_commands.app, name="contract")


@app.callback(invoke_without_command=True)
def options(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and end.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --version: as JSON.")] = False,
) -> None:
    """Answer `--version`, which needs no command."""
    if version:
        typer.echo(json.dumps({"version": __version__}) if as_json else f"guardian {__version__}")
        raise typer.Exit(int(Code.FINE))
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(int(Code.USAGE))


@app.command(epilog="Example: guardian decisions --json")
def decisions(
    as_json: Annotated[bool, typer.Option("--json", help="As JSON: one object per row.")] = False,
) -> None:
    """Print the decision table: what each verdict means, by phase and mode, as Markdown."""
    typer.echo(
        json.dumps(schemas.decision_rows(), indent=2) if as_json else schemas.decision_table(), nl=as_json
    )


@app.command("rehearse")
def _rehearse() -> None:
    """Play whole deployments against an emulated AWS on this machine (extra: rehearsal)."""


@app.command("judge")
def _judge() -> None:
    """Judge recorded deployments offline: one decision per tick, from what was visible at that tick."""


@app.command("backtest")
def _backtest() -> None:
    """Judge placebo deployments cut from your own minutes: no fault is in them, so every rollback is false."""


@app.command("explain")
def _explain() -> None:
    """Tell what happened to one deployment: five answers, what changed, and why each minute was enough or not."""


@app.command("status")
def _status() -> None:
    """List the deployments that Guardian watches now, one line each."""


@app.command("replay")
def _replay() -> None:
    """Judge recorded turns again: the same to the byte, or the first difference."""


@app.command("pause")
def _pause() -> None:
    """Hold Guardian back from acting on one deployment for a while; it goes on judging and telling."""


@app.command("resume")
def _resume() -> None:
    """End a pause."""


@app.command("close")
def _close() -> None:
    """Stop watching one deployment for good; CodeDeploy goes on with it."""


@app.command("rollback")
def _rollback() -> None:
    """Show what rolling one deployment back would do, or order it; Guardian's next turn carries it out."""


@app.command("report")
def _report() -> None:
    """Write one deployment as one page: what happened, when, why, is it over, what now."""


@app.command("dashboard")
def _dashboard() -> None:
    """Print or put a CloudWatch dashboard of one service: blue and green side by side, by the roles of now."""


@app.command("preflight")
def _preflight() -> None:
    """Read an account and tell what will bite in the next deployment, with the number and the fix."""


@app.command(hidden=True, epilog="Example: guardian docs docs")
def docs(
    directory: Annotated[Path, typer.Argument(help="The directory docs of a source tree.")] = Path("docs"),
    as_json: Annotated[bool, typer.Option("--json", help="As JSON: the list of files.")] = False,
) -> None:
    """Write the pages and schemas that are generated from the program."""
    written = [str(path) for path in schemas.write(directory)]
    typer.echo(json.dumps(written) if as_json else "\n".join(written))


def run() -> None:
    """Run the command that the process's arguments name."""
    try:
        app()
    except Exception:  # noqa: BLE001 - a defect must not end with 1, which means `diverged`
        traceback.print_exc()
        sys.exit(int(Code.DEFECT))


def _load(name: str) -> Any:
    module = importlib.import_module(f"guardian_console.{name}_command")
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    alone.command(name, epilog=LAZY[name])(getattr(module, name))
    return typer.main.get_command(alone)
