"""A minute as an array. A record has about three of them, and the names of their fields would be a fifth of it.

`[minute, seen_at, weight, blue, green, shared]`, where a colour is its values in the order of `COLOUR` or null when it
has no datapoint at all, and shared is its values in the order of `SHARED`; unknown values at the end are left out.
"""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from guardian.model.minutes import Colour, Minute, Shared
from guardian.model.words import Value

# A new field goes to the end: arrays that are stored have no names.
COLOUR = (
    "requests", "errors_5xx", "errors_4xx", "connection_errors", "healthy_hosts", "unhealthy_hosts", "latency_avg",
    "latency_p50", "latency_p90", "latency_p99", "cpu", "latency_samples", "latency_min", "latency_max", "custom",
)  # fmt: skip
SHARED = ("db_connections", "db_cpu", "service_cpu", "elb_5xx")


def compact(minute: Minute) -> list[Any]:
    """Return a minute as an array."""
    colours = [None if side is None else _values(side, COLOUR) for side in (minute.blue, minute.green)]
    return [minute.minute, minute.seen_at, minute.weight, *colours, _values(minute.shared, SHARED)]


def expanded(data: Any) -> Any:
    """Return the array as a mapping of a minute's fields; anything else as it is, to be validated as a minute."""
    if not isinstance(data, list):
        return data
    if len(data) != 6:
        raise ValueError(f"a minute is an array of 6, not of {len(data)}")
    minute, seen_at, weight, blue, green, shared = data
    return {
        "minute": minute, "seen_at": seen_at, "weight": weight,
        "blue": _named(blue, COLOUR, Colour), "green": _named(green, COLOUR, Colour),
        "shared": _named(shared, SHARED, Shared),
    }  # fmt: skip


def _values(value: Value, fields: Sequence[str]) -> list[Any]:
    data = value.model_dump(mode="json")
    values = [data[field] for field in fields]
    while values and values[-1] in (None, {}):
        values.pop()
    return values


def _named(values: Any, fields: Sequence[str], kind: type[Value]) -> Any:
    """Return the values by name; what is null stands for the field's default."""
    if not isinstance(values, list):
        return values
    if len(values) > len(fields):
        raise ValueError(f"{kind.__name__} has {len(fields)} values, not {len(values)}")
    return {field: value for field, value in zip(fields, values, strict=False) if value is not None}


def _array(fields: Sequence[str]) -> dict[str, Any]:
    number = {"type": ["number", "null"]}
    kinds = {"custom": {"type": "object"}}
    return {
        "type": "array",
        "prefixItems": [{"title": field, **kinds.get(field, number)} for field in fields],
    }


_COLOUR = {"anyOf": [_array(COLOUR), {"type": "null"}]}
_WHOLE = {"type": "integer"}
SCHEMA: dict[str, Any] = {
    "title": "Minute", "type": "array", "minItems": 6, "maxItems": 6,
    "description": "What was observed in one minute, by position; unknown values at the end of an array are left out.",
    "prefixItems": [
        {"title": "minute", **_WHOLE}, {"title": "seen_at", **_WHOLE}, {"title": "weight", "type": "number"},
        {"title": "blue", **_COLOUR}, {"title": "green", **_COLOUR}, {"title": "shared", **_array(SHARED)},
    ],
}  # fmt: skip

CompactMinute = Annotated[
    Minute, BeforeValidator(expanded), PlainSerializer(compact, when_used="json"), WithJsonSchema(SCHEMA)
]
"""A minute that is written as an array, and read from an array or from its named fields."""
