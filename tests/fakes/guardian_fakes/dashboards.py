"""What tests ask of the body of a CloudWatch dashboard."""

from collections.abc import Iterable, Mapping
from typing import Any

COLUMNS = 24
"""Width of the grid (CloudWatch API reference, "Dashboard body structure and syntax")."""


def misplaced(widgets: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the titles of widgets that leave the grid or lie upon another one."""
    taken: set[tuple[int, int]] = set()
    found = []
    for one in widgets:
        cells = {
            (x, y)
            for x in range(one["x"], one["x"] + one["width"])
            for y in range(one["y"], one["y"] + one["height"])
        }
        if cells & taken or one["x"] + one["width"] > COLUMNS:
            found.append(str(one["properties"].get("title", one["type"])))
        taken |= cells
    return found
