"""What a request to the emulated AWS asks for, and who asks."""

import json
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs

from moto.core.request import Request as MotoRequest
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from werkzeug.exceptions import NotFound

SIGNING_NAMES = {
    "monitoring": "cloudwatch",
    "elasticloadbalancing": "elbv2",
    "email": "ses",
    "states": "stepfunctions",
}
"""Services whose requests are signed with another name than boto3's."""

FORM = "application/x-www-form-urlencoded"
JSON = "application/x-amz-json"


@dataclass(frozen=True)
class Request:
    """One signed request.

    Attributes:
        access_key: Who signed it; empty where nobody did.
        service: boto3's name of the service; empty where unknown, as is the next.
        operation: The API's name of the operation.
        content_type: The body's.
        body: As it was sent, of the protocols that send their parameters in it.
    """

    access_key: str
    service: str
    operation: str
    content_type: str = ""
    body: bytes = b""

    def parameters(self) -> dict[str, Any]:
        """Return the parameters; of a form, those that are not nested. Of other protocols nothing is read."""
        if self.content_type.startswith(JSON):
            parameters: dict[str, Any] = json.loads(self.body or b"{}")
            return parameters
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}

    def answers_in_xml(self) -> bool:
        """Return whether the service's error codes are those of its XML protocol, whatever it is asked in."""
        model = get_service_model(self.service)
        return model.protocol in ("query", "ec2", "rest-xml") or "awsQueryCompatible" in model.metadata


def read_request(environ: dict[str, Any]) -> Request:
    """Return what a request asks for; the service can still read the body afterwards."""
    credential = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].partition(",")[0]
    scope = credential.split("/")
    signed_for = scope[3] if len(scope) > 3 else ""
    service, access_key = SIGNING_NAMES.get(signed_for, signed_for), scope[0]
    target, content_type = environ.get("HTTP_X_AMZ_TARGET", ""), environ.get("CONTENT_TYPE", "")
    if target:
        return Request(access_key, service, target.rpartition(".")[2], content_type, _body(environ))
    if content_type.startswith(FORM):
        form = _body(environ)
        return Request(
            access_key, service, parse_qs(form.decode()).get("Action", [""])[0], content_type, form
        )
    return Request(access_key, service, _routed(service, environ), content_type)


def _body(environ: dict[str, Any]) -> bytes:
    body: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = BytesIO(body)
    return body


def _routed(service: str, environ: dict[str, Any]) -> str:
    try:
        operation, _ = get_service_router(service).match(MotoRequest(environ.copy()))
    except (NotFound, NotImplementedError, ValueError):
        return ""
    return str(operation.name)
