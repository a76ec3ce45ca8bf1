"""Whoever hears of notices: subscribers of Guardian's topics, and a rule on the bus, as a user would make them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from guardian_rehearsal.emulator.server import EmulatedAws
from guardian_rehearsal.installation import Installation

TEXT, CHAT, EVENT = "text", "chat", "event"
TOPICS = {TEXT: "Notices", CHAT: "ChatNotices"}
"""The template's topics by what they carry."""


@dataclass(frozen=True)
class Heard:
    """One message as it arrived.

    Attributes:
        channel: `text` or `chat`, from a topic; `event`, from the bus.
        subject: A text's subject, an event's detail type.
        message: The message; of an event the whole event.
        attributes: By which subscriptions filter.
    """

    channel: str
    subject: str
    message: str
    attributes: Mapping[str, str]


class Listeners:
    """One queue for each channel."""

    def __init__(self, aws: EmulatedAws, installation: Installation) -> None:
        self._sqs = aws.client("sqs")
        self._urls: dict[str, str] = {}
        for channel, topic in TOPICS.items():
            aws.client("sns").subscribe(
                TopicArn=installation.topics[topic], Protocol="sqs", Endpoint=self._queue(aws, channel)
            )
        events = aws.client("events")
        events.put_rule(Name="heard", EventPattern=json.dumps({"source": ["guardian"]}))
        events.put_targets(Rule="heard", Targets=[{"Id": "queue", "Arn": self._queue(aws, EVENT)}])

    def heard(self) -> list[Heard]:
        """Take what has arrived, in the order of arrival on each channel."""
        return [_heard(channel, body) for channel, url in self._urls.items() for body in self._bodies(url)]

    def _queue(self, aws: EmulatedAws, channel: str) -> str:
        name = f"heard-{channel}"
        self._urls[channel] = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        return f"arn:aws:sqs:{aws.region}:{aws.account_id}:{name}"

    def _bodies(self, url: str) -> Iterator[dict[str, Any]]:
        while messages := self._sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                yield json.loads(message["Body"])


def _heard(channel: str, body: dict[str, Any]) -> Heard:
    if channel == EVENT:
        return Heard(channel, body["detail-type"], json.dumps(body), {})
    attributes = {name: one["Value"] for name, one in body.get("MessageAttributes", {}).items()}
    return Heard(channel, body.get("Subject", ""), body["Message"], attributes)
