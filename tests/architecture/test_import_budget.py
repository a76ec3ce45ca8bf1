"""What each function may not load: every module costs time at each cold start and memory ever after."""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TURN = (
    "guardian.turn",
    "guardian.record",
    "guardian.watch",
    "guardian.gather",
    "guardian.observe",
    "guardian.judge",
)
"""What only somebody needs who takes a turn."""
READERS = ("guardian.aws.table", "guardian.aws.cloudwatch", "guardian.aws.fleet")
"""Adapters that only a turn calls."""
NOBODY = (
    "numpy", "scipy", "yaml", "typer", "rich", "moto", "unittest", "guardian_console", "guardian_rehearsal",
    "aws_lambda_powertools.event_handler",
)  # fmt: skip
"""What no function uses."""
FORBIDDEN = {
    "deployment_event": (
        *NOBODY, *TURN, *READERS, "guardian.policy", "guardian.resolve", "guardian.decide", "guardian.aws.codedeploy",
        "guardian.aws.policies", "guardian.aws.open_watches",
    ),
    "alarm_action": (
        *NOBODY, *TURN, *READERS, "guardian.resolve", "guardian.decide", "guardian.aws.codedeploy",
    ),
    "tick": (*NOBODY, *TURN, *READERS),
    "contract_gate": (
        *NOBODY, "guardian.turn", "guardian.act", "guardian.gather", "guardian.fanout", "guardian.hooks",
        "guardian.worker", "guardian.aws.queue", "guardian.aws.fleet", "guardian.aws.listener",
        "guardian.aws.databases", "aws_lambda_powertools.utilities.batch",
    ),
    "dashboard_widget": (
        *NOBODY, *TURN, *READERS, "guardian.policy", "guardian.resolve", "guardian.fanout", "guardian.contract_check",
        "guardian.aws.codedeploy", "guardian.aws.policies", "guardian.aws.queue",
        "aws_lambda_powertools.utilities.batch",
    ),
    "turn": (*NOBODY, "guardian.fanout", "guardian.hooks", "guardian.aws.queue"),
    "codedeploy_hook": (*NOBODY, "guardian.fanout", "guardian.aws.queue", "aws_lambda_powertools.utilities.batch"),
}  # fmt: skip


@cache
def loaded(function: str) -> frozenset[str]:
    """Return the modules that a fresh process holds after it has imported the function's handler module."""
    code = "import app, sys; print(*sys.modules)"
    done = subprocess.run(  # noqa: S603 - our own interpreter and code
        [sys.executable, "-c", code],
        env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(ROOT / "functions" / function)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return frozenset(done.stdout.split())


def test_every_function_has_a_budget() -> None:
    """A new function is given one."""
    assert set(FORBIDDEN) == {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}


@pytest.mark.parametrize("function", FORBIDDEN)
def test_a_function_loads_only_what_it_may_need(function: str) -> None:
    """The handler module loads none of the packages that the function has no use for."""
    assert "guardian" in loaded(function)
    assert loaded(function) & set(FORBIDDEN[function]) == set()


@pytest.mark.parametrize("name", sorted({name for names in FORBIDDEN.values() for name in names}))
def test_a_budget_names_modules_that_there_are(name: str) -> None:
    """A module that was renamed is renamed here too; what is foreign is allowed to be missing."""
    if name.startswith("guardian."):
        path = ROOT / "layers/guardian" / name.replace(".", "/")
        assert path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def test_the_command_line_shows_its_help_without_numpy() -> None:
    """`guardian --help` loads neither numpy nor the rehearsal."""
    code = "import guardian_console.main, sys; print(*sys.modules)"
    done = subprocess.run(  # noqa: S603 - our own interpreter and code
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert {"numpy", "moto", "guardian_rehearsal"}.isdisjoint(done.stdout.split())
