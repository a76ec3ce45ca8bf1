"""Tells people by SNS, as text and as chat cards, and pipelines by an event on EventBridge's default bus."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, overload

from botocore.config import Config

from guardian.aws.calls import aws_call
from guardian.errors import AwsRefusedError, TemporaryError
from guardian.letters import Place, addressed, card, deployment_group, subject, text
from guardian.notices import Notice
from guardian.watch import Channel

if TYPE_CHECKING:
    from typing import Protocol

    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import MessageAttributeValueTypeDef

    class Clients(Protocol):
        """Makes clients by boto3's names."""

        @overload
        def __call__(self, service: Literal["sns"]) -> SNSClient: ...

        @overload
        def __call__(self, service: Literal["events"]) -> EventBridgeClient: ...


SOURCE, DETAIL_TYPE = "guardian", "Guardian Decision"

CONFIG = Config(connect_timeout=2, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 1})
"""Of the clients: a hook's answer waits behind three messages, and the next turn tries again."""


class AwsNotices:
    """Implements `Notices`.

    Args:
        client: Makes the clients when there is something to tell, which few turns have.
        topic: ARN of the topic for texts.
        chat_topic: ARN of the topic for chat cards: one topic cannot carry both, since a chat shows no other message.
        table: Guardian's table, for the commands that a notice names.
        log_groups: In which turns leave their lines.
    """

    def __init__(
        self, client: "Clients", topic: str, chat_topic: str, table: str, log_groups: Sequence[str]
    ) -> None:
        self._client = client
        self._topics = {Channel.TEXT: topic, Channel.CHAT: chat_topic}
        _, partition, _, region, account, _ = topic.split(":")
        self._place = Place(
            partition=partition, region=region, account=account, table=table, log_groups=tuple(log_groups)
        )

    def tell(self, notice: Notice, channels: Sequence[Channel]) -> Mapping[Channel, str]:
        ways: Mapping[Channel, Callable[[Notice], None]] = {
            Channel.TEXT: self._text,
            Channel.CHAT: self._chat,
            Channel.EVENT: self._event,
        }
        told, failures = addressed(notice, self._place), {}
        for channel in channels:
            try:
                ways[channel](told)
            except (AwsRefusedError, TemporaryError) as error:
                failures[channel] = str(error)
        return failures

    def _group(self, notice: Notice) -> str:
        return deployment_group(notice.service, self._place)

    def _text(self, notice: Notice) -> None:
        self._publish(notice, Channel.TEXT, text(notice), Subject=subject(notice))

    def _chat(self, notice: Notice) -> None:
        self._publish(notice, Channel.CHAT, card(notice, self._group(notice)))

    def _publish(self, notice: Notice, channel: Channel, message: str, **more: Any) -> None:
        with aws_call("sns:Publish"):
            self._client("sns").publish(
                TopicArn=self._topics[channel], Message=message, MessageAttributes=_attributes(notice), **more
            )

    def _event(self, notice: Notice) -> None:
        entry = {
            "Source": SOURCE,
            "DetailType": DETAIL_TYPE,
            "Time": notice.at,
            "Resources": [self._group(notice)],
            "Detail": notice.model_dump_json(by_alias=True, exclude_none=True),
        }
        with aws_call("events:PutEvents"):
            reply = self._client("events").put_events(Entries=[entry])  # type: ignore[list-item]
        for one in reply["Entries"]:
            if "ErrorCode" in one:
                raise TemporaryError(
                    f"events:PutEvents was answered with {one['ErrorCode']}: {one.get('ErrorMessage')}"
                )


def _attributes(notice: Notice) -> "Mapping[str, MessageAttributeValueTypeDef]":
    """Return what subscriptions filter by."""
    values = {
        "state": notice.state,
        "decision": notice.decision,
        "would": notice.would,
        "signal": notice.signal,
        "service": str(notice.service),
        "deployment": notice.deployment_id,
        "notice": notice.id,
    }
    return {name: {"DataType": "String", "StringValue": value} for name, value in values.items() if value}
