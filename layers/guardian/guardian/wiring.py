"""Puts adapters behind ports. The only place that reads the environment and that makes clients."""

import os
from datetime import UTC, datetime

import boto3
from aws_lambda_powertools import Logger, Metrics

from guardian.aws.calls import CONFIG
from guardian.aws.cloudwatch import CloudWatchMetrics
from guardian.aws.codedeploy import CodeDeploy
from guardian.aws.fleet import EcsFleet
from guardian.aws.policies import ParameterStorePolicies
from guardian.aws.queue import FifoTurns
from guardian.aws.table import Table
from guardian.errors import SettingMissingError
from guardian.fanout import Alarms, DeploymentEvents, Ticks
from guardian.hooks import Hook, HookAnswers
from guardian.journal import PowertoolsJournal
from guardian.model import Reach
from guardian.ports import Ports
from guardian.worker import Worker


class SystemClock:
    """The machine's clock; Lambda keeps it in time with AWS's."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def worker(logger: Logger, metrics: Metrics) -> Worker:
    """Wire the function `turn`."""
    return Worker(_ports(logger, metrics), logger)


def hook_answers(logger: Logger, metrics: Metrics) -> HookAnswers:
    """Wire the function `codedeploy_hook`; which hook it is stands in its environment."""
    return HookAnswers(Hook(_setting("GUARDIAN_HOOK")), _ports(logger, metrics), _codedeploy(), logger)


def ticks() -> Ticks:
    """Wire the function `tick`."""
    return Ticks(_table(), _policies(), _codedeploy(), _turns(), SystemClock())


def alarms() -> Alarms:
    """Wire the function `alarm_action`."""
    return Alarms(_table(), _policies(), _turns())


def deployment_events() -> DeploymentEvents:
    """Wire the function `deployment_event`."""
    return DeploymentEvents(_turns())


def _ports(logger: Logger, metrics: Metrics) -> Ports:
    codedeploy, table = _codedeploy(), _table()
    return Ports(
        reach=_reach(),
        clock=SystemClock(),
        controller=codedeploy,
        actuator=codedeploy,
        fleet=EcsFleet(boto3.client("ecs", config=CONFIG), boto3.client("elbv2", config=CONFIG)),
        metrics=CloudWatchMetrics(boto3.client("cloudwatch", config=CONFIG)),
        watches=table,
        policies=_policies(),
        ledger=table,
        journal=PowertoolsJournal(logger, metrics),
    )


def _codedeploy() -> CodeDeploy:
    return CodeDeploy(boto3.client("codedeploy", config=CONFIG), boto3.client("elbv2", config=CONFIG))


def _table() -> Table:
    return Table(boto3.client("dynamodb", config=CONFIG), _setting("GUARDIAN_TABLE"))


def _policies() -> ParameterStorePolicies:
    return ParameterStorePolicies(boto3.client("ssm", config=CONFIG), _setting("GUARDIAN_POLICY_PATH"))


def _turns() -> FifoTurns:
    return FifoTurns(boto3.client("sqs", config=CONFIG), _setting("GUARDIAN_QUEUE_URL"))


def _reach() -> Reach:
    try:
        return Reach.of_arns(_setting("GUARDIAN_DEPLOYMENT_GROUPS").split(","))
    except ValueError as error:
        raise SettingMissingError(f"GUARDIAN_DEPLOYMENT_GROUPS cannot be used: {error}") from error


def _setting(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise SettingMissingError(
            f"the environment variable {name} is not set; template.yaml sets it for each function"
        )
    return value
