"""Functions that run in this process are found as Lambda finds them."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from guardian_rehearsal.host import FunctionHost
from guardian_rehearsal.installation import Function


@pytest.fixture
def host() -> Iterator[FunctionHost]:
    with closing(FunctionHost({})) as running:
        yield running


@pytest.fixture
def function(tmp_path: Path) -> Function:
    """A function whose handler is `entry` in `code/main.py`."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code/main.py").write_text("def entry(event, context):\n    return event\n")
    return Function("own", "own", "arn:own", tmp_path, {}, {}, handler="code/main.entry")


def with_handler(function: Function, handler: str) -> Function:
    return Function("own", "own", "arn:own", function.code, {}, {}, handler=handler)


def test_the_handler_is_the_one_that_the_template_names(host: FunctionHost, function: Function) -> None:
    """Module and function are taken from the handler's path, which may lead into folders."""
    assert host.invoke(function, 7) == 7


@pytest.mark.parametrize(
    ("handler", "error"),
    [
        pytest.param("main.entry", FileNotFoundError, id="module"),
        pytest.param("code/main.handler", AttributeError, id="function"),
    ],
)
def test_a_wrong_handler_path_is_an_error(
    host: FunctionHost, function: Function, handler: str, error: type[Exception]
) -> None:
    """A module or a function that is not there fails the invocation."""
    with pytest.raises(error):
        host.invoke(with_handler(function, handler), 7)
