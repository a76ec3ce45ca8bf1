"""What every `Notices` does: the fake, and topics and bus with subscribers."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count

import pytest
from guardian_fakes import CHECKOUT, FakeNotices

from guardian.aws.notices import AwsNotices
from guardian.decide import DecisionKind
from guardian.model import Finding, Mode
from guardian.notices import Notice, State
from guardian.telling_ports import Notices
from guardian.watch import Channel
from guardian_rehearsal.emulator.server import EmulatedAws
from guardian_rehearsal.installation import Installation, install
from guardian_rehearsal.listening import Heard, Listeners

NUMBERS = count(1)
OPERATIONS = {
    Channel.TEXT: ("sns", "Publish"),
    Channel.CHAT: ("sns", "Publish"),
    Channel.EVENT: ("events", "PutEvents"),
}


@dataclass
class Told:
    """A port, how its channels are broken, and which ids arrived since one last looked."""

    notices: Notices
    break_: Callable[[Channel], None]
    arrived: Callable[[], list[tuple[Channel, str]]]


def _fake() -> Told:
    fake = FakeNotices()

    def arrived() -> list[tuple[Channel, str]]:
        taken, fake.told = fake.told, []
        return [(channel, notice.id) for channel, notice in taken]

    return Told(fake, lambda channel: fake.broken.update({channel: "down"}), arrived)


@pytest.fixture(scope="module")
def installed(aws: EmulatedAws) -> Installation:
    return install(aws)


@pytest.fixture(scope="module")
def listeners(aws: EmulatedAws, installed: Installation) -> Listeners:
    return Listeners(aws, installed)


@pytest.fixture
def real(aws: EmulatedAws, installed: Installation, listeners: Listeners) -> Iterator[AwsNotices]:
    """The adapter over the template's topics, with nothing in the subscribers' queues."""
    listeners.heard()
    topics = installed.topics
    yield AwsNotices(aws.client, topics["Notices"], topics["ChatNotices"], "guardian-Table", ["turns"])
    aws.faults.clear()


def _id(heard: Heard) -> tuple[Channel, str]:
    if heard.channel == Channel.EVENT:
        return Channel.EVENT, json.loads(heard.message)["detail"]["id"]
    return Channel(heard.channel), heard.attributes["notice"]


@pytest.fixture(params=["fake", "aws"])
def told(request: pytest.FixtureRequest) -> Told:
    """The fake, or the adapter."""
    if request.param == "fake":
        return _fake()
    aws, listeners = request.getfixturevalue("aws"), request.getfixturevalue("listeners")
    return Told(
        request.getfixturevalue("real"),
        lambda channel: aws.faults.throttle(*OPERATIONS[channel]),
        lambda: [_id(one) for one in listeners.heard()],
    )


@pytest.fixture
def notice() -> Notice:
    """A rollback that was done."""
    at = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    return Notice(
        id=f"d-CONTRACT01/{next(NUMBERS)}/rolled_back", at=at, since=at, state=State.ROLLED_BACK, over=True,
        sentence="Rolled back at 30%: green — slower.", why="because", decision=DecisionKind.ROLL_BACK,
        verdict=Finding.DIVERGED, signal="latency_p50", deployment_id="d-CONTRACT01", service=CHECKOUT,
        mode=Mode.ENFORCE, weight=0.3, record="d-CONTRACT01-00007",
    )  # fmt: skip


def test_each_channel_gets_it_once(told: Told, notice: Notice) -> None:
    """A notice arrives once on every channel."""
    assert told.notices.tell(notice, list(Channel)) == {}
    assert told.arrived() == [(channel, notice.id) for channel in Channel]


@pytest.mark.parametrize("channel", Channel)
def test_only_those_that_are_asked_for_get_it(told: Told, notice: Notice, channel: Channel) -> None:
    """A notice that one channel lacks arrives there alone."""
    assert told.notices.tell(notice, [channel]) == {}
    assert told.arrived() == [(channel, notice.id)]


def test_a_channel_that_fails_keeps_no_other_from_its_notice(told: Told, notice: Notice) -> None:
    """The reason is returned for the channel that failed, nothing is raised, and the others are told."""
    told.break_(Channel.EVENT)
    assert set(told.notices.tell(notice, list(Channel))) == {Channel.EVENT}
    assert told.arrived() == [(Channel.TEXT, notice.id), (Channel.CHAT, notice.id)]


def test_all_may_fail(told: Told, notice: Notice) -> None:
    """When nobody can be told, that is returned."""
    for channel in Channel:
        told.break_(channel)
    assert set(told.notices.tell(notice, list(Channel))) == set(Channel)
    assert told.arrived() == []


# what only AWS shows


def test_a_text_can_be_filtered_by_its_attributes(
    real: AwsNotices, listeners: Listeners, notice: Notice
) -> None:
    """Subscriptions filter by state, decision, service and signal."""
    real.tell(notice, [Channel.TEXT])
    (heard,) = listeners.heard()
    assert heard.subject == f"Rolled back: {CHECKOUT}"
    assert heard.message.startswith("Rolled back at 30%: green — slower.\n")
    assert heard.attributes == {
        "state": "rolled_back", "decision": "roll_back", "service": str(CHECKOUT), "signal": "latency_p50",
        "deployment": "d-CONTRACT01", "notice": notice.id,
    }  # fmt: skip


def test_an_event_has_the_documented_envelope(real: AwsNotices, listeners: Listeners, notice: Notice) -> None:
    """Source, detail type, time and deployment group are those that rules match."""
    real.tell(notice, [Channel.EVENT])
    (heard,) = listeners.heard()
    event = json.loads(heard.message)
    assert (event["source"], event["detail-type"]) == ("guardian", "Guardian Decision")
    assert event["time"] == "2026-11-20T12:00:00Z"
    assert event["resources"] == [f"arn:aws:codedeploy:eu-west-1:123456789012:deploymentgroup:{CHECKOUT}"]
    assert event["detail"]["report"] == "guardian report d-CONTRACT01 --table guardian-Table -o report.html"


def test_an_entry_that_the_bus_refuses_is_a_failure(installed: Installation, notice: Notice) -> None:
    """PutEvents answers 200 and names the entries that it did not take."""

    class Bus:
        def put_events(self, **_: object) -> dict[str, object]:
            return {
                "FailedEntryCount": 1,
                "Entries": [{"ErrorCode": "InternalFailure", "ErrorMessage": "later"}],
            }

    topics = installed.topics
    port = AwsNotices(lambda _: Bus(), topics["Notices"], topics["ChatNotices"], "t", ["g"])  # type: ignore[arg-type, return-value]
    failures = port.tell(notice, [Channel.EVENT])
    assert failures == {Channel.EVENT: "events:PutEvents was answered with InternalFailure: later"}
