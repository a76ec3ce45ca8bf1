"""One request over HTTP and its answer."""

from guardian.model.words import Value

IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "DELETE"})
"""Methods that may be sent again after a failure in the middle (RFC 9110, section 9.2.2)."""


class HttpRequest(Value):
    """What is asked.

    Attributes:
        method: HTTP method.
        url: The whole URL.
        headers: By name.
        body: What is sent; None for nothing.
        retries: Further attempts when the transport fails.
        seconds: Time that one attempt may take.
    """

    method: str
    url: str
    headers: dict[str, str] = {}
    body: str | None = None
    retries: int = 0
    seconds: float


class HttpAnswer(Value):
    """What came back, whatever its status.

    Attributes:
        status: HTTP status.
        body: The body as text, cut where it is longer than anybody should answer a probe.
    """

    status: int
    body: str = ""
