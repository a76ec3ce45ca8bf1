"""Asks AWS one question at a time: what is not answered becomes `Unread`, and so does what rests on it."""

from collections.abc import Callable
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from guardian.aws.calls import FORBIDDEN, aws_call
from guardian.errors import GuardianError
from guardian_console.preflight.facts import Fact, Unasked, Unread

A = TypeVar("A")
B = TypeVar("B")


class IncompleteError(GuardianError):
    """AWS answered, and what was asked for is not in the answer; the message says what is missing."""


def ask(operation: str, call: Callable[[], A]) -> Fact[A]:
    """Return what a call returns, or why there is nothing.

    Args:
        operation: The call as an IAM action.
        call: Calls AWS and picks the answer; may raise `IncompleteError`.
    """
    try:
        with aws_call(operation):
            return call()
    except GuardianError as error:
        return Unread(_reason(operation, error))


def then(fact: Fact[A], step: Callable[[A], Fact[B]]) -> Fact[B]:
    """Return what follows from an answer; without one, the reason why there is none."""
    if isinstance(fact, Unread | Unasked):
        return fact
    return step(fact)


def only(found: Any, what: str) -> Any:
    """Return the first of what was found.

    Raises:
        IncompleteError: There is none.
    """
    for one in found or ():
        return one
    raise IncompleteError(f"AWS knows no {what} in this account and region")


def _reason(operation: str, error: GuardianError) -> str:
    cause = error.__cause__
    if isinstance(cause, ClientError) and cause.response.get("Error", {}).get("Code") in FORBIDDEN:
        return (
            f"{operation} is not allowed with your credentials: {cause.response['Error'].get('Message', '')}"
        )
    return str(error)
