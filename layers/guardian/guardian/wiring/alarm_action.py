"""Wires the function `alarm_action`."""

import boto3

from guardian.aws.calls import CONFIG
from guardian.aws.open_watches import OpenWatches
from guardian.aws.policies import ParameterStorePolicies
from guardian.aws.queue import FifoTurns
from guardian.fanout import Alarms
from guardian.wiring.surroundings import setting


def alarms() -> Alarms:
    """Wire the function `alarm_action`."""
    return Alarms(
        OpenWatches(boto3.client("dynamodb", config=CONFIG), setting("GUARDIAN_TABLE")),
        ParameterStorePolicies(boto3.client("ssm", config=CONFIG), setting("GUARDIAN_POLICY_PATH")),
        FifoTurns(boto3.client("sqs", config=CONFIG), setting("GUARDIAN_QUEUE_URL")),
    )
