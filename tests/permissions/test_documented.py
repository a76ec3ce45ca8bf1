"""docs/permissions.md lists what the template grants."""

import re
from collections.abc import Mapping

import pytest

from guardian_rehearsal.roles import Role
from guardian_rehearsal.template import ROOT

ROW = re.compile(
    r"^\| `(?P<action>[^`]+)` \| (?P<roles>[^|]+) \| (?P<on>[^|]+) \| (?P<why>[^|]+) \|$", re.MULTILINE
)


@pytest.fixture(scope="module")
def rows() -> list[re.Match[str]]:
    """The rows of the table."""
    return list(ROW.finditer((ROOT / "docs/permissions.md").read_text(encoding="utf-8")))


def test_every_grant_has_a_row_and_every_row_is_granted(
    rows: list[re.Match[str]], roles: Mapping[str, Role]
) -> None:
    """Action and role, each pair once, in alphabetical order."""
    listed = [(row["action"], role) for row in rows for role in row["roles"].split(", ")]
    granted = {(action, name) for name in roles for one in roles[name].statements for action in one.actions}
    assert listed == sorted(granted)


def test_what_stands_on_everything_is_said_to(rows: list[re.Match[str]], roles: Mapping[str, Role]) -> None:
    """A row says `everything` where an action is granted on `*`, and nowhere else; the stop stands on its parameter."""
    everywhere = {
        action
        for role in roles.values()
        for statement in role.statements
        for action in statement.actions
        if "*" in statement.resources
    }
    said = {row["action"] for row in rows if row["on"] == "everything"}
    assert said == everywhere - {"codedeploy:StopDeployment"}
