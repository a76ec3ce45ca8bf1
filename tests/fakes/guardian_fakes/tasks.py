"""One-off tasks of ECS in memory."""

from collections.abc import Sequence

from guardian.model import OneOffTask
from guardian.policy.gates import MigrationPolicy
from guardian_fakes.failing import Failing


class FakeTasks(Failing):
    """Implements `OneOffTasks`.

    Attributes:
        ran: What was run in which cluster: the task, its family, and its tags.
    """

    def __init__(self) -> None:
        super().__init__()
        self.ran: list[tuple[str, OneOffTask, str, dict[str, str]]] = []

    def run(self, cluster: str, task: OneOffTask, family: str = "migrate", **tags: str) -> None:
        """Let a task have been run."""
        self.ran.append((cluster, task, family, tags))

    def find(self, cluster: str, named: MigrationPolicy) -> Sequence[OneOffTask]:
        self._called("find")
        return tuple(
            task
            for where, task, family, tags in self.ran
            if where == cluster
            and (named.task is None or named.task == task.arn)
            and (named.tag is None or tags.get(named.tag.key) == named.tag.value)
            and (named.family is None or named.task is not None or named.family == family)
        )
