"""docs/practices.md: every practice has a row, and every test that it names exists."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "practices.md").read_text(encoding="utf-8")
LINES = re.findall(r"^\| (G?\d+) \| (.*) \|$", PAGE, re.MULTILINE)
ROWS = dict(LINES)
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
REASONS = ("not Guardian's",)


@cache
def functions_of(path: str) -> frozenset[str]:
    """Return the names of the test functions in a file."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def test_every_number_has_a_row() -> None:
    """Practices 18 to 60 and faults G1 to G13 are all there, once each, and nothing else."""
    assert [key for key, _ in LINES] == [str(n) for n in range(18, 61)] + [f"G{n}" for n in range(1, 14)]


@pytest.mark.parametrize("key", ROWS)
def test_a_row_names_tests_or_says_why_not(key: str) -> None:
    """A practice is shown by a test or the page says why it is not; a fault of the stack is always shown."""
    said = any(reason in ROWS[key] for reason in REASONS)
    assert NAMED.search(ROWS[key]) or (said and not key.startswith("G"))


@pytest.mark.parametrize("key", ROWS)
def test_the_tests_that_a_row_names_exist(key: str) -> None:
    """Each named test is a function of the named file."""
    for path, name in NAMED.findall(ROWS[key]):
        assert name in functions_of(path), f"{path} has no {name}"
