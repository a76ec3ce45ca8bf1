"""CodeDeploy lifecycle hooks: CodeDeploy waits an hour for the answer and then fails, so a hook always answers."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from aws_lambda_powertools import Logger

from guardian import hold
from guardian.decide import DecisionKind
from guardian.errors import ConcurrentTurnError, GuardianError, PolicyInvalidError
from guardian.events import HookEvent
from guardian.hook_gates import check_gates
from guardian.ports import Ports
from guardian.record import DecisionRecord
from guardian.triggers import Hook, Trigger, TriggerKind
from guardian.turn import take_turn


class Answer(StrEnum):
    """What CodeDeploy is told; nothing yet when the hook is held."""

    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    HELD = "Held"


class HookAnswers:
    """Takes a turn for a hook and answers CodeDeploy with what was decided.

    If Guardian itself cannot decide, the answer is "passed": a broken guardian must not block every release, the turns
    of the shift go on, and the error is logged. A policy that is stored but invalid is answered with "failed" before
    users see green: somebody meant to have this release guarded, and it would not be.
    """

    def __init__(self, hook: Hook, ports: Ports, logger: Logger) -> None:
        self._hook = hook
        self._ports = ports
        self._logger = logger

    def answer(self, event: Mapping[str, Any]) -> Answer:
        """Take the turn, answer, and return the answer.

        Raises:
            MalformedEventError: It is not a hook's event, so there is nobody to answer.
        """
        call = HookEvent.read(event)
        self._logger.set_correlation_id(call.deployment_id)
        answer = self._considered(call)
        self._logger.info("the hook is answered", hook=self._hook, answer=answer)
        if answer is not Answer.HELD:
            self._ports.hooks.answer(call.deployment_id, call.execution_id, passed=answer is Answer.SUCCEEDED)
        return answer

    def _considered(self, call: HookEvent) -> Answer:
        try:
            return self._judged(call)
        except PolicyInvalidError as error:
            self._logger.warning("the hook fails because the policy cannot be used", reason=str(error))
            return Answer.SUCCEEDED if self._hook is Hook.AFTER_ALLOW_TRAFFIC else Answer.FAILED
        except GuardianError as error:
            self._logger.warning("the hook passes although Guardian could not decide", reason=str(error))
            return Answer.SUCCEEDED
        except Exception:  # the outermost edge: whatever went wrong, CodeDeploy waits for an answer
            self._ports.journal.failed()
            self._logger.exception("the hook passes although Guardian failed; this is a defect of Guardian")
            return Answer.SUCCEEDED

    def _judged(self, call: HookEvent) -> Answer:
        record = self._turn(call.deployment_id)
        if record is None:
            return Answer.SUCCEEDED
        self._ports.policies.find(record.service)  # raises when there is one that cannot be used
        if record.decision is DecisionKind.ROLL_BACK:
            return Answer.FAILED
        holds = self._hook is Hook.AFTER_ALLOW_TRAFFIC and hold.begin(record, call.execution_id, self._ports)
        return Answer.HELD if holds else Answer.SUCCEEDED

    def _turn(self, deployment_id: str) -> DecisionRecord | None:
        """Check the gates once and take the turn, once more if another turn was faster."""
        trigger = Trigger(kind=TriggerKind.HOOK, detail=self._hook)
        found = check_gates(deployment_id, self._hook, self._ports)
        try:
            return take_turn(deployment_id, trigger, self._ports, found)
        except ConcurrentTurnError:
            return take_turn(deployment_id, trigger, self._ports, found)
