"""What a service allows: a policy as a whole, read and written.

A policy is YAML for people and canonical JSON in Parameter Store. Unknown keys are refused with their path, so that
a typing error never becomes a default.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from guardian.errors import PolicyInvalidError
from guardian.model import Mode
from guardian.policy.bake import BakePolicy
from guardian.policy.contract import ContractPolicy
from guardian.policy.custom import CustomMetric
from guardian.policy.gates import GatesPolicy
from guardian.policy.overrides import OverridePolicy
from guardian.policy.sections import (
    BudgetPolicy,
    CpuPolicy,
    DatabasePolicy,
    ErrorPolicy,
    LatencyPolicy,
    Section,
    TrafficPolicy,
    WindowPolicy,
)
from guardian.policy.steps import StepPolicy


class Policy(Section):
    """What one service allows Guardian to do and to tolerate."""

    schema_: Literal["guardian.policy/1"] = Field(
        "guardian.policy/1", alias="schema", description="Version of this format."
    )
    application: str | None = Field(
        None, min_length=1, max_length=100, description="CodeDeploy application; names the service."
    )
    deployment_group: str | None = Field(
        None, min_length=1, max_length=100, description="CodeDeploy deployment group; names the service."
    )
    mode: Mode = Field(
        Mode.OBSERVE,
        description="observe: log only; notify: also tell people; enforce: also put traffic back.",
    )
    alarms: tuple[str, ...] = Field(
        (), description="CloudWatch alarms whose actions may wake Guardian for this service."
    )
    budget: BudgetPolicy = BudgetPolicy()
    latency: LatencyPolicy = LatencyPolicy()
    errors: ErrorPolicy = ErrorPolicy()
    cpu: CpuPolicy = CpuPolicy()
    traffic: TrafficPolicy = TrafficPolicy()
    database: DatabasePolicy = DatabasePolicy()
    custom: tuple[CustomMetric, ...] = Field(
        (), max_length=10, description="Business metrics, judged per colour."
    )
    steps: tuple[StepPolicy, ...] = Field(
        (),
        max_length=10,
        description="Limits by green's live weight: the first entry whose `up_to` is not below it holds.",
    )
    window: WindowPolicy = WindowPolicy()
    gates: GatesPolicy = GatesPolicy()
    bake: BakePolicy = BakePolicy()
    contract: ContractPolicy = ContractPolicy()
    overrides: OverridePolicy = OverridePolicy()

    @model_validator(mode="after")
    def _custom_names_differ(self) -> Self:
        names = [metric.name for metric in self.custom]
        if len(names) != len(set(names)):
            raise ValueError("two custom metrics have the same name")
        return self

    @model_validator(mode="after")
    def _steps_fit(self) -> Self:
        weights = [step.up_to for step in self.steps]
        if weights != sorted(set(weights)):
            raise ValueError("the steps must come in the order of up_to, each with a larger one")
        for weight in weights:
            self.at(weight)
        return self

    def at(self, weight: float) -> "Policy":
        """Return what holds while green has `weight` (0 to 1) of the traffic."""
        step = next((step for step in self.steps if weight <= step.up_to + 1e-9), None)
        if step is None:
            return self
        return self.model_copy(
            update={"latency": step.latency(self.latency), "errors": step.errors(self.errors)}
        )

    @property
    def digest(self) -> str:
        """First 12 hexadecimal digits of SHA-256 over the whole effective policy."""
        return hashlib.sha256(canonical(self.model_dump(mode="json", by_alias=True)).encode()).hexdigest()[
            :12
        ]

    def stored(self) -> str:
        """Return the canonical JSON of what was set, leaving defaults to the version that reads it."""
        return canonical(self.model_dump(mode="json", by_alias=True, exclude_unset=True))


def canonical(data: object) -> str:
    """Return JSON with sorted keys and no spaces, so that equal data is equal text."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def parse_policy(data: Mapping[str, Any] | str, where: str) -> Policy:
    """Parse a policy's keys or JSON text; `where` tells the message what they came from.

    Raises:
        PolicyInvalidError: It does not fit; the message has one line per path.
    """
    try:
        if isinstance(data, str):
            return Policy.model_validate_json(data)
        return Policy.model_validate(dict(data))
    except ValidationError as error:
        lines = [
            f"  {'.'.join(map(str, item['loc'])) or '(whole document)'}: {item['msg']}"
            for item in error.errors(include_url=False)
        ]
        raise PolicyInvalidError(f"{where} is not a valid policy:\n" + "\n".join(lines)) from error
