"""Hears of CodeDeploy's deployments from EventBridge and asks for a turn over each."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from guardian.wiring import deployment_event as wiring

logger = Logger()
deployment_events = cache(wiring.deployment_events)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, list[str]]:  # noqa: ARG001 - Lambda passes both
    """Ask for a turn over the deployment that the event is about."""
    return {"asked": deployment_events().receive(event)}
