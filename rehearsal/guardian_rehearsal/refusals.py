"""What AWS does not let Guardian do, in its own words."""

from guardian_rehearsal.scenario import Refusal

_FOREVER = 90
"""Minutes; no rehearsal is longer."""

STOP_DENIED = Refusal(
    "codedeploy", "StopDeployment", "AccessDeniedException",
    "User: arn:aws:sts::123456789012:assumed-role/guardian-TurnRole/guardian-Turn is not authorized to perform: "
    "codedeploy:StopDeployment because no identity-based policy allows the codedeploy:StopDeployment action",
    first=0, last=_FOREVER,
)  # fmt: skip
"""Guardian may not stop deployments, from green's first traffic on."""


def blackout(first: int, last: int) -> tuple[Refusal, ...]:
    """Return the throttling of all metrics from one minute of green's traffic to another."""
    return (Refusal("cloudwatch", "GetMetricData", "Throttling", "Rate exceeded", first, last),)
