"""Wires the function `tick`."""

import boto3

from guardian.aws.calls import CONFIG
from guardian.aws.codedeploy import CodeDeploy
from guardian.aws.open_watches import OpenWatches
from guardian.aws.policies import ParameterStorePolicies
from guardian.aws.queue import FifoTurns
from guardian.fanout import Ticks
from guardian.wiring.surroundings import SystemClock, setting


def ticks() -> Ticks:
    """Wire the function `tick`."""
    return Ticks(
        OpenWatches(boto3.client("dynamodb", config=CONFIG), setting("GUARDIAN_TABLE")),
        ParameterStorePolicies(boto3.client("ssm", config=CONFIG), setting("GUARDIAN_POLICY_PATH")),
        CodeDeploy(boto3.client("codedeploy", config=CONFIG), boto3.client("elbv2", config=CONFIG)),
        FifoTurns(boto3.client("sqs", config=CONFIG), setting("GUARDIAN_QUEUE_URL")),
        SystemClock(),
    )
