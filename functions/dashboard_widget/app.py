"""A custom widget of CloudWatch dashboards: the open watches and the latest decisions that were not fine."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from guardian.wiring import dashboard_widget as wiring

logger = Logger()
dashboard_widget = cache(wiring.dashboard_widget)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> str:  # noqa: ARG001 - Lambda passes both
    """Return HTML, or the widget's description when CloudWatch asks for it; what is wrong is shown in words."""
    shown = dashboard_widget().answer(event)
    if shown.problem:
        logger.warning("the dashboard's widget could not be shown", problem=shown.problem)
    return shown.html
