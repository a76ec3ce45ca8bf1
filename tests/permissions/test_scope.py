"""What may be changed is named, and no role may move traffic."""

from collections.abc import Mapping

from guardian_rehearsal.roles import Role

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


def test_no_role_moves_traffic(role: str, roles: Mapping[str, Role]) -> None:
    """Of load balancing a role may describe, and nothing more: traffic is CodeDeploy's to move."""
    balancing = {
        action
        for statement in roles[role].statements
        for action in statement.actions
        if action.startswith("elasticloadbalancing:")
    }
    assert [one for one in balancing if not one.startswith("elasticloadbalancing:Describe")] == []
