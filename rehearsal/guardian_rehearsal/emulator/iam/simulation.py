"""IAM's policy simulator for roles, which moto lacks."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from moto.core.responses import ActionResult
from moto.iam.models import Role
from moto.iam.responses import IamResponse

from guardian_rehearsal.emulator.iam.policy import Access, Statement, decide, statements_of


def install() -> None:
    """Make moto's server answer SimulatePrincipalPolicy; a second call changes nothing."""
    setattr(IamResponse, "simulate_principal_policy", simulate_principal_policy)  # noqa: B010 - moto has no such name


def simulate_principal_policy(self: IamResponse) -> ActionResult:
    """Answer what a role may do by its inline and attached policies; one result per action and resource.

    Source: SimulatePrincipalPolicy in the IAM API reference. Not here: users, groups, boundaries, resource policies.
    """
    written = list(statements(self.backend.get_role_by_arn(self._get_param("PolicySourceArn"))))
    context = tuple(
        (one["ContextKeyName"], value)
        for one in self._get_param("ContextEntries") or []
        for value in one["ContextKeyValues"]
    )
    results = [
        _result(written, Access(action, resource, context))
        for action in self._get_param("ActionNames")
        for resource in self._get_param("ResourceArns") or ["*"]
    ]
    return ActionResult({"EvaluationResults": results, "IsTruncated": False})


def statements(role: Role) -> Iterator[Statement]:
    """Yield every statement of a role's inline and attached policies."""
    attached = [
        version.document
        for policy in role.managed_policies.values()
        for version in policy.versions
        if version.is_default
    ]
    for document in (*role.policies.values(), *attached):
        parsed: Mapping[str, Any] = json.loads(document) if isinstance(document, str) else document
        yield from statements_of(parsed)


def _result(written: list[Statement], access: Access) -> dict[str, Any]:
    decision = decide(written, access)
    denied = "explicitDeny" if decision.statement else "implicitDeny"
    return {
        "EvalActionName": access.action,
        "EvalResourceName": access.resource,
        "EvalDecision": "allowed" if decision.allowed else denied,
        "MatchedStatements": [],
        "MissingContextValues": [],
    }
