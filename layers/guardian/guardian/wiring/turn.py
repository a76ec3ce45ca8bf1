"""Wires the function `turn`, and what every turn needs, wherever it is taken."""

from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics

from guardian.aws.calls import CONFIG
from guardian.aws.cloudwatch import CloudWatchMetrics
from guardian.aws.codedeploy import CodeDeploy
from guardian.aws.contracts import TableContracts
from guardian.aws.databases import RdsDatabases
from guardian.aws.fleet import EcsFleet
from guardian.aws.listener import AlbSwitch
from guardian.aws.notices import CONFIG as TELLING
from guardian.aws.notices import AwsNotices
from guardian.aws.orders import TableOrders
from guardian.aws.pauses import TablePauses
from guardian.aws.policies import ParameterStorePolicies
from guardian.aws.table import Table
from guardian.aws.tasks import EcsTasks
from guardian.errors import SettingMissingError
from guardian.journal import PowertoolsJournal
from guardian.model import Reach
from guardian.ports import Ports
from guardian.web import Urllib3Web
from guardian.wiring.surroundings import SystemClock, setting
from guardian.worker import Worker


def worker(logger: Logger, metrics: Metrics) -> Worker:
    """Wire the function `turn`."""
    return Worker(ports(logger, metrics), logger)


def ports(logger: Logger, metrics: Metrics) -> Ports:
    """Return all that one turn needs."""
    codedeploy, table = codedeploy_adapter(), _table()
    ecs, elbv2 = boto3.client("ecs", config=CONFIG), boto3.client("elbv2", config=CONFIG)
    return Ports(
        reach=_reach(),
        clock=SystemClock(),
        controller=codedeploy,
        actuator=codedeploy,
        fleet=EcsFleet(ecs, elbv2),
        metrics=CloudWatchMetrics(boto3.client("cloudwatch", config=CONFIG)),
        watches=table,
        policies=_policies(),
        ledger=table,
        journal=PowertoolsJournal(logger, metrics),
        notices=_notices(),
        switch=AlbSwitch(elbv2),
        contracts=TableContracts(boto3.client("dynamodb", config=CONFIG), setting("GUARDIAN_TABLE")),
        pauses=TablePauses(boto3.client("dynamodb", config=CONFIG), setting("GUARDIAN_TABLE")),
        orders=TableOrders(boto3.client("dynamodb", config=CONFIG), setting("GUARDIAN_TABLE")),
        databases=RdsDatabases(boto3.client("rds", config=CONFIG)),
        hooks=codedeploy,
        tasks=EcsTasks(ecs),
        web=Urllib3Web(),
    )


def codedeploy_adapter() -> CodeDeploy:
    """Return CodeDeploy, which reads deployments, stops them, and answers hooks."""
    return CodeDeploy(boto3.client("codedeploy", config=CONFIG), boto3.client("elbv2", config=CONFIG))


def _notices() -> AwsNotices:
    """Return what makes its clients only when there is something to tell."""

    @cache
    def client(service: Any) -> Any:
        return boto3.client(service, config=TELLING)

    return AwsNotices(
        client,
        topic=setting("GUARDIAN_TOPIC"),
        chat_topic=setting("GUARDIAN_CHAT_TOPIC"),
        table=setting("GUARDIAN_TABLE"),
        log_groups=setting("GUARDIAN_LOG_GROUPS").split(","),
    )


def _table() -> Table:
    return Table(boto3.client("dynamodb", config=CONFIG), setting("GUARDIAN_TABLE"))


def _policies() -> ParameterStorePolicies:
    return ParameterStorePolicies(boto3.client("ssm", config=CONFIG), setting("GUARDIAN_POLICY_PATH"))


def _reach() -> Reach:
    try:
        return Reach.of_arns(setting("GUARDIAN_DEPLOYMENT_GROUPS").split(","))
    except ValueError as error:
        raise SettingMissingError(f"GUARDIAN_DEPLOYMENT_GROUPS cannot be used: {error}") from error
