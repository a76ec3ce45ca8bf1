"""The migration gate."""

from datetime import datetime, timedelta

import pytest

from guardian.gates import judge_migration
from guardian.model import Finding, OneOffTask, TaskContainer
from guardian.policy.gates import MigrationPolicy, TagPolicy

ARN = "arn:aws:ecs:eu-west-1:111122223333:task/shop/0a1b2c3d"
BY_TAG = MigrationPolicy(tag=TagPolicy(key="migrates", value="shop"))
BY_ARN = MigrationPolicy(task=ARN)
WELL = (TaskContainer(name="app", exit_code=0), TaskContainer(name="log-router", exit_code=0))


def _task(
    created: datetime, *containers: TaskContainer, status: str = "STOPPED", reason: str = ""
) -> OneOffTask:
    return OneOffTask(arn=ARN, status=status, created=created, containers=containers, reason=reason)


@pytest.mark.parametrize("policy", [BY_TAG, BY_ARN], ids=["by tag", "by ARN"])
def test_a46_a_migration_that_ended_well_passes(noon: datetime, policy: MigrationPolicy) -> None:
    """A46: a task that has stopped, every container with exit code 0, opens the gate."""
    found = judge_migration([_task(noon, *WELL)], policy, noon)
    assert found.finding is Finding.HEALTHY
    assert "0a1b2c3d has stopped and every container ended with 0" in found.sentence


@pytest.mark.parametrize(
    ("containers", "says"),
    [
        ((TaskContainer(name="app", exit_code=1), WELL[1]), "container app ended with 1"),
        ((WELL[0], TaskContainer(name="log-router", exit_code=137, reason="OutOfMemoryError")),
         "container log-router ended with 137, OutOfMemoryError"),
        ((TaskContainer(name="app", reason="CannotPullContainerError"),),
         "container app has no exit code, CannotPullContainerError"),
        ((), "it has no container"),
    ],
    ids=["failed", "another container", "no code", "no container"],
)  # fmt: skip
def test_a46_any_other_end_fails(noon: datetime, containers: tuple[TaskContainer, ...], says: str) -> None:
    """A46: one container with another code or with none is enough, and the sentence has ECS's own words."""
    found = judge_migration([_task(noon, *containers, reason="Essential container exited")], BY_TAG, noon)
    assert found.finding is Finding.DIVERGED
    assert found.sentence == f"the migration task 0a1b2c3d has failed: {says} (Essential container exited)"


@pytest.mark.parametrize("status", ["PROVISIONING", "PENDING", "RUNNING", "STOPPING"])
def test_a_migration_that_still_runs_fails(noon: datetime, status: str) -> None:
    """No hook waits for a migration: the release came too early, and the sentence says what to wait for."""
    found = judge_migration([_task(noon, TaskContainer(name="app"), status=status)], BY_TAG, noon)
    assert found.finding is Finding.DIVERGED
    assert f"is {status}: release after `aws ecs wait tasks-stopped`" in found.sentence


def test_no_migration_fails(noon: datetime) -> None:
    """Where the policy names a migration and there is none, the hook fails and says how it was looked for."""
    found = judge_migration([], BY_TAG, noon)
    assert found.finding is Finding.DIVERGED
    assert "no migration task (tag migrates=shop) of the last 60 minutes" in found.sentence


def test_the_newest_migration_counts(noon: datetime) -> None:
    """A failed attempt does not count against the one that succeeded after it, nor the other way round."""
    failed, well = TaskContainer(name="app", exit_code=1), TaskContainer(name="app", exit_code=0)
    earlier, later = noon - timedelta(minutes=9), noon - timedelta(minutes=4)
    assert (
        judge_migration([_task(later, well), _task(earlier, failed)], BY_TAG, noon).finding is Finding.HEALTHY
    )
    assert (
        judge_migration([_task(earlier, well), _task(later, failed)], BY_TAG, noon).finding
        is Finding.DIVERGED
    )


def test_an_old_migration_is_another_releases(noon: datetime) -> None:
    """A task with the tag but older than the policy allows does not count; one named by its ARN has no age."""
    old = [_task(noon - timedelta(minutes=61), *WELL)]
    assert judge_migration(old, BY_TAG, noon).finding is Finding.DIVERGED
    assert (
        judge_migration(old, BY_TAG.model_copy(update={"max_age_minutes": 90}), noon).finding
        is Finding.HEALTHY
    )
    assert judge_migration(old, BY_ARN, noon).finding is Finding.HEALTHY
