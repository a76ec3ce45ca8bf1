"""What every `OneOffTasks` does: the fake and ECS."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from guardian_fakes import FakeTasks

from guardian.aws.tasks import EcsTasks
from guardian.errors import AwsRefusedError, TemporaryError
from guardian.hook_ports import OneOffTasks
from guardian.model import OneOffTask, TaskContainer
from guardian.policy.gates import MigrationPolicy, TagPolicy
from guardian_rehearsal.clock import SimulatedClock
from guardian_rehearsal.emulator.ecs import ecs_backend
from guardian_rehearsal.emulator.server import EmulatedAws

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
UNPULLED = "CannotPullContainerError: app:9 not found"
BY_TAG = MigrationPolicy(tag=TagPolicy(key="migrates", value="shop"))
Codes = dict[str, int | None]


@dataclass
class Cluster:
    """The cluster `shop`, in which tasks are run once.

    Attributes:
        tasks: What is tested.
        run: Run a task of a family with the tag's value; let it end with these codes or run on; return its ARN.
        fail: Let every call fail.
    """

    tasks: OneOffTasks
    run: Callable[[str, str, Codes | None], str]
    fail: Callable[[str], None]


def _fake() -> Cluster:
    tasks = FakeTasks()

    def run(family: str, value: str, codes: Codes | None) -> str:
        arn = f"arn:aws:ecs:eu-west-1:111122223333:task/shop/{len(tasks.ran):032x}"
        named = {"app": None} if codes is None else codes
        containers = tuple(
            TaskContainer(
                name=name, exit_code=code, reason="" if code is not None or codes is None else UNPULLED
            )
            for name, code in named.items()
        )
        status = "RUNNING" if codes is None else "STOPPED"
        reason = "" if codes is None else "Essential container in task exited"
        task = OneOffTask(arn=arn, status=status, created=NOON, containers=containers, reason=reason)
        tasks.run("shop", task, family, migrates=value)
        return arn

    def fail(code: str) -> None:
        error = TemporaryError if code == "ThrottlingException" else AwsRefusedError
        tasks.fail("find", error(code))

    return Cluster(tasks, run, fail)


def _real(aws: EmulatedAws) -> Cluster:
    ecs = aws.client("ecs")
    ecs.create_cluster(clusterName="shop")

    def run(family: str, value: str, codes: Codes | None) -> str:
        definition = ecs.register_task_definition(
            family=family,
            containerDefinitions=[
                {"name": name, "image": "app", "memory": 64} for name in codes or {"app": None}
            ],
        )["taskDefinition"]["taskDefinitionArn"]
        arn: str = ecs.run_task(
            cluster="shop",
            taskDefinition=definition,
            launchType="FARGATE",
            tags=[{"key": "migrates", "value": value}],
        )["tasks"][0]["taskArn"]
        task, now = ecs_backend(aws.account_id, aws.region).one_off_task(arn), NOON.replace(tzinfo=None)
        task.start(now)
        if codes is not None:
            task.exit(now, {name: code for name, code in codes.items() if code is not None})
        return arn

    return Cluster(EcsTasks(ecs), run, lambda code: aws.faults.fail("ecs", "*", code, http_status=400))


@pytest.fixture(params=["fake", "ecs"])
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """The cluster, in memory or in the emulated ECS."""
    if request.param == "fake":
        yield _fake()
        return
    with SimulatedClock(NOON), EmulatedAws() as aws:
        yield _real(aws)


def test_a_task_is_found_by_its_tag(cluster: Cluster) -> None:
    """Every task with the tag is found, running and stopped ones, and none with another value."""
    stopped, running = cluster.run("migrate", "shop", {"app": 0}), cluster.run("migrate", "shop", None)
    cluster.run("migrate", "other", {"app": 1})
    found = cluster.tasks.find("shop", BY_TAG)
    assert {task.arn: task.status for task in found} == {stopped: "STOPPED", running: "RUNNING"}
    assert {task.created for task in found} == {NOON}


def test_a_family_narrows_the_search(cluster: Cluster) -> None:
    """With a family only its tasks are found."""
    mine = cluster.run("migrate", "shop", {"app": 0})
    cluster.run("import", "shop", {"app": 0})
    found = cluster.tasks.find("shop", BY_TAG.model_copy(update={"family": "migrate"}))
    assert [task.arn for task in found] == [mine]


def test_a_task_is_found_by_its_arn(cluster: Cluster) -> None:
    """The ARN names one task, whatever its tags."""
    cluster.run("migrate", "shop", {"app": 0})
    mine = cluster.run("migrate", "other", {"app": 0})
    assert [task.arn for task in cluster.tasks.find("shop", MigrationPolicy(task=mine))] == [mine]


def test_every_container_says_how_it_ended(cluster: Cluster) -> None:
    """Each container has its exit code, and one that never ran has none."""
    cluster.run("migrate", "shop", {"app": 3, "log-router": 0})
    (task,) = cluster.tasks.find("shop", BY_TAG)
    assert [(one.name, one.exit_code) for one in task.containers] == [("app", 3), ("log-router", 0)]
    assert task.reason == "Essential container in task exited"


def test_a_running_container_has_no_code(cluster: Cluster) -> None:
    """What still runs has not ended with anything."""
    cluster.run("migrate", "shop", None)
    (task,) = cluster.tasks.find("shop", BY_TAG)
    assert [one.exit_code for one in task.containers] == [None]


def test_where_nothing_ran_nothing_is_found(cluster: Cluster) -> None:
    """An unknown tag and an unknown ARN find nothing, which is no error."""
    arn = "arn:aws:ecs:eu-west-1:111122223333:task/shop/0123456789abcdef0123456789abcdef"
    assert list(cluster.tasks.find("shop", BY_TAG)) == []
    assert list(cluster.tasks.find("shop", MigrationPolicy(task=arn))) == []


@pytest.mark.parametrize(
    ("code", "error"), [("ThrottlingException", TemporaryError), ("AccessDeniedException", AwsRefusedError)]
)
def test_what_cannot_be_read_is_raised(cluster: Cluster, code: str, error: type[Exception]) -> None:
    """Throttling is temporary, a missing permission is not; neither is an empty list."""
    cluster.run("migrate", "shop", {"app": 0})
    cluster.fail(code)
    with pytest.raises(error):
        cluster.tasks.find("shop", BY_TAG)
