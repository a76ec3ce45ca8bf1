"""Shell completion: what a shell is told that may follow."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = [str(Path(sys.executable).with_name("guardian"))]
"""As it is installed: a shell completes by the name of the command."""


def completed(line: str) -> list[str]:
    """Return what bash is offered at the end of a line."""
    words = {"_GUARDIAN_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
    run = subprocess.run(  # noqa: S603 - our own command
        COMMAND, env={**os.environ, **words}, capture_output=True, text=True, check=True, timeout=60
    )
    return run.stdout.split()


@pytest.mark.parametrize(
    ("line", "offers"),
    [
        ("guardian re", {"rehearse", "replay", "report", "resume"}),
        ("guardian contract s", {"snapshot"}),
        ("guardian report --ta", {"--table", "--tape"}),
        ("guardian rehearse held", {"held-hook", "held-hook-passed", "held-hook-alone"}),
    ],
    ids=["commands", "commands of a group", "options of a command that loads late", "scenarios"],
)
def test_a_shell_is_offered_what_may_follow(line: str, offers: set[str]) -> None:
    """Commands, those of a group, options and scenarios complete."""
    assert set(completed(line)) == offers


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_is_printed_for_each_shell(shell: str) -> None:
    """`--show-completion` prints what a shell's start-up file needs."""
    run = subprocess.run(  # noqa: S603 - our own command
        [*COMMAND, "--show-completion", shell], capture_output=True, text=True, check=False, timeout=60
    )
    assert "_GUARDIAN_COMPLETE" in run.stdout, run.stderr
