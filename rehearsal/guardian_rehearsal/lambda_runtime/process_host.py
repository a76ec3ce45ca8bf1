"""Runs the functions of an installation as they were built, each in a process of its own."""

import os
import tempfile
from collections.abc import Mapping
from typing import Any

from guardian_rehearsal.installation import Function
from guardian_rehearsal.lambda_runtime.artifact import Artifact
from guardian_rehearsal.lambda_runtime.errors import FunctionError, HandlerError
from guardian_rehearsal.lambda_runtime.process import FunctionProcess


class ProcessHost:
    """A Lambda service with one warm process per function; to be closed.

    A process is started at the first call, and again after it timed out, ended, could not load its code, or when the
    function's configuration changed.

    Args:
        artifact: What was built.
        environment: Variables that every function gets besides its own and Lambda's: credentials, region, endpoint.
    """

    def __init__(self, artifact: Artifact, environment: Mapping[str, str]) -> None:
        self._artifact = artifact
        self._environment = environment
        self._warm: dict[str, FunctionProcess] = {}
        # A file and not a pipe: what a process wrote before it answered is there when the answer is, and no process
        # waits for a reader.
        self._output = tempfile.TemporaryFile("ab+", buffering=0)  # noqa: SIM115 - closed by close()
        self._read = 0

    def invoke(self, function: Function, event: Any) -> Any:
        """Run the function's handler on the event and return its answer.

        Raises:
            FunctionError: There is no answer.
        """
        process = self._warm.get(function.name)
        if process is None or process.function != function or not process.alive:
            process = self._cold_start(function)
        try:
            return process.invoke(event)
        except HandlerError:
            raise
        except FunctionError:
            self._warm.pop(function.name).close()
            raise

    def log_lines(self) -> list[str]:
        """Return and forget what the functions have written since the last call."""
        size = os.fstat(self._output.fileno()).st_size
        written = os.pread(self._output.fileno(), size - self._read, self._read)
        whole = written[: written.rfind(b"\n") + 1]
        self._read += len(whole)
        return [line for line in whole.decode("utf-8", "replace").split("\n") if line]

    def close(self) -> None:
        """End every process."""
        for process in self._warm.values():
            process.close()
        self._warm.clear()
        self._output.close()

    def _cold_start(self, function: Function) -> FunctionProcess:
        if function.name in self._warm:
            self._warm.pop(function.name).close()
        process = FunctionProcess(function, self._artifact, self._environment, self._output)
        self._warm[function.name] = process
        return process
