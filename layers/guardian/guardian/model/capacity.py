"""What a colour could carry now."""

from guardian.model.words import Value


class Capacity(Value):
    """Whether a target group has something behind it.

    A group that no rule gives traffic to reports its targets as `unused`, so health alone does not tell.

    Attributes:
        registered: Targets that are registered and not draining.
        healthy: Of these, the healthy ones.
        unhealthy: Of these, the ones that failed their health checks.
        running: Of these, the ones behind which a task of the service runs.
    """

    registered: int
    healthy: int
    unhealthy: int
    running: int
