"""Judged again from what the loop wrote down: the same verdicts, to the byte."""

import json
from collections.abc import Callable
from itertools import groupby

import pytest
from guardian_fakes import CHECKOUT, Shop

from guardian import judge
from guardian.errors import TemporaryError
from guardian.gather import judged
from guardian.judge import JudgedTick
from guardian.model import Verdict
from guardian.observe import Reply
from guardian.record import DecisionRecord
from guardian.tape import TapeHeader, sightings, tape_lines
from guardian.triggers import TriggerKind
from guardian_console.rulings import rulings
from guardian_console.tapes import Tape, tapes

ALB = "AWS/ApplicationELB"
Story = Callable[[Shop], None]


def steps(shop: Shop) -> None:
    """Three steps of the weight, a turn every minute."""
    for weight in (0.1, 0.3, 1.0):
        shop.shift(weight)
        turns(shop, 5)


def turns(shop: Shop, count: int) -> None:
    """Let minutes pass with one turn in each."""
    for _ in range(count):
        shop.minutes(1)
        shop.turn()


def failing(shop: Shop) -> None:
    """Green begins to fail after some minutes."""
    shop.shift(0.3)
    turns(shop, 4)
    shop.errors = 0.02
    turns(shop, 6)


def slow(shop: Shop) -> None:
    """Green gets slower, and by the alarm there are several turns in a minute."""
    shop.slower = 1.5
    shop.shift(0.3)
    for _ in range(10):
        turns(shop, 1)
        shop.clock.wait(seconds=9)
        shop.turn(TriggerKind.ALARM)
        shop.clock.wait(seconds=-9)


def unlooked(shop: Shop) -> None:
    """Some turns are never taken."""
    shop.shift(0.3)
    for pause in (1, 3, 1, 1, 7, 1, 12, 1, 1):
        shop.minutes(pause)
        shop.turn()


def throttled(shop: Shop) -> None:
    """CloudWatch throttles for ten minutes: minutes that were open before are final when they are seen again."""
    shop.shift(0.3)
    turns(shop, 5)
    shop.metrics.fail(
        "read", TemporaryError("cloudwatch:GetMetricData was answered with Throttling"), times=10
    )
    turns(shop, 18)


def incomplete(metric: str, reply: Reply, minutes: int = 6) -> Story:
    """A metric comes back incomplete for some minutes."""

    def story(shop: Shop) -> None:
        shop.slower = 1.15
        shop.shift(0.3)
        turns(shop, 5)
        shop.metrics.force(ALB, metric, reply)
        turns(shop, minutes)
        shop.metrics.heal()
        turns(shop, 8)

    return story


STORIES: dict[str, Story] = {
    "steps": steps,
    "failing": failing,
    "slow": slow,
    "unlooked": unlooked,
    "throttled": throttled,
    "no-errors-counted": incomplete("HTTPCode_Target_5XX_Count", Reply.INTERNAL_ERROR),
    "no-requests-counted": incomplete("RequestCount", Reply.INTERNAL_ERROR),
    "latency-in-part": incomplete("TargetResponseTime", Reply.PARTIAL_DATA),
    "latency-forbidden": incomplete("TargetResponseTime", Reply.FORBIDDEN, minutes=15),
}


@pytest.fixture(params=STORIES)
def watched(request: pytest.FixtureRequest, installed: Shop) -> Shop:
    """A release was watched in mode observe; CloudWatch showed each minute in part first."""
    installed.policies.put(CHECKOUT, mode="observe")
    installed.shown = {"blue": 0.8, "green": 0.6}
    STORIES[request.param](installed)
    return installed


def shifting(shop: Shop) -> list[DecisionRecord]:
    """Return the records of the turns that judged."""
    return [one for one in shop.records if one.minutes or one.open_minutes]


def said(found: Verdict | JudgedTick | DecisionRecord) -> str:
    """Return a verdict with all its evidence as text."""
    finding = str(found.finding if isinstance(found, Verdict) else found.verdict)
    evidence = [one.model_dump(mode="json") for one in found.evidence]
    return json.dumps([finding, found.signal, str(found.baseline), evidence])


def tape_of(shop: Shop) -> Tape:
    """Return the release as a tape that was written and read."""
    policy, watch = shop.policies.find(CHECKOUT), shop.table.find(shop.release)
    history = shop.table.history(shop.release)
    assert policy is not None
    assert watch is not None
    assert watch.origin is not None
    assert history is not None
    header = TapeHeader(id=shop.release, strategy="linear", policy={"mode": "observe"})
    seen = (row for one in shop.records for row in (*one.minutes, *one.open_minutes))
    kept = sightings(seen, policy.window.settle_seconds)
    lines = tape_lines(header, history.counted_from(watch.origin), kept)
    (tape,) = tapes((line.encode() for line in lines), "a test")
    return tape


def test_the_records_judge_every_turn_again(watched: Shop) -> None:
    """Blue's history, the policy and the stored records alone give each turn's verdict, to the byte."""
    tape = tape_of(watched)
    state = judge.begin([row for row in tape.minutes if row.minute < 0])
    for record in shifting(watched):
        stored = DecisionRecord.model_validate_json(record.to_json())
        state, verdict = judged(state, stored.minutes, stored.open_minutes, tape.policy)
        assert said(verdict) == said(record)
        assert verdict.sentence in record.sentence
    watch = watched.table.find(watched.release)
    assert watch is not None
    assert state == watch.judge


def test_the_tape_gives_the_same_verdict_at_the_same_tick(watched: Shop) -> None:
    """`guardian judge` says of the tape what the loop said in its last turn at each tick, to the byte."""
    tape = tape_of(watched)
    ruled = {one.tick: one.judged for one in rulings(tape.header, tape.minutes, tape.policy)}
    ticks = {tick: list(found)[-1] for tick, found in groupby(shifting(watched), lambda one: one.minute)}
    assert len(ticks) > 8
    for tick, record in ticks.items():
        assert tick is not None
        assert (tick, said(ruled[tick])) == (tick, said(record))
        assert ruled[tick].sentence in record.sentence


def test_a_tape_has_a_minute_again_only_with_news(watched: Shop) -> None:
    """A row of a minute that was seen before has other values, or has settled since."""
    tape, before = tape_of(watched), {}
    for row in tape.minutes:
        older = before.get(row.minute)
        if older is not None:
            settled = [one.has_settled(tape.policy.window.settle_seconds) for one in (older, row)]
            assert settled == [False, True] or older.model_copy(update={"seen_at": row.seen_at}) != row
        before[row.minute] = row
    assert len(tape.minutes) < sum(len(one.minutes) + len(one.open_minutes) for one in watched.records) + 61


def test_open_minutes_are_not_kept(watched: Shop) -> None:
    """The watch's state ends with the last final minute, each of which is in exactly one record."""
    watch = watched.table.find(watched.release)
    assert watch is not None
    assert watch.judge is not None
    final = [row for one in watched.records for row in one.minutes]
    assert [row.minute for row in final] == list(range(len(final)))
    assert watch.judge.rows[-1].minute == watch.judged_to == final[-1].minute
    assert watch.judge.rows == tuple(final[-len(watch.judge.rows) :])
