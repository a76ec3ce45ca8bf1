"""One DynamoDB table: watches, histories, intents and decision records.

pk               sk            what
WATCH#<id>       WATCH         the watch; `version` guards it against lost updates
WATCH#<id>       HISTORY       blue before the shift
WATCH#<id>       HISTORY#<t>   the same hours of earlier days, as taken in the clock hour <t>
WATCH#<id>       ACTION        the one intent of this deployment, and what came of it
WATCH#<id>       TURN#<id>     one decision record
OPEN             <id>          there while the watch is open, or closed and its end is not told
CLOSED           <time>#<id>   there from then on, sorted by when it was opened: what the dashboard lists
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from guardian.actions import SETTLED, Action
from guardian.aws.calls import ConditionFailedError, aws_call
from guardian.aws.open_watches import CLOSED, OPEN, OpenWatches
from guardian.errors import ConcurrentTurnError
from guardian.model import EarlierDays, History
from guardian.record import DecisionRecord
from guardian.watch import Watch, read_watch

KEPT = timedelta(days=400)
"""How long items live: a year and a month, for the audit that asks about last year's release."""


class Table(OpenWatches):
    """Implements `Watches` and `Ledger`."""

    def find(self, deployment_id: str) -> Watch | None:
        body = self._body(deployment_id, "WATCH")
        return read_watch(body) if body else None

    def save(self, watch: Watch) -> Watch:
        saved = watch.model_copy(update={"version": watch.version + 1})
        body = saved.model_dump_json(exclude_none=True)
        item = _item(watch.deployment_id, "WATCH", body, watch.opened_at) | {
            "version": _number(saved.version)
        }
        put: dict[str, Any] = {
            "TableName": self._name,
            "Item": item,
            "ConditionExpression": "attribute_not_exists(pk)",
        }
        if watch.version:
            put |= {
                "ConditionExpression": "version = :read",
                "ExpressionAttributeValues": {":read": _number(watch.version)},
            }
        try:
            self._write(put, saved)
        except ConditionFailedError as error:
            raise ConcurrentTurnError(
                f"another turn over {watch.deployment_id} was faster; the next one goes on from there"
            ) from error
        return saved

    def _write(self, put: dict[str, Any], watch: Watch) -> None:
        """Write the watch, and with it, when it opens or closes, its entry in the list of open or of closed watches."""
        key = {"pk": {"S": OPEN}, "sk": {"S": watch.deployment_id}}
        body = {"body": {"S": watch.service.model_dump_json()}}
        if watch.done:
            also: list[Any] = [
                {"Delete": {"TableName": self._name, "Key": key}},
                {"Put": {"TableName": self._name, "Item": _closed_key(watch) | body}},
            ]
        elif watch.version == 1:
            also = [{"Put": {"TableName": self._name, "Item": key | body}}]
        else:
            with aws_call("dynamodb:PutItem"):
                self._dynamodb.put_item(**put)
            return
        with aws_call("dynamodb:TransactWriteItems"):
            self._dynamodb.transact_write_items(TransactItems=[{"Put": put}, *also])  # type: ignore[typeddict-item]

    def history(self, deployment_id: str) -> History | None:
        body = self._body(deployment_id, "HISTORY")
        return History.model_validate_json(body) if body else None

    def save_history(self, deployment_id: str, history: History) -> None:
        body = history.model_dump_json(exclude_none=True, exclude_defaults=True)
        with aws_call("dynamodb:PutItem"):
            self._dynamodb.put_item(
                TableName=self._name, Item=_item(deployment_id, "HISTORY", body, history.epoch)
            )

    def season(self, deployment_id: str, hour: datetime) -> EarlierDays | None:
        body = self._body(deployment_id, _hour_key(hour))
        return EarlierDays.model_validate_json(body) if body else None

    def save_season(self, deployment_id: str, hour: datetime, days: EarlierDays) -> EarlierDays:
        body = days.model_dump_json(exclude_none=True, exclude_defaults=True)
        with suppress(ConditionFailedError), aws_call("dynamodb:PutItem"):
            self._dynamodb.put_item(
                TableName=self._name,
                Item=_item(deployment_id, _hour_key(hour), body, hour),
                ConditionExpression="attribute_not_exists(pk)",
            )
        return self.season(deployment_id, hour) or days

    def intended(self, deployment_id: str) -> Action | None:
        body = self._body(deployment_id, "ACTION")
        return Action.model_validate_json(body) if body else None

    def intend(self, action: Action) -> Action:
        with suppress(ConditionFailedError), aws_call("dynamodb:PutItem"):
            self._dynamodb.put_item(
                TableName=self._name,
                Item=_action_item(action),
                ConditionExpression="attribute_not_exists(pk)",
            )
            return action
        return self.intended(action.deployment_id) or action

    def conclude(self, action: Action) -> None:
        # A slower turn that has read an older state must not take back what was seen to be done.
        with suppress(ConditionFailedError), aws_call("dynamodb:PutItem"):
            self._dynamodb.put_item(
                TableName=self._name,
                Item=_action_item(action),
                ConditionExpression="settled = :no",
                ExpressionAttributeValues={":no": {"BOOL": False}},
            )

    def write(self, record: DecisionRecord) -> None:
        item = _item(record.deployment_id, f"TURN#{record.id}", record.to_json(), record.at)
        with aws_call("dynamodb:PutItem"):
            self._dynamodb.put_item(TableName=self._name, Item=item)

    def records(self, deployment_id: str, first: str = "") -> list[DecisionRecord]:
        """Return every decision about one deployment, oldest first; or those from the record `first` on."""
        with aws_call("dynamodb:Query"):
            pages = self._dynamodb.get_paginator("query").paginate(
                TableName=self._name,
                KeyConditionExpression="pk = :watch AND sk BETWEEN :first AND :end",
                ExpressionAttributeValues={
                    ":watch": {"S": f"WATCH#{deployment_id}"},
                    ":first": {"S": f"TURN#{first}"},
                    ":end": {"S": "TURN$"},  # the character after #
                },
                ConsistentRead=True,
            )
            return [
                DecisionRecord.model_validate_json(item["body"]["S"])
                for page in pages
                for item in page["Items"]
            ]

    def _body(self, deployment_id: str, kind: str) -> str | None:
        key = {"pk": {"S": f"WATCH#{deployment_id}"}, "sk": {"S": kind}}
        with aws_call("dynamodb:GetItem"):
            reply = self._dynamodb.get_item(TableName=self._name, Key=key, ConsistentRead=True)
        return reply["Item"]["body"]["S"] if "Item" in reply else None


def _hour_key(hour: datetime) -> str:
    return f"HISTORY#{hour:%Y-%m-%dT%H}"


def _closed_key(watch: Watch) -> dict[str, Any]:
    """Return the key of a closed watch's entry; it has the same end of life as the watch."""
    sort = f"{watch.opened_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}#{watch.deployment_id}"
    expires = round((watch.opened_at + KEPT).timestamp())
    return {"pk": {"S": CLOSED}, "sk": {"S": sort}, "expires_at": _number(expires)}


def _item(deployment_id: str, kind: str, body: str, since: datetime) -> dict[str, Mapping[str, Any]]:
    expires = round((since + KEPT).timestamp())
    key = {"pk": {"S": f"WATCH#{deployment_id}"}, "sk": {"S": kind}}
    return {**key, "body": {"S": body}, "expires_at": _number(expires)}


def _action_item(action: Action) -> dict[str, Mapping[str, Any]]:
    body = action.model_dump_json(exclude_none=True)
    settled = {"BOOL": action.outcome in SETTLED}
    return _item(action.deployment_id, "ACTION", body, action.intended_at) | {"settled": settled}


def _number(value: int) -> dict[str, str]:
    return {"N": str(value)}
