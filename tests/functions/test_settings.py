"""What functions say when a setting is missing."""

from collections.abc import Callable
from typing import Any

import pytest

from guardian.errors import SettingMissingError
from guardian_rehearsal.template import load_template

Event = Callable[[str], dict[str, Any]]
TEMPLATE = load_template()
SETTINGS = [
    (name, variable)
    for name, resource in TEMPLATE["Resources"].items()
    if resource["Type"] == "AWS::Serverless::Function" and name != "Turn"
    for variable in resource["Properties"].get("Environment", {}).get("Variables", {})
    if variable.startswith("GUARDIAN_")
]
EVENTS = {
    "Tick": "scheduled-event-scheduler",
    "AlarmAction": "alarm-action-metric",
    "DeploymentEvent": "codedeploy-state-change-start",
    "ContractGate": "contract-gate",
    "DashboardWidget": "dashboard-widget",
}
"""What each function is called with; hooks with a hook's event."""


@pytest.mark.parametrize(("name", "variable"), SETTINGS, ids=str)
def test_a_missing_setting_is_named(shared_site: Any, event: Event, name: str, variable: str) -> None:
    """A function without one of the variables that the template gives it says which one is missing."""
    with pytest.raises(SettingMissingError, match=variable):
        shared_site.invoke(name, event(EVENTS.get(name, "codedeploy-hook")), **{variable: None})


@pytest.mark.parametrize("variable", ["GUARDIAN_TABLE", "GUARDIAN_POLICY_PATH"])
def test_a_turn_without_a_setting_keeps_its_message(shared_site: Any, variable: str) -> None:
    """Without a setting no message is lost: each goes back to the queue, and the log names what is missing."""
    answer = shared_site.invoke("Turn", {"Records": [shared_site.message("d-A1B2C3D4E")]}, **{variable: None})
    assert answer == {"batchItemFailures": [{"itemIdentifier": "message-1"}]}
    assert any(variable in str(line.get("exception")) for line in shared_site.log())
