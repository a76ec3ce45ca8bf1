"""What the dashboard's widget reads of the table that `table.py` describes and writes.

Apart from it, so that a widget loads nothing of the judge. Reads need not be consistent: the next refresh comes soon.
"""

from typing import Any

from guardian.aws.calls import aws_call
from guardian.aws.open_watches import CLOSED, OpenWatches
from guardian.listed import Glance, Listed
from guardian.model import Service
from guardian.triggers import OpenWatch


class TableBoard(OpenWatches):
    """Implements `Board`."""

    def closed(self, most: int) -> list[OpenWatch]:
        return [
            OpenWatch(
                deployment_id=item["sk"]["S"].rpartition("#")[2],
                service=Service.model_validate_json(item["body"]["S"]),
            )
            for item in self._newest({":pk": {"S": CLOSED}}, "pk = :pk", most)
        ]

    def glance(self, deployment_id: str) -> Glance | None:
        key = {"pk": {"S": f"WATCH#{deployment_id}"}, "sk": {"S": "WATCH"}}
        with aws_call("dynamodb:GetItem"):
            reply = self._dynamodb.get_item(TableName=self._name, Key=key)
        if "Item" not in reply:
            return None
        return Glance.read(reply["Item"]["body"]["S"], f"the watch of {deployment_id} in {self._name}")

    def latest(self, deployment_id: str, most: int) -> list[Listed]:
        values = {":pk": {"S": f"WATCH#{deployment_id}"}, ":turn": {"S": "TURN#"}}
        return [
            Listed.read(item["body"]["S"], f"the record {item['sk']['S']} in {self._name}")
            for item in self._newest(values, "pk = :pk AND begins_with(sk, :turn)", most)
        ]

    def _newest(self, values: dict[str, Any], condition: str, most: int) -> list[Any]:
        """Return the last items by sort key; a page ends after 1 MB, which is some hundred records."""
        with aws_call("dynamodb:Query"):
            pages = self._dynamodb.get_paginator("query").paginate(
                TableName=self._name,
                KeyConditionExpression=condition,
                ExpressionAttributeValues=values,
                ScanIndexForward=False,
                PaginationConfig={"MaxItems": most, "PageSize": most},
            )
            return [item for page in pages for item in page["Items"]]
