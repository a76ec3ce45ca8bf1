"""Takes requests for turns from the queue, one at a time for each service."""

from aws_lambda_powertools import Logger

from guardian.errors import ConcurrentTurnError, DeploymentUnknownError, NotGuardableError
from guardian.ports import Ports
from guardian.record import DecisionRecord
from guardian.triggers import TurnRequest, parse_turn_request
from guardian.turn import take_turn


class Worker:
    """Turns one message into one turn."""

    def __init__(self, ports: Ports, logger: Logger) -> None:
        self._ports = ports
        self._logger = logger

    def take(self, body: str) -> DecisionRecord | None:
        """Take the turn that a message asks for.

        Whatever is raised sends the message back to the queue, and after some deliveries to the dead-letter queue. A
        deployment that cannot be guarded at all is logged and not asked for again.

        Raises:
            MalformedEventError: The message is not a request for a turn.
            TemporaryError: AWS could not answer.
        """
        try:
            return self._taken(body)
        except Exception:
            self._ports.journal.failed()
            raise

    def _taken(self, body: str) -> DecisionRecord | None:
        request = parse_turn_request(body)
        self._logger.set_correlation_id(request.deployment_id)
        try:
            return self._turn(request)
        except NotGuardableError as error:
            self._logger.info("not guarded", reason=str(error), request=body)
        except DeploymentUnknownError as error:
            self._logger.warning("no such deployment", reason=str(error), request=body)
        return None

    def _turn(self, request: TurnRequest) -> DecisionRecord | None:
        try:
            return take_turn(request.deployment_id, request.trigger, self._ports)
        except ConcurrentTurnError:
            return take_turn(request.deployment_id, request.trigger, self._ports)
