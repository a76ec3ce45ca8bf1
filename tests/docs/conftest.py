"""What the tests of several pages need."""

from collections.abc import Callable
from typing import Any

import pytest

PartOf = Callable[[Any, Any, str], None]


@pytest.fixture(scope="session")
def assert_part_of() -> PartOf:
    """Assert that every key of a part is in the whole with the same value; a list may leave entries out."""

    def check(part: Any, whole: Any, path: str) -> None:
        if isinstance(part, dict):
            for key, value in part.items():
                assert key in whole, f"{path}.{key} is not in the record"
                check(value, whole[key], f"{path}.{key}")
        elif isinstance(part, list) and part and isinstance(part[0], dict):
            for one in part:
                names = [
                    other
                    for other in whole
                    if all(other.get(key) == one.get(key) for key in ("signal", "kind"))
                ]
                assert names, f"{path} has no such entry: {one}"
                check(one, names[0], path)
        else:
            assert part == whole, f"{path}: the page says {part}, the record {whole}"

    return check
