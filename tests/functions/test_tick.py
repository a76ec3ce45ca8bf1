"""The function tick, as the schedule calls it."""

from collections.abc import Callable
from typing import Any

import pytest

Event = Callable[[str], dict[str, Any]]
TICKS = ["scheduled-event-scheduler", "scheduled-event-rule"]


@pytest.mark.parametrize("name", TICKS)
def test_a_tick_finds_a_release_that_nobody_told_of(site: Any, event: Event, name: str) -> None:
    """A tick asks for a turn over a release in progress although neither hook nor event came."""
    site.push_policy()
    release = site.release()
    site.run(seconds=10)
    answer = site.invoke("Tick", event(name))
    assert list(answer["asked"]) == [release]
    (message,) = site.queued()
    assert (message["deployment_id"], message["trigger"]["kind"]) == (release, "tick")


def test_two_ticks_of_one_minute_are_one_message(site: Any, event: Event) -> None:
    """The queue takes one message for a release and minute, however often the schedule fires."""
    site.push_policy()
    site.release()
    site.run(seconds=10)
    for _ in range(3):
        site.invoke("Tick", event(TICKS[0]))
    assert site.waiting(site.installation.queue_url) == 1
    site.run(minutes=1)
    site.invoke("Tick", event(TICKS[0]))
    assert site.waiting(site.installation.queue_url) == 2


def test_a_policy_for_an_application_that_is_gone_stops_no_other(site: Any, event: Event) -> None:
    """A policy that was left behind by a deleted application keeps no release from being found."""
    site.push_policy()
    for left in ("aaa/group", "zzz/group"):
        name = f"{site.installation.policy_path}/{left}"
        site.aws.client("ssm").put_parameter(Name=name, Value="{}", Type="String")
    release = site.release()
    site.run(seconds=10)
    assert list(site.invoke("Tick", event(TICKS[0]))["asked"]) == [release]


def test_a_tick_says_that_it_lives_and_how_many_watches_are_open(site: Any, event: Event) -> None:
    """One line of metrics per completed tick: itself, the open watches, and no turns of its own."""
    site.push_policy()
    site.invoke("Tick", event(TICKS[0]))
    release = site.release()
    site.run(seconds=10)
    site.invoke("Turn", {"Records": [site.message(release)]})
    site.log()
    site.invoke("Tick", event(TICKS[0]))
    (line,) = [line for line in site.log() if "_aws" in line]
    assert (line["Ticks"], line["OpenWatches"], line["Turns"]) == ([1.0], [1.0], [0.0])
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["service"]]


def test_a_tick_that_fails_says_nothing(site: Any, event: Event) -> None:
    """A tick that cannot read its table reports no metrics: its silence is what rings."""
    site.aws.faults.fail("dynamodb", "Query", "AccessDeniedException", "not authorized")
    with pytest.raises(Exception, match="dynamodb:Query is not allowed"):
        site.invoke("Tick", event(TICKS[0]))
    assert [line for line in site.log() if "_aws" in line] == []


def test_a_quiet_tick_asks_for_nothing(site: Any, event: Event) -> None:
    """Without a release in progress a tick asks for nothing."""
    site.push_policy()
    assert list(site.invoke("Tick", event(TICKS[0]))["asked"]) == []
    assert site.queued() == []
