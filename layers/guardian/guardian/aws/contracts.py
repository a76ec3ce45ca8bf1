"""The marks of contract migrations, in the one table; see `table.py` for its other items.

pk                                    sk                    what
SERVICE#<application>/<group>         CONTRACT#<id>         the mark of one deployment: written once, never deleted
"""

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from guardian.aws.calls import ConditionFailedError, aws_call
from guardian.errors import ContractUnreadableError
from guardian.model import Contract, Service

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class TableContracts:
    """Implements `Contracts`."""

    def __init__(self, dynamodb: "DynamoDBClient", name: str) -> None:
        self._dynamodb = dynamodb
        self._name = name

    def contract(self, service: Service, deployment_id: str) -> Contract | None:
        with aws_call("dynamodb:GetItem"):
            reply = self._dynamodb.get_item(
                TableName=self._name, Key=_key(service, deployment_id), ConsistentRead=True
            )
        try:
            return Contract.model_validate_json(reply["Item"]["body"]["S"]) if "Item" in reply else None
        except (ValidationError, KeyError) as error:
            raise ContractUnreadableError(
                f"the mark of {deployment_id} in {self._name} cannot be read: look at the item SERVICE#{service} / "
                f"CONTRACT#{deployment_id}"
            ) from error

    def mark_contract(self, contract: Contract) -> Contract:
        item = {
            **_key(contract.service, contract.deployment_id),
            "body": {"S": contract.model_dump_json(exclude_none=True)},
        }
        with suppress(ConditionFailedError), aws_call("dynamodb:PutItem"):
            self._dynamodb.put_item(
                TableName=self._name, Item=item, ConditionExpression="attribute_not_exists(pk)"
            )
            return contract
        return self.contract(contract.service, contract.deployment_id) or contract


def _key(service: Service, deployment_id: str) -> dict[str, Any]:
    return {"pk": {"S": f"SERVICE#{service}"}, "sk": {"S": f"CONTRACT#{deployment_id}"}}
