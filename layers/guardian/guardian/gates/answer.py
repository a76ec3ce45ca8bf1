"""What an answer over HTTP holds."""

import json
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from guardian.model import HttpAnswer

MOST_SHOWN = 80
"""Characters of an answered value that a record repeats."""


def parsed(answer: HttpAnswer) -> Any:
    """Return the body as JSON, None when it is none."""
    try:
        return json.loads(answer.body)
    except ValueError:
        return None


def found(path: str, document: Any) -> Any:
    """Return what a JMESPath expression finds; None when it finds nothing or does not fit the document."""
    try:
        return jmespath.search(path, document)
    except JMESPathError:
        return None


def same(answered: Any, wanted: Any) -> bool:
    """Tell whether two JSON values are equal; true is not 1."""
    return isinstance(answered, bool) is isinstance(wanted, bool) and bool(answered == wanted)


def shown(value: Any) -> str:
    """Return an answered value as a record may repeat it: one line, not long."""
    if value is None:
        return "nothing"
    text = json.dumps(value, ensure_ascii=True)
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"
