"""Tasks that an ECS service starts, each with its own network interface."""

import ipaddress
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from moto.ec2.models import ec2_backends
from moto.ecs.models import EC2ContainerServiceBackend, TaskDefinition
from moto.moto_api._internal import mock_random

from guardian_rehearsal.emulator.ecs.standing import StandingTask

if TYPE_CHECKING:
    from guardian_rehearsal.emulator.ecs.tasksets import ServiceTaskSet

RESERVED_ADDRESSES = 4
"""Host addresses not handed out at the start of a subnet (Amazon VPC user guide, "Subnet CIDR blocks")."""

MAC_PREFIX = bytes((0x0A, 0x58))
"""Before the address, so that each task has its own, locally administered."""

DEFAULT_NETWORK = "10.0.0.0/16"
"""Addresses for tasks of a service that was created without a network configuration."""


@dataclass(frozen=True)
class Place:
    """The subnet and the address of a task's network interface."""

    subnet_id: str
    address: str


class ServiceTask(StandingTask):
    """A task of a task set."""

    def __init__(
        self,
        task_set: "ServiceTaskSet",
        definition: TaskDefinition,
        backend: EC2ContainerServiceBackend,
        place: Place,
        at: datetime,
    ):
        service = task_set.service_object
        super().__init__(
            backend.clusters[service.cluster_name],
            definition,
            backend,
            at,
            group=f"service:{service.name}",
            launch_type=task_set.launch_type or "",
            started_by=task_set.id,
            platform_version=task_set.platform_version,
        )
        self.address = place.address
        self.attachments = [self._attachment(place)]

    def start(self, at: datetime) -> None:
        """Let it run, in health and at its address."""
        super().start(at)
        self.health_status = "HEALTHY"
        for container in self.containers:
            container.network_interfaces = [{"privateIpv4Address": self.address}]

    def _attachment(self, place: Place) -> dict[str, Any]:
        details = {
            "subnetId": place.subnet_id,
            "networkInterfaceId": f"eni-{mock_random.get_random_hex(17)}",
            "macAddress": ":".join(
                f"{part:02x}" for part in MAC_PREFIX + ipaddress.IPv4Address(place.address).packed
            ),
            "privateIPv4Address": place.address,
        }
        return {
            "id": str(mock_random.uuid4()),
            "type": "ElasticNetworkInterface",
            "status": "ATTACHED",
            "details": [{"name": name, "value": value} for name, value in details.items()],
        }


def free_place(backend: EC2ContainerServiceBackend, network: dict[str, Any] | None, taken: set[str]) -> Place:
    """Return an address that no task has, in the service's subnets by turns.

    Args:
        backend: Tells the account and region of the subnets.
        network: The service's `networkConfiguration`, if it has one.
        taken: Addresses in use.
    """
    subnets = (network or {}).get("awsvpcConfiguration", {}).get("subnets", [])
    subnet_id, cidr = "subnet-00000000", DEFAULT_NETWORK
    if subnets:
        subnet_id = subnets[len(taken) % len(subnets)]
        cidr = ec2_backends[backend.account_id][backend.region_name].get_subnet(subnet_id).cidr_block
    usable = islice(ipaddress.ip_network(cidr).hosts(), RESERVED_ADDRESSES, None)
    return Place(subnet_id, next(str(host) for host in usable if str(host) not in taken))
