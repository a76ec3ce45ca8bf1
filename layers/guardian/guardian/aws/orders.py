"""Orders to roll back, in the one table; see `table.py` for its other items.

pk               sk            what
WATCH#<id>       ORDER         who ordered the rollback of this deployment, and why; `spent` once a turn has answered it
"""

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from guardian.aws.calls import ConditionFailedError, aws_call
from guardian.errors import OrderUnreadableError
from guardian.model import Order

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEPT_SECONDS = 400 * 24 * 3600
"""How long it lives: as long as the watch that it belongs to."""


class TableOrders:
    """Implements `Orders`."""

    def __init__(self, dynamodb: "DynamoDBClient", name: str) -> None:
        self._dynamodb = dynamodb
        self._name = name

    def order(self, deployment_id: str) -> Order | None:
        with aws_call("dynamodb:GetItem"):
            reply = self._dynamodb.get_item(
                TableName=self._name, Key=_key(deployment_id), ConsistentRead=True
            )
        item = reply.get("Item")
        if item is None or "spent" in item:
            return None
        try:
            return Order.model_validate_json(item["body"]["S"])
        except (ValidationError, KeyError) as error:
            raise OrderUnreadableError(
                f"the item WATCH#{deployment_id} / ORDER of {self._name} is no order; "
                "guardian rollback --confirm writes over it"
            ) from error

    def set_order(self, deployment_id: str, order: Order) -> None:
        with aws_call("dynamodb:PutItem"):
            self._dynamodb.put_item(TableName=self._name, Item=_item(deployment_id, order))

    def spend(self, deployment_id: str, order: Order) -> None:
        item = _item(deployment_id, order) | {"spent": {"BOOL": True}}
        with suppress(ConditionFailedError), aws_call("dynamodb:PutItem"):
            self._dynamodb.put_item(
                TableName=self._name,
                Item=item,
                ConditionExpression="body = :answered",
                ExpressionAttributeValues={":answered": item["body"]},
            )


def _key(deployment_id: str) -> dict[str, Any]:
    return {"pk": {"S": f"WATCH#{deployment_id}"}, "sk": {"S": "ORDER"}}


def _item(deployment_id: str, order: Order) -> dict[str, Any]:
    expires = round(order.at.timestamp()) + KEPT_SECONDS
    return {
        **_key(deployment_id),
        "body": {"S": order.model_dump_json()},
        "expires_at": {"N": str(expires)},
    }
