"""What every `Web` does: the fake, and urllib3 against a server on the loopback; then what only a network can do."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from guardian_fakes import FakeWeb
from werkzeug.wrappers import Request, Response

from guardian.errors import UnreachableError
from guardian.hook_ports import Web
from guardian.model import HttpAnswer, HttpRequest
from guardian.web import MOST, Urllib3Web
from guardian_rehearsal.emulator.wsgi import LoopbackServer

Serve = Callable[[str, str, Callable[[HttpRequest], HttpAnswer]], None]


class Site:
    """Pages over a real socket.

    Attributes:
        asked: Methods and paths, oldest first.
    """

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.pages: dict[tuple[str, str], Callable[[Request], Response]] = {}

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        request = Request(environ)
        self.asked.append(f"{request.method} {request.path}")
        page = self.pages[request.method, request.path]
        return page(request)(environ, start_response)


@pytest.fixture
def site() -> Iterator[tuple[Site, str]]:
    """A site and its address."""
    pages = Site()
    server = LoopbackServer(pages)
    server.start()
    yield pages, f"http://127.0.0.1:{server.port}"
    server.stop()


@pytest.fixture(params=["fake", "urllib3"])
def web(request: pytest.FixtureRequest, site: tuple[Site, str]) -> tuple[Web, str, Serve]:
    """What asks, the site's address, and how to put a page there."""
    pages, base = site
    if request.param == "fake":
        fake = FakeWeb()
        return fake, base, lambda method, path, page: fake.serve(method, base + path, page)

    def serve(method: str, path: str, page: Callable[[HttpRequest], HttpAnswer]) -> None:
        def answer(got: Request) -> Response:
            seen = HttpRequest(
                method=got.method, url=got.url, headers=dict(got.headers), body=got.get_data(as_text=True) or None,
                seconds=1,
            )  # fmt: skip
            said = page(seen)
            return Response(said.body, status=said.status)

        pages.pages[method, path] = answer

    return Urllib3Web(), base, serve


def _request(url: str, method: str = "GET", seconds: float = 2, **keys: Any) -> HttpRequest:
    return HttpRequest(method=method, url=url, seconds=seconds, **keys)


@pytest.mark.parametrize("status", [200, 201, 302, 401, 404, 500, 503])
def test_every_status_is_an_answer(web: tuple[Web, str, Serve], status: int) -> None:
    """An answer is an answer whatever its status; redirects are not followed and nothing is asked twice."""
    ask, base, serve = web
    times = []

    def page(_: HttpRequest) -> HttpAnswer:
        times.append(1)
        return HttpAnswer(status=status, body="told")

    serve("GET", "/page", page)
    assert ask.ask(_request(f"{base}/page", retries=3)) == HttpAnswer(status=status, body="told")
    assert len(times) == 1


def test_what_is_asked_arrives(web: tuple[Web, str, Serve]) -> None:
    """Method, headers and body arrive as they were given."""
    ask, base, serve = web
    got: list[HttpRequest] = []

    def page(request: HttpRequest) -> HttpAnswer:
        got.append(request)
        return HttpAnswer(status=204)

    serve("PUT", "/customers/7", page)
    ask.ask(_request(f"{base}/customers/7", "PUT", headers={"X-Probe": "guardian"}, body='{"city": "Köln"}'))
    assert (got[0].method, got[0].headers["X-Probe"], got[0].body) == ("PUT", "guardian", '{"city": "Köln"}')


def test_nobody_at_home_is_unreachable(web: tuple[Web, str, Serve]) -> None:
    """Where nobody listens there is no answer, and the error says what was tried without naming Python objects."""
    ask, _, _ = web
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(UnreachableError, match="NewConnectionError") as raised:
        ask.ask(_request(f"http://127.0.0.1:{port}/x"))
    assert "object at" not in str(raised.value)


def test_a_header_names_another_host(site: tuple[Site, str]) -> None:
    """A72: the Host header of the policy is the one that is sent."""
    pages, base = site
    pages.pages["GET", "/x"] = lambda request: Response(request.headers["Host"])
    assert (
        Urllib3Web().ask(_request(f"{base}/x", headers={"Host": "shop.example.com"})).body
        == "shop.example.com"
    )


def test_a_redirect_is_not_followed(site: tuple[Site, str]) -> None:
    """Where the application sends people is not what was asked: the redirect itself is the answer."""
    pages, base = site
    pages.pages["GET", "/x"] = lambda _: Response("", status=302, headers={"Location": "/elsewhere"})
    pages.pages["GET", "/elsewhere"] = lambda _: Response("here", status=200)
    assert Urllib3Web().ask(_request(f"{base}/x", retries=2)).status == 302
    assert pages.asked == ["GET /x"]


def test_guardian_says_who_asks(site: tuple[Site, str]) -> None:
    """The application's log shows that it was Guardian, unless the policy says otherwise."""
    pages, base = site
    pages.pages["GET", "/x"] = lambda request: Response(request.headers["User-Agent"])
    assert Urllib3Web().ask(_request(f"{base}/x")).body.startswith("guardian/")
    assert Urllib3Web().ask(_request(f"{base}/x", headers={"User-Agent": "probe"})).body == "probe"


def test_a_long_body_is_cut(site: tuple[Site, str]) -> None:
    """What nobody should answer a probe with is not read to its end."""
    pages, base = site
    pages.pages["GET", "/x"] = lambda _: Response("x" * (4 * MOST))
    assert MOST <= len(Urllib3Web().ask(_request(f"{base}/x")).body) <= 2 * MOST


@contextmanager
def _listening(serve: Callable[[socket.socket], None]) -> Iterator[tuple[int, list[int]]]:
    """Serve each connection by hand; yield the port and a list that grows by one with each connection."""
    seen: list[int] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def loop() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                seen.append(1)
                with connection:
                    serve(connection)

        thread = threading.Thread(target=loop, daemon=True)
        thread.start()
        yield listener.getsockname()[1], seen
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def test_a_handshake_that_hangs_is_unreachable_in_time() -> None:
    """A server that takes the connection and never answers TLS costs the time it was given, and no more."""
    with closing(socket.create_server(("127.0.0.1", 0))) as mute:
        began = time.monotonic()
        with pytest.raises(UnreachableError):
            Urllib3Web().ask(
                _request(f"https://127.0.0.1:{mute.getsockname()[1]}/health", seconds=0.3, retries=1)
            )
    assert time.monotonic() - began < 5


def _drip(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(100):
        try:
            connection.sendall(b"x")
        except OSError:
            return
        time.sleep(0.05)


def test_a_body_that_drips_is_unreachable_in_time() -> None:
    """A body of which a byte comes now and then is no answer once the time is over, though no single read was slow."""
    with _listening(_drip) as (port, _):
        began = time.monotonic()
        with pytest.raises(UnreachableError):
            Urllib3Web().ask(_request(f"http://127.0.0.1:{port}/x", seconds=0.4))
        assert time.monotonic() - began < 4


def _hang_up(connection: socket.socket) -> None:
    connection.recv(4096)


@pytest.mark.parametrize(
    ("method", "attempts"), [("GET", 3), ("PUT", 3), ("DELETE", 3), ("POST", 1), ("PATCH", 1)]
)
def test_only_what_may_be_repeated_is(method: str, attempts: int) -> None:
    """When the server hangs up after the request, a POST may have been carried out: it is not sent again."""
    with _listening(_hang_up) as (port, seen):
        with pytest.raises(UnreachableError):
            Urllib3Web().ask(_request(f"http://127.0.0.1:{port}/x", method, retries=2))
        assert len(seen) == attempts


def _answer_once(connection: socket.socket) -> None:
    """Answer as if the connection stayed open, and close it."""
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")


def test_a_post_is_not_lost_on_a_connection_that_is_being_closed() -> None:
    """A server that closes without saying so costs no later request, though a POST is never sent twice."""
    with _listening(_answer_once) as (port, seen):
        web = Urllib3Web()
        answers = [web.ask(_request(f"http://127.0.0.1:{port}/x", "POST")).status for _ in range(20)]
    assert answers == [201] * 20
    assert len(seen) == 20


def test_a_certificate_that_nobody_vouches_for_is_unreachable(site: tuple[Site, str]) -> None:
    """HTTPS that cannot be verified is no answer: here a server that speaks no TLS at all."""
    _, base = site
    with pytest.raises(UnreachableError, match="SSLError"):
        Urllib3Web().ask(_request(base.replace("http:", "https:") + "/x", seconds=1))
