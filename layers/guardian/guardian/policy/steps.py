"""Limits that hold only up to a weight of green: what is expected of a step, by live weight, never by the clock."""

from pydantic import Field

from guardian.policy.sections import ErrorPolicy, LatencyPolicy, Section


class StepPolicy(Section):
    """What is held against green while it has no more than some weight. What is left out stays as it is elsewhere."""

    up_to: float = Field(gt=0, le=1, description="Green's live weight up to which this entry holds, 0 to 1.")
    latency_tolerance: float | None = Field(None, gt=1, le=10, description="In place of `latency.tolerance`.")
    latency_limit: float | None = Field(None, gt=1, le=10, description="In place of `latency.limit`.")
    p99_limit: float | None = Field(None, gt=1, le=10, description="In place of `latency.p99_limit`.")
    errors_limit: float | None = Field(None, gt=1, le=100, description="In place of `errors.limit`.")
    min_errors: int | None = Field(None, ge=1, description="In place of `errors.min_errors`.")
    min_rate: float | None = Field(None, ge=0, le=1, description="In place of `errors.min_rate`.")

    def latency(self, usual: LatencyPolicy) -> LatencyPolicy:
        """Return what is held against green's latency at this step.

        Raises:
            ValueError: The entry and what is usual together put a tolerance above its limit.
        """
        changes = {
            "tolerance": self.latency_tolerance,
            "limit": self.latency_limit,
            "p99_limit": self.p99_limit,
        }
        return LatencyPolicy.model_validate(usual.model_dump() | _given(changes))

    def errors(self, usual: ErrorPolicy) -> ErrorPolicy:
        """Return what is held against green's errors at this step."""
        changes = {"limit": self.errors_limit, "min_errors": self.min_errors, "min_rate": self.min_rate}
        return ErrorPolicy.model_validate(usual.model_dump() | _given(changes))


def _given(changes: dict[str, float | None]) -> dict[str, float]:
    return {name: value for name, value in changes.items() if value is not None}
