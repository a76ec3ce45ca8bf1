"""What the `guardian contract` commands talk to: AWS by the process's own credentials and region."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import boto3

from guardian.aws.calls import CONFIG, NotThereError
from guardian.contract_gate import Answer, ContractGate
from guardian.contract_ports import GatePorts
from guardian.model import Service
from guardian.wiring.contract_gate import gate_ports
from guardian_console.exits import NothingThereError, UsageError


@contextmanager
def connected(table: str, path: str) -> Iterator[GatePorts]:
    """Give what the contract gate needs, and close every connection afterwards."""
    with ExitStack() as stack:

        def client(service: str) -> Any:
            return stack.enter_context(closing(boto3.client(service, config=CONFIG)))  # type: ignore[call-overload]

        yield gate_ports(client, table, path)


def released(ports: GatePorts, service: Service, deployment: str | None) -> str:
    """Return the deployment that was given, or the service's last successful one.

    Raises:
        UsageError: There is no such deployment group.
        NothingThereError: It never deployed.
    """
    try:
        found = deployment or ports.releases.last_successful(service)
    except NotThereError as error:
        raise UsageError(
            f"{service} is no deployment group of this account and region: aws deploy list-applications and aws deploy "
            "list-deployment-groups name those that are; AWS_PROFILE and AWS_REGION choose others"
        ) from error
    if found is None:
        raise NothingThereError(f"{service} has no successful deployment: give one with --deployment")
    return found


def examined(ports: GatePorts, service: Service, deployment: str, snapshot: str | None) -> Answer:
    """Return what the gate says."""
    return ContractGate(ports).examine(service, deployment, snapshot)
