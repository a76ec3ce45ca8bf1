"""HTTP by urllib3."""

import time

import urllib3
from urllib3.exceptions import HTTPError, MaxRetryError

from guardian import __version__
from guardian.errors import UnreachableError
from guardian.model import IDEMPOTENT, HttpAnswer, HttpRequest

MOST = 64 * 1024
"""Bytes of a body that are read; what a probe looks at is small."""
CHUNK = 4096
"""Bytes that are taken at once; `read1` returns what has come, where `read` would wait for all of them."""
BACKOFF = 0.2
"""Seconds before the second further attempt, twice as many before the next."""


class Urllib3Web:
    """Implements `Web`. Certificates are verified; redirects are not followed: what is asked is what must answer.

    Each request has a connection of its own: one that a server is about to close would lose a POST, which may not be
    sent again.
    """

    def ask(self, request: HttpRequest) -> HttpAnswer:
        deadline = time.monotonic() + request.seconds * (request.retries + 1)
        headers = {"User-Agent": f"guardian/{__version__}", **request.headers}
        try:
            with (
                urllib3.PoolManager() as pool,
                pool.request(
                    request.method,
                    request.url,
                    body=request.body,
                    headers=headers,
                    preload_content=False,
                    redirect=False,
                    timeout=urllib3.Timeout(total=request.seconds),
                    retries=_retries(request.retries),
                ) as reply,
            ):
                return HttpAnswer(status=reply.status, body=_text(reply, deadline))
        except HTTPError as error:
            raise UnreachableError(_because(error)) from error


def _retries(times: int) -> urllib3.Retry:
    """Retry what never reached the other side, and what was cut off if asking twice does no harm; no answer ever."""
    return urllib3.Retry(
        total=None, connect=times, read=times, status=0, other=0,
        backoff_factor=BACKOFF, allowed_methods=IDEMPOTENT, raise_on_status=False,
    )  # fmt: skip


def _text(reply: urllib3.BaseHTTPResponse, deadline: float) -> str:
    """Return the body, cut at `MOST`; one that drips for too long counts as no answer."""
    body = b""
    while len(body) < MOST and (chunk := reply.read1(CHUNK)):
        body += chunk
        if time.monotonic() > deadline:
            raise UnreachableError(f"the answer {reply.status} did not end in time")
    return body.decode("utf-8", "replace")


def _because(error: HTTPError) -> str:
    """Return why, without the object names that urllib3 puts before it."""
    reason = error.reason if isinstance(error, MaxRetryError) and error.reason else error
    text = str(reason).rpartition(">: ")[2] or type(reason).__name__
    return f"{type(reason).__name__}: {text[:200]}"
