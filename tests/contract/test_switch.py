"""What every `Switch` does: the fake, and the listener of a load balancer."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pytest
from guardian_fakes import BLUE, GREEN, LISTENER, FakeCodeDeploy, FakeSwitch, HandClock

from guardian.aws.listener import AlbSwitch
from guardian.errors import AwsRefusedError, ListenerChangedError, ListenerMismatchError
from guardian.ports import Switch
from guardian_rehearsal.clock import SimulatedClock
from guardian_rehearsal.emulator.server import EmulatedAws
from guardian_rehearsal.world import build_world

STRANGER = "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/stranger/0a"


@dataclass
class Stage:
    """A listener that sends everything to blue.

    Attributes:
        switch: What is tested.
        listener: Its listener.
        blue: ARN of the group with all of the traffic.
        green: ARN of the other one.
        turn_away: Have the listener forward to another group alone.
    """

    switch: Switch
    listener: str
    blue: str
    green: str
    turn_away: Callable[[], None]

    def weights(self) -> Mapping[str, float]:
        """Return the shares of the pair."""
        return self.switch.weights(self.listener, [self.blue, self.green])

    def to_green(self, percent: int) -> str:
        """Give green so many percent of what blue has."""
        wanted = {self.blue: 100 - percent, self.green: percent}
        return self.switch.route(self.listener, dict(self.weights()), wanted)


def _fake() -> Stage:
    codedeploy = FakeCodeDeploy(HandClock())

    def turn_away() -> None:
        codedeploy.strangers = STRANGER

    return Stage(FakeSwitch(codedeploy), LISTENER, BLUE.arn, GREEN.arn, turn_away)


@pytest.fixture(params=["fake", "alb"])
def stage(request: pytest.FixtureRequest, clock: SimulatedClock) -> Iterator[Stage]:  # noqa: ARG001 - time stands still
    """A listener, in memory or of an emulated load balancer with a rule for a path."""
    if request.param == "fake":
        yield _fake()
        return
    with EmulatedAws() as aws:
        yield _real(aws)


def _real(aws: EmulatedAws) -> Stage:
    world = build_world(aws, hooks={}, alarm_action="arn:nobody", path_rule=True)
    blue, green = world.target_groups.values()
    elbv2 = aws.client("elbv2")

    def turn_away() -> None:
        vpc = elbv2.describe_target_groups(TargetGroupArns=[blue])["TargetGroups"][0]["VpcId"]
        group = elbv2.create_target_group(
            Name="stranger", TargetType="ip", Protocol="HTTP", Port=80, VpcId=vpc
        )
        arn = group["TargetGroups"][0]["TargetGroupArn"]
        for rule in elbv2.describe_rules(ListenerArn=world.production_listener)["Rules"]:
            if not rule["IsDefault"]:
                elbv2.delete_rule(RuleArn=rule["RuleArn"])
        elbv2.modify_listener(
            ListenerArn=world.production_listener, DefaultActions=[{"Type": "forward", "TargetGroupArn": arn}]
        )

    return Stage(AlbSwitch(elbv2), world.production_listener, blue, green, turn_away)


def test_weights_are_read(stage: Stage) -> None:
    """Shares come back by the groups' ARNs, also of a group that no rule names yet."""
    assert stage.weights() == {stage.blue: 1.0, stage.green: 0.0}


def test_weights_are_written_and_read_back(stage: Stage) -> None:
    """What was routed is what the listener has, and AWS's request is named."""
    assert stage.to_green(100)
    assert stage.weights() == {stage.blue: 0.0, stage.green: 1.0}
    stage.to_green(0)
    assert stage.weights() == {stage.blue: 1.0, stage.green: 0.0}


def test_a_listener_that_somebody_moved_is_left_alone(stage: Stage) -> None:
    """P6: when the shares are not those that the caller has read, nothing is written."""
    stage.to_green(30)
    with pytest.raises(ListenerChangedError, match="moved by somebody else"):
        stage.switch.route(
            stage.listener, {stage.blue: 1.0, stage.green: 0.0}, {stage.blue: 0, stage.green: 100}
        )
    assert stage.weights()[stage.green] == pytest.approx(0.3)


def test_a_listener_without_the_pair_is_left_alone(stage: Stage) -> None:
    """A listener that forwards to others only is neither read nor written."""
    stage.turn_away()
    with pytest.raises(ListenerMismatchError):
        stage.weights()
    with pytest.raises(ListenerMismatchError):
        stage.switch.route(stage.listener, {}, {stage.blue: 100, stage.green: 0})


@pytest.fixture
def aws(clock: SimulatedClock) -> Iterator[EmulatedAws]:  # noqa: ARG001 - time stands still
    """An AWS of its own."""
    with EmulatedAws() as running:
        yield running


def test_rules_are_rewritten_as_well_as_the_default_action(aws: EmulatedAws) -> None:
    """Trap 12: traffic that a rule forwards moves too, and nothing else of the rule changes."""
    stage = _real(aws)
    stage.to_green(100)
    rules = aws.client("elbv2").describe_rules(ListenerArn=stage.listener)["Rules"]
    found = [
        {
            group["TargetGroupArn"]: group["Weight"]
            for group in rule["Actions"][0]["ForwardConfig"]["TargetGroups"]
        }
        for rule in rules
    ]
    assert found == [{stage.blue: 0, stage.green: 100}] * 2
    assert next(rule["Conditions"] for rule in rules if not rule["IsDefault"])[0]["Field"] == "path-pattern"


def test_a_half_written_listener_is_told(aws: EmulatedAws) -> None:
    """When the second rule is refused, the message says that the first was written, and the weights disagree."""
    stage = _real(aws)
    aws.faults.fail("elbv2", "ModifyListener", code="AccessDenied", message="not authorized", http_status=403)
    with pytest.raises(AwsRefusedError, match="1 of 2 rules were rewritten"):
        stage.to_green(100)
    with pytest.raises(ListenerMismatchError, match="weigh blue and green differently"):
        stage.weights()
