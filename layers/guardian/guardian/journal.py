"""Decisions to the log and to CloudWatch metrics, through Powertools."""

import json
from collections.abc import Mapping

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from guardian.actions import Action, Aftermath
from guardian.decide import LOUD, ActionKind, DecisionKind
from guardian.model import Finding, Role, Scope
from guardian.notices import Notice
from guardian.record import DecisionRecord
from guardian.watch import Channel


class PowertoolsJournal:
    """Implements `Journal`."""

    def __init__(self, logger: Logger, metrics: Metrics) -> None:
        self._logger = logger
        self._metrics = metrics

    def failed(self) -> None:
        self._metrics.add_metric(name="TurnFailed", unit=MetricUnit.Count, value=1)
        self._metrics.flush_metrics()

    def told(self, notice: Notice, failures: Mapping[Channel, str]) -> None:
        self._logger.set_correlation_id(notice.deployment_id)
        said = {"notice": notice.id, "state": notice.state, "record": notice.record}
        self._logger.info("people were told", extra=said, failed=sorted(failures))
        for channel, why in failures.items():
            self._logger.warning("people could not be told", channel=channel, reason=why, extra=said)
        self._metrics.add_metric(name="NoticeFailed", unit=MetricUnit.Count, value=len(failures))
        self._metrics.flush_metrics()

    def note(self, record: DecisionRecord) -> None:
        log = self._logger.warning if record.decision in LOUD or record.would else self._logger.info
        self._logger.set_correlation_id(record.deployment_id)
        log(record.sentence, decision=json.loads(record.to_json()), extra=_colour(record))
        self._metrics.add_dimension(name="service_name", value=str(record.service))
        self._metrics.add_metric(name="Turns", unit=MetricUnit.Count, value=1)
        self._metrics.add_metric(
            name="Diverged", unit=MetricUnit.Count, value=record.verdict is Finding.DIVERGED
        )
        self._metrics.add_metric(name="Blind", unit=MetricUnit.Count, value=record.verdict is Finding.NO_DATA)
        needed = rollback_needed(record)
        self._metrics.add_metric(name="RollbackNeeded", unit=MetricUnit.Count, value=needed)
        self._metrics.flush_metrics()  # each decision on its own: two services must not share a dimension
        self._metrics.add_metric(name="Turns", unit=MetricUnit.Count, value=1)  # of the installation
        self._metrics.flush_metrics()


def _colour(record: DecisionRecord) -> dict[str, str]:
    """Return the key `environment` for a line whose sentence is about green alone: a signal of its own stands out."""
    standing_out = record.verdict in (Finding.INVESTIGATE, Finding.DIVERGED)
    own = any(
        one.signal == record.signal and one.scope is Scope.COLOUR and one.green is not None
        for one in record.evidence
    )
    return {"environment": Role.GREEN} if standing_out and own else {}


def rollback_needed(record: DecisionRecord) -> bool:
    """Tell whether Guardian has decided to roll back, AWS has taken no order, and the deployment still goes on. Pure.

    A deployment group's alarm on it makes CodeDeploy roll back instead. It is over with the deployment, so that the
    alarm does not ring into the rollback.
    """
    return record.decision is DecisionKind.ROLL_BACK and any(
        one.kind is ActionKind.STOP_DEPLOYMENT and one.requested_at is None and not _over(one)
        for one in record.actions
    )


def _over(action: Action) -> bool:
    return isinstance(action.after, Aftermath) and action.after.over
