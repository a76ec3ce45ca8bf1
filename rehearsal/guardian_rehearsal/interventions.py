"""What other people do to production in the middle of a rehearsal, through AWS's API as they would."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from guardian.aws.contracts import TableContracts
from guardian.aws.orders import TableOrders
from guardian.aws.pauses import TablePauses
from guardian.model import Contract, Order, Pause, Service
from guardian_rehearsal.emulator.server import EmulatedAws
from guardian_rehearsal.installation import Installation
from guardian_rehearsal.world import World


@dataclass(frozen=True)
class Scene:
    """Where people act.

    Attributes:
        aws: The emulated AWS.
        world: What is guarded.
        installation: What Guardian consists of.
        deployment_id: The deployment that is guarded.
    """

    aws: EmulatedAws
    world: World
    installation: Installation
    deployment_id: str


Deed = Callable[[Scene], None]
"""Changes something."""


@dataclass(frozen=True)
class Intervention:
    """Somebody does something at a minute, counted from green's first traffic."""

    minute: int
    deed: Deed


def revert_listener(scene: Scene) -> None:
    """Give the first group everything, as a stack update does that knows nothing of the shift (aws-cdk #36649)."""
    serving = next(iter(scene.world.target_groups.values()))
    scene.aws.client("elbv2").modify_listener(
        ListenerArn=scene.world.production_listener,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": serving}],
    )


def contract_schema(scene: Scene) -> None:
    """Mark that the contract migration has run, as `guardian contract done` does."""
    service = Service(application=scene.world.application, deployment_group=scene.world.deployment_group)
    table = TableContracts(scene.aws.client("dynamodb"), scene.installation.table)
    table.mark_contract(
        Contract(
            service=service,
            deployment_id=scene.deployment_id,
            at=datetime.now(UTC),
            by="release-pipeline",
            why="dropped column address",
        )
    )


def pause_guardian(scene: Scene) -> None:
    """Hold Guardian back for ten minutes, as `guardian pause --minutes 10` does."""
    now = datetime.now(UTC)
    table = TablePauses(scene.aws.client("dynamodb"), scene.installation.table)
    wish = Pause(by="anna", why="load test", at=now, until=now + timedelta(minutes=10))
    table.set_pause(scene.deployment_id, wish)


def order_rollback(scene: Scene) -> None:
    """Order the rollback, as `guardian rollback --confirm` does."""
    table = TableOrders(scene.aws.client("dynamodb"), scene.installation.table)
    order = Order(by="anna", why="customers cannot pay", at=datetime.now(UTC))
    table.set_order(scene.deployment_id, order)
