"""From a tick, an event or an alarm to requests for turns. Thin: every request ends in the same turn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from guardian.errors import AwsRefusedError, PolicyInvalidError, TemporaryError
from guardian.events import AlarmAction, DeploymentStateChange
from guardian.model import Service
from guardian.ports import Clock, Controller, OpenWatches, Policies, Turns
from guardian.triggers import Trigger, TriggerKind, TurnRequest


@dataclass(frozen=True)
class Asked:
    """What a tick came to.

    Attributes:
        deployments: Ids of the deployments for which a turn was asked.
        problems: What could not be looked up, as sentences.
        watches: How many watches were open.
    """

    deployments: tuple[str, ...]
    problems: tuple[str, ...] = ()
    watches: int = 0


class Ticks:
    """Asks every minute for a turn over each open watch and over each deployment that no event told of."""

    def __init__(
        self, watches: OpenWatches, policies: Policies, controller: Controller, turns: Turns, clock: Clock
    ) -> None:
        self._watches = watches
        self._policies = policies
        self._controller = controller
        self._turns = turns
        self._clock = clock

    def tick(self) -> Asked:
        """Ask for the turns of this minute.

        Open watches come first: whatever goes wrong while looking for further deployments, they are looked at.
        """
        now = self._clock.now()
        asked: dict[str, None] = {}
        for watch in self._watches.open():
            self._ask(watch.deployment_id, watch.service, now)
            asked[watch.deployment_id] = None
        watches = len(asked)
        problems: list[str] = []
        for service in self._services(problems):
            for deployment_id in self._unannounced(service, problems):
                if deployment_id not in asked:
                    self._ask(deployment_id, service, now)
                    asked[deployment_id] = None
        return Asked(tuple(asked), tuple(problems), watches)

    def _ask(self, deployment_id: str, service: Service, now: datetime) -> None:
        request = _request(deployment_id, service, TriggerKind.TICK, "", now)
        self._turns.ask(request, once=f"tick {now:%Y-%m-%dT%H:%M}")

    def _services(self, problems: list[str]) -> Sequence[Service]:
        try:
            return self._policies.services()
        except (AwsRefusedError, TemporaryError) as error:
            problems.append(f"services with a policy could not be listed: {error}")
            return ()

    def _unannounced(self, service: Service, problems: list[str]) -> Sequence[str]:
        """Return the service's open deployments: CodeDeploy's events are delivered at best effort."""
        try:
            return self._controller.open_deployments(service)
        except (AwsRefusedError, TemporaryError) as error:
            problems.append(f"deployments of {service} could not be listed: {error}")
            return ()


class DeploymentEvents:
    """Asks for a turn whenever CodeDeploy says that a deployment's state has changed."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    def receive(self, event: Mapping[str, Any]) -> list[str]:
        """Ask for the turn; return the deployment's id in a list.

        Raises:
            MalformedEventError: It is not such an event.
        """
        change = DeploymentStateChange.read(event)
        detail = change.detail
        request = _request(detail.deployment_id, change.service, TriggerKind.EVENT, detail.state, change.time)
        self._turns.ask(request, once=f"event {change.id}")
        return [detail.deployment_id]


class Alarms:
    """Asks for a turn when an alarm fires that the policy of a guarded service names."""

    def __init__(self, watches: OpenWatches, policies: Policies, turns: Turns) -> None:
        self._watches = watches
        self._policies = policies
        self._turns = turns

    def receive(self, event: Mapping[str, Any]) -> list[str]:
        """Ask for a turn over each open watch whose policy names the alarm; return the deployments' ids.

        Raises:
            MalformedEventError: It is not an alarm action.
            TemporaryError: A policy could not be read; every other service was asked first.
        """
        action = AlarmAction.read(event)
        if action.alarm.state.value != "ALARM":
            return []
        asked, unread = [], None
        for watch in self._watches.open():
            try:
                named = self._alarms(watch.service)
            except TemporaryError as error:
                unread = error
                continue
            if action.alarm.name in named:
                request = _request(
                    watch.deployment_id, watch.service, TriggerKind.ALARM, action.alarm.name, None
                )
                self._turns.ask(request, once=f"alarm {action.arn} {action.alarm.state.timestamp}")
                asked.append(watch.deployment_id)
        if unread is not None:
            raise unread  # AWS sends the alarm again; who was asked already is not asked twice
        return asked

    def _alarms(self, service: Service) -> tuple[str, ...]:
        try:
            policy = self._policies.find(service)
        except (PolicyInvalidError, AwsRefusedError):
            return ()  # the service's own turns say so every minute
        return policy.alarms if policy else ()


def _request(
    deployment_id: str, service: Service, kind: TriggerKind, detail: str, at: datetime | None
) -> TurnRequest:
    trigger = Trigger(kind=kind, detail=detail[:300], at=at)
    return TurnRequest(deployment_id=deployment_id, service=service, trigger=trigger)
