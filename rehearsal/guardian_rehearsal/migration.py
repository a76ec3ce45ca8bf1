"""The migration of the schema: a one-off task that the release's pipeline runs before it releases."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from guardian_rehearsal.emulator.ecs import OneOffTask, ecs_backend
from guardian_rehearsal.emulator.server import EmulatedAws
from guardian_rehearsal.world import PROJECT, World

FAMILY = f"{PROJECT}-migrate"
TAG = {"key": "guardian:migrates", "value": PROJECT}
CONTAINER = "migrate"


@dataclass(frozen=True)
class Migration:
    """What becomes of the task.

    Attributes:
        exit_code: With what its container ends.
    """

    exit_code: int = 0


def begin_migration(aws: EmulatedAws, world: World, version: str) -> OneOffTask:
    """Run the task as `aws ecs run-task` does, in the service's network; return it."""
    ecs = aws.client("ecs")
    service = ecs.describe_services(cluster=world.cluster, services=[world.service])["services"][0]
    container: dict[str, Any] = {
        "name": CONTAINER, "image": f"{PROJECT}:{version}", "command": ["python", "migrate.py"],
    }  # fmt: skip
    definition = ecs.register_task_definition(
        family=FAMILY, networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512",
        containerDefinitions=[container],
    )["taskDefinition"]["taskDefinitionArn"]  # fmt: skip
    arn: str = ecs.run_task(
        cluster=world.cluster,
        taskDefinition=definition,
        launchType="FARGATE",
        networkConfiguration=service["networkConfiguration"],
        tags=[TAG],
    )["tasks"][0]["taskArn"]
    task = ecs_backend(aws.account_id, aws.region).one_off_task(arn)
    task.start(_now())
    return task


def end_migration(task: OneOffTask, migration: Migration) -> None:
    """Let the task's container end."""
    task.exit(_now(), {CONTAINER: migration.exit_code})


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)  # moto's times have no zone
