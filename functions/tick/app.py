"""Runs every minute and asks for a turn over each deployment under guard."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext

from guardian.wiring import tick as wiring

logger = Logger()
metrics = Metrics()
ticks = cache(wiring.ticks)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, tuple[str, ...]]:  # noqa: ARG001 - Lambda passes both
    """Ask for the turns of this minute."""
    asked = ticks().tick()
    for problem in asked.problems:
        logger.warning("a tick could not look everywhere", problem=problem)
    metrics.add_metric(name="Ticks", unit="Count", value=1)
    metrics.add_metric(name="OpenWatches", unit="Count", value=asked.watches)
    metrics.add_metric(
        name="Turns", unit="Count", value=0
    )  # so that the series has data where no turn is taken
    metrics.flush_metrics()
    return {"asked": asked.deployments, "problems": asked.problems}
