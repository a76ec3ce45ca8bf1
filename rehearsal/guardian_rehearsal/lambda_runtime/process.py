"""One execution environment of Lambda: a process that loads a function once and takes event after event."""

import json
import socket
import subprocess
import sys
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import IO, Any

from guardian_rehearsal.installation import Function
from guardian_rehearsal.lambda_runtime.artifact import Artifact
from guardian_rehearsal.lambda_runtime.errors import FunctionError, FunctionExitedError, FunctionTimedOutError
from guardian_rehearsal.lambda_runtime.runtime_api import Answered, Exited, Invocation, RuntimeApi

LAUNCHER = Path(__file__).with_name("launcher.py")
INIT_SECONDS = 10
"""What Lambda gives to the loading of the code, before it begins anew within the time of the invocation (AWS Lambda
developer guide, "Understanding the Lambda execution environment lifecycle"); here both are one span."""


class FunctionProcess:
    """A function's process, started at once.

    Args:
        function: Which one.
        artifact: What was built.
        environment: Variables besides its own and Lambda's: credentials, region, endpoint.
        output: Where it writes its log lines, opened for appending.
    """

    def __init__(
        self, function: Function, artifact: Artifact, environment: Mapping[str, str], output: IO[bytes]
    ) -> None:
        self.function = function
        self._loaded = False
        self._moment = _now()
        self._api = RuntimeApi()
        self._moves, theirs = socket.socketpair()
        self._moves.settimeout(function.timeout)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - this interpreter, and what was built here
                _command(function, artifact, self._moment, theirs.fileno()),
                cwd=function.code,
                env=_variables(function, artifact, environment, self._api.address),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=[theirs.fileno()],
            )
        self._watcher = Thread(target=lambda: self._api.tell(Exited(self._process.wait())), daemon=True)
        self._watcher.start()

    @property
    def alive(self) -> bool:
        """Whether it can take an event."""
        return self._process.poll() is None

    def invoke(self, event: Any) -> Any:
        """Have the handler take the event; return its answer.

        Raises:
            HandlerError: The handler raised. The process is as good as before.
            FunctionError: Any other one means that the process is of no use any more and must be closed.
        """
        request_id, seconds = str(uuid.uuid4()), self.function.timeout
        if not self._loaded:
            self._hear(request_id, INIT_SECONDS + seconds)
            self._loaded = True
        self._move_clock()
        deadline_ms = round((datetime.now(UTC).timestamp() + seconds) * 1000)
        payload = json.dumps(event).encode()
        self._api.offer(Invocation(request_id, self.function.arn, deadline_ms, payload))
        return json.loads(self._hear(request_id, seconds))

    def close(self) -> None:
        """End the process and all that belongs to it."""
        self._process.kill()
        self._watcher.join()
        self._moves.close()
        self._api.close()

    def _hear(self, request_id: str, seconds: float) -> bytes:
        heard = self._api.hear(seconds)
        if heard is None:
            raise FunctionTimedOutError(request_id, self.function.timeout)
        if isinstance(heard, Exited):
            raise FunctionExitedError(request_id, heard.status)
        if isinstance(heard, FunctionError):
            raise heard
        return heard.payload if isinstance(heard, Answered) else b""

    def _move_clock(self) -> None:
        """Set the process's clock to this machine's, which is the rehearsal's."""
        moment = _now()
        if moment == self._moment:
            return
        self._moment = moment
        try:
            self._moves.sendall(moment.encode())
            self._moves.recv(1)
        except OSError:
            pass  # the process is dead or stuck: it will be heard of, or not, in a moment


def _now() -> str:
    return datetime.now(UTC).replace(tzinfo=None).isoformat()


def _command(function: Function, artifact: Artifact, moment: str, moves: int) -> list[str]:
    """Isolated and without site-packages: nothing of the checkout's environment can be imported.

    Bytecode is kept apart, because in Lambda neither the layer nor the function's folder can be written to.
    """
    plan = {
        "handler": function.handler,
        "path": [str(folder) for folder in (function.code, *function.layers, artifact.runtime)],
        "clock": str(artifact.clock),
        "moment": moment,
        "moves": moves,
    }
    bytecode = f"pycache_prefix={artifact.bytecode}"
    return [sys.executable, "-I", "-S", "-X", "utf8", "-X", bytecode, str(LAUNCHER), json.dumps(plan)]


def _variables(
    function: Function, artifact: Artifact, environment: Mapping[str, str], address: str
) -> dict[str, str]:
    """The variables that Lambda defines (developer guide, "Defined runtime environment variables").

    Left out are those of X-Ray and of the log group, which nothing here serves, and the search paths, which the
    launcher sets.
    """
    return {
        "LANG": "en_US.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin/:/bin:/opt/bin",
        "TZ": ":UTC",
        "LAMBDA_TASK_ROOT": str(function.code),
        "LAMBDA_RUNTIME_DIR": str(artifact.runtime),
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_RUNTIME_API": address,
        "_HANDLER": function.handler,
        **environment,
        **function.environment,
    }
