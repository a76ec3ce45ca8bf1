"""moto's development server made fit for many small calls: connections are kept, replies leave in one piece."""

import socket
import traceback
from io import BytesIO
from threading import Lock
from typing import Any

from moto.moto_server.threaded_moto_server import ThreadedMotoServer
from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.exceptions import InternalServerError
from werkzeug.serving import ThreadedWSGIServer

POLL_SECONDS = 0.02
"""How soon the server notices that it is to stop."""


class KeepAliveHandler(MotoRequestHandler):
    """Answers request after request on one connection.

    Werkzeug closes the connection after every reply, because it cannot know whether the application read the whole
    request. Here the request is read first; what has no length is left to Werkzeug.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def run_wsgi(self) -> None:
        """Answer one request."""
        if "Transfer-Encoding" in self.headers:
            super().run_wsgi()
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.environ = self.make_environ()
        self.environ["wsgi.input"] = BytesIO(body)
        try:
            reply = self._ask(self.server.app)
        except Exception:  # noqa: BLE001 - whatever moto raises must be an answer, not a lost connection
            self.server.log("error", "Error on request:\n%s", traceback.format_exc())
            reply = self._ask(InternalServerError())
        self._send(*reply)

    def handle_expect_100(self) -> bool:
        """Let the client send its body at once."""
        proceed = super().handle_expect_100()
        self.wfile.flush()
        return proceed

    def log_request(self, *_: Any) -> None:
        """Keep quiet."""

    def _ask(self, application: Any) -> tuple[str, list[tuple[str, str]], bytes]:
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], _: Any = None) -> None:
            started.append((status, headers))

        chunks = application(self.environ, start_response)
        content = b"".join(chunks)
        if hasattr(chunks, "close"):
            chunks.close()
        return *started[-1], content

    def _send(self, status: str, headers: list[tuple[str, str]], content: bytes) -> None:
        code, _, phrase = status.partition(" ")
        self.send_response(int(code), phrase)
        for name, value in headers:
            if name.lower() != "content-length":
                self.send_header(name, value)
        length = {name.lower(): value for name, value in headers}.get("content-length")
        head = self.command == "HEAD"
        self.send_header("Content-Length", length if head and length else str(len(content)))
        if self.close_connection:  # or the client would keep it (RFC 9112, section 9.6)
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"" if head else content)
        self.wfile.flush()


class TrackingServer(ThreadedWSGIServer):
    """Knows its connections, so that none outlives it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._connections: set[socket.socket] = set()
        self._lock = Lock()
        super().__init__(*args, **kwargs)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in a thread of its own."""
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection that its thread is done with."""
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """Close the port and end every connection; their threads close them."""
        super().server_close()
        with self._lock:
            for connection in self._connections:
                connection.shutdown(socket.SHUT_RDWR)


class LoopbackServer(ThreadedMotoServer):
    """moto's threaded server on a free loopback port, for one application."""

    def __init__(self, application: Any) -> None:
        super().__init__("127.0.0.1", 0, verbose=False)
        self._application = application

    @property
    def port(self) -> int:
        """The port that the system chose."""
        return int(self.get_host_and_port()[1])

    def _server_entry(self) -> None:
        self._server = TrackingServer(self._ip_address, self._port, self._application, KeepAliveHandler)
        self._server_ready_event.set()
        self._server.serve_forever(POLL_SECONDS)
