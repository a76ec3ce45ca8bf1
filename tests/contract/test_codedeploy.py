"""What every `Controller`, `Actuator` and `HookCaller` does: the fake and CodeDeploy with its listener."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, Protocol

import pytest
from guardian_fakes import BLUE, CHECKOUT, GREEN, LISTENER, FakeCodeDeploy, HandClock

from guardian.actions import Action
from guardian.aws.codedeploy import CodeDeploy
from guardian.decide import ActionKind
from guardian.errors import (
    AwsRefusedError,
    DeploymentOverError,
    DeploymentUnknownError,
    NotGuardableError,
    TemporaryError,
)
from guardian.model import Deployment, Phase, Service, TargetGroup
from guardian.resolve import resolve
from guardian_rehearsal.clock import SimulatedClock
from guardian_rehearsal.emulator.deliveries import LambdaInvocation
from guardian_rehearsal.emulator.server import EmulatedAws
from guardian_rehearsal.stage import HOOKS
from guardian_rehearsal.world import build_world, deploy


class Stage(Protocol):
    """A CodeDeploy, and how a test moves its one deployment along."""

    port: FakeCodeDeploy | CodeDeploy
    service: Service
    blue: TargetGroup
    green: TargetGroup
    listener: str

    def release(self) -> str:
        """Create a deployment without beginning it."""

    def release_elsewhere(self) -> str:
        """Create a deployment of another compute platform."""

    def hijack(self) -> None:
        """Put a target group of neither colour behind the listener."""

    def until_hook(self, deployment_id: str) -> str:
        """Install green and call a hook; return the execution that waits."""

    def until_shift(self, deployment_id: str) -> None:
        """Give green some traffic."""

    def until_end(self, deployment_id: str) -> None:
        """Let the deployment succeed."""

    def settle(self) -> None:
        """Let a stop or a failed hook take effect."""

    def throttle(self) -> None:
        """Answer every call with `Rate exceeded`."""

    def deny(self) -> None:
        """Refuse every call for want of a permission."""


class _Fake:
    service, blue, green, listener = CHECKOUT, BLUE, GREEN, LISTENER

    def __init__(self) -> None:
        self.port: FakeCodeDeploy | CodeDeploy = (fake := FakeCodeDeploy(HandClock()))
        self._fake = fake

    def release(self) -> str:
        return self._fake.create(CHECKOUT, "d-A1B2C3D4E")

    def release_elsewhere(self) -> str:
        return self._fake.create(CHECKOUT, "d-SERVER000", platform="Server")

    def hijack(self) -> None:
        self._fake.strangers = "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/maintenance/1"

    def until_hook(self, deployment_id: str) -> str:
        self._fake.begin(deployment_id)
        return self._fake.call_hook(deployment_id)

    def until_shift(self, deployment_id: str) -> None:
        self._fake.begin(deployment_id)
        self._fake.shift(deployment_id, 0.1)

    def until_end(self, deployment_id: str) -> None:
        self._fake.end(deployment_id)

    def settle(self) -> None:
        self._fake.settle()

    def throttle(self) -> None:
        self._fail(TemporaryError("Rate exceeded"))

    def deny(self) -> None:
        self._fail(AwsRefusedError("is not allowed: add it to the function's role"))

    def _fail(self, error: Exception) -> None:
        reads = ("describe", f"open_deployments {CHECKOUT}", "last_successful", "aftermath")
        for method in (*reads, "stop", "answer"):
            self._fake.fail(method, error)


class _Real:
    def __init__(self, aws: EmulatedAws, clock: SimulatedClock) -> None:
        self._aws, self._clock = aws, clock
        self._world = world = build_world(
            aws, hooks={hook: hook for hook in HOOKS}, alarm_action="arn:nobody"
        )
        self.service = Service(application=world.application, deployment_group=world.deployment_group)
        (self.blue, self.green) = (
            TargetGroup(name=name, arn=arn) for name, arn in world.target_groups.items()
        )
        self.listener = world.production_listener
        self.port: FakeCodeDeploy | CodeDeploy = CodeDeploy(aws.client("codedeploy"), aws.client("elbv2"))

    def release(self) -> str:
        return deploy(self._aws, self._world, "2")

    def release_elsewhere(self) -> str:
        codedeploy = self._aws.client("codedeploy")
        codedeploy.create_application(applicationName="fleet", computePlatform="Server")
        codedeploy.create_deployment_group(
            applicationName="fleet", deploymentGroupName="fleet", serviceRoleArn="arn:aws:iam::1:role/r"
        )
        revision = {"revisionType": "S3", "s3Location": {"bucket": "b", "key": "k", "bundleType": "zip"}}
        made = codedeploy.create_deployment(
            applicationName="fleet", deploymentGroupName="fleet", revision=revision
        )
        return str(made["deploymentId"])

    def hijack(self) -> None:
        elbv2 = self._aws.client("elbv2")
        vpc = elbv2.describe_target_groups(TargetGroupArns=[self.blue.arn])["TargetGroups"][0]["VpcId"]
        group = elbv2.create_target_group(
            Name="maintenance", Protocol="HTTP", Port=80, TargetType="ip", VpcId=vpc
        )
        action = {"Type": "forward", "TargetGroupArn": group["TargetGroups"][0]["TargetGroupArn"]}
        elbv2.modify_listener(ListenerArn=self.listener, DefaultActions=[action])

    def until_hook(self, deployment_id: str) -> str:  # noqa: ARG002 - there is one deployment
        for _ in range(12):  # BeforeInstall, whose failure cannot be rolled back, is answered
            for call in self._hooks():
                if "AfterInstall" in call.function_arn:
                    return str(call.payload["LifecycleEventHookExecutionId"])
                self._pass(call)
            self._step()
        raise AssertionError("no hook was called")

    def until_shift(self, deployment_id: str) -> None:
        self._run(lambda: resolve(self.port.describe(deployment_id)).phase is not Phase.SHIFTING)

    def until_end(self, deployment_id: str) -> None:
        self._run(lambda: resolve(self.port.describe(deployment_id)).ended is None)

    def settle(self) -> None:
        for _ in range(24):
            self._clock.move_to(self._clock.now() + timedelta(seconds=5))
            self._aws.codedeploy.advance()

    def throttle(self) -> None:
        self._aws.faults.throttle("codedeploy", "*")

    def deny(self) -> None:
        self._aws.faults.fail("codedeploy", "*", "AccessDeniedException", "User is not authorized")

    def _run(self, on: Callable[[], bool]) -> None:
        while on():
            self._step()
            for call in self._hooks():
                self._pass(call)

    def _step(self) -> None:
        due = self._aws.codedeploy.next_due()
        if due is not None:
            self._clock.move_to(due)
            self._aws.codedeploy.advance()

    def _hooks(self) -> list[LambdaInvocation]:
        return [one for one in self._aws.outbox.take_all() if isinstance(one, LambdaInvocation)]

    def _pass(self, call: LambdaInvocation) -> None:
        self._aws.client("codedeploy").put_lifecycle_event_hook_execution_status(
            deploymentId=call.payload["DeploymentId"],
            lifecycleEventHookExecutionId=call.payload["LifecycleEventHookExecutionId"],
            status="Succeeded",
        )


@pytest.fixture
def _real(clock: SimulatedClock) -> Iterator[_Real]:
    with EmulatedAws() as aws:
        yield _Real(aws, clock)


@pytest.fixture(params=["fake", "codedeploy"])
def stage(request: pytest.FixtureRequest) -> Stage:
    """The fake, or CodeDeploy with one ECS service and two target groups."""
    made: Stage = _Fake() if request.param == "fake" else request.getfixturevalue("_real")
    return made


def look(stage: Stage, deployment_id: str) -> Deployment:
    return resolve(stage.port.describe(deployment_id))


def action(stage: Stage, deployment_id: str, **changes: Any) -> Action:
    """Return the action of stopping a deployment."""
    noon = HandClock().now()
    values = {
        "kind": ActionKind.STOP_DEPLOYMENT, "deployment_id": deployment_id, "decided_by": "d-1", "intended_at": noon,
        "reason": "green fails", "weight": 0.1, "blue": stage.blue, "green": stage.green,
        "listener_arn": stage.listener,
    }  # fmt: skip
    return Action(**values | changes)


# Controller


def test_a_deployment_that_has_not_begun_is_described(stage: Stage) -> None:
    """A deployment that CodeDeploy has only accepted is described without colours."""
    found = look(stage, stage.release())
    assert (found.service, found.phase) == (stage.service, Phase.PREPARING)
    assert (found.blue, found.green, found.ended, found.problem) == (None, None, None, None)


def test_a_shifting_deployment_is_described(stage: Stage) -> None:
    """During the shift both colours are described with their groups and weights, and when the shift began."""
    release = stage.release()
    stage.until_shift(release)
    found = look(stage, release)
    assert (found.id, found.phase, found.listener_arn) == (release, Phase.SHIFTING, stage.listener)
    assert found.blue is not None
    assert found.green is not None
    assert (found.blue.target_group, found.green.target_group) == (stage.blue, stage.green)
    assert (found.blue.listener_weight, found.green.listener_weight) == pytest.approx((0.9, 0.1))
    assert (found.conflicts, found.shift_began is not None, found.is_rollback) == ((), True, False)


def test_the_last_successful_deployment_is_told(stage: Stage) -> None:
    """Before the first there is none; one that is under way is none yet."""
    assert stage.port.last_successful(stage.service) is None
    release = stage.release()
    stage.until_shift(release)
    assert stage.port.last_successful(stage.service) is None
    stage.until_end(release)
    assert stage.port.last_successful(stage.service) == release


def test_an_ended_deployment_is_described(stage: Stage) -> None:
    """A deployment that has succeeded is described as ended."""
    release = stage.release()
    stage.until_shift(release)
    stage.until_end(release)
    found = look(stage, release)
    assert found.phase is Phase.RETIRED
    assert (found.ended or "").startswith("Succeeded")


def test_a_rollback_is_described_as_one(stage: Stage) -> None:
    """The deployment that undoes another one is described as a rollback and names the other; so does the other."""
    release = stage.release()
    stage.until_shift(release)
    stage.port.stop(release)
    stage.settle()
    undone = look(stage, release)
    assert undone.rollback_id is not None
    rollback = look(stage, undone.rollback_id)
    assert (rollback.is_rollback, rollback.rollback_of) == (True, release)


def test_another_platform_is_described_as_not_guardable(stage: Stage) -> None:
    """A deployment of the EC2 platform is described without colours, and is refused by its platform's name."""
    described = stage.port.describe(stage.release_elsewhere())
    assert described.target is None
    with pytest.raises(NotGuardableError, match="Server"):
        resolve(described)


def test_a_listener_with_neither_colour_is_a_problem(stage: Stage) -> None:
    """With neither colour behind the listener the description has a problem that names the listener."""
    release = stage.release()
    stage.until_shift(release)
    stage.hijack()
    found = look(stage, release)
    assert found.problem is not None
    assert stage.listener in found.problem
    assert "targetgroup/maintenance" in found.problem


def test_open_deployments_are_listed_until_they_end(stage: Stage) -> None:
    """A deployment is open from its creation to its end, and belongs to its service alone."""
    assert list(stage.port.open_deployments(stage.service)) == []
    release = stage.release()
    assert list(stage.port.open_deployments(stage.service)) == [release]
    stage.until_shift(release)
    assert list(stage.port.open_deployments(stage.service)) == [release]
    stage.until_end(release)
    assert list(stage.port.open_deployments(stage.service)) == []


UNKNOWN: list[Callable[[Stage], object]] = [
    lambda stage: stage.port.describe("d-NOWHERE00"),
    lambda stage: stage.port.stop("d-NOWHERE00"),
    lambda stage: stage.port.aftermath(action(stage, "d-NOWHERE00")),
    lambda stage: stage.port.answer("d-NOWHERE00", "execution", passed=True),
]


@pytest.mark.parametrize("call", UNKNOWN, ids=["describe", "stop", "aftermath", "answer"])
def test_an_unknown_deployment_is_named_so(stage: Stage, call: Callable[[Stage], object]) -> None:
    """Every call about a deployment that does not exist says exactly that."""
    with pytest.raises(DeploymentUnknownError):
        call(stage)


CALLS: list[Callable[[Stage], object]] = [
    *UNKNOWN,
    lambda stage: stage.port.open_deployments(stage.service),
    lambda stage: stage.port.last_successful(stage.service),
]
NAMES = ["describe", "stop", "aftermath", "answer", "open_deployments", "last_successful"]


@pytest.mark.parametrize("call", CALLS, ids=NAMES)
def test_a_throttled_call_is_temporary(stage: Stage, call: Callable[[Stage], object]) -> None:
    """A throttled call is temporary, whatever it asked for."""
    stage.throttle()
    with pytest.raises(TemporaryError):
        call(stage)


@pytest.mark.parametrize("call", CALLS, ids=NAMES)
def test_a_denied_call_is_refused(stage: Stage, call: Callable[[Stage], object]) -> None:
    """A call without permission is refused, and says that a permission is missing."""
    stage.deny()
    with pytest.raises(AwsRefusedError, match="is not allowed: add it to the function's role"):
        call(stage)


# Actuator


def test_a_stop_is_pending_and_then_rolled_back(stage: Stage) -> None:
    """A stop is taken as Pending; afterwards the deployment is Stopped, its rollback Succeeded, traffic on blue."""
    release = stage.release()
    stage.until_shift(release)
    reply = stage.port.stop(release)
    before = stage.port.aftermath(action(stage, release))
    assert (reply.status, bool(reply.request_id)) == ("Pending", True)
    assert (before.status, before.rollback_id, before.blue_weight) == ("InProgress", None, pytest.approx(0.9))
    stage.settle()
    after = stage.port.aftermath(action(stage, release))
    assert (after.status, after.rollback_status, after.blue_weight) == ("Stopped", "Succeeded", 1.0)
    assert after.rollback_id == look(stage, release).rollback_id


def test_a_listener_with_neither_colour_gives_blue_nothing(stage: Stage) -> None:
    """When somebody else's group is behind the listener, reading back does not find traffic on blue."""
    release = stage.release()
    stage.until_shift(release)
    stage.hijack()
    assert stage.port.aftermath(action(stage, release)).blue_weight == 0


def test_stopping_again_changes_nothing(stage: Stage) -> None:
    """A second stop is no error, neither while the first is pending nor after it."""
    release = stage.release()
    stage.until_shift(release)
    assert [stage.port.stop(release).status for _ in range(2)] == ["Pending"] * 2
    stage.settle()
    after = stage.port.aftermath(action(stage, release))
    assert stage.port.stop(release).status == "Succeeded"
    assert stage.port.aftermath(action(stage, release)) == after


def test_what_has_succeeded_is_not_stopped(stage: Stage) -> None:
    """A deployment that has succeeded cannot be stopped any more, and reads so."""
    release = stage.release()
    stage.until_shift(release)
    stage.until_end(release)
    with pytest.raises(DeploymentOverError):
        stage.port.stop(release)
    after = stage.port.aftermath(action(stage, release))
    assert (after.status, after.rollback_id, after.rollback_status) == ("Succeeded", None, None)


# HookCaller


def test_a_passed_hook_lets_the_deployment_go_on(stage: Stage) -> None:
    """After the answer that a hook has passed the deployment is in progress still."""
    release = stage.release()
    execution = stage.until_hook(release)
    stage.port.answer(release, execution, passed=True)
    stage.settle()
    assert look(stage, release).ended is None


def test_a_failed_hook_fails_the_deployment(stage: Stage) -> None:
    """After the answer that a hook has failed the deployment has failed and is rolled back."""
    release = stage.release()
    execution = stage.until_hook(release)
    stage.port.answer(release, execution, passed=False)
    stage.settle()
    after = stage.port.aftermath(action(stage, release))
    assert (after.status, after.rollback_status, after.blue_weight) == ("Failed", "Succeeded", 1.0)


@pytest.mark.parametrize("first", [True, False], ids=["passed first", "failed first"])
def test_the_first_answer_counts(stage: Stage, first: bool) -> None:
    """A second answer to the same execution is success and changes nothing."""
    release = stage.release()
    execution = stage.until_hook(release)
    stage.port.answer(release, execution, passed=first)
    stage.port.answer(release, execution, passed=not first)
    stage.settle()
    assert (look(stage, release).ended is None) is first


def test_an_unknown_execution_is_refused(stage: Stage) -> None:
    """An answer to an execution that CodeDeploy does not wait for is refused."""
    release = stage.release()
    stage.until_hook(release)
    with pytest.raises(AwsRefusedError):
        stage.port.answer(release, "bm9ib2R5", passed=True)
