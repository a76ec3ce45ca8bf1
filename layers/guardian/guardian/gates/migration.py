"""The migration gate: the task has stopped and every container of it ended with 0."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from guardian.model import Evidence, Finding, OneOffTask
from guardian.policy.gates import MigrationPolicy

SIGNAL = "migration"
STOPPED = "STOPPED"
"""The last status of a task (ECS developer guide, "Amazon ECS task lifecycle")."""


def judge_migration(tasks: Sequence[OneOffTask], policy: MigrationPolicy, now: datetime) -> Evidence:
    """Return whether the newest of the tasks has migrated the schema.

    Args:
        tasks: Those that the policy names, in any order.
        policy: How the policy names them, and how old the task may be.
        now: The time of the turn.
    """
    named = policy.task or (f"tag {policy.tag.key}={policy.tag.value}" if policy.tag else "")
    oldest = now - timedelta(minutes=policy.max_age_minutes)
    recent = [task for task in tasks if policy.task or task.created >= oldest]
    if not recent:
        return _fails(
            f"there is no migration task ({named}) of the last {policy.max_age_minutes} minutes: run it before the "
            "release, and release within that time"
        )
    task = max(recent, key=lambda one: one.created)
    if task.status != STOPPED:
        return _fails(
            f"the migration task {_short(task)} is {task.status}: release after `aws ecs wait tasks-stopped`"
        )
    bad = [_ending(one.name, one.exit_code, one.reason) for one in task.containers if one.exit_code != 0]
    if bad or not task.containers:
        because = f" ({task.reason})" if task.reason else ""
        return _fails(
            f"the migration task {_short(task)} has failed: {', '.join(bad) or 'it has no container'}{because}"
        )
    return Evidence(
        signal=SIGNAL,
        finding=Finding.HEALTHY,
        sentence=f"the migration task {_short(task)} has stopped and every container ended with 0",
    )


def _ending(name: str, code: int | None, reason: str) -> str:
    because = f", {reason}" if reason else ""
    return f"container {name} {'has no exit code' if code is None else f'ended with {code}'}{because}"


def _short(task: OneOffTask) -> str:
    return task.arn.rpartition("/")[2]


def _fails(sentence: str) -> Evidence:
    return Evidence(signal=SIGNAL, finding=Finding.DIVERGED, sentence=sentence)
