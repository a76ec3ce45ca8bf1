"""What may be changed is named, and only a turn may move traffic, at named listeners."""

from collections.abc import Mapping

from guardian_rehearsal.emulator.server import EmulatedAws
from guardian_rehearsal.naming import name_everything
from guardian_rehearsal.roles import Role, read_roles
from guardian_rehearsal.template import load_template

READ_VERBS = ("Describe", "Get", "List", "Query", "Receive")
ACCOUNT = ":eu-west-1:123456789012:"

# AWS's references disagree about StopDeployment; the template says when it stands on `*`.
MAY_STAND_ON_ANYTHING = {"codedeploy:StopDeployment"}


def test_what_writes_is_scoped_to_this_account_and_region(
    role: str, action: str, roles: Mapping[str, Role]
) -> None:
    """Each action that changes something names resources of the stack's own account and Region."""
    if action.partition(":")[2].startswith(READ_VERBS) or action in MAY_STAND_ON_ANYTHING:
        return
    resources = [
        resource
        for statement in roles[role].statements
        if action in statement.actions
        for resource in statement.resources
    ]
    assert resources
    assert [one for one in resources if ACCOUNT not in one] == []


def test_what_stops_deployments_stays_in_its_region(roles: Mapping[str, Role]) -> None:
    """StopDeployment is granted by conditions and resources that no other Region meets."""
    stopping = [
        statement
        for role in roles.values()
        for statement in role.statements
        if "codedeploy:StopDeployment" in statement.actions
    ]
    assert stopping
    for statement in stopping:
        (condition,) = statement.conditions
        assert (condition.key, condition.values) == ("aws:RequestedRegion", ("eu-west-1",))


def test_only_turns_move_traffic(role: str, roles: Mapping[str, Role]) -> None:
    """Of load balancing a role may describe, and only a turn may change a listener or a rule."""
    balancing = {
        action
        for statement in roles[role].statements
        for action in statement.actions
        if action.startswith("elasticloadbalancing:")
    }
    changes = {one.partition(":")[2] for one in balancing if ":Describe" not in one}
    assert changes == ({"ModifyListener", "ModifyRule"} if role == "TurnRole" else set())


def test_without_a_named_listener_no_traffic_is_moved() -> None:
    """By default GuardedListeners is empty, and then nothing that exists may be changed."""
    template = load_template()
    _, resolver = name_everything(EmulatedAws(), template, {"GuardedListeners": ""})
    turn = read_roles(template["Resources"], resolver)["TurnRole"]
    (statement,) = [one for one in turn.statements if "elasticloadbalancing:ModifyListener" in one.actions]
    assert [one.rpartition(":")[2] for one in statement.resources] == ["listener/none"]
