"""What is missing from the artifact is found by running it, and named."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from guardian_rehearsal.emulator.server import EmulatedAws
from guardian_rehearsal.installation import Function, Installation, install
from guardian_rehearsal.lambda_runtime import Artifact, HandlerError, InitError, ProcessHost
from guardian_rehearsal.template import load_template

Event = Callable[[str], dict[str, Any]]
SETTINGS = [
    (name, variable)
    for name, resource in load_template()["Resources"].items()
    if resource["Type"] == "AWS::Serverless::Function"
    for variable in resource["Properties"].get("Environment", {}).get("Variables", {})
    if variable.startswith("GUARDIAN_")
]
EVENTS = {
    "Tick": "scheduled-event-scheduler",
    "AlarmAction": "alarm-action-metric",
    "DeploymentEvent": "codedeploy-state-change-start",
    "ContractGate": "contract-gate",
    "DashboardWidget": "dashboard-widget",
    "Turn": "sqs-batch-eventbridge",
}
"""What each function is called with; hooks with a hook's event."""


class Account:
    """An account with the built template in it."""

    def __init__(self, aws: EmulatedAws, artifact: Artifact, host: ProcessHost) -> None:
        self.installation: Installation = install(aws, artifact.template)
        self.host = host

    def without(self, name: str, variable: str) -> Function:
        function = self.installation.functions[name]
        kept = {key: value for key, value in function.environment.items() if key != variable}
        return replace(function, environment=kept)


@pytest.fixture(scope="module")
def account(artifact: Artifact) -> Iterator[Account]:
    with EmulatedAws() as aws, closing(ProcessHost(artifact, aws.environment())) as host:
        yield Account(aws, artifact, host)


@pytest.mark.parametrize(("name", "variable"), SETTINGS, ids=str)
def test_a_variable_that_the_template_does_not_give_is_named(
    account: Account, event: Event, name: str, variable: str
) -> None:
    """Without one of its variables a function fails, or sends its messages back, and says which one it misses."""
    function, payload = account.without(name, variable), event(EVENTS.get(name, "codedeploy-hook"))
    account.host.log_lines()
    if name == "Turn":
        answer = account.host.invoke(function, payload)
        assert len(answer["batchItemFailures"]) == len(payload["Records"])
    else:
        with pytest.raises(HandlerError, match=f"SettingMissingError: .*{variable}"):
            account.host.invoke(function, payload)
    assert any(variable in line for line in account.host.log_lines())


@pytest.mark.parametrize("missing", ["pydantic", "pydantic_core", "aws_lambda_powertools", "guardian/judge"])
def test_a_dependency_that_the_layer_does_not_hold_is_named(
    account: Account, event: Event, tmp_path: Path, missing: str
) -> None:
    """Without one of the layer's packages the function that needs it cannot be loaded."""
    function = account.installation.functions["Turn"]
    (layer,) = function.layers
    copy = tmp_path / "python"
    shutil.copytree(layer, copy, symlinks=True)
    shutil.rmtree(copy / missing)
    module = missing.replace("/", ".")
    with pytest.raises(InitError, match=f"Runtime.ImportModuleError: .*No module named '{module}'"):
        account.host.invoke(replace(function, layers=(copy,)), event("sqs-batch-eventbridge"))


def test_a_function_without_its_layer_cannot_be_loaded(account: Account, event: Event) -> None:
    """Nothing of the checkout or of its environment stands in for the layer."""
    function = replace(account.installation.functions["Tick"], layers=())
    with pytest.raises(InitError, match="No module named"):
        account.host.invoke(function, event("scheduled-event-scheduler"))


@pytest.mark.parametrize(
    ("handler", "error"),
    [
        pytest.param("main.handler", "Runtime.ImportModuleError: .*No module named 'main'", id="module"),
        pytest.param("app.handle", "Runtime.HandlerNotFound: Handler 'handle' missing", id="function"),
        pytest.param("handler", "Runtime.MalformedHandlerName: Bad handler", id="no module"),
    ],
)
def test_a_wrong_handler_path_is_named(account: Account, event: Event, handler: str, error: str) -> None:
    """A handler that is not there fails the first invocation with Lambda's own error, and every later one."""
    function = replace(account.installation.functions["Tick"], handler=handler)
    for _ in range(2):
        with pytest.raises(InitError, match=error):
            account.host.invoke(function, event("scheduled-event-scheduler"))
    assert account.host.invoke(account.installation.functions["Tick"], event("scheduled-event-scheduler"))
