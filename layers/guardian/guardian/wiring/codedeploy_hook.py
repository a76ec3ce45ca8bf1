"""Wires the function `codedeploy_hook`."""

from aws_lambda_powertools import Logger, Metrics

from guardian.hooks import Hook, HookAnswers
from guardian.wiring.surroundings import setting
from guardian.wiring.turn import codedeploy_adapter, ports


def hook_answers(logger: Logger, metrics: Metrics) -> HookAnswers:
    """Wire the function `codedeploy_hook`; which hook it is stands in its environment."""
    return HookAnswers(Hook(setting("GUARDIAN_HOOK")), ports(logger, metrics), codedeploy_adapter(), logger)
