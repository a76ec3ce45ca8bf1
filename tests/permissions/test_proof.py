"""Every role may do what its functions ask AWS for, and nothing else."""

from collections.abc import Mapping
from dataclasses import replace

from guardian_rehearsal.emulator.iam import Access, Decision, decide
from guardian_rehearsal.roles import Role

Asked = Mapping[str, Mapping[Access, Decision]]

# Resources that a role is granted beside those that it was seen to need, and why.
NEVER_NAMED = {
    ":log-group:": "one policy holds the log groups of all functions",
    ":parameter/guardian/policies/*": "a listing by path names the path; AWS's examples grant what is below it too",
}


def test_nothing_is_asked_for_without_a_grant(role: str, roles: Mapping[str, Role], asked: Asked) -> None:
    """No role was ever denied anything."""
    denied = {access for access, decision in asked[roles[role].name].items() if not decision.allowed}
    assert denied == set()


def test_no_grant_is_unused(role: str, action: str, roles: Mapping[str, Role], asked: Asked) -> None:
    """Each action of each statement is one that the role's functions asked for."""
    used = {
        (decision.statement, access.action)
        for access, decision in asked[roles[role].name].items()
        if decision.allowed
    }
    granting = [one for one in roles[role].statements if action in one.actions]
    assert [(one.sid, action) for one in granting if (one, action) not in used] == []


def test_without_any_one_grant_something_is_denied(
    role: str, action: str, roles: Mapping[str, Role], asked: Asked
) -> None:
    """With one action taken out of one role, something that the role's functions asked for is denied."""
    left = [
        replace(one, actions=tuple(each for each in one.actions if each != action))
        for one in roles[role].statements
    ]
    assert any(not decide(left, access).allowed for access in asked[roles[role].name])


def test_no_grant_is_wider_than_what_is_named(role: str, roles: Mapping[str, Role], asked: Asked) -> None:
    """Each resource of each statement holds something that the role's functions named, or its reason is written."""
    wide = [
        resource
        for statement in roles[role].statements
        for resource in statement.resources
        if not any(
            decide([replace(statement, resources=(resource,))], access).allowed
            for access in asked[roles[role].name]
        )
    ]
    assert [one for one in wide if not any(part in one for part in NEVER_NAMED)] == []


def test_a_function_writes_to_its_own_log(role: str, asked: Asked, roles: Mapping[str, Role]) -> None:
    """Lambda may write the log of each function with the function's role."""
    written = [access for access in asked[roles[role].name] if access.action == "logs:PutLogEvents"]
    assert written or role == "ScheduleRole"  # which no function holds
    assert all(asked[roles[role].name][access].allowed for access in written)
