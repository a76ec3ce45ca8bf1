"""Lifecycle hooks: CodeDeploy always gets an answer."""

import io
import json
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from aws_lambda_powertools import Logger
from guardian_fakes import CHECKOUT, Shop

from guardian.errors import AwsRefusedError, MalformedEventError, TemporaryError
from guardian.hooks import HookAnswers
from guardian.model import Phase
from guardian.triggers import Hook, TriggerKind

NUMBERS = count()
BEFORE_TRAFFIC = [hook for hook in Hook if hook is not Hook.AFTER_ALLOW_TRAFFIC]
BROKEN = [
    TemporaryError("codedeploy:GetDeployment was answered with Throttling"),
    AwsRefusedError("codedeploy:GetDeployment is not allowed"),
    RuntimeError("a defect"),
]


class Calls:
    """CodeDeploy calls a hook of the shop's release and waits."""

    def __init__(self, shop: Shop, logged: io.StringIO, logger: Logger) -> None:
        self._shop, self._logged, self._logger = shop, logged, logger

    def __call__(self, hook: Hook, **event: Any) -> str:
        execution = self._shop.codedeploy.call_hook(self._shop.release, f"execution-{hook}")
        payload = {"DeploymentId": self._shop.release, "LifecycleEventHookExecutionId": execution, **event}
        return HookAnswers(hook, self._shop.ports, self._logger).answer(payload)

    def log(self) -> list[dict[str, Any]]:
        """Return what was logged."""
        return [json.loads(line) for line in self._logged.getvalue().splitlines()]


@pytest.fixture
def call(installed: Shop) -> Calls:
    """Call a hook of the installed release."""
    logged = io.StringIO()
    return Calls(installed, logged, Logger(service=f"hooks-{next(NUMBERS)}", stream=logged))


@pytest.mark.parametrize("hook", list(Hook), ids=str)
def test_a_hook_passes_a_release_with_nothing_against_it(call: Calls, installed: Shop, hook: Hook) -> None:
    """A hook answers Succeeded while nothing speaks against green, and its turn names the hook."""
    assert call(hook) == "Succeeded"
    assert installed.codedeploy.answers == [(f"execution-{hook}", True)]
    assert (installed.records[-1].trigger.kind, installed.records[-1].trigger.detail) == (
        TriggerKind.HOOK,
        hook,
    )


def test_a_hook_opens_the_watch_and_keeps_blues_history(shop: Shop) -> None:
    """The first hook of a release puts it under guard and reads blue's history before any traffic moves."""
    shop.codedeploy.begin(shop.release)
    call = Calls(shop, io.StringIO(), Logger(service=f"hooks-{next(NUMBERS)}", stream=io.StringIO()))
    call(Hook.BEFORE_INSTALL)
    history = shop.table.history(shop.release)
    assert [one.deployment_id for one in shop.table.open()] == [shop.release]
    assert history is not None
    assert len(history.rows) > 50
    assert shop.records[-1].phase is Phase.PREPARING


def test_a_hook_fails_when_green_has_diverged(call: Calls, installed: Shop) -> None:
    """The hook after the shift answers Failed when the decision is to roll back, and the deployment is stopped."""
    installed.errors = 0.2
    installed.shift(0.5)
    installed.minutes(5)
    installed.shift(1)
    assert call(Hook.AFTER_ALLOW_TRAFFIC) == "Failed"
    assert installed.codedeploy.answers == [("execution-AfterAllowTraffic", False)]
    assert installed.codedeploy.stops == [installed.release]


@pytest.mark.parametrize("mode", ["observe", "notify"])
def test_a_mode_that_may_not_act_fails_no_hook(call: Calls, installed: Shop, mode: str) -> None:
    """In the modes observe and notify the same hook answers Succeeded, and the record says what would be done."""
    installed.policies.put(CHECKOUT, mode=mode)
    installed.errors = 0.2
    installed.shift(0.5)
    installed.minutes(5)
    installed.shift(1)
    assert call(Hook.AFTER_ALLOW_TRAFFIC) == "Succeeded"
    assert installed.records[-1].would == "roll_back"


@pytest.mark.parametrize("error", BROKEN, ids=repr)
@pytest.mark.parametrize("hook", list(Hook), ids=str)
def test_a_broken_guardian_passes_the_hook(
    call: Calls, installed: Shop, hook: Hook, error: Exception
) -> None:
    """Whatever keeps Guardian from deciding, the hook answers Succeeded and the reason is in the log."""
    installed.table.fail("find", error)
    assert call(hook) == "Succeeded"
    assert installed.codedeploy.answers == [(f"execution-{hook}", True)]
    assert str(error) in json.dumps(call.log())


@pytest.mark.parametrize(
    "broken",
    [
        lambda shop, error: shop.codedeploy.fail("describe", error),
        lambda shop, error: shop.fleet.fail("publishes_task_cpu", error),
        lambda shop, error: shop.metrics.fail("read", error),
        lambda shop, error: shop.policies.fail("find", error),
        lambda shop, error: shop.table.fail("save", error),
        lambda shop, error: shop.table.fail("save_history", error),
        lambda shop, error: shop.table.fail("write", error),
    ],
    ids=["controller", "fleet", "metrics", "policies", "watches", "history", "ledger"],
)
@pytest.mark.parametrize("error", BROKEN, ids=repr)
def test_whichever_port_is_broken_the_hook_is_answered(
    shop: Shop, broken: Callable[[Shop, Exception], None], error: Exception
) -> None:
    """A failure of any port on the first look at a release leaves the hook answered with Succeeded."""
    shop.codedeploy.begin(shop.release)
    broken(shop, error)
    call = Calls(shop, io.StringIO(), Logger(service=f"hooks-{next(NUMBERS)}", stream=io.StringIO()))
    assert call(Hook.AFTER_INSTALL) == "Succeeded"
    assert len(shop.codedeploy.answers) == 1


@pytest.mark.parametrize("hook", BEFORE_TRAFFIC, ids=str)
def test_an_invalid_policy_fails_a_hook_before_traffic(call: Calls, installed: Shop, hook: Hook) -> None:
    """Before users see green an unusable policy fails the hook: somebody meant to have this release guarded."""
    installed.policies.stored[CHECKOUT] = '{"mode":"enforced"}'
    assert call(hook) == "Failed"
    assert installed.codedeploy.answers == [(f"execution-{hook}", False)]
    assert any("mode" in line.get("reason", "") for line in call.log())


def test_an_invalid_policy_passes_the_hook_after_traffic(call: Calls, installed: Shop) -> None:
    """After the shift an unusable policy does not fail the hook: that would undo a release nobody judged bad."""
    installed.policies.stored[CHECKOUT] = '{"mode":"enforced"}'
    assert call(Hook.AFTER_ALLOW_TRAFFIC) == "Succeeded"


def test_a_service_without_a_policy_passes(call: Calls, installed: Shop) -> None:
    """A service without a policy is observed, so its hooks pass."""
    installed.policies.stored.clear()
    assert call(Hook.BEFORE_ALLOW_TRAFFIC) == "Succeeded"


def test_a_deployment_of_another_platform_passes(call: Calls, installed: Shop) -> None:
    """A deployment that Guardian does not guard is let through, and the log says why."""
    installed.codedeploy.create(CHECKOUT, "d-SERVER000", platform="Server")
    installed.release = "d-SERVER000"
    assert call(Hook.BEFORE_INSTALL) == "Succeeded"
    assert any("Server" in line.get("reason", "") for line in call.log())


def test_a_closed_watch_passes(call: Calls, installed: Shop) -> None:
    """A hook of a release whose watch is closed passes without a turn."""
    installed.codedeploy.end(installed.release, "Stopped")
    installed.turn()
    written = len(installed.records)
    assert call(Hook.AFTER_ALLOW_TRAFFIC) == "Succeeded"
    assert len(installed.records) == written


def test_a_hook_that_meets_another_turn_takes_its_turn_again(call: Calls, installed: Shop) -> None:
    """A hook whose turn lost to another one takes a second turn before it answers."""
    installed.table.overtaken = 1
    written = len(installed.records)
    assert call(Hook.AFTER_INSTALL) == "Succeeded"
    assert len(installed.records) == written + 1


def test_a_hook_called_twice_gets_the_same_answer(call: Calls, installed: Shop) -> None:
    """Lambda may call a hook again; the second answer is no error and changes nothing."""
    assert call(Hook.AFTER_INSTALL) == "Succeeded"
    assert call(Hook.AFTER_INSTALL) == "Succeeded"
    assert installed.codedeploy.answers == [("execution-AfterInstall", True)] * 2


def test_an_answer_that_does_not_arrive_is_raised(call: Calls, installed: Shop) -> None:
    """When CodeDeploy cannot take the answer, the error goes to Lambda, which calls the hook again."""
    installed.codedeploy.fail("answer", TemporaryError("did not reach AWS"), times=1)
    with pytest.raises(TemporaryError):
        call(Hook.AFTER_INSTALL)
    assert call(Hook.AFTER_INSTALL) == "Succeeded"


@pytest.mark.parametrize(
    ("event", "path"),
    [
        ({"DeploymentId": None}, "DeploymentId"),
        ({"DeploymentId": "../etc"}, "DeploymentId"),
        ({"LifecycleEventHookExecutionId": ""}, "LifecycleEventHookExecutionId"),
    ],
    ids=["no id", "not an id", "no execution"],
)
def test_a_malformed_event_is_named(call: Calls, installed: Shop, event: dict[str, Any], path: str) -> None:
    """An event without somebody to answer is refused with the field that is wrong, and nobody is answered."""
    with pytest.raises(MalformedEventError, match=path):
        call(Hook.AFTER_INSTALL, **event)
    assert installed.codedeploy.answers == []


def test_the_log_is_correlated_by_deployment(call: Calls, installed: Shop) -> None:
    """What a hook logs carries the deployment's id as correlation id."""
    installed.table.fail("find", RuntimeError("a defect"))
    call(Hook.AFTER_INSTALL)
    assert {line["correlation_id"] for line in call.log()} == {installed.release}
