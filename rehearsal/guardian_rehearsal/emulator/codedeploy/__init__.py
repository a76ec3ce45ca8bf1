"""AWS CodeDeploy for the ECS compute platform: what moto's CodeDeploy lacks.

Deployments start, call their hooks, shift traffic step by step on the real (emulated) listener, wait, terminate the
original tasks, can be stopped and rolled back, and announce themselves on the bus.
"""

from moto.codedeploy.models import codedeploy_backends
from moto.core.common_types import TYPE_RESPONSE
from moto.core.responses import BaseResponse
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.elbv2.responses import ELBV2Response

from guardian_rehearsal.emulator import ecs
from guardian_rehearsal.emulator.codedeploy.deployments import EcsDeployment
from guardian_rehearsal.emulator.codedeploy.models import CodeDeployBackend
from guardian_rehearsal.emulator.codedeploy.responses import CodeDeployResponse

__all__ = ["CodeDeployBackend", "EcsDeployment", "codedeploy_backend", "install"]

CLOCKED: tuple[type[BaseResponse], ...] = (CodeDeployResponse, EC2ContainerServiceResponse, ELBV2Response)
"""Services whose state deployments change: each request to them first carries out what has come due."""


def install() -> None:
    """Make moto's server use these models, and those of ECS; a second call does nothing.

    State that moto's own backend held before the first call is dropped.
    """
    ecs.install()
    if codedeploy_backends.backend is not CodeDeployBackend:
        codedeploy_backends.backend = CodeDeployBackend
        codedeploy_backends.clear()
    for response in CLOCKED:
        _advance_before(response)


def codedeploy_backend(account_id: str, region_name: str) -> CodeDeployBackend:
    """Return the CodeDeploy backend of an account and region, for `advance` and `next_due`."""
    backend = codedeploy_backends[account_id][region_name]
    if not isinstance(backend, CodeDeployBackend):
        raise TypeError(
            "moto's CodeDeploy backend is in use: call guardian_rehearsal.emulator.codedeploy.install()"
        )
    return backend


def _advance_before(response: type[BaseResponse]) -> None:
    original = response.call_action
    if getattr(original, "advances", False):
        return

    def call_action(self: BaseResponse) -> TYPE_RESPONSE:
        backend = codedeploy_backend(self.current_account, self.region)
        with backend.lock:
            backend.advance()
            return original(self)

    vars(call_action)["advances"] = True
    response.call_action = call_action  # type: ignore[method-assign]
