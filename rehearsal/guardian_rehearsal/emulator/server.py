"""The emulated AWS as a server: moto behind a loopback port, with the extensions and with faults."""

import logging
import os
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Self

import boto3
import botocore.session
from botocore.config import Config
from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from . import cloudwatch, codedeploy
from .deliveries import Outbox, outbox
from .faults import Faults, error_response
from .iam import Account, Authorizer, simulation
from .requests import read_request
from .wsgi import LoopbackServer

ACCOUNT_ID = "123456789012"
"""moto's default account, to which every access key belongs that IAM does not know."""

ACCESS_KEY_ID = "AKIAEMULATED"
SECRET_ACCESS_KEY = "emulated"  # noqa: S105 - moto accepts any secret


@dataclass(frozen=True)
class Call:
    """A request that was seen.

    Attributes:
        access_key: Who signed it.
        service: boto3's name of the service.
        operation: The API's name of the operation.
    """

    access_key: str
    service: str
    operation: str


class EmulatedAws:
    """An AWS of one account on this machine: started by `with`, gone afterwards. One at a time per process.

    Attributes:
        region: The region of `cloudwatch`, `codedeploy` and of the clients.
        account_id: The account of everything.
        endpoint: `http://127.0.0.1:port`, for `AWS_ENDPOINT_URL`.
        faults: Errors that the server answers instead of the services.
        outbox: What the services send out by themselves.
        iam: What requests of restricted access keys are held to.
        calls: The requests seen, faulted and refused ones included, oldest first.
    """

    _running: ClassVar["EmulatedAws | None"] = None

    def __init__(self, region: str = "eu-west-1") -> None:
        self.region = region
        self.account_id = ACCOUNT_ID
        self.faults = Faults()
        self.outbox: Outbox = outbox
        self.iam = Authorizer(Account(self.account_id, region, self._group_of))
        self.calls: list[Call] = []
        self._clients: dict[tuple[str, str], Any] = {}
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
        simulation.install()
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

    def client(self, service: str, access_key: str = ACCESS_KEY_ID) -> Any:
        """Return the boto3 client of a service: one attempt per call, independent of the process's environment."""
        key = (service, access_key)
        if key not in self._clients:
            self._clients[key] = _session().client(
                service,  # type: ignore[call-overload]
                region_name=self.region,
                endpoint_url=self.endpoint,
                aws_access_key_id=access_key,
                aws_secret_access_key=SECRET_ACCESS_KEY,
                config=Config(retries={"total_max_attempts": 1}, proxies={}),
            )
        return self._clients[key]

    def _application(self) -> Any:
        services = DomainDispatcherApplication(create_backend_app)

        def application(environ: dict[str, Any], start_response: Any) -> Any:
            request = read_request(environ)
            self.calls.append(Call(request.access_key, request.service, request.operation))
            fault = self.faults.take(request.service, request.operation) or self.iam.refusal(request)
            if fault is None:
                return services(environ, start_response)
            status, headers, body = error_response(fault, request.content_type)
            start_response(f"{status} {fault.code}", [*headers.items(), ("Content-Length", str(len(body)))])
            return [body]

        return application

    def _group_of(self, deployment_id: str) -> str | None:
        deployment = self.codedeploy.deployments.get(deployment_id)
        return f"{deployment.application_name}/{deployment.deployment_group_name}" if deployment else None


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
