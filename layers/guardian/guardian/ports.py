"""What the loop needs from the world. `guardian.aws` has the real ones, `tests/fakes` the ones for tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    # A port is a type and nothing more: a function loads only what its own adapters and stages use.
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from guardian.actions import Action, Aftermath, StopReply
    from guardian.gates import Versions
    from guardian.hook_ports import HookCaller, OneOffTasks, Web
    from guardian.model import (
        Capacity,
        Contract,
        Deployment,
        EarlierDays,
        History,
        Reach,
        Role,
        Service,
        TargetGroup,
    )
    from guardian.observe import MetricQuery, Series
    from guardian.policy import Policy
    from guardian.record import DecisionRecord
    from guardian.resolve import CodeDeployDescription
    from guardian.telling_ports import Journal, Notices
    from guardian.triggers import OpenWatch, TurnRequest
    from guardian.watch import Watch
    from guardian.wish_ports import Orders, Pauses


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the present time (UTC, aware)."""
        ...


class Controller(Protocol):
    """Reads deployments from whatever owns the traffic shift.

    Every method raises TemporaryError, AwsRefusedError or DeploymentUnknownError.
    """

    def describe(self, deployment_id: str) -> CodeDeployDescription:
        """Fetch all that AWS says about one deployment."""
        ...

    def open_deployments(self, service: Service) -> Sequence[str]:
        """Return the ids of the service's deployments that have not ended."""
        ...


class Actuator(Protocol):
    """Changes production, and reads back what became of it."""

    def stop(self, deployment_id: str) -> StopReply:
        """Stop the deployment and have it rolled back."""
        ...

    def aftermath(self, action: Action) -> Aftermath:
        """Read what became of the action's deployment, its rollback and the listener."""
        ...


class Fleet(Protocol):
    """Knows the tasks behind target groups."""

    def publishes_task_cpu(self, cluster: str) -> bool:
        """Tell whether the cluster has Container Insights with enhanced observability."""
        ...

    def tasks(self, deployment: Deployment) -> Mapping[Role, Sequence[str]]:
        """Return the ids of the tasks registered in each colour's target group."""
        ...

    def capacity(self, cluster: str, ecs_service: str, group: TargetGroup) -> Capacity:
        """Return what is behind one target group now."""
        ...

    def versions(self, deployment: Deployment, variable: str | None) -> Versions:
        """Return each colour's version: an environment variable of its container, without one the image's tag."""
        ...


class Switch(Protocol):
    """Moves weights at a listener when no controller does."""

    def weights(self, listener_arn: str, pair: Sequence[str]) -> Mapping[str, float]:
        """Return each target group's share of traffic (0 to 1); ListenerMismatchError when it forwards to neither."""
        ...

    def route(self, listener_arn: str, expected: Mapping[str, float], wanted: Mapping[str, int]) -> str:
        """Give both groups the `wanted` weights (0 to 999) wherever the listener forwards to one; return a request id.

        Only the forward action changes: other actions, their order and the stickiness stay. When the shares are no
        longer those that the caller `expected` (0 to 1), nothing is done.

        Raises:
            ListenerChangedError: Somebody else has moved the listener.
            ListenerMismatchError: The listener does not forward to the pair.
        """
        ...


class Contracts(Protocol):
    """Keeps the marks of contract migrations."""

    def contract(self, service: Service, deployment_id: str) -> Contract | None:
        """Return the mark of one deployment; whatever is raised means that nobody knows, which counts as contracted."""
        ...

    def mark_contract(self, contract: Contract) -> Contract:
        """Write the mark unless one stands; return the one that stands."""
        ...


class Databases(Protocol):
    """Knows what happened to a database instance."""

    def switchovers(self, instance: str) -> frozenset[str]:
        """Return the ids of the instance's RDS blue/green deployments that have been switched over."""
        ...


class Metrics(Protocol):
    """Reads metrics, one value a minute."""

    def read(self, queries: Sequence[MetricQuery], start: datetime, end: datetime) -> Sequence[Series]:
        """Return one series per query for minutes from `start` (inclusive) to `end` (exclusive)."""


class OpenWatches(Protocol):
    """Knows which watches are open."""

    def open(self) -> Sequence[OpenWatch]: ...


class Watches(OpenWatches, Protocol):
    """Keeps watches."""

    def find(self, deployment_id: str) -> Watch | None: ...

    def save(self, watch: Watch) -> Watch:
        """Write the watch if nobody else has since it was read; return it with its new version.

        Raises:
            ConcurrentTurnError: Somebody has.
        """

    def history(self, deployment_id: str) -> History | None: ...

    def save_history(self, deployment_id: str, history: History) -> None: ...

    def season(self, deployment_id: str, hour: datetime) -> EarlierDays | None: ...

    def save_season(self, deployment_id: str, hour: datetime, days: EarlierDays) -> EarlierDays:
        """Keep an hour's earlier days unless another turn has; return those kept, which a replay judges by too."""


class Policies(Protocol):
    """Keeps policies."""

    def find(self, service: Service) -> Policy | None:
        """Return the service's policy, None if it has none.

        Raises:
            PolicyInvalidError: It has one that does not fit the schema.
        """
        ...

    def services(self) -> Sequence[Service]:
        """Return every service that has a policy."""
        ...


class Ledger(Protocol):
    """Keeps what was intended, what came of it, and every decision."""

    def intended(self, deployment_id: str) -> Action | None: ...

    def intend(self, action: Action) -> Action:
        """Write the intent unless one exists; return the one that now stands, whoever wrote it."""
        ...

    def conclude(self, action: Action) -> None:
        """Write what came of the action so far."""
        ...

    def write(self, record: DecisionRecord) -> None: ...


class Turns(Protocol):
    """Takes requests for turns and hands them out one after the other for each service."""

    def ask(self, request: TurnRequest, once: str) -> None:
        """Ask for a turn; requests with the same `once` within five minutes count as one."""
        ...


@dataclass(frozen=True)
class Ports:
    """All that one turn needs; `reach` is no port but a setting: which services this installation may act on."""

    reach: Reach
    clock: Clock
    controller: Controller
    actuator: Actuator
    fleet: Fleet
    metrics: Metrics
    watches: Watches
    policies: Policies
    ledger: Ledger
    journal: Journal
    notices: Notices
    switch: Switch
    contracts: Contracts
    databases: Databases
    pauses: Pauses
    hooks: HookCaller
    tasks: OneOffTasks
    web: Web
    orders: Orders
