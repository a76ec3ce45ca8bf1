"""Pauses, in the one table; see `table.py` for its other items.

pk               sk            what
WATCH#<id>       PAUSE         until when Guardian does not act on this deployment, and who wished so
"""

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from guardian.aws.calls import aws_call
from guardian.errors import PauseUnreadableError
from guardian.model import Pause

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEPT_SECONDS = 400 * 24 * 3600
"""How long it lives: as long as the watch that it belongs to."""


class TablePauses:
    """Implements `Pauses`."""

    def __init__(self, dynamodb: "DynamoDBClient", name: str) -> None:
        self._dynamodb = dynamodb
        self._name = name

    def pause(self, deployment_id: str) -> Pause | None:
        with aws_call("dynamodb:GetItem"):
            reply = self._dynamodb.get_item(
                TableName=self._name, Key=_key(deployment_id), ConsistentRead=True
            )
        try:
            return Pause.model_validate_json(reply["Item"]["body"]["S"]) if "Item" in reply else None
        except (ValidationError, KeyError) as error:
            raise PauseUnreadableError(
                f"the item WATCH#{deployment_id} / PAUSE of {self._name} is no pause; "
                "guardian pause or resume writes over it"
            ) from error

    def set_pause(self, deployment_id: str, pause: Pause) -> None:
        expires = round(pause.at.timestamp()) + KEPT_SECONDS
        item = {
            **_key(deployment_id),
            "body": {"S": pause.model_dump_json()},
            "expires_at": {"N": str(expires)},
        }
        with aws_call("dynamodb:PutItem"):
            self._dynamodb.put_item(TableName=self._name, Item=item)


def _key(deployment_id: str) -> dict[str, Any]:
    return {"pk": {"S": f"WATCH#{deployment_id}"}, "sk": {"S": "PAUSE"}}
