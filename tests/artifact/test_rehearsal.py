"""A rehearsal of what was built ends as one of the sources does, to the letter."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from guardian_console.main import app
from guardian_rehearsal.check import problems
from guardian_rehearsal.lambda_runtime import Artifact, built
from guardian_rehearsal.lambda_service import decisions
from guardian_rehearsal.play import play
from guardian_rehearsal.scenarios import scenario


def test_a_release_of_the_artifact_is_the_release_of_the_sources(artifact: Artifact) -> None:
    """The same seed gives the same records, the same tape and the same end, whichever code is played."""
    own, wanted = play(scenario("healthy"), 3, code=built(artifact)), play(scenario("healthy"), 3)
    assert problems(own) == []
    assert [one.to_json() for one in own.records] == [one.to_json() for one in wanted.records]
    assert (own.aws, own.tape) == (wanted.aws, wanted.tape)


@pytest.mark.usefixtures("artifact")
def test_the_command_rolls_back_with_what_was_built(tmp_path: Path) -> None:
    """With --artifact functions start cold in processes of their own, in simulated time, and decide the same."""
    log, tape = tmp_path / "log", tmp_path / "tape"
    arguments = ["rehearse", "latency", "--artifact", "--json", "--log", str(log), "--record", str(tape)]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    result, wanted = json.loads(done.stdout), play(scenario("latency"))
    assert (result["as_it_must"], result["end"]) == (True, "rolled back by Guardian")
    lines = log.read_text().splitlines()
    assert decisions(lines) == [json.loads(one.to_json()) for one in wanted.records]
    assert tape.read_text().splitlines() == list(wanted.tape)
    decided = [line for line in map(json.loads, lines) if "decision" in line]
    first = {line["function_name"]: line["cold_start"] for line in reversed(decided)}
    assert len(first) > 1
    assert set(first.values()) == {True}
    assert all(line["timestamp"][:10] == line["decision"]["at"][:10] for line in decided)
