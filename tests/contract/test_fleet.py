"""What every `Fleet` does: the fake and ECS with its target groups."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from guardian_fakes import BLUE, CHECKOUT, GREEN, LISTENER, FakeCodeDeploy, FakeFleet, HandClock

from guardian.aws.codedeploy import CodeDeploy
from guardian.aws.fleet import EcsFleet
from guardian.errors import TemporaryError
from guardian.gates import Versions
from guardian.model import Capacity, Deployment, Role, TargetGroup
from guardian.ports import Fleet
from guardian.resolve import resolve
from guardian_rehearsal.clock import SimulatedClock
from guardian_rehearsal.emulator.ecs import ecs_backend
from guardian_rehearsal.emulator.server import EmulatedAws
from guardian_rehearsal.world import build_world, deploy


@dataclass
class Stage:
    """A deployment with two tasks on each side.

    Attributes:
        fleet: What is tested.
        cluster: The deployment's cluster.
        deployment: In the middle of its shift.
        tasks: Ids of the tasks of each colour.
        throttle: Answer every call with `Rate exceeded`.
    """

    fleet: Fleet
    cluster: str
    deployment: Deployment
    tasks: dict[Role, list[str]]
    throttle: Callable[[], None]


def _fake(*, enhanced: bool) -> Stage:
    codedeploy, fleet = FakeCodeDeploy(HandClock()), FakeFleet()
    release = codedeploy.create(CHECKOUT, "d-A1B2C3D4E")
    codedeploy.shift(release, 0.1)
    deployment = resolve(codedeploy.describe(release))
    fleet.enhanced = {deployment.cluster} if enhanced else set()
    tasks = {Role.BLUE: ["b1", "b2"], Role.GREEN: ["g1", "g2"]}
    both = Capacity(registered=2, healthy=2, unhealthy=0, running=2)
    fleet.behind = {BLUE.arn: both, GREEN.arn: both}
    fleet.environment = {BLUE.arn: {"APP_VERSION": "1"}, GREEN.arn: {"APP_VERSION": "2"}}
    fleet.images = {BLUE.arn: "1", GREEN.arn: "2"}
    fleet.registered = {BLUE.arn: ["b2", "b1"], GREEN.arn: ["g2", "g1"]}

    def throttle() -> None:
        for method in ("publishes_task_cpu", "tasks", "capacity", "versions"):
            fleet.fail(method, TemporaryError("Rate exceeded"))

    assert deployment.listener_arn == LISTENER
    return Stage(fleet, deployment.cluster, deployment, tasks, throttle)


def _real(aws: EmulatedAws, clock: SimulatedClock, *, enhanced: bool) -> Stage:
    world = build_world(
        aws, hooks={}, alarm_action="arn:nobody", insights="enhanced" if enhanced else "enabled"
    )
    release = deploy(aws, world, "2")
    codedeploy = CodeDeploy(aws.client("codedeploy"), aws.client("elbv2"))
    while resolve(codedeploy.describe(release)).weight == 0:
        due = aws.codedeploy.next_due()
        assert due is not None
        clock.move_to(due)
        aws.codedeploy.advance()
    deployment = resolve(codedeploy.describe(release))
    ecs = ecs_backend(aws.account_id, aws.region)
    sides = {
        one.target_group_arn: sorted(task.task_arn.rpartition("/")[2] for task in one.live_tasks())
        for one in ecs.task_sets_of(ecs.find_service(world.cluster, world.service))
    }
    assert deployment.blue is not None
    assert deployment.green is not None
    tasks = {
        Role.BLUE: sides[deployment.blue.target_group.arn],
        Role.GREEN: sides[deployment.green.target_group.arn],
    }
    fleet = EcsFleet(aws.client("ecs"), aws.client("elbv2"))
    return Stage(fleet, world.cluster, deployment, tasks, lambda: _throttle(aws))


def _throttle(aws: EmulatedAws) -> None:
    aws.faults.throttle("ecs", "*")
    aws.faults.throttle("elbv2", "*")


@pytest.fixture(params=["fake", "ecs"])
def make(request: pytest.FixtureRequest, clock: SimulatedClock) -> Iterator[Callable[..., Stage]]:
    """Make a deployment, on a cluster with or without enhanced observability."""
    if request.param == "fake":
        yield _fake
        return
    with EmulatedAws() as aws:
        yield lambda *, enhanced: _real(aws, clock, enhanced=enhanced)


@pytest.mark.parametrize("enhanced", [True, False], ids=["enhanced", "enabled only"])
def test_only_enhanced_clusters_publish_cpu_per_task(make: Callable[..., Stage], enhanced: bool) -> None:
    """A cluster publishes CPU per task with enhanced observability, not with plain Container Insights."""
    stage = make(enhanced=enhanced)
    assert stage.fleet.publishes_task_cpu(stage.cluster) is enhanced


def test_a_cluster_that_is_gone_publishes_nothing(make: Callable[..., Stage]) -> None:
    """A cluster that does not exist publishes no CPU per task."""
    assert make(enhanced=True).fleet.publishes_task_cpu("nowhere") is False


def test_tasks_are_told_apart_by_target_group(make: Callable[..., Stage]) -> None:
    """Each colour has the tasks that are registered in its own target group."""
    stage = make(enhanced=True)
    found = {role: list(tasks) for role, tasks in stage.fleet.tasks(stage.deployment).items()}
    assert found == stage.tasks
    assert [len(tasks) for tasks in found.values()] == [2, 2]


def test_a_colour_that_is_not_there_has_no_entry(make: Callable[..., Stage]) -> None:
    """Before green is installed only blue's tasks are returned."""
    stage = make(enhanced=True)
    found = stage.fleet.tasks(stage.deployment.model_copy(update={"green": None}))
    assert {role: list(tasks) for role, tasks in found.items()} == {Role.BLUE: stage.tasks[Role.BLUE]}


@pytest.mark.parametrize("variable", ["APP_VERSION", None], ids=["variable", "image tag"])
def test_each_colour_has_its_version(make: Callable[..., Stage], variable: str | None) -> None:
    """A colour's version is what its task definition says: a variable of the container, or its image's tag."""
    stage = make(enhanced=True)
    assert stage.fleet.versions(stage.deployment, variable) == Versions(blue="1", green="2")


def test_a_version_that_no_task_definition_names_is_not_known(make: Callable[..., Stage]) -> None:
    """Without such a variable nobody knows the version, and a colour that is not there has none."""
    stage = make(enhanced=True)
    assert stage.fleet.versions(stage.deployment, "RELEASE") == Versions()
    alone = stage.deployment.model_copy(update={"green": None})
    assert stage.fleet.versions(alone, "APP_VERSION") == Versions(blue="1")


def test_a_throttled_fleet_is_temporary(make: Callable[..., Stage]) -> None:
    """A throttled call is temporary; it does not mean that there are no tasks."""
    stage = make(enhanced=True)
    stage.throttle()
    with pytest.raises(TemporaryError):
        stage.fleet.publishes_task_cpu(stage.cluster)
    with pytest.raises(TemporaryError):
        stage.fleet.tasks(stage.deployment)


def test_capacity_counts_targets_with_running_tasks(make: Callable[..., Stage]) -> None:
    """What is behind a group: registered targets, their health, and the tasks that run behind them."""
    stage = make(enhanced=True)
    deployment = stage.deployment
    assert deployment.blue is not None
    found = stage.fleet.capacity(deployment.cluster, deployment.ecs_service, deployment.blue.target_group)
    assert (found.registered, found.unhealthy, found.running) == (2, 0, 2)


def test_a_group_that_is_gone_has_no_capacity(make: Callable[..., Stage]) -> None:
    """A target group that does not exist any more has nothing behind it."""
    stage = make(enhanced=True)
    arn = "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/gone/73e2d6bc24d8a067"
    gone = TargetGroup(name="gone", arn=arn)
    found = stage.fleet.capacity(stage.deployment.cluster, stage.deployment.ecs_service, gone)
    assert found == Capacity(registered=0, healthy=0, unhealthy=0, running=0)


def test_a_throttled_capacity_is_temporary(make: Callable[..., Stage]) -> None:
    """A throttled call does not mean that blue is gone."""
    stage = make(enhanced=True)
    stage.throttle()
    assert stage.deployment.blue is not None
    with pytest.raises(TemporaryError):
        stage.fleet.capacity(
            stage.deployment.cluster, stage.deployment.ecs_service, stage.deployment.blue.target_group
        )
