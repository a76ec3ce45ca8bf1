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


class Resolver:
    """Resolves `Ref`, `Fn::GetAtt` and `Fn::Sub` from the names and attributes known so far."""

    def __init__(self, names: Mapping[str, Any], attributes: Mapping[str, str]) -> None:
        self._names = names
        self._attributes = attributes

    def value(self, node: Any) -> Any:
        """Return the node with every intrinsic function replaced.

        Raises:
            KeyError: A reference leads nowhere.
        """
        if isinstance(node, dict) and len(node) == 1:
            ((key, inner),) = node.items()
            intrinsic = self._intrinsics().get(key)
            if intrinsic:
                return intrinsic(inner)
        if isinstance(node, dict):
            return {key: self.value(inner) for key, inner in node.items()}
        if isinstance(node, list):
            return [self.value(inner) for inner in node]
        return node

    def _intrinsics(self) -> Mapping[str, Callable[[Any], Any]]:
        return {"Ref": self._ref, "Fn::GetAtt": self._attribute, "Fn::Sub": self._substituted}

    def _ref(self, name: str) -> Any:
        return self._names[name]

    def _attribute(self, path: str | list[str]) -> str:
        return self._attributes[path if isinstance(path, str) else ".".join(path)]

    def _substituted(self, text: str) -> str:
        return re.sub(r"\$\{([^}]+)\}", lambda match: str(self._names[match.group(1)]), text)
