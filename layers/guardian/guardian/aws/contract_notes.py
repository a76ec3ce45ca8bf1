"""Notes on the way to a contract migration, in the one table; see `table.py` for its other items.

pk                               sk                 what
SERVICE#<application>/<group>    TICK#<id>#<job>    who ticked a job off during the bake of a deployment, and when
SERVICE#<application>/<group>    SNAPSHOT#<id>      the one snapshot that a restore shall begin from

None is ever deleted: they are the reasons for the mark that is beside them (`contracts.py`).
"""

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from guardian.aws.calls import ConditionFailedError, aws_call
from guardian.errors import ContractUnreadableError
from guardian.model import JobTick, Service, Snapshot

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class TableContractNotes:
    """Implements `ContractNotes`."""

    def __init__(self, dynamodb: "DynamoDBClient", name: str) -> None:
        self._dynamodb = dynamodb
        self._name = name

    def ticks(self, service: Service, deployment_id: str) -> list[JobTick]:
        with aws_call("dynamodb:Query"):
            pages = self._dynamodb.get_paginator("query").paginate(
                TableName=self._name,
                KeyConditionExpression="pk = :service AND begins_with(sk, :ticks)",
                ExpressionAttributeValues={
                    ":service": {"S": f"SERVICE#{service}"},
                    ":ticks": {"S": f"TICK#{deployment_id}#"},
                },
                ConsistentRead=True,
            )
            items = [item for page in pages for item in page["Items"]]
        return [self._read(JobTick, item) for item in items]

    def tick(self, service: Service, deployment_id: str, tick: JobTick) -> None:
        key = _key(service, f"TICK#{deployment_id}#{tick.job}")
        with aws_call("dynamodb:PutItem"):
            self._dynamodb.put_item(TableName=self._name, Item={**key, "body": {"S": tick.model_dump_json()}})

    def snapshot(self, service: Service, deployment_id: str) -> Snapshot | None:
        with aws_call("dynamodb:GetItem"):
            reply = self._dynamodb.get_item(
                TableName=self._name, Key=_key(service, f"SNAPSHOT#{deployment_id}"), ConsistentRead=True
            )
        return self._read(Snapshot, reply["Item"]) if "Item" in reply else None

    def note_snapshot(
        self, service: Service, deployment_id: str, snapshot: Snapshot, instead_of: str | None = None
    ) -> Snapshot:
        item = {
            **_key(service, f"SNAPSHOT#{deployment_id}"),
            "snapshot_id": {"S": snapshot.id},
            "body": {"S": snapshot.model_dump_json(exclude_none=True)},
        }
        put: dict[str, Any] = {"TableName": self._name, "Item": item}
        if instead_of is None:
            put["ConditionExpression"] = "attribute_not_exists(pk)"
        else:
            put["ConditionExpression"] = "snapshot_id = :before"
            put["ExpressionAttributeValues"] = {":before": {"S": instead_of}}
        with suppress(ConditionFailedError), aws_call("dynamodb:PutItem"):
            self._dynamodb.put_item(**put)
            return snapshot
        return self.snapshot(service, deployment_id) or snapshot

    def _read(self, kind: type[Any], item: Any) -> Any:
        try:
            return kind.model_validate_json(item["body"]["S"])
        except (ValidationError, KeyError) as error:
            where = f"{item['pk']['S']} / {item['sk']['S']}"
            raise ContractUnreadableError(
                f"the note {where} in {self._name} cannot be read: look at the item, and update Guardian if it is "
                "from a later version"
            ) from error


def _key(service: Service, what: str) -> dict[str, Any]:
    return {"pk": {"S": f"SERVICE#{service}"}, "sk": {"S": what}}
