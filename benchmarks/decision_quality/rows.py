"""Reading rows of a tape."""

from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]


def value(row: Row, colour: str, field: str) -> float | None:
    """Return one colour's metric in one minute, None where it is not known."""
    side = row.get(colour)
    found: float | None = side.get(field) if side else None
    return found


def count(row: Row, colour: str, field: str) -> float:
    """Return one colour's count in one minute, 0 where it is not known."""
    return value(row, colour, field) or 0.0


def shifted(rows: Sequence[Row]) -> list[Row]:
    """Return the rows of the shift, without the history."""
    return [row for row in rows if row["minute"] >= 0]
