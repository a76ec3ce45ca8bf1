"""What a swap leaves behind: the next deployment fails, and what Guardian writes down about it mends that."""

from collections.abc import Iterator

import pytest

from guardian.aws.codedeploy import CodeDeploy
from guardian.aws.listener import AlbSwitch
from guardian_rehearsal.clock import SimulatedClock
from guardian_rehearsal.emulator.server import EmulatedAws
from guardian_rehearsal.stage import BEGIN
from guardian_rehearsal.world import World, build_world, deploy


class Shop:
    """A service whose first release has succeeded while blue still runs."""

    def __init__(self, aws: EmulatedAws, clock: SimulatedClock) -> None:
        self._aws, self._clock = aws, clock
        self.world: World = build_world(aws, hooks={}, alarm_action="arn:nobody", wait=None)
        self.blue, self.green = self.world.target_groups.values()
        self.switch = AlbSwitch(aws.client("elbv2"))
        self.release("2")

    def release(self, version: str) -> str:
        """Release a version and let all happen that will; return the deployment's id."""
        deployment = deploy(self._aws, self.world, version)
        while (due := self._aws.codedeploy.next_due()) is not None:
            self._clock.move_to(due)
            self._aws.codedeploy.advance()
        return deployment

    def route(self, blue: int, green: int) -> None:
        """Give the first release's colours these weights."""
        self.switch.route(self.world.production_listener, {}, {self.blue: blue, self.green: green})

    def status(self, deployment: str) -> tuple[str, str]:
        """Return a deployment's status and why it failed."""
        described = CodeDeploy(self._aws.client("codedeploy"), self._aws.client("elbv2")).describe(deployment)
        error = described.deployment.get("errorInformation") or {}
        return described.deployment["status"], error.get("message", "")


@pytest.fixture
def shop() -> Iterator[Shop]:
    """The service, on an AWS of its own."""
    with SimulatedClock(BEGIN) as clock, EmulatedAws() as aws:
        yield Shop(aws, clock)


def test_after_a_swap_the_next_deployment_fails(shop: Shop) -> None:
    """P7: with green's PRIMARY task set behind no listener, CodeDeploy refuses to begin."""
    shop.route(100, 0)
    status, why = shop.status(shop.release("3"))
    assert status == "Failed"
    assert "Primary taskset target group must be behind listener" in why


def test_what_the_record_advises_mends_it(shop: Shop) -> None:
    """With weight 1 of 1000 on green, as the record's note says, the next deployment succeeds."""
    shop.route(100, 0)
    shop.route(999, 1)
    assert shop.status(shop.release("3"))[0] == "Succeeded"
