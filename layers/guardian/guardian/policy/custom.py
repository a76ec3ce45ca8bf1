"""The policy's section of the service's own metrics."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from guardian.policy.sections import Section

NEEDED = {"ratio": ("numerator", "denominator"), "mean": ("value",)}
"""Keys that name the CloudWatch metrics of each kind."""


class MetricSource(Section):
    """One CloudWatch metric of one colour. `{target_group}`, `{target_group_name}` and `{colour}` are filled in."""

    namespace: str = Field(min_length=1, max_length=255, description="CloudWatch namespace.")
    metric: str = Field(min_length=1, max_length=255, description="Metric name.")
    dimensions: dict[str, str] = Field({}, description="Every dimension the metric is published with.")


class MetricSelector(MetricSource):
    """One statistic of one CloudWatch metric of one colour, its places filled in in the same way."""

    statistic: Literal["Sum", "Average", "SampleCount"] = Field("Sum", description="Statistic per minute.")


class CustomMetric(Section):
    """A business metric per colour: a ratio such as checkouts completed over begun, or a mean such as query time.

    A ratio needs `numerator` and `denominator`. A mean needs `value` alone: its Sum and its SampleCount are asked for.
    A mean is judged by the logarithm of green's over blue's: one that is zero or negative is not judged.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", description="Name in records.")
    kind: Literal["ratio", "mean"] = Field(
        "ratio", description="ratio: a part of a whole, never above it; mean: values above zero, averaged."
    )
    numerator: MetricSelector | None = Field(
        None, description="Of a ratio: what is counted, for example checkouts completed."
    )
    denominator: MetricSelector | None = Field(
        None, description="Of a ratio: out of what, for example checkouts begun."
    )
    value: MetricSource | None = Field(
        None, description="Of a mean: the metric whose values are averaged, for example query time."
    )
    worse: Literal["lower", "higher"] = Field("lower", description="The direction in which green is worse.")
    limit: float = Field(
        0.20, gt=0, le=10, description="Relative change for the worse beyond which green has diverged."
    )
    action: Literal["diverge", "investigate"] = Field(
        "diverge",
        description="diverge: beyond the limit green has diverged; investigate: it is reported and never rolls back.",
    )

    @model_validator(mode="after")
    def _of_one_kind(self) -> Self:
        needed, other = NEEDED[self.kind], "mean" if self.kind == "ratio" else "ratio"
        missing = [key for key in needed if getattr(self, key) is None]
        extra = [key for key in NEEDED[other] if getattr(self, key) is not None]
        advice = [
            *([f"give {' and '.join(missing)}"] if missing else ()),
            *([f"leave out {' and '.join(extra)}, or write kind: {other}"] if extra else ()),
        ]
        if advice:
            raise ValueError(f"a {self.kind} is made of {' and '.join(needed)} alone: {'; '.join(advice)}")
        return self

    @model_validator(mode="after")
    def _can_be_reached(self) -> Self:
        if self.worse == "lower" and self.limit >= 1:
            raise ValueError(
                "nothing falls by more than all of it: give a limit below 1, or write worse: higher"
            )
        return self

    @property
    def halves(self) -> Mapping[str, MetricSelector]:
        """What CloudWatch is asked for, as `numerator` and `denominator`; of a mean the Sum and the SampleCount."""
        if self.value is not None:
            source = self.value.model_dump()
            return {
                "numerator": MetricSelector(**source, statistic="Sum"),
                "denominator": MetricSelector(**source, statistic="SampleCount"),
            }
        both = {"numerator": self.numerator, "denominator": self.denominator}
        return {half: selector for half, selector in both.items() if selector is not None}
