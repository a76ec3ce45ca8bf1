"""The emulated AWS as a server: moto behind a loopback port, with the extensions and with faults."""

import logging
import os
from functools import cache
from io import BytesIO
from typing import Any, ClassVar, Self
from urllib.parse import parse_qs

import boto3
import botocore.session
from botocore.config import Config
from moto.core.request import Request
from moto.core.routing import get_service_router
from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.exceptions import NotFound

from . import cloudwatch, codedeploy
from .deliveries import Outbox, outbox
from .faults import Faults, error_response
from .wsgi import LoopbackServer

ACCOUNT_ID = "123456789012"
"""moto's default account, to which every access key belongs that IAM does not know."""

ACCESS_KEY_ID = "AKIAEMULATED"
SECRET_ACCESS_KEY = "emulated"  # noqa: S105 - moto accepts any secret

SIGNING_NAMES = {
    "monitoring": "cloudwatch",
    "elasticloadbalancing": "elbv2",
    "email": "ses",
    "states": "stepfunctions",
}
"""Services whose requests are signed with another name than boto3's."""


class EmulatedAws:
    """An AWS of one account on this machine: started by `with`, gone afterwards. One at a time per process.

    Attributes:
        region: The region of `cloudwatch`, `codedeploy` and of the clients.
        account_id: The account of everything.
        endpoint: `http://127.0.0.1:port`, for `AWS_ENDPOINT_URL`.
        faults: Errors that the server answers instead of the services.
        outbox: What the services send out by themselves.
        calls: The requests seen, faulted ones included, as (boto3 service name, operation), oldest first.
    """

    _running: ClassVar["EmulatedAws | None"] = None

    def __init__(self, region: str = "eu-west-1") -> None:
        self.region = region
        self.account_id = ACCOUNT_ID
        self.faults = Faults()
        self.outbox: Outbox = outbox
        self.calls: list[tuple[str, str]] = []
        self._clients: dict[str, Any] = {}
        self._server: LoopbackServer | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> Self:
        """Serve an AWS in which nothing exists.

        Raises:
            RuntimeError: Another one runs in this process; moto's backends are per process.
        """
        if EmulatedAws._running is not None:
            raise RuntimeError(f"Stop the emulated AWS at {EmulatedAws._running.endpoint} first")
        # moto would read thousands of machine images into every new account; nobody here starts a machine.
        os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
        moto_api_backend.reset()
        cloudwatch.install()
        codedeploy.install()
        outbox.clear()
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._server = LoopbackServer(self._application())
        self._server.start()
        EmulatedAws._running = self
        return self

    def stop(self) -> None:
        """Close the clients, the connections and the port. Doing it twice does nothing."""
        for each in self._clients.values():
            each.close()
        self._clients.clear()
        if self._server is not None:
            self._server.stop()
            self._server = None
            EmulatedAws._running = None

    @property
    def endpoint(self) -> str:
        """Where the server listens."""
        if self._server is None:
            raise RuntimeError("Start the emulated AWS first")
        return f"http://127.0.0.1:{self._server.port}"

    @property
    def cloudwatch(self) -> cloudwatch.CloudWatchBackend:
        """The CloudWatch backend of the account and region."""
        return cloudwatch.cloudwatch_backend(self.account_id, self.region)

    @property
    def codedeploy(self) -> codedeploy.CodeDeployBackend:
        """The CodeDeploy backend of the account and region."""
        return codedeploy.codedeploy_backend(self.account_id, self.region)

    def environment(self) -> dict[str, str]:
        """Return the environment variables that point a process's AWS clients here."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_REGION": self.region,
        }

    def client(self, service: str) -> Any:
        """Return the boto3 client of a service: one attempt per call, independent of the process's environment."""
        if service not in self._clients:
            self._clients[service] = _session().client(
                service,  # type: ignore[call-overload]
                region_name=self.region,
                endpoint_url=self.endpoint,
                aws_access_key_id=ACCESS_KEY_ID,
                aws_secret_access_key=SECRET_ACCESS_KEY,
                config=Config(retries={"total_max_attempts": 1}, proxies={}),
            )
        return self._clients[service]

    def _application(self) -> Any:
        services = DomainDispatcherApplication(create_backend_app)

        def application(environ: dict[str, Any], start_response: Any) -> Any:
            service, operation = requested(environ)
            self.calls.append((service, operation))
            fault = self.faults.take(service, operation)
            if fault is None:
                return services(environ, start_response)
            status, headers, body = error_response(fault, environ.get("CONTENT_TYPE", ""))
            start_response(f"{status} {fault.code}", [*headers.items(), ("Content-Length", str(len(body)))])
            return [body]

        return application


def requested(environ: dict[str, Any]) -> tuple[str, str]:
    """Return boto3's name of the service and the operation that a signed request is for; empty where unknown."""
    credential = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].partition(",")[0]
    scope = credential.split("/")
    signed_for = scope[3] if len(scope) > 3 else ""
    service = SIGNING_NAMES.get(signed_for, signed_for)
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if target:
        return service, target.rpartition(".")[2]
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        form = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(form)
        return service, parse_qs(form.decode()).get("Action", [""])[0]
    return service, _routed(service, environ)


def _routed(service: str, environ: dict[str, Any]) -> str:
    try:
        operation, _ = get_service_router(service).match(Request(environ.copy()))
    except (NotFound, NotImplementedError, ValueError):
        return ""
    return str(operation.name)


@cache
def _session() -> boto3.Session:
    """Return the process's session that reads neither environment nor files; loading its models is slow."""
    core = botocore.session.Session(
        session_vars={
            "profile": (None, None, None, None),
            "config_file": (None, None, os.devnull, None),
            "credentials_file": (None, None, os.devnull, None),
        }
    )
    return boto3.Session(botocore_session=core)
