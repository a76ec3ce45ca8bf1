"""`guardian report` on the command line."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from guardian.aws.table import Table
from guardian.model import History
from guardian_console.exits import Code
from guardian_console.main import LAZY, app
from guardian_console.recordings import origin_of
from guardian_console.tapes import tapes
from guardian_rehearsal.emulator.server import EmulatedAws
from guardian_rehearsal.ending import Ending
from guardian_rehearsal.installation import install

Played = Callable[[str], Ending]


@pytest.fixture
def log(played: Played, tmp_path: Path) -> Path:
    """An export of the functions' log of scenario latency."""
    file = tmp_path / "functions.log"
    file.write_text("\n".join(played("latency").log), encoding="utf-8")
    return file


def test_a_log_becomes_a_page(played: Played, log: Path, tmp_path: Path) -> None:
    """The page is written, the sentence is said, and the exit code is 0 although green was rolled back."""
    page = tmp_path / "page.html"
    done = CliRunner().invoke(
        app, ["report", played("latency").deployment_id, "--log", str(log), "-o", str(page)]
    )
    assert done.exit_code == Code.FINE
    assert done.stdout.startswith(f"{page}: Rolled back at 20%: ")
    text = page.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert f"guardian report {played('latency').deployment_id} --log {log} -o {page}" in text
    assert "https://eu-west-1.console.aws.amazon.com/" in text  # where Guardian acted


def test_a_tape_becomes_a_page(played: Played, tmp_path: Path) -> None:
    """Judged again, with what was written as JSON."""
    tape, page = tmp_path / "release.tape", tmp_path / "page.html"
    tape.write_text("\n".join(played("latency").tape), encoding="utf-8")
    done = CliRunner().invoke(
        app, ["report", played("latency").deployment_id, "--tape", str(tape), "-o", str(page), "--json"]
    )
    assert done.exit_code == Code.FINE
    told = json.loads(done.stdout)
    assert (told["page"], told["bytes"], told["state"]) == (str(page), page.stat().st_size, "tape")


def test_the_table_becomes_a_page_with_blues_history(
    played: Played, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the table holds besides the records, blue's hour before the shift, is on the page too."""
    ending, page = played("latency"), tmp_path / "page.html"
    (tape,) = tapes((line.encode() for line in ending.tape), "latency")
    origin = origin_of(ending.stored)
    assert origin is not None
    with EmulatedAws() as aws:
        for name, value in aws.environment().items():
            monkeypatch.setenv(name, value)
        table = install(aws).table
        shelf = Table(aws.client("dynamodb"), table)
        for record in ending.stored:
            shelf.write(record)
        rows = tuple(row for row in tape.minutes if row.minute < 0)
        shelf.save_history(ending.deployment_id, History(epoch=origin, rows=rows))
        done = CliRunner().invoke(app, ["report", ending.deployment_id, "--table", table, "-o", str(page)])
    assert done.exit_code == Code.FINE, done.stderr
    assert f"{origin - timedelta(minutes=10):%m-%d %H:%M}" in page.read_text(encoding="utf-8")


def test_the_page_can_go_to_a_pipe(played: Played, log: Path) -> None:
    """With `-o -` standard output is the page and nothing else."""
    done = CliRunner().invoke(app, ["report", played("latency").deployment_id, "--log", str(log), "-o", "-"])
    assert done.exit_code == Code.FINE
    assert done.stdout.startswith("<!doctype html>")
    assert done.stdout.rstrip().endswith("</html>")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "give a source: --table T, --log FILE or --tape FILE"),
        (["--tape", "x", "--json", "-o", "-"], "give the page a file"),
        (["--tape", "nowhere.tape"], "cannot be read"),
    ],
    ids=["no source", "two outputs", "no such file"],
)
def test_wrong_usage_says_what_to_do(arguments: list[str], said: str) -> None:
    """Exit code 2 and a sentence, before anything is written."""
    done = CliRunner().invoke(app, ["report", "d-X", *arguments])
    assert done.exit_code == Code.USAGE
    assert said in done.stderr


def test_a_page_that_cannot_be_written_says_why(played: Played, log: Path, tmp_path: Path) -> None:
    """A folder that is not there is wrong usage."""
    nowhere = str(tmp_path / "nowhere" / "page.html")
    done = CliRunner().invoke(
        app, ["report", played("latency").deployment_id, "--log", str(log), "-o", nowhere]
    )
    assert done.exit_code == Code.USAGE
    assert f"{nowhere}: cannot be written: No such file or directory" in done.stderr


def test_a_deployment_that_is_not_recorded_is_not_enough_data(log: Path) -> None:
    """Exit code 3, and the sentence names what is there."""
    done = CliRunner().invoke(app, ["report", "d-OTHER", "--log", str(log)])
    assert done.exit_code == Code.NOT_ENOUGH_DATA
    assert "holds no decision about d-OTHER" in done.stderr


def test_the_help_ends_with_an_example() -> None:
    """And names the sources."""
    done = CliRunner().invoke(app, ["report", "--help"], env={"COLUMNS": "120"})
    assert done.exit_code == Code.FINE
    assert str(LAZY["report"]) in done.stdout
    assert "--tape" in done.stdout
