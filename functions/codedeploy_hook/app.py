"""A CodeDeploy lifecycle hook. Deployed five times, once per hook; the environment says which it is."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext

from guardian.wiring import codedeploy_hook as wiring

logger = Logger()
metrics = Metrics()
hook_answers = cache(wiring.hook_answers)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, str]:  # noqa: ARG001 - Lambda passes both
    """Take a turn and answer CodeDeploy, which waits up to an hour for it."""
    return {"answer": hook_answers(logger, metrics).answer(event)}
