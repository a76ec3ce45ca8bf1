"""The tasks behind target groups, in memory."""

from collections.abc import Mapping, Sequence

from guardian.gates import Versions
from guardian.model import Capacity, Deployment, Role, Side, TargetGroup
from guardian_fakes.failing import Failing


class FakeFleet(Failing):
    """Implements `Fleet`.

    Attributes:
        enhanced: Clusters that publish CPU per task.
        registered: Ids of tasks by the ARN of the target group that they are registered in.
        behind: What is behind a target group, by its ARN; nothing where it has none.
        environment: Variables of the container behind a target group, by its ARN.
        images: Tag of the container's image behind a target group, by its ARN.
    """

    def __init__(self) -> None:
        super().__init__()
        self.enhanced: set[str] = set()
        self.registered: dict[str, list[str]] = {}
        self.behind: dict[str, Capacity] = {}
        self.environment: dict[str, dict[str, str]] = {}
        self.images: dict[str, str] = {}

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

    def versions(self, deployment: Deployment, variable: str | None) -> Versions:
        self._called("versions")

        def version(side: Side | None) -> str | None:
            arn = side.target_group.arn if side else ""
            return self.images.get(arn) if variable is None else self.environment.get(arn, {}).get(variable)

        return Versions(blue=version(deployment.blue), green=version(deployment.green))
