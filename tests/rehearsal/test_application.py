"""The application of a rehearsal answers over HTTP as the companion stack's does, well or badly."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import urllib3

from guardian_rehearsal.application import OLD, Application, Site

ANNA = {"name": "anna", "city": "Berlin"}


@contextmanager
def opened(application: Application) -> Iterator[tuple[Site, Any]]:
    """Both listeners, and something to ask them with."""
    with Site(application).open() as site, urllib3.PoolManager(retries=False) as http:
        yield site, http


def test_a_good_green_says_that_all_is_well() -> None:
    """/health answers 200 with the companion's fields and the released version."""
    with opened(Application()) as (site, http):
        answer = http.request("GET", f"{site.test_url}/health")
    assert answer.status == 200
    assert answer.json() == {
        "status": "healthy", "version": "2", "environment": "production",
        "database": "connected", "schema": "compatible",
    }  # fmt: skip


def test_g8_an_incompatible_schema_is_called_healthy_with_503() -> None:
    """G8: the page says healthy, its status and its field say otherwise."""
    with opened(Application(schema="incompatible")) as (site, http):
        answer = http.request("GET", f"{site.test_url}/health")
    assert (answer.status, answer.json()["status"], answer.json()["schema"]) == (
        503, "healthy", "incompatible",
    )  # fmt: skip


def test_production_answers_as_blue_until_green_has_the_traffic() -> None:
    """The test listener is green's from the beginning, the production listener follows the weights."""
    with opened(Application()) as (site, http):
        answered = []
        for share in (0.0, 0.5, 1.0, 0.0):
            site.route(share)
            answered.append(http.request("GET", f"{site.production_url}/health").json()["version"])
        assert http.request("GET", f"{site.test_url}/health").json()["version"] == "2"
    assert answered == ["1", "1", "2", "1"]


def test_the_wrong_colour_is_blue_at_the_test_listener() -> None:
    """An application that answers the old version does so at the test listener."""
    with opened(Application(version=OLD)) as (site, http):
        assert http.request("GET", f"{site.test_url}/health").json()["version"] == "1"


def test_customers_come_and_go() -> None:
    """A customer is created, read, changed and deleted, at either listener, and is remembered as created."""
    with opened(Application()) as (site, http):
        made = http.request("POST", f"{site.test_url}/api/customers", json=ANNA)
        path = f"/api/customers/{made.json()['id']}"
        assert (made.status, made.json()["city"]) == (201, "Berlin")
        assert http.request("GET", site.production_url + path).json() == {**ANNA, "id": 1}
        assert http.request("PUT", site.test_url + path, json={**ANNA, "city": "Bonn"}).status == 200
        assert http.request("GET", site.test_url + path).json()["city"] == "Bonn"
        assert http.request("GET", f"{site.test_url}/api/customers").json() == [
            {**ANNA, "city": "Bonn", "id": 1}
        ]
        assert http.request("DELETE", site.test_url + path).status == 204
        assert http.request("GET", site.test_url + path).status == 404
        assert http.request("DELETE", site.test_url + path).status == 404
        assert (site.customers.created, site.customers.kept) == (1, {})


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_is_not_there_is_404(method: str) -> None:
    """Any other path has an answer too."""
    with opened(Application()) as (site, http):
        assert http.request(method, f"{site.test_url}/elsewhere").status == 404


def test_a_green_that_loses_a_field_says_that_it_wrote_it() -> None:
    """Only reading back shows what was lost; blue loses nothing."""
    with opened(Application(loses="city")) as (site, http):
        made = http.request("POST", f"{site.test_url}/api/customers", json=ANNA).json()
        assert made["city"] == "Berlin"
        assert http.request("GET", f"{site.test_url}/api/customers/{made['id']}").json() == {
            "name": "anna", "id": 1,
        }  # fmt: skip
        assert http.request("POST", f"{site.production_url}/api/customers", json=ANNA).status == 201
        assert site.customers.kept[2]["city"] == "Berlin"


def test_a_silent_listener_takes_connections_and_answers_no_handshake() -> None:
    """TCP is accepted, again and again; TLS waits until the client gives up."""
    with opened(Application(silent=True)) as (site, _):
        host, _, port = site.test_url.removeprefix("https://").partition(":")
        for _ in range(3):
            with (
                socket.create_connection((host, int(port)), timeout=0.2) as connection,
                pytest.raises(TimeoutError),
            ):
                ssl.create_default_context().wrap_socket(connection, server_hostname=host)


@pytest.mark.parametrize("silent", [False, True], ids=["answering", "silent"])
def test_nothing_is_left_when_it_is_closed(silent: bool) -> None:
    """Ports are closed and threads have ended, kept connections or not."""
    before = set(threading.enumerate())
    with urllib3.PoolManager(retries=False) as http, Site(Application(silent=silent)).open() as site:
        http.request("GET", f"{site.production_url}/health")
        ports = [int(url.rpartition(":")[2]) for url in (site.test_url, site.production_url)]
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
    until = time.monotonic() + 5
    while (left := set(threading.enumerate()) - before) and time.monotonic() < until:
        for thread in left:
            thread.join(0.1)
    assert left == set()
