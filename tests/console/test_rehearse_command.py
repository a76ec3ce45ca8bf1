"""`guardian rehearse` as people and machines use it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from guardian_console.main import app
from guardian_rehearsal.scenarios import SCENARIOS

ROOT = Path(__file__).parents[2]


def guardian(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["rehearse", *arguments])


def test_the_list_names_every_scenario() -> None:
    """--list shows what can be rehearsed and stops."""
    done = guardian("--list", "--json")
    assert done.exit_code == 0
    assert [json.loads(line)["scenario"] for line in done.stdout.splitlines()] == [
        one.name for one in SCENARIOS
    ]


def test_a_rehearsal_tells_the_story_line_by_line_on_a_pipe() -> None:
    """Turns, then what happened, then what AWS says; exit code 0 as it ended as it must."""
    done = guardian("errors")
    assert done.exit_code == 0, done.output
    for part in (
        "diverged: Rolling back at",
        "What happened",
        "What AWS says afterwards",
        "called once",
        "As it must",
    ):
        assert part in done.output


def test_results_for_machines_hold_the_same_facts(tmp_path: Path) -> None:
    """--json prints one object; the tape and the log are written beside it."""
    tape, log = tmp_path / "one.tape", tmp_path / "one.log"
    done = guardian("errors", "--json", "--seed", "2", "--record", str(tape), "--log", str(log))
    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout)
    assert result["as_it_must"] is True
    assert result["seed"] == 2
    assert result["decision"]["signal"] == "errors_5xx"
    assert result["aws"]["rollback_status"] == "Succeeded"
    assert json.loads(tape.read_text().splitlines()[0])["id"] == result["aws"]["deployment"]
    assert sum('"decision":{' in line for line in log.read_text().splitlines()) == result["turns"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(["nope"], "there is no scenario", id="unknown scenario"),
        pytest.param(["--all", "--speed", "60"], "go with one scenario", id="speed with all"),
        pytest.param(["errors", "--seed", "1", "--seed", "2"], "several seeds", id="two seeds, one scenario"),
        pytest.param(["errors", "--seed", "-1"], "greater than or equal to 0", id="negative seed"),
    ],
)
def test_a_command_line_that_makes_no_sense_is_refused(arguments: list[str], says: str) -> None:
    """Exit code 2 and a sentence that says what to change."""
    done = guardian(*arguments)
    assert done.exit_code == 2
    assert says in " ".join(done.output.replace("│", " ").split())


def test_a_guardian_that_does_not_act_makes_the_rehearsal_fail(tmp_path: Path) -> None:
    """With the stop taken out of a copy of the code the exit code is 1 and the problem is named."""
    for part in ("layers", "functions", "console", "rehearsal", "template.yaml"):
        source, target = ROOT / part, tmp_path / part
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    act = tmp_path / "layers/guardian/guardian/stop.py"
    broken = act.read_text().replace(
        "return ports.actuator.stop(action.deployment_id).request_id", "raise TimeoutError('asleep')"
    )
    assert broken != act.read_text()
    act.write_text(broken)
    path = os.pathsep.join(str(tmp_path / part) for part in ("layers/guardian", "console", "rehearsal"))
    done = subprocess.run(
        [sys.executable, "-c", "from guardian_console.main import run; run()", "rehearse", "errors", "--json"],
        env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "should end rolled back by Guardian" in json.loads(done.stdout)["problems"][0]
