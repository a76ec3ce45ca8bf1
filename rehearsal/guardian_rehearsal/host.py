"""Runs the functions of an installation in this process, each with its own module and its own environment."""

import importlib.util
import io
import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from guardian_rehearsal.credentials import look_anew
from guardian_rehearsal.installation import Function
from guardian_rehearsal.template import TEMPLATE

Handler = Callable[[Any, Any], Any]


class Host(Protocol):
    """Runs functions. What a handler raises, or what keeps it from an answer, comes out of `invoke` as an exception."""

    def invoke(self, function: Function, event: Any) -> Any:
        """Run the function's handler on the event and return its answer."""

    def log_lines(self) -> list[str]:
        """Return and forget what the functions have written since the last call."""

    def close(self) -> None:
        """Let go of everything that runs."""


@dataclass(frozen=True)
class Context:
    """What Lambda passes beside the event (AWS Lambda developer guide, "Python context object")."""

    function_name: str
    invoked_function_arn: str
    memory_limit_in_mb: int = 512
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


class _Output(io.TextIOBase):
    """Standard output of all functions of this process; Powertools binds its log handler to it once."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._part = ""

    def write(self, text: str) -> int:
        *whole, self._part = (self._part + text).split("\n")
        self.lines.extend(line for line in whole if line)
        return len(text)

    def take(self) -> list[str]:
        lines, self.lines = self.lines, []
        return lines


_output = _Output()


class FunctionHost:
    """A Lambda service for one process: cold start at the first call, then the same module again.

    Args:
        environment: Variables that every function gets besides its own: credentials, region, endpoint.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._warm: dict[str, Handler] = {}
        look_anew()
        _output.take()

    def invoke(self, function: Function, event: Any) -> Any:
        """Run the function's handler on the event and return its answer; what it raises comes out."""
        with self._inside(function), redirect_stdout(_output):
            if function.name not in self._warm:
                self._warm[function.name] = _cold_start(function)
            return self._warm[function.name](event, Context(function.name, function.arn))

    def log_lines(self) -> list[str]:
        """Return and forget what the functions have written since the last call."""
        return _output.take()

    def close(self) -> None:
        """Do nothing: whatever runs is a part of this process."""

    @contextmanager
    def _inside(self, function: Function) -> Iterator[None]:
        """Give the process the function's environment, and nothing of the user's AWS configuration."""
        before = dict(os.environ)
        kept = {
            name: value
            for name, value in before.items()
            if not name.startswith(("AWS_", "GUARDIAN_", "POWERTOOLS_"))
        }
        os.environ.clear()
        os.environ.update(
            {**kept, **self._environment, **function.environment, "AWS_LAMBDA_FUNCTION_NAME": function.name}
        )
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def _cold_start(function: Function) -> Handler:
    name, _, attribute = function.handler.rpartition(".")
    path = function.code / f"{name.replace('.', '/')}.py"
    spec = importlib.util.spec_from_file_location(f"functions.{function.logical_id}.{name}", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(f"{path}: template.yaml names code that is not there")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    handler: Handler = getattr(module, attribute)
    return handler


@dataclass(frozen=True)
class Code:
    """Guardian as it is installed and run.

    Attributes:
        template: The template to install.
        host: Makes what runs its functions, from the variables that all of them get.
    """

    template: Path
    host: Callable[[Mapping[str, str]], Host]


SOURCES = Code(TEMPLATE, FunctionHost)
"""The sources as they stand, in this process."""
