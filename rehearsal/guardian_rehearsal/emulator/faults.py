"""Errors that the emulated AWS answers on request: throttling, outages, refusals.

They are made where the request arrives, before any service sees it, in the wire form of the request's protocol
(AWS JSON, AWS query, EC2 query, REST JSON, REST XML), so that clients raise what they raise on AWS.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from xml.sax.saxutils import escape

from moto.core.utils import get_service_model, utcnow

ANY = "*"
"""Every operation of a service."""

_THROTTLING_CODES = {
    "ec2": "RequestLimitExceeded",
    "sqs": "RequestThrottled",
    "lambda": "TooManyRequestsException",
    "cloudwatch": "Throttling",
}
"""Codes that differ from their protocol's usual one (the services' "Common errors" pages)."""


@dataclass
class Fault:
    """One error to answer.

    Attributes:
        service: The service by its boto3 name, such as `elbv2`.
        operation: The operation by its API name, such as `ModifyListener`, or `*`.
        code: The error code that the client sees.
        message: The error's message.
        http_status: 4xx is the caller's fault, 5xx the service's.
        start: First moment (naive UTC) at which it is answered, or from now on.
        until: First moment (naive UTC) at which it is not answered any more, or never.
        times: How often it is answered still, or without limit.
    """

    service: str
    operation: str
    code: str
    message: str
    http_status: int
    start: datetime | None = None
    until: datetime | None = None
    times: int | None = None

    def hits(self, service: str, operation: str, now: datetime) -> bool:
        """Return whether a request of now gets this error."""
        if self.service != service or self.operation not in (ANY, operation) or self.times == 0:
            return False
        return (self.start is None or self.start <= now) and (self.until is None or now < self.until)


class Faults:
    """The errors in force. Safe to use from several threads; times are compared with `moto.core.utils.utcnow`."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = Lock()

    def fail(
        self,
        service: str,
        operation: str,
        code: str,
        message: str = "",
        http_status: int = 400,
        *,
        until: datetime | None = None,
        times: int | None = None,
    ) -> Fault:
        """Answer an operation with an error: until a moment, a number of times, or until `clear`."""
        return self._add(Fault(service, operation, code, message, http_status, None, _naive(until), times))

    def fail_between(
        self,
        start: datetime,
        end: datetime,
        service: str,
        operation: str,
        code: str = "InternalFailure",
        message: str = "The request processing has failed because of an unknown error.",
        http_status: int = 500,
    ) -> Fault:
        """Answer an operation with an error from `start` until before `end` (naive is UTC)."""
        return self._add(
            Fault(service, operation, code, message, http_status, _naive(start), _naive(end), None)
        )

    def throttle(
        self, service: str, operation: str, until: datetime | None = None, times: int | None = None
    ) -> Fault:
        """Answer `Rate exceeded` with the code that the service uses for it."""
        code = _THROTTLING_CODES.get(service) or _usual_throttling_code(service)
        return self.fail(service, operation, code, "Rate exceeded", until=until, times=times)

    def clear(self) -> None:
        """Let everything through again."""
        with self._lock:
            self._faults.clear()

    def take(self, service: str, operation: str) -> Fault | None:
        """Return the error for a request, counting it, or nothing if the request goes through."""
        with self._lock:
            now = utcnow()
            for fault in self._faults:
                if fault.hits(service, operation, now):
                    if fault.times is not None:
                        fault.times -= 1
                    return fault
        return None

    def _add(self, fault: Fault) -> Fault:
        with self._lock:
            self._faults.append(fault)
        return fault


def error_response(fault: Fault, content_type: str) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body of an error.

    Args:
        fault: The error.
        content_type: The request's content type, which tells the protocol (Smithy, "AWS protocols").
    """
    protocol, query_compatible = _protocol(fault.service, content_type)
    if "json" in protocol:
        headers = {"Content-Type": content_type or "application/json", "X-Amzn-ErrorType": fault.code}
        if query_compatible:
            side = "Sender" if fault.http_status < 500 else "Receiver"
            headers["x-amzn-query-error"] = f"{fault.code};{side}"
        return (
            fault.http_status,
            headers,
            json.dumps({"__type": fault.code, "message": fault.message}).encode(),
        )
    error = f"<Code>{escape(fault.code)}</Code><Message>{escape(fault.message)}</Message>"
    body = {
        "ec2": f"<Response><Errors><Error>{error}</Error></Errors><RequestID>0</RequestID></Response>",
        "s3": f"<Error>{error}<RequestId>0</RequestId></Error>",
    }.get(
        fault.service if fault.service == "s3" else protocol,
        f"<ErrorResponse><Error><Type>Sender</Type>{error}</Error><RequestId>0</RequestId></ErrorResponse>",
    )
    return fault.http_status, {"Content-Type": "text/xml"}, body.encode()


def _protocol(service: str, content_type: str) -> tuple[str, bool]:
    model = get_service_model(service)
    metadata: Mapping[str, object] = model.metadata
    if content_type.startswith("application/x-amz-json"):
        return "json", "awsQueryCompatible" in metadata
    if content_type.startswith("application/x-www-form-urlencoded"):
        return ("ec2" if model.protocol == "ec2" else "query"), False
    return str(model.protocol), False


def _usual_throttling_code(service: str) -> str:
    return (
        "Throttling"
        if get_service_model(service).protocol in ("query", "rest-xml")
        else "ThrottlingException"
    )


def _naive(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC).replace(tzinfo=None) if moment is not None and moment.tzinfo else moment
