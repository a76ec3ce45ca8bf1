"""A deployment with its roles resolved."""

from pydantic import AwareDatetime

from guardian.model.words import Phase, Service, Value


class TargetGroup(Value):
    """An ALB target group."""

    name: str
    arn: str

    @property
    def dimension(self) -> str:
        """The value of the CloudWatch dimension `TargetGroup`: `targetgroup/<name>/<id>`."""
        return self.arn.rpartition(":")[2]


class Pair(Value):
    """The two target groups of one deployment by their roles in it.

    Remembered by the watch, since CodeDeploy's description of an ended deployment no longer tells.
    """

    blue: TargetGroup
    green: TargetGroup


class Side(Value):
    """One colour of a deployment as AWS describes it now.

    Attributes:
        target_group: The group that this colour's tasks are registered in.
        controller_weight: Share of production traffic (0 to 1) according to the controller.
        listener_weight: Share according to the listener, which is what routes.
        desired: Tasks wanted.
        running: Tasks running.
    """

    target_group: TargetGroup
    controller_weight: float
    listener_weight: float
    desired: int
    running: int


class Deployment(Value):
    """A blue/green deployment, its roles resolved from the controller's own labels.

    Attributes:
        id: The controller's id.
        service: Whose deployment it is.
        cluster: ECS cluster name.
        ecs_service: ECS service name.
        phase: Where it stands.
        status: The controller's own word for where it stands.
        strategy: The deployment configuration's name.
        rollback_of: The deployment that this one undoes; None when it is a release.
        blue: The side being replaced; None before the controller lists it.
        green: The side being released; None before it is installed.
        is_rollback: Whether it undoes another one.
        load_balancer: Value of the CloudWatch dimension `LoadBalancer`.
        listener_arn: The production listener.
        shift_began: When the controller began to move production traffic.
        conflicts: Places where two descriptions of the same thing disagree, as sentences.
        problem: Why blue and green cannot be told apart now; None when they can.
        rollback_id: The deployment that undoes this one, once there is one.
        ended: Why and how it ended; None while it is open.
        successor: The group's later deployment, whose colours are others; None while this is its last one.
    """

    id: str
    service: Service
    cluster: str
    ecs_service: str
    phase: Phase
    status: str
    strategy: str
    rollback_of: str | None = None
    is_rollback: bool = False
    blue: Side | None = None
    green: Side | None = None
    load_balancer: str = ""
    listener_arn: str = ""
    shift_began: AwareDatetime | None = None
    conflicts: tuple[str, ...] = ()
    problem: str | None = None
    rollback_id: str | None = None
    ended: str | None = None
    successor: str | None = None

    @property
    def weight(self) -> float:
        """Green's share of production traffic, 0 to 1, by the listener."""
        return self.green.listener_weight if self.green else 0.0

    @property
    def pair(self) -> Pair | None:
        """Both target groups, once both are known."""
        if self.blue is None or self.green is None:
            return None
        return Pair(blue=self.blue.target_group, green=self.green.target_group)
