"""The tasks behind target groups, in memory."""

from collections.abc import Mapping, Sequence

from guardian.model import Deployment, Role
from guardian_fakes.failing import Failing


class FakeFleet(Failing):
    """Implements `Fleet`.

    Attributes:
        enhanced: Clusters that publish CPU per task.
        registered: Ids of tasks by the ARN of the target group that they are registered in.
    """

    def __init__(self) -> None:
        super().__init__()
        self.enhanced: set[str] = set()
        self.registered: dict[str, list[str]] = {}

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
