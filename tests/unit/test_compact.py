"""A minute as an array: short, and nothing is lost."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter, ValidationError

from guardian.model import Colour, CompactMinute, Minute, Shared
from guardian.model.compact import COLOUR, SCHEMA, SHARED

ROW: TypeAdapter[Minute] = TypeAdapter(CompactMinute)
VALUES = st.none() | st.integers(0, 9_999_999).map(lambda n: n / 1000)
COLOURS = st.none() | st.builds(
    Colour,
    **dict.fromkeys(sorted(set(COLOUR) - {"custom"}), VALUES),
    custom=st.dictionaries(st.sampled_from(("checkout", "signup")), st.tuples(VALUES, VALUES)),
)
MINUTES = st.builds(
    Minute,
    minute=st.integers(-60, 4320), seen_at=st.integers(-60, 4320), weight=st.sampled_from((0.0, 0.1, 1.0)),
    blue=COLOURS, green=COLOURS, shared=st.builds(Shared, **dict.fromkeys(SHARED, VALUES)),
)  # fmt: skip


@settings(derandomize=True, deadline=None, database=None)
@given(MINUTES)
def test_a_minute_comes_back_as_it_was(minute: Minute) -> None:
    """Whatever is known or unknown of a minute, its array fits the schema and reads back as the same minute."""
    text = ROW.dump_json(minute)
    assert ROW.validate_json(text) == minute
    assert list(Draft202012Validator(SCHEMA).iter_errors(json.loads(text))) == []


def test_an_absent_colour_is_not_an_unknown_one() -> None:
    """No datapoint at all is null; a colour of which nothing is known is empty."""
    row = Minute(minute=1, seen_at=3, weight=0.5, blue=Colour(), green=None)
    assert ROW.dump_python(row, mode="json") == [1, 3, 0.5, [], None, []]


def test_unknown_values_are_left_out_at_the_end_only() -> None:
    """Values keep their places: an unknown one between known ones is null."""
    row = Minute(minute=1, seen_at=3, weight=0.5, blue=Colour(requests=9.0, errors_4xx=1.0))
    assert ROW.dump_python(row, mode="json")[3] == [9.0, None, 1.0]


def test_every_value_of_a_minute_has_a_place() -> None:
    """No field of a colour or of the shared part is left out, and none has two places."""
    assert sorted(COLOUR) == sorted(Colour.model_fields)
    assert sorted(SHARED) == sorted(Shared.model_fields)
    assert list(Minute.model_fields) == [one["title"] for one in SCHEMA["prefixItems"]]


def test_named_fields_are_read_too() -> None:
    """A minute with the names of its fields, as a tape has it, is read as well."""
    row = Minute(minute=1, seen_at=3, weight=0.5, blue=Colour(requests=9.0))
    assert ROW.validate_json(row.model_dump_json()) == row


@pytest.mark.parametrize(
    "data",
    [[1, 3, 0.5], [1, 3, 0.5, [1] * 16, None, []], [1, 3, 0.5, ["many"], None, []], [1, 3, 0.5, 7, None, []], "1"],
    ids=["too-short", "too-many-values", "no-number", "no-colour", "no-array"],
)  # fmt: skip
def test_what_is_no_minute_is_refused(data: Any) -> None:
    """A stored array that does not fit is an error and not a minute with gaps."""
    with pytest.raises(ValidationError):
        ROW.validate_json(json.dumps(data))
