"""Lets a request through or refuses it, and remembers what was asked for and which statement allowed it."""

from collections.abc import Sequence
from dataclasses import dataclass

from guardian_rehearsal.emulator.faults import Fault
from guardian_rehearsal.emulator.iam.needs import Account, OperationNotListedError, accesses
from guardian_rehearsal.emulator.iam.policy import Access, Decision, Statement, decide
from guardian_rehearsal.emulator.requests import Request

XML_CODES = {"sns": "AuthorizationError"}
"""Codes for a refusal that differ from the usual one of services with XML behind them ("Common errors" pages)."""


@dataclass(frozen=True)
class Principal:
    """Who calls: a role, assumed in a session.

    Attributes:
        role: The role's name.
        session: The session's name; Lambda takes the function's.
        statements: All that the role's policies say.
    """

    role: str
    session: str
    statements: Sequence[Statement]


class Authorizer:
    """Holds requests to policies. Access keys that it does not know are people and services, and may do everything.

    Attributes:
        decisions: What each role asked for, and what came of it.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._principals: dict[str, Principal] = {}
        self.decisions: dict[str, dict[Access, Decision]] = {}

    def restrict(self, access_key: str, principal: Principal) -> None:
        """Hold requests that are signed with this key to the principal's statements from now on."""
        self._principals[access_key] = principal
        self.decisions.setdefault(principal.role, {})

    def refusal(self, request: Request) -> Fault | None:
        """Return the error for a request, or nothing if its caller may make it."""
        principal = self._principals.get(request.access_key)
        if principal is None:
            return None
        try:
            needed = list(accesses(self._account, request.service, request.operation, request.parameters()))
        except OperationNotListedError as error:
            return _denied(request, f"{self._user(principal)} is not authorized: {error}")
        for access in needed:
            decision = self._decision(principal, access)
            if not decision.allowed:
                return _denied(request, self._message(principal, access, decision))
        return None

    def _decision(self, principal: Principal, access: Access) -> Decision:
        known = self.decisions[principal.role]
        if access not in known:
            known[access] = decide(principal.statements, access)
        return known[access]

    def _user(self, principal: Principal) -> str:
        return f"User: arn:aws:sts::{self._account.id}:assumed-role/{principal.role}/{principal.session}"

    def _message(self, principal: Principal, access: Access, decision: Decision) -> str:
        """AWS's own words (IAM User Guide, "Troubleshoot access denied error messages")."""
        why = (
            "with an explicit deny in an identity-based policy"
            if decision.statement
            else f"because no identity-based policy allows the {access.action} action"
        )
        where = "" if access.resource == "*" else f" on resource: {access.resource}"
        return f"{self._user(principal)} is not authorized to perform: {access.action}{where} {why}"


def _denied(request: Request, message: str) -> Fault:
    if request.answers_in_xml():
        code, status = XML_CODES.get(request.service, "AccessDenied"), 403
    else:
        code, status = "AccessDeniedException", 400
    return Fault(request.service, request.operation, code, message, status)
