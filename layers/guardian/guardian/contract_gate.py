"""The contract gate: gathers what is known about a deployment, and answers whether its old schema may go."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from guardian.contract_check import Facts, Item, Requests, check, counted, is_open, queries, span, verdict
from guardian.contract_ports import GatePorts
from guardian.errors import (
    AwsRefusedError,
    ContractUnreadableError,
    DeploymentUnknownError,
    SnapshotFailedError,
    TemporaryError,
)
from guardian.events import GateRequest
from guardian.model import Deployment, Service, SnapshotState
from guardian.policy import Policy
from guardian.resolve import resolve

T = TypeVar("T")
UNREAD = (TemporaryError, AwsRefusedError, ContractUnreadableError)
"""Failures that leave one item unknown; the others are still looked at."""


@dataclass(frozen=True)
class Answer:
    """What the gate says.

    Attributes:
        deployment_id: Of which deployment; None when the service has none that succeeded.
        items: Every condition.
        facts: What they rest on; None without a deployment.
        sentence: All of it in one.
    """

    deployment_id: str | None
    items: tuple[Item, ...]
    facts: Facts | None
    sentence: str

    @property
    def open(self) -> bool:
        """Whether the contract migration may run."""
        return is_open(self.items)

    def told(self) -> dict[str, Any]:
        """Return what a pipeline is told, as plain data."""
        return {
            "open": self.open,
            "deployment_id": self.deployment_id,
            "sentence": self.sentence,
            "items": [item.model_dump() for item in self.items],
        }


class ContractGate:
    """Answers for one service at a time. Changes nothing."""

    def __init__(self, ports: GatePorts) -> None:
        self._ports = ports

    def receive(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a pipeline.

        Raises:
            MalformedEventError: The event does not name an application and a deployment group.
            GuardianError: As `examine`.
        """
        return self.examine(GateRequest.read(event).service).told()

    def examine(
        self, service: Service, deployment_id: str | None = None, snapshot_id: str | None = None
    ) -> Answer:
        """Look at everything once.

        Args:
            service: Whose schema.
            deployment_id: The deployment whose blue will no longer fit; the last successful one when not given.
            snapshot_id: The snapshot to begin a restore from; the noted one when not given.

        Raises:
            AwsRefusedError: There is no such deployment group or deployment, or it may not be read.
            TemporaryError: AWS could not answer about the deployment or about what Guardian has seen of it.
            NotGuardableError: It is not an ECS blue/green deployment.
            PolicyInvalidError: The service's policy does not fit the schema.
            SnapshotFailedError: A snapshot was named that does not exist.
        """
        ports, now = self._ports, self._ports.clock.now()
        found = deployment_id or ports.releases.last_successful(service)
        if found is None:
            return Answer(
                None, (), None, f"{service} has no successful deployment: there is nothing to contract"
            )
        policy = ports.policies.find(service) or Policy()
        facts = _facts(ports, service, found, snapshot_id, policy, now)
        items = check(facts, policy, now)
        return Answer(found, items, facts, verdict(found, items))


@dataclass
class _Reading:
    """Reads facts of single items, and remembers of which the reading failed."""

    failed: dict[str, str] = field(default_factory=dict)

    def of(self, item: str, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except UNREAD as error:
            self.failed[item] = f"it cannot be read: {error}"
            return None


def _facts(
    ports: GatePorts, service: Service, deployment_id: str, named: str | None, policy: Policy, now: datetime
) -> Facts:
    watch = ports.story.find(deployment_id)
    deployment = resolve(ports.controller.describe(deployment_id), watch.pair if watch else None)
    if deployment.service != service:
        raise DeploymentUnknownError(
            f"{deployment_id} is no deployment of {service}: it is one of {deployment.service}"
        )
    reading = _Reading()
    return Facts(
        deployment=deployment,
        watch=watch,
        records=tuple(ports.story.records(deployment_id)),
        ticks=reading.of("jobs", lambda: tuple(ports.notes.ticks(service, deployment_id))) or (),
        running=reading.of("deployments", lambda: tuple(ports.controller.open_deployments(service))) or (),
        requests=_requests(ports, deployment, policy, now),
        snapshot=reading.of("snapshot", lambda: _snapshot(ports, service, deployment_id, named)),
        mark=reading.of("mark", lambda: ports.contracts.contract(service, deployment_id)),
        unread=reading.failed,
    )


def _requests(ports: GatePorts, deployment: Deployment, policy: Policy, now: datetime) -> Requests | None:
    asked = queries(deployment)
    if not asked:
        return None
    (start, end), minutes = span(policy, now), policy.contract.quiet_minutes
    try:
        return counted(ports.metrics.read(asked, start, end), minutes)
    except UNREAD as error:
        return Requests(minutes=minutes, problem=f"requests cannot be read: {error}")


def _snapshot(
    ports: GatePorts, service: Service, deployment_id: str, named: str | None
) -> SnapshotState | None:
    """Return the state of the snapshot that was named, or else of the noted one; each is looked up by its one id.

    Raises:
        SnapshotFailedError: RDS has none of the name that was given.
    """
    if named is not None:
        state = ports.snapshots.find(named)
        if state is None:
            raise SnapshotFailedError(
                f"there is no snapshot {named}: aws rds describe-db-snapshots lists them"
            )
        return state
    noted = ports.notes.snapshot(service, deployment_id)
    if noted is None:
        return None
    return ports.snapshots.find(noted.id) or SnapshotState(snapshot=noted, status="not in RDS")
