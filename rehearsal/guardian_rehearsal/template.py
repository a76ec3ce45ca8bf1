"""Reads template.yaml, so that the rehearsal runs what the template describes and not a copy of it."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
"""The checkout: the rehearsal runs from the sources, which hold the template and the functions."""
TEMPLATE = ROOT / "template.yaml"


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms: `!Ref x` becomes `{"Ref": x}`, `!Sub x` becomes `{"Fn::Sub": x}`."""


def _short_form(loader: yaml.Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    raise yaml.YAMLError(f"!{suffix} stands before something that CloudFormation does not allow there")


_Loader.add_multi_constructor("!", _short_form)


def load_template(path: Path = TEMPLATE) -> dict[str, Any]:
    """Return the template with intrinsic functions in their long form.

    Raises:
        FileNotFoundError: The rehearsal was not started from a checkout of the repository.
    """
    if not path.exists():
        raise FileNotFoundError(
            f"{path} is missing: `guardian rehearse` runs from a checkout of the repository"
        )
    template: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - safe subclass
    return template


NO_VALUE = object()
"""What `AWS::NoValue` resolves to: whatever holds it loses that entry."""


class Resolver:
    """Resolves intrinsic functions from the names, attributes and conditions known so far.

    Args:
        names: What `Ref` leads to: parameters, pseudo parameters, resources.
        attributes: What `Fn::GetAtt` leads to, by `resource.attribute`.
        conditions: The template's conditions, unresolved.
    """

    def __init__(
        self,
        names: Mapping[str, Any],
        attributes: Mapping[str, str],
        conditions: Mapping[str, Any] | None = None,
    ) -> None:
        self._names = names
        self._attributes = attributes
        self._conditions = conditions or {}
        self._intrinsics: Mapping[str, Callable[[Any], Any]] = {
            "Ref": self._ref, "Fn::GetAtt": self._attribute, "Fn::Sub": self._substituted, "Fn::Join": self._joined,
            "Fn::Split": self._split, "Fn::Select": self._selected, "Fn::If": self._chosen,
            "Condition": self.holds, "Fn::Equals": self._equal, "Fn::Not": self._negated, "Fn::And": self._all,
            "Fn::Or": self._any,
        }  # fmt: skip

    def value(self, node: Any) -> Any:
        """Return the node with every intrinsic function replaced.

        Raises:
            KeyError: A reference leads nowhere.
            ValueError: An intrinsic function is not known here.
        """
        if isinstance(node, dict):
            if intrinsic := self._intrinsic(node):
                return intrinsic(next(iter(node.values())))
            resolved = {name: self.value(inner) for name, inner in node.items()}
            return {name: inner for name, inner in resolved.items() if inner is not NO_VALUE}
        if isinstance(node, list):
            return [inner for inner in map(self.value, node) if inner is not NO_VALUE]
        return node

    def holds(self, condition: str) -> bool:
        """Return whether a condition of the template holds."""
        return bool(self.value(self._conditions[condition]))

    def _intrinsic(self, node: Mapping[str, Any]) -> Callable[[Any], Any] | None:
        """Return what resolves the node; None if it is an ordinary map, as the `Condition` of a statement is."""
        if len(node) != 1:
            return None
        ((key, inner),) = node.items()
        if key.startswith("Fn::") and key not in self._intrinsics:
            raise ValueError(f"{key} is not resolved here: add it to the rehearsal's Resolver")
        return None if key == "Condition" and not isinstance(inner, str) else self._intrinsics.get(key)

    def _ref(self, name: str) -> Any:
        return NO_VALUE if name == "AWS::NoValue" else self._names[name]

    def _attribute(self, path: str | list[str]) -> str:
        return self._attributes[path if isinstance(path, str) else ".".join(path)]

    def _substituted(self, argument: str | list[Any]) -> str:
        text, own = (argument, {}) if isinstance(argument, str) else (argument[0], self.value(argument[1]))

        def replacement(match: re.Match[str]) -> str:
            name = match.group(1)
            if name.startswith("!"):
                return f"${{{name[1:]}}}"
            known = own if name in own else self._attributes if "." in name else self._names
            return str(known[name])

        return re.sub(r"\$\{([^}]+)\}", replacement, text)

    def _joined(self, argument: list[Any]) -> str:
        return str(argument[0]).join(str(one) for one in self.value(argument[1]))

    def _split(self, argument: list[Any]) -> list[str]:
        return str(self.value(argument[1])).split(argument[0])

    def _selected(self, argument: list[Any]) -> Any:
        return self.value(argument[1])[int(argument[0])]

    def _chosen(self, argument: list[Any]) -> Any:
        condition, then, otherwise = argument
        return self.value(then if self.holds(condition) else otherwise)

    def _equal(self, argument: list[Any]) -> bool:
        left, right = (self.value(one) for one in argument)
        return bool(left == right)

    def _negated(self, argument: list[Any]) -> bool:
        return not self.value(argument[0])

    def _all(self, argument: list[Any]) -> bool:
        return all(self.value(one) for one in argument)

    def _any(self, argument: list[Any]) -> bool:
        return any(self.value(one) for one in argument)
