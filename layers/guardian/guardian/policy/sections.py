"""The sections of a policy. The defaults are the published thresholds."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import Field, model_validator

from guardian.model import Value


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


class BudgetPolicy(Section):
    """The chance of a false rollback that one deployment may cost, and the parts of it that each signal stakes.

    Doubling a stake makes its signal convict a fifth of a clear minute sooner, at the cost of the others.
    """

    alpha: float = Field(0.005, gt=0, le=0.1, description="Chance of a false rollback in a whole deployment.")
    investigate_odds: float = Field(20.0, gt=1, description="Evidence (to 1) that is worth a person's look.")
    errors_5xx: float = Field(0.30, ge=0, le=1, description="Stake of the 5XX answers.")
    connection_errors: float = Field(0.05, ge=0, le=1, description="Stake of the failed connections.")
    errors_4xx: float = Field(0.03, ge=0, le=1, description="Stake of the 4XX answers.")
    latency_p50: float = Field(0.22, ge=0, le=1, description="Stake of the median response time.")
    latency_avg: float = Field(0.12, ge=0, le=1, description="Stake of the mean response time.")
    latency_p99: float = Field(0.09, ge=0, le=1, description="Stake of the p99 of the response time.")
    cpu: float = Field(0.06, ge=0, le=1, description="Stake of CPU per colour.")
    request_share: float = Field(0.06, ge=0, le=1, description="Stake of green's share of the requests.")
    custom: float = Field(0.07, ge=0, le=1, description="Stake of all custom metrics together.")

    @property
    def stakes(self) -> Mapping[str, float]:
        """The stake of each signal, `custom` standing for all custom metrics together."""
        return self.model_dump(exclude={"alpha", "investigate_odds"})

    @model_validator(mode="after")
    def _one_budget(self) -> Self:
        if sum(self.stakes.values()) > 1 + 1e-9:
            raise ValueError("the stakes are parts of one budget and may not sum to more than 1")
        return self


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

    tolerance: float = Field(
        1.5, ge=1, le=100, description="Ratio of green's rate to blue's that is still called chance."
    )
    client_tolerance: float = Field(
        1.5,
        ge=1,
        le=100,
        description="The same for 4XX answers, which follow who calls more than what is deployed.",
    )
    client_min_rate: float = Field(
        0.02,
        ge=0,
        le=1,
        description="Rate of 4XX on green by which it must exceed blue's to diverge (errors per request).",
    )

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

    tolerance: float = Field(
        1.15, gt=1, le=10, description="Ratio to blue at the same volume that is still fine."
    )
    limit: float = Field(
        1.30, gt=1, le=10, description="Ratio to blue at the same volume beyond which green has diverged."
    )
    min_points: float = Field(
        5.0, ge=0, le=100, description="Percentage points that the difference must also exceed."
    )


class TrafficPolicy(Section):
    """RequestCount: green's share against its weight, and the total against history."""

    share_tolerance: float = Field(
        0.8, gt=0, lt=1, description="Green's share over its weight down to which it follows the weight."
    )
    share_limit: float = Field(
        0.6,
        gt=0,
        lt=1,
        description="Green's share over its weight below which traffic does not follow the weights.",
    )
    lost_limit: float = Field(
        0.33, gt=0, lt=1, description="Total requests over blue's history below which traffic is lost."
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
    history_minutes: int = Field(
        60, ge=15, le=180, description="Minutes of blue before the shift that serve as baseline."
    )
