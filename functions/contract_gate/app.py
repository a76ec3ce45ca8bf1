"""Answers a pipeline whether the contract migration of a service may run. It changes nothing."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from guardian.wiring import contract_gate as wiring

logger = Logger()
contract_gate = cache(wiring.contract_gate)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda passes both
    """Say whether the gate is open, and why; what raises is a failed invocation, which opens nothing."""
    answer = contract_gate().receive(event)
    logger.info(answer["sentence"], gate=answer)
    return answer
