"""The message that asks for a turn."""

import json

import pytest

from guardian.errors import MalformedEventError
from guardian.model import Service
from guardian.triggers import Trigger, TriggerKind, TurnRequest, parse_turn_request

REQUEST = TurnRequest(
    deployment_id="d-A1B2C3D4E",
    service=Service(application="shop", deployment_group="checkout"),
    trigger=Trigger(kind=TriggerKind.ALARM, detail="checkout-tg-2-5xx"),
)


def test_a_request_survives_the_queue() -> None:
    """A request that was sent is the request that is read."""
    assert parse_turn_request(REQUEST.to_json()) == REQUEST


def test_a_request_names_its_format() -> None:
    """The message carries its schema, so that a later version can tell it apart."""
    assert json.loads(REQUEST.to_json())["schema"] == "guardian.turn/1"


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "guardian.turn/2"},
        {"deployment_id": "latest"},
        {"deployment_id": "d-A1B2C3D4E\n"},
        {"trigger": {"kind": "guess"}},
        {"trigger": {"kind": "alarm", "detail": "x" * 301}},
        {"service": {"application": "", "deployment_group": "checkout"}},
        {"surprise": 1},
    ],
    ids=["schema", "id", "id-newline", "trigger", "long-detail", "service", "unknown-key"],
)
def test_anything_else_is_refused(change: dict[str, object]) -> None:
    """A message that is no turn request of this version is refused as malformed."""
    with pytest.raises(MalformedEventError, match="not a turn request"):
        parse_turn_request(json.dumps(json.loads(REQUEST.to_json()) | change))


@pytest.mark.parametrize("body", ["", "{", "[]", "null"], ids=["empty", "cut", "list", "null"])
def test_text_that_is_no_object_is_refused(body: str) -> None:
    """A body that is not even an object is refused as malformed, not with an error of the parser."""
    with pytest.raises(MalformedEventError, match="not a turn request"):
        parse_turn_request(body)
