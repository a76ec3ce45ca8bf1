"""The guarded application as its listeners answer over HTTP: a health page and customers, on loopback ports.

The page is that of the companion stack of the guides, its lie included: `status` says healthy whatever the rest says.
"""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Lock
from typing import Any

from werkzeug.wrappers import Request, Response

from guardian_rehearsal.emulator.wsgi import LoopbackServer

OLD, NEW = "1", "2"
"""What blue and green say of their version."""
CUSTOMERS = "/api/customers"


@dataclass(frozen=True)
class Application:
    """How green answers.

    Attributes:
        version: The version that its health page names; `OLD` as if the test listener forwarded to blue still.
        schema: What the page says of the schema; with anything but `compatible` its status is 503.
        loses: The field of a customer that it does not write.
        silent: Whether the test listener speaks HTTPS, takes connections and never answers a handshake.
    """

    version: str = NEW
    schema: str = "compatible"
    loses: str | None = None
    silent: bool = False


BLUE = Application(version=OLD)
"""How the version that is replaced answers."""


@dataclass
class Customers:
    """The table that both colours read and write.

    Attributes:
        created: How many customers were ever created.
        kept: Those that were not deleted, by id.
    """

    created: int = 0
    kept: dict[int, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.lock = Lock()

    def create(self) -> int:
        """Count one more and return its id."""
        self.created += 1
        return self.created


class Site:
    """Both listeners of the application.

    Attributes:
        customers: What is behind them.
        test_url: The test listener, which always answers as green.
        production_url: The production listener, which answers as blue until green has all of the traffic.
    """

    def __init__(self, green: Application) -> None:
        self._green = green
        self._share = 0.0
        self.customers = Customers()
        self.test_url = self.production_url = ""

    def route(self, share: float) -> None:
        """Give green a share of production (0 to 1); a request is answered by whoever has more, blue in doubt."""
        self._share = share

    @contextmanager
    def open(self) -> Iterator["Site"]:
        """Listen until the end of the `with` block."""
        with ExitStack() as listeners:
            self.production_url = listeners.enter_context(_listening(self._production))
            test = _mute() if self._green.silent else _listening(self._test)
            self.test_url = listeners.enter_context(test)
            yield self

    def _test(self, environ: dict[str, Any], start_response: Any) -> Any:
        return _answer(self._green, self.customers, Request(environ))(environ, start_response)

    def _production(self, environ: dict[str, Any], start_response: Any) -> Any:
        colour = self._green if self._share > 0.5 else BLUE
        return _answer(colour, self.customers, Request(environ))(environ, start_response)


@contextmanager
def _listening(application: Any) -> Iterator[str]:
    server = LoopbackServer(application)
    server.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.stop()


@contextmanager
def _mute() -> Iterator[str]:
    """Take connections, which the system does for whoever listens, and never read from them."""
    with closing(socket.create_server(("127.0.0.1", 0), backlog=64)) as listener:
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"


def _answer(colour: Application, customers: Customers, request: Request) -> Response:
    if (request.method, request.path) == ("GET", "/health"):
        return _health(colour)
    if request.path == CUSTOMERS and request.method == "POST":
        with customers.lock:
            return _write(colour, customers, customers.create(), request, HTTPStatus.CREATED)
    identifier = request.path.removeprefix(f"{CUSTOMERS}/")
    with customers.lock:
        if (request.method, request.path) == ("GET", CUSTOMERS):
            return _json(list(customers.kept.values()), HTTPStatus.OK)
        if not identifier.isdigit() or int(identifier) not in customers.kept:
            return _json({"error": "there is no such thing"}, HTTPStatus.NOT_FOUND)
        return _customer(colour, customers, int(identifier), request)


def _health(colour: Application) -> Response:
    fits = colour.schema == "compatible"
    page = {"status": "healthy", "version": colour.version, "environment": "production"}
    return _json(
        {**page, "database": "connected", "schema": colour.schema},
        HTTPStatus.OK if fits else HTTPStatus.SERVICE_UNAVAILABLE,
    )


def _customer(colour: Application, customers: Customers, identifier: int, request: Request) -> Response:
    if request.method == "PUT":
        return _write(colour, customers, identifier, request, HTTPStatus.OK)
    if request.method == "DELETE":
        del customers.kept[identifier]
        return Response(status=HTTPStatus.NO_CONTENT)
    return _json(customers.kept[identifier], HTTPStatus.OK)


def _write(
    colour: Application, customers: Customers, identifier: int, request: Request, status: HTTPStatus
) -> Response:
    """Write a customer, and answer with what was sent rather than with what was written."""
    sent = {**(request.get_json(silent=True) or {}), "id": identifier}
    customers.kept[identifier] = {name: value for name, value in sent.items() if name != colour.loses}
    return _json(sent, status)


def _json(body: Any, status: HTTPStatus) -> Response:
    return Response(json.dumps(body), status=status, mimetype="application/json")
