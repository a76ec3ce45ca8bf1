"""Wires the function `codedeploy_hook`."""

from aws_lambda_powertools import Logger, Metrics

from guardian.hooks import HookAnswers
from guardian.triggers import Hook
from guardian.wiring.surroundings import setting
from guardian.wiring.turn import ports


def hook_answers(logger: Logger, metrics: Metrics) -> HookAnswers:
    """Wire the function `codedeploy_hook`; which hook it is stands in its environment."""
    return HookAnswers(Hook(setting("GUARDIAN_HOOK")), ports(logger, metrics), logger)
