"""From a tick, an event or an alarm to requests for turns. Thin: every request ends in the same turn."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from guardian.errors import AwsRefusedError, PolicyInvalidError
from guardian.events import AlarmAction, DeploymentStateChange
from guardian.model import Service
from guardian.ports import Clock, Controller, Policies, Turns, Watches
from guardian.triggers import Trigger, TriggerKind, TurnRequest


class Ticks:
    """Asks every minute for a turn over each open watch and over each deployment that no event told of."""

    def __init__(
        self, watches: Watches, policies: Policies, controller: Controller, turns: Turns, clock: Clock
    ) -> None:
        self._watches = watches
        self._policies = policies
        self._controller = controller
        self._turns = turns
        self._clock = clock

    def tick(self) -> list[str]:
        """Ask for the turns; return the ids of the deployments."""
        now = self._clock.now()
        found = {watch.deployment_id: watch.service for watch in self._watches.open()}
        for deployment_id, service in self._unwatched():
            found.setdefault(deployment_id, service)
        for deployment_id, service in found.items():
            self._turns.ask(
                _request(deployment_id, service, TriggerKind.TICK, "", now), once=f"tick {now:%Y-%m-%dT%H:%M}"
            )
        return list(found)

    def _unwatched(self) -> Iterator[tuple[str, Service]]:
        """Yield open deployments of services with a policy: CodeDeploy's events are delivered at best effort."""
        for service in self._policies.services():
            try:
                for deployment_id in self._controller.open_deployments(service):
                    yield deployment_id, service
            except AwsRefusedError:
                continue  # a policy for an application that is gone must not keep the others from being guarded


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

    def __init__(self, watches: Watches, policies: Policies, turns: Turns) -> None:
        self._watches = watches
        self._policies = policies
        self._turns = turns

    def receive(self, event: Mapping[str, Any]) -> list[str]:
        """Ask for a turn over each open watch whose policy names the alarm; return the deployments' ids.

        Raises:
            MalformedEventError: It is not an alarm action.
        """
        action = AlarmAction.read(event)
        if action.alarm.state.value != "ALARM":
            return []
        asked = []
        for watch in self._watches.open():
            if action.alarm.name in self._alarms(watch.service):
                request = _request(
                    watch.deployment_id, watch.service, TriggerKind.ALARM, action.alarm.name, None
                )
                self._turns.ask(request, once=f"alarm {action.arn} {action.alarm.state.timestamp}")
                asked.append(watch.deployment_id)
        return asked

    def _alarms(self, service: Service) -> tuple[str, ...]:
        try:
            policy = self._policies.find(service)
        except PolicyInvalidError:
            return ()  # the service's own turns say so every minute
        return policy.alarms if policy else ()


def _request(
    deployment_id: str, service: Service, kind: TriggerKind, detail: str, at: datetime | None
) -> TurnRequest:
    trigger = Trigger(kind=kind, detail=detail[:300], at=at)
    return TurnRequest(deployment_id=deployment_id, service=service, trigger=trigger)
