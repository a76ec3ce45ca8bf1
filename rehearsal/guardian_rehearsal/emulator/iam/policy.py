"""Identity-based policies: what their statements say, and what follows for one access. Pure.

Source: IAM User Guide, "Policy evaluation logic", "IAM JSON policy elements". Only what is decided here is read: a
policy with an element, an operator or a variable that is not is refused, never skipped.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

ELEMENTS = frozenset({"Sid", "Effect", "Action", "Resource", "Condition"})
OPERATORS = frozenset({"StringEquals", "StringLike", "ArnEquals", "ArnLike"})


@dataclass(frozen=True)
class Access:
    """One action on one resource.

    Attributes:
        action: As in a policy, for example `dynamodb:PutItem`.
        resource: An ARN; `*` where the action has no resource type.
        context: Condition keys with their values, such as `aws:RequestedRegion`.
    """

    action: str
    resource: str
    context: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Condition:
    """One key that must have one of some values."""

    operator: str
    key: str
    values: tuple[str, ...]

    def holds(self, context: Mapping[str, str]) -> bool:
        """Return whether it holds; a key that the context lacks matches nothing."""
        value = context.get(self.key.lower())
        if value is None:
            return False
        if self.operator == "StringEquals":
            return value in self.values
        return any(_pattern(pattern, ignore_case=False).fullmatch(value) for pattern in self.values)


@dataclass(frozen=True)
class Statement:
    """One statement of a policy.

    Attributes:
        sid: Its name, empty without one.
        allows: Whether its effect is Allow; else it is Deny.
        actions: Patterns of actions.
        resources: Patterns of ARNs.
        conditions: All of them must hold.
    """

    sid: str
    allows: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()

    def speaks_of(self, access: Access) -> bool:
        """Return whether action, resource and context are those of this statement."""
        context = {key.lower(): value for key, value in access.context}
        return (
            any(_pattern(one, ignore_case=True).fullmatch(access.action) for one in self.actions)
            and any(_pattern(one, ignore_case=False).fullmatch(access.resource) for one in self.resources)
            and all(condition.holds(context) for condition in self.conditions)
        )


@dataclass(frozen=True)
class Decision:
    """What the statements come to.

    Attributes:
        allowed: Whether the access is allowed.
        statement: The statement that says so; None when no statement speaks of the access.
    """

    allowed: bool
    statement: Statement | None = None


def decide(statements: Iterable[Statement], access: Access) -> Decision:
    """Return the decision: a Deny wins, then an Allow counts, and without either it is denied."""
    spoken = [one for one in statements if one.speaks_of(access)]
    denial = next((one for one in spoken if not one.allows), None)
    if denial is not None:
        return Decision(allowed=False, statement=denial)
    return Decision(allowed=bool(spoken), statement=spoken[0] if spoken else None)


def statements_of(document: Mapping[str, Any]) -> Iterator[Statement]:
    """Yield the statements of a policy document.

    Raises:
        ValueError: It says something that is not decided here.
    """
    for each in _listed(document["Statement"]):
        unknown = set(each) - ELEMENTS
        if unknown:
            raise ValueError(f"add {', '.join(sorted(unknown))} to the emulated IAM before a policy uses it")
        if each["Effect"] not in ("Allow", "Deny"):
            raise ValueError(f"an effect is Allow or Deny, not {each['Effect']!r}")
        yield Statement(
            sid=each.get("Sid", ""),
            allows=each["Effect"] == "Allow",
            actions=tuple(_listed(each["Action"])),
            resources=tuple(_without_variables(one) for one in _listed(each["Resource"])),
            conditions=tuple(_conditions(each.get("Condition", {}))),
        )


def _conditions(block: Mapping[str, Mapping[str, Any]]) -> Iterator[Condition]:
    for operator, keys in block.items():
        if operator not in OPERATORS:
            raise ValueError(
                f"add the condition operator {operator} to the emulated IAM before a policy uses it"
            )
        for key, values in keys.items():
            yield Condition(operator, key, tuple(_without_variables(str(one)) for one in _listed(values)))


def _without_variables(text: str) -> str:
    if "${" in text:
        raise ValueError(f"{text}: add policy variables to the emulated IAM before a policy uses one")
    return text


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


@cache
def _pattern(text: str, *, ignore_case: bool) -> re.Pattern[str]:
    """`*` stands for any characters and `?` for one (IAM User Guide, "Resource")."""
    regex = re.escape(text).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(regex, re.IGNORECASE | re.DOTALL if ignore_case else re.DOTALL)
