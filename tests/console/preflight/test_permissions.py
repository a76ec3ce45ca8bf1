"""What the roles must be able to do: the list is the template's, and what is missing is found."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from guardian_console.preflight.permissions import BY_CHOICE, CALLS
from guardian_rehearsal.template import load_template

if TYPE_CHECKING:
    from conftest import Account

OWN = ("dynamodb", "lambda", "logs", "sns", "sqs")
"""Services of which the stack uses what it makes itself: these permissions cannot miss a service's names."""


def allowed(resources: Mapping[str, Any], role: str) -> Iterator[str]:
    """Yield the actions that a role of the template may do outside of the stack."""
    properties = resources[role]["Properties"]
    attached = (resources[one["Ref"]]["Properties"] for one in properties.get("ManagedPolicyArns", ()))
    for policy in (*properties.get("Policies", ()), *attached):
        for statement in policy["PolicyDocument"]["Statement"]:
            actions = statement["Action"]
            for action in [actions] if isinstance(actions, str) else actions:
                if action.partition(":")[0] not in OWN:
                    yield action


def test_the_calls_are_those_that_the_template_allows() -> None:
    """Each role is asked for exactly what template.yaml allows it: extend permissions.CALLS with the template."""
    resources = load_template()["Resources"]
    roles = [name for name, one in resources.items() if one["Type"] == "AWS::IAM::Role"]
    asked = {role: set(calls) | BY_CHOICE.get(role, frozenset()) for role, calls in CALLS.items()}
    assert asked == {role: actions for role in roles if (actions := set(allowed(resources, role)))}


def test_a_role_that_may_not_stop_bites(account: "Account") -> None:
    """A stack whose policy lacks StopDeployment is found, for both roles that take turns; nothing else is."""
    account.install_roles(leave_out="codedeploy:StopDeployment")
    found = account.checked("role-permissions", "--stack", "guardian")
    assert len(found) == 2
    assert all("may not codedeploy:StopDeployment" in one for one in found)


def test_a_group_that_the_stack_does_not_guard_bites(account: "Account") -> None:
    """Where GuardedDeploymentGroups names another group, the stop of this one is denied and nothing else is."""
    account.install_roles(guard="other/*")
    found = account.checked("role-permissions", "--stack", "guardian")
    assert len(found) == 2
    assert all("may not codedeploy:StopDeployment" in one for one in found)


def test_a_stack_that_is_not_guardians_is_unknown(account: "Account") -> None:
    """A stack that does not exist is not a pass."""
    assert ["unknown" in one for one in account.checked("role-permissions", "--stack", "other")] == [True]


def test_a_service_role_that_may_not_invoke_hooks_bites(account: "Account") -> None:
    """CodeDeploy's role must be able to invoke the functions that the latest AppSpec names."""
    account.allow_hooks("SomethingElse_*")
    (found,) = account.checked("hook-invocation")
    assert found.startswith(
        "bites: CodeDeploy's role ecommerce-bluegreen-codedeploy may not invoke CodeDeployHook_"
    )
    account.world.appspec_hooks["AfterInstall"] = "SomethingElse_AfterInstall"
    account.release()
    assert account.checked("hook-invocation") == []
