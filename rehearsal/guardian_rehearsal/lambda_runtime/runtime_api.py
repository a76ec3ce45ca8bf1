"""The Lambda runtime API, through which a runtime asks for events and answers them.

Source: AWS Lambda developer guide, "Using the Lambda runtime API for custom runtimes" (version 2018-06-01).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from threading import Thread
from typing import Any

from guardian_rehearsal.lambda_runtime.errors import FunctionError, HandlerError, InitError

VERSION = "/2018-06-01/runtime"
NEXT = f"{VERSION}/invocation/next"
INIT_ERROR = f"{VERSION}/init/error"
INVOCATION = re.compile(rf"{VERSION}/invocation/(?P<request_id>[^/]+)/(?P<kind>response|error)")
POLL_SECONDS = 0.02
"""How soon a server notices that it is to stop."""


@dataclass(frozen=True)
class Invocation:
    """One event for one function.

    Attributes:
        request_id: The invocation's id.
        arn: The ARN that was invoked.
        deadline_ms: When the function has to be done, in milliseconds since 1970 on the clock that it reads.
        payload: The event as JSON.
    """

    request_id: str
    arn: str
    deadline_ms: int
    payload: bytes

    def headers(self) -> dict[str, str]:
        """Return what the runtime is told beside the event."""
        return {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": self.request_id,
            "Lambda-Runtime-Deadline-Ms": str(self.deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": self.arn,
        }


@dataclass(frozen=True)
class Loaded:
    """The runtime has loaded the code and asks for its first event."""


@dataclass(frozen=True)
class Answered:
    """The handler returned, with this JSON."""

    payload: bytes


@dataclass(frozen=True)
class Exited:
    """The process ended, with this status; negative: by that signal."""

    status: int


Heard = Loaded | Answered | Exited | FunctionError


class RuntimeApi:
    """Serves one process, from its first breath to its last, on a free loopback port."""

    def __init__(self) -> None:
        self._offered: Queue[Invocation | None] = Queue()
        self._heard: Queue[Heard] = Queue()
        self._loaded = False
        self._request_id = ""
        self._server = _Server(self)
        self._thread = Thread(target=self._server.serve_forever, args=(POLL_SECONDS,), daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """`host:port`, for `AWS_LAMBDA_RUNTIME_API`."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    def offer(self, invocation: Invocation) -> None:
        """Give the process its next event."""
        self._request_id = invocation.request_id
        self._offered.put(invocation)

    def hear(self, seconds: float) -> Heard | None:
        """Return the next that is heard of the process; None if that takes longer than so many real seconds."""
        try:
            return self._heard.get(timeout=seconds)
        except Empty:
            return None

    def tell(self, heard: Heard) -> None:
        """Pass on what became known of the process."""
        self._heard.put(heard)

    def next(self) -> Invocation | None:
        """Wait for an event, for the process; None if none will come any more."""
        if not self._loaded:
            self._loaded = True
            self.tell(Loaded())
        return self._offered.get()

    def post(self, path: str, body: bytes) -> HTTPStatus:
        """Take what the process posts."""
        if path == INIT_ERROR:
            self.tell(_error(InitError, body))
            return HTTPStatus.ACCEPTED
        found = INVOCATION.fullmatch(path)
        if found is None:
            return HTTPStatus.NOT_FOUND
        if found["request_id"] != self._request_id:
            return HTTPStatus.BAD_REQUEST
        self.tell(Answered(body) if found["kind"] == "response" else _error(HandlerError, body))
        return HTTPStatus.ACCEPTED

    def close(self) -> None:
        """Stop serving. The process must have ended."""
        self._offered.put(None)
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _error(kind: type[FunctionError], body: bytes) -> FunctionError:
    said: dict[str, Any] = json.loads(body)
    return kind(said["errorType"], said["errorMessage"], tuple(said.get("stackTrace") or ()))


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, api: RuntimeApi) -> None:
        self.api = api
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet: a connection breaks when its process ends, and that is heard of otherwise."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else the client's delayed acknowledgement costs 40 ms per event
    wbufsize = -1  # head and body leave in one piece
    server: _Server

    def do_GET(self) -> None:
        """Answer the one question that there is: what comes next."""
        if self.path != NEXT:
            self._reply(HTTPStatus.NOT_FOUND)
            return
        invocation = self.server.api.next()
        if invocation is None:
            self.close_connection = True
            return
        self._reply(HTTPStatus.OK, invocation.payload, invocation.headers())

    def do_POST(self) -> None:
        """Take an answer or an error."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status = self.server.api.post(self.path, body)
        self._reply(status, b'{"status":"OK"}' if status is HTTPStatus.ACCEPTED else b"")

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""

    def _reply(self, status: HTTPStatus, body: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
