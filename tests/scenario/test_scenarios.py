"""Whole deployments: the functions of template.yaml against the emulated AWS."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from guardian.decide import DecisionKind
from guardian.model import Finding, Phase
from guardian.record import DecisionRecord
from guardian_console.rulings import rulings
from guardian_console.tapes import tapes
from guardian_rehearsal.check import problems
from guardian_rehearsal.play import Ending, play
from guardian_rehearsal.scenarios import SCENARIOS, scenario

Played = Callable[..., Ending]


@pytest.mark.parametrize("name", [one.name for one in SCENARIOS])
def test_every_scenario_ends_as_it_must(name: str, played: Played) -> None:
    """What AWS says afterwards, and what Guardian wrote down, is what the scenario asks for."""
    assert problems(played(name)) == []


def test_a_seed_repeats_a_rehearsal_to_the_letter() -> None:
    """The same scenario and seed give the same records and the same tape, byte for byte."""
    first, second = play(scenario("errors"), 7), play(scenario("errors"), 7)
    assert [one.to_json() for one in first.records] == [one.to_json() for one in second.records]
    assert first.tape == second.tape


def test_another_seed_is_another_rehearsal(played: Played) -> None:
    """Traffic depends on the seed."""
    assert played("errors", 1).tape != played("errors", 2).tape


def test_a_rollback_is_asked_for_once_however_many_turns_want_it(played: Played) -> None:
    """Ticks, alarms, events and hooks all see a sick green; StopDeployment is called once."""
    assert played("dead-green").aws.stops == 1


def test_a_pause_holds_the_rollback_back_for_its_ten_minutes(played: Played) -> None:
    """While it is paused every diverged turn only tells, with who paused it; the first turn after it rolls back."""
    ending = played("paused")
    own = [one for one in ending.records if one.deployment_id == ending.deployment_id]
    held = [one for one in own if one.would is DecisionKind.ROLL_BACK]
    acted = next(one for one in own if one.decision is DecisionKind.ROLL_BACK)
    assert len(held) >= 5
    assert all(one.pause and one.pause.by == "anna" and not one.actions for one in held)
    assert held[0].pause
    assert acted.at >= held[0].pause.until > held[-1].at
    assert acted.pause is None


def test_an_order_is_carried_out_by_the_next_turn_and_said_to_be_one(played: Played) -> None:
    """Nothing would be rolled back before the order; its turn stops the deployment once, and the last record has it."""
    ending = played("ordered")
    own = [one for one in ending.records if one.deployment_id == ending.deployment_id]
    (obeyed,) = [one for one in own if one.order]
    assert obeyed.order
    assert obeyed.at - obeyed.order.at <= timedelta(minutes=1)
    assert not any(DecisionKind.ROLL_BACK in (one.decision, one.would) for one in own if one.at < obeyed.at)
    assert ending.aws.stops == 1
    assert "anna ordered the rollback: customers cannot pay" in own[-1].sentence


def test_the_last_record_of_a_rollback_says_why_and_how_it_ended(played: Played) -> None:
    """One sentence names the numbers, the limit, the deployments and the time it took."""
    ending = played("latency")
    own = [one for one in ending.records if one.deployment_id == ending.deployment_id]
    sentence = own[-1].sentence
    assert sentence.startswith("Rolled back at ")
    for part in (
        "limit +20%",
        f"{ending.aws.rollback_id} Succeeded",
        "listener 100% on blue",
        "requests reached green",
    ):
        assert part in sentence


def test_the_rollback_deployment_is_recorded_and_never_judged(played: Played) -> None:
    """A deployment made by codeDeployRollback gets one record that says it is left alone."""
    ending = played("codedeploy-rolls-back")
    undo = [one for one in ending.records if one.deployment_id == ending.aws.rollback_id]
    assert [one.verdict for one in undo] == [Finding.NO_DATA]
    assert [one.decision for one in undo] == [DecisionKind.PROCEED]
    assert "neither judged nor stopped" in undo[0].sentence


def test_g2_the_group_that_is_called_blue_is_not_trusted(played: Played) -> None:
    """G2: after a deployment the group called blue holds the release, and traffic goes back to the other one."""
    weights = played("traded").aws.weights
    assert {name.rpartition("-tg")[0].rpartition("-")[2]: share for name, share in weights.items()} == {
        "green": 1.0, "blue": 0.0,
    }  # fmt: skip


def test_a_shared_incident_is_not_blamed_on_green(played: Played) -> None:
    """While both colours fail alike the verdict is never worse than `investigate`."""
    assert Finding.DIVERGED not in {one.verdict for one in played("shared-incident").records}


def test_minutes_are_judged_once_each_and_in_order(played: Played) -> None:
    """A blackout of ten minutes loses no minute and repeats none."""
    ending = played("throttled")
    minutes = [row.minute for one in ending.records for row in one.minutes]
    assert minutes == list(range(len(minutes)))
    assert len(minutes) > 25


def test_a_minute_is_final_only_when_cloudwatch_has_stopped_revising_it(played: Played) -> None:
    """Every final minute ended at least two minutes before it was read; those on top of it are younger."""
    records = played("healthy").records
    assert all(row.seen_at - row.minute >= 3 for one in records for row in one.minutes)
    assert {row.seen_at - row.minute for one in records for row in one.open_minutes} == {1, 2}


def test_open_minutes_are_seen_in_part_and_revised(played: Played) -> None:
    """CloudWatch shows a minute in part first: many that were judged while open have more requests in the end."""
    records = played("healthy").records
    final = {row.minute: row for one in records for row in one.minutes}
    rows = [row for one in records for row in one.open_minutes if row.minute in final]
    revised = [
        row
        for row in rows
        if row.model_copy(update={"seen_at": 0}) != final[row.minute].model_copy(update={"seen_at": 0})
    ]
    assert len(revised) > len(rows) / 3
    assert all(
        (row.green.requests or 0) <= (final[row.minute].green.requests or 0) for row in rows if row.green
    )


@pytest.mark.parametrize(
    "name", ["healthy", "latency", "errors", "dead-green", "cpu", "one-error", "throttled"]
)
def test_a_rehearsals_tape_is_judged_as_the_rehearsal_was(name: str, played: Played) -> None:
    """`guardian judge` says of the tape, at each tick, what the deployed functions said, to the byte."""
    ending = played(name)
    (tape,) = tapes((line.encode() for line in ending.tape), name)
    ruled = {one.tick: one for one in rulings(tape.header, tape.minutes, tape.policy)}
    judged = {one.minute: one for one in ending.stored if one.minutes or one.open_minutes}
    assert len(judged) >= 3  # a slow green is rolled back after three
    for minute, record in judged.items():
        assert minute is not None
        said, evidence = ruled[minute].judged, [one.model_dump_json() for one in record.evidence]
        assert (minute, said.verdict, said.signal) == (minute, record.verdict, record.signal)
        assert said.sentence in record.sentence
        assert [
            type(one).model_validate(one.model_dump()).model_dump_json() for one in said.evidence
        ] == evidence


def test_the_log_holds_every_record_with_the_deployment_as_correlation_id(played: Played) -> None:
    """A reader who has only the log finds each decision under its deployment."""
    ending = played("latency")
    lines = [json.loads(line) for line in ending.log if '"decision":{' in line]
    assert [DecisionRecord.model_validate(line["decision"]) for line in lines] == list(ending.records)
    assert all(line["correlation_id"] == line["decision"]["deployment_id"] for line in lines)


def test_the_table_holds_the_same_records_as_the_log(played: Played) -> None:
    """Log and table tell the same story."""
    ending = played("latency")
    own = [one for one in ending.records if one.deployment_id == ending.deployment_id]
    assert list(ending.stored) == own


def test_a_quiet_minute_is_about_four_kilobytes(played: Played) -> None:
    """The record of a healthy minute stays small enough to be read and to be kept."""
    quiet = [one.to_json() for one in played("healthy").records if one.verdict is Finding.HEALTHY]
    assert max(len(line) for line in quiet) <= 4_500


def test_cpu_that_mixes_both_colours_is_information_only(played: Played) -> None:
    """Without CPU per task the record says so and nothing is decided on it."""
    cpu = [
        item for one in played("cpu-unseen").records if one.phase is Phase.SHIFTING for item in one.evidence
        if item.signal == "cpu"
    ]  # fmt: skip
    assert {item.finding for item in cpu} == {Finding.INCONCLUSIVE}
    assert any("mixes both colours and is information only" in item.sentence for item in cpu)


def test_the_tape_has_history_and_then_every_minute_as_it_was_seen(played: Played) -> None:
    """A tape begins with its header, then negative minutes, then the shift in the order in which it was seen."""
    header, *rows = (json.loads(line) for line in played("healthy").tape)
    assert header["schema"] == "guardian.tape/1"
    assert header["strategy"] == "linear"
    history = [row["minute"] for row in rows if row["minute"] < 0]
    assert history == sorted(history) == [row["minute"] for row in rows[: len(history)]]
    assert history[0] <= -50
    assert {row["green"] is None for row in rows if row["minute"] < 0} == {True}
    seen = [(row["seen_at"], row["minute"]) for row in rows[len(history) :]]
    assert seen == sorted(set(seen))
    assert {minute for _, minute in seen} >= set(range(28))
    assert min(at - minute for at, minute in seen) == 1
