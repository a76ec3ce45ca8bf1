"""The AppSpec of an ECS deployment and the revision that carries it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from guardian_rehearsal.emulator.codedeploy.exceptions import (
    InvalidRevisionException,
    RevisionRequiredException,
)
from guardian_rehearsal.emulator.codedeploy.stages import HOOKS

CONTENT_KEYS = {"AppSpecContent": "appSpecContent", "String": "string"}
"""Revision types that carry their text, and the member in which they do. `S3` is not supported here."""


@dataclass(frozen=True)
class AppSpec:
    """What CodeDeploy needs of an AppSpec file.

    Source: "AppSpec File structure for Amazon ECS deployments" in the CodeDeploy user guide.
    """

    task_definition: str
    container_name: str
    container_port: int
    hooks: Mapping[str, str] = field(default_factory=dict)


def parse(content: str) -> AppSpec:
    """Read an AppSpec in YAML or JSON; raise InvalidRevisionException when it is not one for ECS."""
    try:
        document = json.loads(content) if content.lstrip().startswith("{") else yaml.safe_load(content)
        keys = {key.lower(): value for key, value in document.items()}
        service = keys["resources"][0]["TargetService"]
        properties = service["Properties"]
        hooks = {name: str(function) for entry in keys.get("hooks") or [] for name, function in entry.items()}
        container = properties["LoadBalancerInfo"]
        spec = AppSpec(
            str(properties["TaskDefinition"]),
            str(container["ContainerName"]),
            int(container["ContainerPort"]),
            hooks,
        )
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, yaml.YAMLError) as error:
        raise InvalidRevisionException(f"The AppSpec file cannot be read: {error}") from error
    if unknown := hooks.keys() - HOOKS:
        raise InvalidRevisionException(f"The AppSpec file has unknown hooks: {', '.join(sorted(unknown))}")
    return spec


@dataclass(frozen=True)
class Revision:
    """A revision as CodeDeploy keeps it: its kind, its text and the text's SHA-256 in hexadecimal."""

    revision_type: str
    content: str
    sha256: str

    def location(self, *, with_content: bool) -> dict[str, Any]:
        """Return the RevisionLocation; GetDeployment leaves the content null, GetApplicationRevision does not."""
        text = {"sha256": self.sha256, **({"content": self.content} if with_content else {})}
        return {"revisionType": self.revision_type, CONTENT_KEYS[self.revision_type]: text}


def carried_text(location: Mapping[str, Any] | None) -> tuple[str, Mapping[str, Any]]:
    """Return the type and the text member of a RevisionLocation, or raise for one that carries no text."""
    if not location:
        raise RevisionRequiredException
    revision_type = str(location.get("revisionType"))
    member = CONTENT_KEYS.get(revision_type)
    if member is None or not location.get(member):
        raise InvalidRevisionException(
            f"The revision type {revision_type} is not supported for this deployment"
        )
    return revision_type, location[member]


def read_revision(location: Mapping[str, Any] | None) -> Revision:
    """Read the revision given to CreateDeployment."""
    revision_type, text = carried_text(location)
    content = str(text.get("content") or "")
    return Revision(
        revision_type, content, text.get("sha256") or hashlib.sha256(content.encode()).hexdigest()
    )
