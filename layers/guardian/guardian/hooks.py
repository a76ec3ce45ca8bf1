"""CodeDeploy lifecycle hooks: CodeDeploy waits an hour for the answer and then fails, so a hook always answers."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from aws_lambda_powertools import Logger

from guardian.decide import DecisionKind
from guardian.errors import ConcurrentTurnError, GuardianError, PolicyInvalidError
from guardian.events import HookEvent
from guardian.ports import HookCaller, Ports
from guardian.triggers import Trigger, TriggerKind
from guardian.turn import take_turn


class Hook(StrEnum):
    """The lifecycle events that CodeDeploy calls a function for on ECS (AppSpec reference, "hooks")."""

    BEFORE_INSTALL = "BeforeInstall"
    AFTER_INSTALL = "AfterInstall"
    AFTER_ALLOW_TEST_TRAFFIC = "AfterAllowTestTraffic"
    BEFORE_ALLOW_TRAFFIC = "BeforeAllowTraffic"
    AFTER_ALLOW_TRAFFIC = "AfterAllowTraffic"


class HookAnswers:
    """Takes a turn for a hook and answers CodeDeploy with what was decided.

    If Guardian itself cannot decide, the answer is "passed": a broken guardian must not block every release, the turns
    of the shift go on, and the error is logged. A policy that is stored but invalid is answered with "failed" before
    users see green: somebody meant to have this release guarded, and it would not be.
    """

    def __init__(self, hook: Hook, ports: Ports, caller: HookCaller, logger: Logger) -> None:
        self._hook = hook
        self._ports = ports
        self._caller = caller
        self._logger = logger

    def answer(self, event: Mapping[str, Any]) -> str:
        """Take the turn, answer, and return the answer.

        Raises:
            MalformedEventError: It is not a hook's event, so there is nobody to answer.
        """
        call = HookEvent.read(event)
        self._logger.set_correlation_id(call.deployment_id)
        passed = self._passes(call.deployment_id)
        self._caller.answer(call.deployment_id, call.execution_id, passed=passed)
        return "Succeeded" if passed else "Failed"

    def _passes(self, deployment_id: str) -> bool:
        try:
            return self._judged(deployment_id)
        except PolicyInvalidError as error:
            self._logger.warning("the hook fails because the policy cannot be used", reason=str(error))
            return self._hook is Hook.AFTER_ALLOW_TRAFFIC
        except GuardianError as error:
            self._logger.warning("the hook passes although Guardian could not decide", reason=str(error))
            return True
        except Exception:  # the outermost edge: whatever went wrong, CodeDeploy waits for an answer
            self._ports.journal.failed()
            self._logger.exception("the hook passes although Guardian failed; this is a defect of Guardian")
            return True

    def _judged(self, deployment_id: str) -> bool:
        trigger = Trigger(kind=TriggerKind.HOOK, detail=self._hook)
        try:
            record = take_turn(deployment_id, trigger, self._ports)
        except ConcurrentTurnError:
            record = take_turn(deployment_id, trigger, self._ports)
        if record is not None:
            self._ports.policies.find(record.service)  # raises when there is one that cannot be used
        return record is None or record.decision is not DecisionKind.ROLL_BACK
