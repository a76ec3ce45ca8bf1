"""Policies in SSM Parameter Store: `<path>/<application>/<deployment group>`."""

import re
from typing import TYPE_CHECKING

from guardian.aws.calls import NotThereError, aws_call
from guardian.errors import PolicyInvalidError
from guardian.model import Service
from guardian.policy import Policy, parse_policy

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

NAME = re.compile(r"[a-zA-Z0-9_.-]+")
"""What one part of a parameter's name may hold (Systems Manager API reference, PutParameter)."""


class ParameterStorePolicies:
    """Implements `Policies`."""

    def __init__(self, ssm: "SSMClient", path: str) -> None:
        self._ssm = ssm
        self._path = path.rstrip("/")

    def find(self, service: Service) -> Policy | None:
        text = self.stored(service)
        return None if text is None else parse_policy(text, where=self.name(service))

    def stored(self, service: Service) -> str | None:
        """Return the stored text as it is, valid or not; None without one."""
        if not (NAME.fullmatch(service.application) and NAME.fullmatch(service.deployment_group)):
            return None  # `name` refuses to store a policy for it, so there is none
        try:
            with aws_call("ssm:GetParameter"):
                return self._ssm.get_parameter(Name=self.name(service))["Parameter"]["Value"]
        except NotThereError:
            return None

    def services(self) -> list[Service]:
        with aws_call("ssm:GetParametersByPath"):
            pages = self._ssm.get_paginator("get_parameters_by_path").paginate(
                Path=self._path, Recursive=True
            )
            names = [one["Name"] for page in pages for one in page["Parameters"]]
        parts = [name.removeprefix(f"{self._path}/").split("/") for name in names]
        return [Service(application=part[0], deployment_group=part[1]) for part in parts if len(part) == 2]

    def push(self, service: Service, policy: Policy) -> str:
        """Store the policy and return the parameter's name.

        Raises:
            PolicyInvalidError: The service's name cannot be part of a parameter's name.
        """
        name = self.name(service)
        with aws_call("ssm:PutParameter"):
            self._ssm.put_parameter(
                Name=name, Value=policy.stored(), Type="String", Tier="Intelligent-Tiering", Overwrite=True
            )
        return name

    def name(self, service: Service) -> str:
        for part in (service.application, service.deployment_group):
            if not NAME.fullmatch(part):
                raise PolicyInvalidError(
                    f"{part!r} cannot be part of a parameter's name; letters, digits, '_', '.' and '-' can: "
                    "rename the CodeDeploy application or deployment group"
                )
        return f"{self._path}/{service.application}/{service.deployment_group}"
