"""What lifecycle hooks and their gates need from the world besides what every turn needs; see `ports.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    # As in `ports.py`: a port is a type and nothing more.
    from collections.abc import Sequence

    from guardian.model import HttpAnswer, HttpRequest, OneOffTask
    from guardian.policy.gates import MigrationPolicy


class HookCaller(Protocol):
    """Whoever called a hook and waits for its answer."""

    def answer(self, deployment_id: str, execution_id: str, *, passed: bool) -> None:
        """Answer once; that somebody answered before is success."""
        ...


class OneOffTasks(Protocol):
    """Knows tasks that no service runs, such as migrations."""

    def find(self, cluster: str, named: MigrationPolicy) -> Sequence[OneOffTask]:
        """Return the tasks that the policy names, running and stopped ones, in any order.

        ECS forgets a stopped task about an hour after it has ended.

        Raises:
            AwsRefusedError: The cluster does not exist, or its tasks may not be read.
            TemporaryError: AWS could not answer.
        """
        ...


class Web(Protocol):
    """Asks over HTTP."""

    def ask(self, request: HttpRequest) -> HttpAnswer:
        """Return the answer whatever its status; a redirect is an answer too.

        Raises:
            UnreachableError: There was none: no name, no connection, no handshake, or not in time.
        """
        ...
