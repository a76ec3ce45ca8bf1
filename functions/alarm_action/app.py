"""The action of CloudWatch alarms: asks for a turn over the services whose policy names the alarm."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from guardian.wiring import alarm_action as wiring

logger = Logger()
alarms = cache(wiring.alarms)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, list[str]]:  # noqa: ARG001 - Lambda passes both
    """Ask for turns; an alarm that no policy of a guarded service names is logged and does nothing."""
    asked = alarms().receive(event)
    if not asked:
        logger.warning("no policy of a service under guard names this alarm", alarm=event.get("alarmArn"))
    return {"asked": asked}
