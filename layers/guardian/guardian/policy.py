"""What a service allows: thresholds, windows and the mode. The defaults are the published thresholds.

A policy is YAML for people and canonical JSON in Parameter Store. Unknown keys are refused with their path, so that
a typing error never becomes a default.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from guardian.errors import PolicyInvalidError
from guardian.model import Mode, Value


class Section(Value):
    """A part of a policy."""

    @model_validator(mode="before")
    @classmethod
    def _no_booleans(cls, data: Any) -> Any:
        """Refuse true and false, which would pass for the numbers 1 and 0: no setting is of that kind."""
        if isinstance(data, dict) and (
            wrong := [key for key, value in data.items() if isinstance(value, bool)]
        ):
            raise ValueError(f"{', '.join(wrong)} may not be true or false")
        return data


class LatencyPolicy(Section):
    """TargetResponseTime. Ratios are green over blue in the same minutes; 1.10 means ten percent slower."""

    tolerance: float = Field(
        1.10, gt=1, le=10, description="Ratio up to which green's median and mean are fine."
    )
    limit: float = Field(
        1.20, gt=1, le=10, description="Ratio of median or mean beyond which green has diverged."
    )
    p99_tolerance: float = Field(
        1.25, gt=1, le=10, description="Ratio up to which green's p99 is fine; wider, since p99 is noisy."
    )
    p99_limit: float = Field(1.50, gt=1, le=10, description="Ratio of p99 beyond which green has diverged.")
    history_limit: float = Field(
        2.0,
        gt=1,
        le=100,
        description="Ratio to blue's history that counts when blue has no traffic: only gross changes do.",
    )
    min_requests: int = Field(
        20, ge=1, description="Requests a minute that each colour needs for the minute to count."
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.tolerance > self.limit or self.p99_tolerance > self.p99_limit:
            raise ValueError("a tolerance may not be above its limit")
        return self


class ErrorPolicy(Section):
    """HTTPCode_Target_5XX_Count and target connection errors, as rates per request."""

    limit: float = Field(
        2.0, gt=1, le=100, description="Ratio of green's rate to blue's beyond which green has diverged."
    )
    min_errors: int = Field(
        5, ge=1, description="Errors on green below which a rate is not judged, only reported."
    )
    min_rate: float = Field(
        0.002, ge=0, le=1, description="Rate on green below which it never diverges (errors per request)."
    )
    history_rate: float = Field(
        0.05,
        gt=0,
        le=1,
        description="Rate on green that counts when blue has no traffic to compare with (errors per request).",
    )


class CpuPolicy(Section):
    """CPUUtilization per colour, against what blue needs for the same request volume."""

    limit: float = Field(
        1.30, gt=1, le=10, description="Ratio to blue at the same volume beyond which green has diverged."
    )
    min_points: float = Field(
        5.0, ge=0, le=100, description="Percentage points that the difference must also exceed."
    )


class TrafficPolicy(Section):
    """RequestCount: green's share against its weight, and the total against history."""

    share_limit: float = Field(
        0.6,
        gt=0,
        lt=1,
        description="Green's share over its weight below which traffic does not follow the weights.",
    )
    lost_limit: float = Field(
        0.5, gt=0, lt=1, description="Total requests over blue's history below which traffic is lost."
    )
    lost_minutes: int = Field(
        3, ge=1, le=30, description="Settled minutes in a row for which traffic must be lost."
    )
    silent_due: float = Field(
        12.0,
        gt=0,
        le=1000,
        description="Requests due to green, all missing, that mean it is dead: chance exp(-12).",
    )


class DatabasePolicy(Section):
    """The RDS instance behind both colours. Without it, database signals are not judged."""

    instance: str | None = Field(None, min_length=1, max_length=63, description="DBInstanceIdentifier.")
    max_connections: int | None = Field(
        None, ge=1, description="The server's max_connections; unknown: only reported."
    )
    plateau: float = Field(
        0.95, gt=0, le=1, description="Share of max_connections at which connections are exhausted."
    )
    horizon_minutes: int = Field(
        15, ge=1, le=120, description="A line that reaches the maximum within so many minutes counts."
    )


class MetricSelector(Section):
    """One CloudWatch metric of one colour. `{target_group}`, `{target_group_name}` and `{colour}` are filled in."""

    namespace: str = Field(min_length=1, max_length=255, description="CloudWatch namespace.")
    metric: str = Field(min_length=1, max_length=255, description="Metric name.")
    dimensions: dict[str, str] = Field({}, description="Every dimension the metric is published with.")
    statistic: Literal["Sum", "Average", "SampleCount"] = Field("Sum", description="Statistic per minute.")


class CustomMetric(Section):
    """A business metric as a ratio per colour, for example checkouts completed over checkouts begun."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", description="Name in records.")
    numerator: MetricSelector = Field(description="What is counted, for example checkouts completed.")
    denominator: MetricSelector = Field(description="Out of what, for example checkouts begun.")
    worse: Literal["lower", "higher"] = Field("lower", description="The direction in which green is worse.")
    limit: float = Field(
        0.20, gt=0, le=10, description="Relative change for the worse beyond which green has diverged."
    )


class WindowPolicy(Section):
    """How much is looked at, and how long a minute is left to settle."""

    settle_seconds: int = Field(
        120,
        ge=60,
        le=600,
        description="Seconds after its end until CloudWatch has stopped revising a minute.",
    )
    patience_minutes: int = Field(
        10, ge=1, le=60, description="Minutes to wait for a metric that CloudWatch returned only in part."
    )
    minutes: int = Field(
        5, ge=2, le=10, description="Settled minutes that one judgement of latency and CPU looks at."
    )
    confirm_minutes: int = Field(
        2, ge=1, le=5, description="Latest settled minutes that must each point the same way."
    )
    warm_up_minutes: int = Field(
        2,
        ge=0,
        le=30,
        description="First minutes of green's traffic in which latency and CPU are not judged.",
    )
    history_minutes: int = Field(
        60, ge=15, le=180, description="Minutes of blue before the shift that serve as baseline."
    )


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
    latency: LatencyPolicy = LatencyPolicy()
    errors: ErrorPolicy = ErrorPolicy()
    cpu: CpuPolicy = CpuPolicy()
    traffic: TrafficPolicy = TrafficPolicy()
    database: DatabasePolicy = DatabasePolicy()
    custom: tuple[CustomMetric, ...] = Field(
        (), max_length=10, description="Business metrics, judged per colour."
    )
    window: WindowPolicy = WindowPolicy()

    @model_validator(mode="after")
    def _custom_names_differ(self) -> Self:
        names = [metric.name for metric in self.custom]
        if len(names) != len(set(names)):
            raise ValueError("two custom metrics have the same name")
        return self

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
