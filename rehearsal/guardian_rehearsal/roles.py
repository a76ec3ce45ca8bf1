"""The roles of template.yaml, their policies resolved, each function's requests held to its own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from guardian_rehearsal.emulator.iam import Principal, Statement, statements_of
from guardian_rehearsal.emulator.server import SECRET_ACCESS_KEY, EmulatedAws
from guardian_rehearsal.naming import STACK
from guardian_rehearsal.template import Resolver


@dataclass(frozen=True)
class Role:
    """What its holders may do.

    Attributes:
        logical_id: Its key in the template.
        name: Its name.
        statements: All statements of its policies, inline and attached.
    """

    logical_id: str
    name: str
    statements: tuple[Statement, ...]


def read_roles(resources: Mapping[str, Any], resolver: Resolver) -> dict[str, Role]:
    """Return the template's roles by logical id."""
    return {
        name: Role(name, f"{STACK}-{name}", tuple(_statements(name, resources, resolver)))
        for name, resource in resources.items()
        if resource["Type"] == "AWS::IAM::Role"
    }


def assume(aws: EmulatedAws, role: Role, function: str) -> dict[str, str]:
    """Return the credentials of a function's role as Lambda puts them into the environment."""
    access_key = f"ASIA{function.upper()}"
    aws.iam.restrict(access_key, Principal(role.name, function, role.statements))
    return {
        "AWS_ACCESS_KEY_ID": access_key,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_SESSION_TOKEN": f"session of {function}",
    }


def _statements(role: str, resources: Mapping[str, Any], resolver: Resolver) -> Iterator[Statement]:
    properties = resources[role]["Properties"]
    for attached in properties.get("ManagedPolicyArns", []):
        if not isinstance(attached, dict) or set(attached) != {"Ref"}:
            raise ValueError(
                f"{role}: what {attached} allows is not known here; attach policies of the template"
            )
        yield from statements_of(resolver.value(resources[attached["Ref"]]["Properties"]["PolicyDocument"]))
    for inline in resolver.value(properties.get("Policies", [])):
        yield from statements_of(inline["PolicyDocument"])
