"""Exit codes, and the one place where a failure that people can do something about becomes a sentence."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import typer
from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError  # noqa: A004 - not the built-in one

from guardian.aws.calls import FORBIDDEN
from guardian.errors import GuardianError, PolicyInvalidError, TemporaryError

OWN = ("guardian", "guardian_console", "guardian_rehearsal")
"""Packages that always come together; a missing one is a defect, not a missing extra."""
UNREACHABLE = (ConnectionError, HTTPClientError)
"""botocore's errors that may pass by themselves; its other ones need a change in the user's settings."""


class Code(IntEnum):
    """What the exit code says; documented in `guardian --help`."""

    FINE = 0
    DIVERGED = 1
    USAGE = 2
    NOT_ENOUGH_DATA = 3
    DEFECT = 70
    """EX_SOFTWARE of sysexits.h: Python's own 1 would read as `diverged`."""


HELP = (
    "Exit codes: 0 fine; 1 diverged, different, or a gate is closed; 2 wrong usage, an invalid policy, or AWS refuses "
    "(no credentials, no region, no permission); 3 not enough data: nothing there, or AWS cannot answer now; "
    "70 a defect in this program."
)


class UsageError(GuardianError):
    """The command was given something that it cannot use; the message says what to give instead."""


class NothingThereError(GuardianError):
    """What was asked for does not exist, which is an answer of its own; the message says what that means."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a policy file: where, and what."""

    path: str
    line: int | None
    message: str

    def said_of(self, file: Path) -> str:
        where = str(file) if self.line is None else f"{file}:{self.line}"
        return f"{where}: {self.path}: {self.message}" if self.path else f"{where}: {self.message}"


class PolicyFileError(PolicyInvalidError):
    """A file does not hold a valid policy.

    Attributes:
        problems: Everything that is wrong with it, as far as it could be read.
    """

    def __init__(self, file: Path, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(problem.said_of(file) for problem in problems))
        self.problems = tuple(problems)


@contextmanager
def sentences() -> Iterator[None]:
    """Turn expected failures into one message on stderr and an exit code; let every other one through.

    Raises:
        typer.Exit: A failure that `advice` knows.
    """
    try:
        yield
    except (GuardianError, BotoCoreError, ClientError, ModuleNotFoundError) as error:
        known = advice(error)
        if known is None:
            raise
        code, message = known
        sys.stderr.write(f"guardian: {message}\n")
        raise typer.Exit(int(code)) from error


def advice(error: Exception) -> tuple[Code, str] | None:
    """Return the exit code and the message for a failure; None for one that only a developer can mend. Pure."""
    if isinstance(error, ModuleNotFoundError):
        return _missing(error)
    below = error.__cause__
    for failure in (error, below):
        if isinstance(failure, ClientError):
            return _answered(failure, error)
        if isinstance(failure, BotoCoreError):
            return _not_called(failure)
    if isinstance(error, GuardianError):
        return _code(error), str(error)
    return None


def _missing(error: ModuleNotFoundError) -> tuple[Code, str] | None:
    package = (error.name or "").partition(".")[0]
    if not package or package in OWN:
        return None
    return Code.USAGE, (
        f"this command needs the package {package}, which is not installed: "
        "install the extra with pip install 'guardian[rehearsal]'"
    )


def _answered(refusal: ClientError, error: Exception) -> tuple[Code, str]:
    code = refusal.response.get("Error", {}).get("Code", "")
    message = refusal.response.get("Error", {}).get("Message", "")
    if code in FORBIDDEN:
        return Code.USAGE, (
            f"AWS does not allow {refusal.operation_name} with your credentials: ask for the permission or choose "
            f"another profile (AWS_PROFILE): {message}"
        )
    if isinstance(error, TemporaryError):
        return Code.NOT_ENOUGH_DATA, f"{error}; try again in a minute"
    return Code.USAGE, str(error)


def _not_called(failure: BotoCoreError) -> tuple[Code, str]:
    if isinstance(failure, UNREACHABLE):
        return Code.NOT_ENOUGH_DATA, f"AWS cannot be reached: {failure}; try again in a minute"
    return Code.USAGE, (
        f"AWS cannot be called: {failure}; check the credentials and the region "
        "(AWS_PROFILE, AWS_REGION, aws configure)"
    )


def _code(error: GuardianError) -> Code:
    return Code.NOT_ENOUGH_DATA if isinstance(error, TemporaryError | NothingThereError) else Code.USAGE
