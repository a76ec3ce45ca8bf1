"""The SQS FIFO queue of turn requests: one group per service, so that its turns run one after another."""

import hashlib
from typing import TYPE_CHECKING

from guardian.aws.calls import aws_call
from guardian.triggers import TurnRequest

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class FifoTurns:
    """Implements `Turns`."""

    def __init__(self, sqs: "SQSClient", queue_url: str) -> None:
        self._sqs = sqs
        self._queue_url = queue_url

    def ask(self, request: TurnRequest, once: str) -> None:
        with aws_call("sqs:SendMessage"):
            self._sqs.send_message(
                QueueUrl=self._queue_url,
                MessageBody=request.to_json(),
                MessageGroupId=_short(
                    str(request.service)
                ),  # a service's name may hold what a group id may not
                MessageDeduplicationId=_short(f"{request.deployment_id} {once}"),
            )


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:40]
