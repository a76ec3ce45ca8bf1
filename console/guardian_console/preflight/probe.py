"""Asks a health page once."""

import json

import urllib3

from guardian_console.preflight.facts import Fact, HealthAnswer, Unasked, Unread

TIMEOUT = urllib3.Timeout(connect=3, read=10)
"""Seconds; a page that tests its database within them is as slow as a load balancer's health check allows."""
MOST = 64 * 1024
"""Bytes of the body that are read."""


def probe(url: str | None) -> Fact[HealthAnswer]:
    """Return what a page answers, whatever its status."""
    if url is None:
        return Unasked("give --health-url, a page that tells whether database and schema fit")
    try:
        with urllib3.PoolManager(timeout=TIMEOUT, retries=False) as pool:
            reply = pool.request("GET", url, preload_content=False)
            body = reply.read(MOST)
            reply.release_conn()
    except urllib3.exceptions.HTTPError as error:
        return Unread(f"{url} does not answer: {error}")
    return HealthAnswer(url, reply.status, _fields(body))


def _fields(body: bytes) -> dict[str, object]:
    try:
        parsed = json.loads(body)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}
