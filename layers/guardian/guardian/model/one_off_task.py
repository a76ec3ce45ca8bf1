"""A one-off task of ECS, such as a migration."""

from pydantic import AwareDatetime

from guardian.model.words import Value


class TaskContainer(Value):
    """One container of a task.

    Attributes:
        name: Its name.
        exit_code: With what it ended; None when it has not, or never began.
        reason: What ECS says about it, such as an image that could not be pulled.
    """

    name: str
    exit_code: int | None = None
    reason: str = ""


class OneOffTask(Value):
    """A task as ECS describes it now.

    Attributes:
        arn: Which.
        status: ECS's word for where it stands; `STOPPED` is the last one.
        created: When it was asked for.
        containers: Its containers.
        reason: Why it stopped, in ECS's words.
    """

    arn: str
    status: str
    created: AwareDatetime
    containers: tuple[TaskContainer, ...] = ()
    reason: str = ""
