"""`guardian replay`: the recorded turns judged again, the same to the byte or the first difference."""

import json
from collections.abc import Callable
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest
from guardian_fakes import CHECKOUT, Shop
from typer.testing import CliRunner, Result

from guardian import __version__
from guardian.decide import DecisionKind
from guardian.model import Colour, EarlierDays, Minute, Pause
from guardian.policy import Policy
from guardian.record import DecisionRecord
from guardian_console.exits import Code
from guardian_console.main import app
from guardian_console.recordings import Recording, with_shelf
from guardian_console.rejudge import NotReplayableError, first_difference, judged_a_minute, rejudged

Kept = Callable[[str], Any]


def replay(*arguments: str | Path, stdin: str | None = None) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(app, ["replay", *map(str, arguments)], input=stdin)


def changed(records: Path, change: Callable[[dict[str, Any]], None], turn: int = -1) -> Path:
    """Write the records again with one of those that judged changed."""
    lines = [json.loads(line) for line in records.read_text(encoding="utf-8").splitlines()]
    change([line for line in lines if line.get("minutes") or line.get("open_minutes")][turn])
    path = records.with_name("changed.jsonl")
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


# The command


@pytest.mark.parametrize("source", ["log", "records"])
def test_records_and_tape_give_the_same_records_to_the_byte(kept: Kept, source: str) -> None:
    """From a log as from the table: every turn that judged says what it said, sentence included."""
    files = kept("latency")
    result = replay(getattr(files, source), "--tape", files.tape, "--json")
    found = json.loads(result.stdout)
    assert (result.exit_code, found["identical"], found["difference"]) == (0, True, None)
    assert (found["deployments"], found["turns"]) == ([files.release], 3)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda one: one["evidence"][1].update(sentence="fine"), "evidence[1].sentence"),
        (lambda one: one.update(decision="proceed"), "decision"),
        (lambda one: one.update(sentence=one["sentence"] + " "), "sentence"),
        (lambda one: one["open_minutes"][0][4].__setitem__(7, 0.2), None),
    ],
    ids=["evidence", "decision", "sentence", "a-value-that-was-judged"],
)
def test_the_first_difference_is_shown(
    kept: Kept, change: Callable[[dict[str, Any]], None], path: str | None
) -> None:
    """1, with the record, the path and both values, whatever was changed: what was seen or what was said."""
    files = kept("latency")
    altered = changed(files.records, change)
    result = replay(altered, "--tape", files.tape, "--json")
    found = json.loads(result.stdout)["difference"]
    assert result.exit_code == Code.DIVERGED
    assert found["record"] == next(one.id for one in files.ending.stored if one.actions)
    assert path in (None, found["path"])
    assert found["recorded"] != found["again"]
    text = replay(altered, "--tape", files.tape)
    assert (text.exit_code, f"different from {found['record']} on" in text.stdout) == (1, True)


def test_another_version_is_named_beside_a_difference(kept: Kept) -> None:
    """A difference between two versions of the judge is no mystery."""
    files = kept("latency")
    altered = changed(files.records, lambda one: one.update(version="0.0.9", signal="latency_p99"))
    result = replay(altered, "--tape", files.tape)
    assert f"recorded by guardian 0.0.9, judged again by {__version__}" in result.stdout


def test_without_the_tape_it_says_what_is_missing(kept: Kept) -> None:
    """3, and where blue's history is."""
    result = replay(kept("latency").log)
    assert result.exit_code == Code.NOT_ENOUGH_DATA
    assert "blue's history before the shift is needed" in result.stderr
    assert "--tape FILE" in result.stderr


def test_a_policy_that_is_not_at_hand_is_named(kept: Kept) -> None:
    """3, when neither the tape nor a file is the policy that the record names by its digest."""
    files = kept("latency")
    header, *rows = files.tape.read_text(encoding="utf-8").splitlines()
    bare = files.tape.with_name("bare.tape")
    bare.write_text("\n".join((json.dumps({**json.loads(header), "policy": {}}), *rows)), encoding="utf-8")
    result = replay(files.log, "--tape", bare)
    digest = files.ending.stored[-1].policy_digest
    assert (result.exit_code, f"the policy {digest}" in result.stderr) == (3, True)
    own = files.tape.with_name("own.json")
    own.write_text(json.dumps(json.loads(header)["policy"]), encoding="utf-8")
    assert replay(files.log, "--tape", bare, "--policy", own).exit_code == 0


def test_a_tape_has_no_decisions_to_compare_with(kept: Kept) -> None:
    """3, and which command a tape is for."""
    result = replay(kept("latency").tape)
    assert (result.exit_code, "guardian judge" in result.stderr) == (3, True)


# What the loop can write


@pytest.fixture
def shop() -> Shop:
    """A release whose green is installed and has half of the traffic, in mode enforce."""
    shop = Shop()
    shop.policies.put(CHECKOUT, mode="enforce")
    shop.codedeploy.create(CHECKOUT, shop.release)
    shop.codedeploy.begin(shop.release)
    shop.turn()
    shop.shift(0.5)
    return shop


def turns(shop: Shop, count: int) -> None:
    """Let minutes pass with one turn in each."""
    for _ in range(count):
        shop.minutes(1)
        shop.turn()


def recording_of(shop: Shop) -> Recording:
    """Return what the table has of a shop's release, its records as they are stored."""
    stored = [DecisionRecord.model_validate_json(one.to_json()) for one in shop.records]
    return with_shelf(Recording(shop.release, tuple(stored)), shop.table)


def policy_of(shop: Shop) -> Callable[[DecisionRecord], Policy]:
    policy = shop.policies.find(CHECKOUT)
    assert policy is not None
    return lambda _: policy


def test_a_pause_is_heeded_again(shop: Shop) -> None:
    """A turn that a pause held back is held back when it is judged again, at its own time."""
    now = shop.clock.now()
    shop.pauses.set_pause(shop.release, Pause(by="anna", why="x", at=now, until=now + timedelta(minutes=8)))
    shop.errors = 0.2
    turns(shop, 9)
    again = list(rejudged(recording_of(shop), policy_of(shop)))
    assert DecisionKind.ROLL_BACK in [one.decision.would for one in again]
    assert first_difference(again) is None


def test_earlier_days_come_from_the_table_alone(shop: Shop) -> None:
    """Turns judged by the same hours of earlier days are judged so again; without the table it says from when on."""
    turns(shop, 4)
    shop.shift(1.0)
    blue = Colour(requests=6000, errors_5xx=0, latency_avg=0.1, latency_p50=0.08, latency_p99=0.4)
    rows = tuple(
        Minute(minute=-day * 1440 + minute, seen_at=0, weight=0.0, blue=blue)
        for day in range(3, 0, -1)
        for minute in range(60)
    )
    origin = shop.clock.now().replace(second=0, microsecond=0) - timedelta(minutes=4)
    for hours in range(3):
        hour = origin.astimezone(UTC).replace(minute=0) + timedelta(hours=hours)
        shop.table.save_season(shop.release, hour, EarlierDays(epoch=origin, rows=rows))
    turns(shop, 6)
    recording = recording_of(shop)
    assert any(one.reference for one in recording.records)
    assert first_difference(list(rejudged(recording, policy_of(shop)))) is None
    without = Recording(shop.release, recording.records, recording.history)
    with pytest.raises(NotReplayableError, match="only the table keeps those"):
        list(rejudged(without, policy_of(shop)))


def test_turns_that_judged_nothing_are_left_out(shop: Shop) -> None:
    """The first turns, and those that see a rollback through, have nothing to judge again."""
    shop.errors = 0.2
    turns(shop, 8)
    recording = recording_of(shop)
    judged = [one for one in recording.records if judged_a_minute(one)]
    assert 0 < len(judged) < len(recording.records)
    assert [one.record for one in rejudged(recording, policy_of(shop))] == judged
    assert first_difference(list(rejudged(recording, policy_of(shop)))) is None


def released(*, errors: float) -> Shop:
    """Return a release in mode observe that was judged for six minutes while green failed some requests."""
    shop = Shop()
    shop.policies.put(CHECKOUT, mode="observe")
    shop.codedeploy.create(CHECKOUT, shop.release)
    shop.codedeploy.begin(shop.release)
    shop.turn()
    shop.shift(0.5)
    shop.errors = errors
    turns(shop, 6)
    return shop


def test_a_watch_that_began_anew_is_judged_anew() -> None:
    """An update that changes the judge's state has the minutes judged from the first one on, as they are by then."""
    before, after = recording_of(released(errors=0.2)), recording_of(released(errors=0.0))
    both = Recording(after.deployment_id, (*before.records, *after.records), after.history)
    again = list(rejudged(both, policy_of(released(errors=0.0))))
    assert len(again) > 8
    assert first_difference(again) is None
