"""The tasks behind target groups, in memory."""

from collections.abc import Mapping, Sequence

from guardian.model import Capacity, Deployment, Role, TargetGroup
from guardian_fakes.failing import Failing


class FakeFleet(Failing):
    """Implements `Fleet`.

    Attributes:
        enhanced: Clusters that publish CPU per task.
        registered: Ids of tasks by the ARN of the target group that they are registered in.
        behind: What is behind a target group, by its ARN; nothing where it has none.
    """

    def __init__(self) -> None:
        super().__init__()
        self.enhanced: set[str] = set()
        self.registered: dict[str, list[str]] = {}
        self.behind: dict[str, Capacity] = {}

    def publishes_task_cpu(self, cluster: str) -> bool:
        self._called("publishes_task_cpu")
        return cluster in self.enhanced

    def tasks(self, deployment: Deployment) -> Mapping[Role, Sequence[str]]:
        self._called("tasks")
        sides = {Role.BLUE: deployment.blue, Role.GREEN: deployment.green}
        return {
            role: sorted(self.registered.get(side.target_group.arn, []))
            for role, side in sides.items()
            if side is not None
        }

    def capacity(self, cluster: str, ecs_service: str, group: TargetGroup) -> Capacity:  # noqa: ARG002
        self._called("capacity")
        return self.behind.get(group.arn, Capacity(registered=0, healthy=0, unhealthy=0, running=0))
