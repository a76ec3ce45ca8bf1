"""What CloudWatch sends when an alarm changes state.

Source: CloudWatch User Guide, "Invoke a Lambda function from an alarm" and "Alarm events and EventBridge".
"""

import re
import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from moto.cloudwatch.models import Alarm

from guardian_rehearsal.emulator.deliveries import BusEvent, Delivery, LambdaInvocation

from .alarms import stamp

_LAMBDA_ARN = re.compile(r"arn:aws[^:]*:lambda:")


def state_of(alarm: Alarm) -> dict[str, Any]:
    """Return the alarm's present state as events carry it; `reasonData` only where there is some."""
    state = {"value": alarm.state_value, "reason": alarm.state_reason}
    if alarm.state_reason_data:
        state["reasonData"] = alarm.state_reason_data
    return state | {"timestamp": stamp(alarm.state_updated_timestamp)}


def state_change(alarm: Alarm, previous: dict[str, Any], at: datetime, account_id: str) -> Iterator[Delivery]:
    """Yield what one state change sends: the new state's Lambda actions, and always the event.

    Args:
        alarm: The alarm, already in its new state.
        previous: `state_of` before the change.
        at: When it changed (naive UTC).
        account_id: The account that owns the alarm.
    """
    data = {
        "alarmName": alarm.name,
        "state": state_of(alarm),
        "previousState": previous,
        "configuration": _configuration(alarm),
    }
    for action in _actions(alarm):
        if _LAMBDA_ARN.match(action):
            yield LambdaInvocation(at, action, _alarm_action(alarm, data, at, account_id))
    yield BusEvent(at, _event(alarm, data, at, account_id))


def _actions(alarm: Alarm) -> list[str]:
    if not alarm.actions_enabled:
        return []
    return {
        "ALARM": alarm.alarm_actions,
        "OK": alarm.ok_actions,
        "INSUFFICIENT_DATA": alarm.insufficient_data_actions,
    }[alarm.state_value]


def _alarm_action(alarm: Alarm, data: dict[str, Any], at: datetime, account_id: str) -> dict[str, Any]:
    return {
        "source": "aws.cloudwatch",
        "alarmArn": alarm.alarm_arn,
        "accountId": account_id,
        "time": stamp(at),
        "region": alarm.region_name,
        "alarmData": data,
    }


def _event(alarm: Alarm, data: dict[str, Any], at: datetime, account_id: str) -> dict[str, Any]:
    return {
        "version": "0",
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{alarm.alarm_arn}/{at.isoformat()}")),
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": account_id,
        "time": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "region": alarm.region_name,
        "resources": [alarm.alarm_arn],
        "detail": data,
    }


def _configuration(alarm: Alarm) -> dict[str, Any]:
    described = {"description": alarm.description} if alarm.description else {}
    if alarm.metric_data_queries:
        return described | {"metrics": [_query(query) for query in alarm.metric_data_queries]}
    metric = {
        "namespace": alarm.namespace,
        "name": alarm.metric_name,
        "dimensions": {dimension.name: dimension.value for dimension in alarm.dimensions},
    }
    stat = {"metric": metric, "period": alarm.period, "stat": alarm.statistic or alarm.extended_statistic}
    if alarm.unit:
        stat["unit"] = alarm.unit
    identity = str(uuid.uuid5(uuid.NAMESPACE_URL, alarm.alarm_arn))
    return described | {"metrics": [{"id": identity, "metricStat": stat, "returnData": True}]}


def _query(query: Any) -> dict[str, Any]:
    described: dict[str, Any] = {"id": query.id, "returnData": str(query.return_data).lower() != "false"}
    if query.label:
        described["label"] = query.label
    if query.metric_stat is None:
        return described | {"expression": query.expression}
    stat = query.metric_stat
    metric = {
        "namespace": stat.metric.namespace,
        "name": stat.metric.metric_name,
        "dimensions": {dimension.name: dimension.value for dimension in stat.metric.dimensions},
    }
    return described | {"metricStat": {"metric": metric, "period": stat.period, "stat": stat.stat}}
