"""Target health that can be made to fail: moto reports every registered target as healthy."""

from typing import Any

from moto.ec2.models import EC2Backend
from moto.elbv2.models import FakeHealthStatus, FakeTargetGroup

FAILED_REASON = "Target.FailedHealthChecks"
"""TargetHealth in the Elastic Load Balancing API reference."""


def is_failing(group: FakeTargetGroup) -> bool:
    """Whether the group's targets have been made to fail their health checks."""
    return bool(getattr(group, "failing", False))


def set_failing(group: FakeTargetGroup, *, failing: bool) -> None:
    """Make all targets of the group, also those registered later, fail or pass their health checks."""
    vars(group)["failing"] = failing


def install_health() -> None:
    """Make `describe_target_health` answer `unhealthy` for the targets of a failing group."""
    original = FakeTargetGroup.health_for
    if getattr(original, "knows_failing", False):
        return

    def health_for(
        group: FakeTargetGroup, target: dict[str, Any], ec2_backend: EC2Backend
    ) -> FakeHealthStatus:
        health = original(group, target, ec2_backend)
        if health.status == "healthy" and is_failing(group):
            health.status, health.reason = "unhealthy", FAILED_REASON
            health.description = "Health checks failed"
        return health

    vars(health_for)["knows_failing"] = True
    FakeTargetGroup.health_for = health_for  # type: ignore[method-assign,assignment]
