"""A reader who has only the log can tell what happened."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from guardian_rehearsal.ending import Ending
from guardian_rehearsal.scenarios import SCENARIOS

Line = dict[str, Any]
Played = Callable[..., Ending]


@dataclass(frozen=True)
class Story:
    """What the lines of one deployment tell."""

    deployment: str
    service: dict[str, str]
    shift_began: datetime | None
    weights: tuple[float, ...]
    decided_at: datetime | None
    why: str
    done: tuple[str, ...]
    end: str


def lines_of(log: Sequence[str]) -> list[Line]:
    """Return the log's lines without the metrics, oldest first."""
    parsed = [json.loads(line) for line in log]
    return [one for one in parsed if "_aws" not in one]


def tell(log: Sequence[str], deployment: str) -> Story:
    """Rebuild the story of one deployment."""
    mine = [one for one in lines_of(log) if one.get("correlation_id") == deployment]
    turns = [one["decision"] for one in mine if "decision" in one]
    shifted = next((one for one in turns if one.get("minute") is not None), None)
    acted = next((one for one in turns if "roll_back" in (one["decision"], one.get("would"))), None)
    outcomes = [one["actions"][0]["outcome"] for one in turns if one.get("actions")]
    answers = [f"{one['hook']} {one['answer']}" for one in mine if one["message"] == "the hook is answered"]
    weights = [one.get("weight", 0.0) for one in turns if one.get("phase") not in (None, "closed")]
    return Story(
        deployment=turns[0]["deployment_id"], service=turns[0]["service"],
        shift_began=_minute_zero(shifted) if shifted else None,
        weights=tuple(dict.fromkeys(weights)),
        decided_at=datetime.fromisoformat(acted["at"]) if acted else None, why=mine[-1]["message"] if not acted else
        next(one["message"] for one in mine if one.get("decision") == acted),
        done=(*dict.fromkeys(outcomes), *answers), end=turns[-1]["sentence"],
    )  # fmt: skip


def _minute_zero(turn: Line) -> datetime:
    at = datetime.fromisoformat(turn["at"])
    return (at - timedelta(minutes=turn["minute"])).replace(second=0)


def test_the_log_tells_a_rollback(played: Played) -> None:
    """Deployment, beginning of the shift, weights, moment and reason of the decision, what was done, how it ended."""
    ending = played("latency")
    story = tell(ending.log, ending.deployment_id)
    assert ending.decided is not None
    assert story.deployment == ending.deployment_id
    assert story.service == ending.decided.service.model_dump()
    assert story.shift_began == datetime.fromisoformat("2026-03-02T09:02:00+00:00")
    assert story.weights == (0.0, 0.1, 0.2)
    assert story.decided_at == ending.decided.at
    assert "317 ms at the median against blue's 209 ms" in story.why
    assert story.done[:2] == ("unverified", "done")
    assert story.end.startswith("Rolled back at 20%")
    assert f"rollback deployment {ending.aws.rollback_id} Succeeded, listener 100% on blue" in story.end


def test_the_log_tells_a_refusal(played: Played) -> None:
    """A release that a hook refused: no weight, no shift, which hook answered what, and why."""
    ending = played("migration-failed")
    story = tell(ending.log, ending.deployment_id)
    assert (story.shift_began, story.weights) == (None, (0.0,))
    assert "BeforeInstall Failed" in story.done
    assert "the migration task" in story.why
    assert story.end.startswith("The deployment has ended: Failed")


@pytest.mark.parametrize("name", [one.name for one in SCENARIOS])
def test_the_log_alone_says_what_the_records_say(name: str, played: Played) -> None:
    """Of every scenario the log tells when the shift began, the weights, and when and why it was decided."""
    ending = played(name)
    story = tell(ending.log, ending.deployment_id)
    records = [one for one in ending.records if one.deployment_id == ending.deployment_id]
    assert (story.deployment, story.end) == (ending.deployment_id, records[-1].sentence)
    assert story.decided_at == (ending.decided.at if ending.decided else None)
    if ending.decided:
        assert story.why == ending.decided.sentence
    seen = [one.weight for one in records if one.phase not in (None, "closed")]
    assert story.weights == tuple(dict.fromkeys(seen))


@pytest.mark.parametrize("name", ["latency", "probes", "held-hook", "throttled", "swap"])
def test_every_line_names_its_deployment(name: str, played: Played) -> None:
    """Each line about a deployment carries it as correlation id; Powertools' keys are there too."""
    for line in lines_of(played(name).log):
        assert line["correlation_id"].startswith("d-")
        assert {"level", "location", "message", "timestamp", "service", "function_name"} <= set(line)


def test_lines_about_green_are_tagged(played: Played) -> None:
    """A sentence about a signal of green's own carries `environment: green`; one about a shared signal does not."""
    lines = lines_of(played("errors").log)
    own = [one for one in lines if one.get("environment") == "green"]
    assert {one["decision"]["signal"] for one in own} == {"errors_5xx"}
    assert {one["decision"]["verdict"] for one in own} == {"investigate", "diverged"}
    shared = [one for one in lines_of(played("connection-leak").log) if "decision" in one]
    assert {
        one.get("environment") for one in shared if one["decision"].get("signal") == "db_connections"
    } == {None}
    assert {one.get("environment") for one in shared if one["decision"]["verdict"] == "healthy"} == {None}


def test_there_is_one_line_for_each_turn_hook_and_notice(played: Played) -> None:
    """A release that goes well writes one line for each turn and one for each hook, and nothing else."""
    ending = played("healthy")
    lines = lines_of(ending.log)
    assert len(lines) == len(ending.records) + 5
    assert sum(one["message"] == "the hook is answered" for one in lines) == 5
