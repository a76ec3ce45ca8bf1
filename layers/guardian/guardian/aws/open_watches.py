"""The list of open watches, a part of the table that `guardian.aws.table` describes and writes.

Apart from it, because who only asks for turns need not load what a turn knows.
"""

from typing import TYPE_CHECKING

from guardian.aws.calls import aws_call
from guardian.model import Service
from guardian.triggers import OpenWatch

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

OPEN = "OPEN"
"""The partition key under which every open watch has an entry."""
CLOSED = "CLOSED"
"""The partition key under which every closed watch has one, by when it was opened."""


class OpenWatches:
    """Implements `OpenWatches`."""

    def __init__(self, dynamodb: "DynamoDBClient", name: str) -> None:
        self._dynamodb = dynamodb
        self._name = name

    def open(self) -> list[OpenWatch]:
        with aws_call("dynamodb:Query"):
            pages = self._dynamodb.get_paginator("query").paginate(
                TableName=self._name,
                KeyConditionExpression="pk = :open",
                ExpressionAttributeValues={":open": {"S": OPEN}},
                ConsistentRead=True,
            )
            items = [item for page in pages for item in page["Items"]]
        return [
            OpenWatch(deployment_id=item["sk"]["S"], service=Service.model_validate_json(item["body"]["S"]))
            for item in items
        ]
