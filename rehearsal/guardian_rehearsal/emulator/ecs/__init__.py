"""Amazon ECS services under the CODE_DEPLOY deployment controller: what moto's ECS lacks.

moto keeps such a service but gives it neither task sets nor tasks. Here it has both, and the tasks are
registered at the target group that the service names. Tasks of RunTask end as they are told.
"""

from moto.ecs.models import ecs_backends

from guardian_rehearsal.emulator.ecs.health import install_health
from guardian_rehearsal.emulator.ecs.models import EC2ContainerServiceBackend
from guardian_rehearsal.emulator.ecs.oneoff import OneOffTask, install_failures
from guardian_rehearsal.emulator.ecs.tasks import ServiceTask
from guardian_rehearsal.emulator.ecs.tasksets import ServiceTaskSet

__all__ = [
    "EC2ContainerServiceBackend",
    "OneOffTask",
    "ServiceTask",
    "ServiceTaskSet",
    "ecs_backend",
    "install",
]


def install() -> None:
    """Make moto's server use these models; a second call does nothing.

    State that moto's own ECS backend held before the first call is dropped.
    """
    install_health()
    install_failures()
    if ecs_backends.backend is not EC2ContainerServiceBackend:
        ecs_backends.backend = EC2ContainerServiceBackend
        ecs_backends.clear()


def ecs_backend(account_id: str, region_name: str) -> EC2ContainerServiceBackend:
    """Return the ECS backend of an account and region."""
    backend = ecs_backends[account_id][region_name]
    if not isinstance(backend, EC2ContainerServiceBackend):
        raise TypeError("moto's ECS backend is in use: call guardian_rehearsal.emulator.ecs.install() first")
    return backend
