"""Carries what AWS sends out to the functions that the template names for it, and turns queue messages into calls."""

import json
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from guardian_rehearsal.emulator.deliveries import BusEvent, Delivery, LambdaInvocation
from guardian_rehearsal.emulator.server import EmulatedAws
from guardian_rehearsal.host import Host
from guardian_rehearsal.installation import Function, Installation

RETRIES_AFTER = (timedelta(minutes=1), timedelta(minutes=2))
"""When Lambda calls again after a failure, where it may (AWS Lambda developer guide, "Asynchronous invocation")."""

Later = Callable[[datetime, Callable[[], None]], None]
"""Arranges for something to be done at a moment."""


class LambdaService:
    """Invokes the installed functions as AWS would: asynchronously with retries, on a schedule, from the queue.

    Attributes:
        failures: Every exception that left a handler, as text.
    """

    def __init__(self, aws: EmulatedAws, installation: Installation, host: Host, later: Later) -> None:
        self._aws = aws
        self._installation = installation
        self._host = host
        self._later = later
        self._consumer = next(
            function
            for function in installation.functions.values()
            if any(source["Type"] == "SQS" for source in function.events.values())
        )
        self._check_queue()
        self.failures: list[str] = []

    def carry(self, delivery: Delivery) -> None:
        """Bring one delivery to the functions that are meant to get it."""
        if isinstance(delivery, LambdaInvocation):
            function = self._installation.function(delivery.function_arn)
            if function is not None:
                self._invoke(function, delivery.payload, delivery.at)
            return
        for function in self._installation.functions.values():
            if any(_matches(source, delivery) for source in function.events.values()):
                self._invoke(function, delivery.event, delivery.at)

    def tick(self, now: datetime) -> None:
        """Fire every schedule of the template."""
        for function in self._installation.functions.values():
            for name, source in function.events.items():
                if source["Type"] == "ScheduleV2":
                    self._invoke(function, _scheduled_event(self._aws, name, now), now)

    def pump(self) -> None:
        """Hand every visible message to the function whose event source the queue is."""
        consumer, url = self._consumer, self._installation.queue_url
        sqs = self._aws.client("sqs", consumer.access_key)
        while messages := sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=1, MessageSystemAttributeNames=["All"]
        ).get("Messages"):
            event = {"Records": [_record(self._aws, message, url) for message in messages]}
            failed = self._failed(consumer, event)
            for message in messages:
                if message["MessageId"] not in failed:
                    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    def _check_queue(self) -> None:
        """Read the queue as Lambda does, with the consumer's role, before it lets a function consume from it."""
        self._aws.client("sqs", self._consumer.access_key).get_queue_attributes(
            QueueUrl=self._installation.queue_url, AttributeNames=["VisibilityTimeout"]
        )

    def _failed(self, consumer: Function, event: dict[str, Any]) -> set[str]:
        """Invoke the consumer; return the ids of the messages that must come again."""
        try:
            answer = self._host.invoke(consumer, event)
        except Exception as error:  # noqa: BLE001 - the event source mapping keeps the messages, whatever was raised
            self.failures.append(f"{consumer.name}: {type(error).__name__}: {error}")
            return {record["messageId"] for record in event["Records"]}
        failed = {item["itemIdentifier"] for item in answer.get("batchItemFailures", [])}
        self.failures.extend(
            f"{consumer.name}: message {message_id} goes back to the queue" for message_id in failed
        )
        return failed

    def _invoke(self, function: Function, event: Any, now: datetime, attempt: int = 0) -> None:
        try:
            self._host.invoke(function, event)
        except Exception as error:  # noqa: BLE001 - Lambda catches whatever a handler raises, and so must its stand-in
            self.failures.append(f"{function.name}: {type(error).__name__}: {error}")
            self._try_again_or_leave(function, event, now, attempt, error)

    def _try_again_or_leave(
        self, function: Function, event: Any, now: datetime, attempt: int, error: Exception
    ) -> None:
        """Call again while Lambda would; then leave the event where the function's configuration says."""
        if attempt < function.asynchronous.retries:
            at = now + RETRIES_AFTER[attempt]
            age = sum(RETRIES_AFTER[: attempt + 1], timedelta()).total_seconds()
            if age <= function.asynchronous.oldest:
                self._later(at, lambda: self._invoke(function, event, at, attempt + 1))
                return
        if function.asynchronous.on_failure:
            sqs = self._aws.client("sqs", function.access_key)
            record = _failure(function, event, now, attempt + 1, error)
            sqs.send_message(QueueUrl=function.asynchronous.on_failure, MessageBody=json.dumps(record))


def _failure(
    function: Function, event: Any, now: datetime, attempts: int, error: Exception
) -> dict[str, Any]:
    """The record that an on-failure destination gets (AWS Lambda developer guide, "Invocation record")."""
    exhausted = attempts > function.asynchronous.retries
    return {
        "version": "1.0",
        "timestamp": f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}Z",
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "functionArn": f"{function.arn}:$LATEST",
            "condition": "RetriesExhausted" if exhausted else "EventAgeExceeded",
            "approximateInvokeCount": attempts,
        },
        "requestPayload": event,
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": {"errorMessage": str(error), "errorType": type(error).__name__},
    }


def _matches(source: dict[str, Any], delivery: BusEvent) -> bool:
    if source["Type"] != "EventBridgeRule":
        return False
    pattern: dict[str, list[str]] = source["Properties"]["Pattern"]
    return all(delivery.event.get(key) in allowed for key, allowed in pattern.items())


def _scheduled_event(aws: EmulatedAws, name: str, now: datetime) -> dict[str, Any]:
    """The default input of EventBridge Scheduler, whose `detail` is a string."""
    return {
        "version": "0", "id": str(uuid.uuid4()), "detail-type": "Scheduled Event", "source": "aws.scheduler",
        "account": aws.account_id, "time": f"{now:%Y-%m-%dT%H:%M:%SZ}", "region": aws.region,
        "resources": [f"arn:aws:scheduler:{aws.region}:{aws.account_id}:schedule/default/{name}"], "detail": "{}",
    }  # fmt: skip


def _record(aws: EmulatedAws, message: dict[str, Any], url: str) -> dict[str, Any]:
    """A message as Lambda's event source mapping passes it on."""
    queue = url.rpartition("/")[2]
    return {
        "messageId": message["MessageId"], "receiptHandle": message["ReceiptHandle"], "body": message["Body"],
        "attributes": message.get("Attributes", {}), "messageAttributes": {}, "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs", "eventSourceARN": f"arn:aws:sqs:{aws.region}:{aws.account_id}:{queue}",
        "awsRegion": aws.region,
    }  # fmt: skip


def decisions(lines: list[str]) -> list[dict[str, Any]]:
    """Return the decision records in log lines, as the functions wrote them."""
    return [json.loads(line)["decision"] for line in lines if '"decision":{"' in line]
