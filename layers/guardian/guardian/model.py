"""The words of the domain as frozen values. See docs/architecture.md for what each word means."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field


class Value(BaseModel):
    """A frozen value that refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


DIGITS = 6
"""Decimals that are kept: microseconds of latency, and no digits that only say how a computer divides."""
Rounded = Annotated[float, AfterValidator(lambda value: round(value, DIGITS))]


class Role(StrEnum):
    """A side of one deployment: the version being replaced, the version being released."""

    BLUE = "blue"
    GREEN = "green"


class Phase(StrEnum):
    """Where a deployment stands."""

    PREPARING = "preparing"
    TESTING = "testing"
    SHIFTING = "shifting"
    BAKING = "baking"
    RETIRED = "retired"
    CONTRACTED = "contracted"
    CLOSED = "closed"


class Mode(StrEnum):
    """How far a policy lets Guardian go."""

    OBSERVE = "observe"
    NOTIFY = "notify"
    ENFORCE = "enforce"


class Finding(StrEnum):
    """What one signal, or all signals together, say about green."""

    HEALTHY = "healthy"
    INVESTIGATE = "investigate"
    DIVERGED = "diverged"
    INCONCLUSIVE = "inconclusive"
    NO_DATA = "no_data"


class Baseline(StrEnum):
    """What green was held against."""

    CONCURRENT = "concurrent"
    HISTORY = "history"


class Scope(StrEnum):
    """Whether a signal can be told apart by colour or is shared by both."""

    COLOUR = "colour"
    SHARED = "shared"


class Service(Value):
    """A guarded service, named by the CodeDeploy application and deployment group that release it."""

    application: str = Field(min_length=1, max_length=100)
    deployment_group: str = Field(min_length=1, max_length=100)

    def __str__(self) -> str:
        return f"{self.application}/{self.deployment_group}"


class TargetGroup(Value):
    """An ALB target group."""

    name: str
    arn: str

    @property
    def dimension(self) -> str:
        """The value of the CloudWatch dimension `TargetGroup`: `targetgroup/<name>/<id>`."""
        return self.arn.rpartition(":")[2]


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

    @property
    def weight(self) -> float:
        """Green's share of production traffic, 0 to 1, by the listener."""
        return self.green.listener_weight if self.green else 0.0


class Colour(Value):
    """What one colour did in one minute. Seconds, counts and percent; None where it is not known.

    `custom` holds the numerators and denominators of the policy's own metrics, by metric name.
    """

    requests: Rounded | None = None
    errors_5xx: Rounded | None = None
    errors_4xx: Rounded | None = None
    latency_avg: Rounded | None = None
    latency_p50: Rounded | None = None
    latency_p90: Rounded | None = None
    latency_p99: Rounded | None = None
    healthy_hosts: Rounded | None = None
    unhealthy_hosts: Rounded | None = None
    connection_errors: Rounded | None = None
    cpu: Rounded | None = None
    custom: dict[str, tuple[Rounded | None, Rounded | None]] = {}


class Shared(Value):
    """What both colours did together in one minute: counts and percent; None where it is not known."""

    db_connections: Rounded | None = None
    db_cpu: Rounded | None = None
    service_cpu: Rounded | None = None
    elb_5xx: Rounded | None = None


class Minute(Value):
    """One row of observations.

    Attributes:
        minute: Counted from the first minute in which green has production traffic; negative is history.
        seen_at: The tick, counted in the same minutes, at which the row was read.
        weight: Green's share of production traffic at the end of the minute, 0 to 1.
        blue: Blue's metrics; None when blue has no datapoint at all.
        green: Green's metrics; None when green has no datapoint at all.
        shared: Metrics that no colour owns.
    """

    minute: int
    seen_at: int
    weight: float
    blue: Colour | None = None
    green: Colour | None = None
    shared: Shared = Shared()

    def moved(self, by: int) -> "Minute":
        """Return the row counted from an origin `by` minutes later."""
        return self.model_copy(update={"minute": self.minute - by, "seen_at": self.seen_at - by})


class Evidence(Value):
    """What one signal says about one deployment so far.

    Attributes:
        signal: The signal's name.
        finding: What it says.
        scope: Whether the signal is green's own or shared by both colours.
        baseline: What green was held against.
        blue: Blue's value over the window, in `unit`.
        green: Green's value over the window, in `unit`.
        tolerance: Effect (green over blue) that is still fine.
        limit: Effect beyond which green has diverged.
        effect: The estimated effect, in the same terms as `limit`.
        strength: How sure the signal is, as a number of standard errors or nats; what is said in `sentence`.
        minutes: Settled minutes that entered.
        requests: Green's requests that entered.
        dropped: Minutes left out, and why.
        sentence: All of it in one plain sentence.
    """

    signal: str
    finding: Finding
    scope: Scope = Scope.COLOUR
    baseline: Baseline = Baseline.CONCURRENT
    blue: Rounded | None = None
    green: Rounded | None = None
    unit: str = ""
    tolerance: Rounded | None = None
    limit: Rounded | None = None
    effect: Rounded | None = None
    strength: Rounded | None = None
    minutes: int = 0
    requests: Rounded = 0
    dropped: tuple[str, ...] = ()
    sentence: str


class Verdict(Value):
    """What all signals say together.

    Attributes:
        finding: The verdict.
        signal: The signal that carries it; None when no single one does.
        scope: That signal's scope.
        baseline: What green was held against.
        first_minute: First settled minute in the window; None without one.
        last_minute: Last settled minute in the window; None without one.
        evidence: One entry per signal.
        sentence: The verdict in one plain sentence.
    """

    finding: Finding
    signal: str | None = None
    scope: Scope = Scope.COLOUR
    baseline: Baseline = Baseline.CONCURRENT
    first_minute: int | None = None
    last_minute: int | None = None
    evidence: tuple[Evidence, ...] = ()
    sentence: str


class History(Value):
    """Blue before the shift: rows counted from `epoch`, all of them negative.

    Attributes:
        epoch: Start of the minute that row 0 would have.
        rows: The rows, oldest first.
        problem: Why the history cannot be relied on; None when it can.
    """

    epoch: AwareDatetime
    rows: tuple[Minute, ...] = ()
    problem: str | None = None

    def counted_from(self, origin: datetime) -> tuple[Minute, ...]:
        """Return the rows counted from `origin`, leaving out any that lie after it."""
        by = round((origin - self.epoch).total_seconds() / 60)
        return tuple(moved for row in self.rows if (moved := row.moved(by)).minute < 0)
