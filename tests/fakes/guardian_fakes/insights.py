"""A small part of CloudWatch Logs Insights' query language, for queries over the lines of a rehearsal.

No maintained engine for it runs in Python: moto answers a query without its filters. Here are `fields`, `filter`,
`stats count(*)`, `sort` and `limit`, as the user guide has them ("CloudWatch Logs Insights query syntax"). What else
stands in a query is refused, so that no test passes on something that was not understood.

Fields of a JSON line are discovered with their path, those of arrays with the index (`decision.evidence.0.signal`).
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

Event = Mapping[str, Any]
Test = Callable[[Event], bool]
TOKEN = re.compile(
    r"""\s*("(?:[^"\\]|\\.)*"|/(?:[^/\\]|\\.)*/|!=|=|[\[\](),]|-?\d+(?:\.\d+)?(?![\w.])|[@\w.]+)"""
)
NAME = re.compile(r"@?[A-Za-z_][\w.]*")


class NotUnderstoodError(ValueError):
    """A part of the query is none that this interpreter knows."""


def events(lines: Sequence[str]) -> list[dict[str, Any]]:
    """Return log lines as Insights sees them: `@message`, `@timestamp`, and the discovered fields of JSON."""
    found = []
    for number, line in enumerate(lines):
        event: dict[str, Any] = {"@message": line, "@timestamp": number}
        with suppress(json.JSONDecodeError):  # a line that Lambda itself writes
            event |= dict(_discovered(json.loads(line)))
        found.append(event)
    return found


def ask(query: str, lines: Sequence[str]) -> list[dict[str, Any]]:
    """Return the rows that a query finds in log lines; a row lacks the fields that its line lacks."""
    rows: list[dict[str, Any]] = events(lines)
    shown: list[str] = []
    for part in _parts(query):
        name, _, rest = part.partition(" ")
        if name == "fields":
            shown = _names(rest)
        elif name == "filter":
            wanted = _Filter(rest).test()
            rows = [row for row in rows if wanted(row)]
        elif name == "stats":
            rows, shown = _counted(rest, rows)
        elif name == "sort":
            rows = _sorted(rest, rows)
        elif name == "limit":
            rows = rows[: int(rest)]
        else:
            raise NotUnderstoodError(part)
    return [{key: row[key] for key in shown if key in row} for row in rows] if shown else rows


def fields_of(query: str) -> set[str]:
    """Return the fields of log lines that a query names anywhere."""
    made = set(re.findall(r" as (\w+)", query))
    found: set[str] = set()
    for part in _parts(query):
        name, _, rest = part.partition(" ")
        if name in ("fields", "sort"):
            found |= {one.split()[0] for one in rest.split(",")}
        elif name == "stats":
            found |= set(_names(rest.partition(" by ")[2]))
        elif name == "filter":
            words = [one for one in _tokens(rest) if NAME.fullmatch(one)]
            found |= set(words) - {"and", "or", "not", "in", "like", "ispresent"}
    return found - made


def _parts(query: str) -> Iterator[str]:
    for line in query.splitlines():
        yield line.strip().removeprefix("| ")


def _discovered(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        inside = node.items()
    elif isinstance(node, list):
        inside = {str(place): one for place, one in enumerate(node)}.items()
    else:
        if node is not None:
            yield path, node
        return
    for key, value in inside:
        yield from _discovered(value, f"{path}.{key}" if path else key)


def _names(text: str) -> list[str]:
    names = [one.strip() for one in text.split(",")]
    if not all(NAME.fullmatch(one) for one in names):
        raise NotUnderstoodError(text)
    return names


def _counted(text: str, rows: Sequence[Event]) -> tuple[list[dict[str, Any]], list[str]]:
    """Return one row for each group, with how many events it has."""
    found = re.fullmatch(r"count\(\*\) as (\w+) by (.+)", text)
    if found is None:
        raise NotUnderstoodError(text)
    name, by = found[1], _names(found[2])
    groups: dict[tuple[Any, ...], int] = {}
    for row in rows:
        key = tuple(row.get(one) for one in by)
        groups[key] = groups.get(key, 0) + 1
    return [dict(zip(by, key, strict=True)) | {name: count} for key, count in groups.items()], [*by, name]


def _sorted(text: str, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows sorted by each key in turn; rows without a key come last where it rises."""
    ordered = list(rows)
    for key in reversed(text.split(",")):
        name, way = key.split()
        if way not in ("asc", "desc"):
            raise NotUnderstoodError(key)
        ordered.sort(key=lambda row: (name not in row, row.get(name, 0)), reverse=way == "desc")
    return ordered


def _tokens(text: str) -> list[str]:
    found, place = [], 0
    while place < len(text.rstrip()):
        match = TOKEN.match(text, place)
        if match is None:
            raise NotUnderstoodError(text[place:])
        found.append(match[1])
        place = match.end()
    return found


class _Filter:
    """Reads a condition: comparisons, `in`, `like`, `ispresent`, joined by `and`, `or`, `not` and parentheses."""

    def __init__(self, text: str) -> None:
        self._left = _tokens(text)

    def test(self) -> Test:
        made = self._either()
        if self._left:
            raise NotUnderstoodError(" ".join(self._left))
        return made

    def _take(self, *expected: str) -> str:
        if not self._left or (expected and self._left[0] not in expected):
            raise NotUnderstoodError(
                f"{' '.join(self._left) or 'the end'} in place of {' or '.join(expected)}"
            )
        return self._left.pop(0)

    def _next(self, word: str) -> bool:
        if self._left[:1] != [word]:
            return False
        self._left.pop(0)
        return True

    def _either(self) -> Test:
        tests = [self._both()]
        while self._next("or"):
            tests.append(self._both())
        return lambda row: any(one(row) for one in tests)

    def _both(self) -> Test:
        tests = [self._one()]
        while self._next("and"):
            tests.append(self._one())
        return lambda row: all(one(row) for one in tests)

    def _one(self) -> Test:
        if self._next("not"):
            inner = self._one()
            return lambda row: not inner(row)
        if self._next("("):
            inner = self._either()
            self._take(")")
            return inner
        if self._next("ispresent"):
            self._take("(")
            name = self._take()
            self._take(")")
            return lambda row: name in row
        return self._comparison(self._take())

    def _comparison(self, name: str) -> Test:
        how = self._take("=", "!=", "in", "like")
        if how == "in":
            values = self._list()
            return lambda row: row.get(name) in values
        if how == "like":
            pattern = re.compile(self._take().strip("/"))
            return lambda row: name in row and pattern.search(str(row[name])) is not None
        value = json.loads(self._take())
        return lambda row: (row.get(name) == value) is (how == "=")

    def _list(self) -> list[Any]:
        self._take("[")
        values = [json.loads(self._take())]
        while self._next(","):
            values.append(json.loads(self._take()))
        self._take("]")
        return values
