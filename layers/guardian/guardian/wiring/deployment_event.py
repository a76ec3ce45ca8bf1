"""Wires the function `deployment_event`."""

import boto3

from guardian.aws.calls import CONFIG
from guardian.aws.queue import FifoTurns
from guardian.fanout import DeploymentEvents
from guardian.wiring.surroundings import setting


def deployment_events() -> DeploymentEvents:
    """Wire the function `deployment_event`."""
    return DeploymentEvents(FifoTurns(boto3.client("sqs", config=CONFIG), setting("GUARDIAN_QUEUE_URL")))
