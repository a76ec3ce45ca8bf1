"""A function's process is what Lambda gives it, and its life is what Lambda makes of it."""

import http.client
import sysconfig
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from guardian_rehearsal.clock import SimulatedClock
from guardian_rehearsal.installation import Function
from guardian_rehearsal.lambda_runtime import (
    Artifact,
    FunctionExitedError,
    FunctionTimedOutError,
    HandlerError,
    InitError,
    ProcessHost,
)
from guardian_rehearsal.lambda_runtime.runtime_api import Invocation, RuntimeApi

Written = Callable[..., Function]
PROBE = """
import os, sys
import {imported}
def handler(event, context):
    files = {{name: getattr(module, "__file__", None) for name, module in sys.modules.items()}}
    return {{"path": sys.path, "files": files, "variables": dict(os.environ), "cwd": os.getcwd()}}
"""
COUNTER = """
import os, signal, sys, time
calls = 0
def handler(event, context):
    global calls
    calls += 1
    print("call", calls)
    match event:
        case "raise":
            raise ValueError("told to fail")
        case "sleep":
            time.sleep(60)
        case "exit":
            os._exit(3)
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
    return calls
"""
CLOCK = """
import time
from datetime import UTC, datetime
def handler(event, context):
    return [datetime.now(UTC).isoformat(), time.time(), context.get_remaining_time_in_millis()]
"""


def within(file: str, folders: list[Path]) -> bool:
    return any(Path(file).is_relative_to(folder) for folder in folders)


def test_a_process_sees_task_layer_runtime_and_standard_library_alone(
    host: ProcessHost, artifact: Artifact, written: Written
) -> None:
    """Every loaded module comes from there, in Lambda's order; the clock is the one exception."""
    layer = artifact.folder / "GuardianLayer/python"
    turn = (artifact.folder / "inputs/functions/turn/app.py").read_text()
    probe = written(
        PROBE.format(imported="turn"), {"turn.py": turn}, layers=(layer,), environment={"POWERTOOLS_SERVICE_NAME": "x"}
    )  # fmt: skip
    seen = host.invoke(probe, {})
    library = [Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib")]
    assert seen["path"][:3] == [str(probe.code), str(layer), str(artifact.runtime)]
    assert all(
        within(str(Path(one).resolve()), [*library, library[0].parent]) and "site-packages" not in one
        for one in seen["path"][3:]
    )
    files = {name: file for name, file in seen["files"].items() if file}
    assert "site-packages" not in "".join(files.values())
    allowed = [probe.code, layer, artifact.runtime, *library]
    strangers = {name for name, file in files.items() if not within(str(Path(file).resolve()), allowed)}
    assert {name.partition(".")[0] for name in strangers} == {"time_machine", "_time_machine"}
    assert files["guardian.wiring"] == str(layer / "guardian/wiring/__init__.py")
    assert files["pydantic"].startswith(str(layer))
    assert files["boto3"].startswith(str(artifact.runtime))
    assert seen["cwd"] == str(probe.code)


def test_a_process_gets_lambdas_variables_and_its_own_and_none_of_the_users(
    host: ProcessHost, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the user's shell exports does not reach a function."""
    for name in ("AWS_PROFILE", "GUARDIAN_TABLE", "PYTHONPATH", "HTTP_PROXY"):
        monkeypatch.setenv(name, "of the user")
    probe = written(PROBE.format(imported="json"), environment={"GUARDIAN_OWN": "1"}, memory=512)
    variables = host.invoke(probe, {})["variables"]
    assert "of the user" not in variables.values()
    assert set(variables) - {"LC_CTYPE"} == {
        "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_RUNTIME_API", "AWS_REGION",
        "GUARDIAN_OWN", "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT", "LANG", "PATH", "TZ", "_HANDLER",
    }  # fmt: skip
    assert variables["TZ"] == ":UTC"
    assert variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "512"


def test_a_process_reads_the_rehearsals_clock(
    host: ProcessHost, clock: SimulatedClock, written: Written
) -> None:
    """It begins at the rehearsal's moment and is moved with it; what is left of the timeout is counted on it too."""
    function = written(CLOCK, timeout=45)
    for _ in range(2):
        moment = clock.now()
        text, seconds, left = host.invoke(function, {})
        assert (datetime.fromisoformat(text), seconds) == (moment, moment.timestamp())
        assert left == 45_000
        clock.move_to(moment + timedelta(minutes=17, microseconds=123_456))


def test_a_warm_process_takes_one_event_after_the_other(host: ProcessHost, written: Written) -> None:
    """The module is loaded once; what the handler prints is there when its answer is."""
    function = written(COUNTER)
    assert [host.invoke(function, {}) for _ in range(3)] == [1, 2, 3]
    assert host.log_lines() == ["call 1", "call 2", "call 3"]
    assert host.log_lines() == []


def test_what_a_handler_raises_is_the_error_and_the_process_stays(
    host: ProcessHost, written: Written
) -> None:
    """Type, message and trace are Lambda's; the next event finds the same process."""
    function = written(COUNTER)
    with pytest.raises(HandlerError, match=r"^ValueError: told to fail$") as caught:
        host.invoke(function, "raise")
    assert (caught.value.error_type, caught.value.message) == ("ValueError", "told to fail")
    assert 'raise ValueError("told to fail")' in caught.value.trace[-1]
    assert host.invoke(function, {}) == 2


@pytest.mark.parametrize(
    ("event", "error", "message"),
    [
        pytest.param("sleep", FunctionTimedOutError, "Task timed out after 0.50 seconds", id="timeout"),
        pytest.param("exit", FunctionExitedError, "Runtime exited with error: exit status 3", id="exit"),
        pytest.param("kill", FunctionExitedError, "Runtime exited with error: signal: killed", id="signal"),
    ],
)
def test_a_process_that_is_late_or_dies_is_replaced(
    host: ProcessHost, written: Written, event: str, error: type[Exception], message: str
) -> None:
    """The invocation fails with Lambda's words, the log up to then is kept, and the next event finds a new process."""
    function = written(COUNTER, timeout=0.5)
    assert host.invoke(function, {}) == 1
    with pytest.raises(error, match=message):
        host.invoke(function, event)
    assert host.log_lines() == ["call 1", "call 2"]
    assert host.invoke(function, {}) == 1


def test_a_process_that_ends_while_it_loads_is_an_error(host: ProcessHost, written: Written) -> None:
    """Code that exits at its import fails the invocation."""
    with pytest.raises(FunctionExitedError, match="exit status 7"):
        host.invoke(written("import os\nos._exit(7)\n"), {})


def test_code_that_cannot_be_loaded_is_an_error_with_its_message(host: ProcessHost, written: Written) -> None:
    """An exception at import time is reported as one of the initialisation."""
    with pytest.raises(InitError, match=r"^ZeroDivisionError: division by zero$"):
        host.invoke(written("1 / 0\n"), {})


def test_a_changed_configuration_needs_a_new_process(host: ProcessHost, written: Written) -> None:
    """A variable that changes is seen, because the function starts anew."""
    function = written("import os\ndef handler(event, context):\n    return os.environ.get('OWN')\n")
    assert host.invoke(function, {}) is None
    assert host.invoke(replace(function, environment={"OWN": "2"}), {}) == "2"


def test_an_answer_that_is_no_json_is_an_error(host: ProcessHost, written: Written) -> None:
    """What Lambda cannot pass on fails the invocation, here as there."""
    function = written("def handler(event, context):\n    return object()\n")
    with pytest.raises(HandlerError, match=r"Runtime\.MarshalError"):
        host.invoke(function, {})


def test_the_runtime_api_takes_only_what_belongs_to_the_invocation() -> None:
    """An unknown path is not found, and an answer to another invocation is refused."""
    with closing(RuntimeApi()) as api:
        api.offer(Invocation("1", "arn", round(datetime.now(UTC).timestamp() * 1000), b"{}"))
        with closing(http.client.HTTPConnection(api.address, timeout=10)) as connection:

            def status(method: str, path: str) -> int:
                connection.request(
                    method, f"/2018-06-01/runtime/{path}", body=b"{}" if method == "POST" else None
                )
                reply = connection.getresponse()
                reply.read()
                return reply.status

            assert status("GET", "invocation/previous") == 404
            assert status("POST", "restore/error") == 404
            assert status("GET", "invocation/next") == 200
            assert status("POST", "invocation/2/response") == 400
            assert status("POST", "invocation/1/response") == 202
