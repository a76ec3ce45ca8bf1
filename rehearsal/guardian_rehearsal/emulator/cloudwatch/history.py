"""What DescribeAlarmHistory says of an alarm's changes of state.

Source: its API reference and that of AlarmHistoryItem. Other kinds of history are not kept.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any

from moto.cloudwatch.models import Alarm


def state_updates(alarm: Alarm) -> Iterator[dict[str, Any]]:
    """Yield the alarm's changes of state, oldest first, as `AlarmHistoryItems`; moto keeps the states that ended."""
    states: list[tuple[str, str, datetime]] = [
        (value, reason, began) for kind, reason, _, value, began in alarm.history if kind == "StateUpdate"
    ]
    states.append((alarm.state_value, alarm.state_reason, alarm.state_updated_timestamp))
    for (before, old_reason, _), (after, new_reason, at) in pairwise(states):
        if before == after:
            continue
        data = {
            "version": "1.0",
            "oldState": {"stateValue": before, "stateReason": old_reason},
            "newState": {"stateValue": after, "stateReason": new_reason},
        }
        yield {
            "AlarmName": alarm.name,
            "AlarmType": "MetricAlarm",
            "Timestamp": at,
            "HistoryItemType": "StateUpdate",
            "HistorySummary": f"Alarm updated from {before} to {after}",
            "HistoryData": json.dumps(data, separators=(",", ":")),
        }
