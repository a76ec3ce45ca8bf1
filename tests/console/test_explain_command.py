"""`guardian explain`: from a log, a table or a tape, for people and as JSON, and under another policy."""

import gzip
import io
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from guardian.aws.table import Table
from guardian_console import explain_view
from guardian_console.exits import Code
from guardian_console.main import app
from guardian_console.recordings import Recording, of_log
from guardian_console.story import story_of
from guardian_rehearsal.emulator.server import EmulatedAws
from guardian_rehearsal.installation import install

Kept = Callable[[str], Any]


def explain(*arguments: str | Path, stdin: str | None = None, env: dict[str, str] | None = None) -> Result:
    """Run the command in this process; what it prints goes to no terminal."""
    return CliRunner().invoke(app, ["explain", *map(str, arguments)], input=stdin, env=env)


# Where recordings lie


def test_a_log_a_list_of_records_and_cloudwatchs_exports_tell_the_same(kept: Kept, tmp_path: Path) -> None:
    """Lines as logged, behind timestamps, several on a line, compressed, or the table's records: one story."""
    files = kept("latency")
    lines = files.log.read_text(encoding="utf-8").splitlines()
    stamped, joined, packed = tmp_path / "stamped", tmp_path / "joined", tmp_path / "packed.gz"
    stamped.write_text(
        "".join(f"2026-03-02T09:00:46.123Z 2026/03/02/[$LATEST]ab12 {line}\n" for line in lines)
    )
    joined.write_text("\t".join(lines))
    packed.write_bytes(gzip.compress("\n".join((*lines, *lines)).encode()))
    told = [
        explain(files.release, "--log", one) for one in (files.log, files.records, stamped, joined, packed)
    ]
    assert [one.exit_code for one in told] == [0] * 5
    assert len({one.stdout for one in told}) == 1
    assert "is it over: yes" in told[0].stdout


def test_a_log_on_standard_input(kept: Kept) -> None:
    """A dash reads the pipe."""
    files = kept("latency")
    result = explain(files.release, "--log", "-", stdin=files.log.read_text(encoding="utf-8"))
    assert (result.exit_code, "what happened: Rolled back at 20%" in result.stdout) == (0, True)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[EmulatedAws]:
    """An account that the process's credential chain leads to."""
    with EmulatedAws() as aws:
        for name, value in aws.environment().items():
            monkeypatch.setenv(name, value)
        yield aws


@pytest.fixture
def name(aws: EmulatedAws) -> str:
    """The name of the account's table."""
    return install(aws).table


@pytest.fixture
def account(aws: EmulatedAws, name: str) -> Table:
    """The account's table."""
    return Table(aws.client("dynamodb"), name)


def test_the_table_tells_what_the_log_tells(kept: Kept, account: Table, name: str) -> None:
    """The records in the table are the log's, so the story is the same."""
    files = kept("latency")
    for record in files.ending.stored:
        account.write(record)
    from_table = explain(files.release, "--table", name, "--json")
    from_log = explain(files.release, "--log", files.log, "--json")
    assert from_table.exit_code == 0, from_table.stderr
    assert from_table.stdout == from_log.stdout


def test_a_deployment_that_is_not_there(kept: Kept, name: str) -> None:
    """3, and what is there instead."""
    files = kept("latency")
    in_log = explain("d-OTHER1234", "--log", files.log)
    assert in_log.exit_code == Code.NOT_ENOUGH_DATA
    assert f"no decision about d-OTHER1234; it holds those about {files.release}" in in_log.stderr
    in_table = explain("d-OTHER1234", "--table", name)
    assert in_table.exit_code == Code.NOT_ENOUGH_DATA
    on_tape = explain("d-OTHER1234", "--tape", files.tape)
    assert (on_tape.exit_code, f"is a tape of {files.release}" in on_tape.stderr) == (3, True)


def test_records_of_another_version_in_the_table(
    kept: Kept, account: Table, aws: EmulatedAws, name: str
) -> None:
    """2, and which console can read them."""
    files = kept("latency")
    account.write(files.ending.stored[0])
    key = {"pk": {"S": f"WATCH#{files.release}"}, "sk": {"S": f"TURN#{files.ending.stored[0].id}"}}
    newer = {**json.loads(files.ending.stored[0].to_json()), "field_of_tomorrow": 1}
    aws.client("dynamodb").put_item(TableName=name, Item={**key, "body": {"S": json.dumps(newer)}})
    result = explain(files.release, "--table", name)
    assert (result.exit_code, "cannot read; take the console of the version" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            '{"decision":{"schema":"guardian.decision/1","deployment_id":"d-1"}}',
            "no decision record of this version",
        ),
        (
            '{"decision":{"schema":"guardian.decision/9","deployment_id":"d-1"}}',
            "no decision record of this version",
        ),
        ('{"decision":{"schema":"guardian.decision/1","id":', "is cut off or changed"),
    ],
    ids=["incomplete", "another-format", "cut-off"],
)
def test_a_line_that_should_be_a_record_and_is_not(tmp_path: Path, line: str, said: str) -> None:
    """2, with file and line: a story with a hole in it would not be one."""
    log = tmp_path / "log"
    log.write_text(f"START RequestId: 1\n{line}\n")
    result = explain("d-1", "--log", log)
    assert result.exit_code == Code.USAGE
    assert f"{log}:2: " in result.stderr
    assert said in result.stderr


def test_records_of_other_deployments_may_be_of_another_version(kept: Kept, tmp_path: Path) -> None:
    """A log goes back further than an update: what is not asked for need not be understood."""
    files, log = kept("latency"), tmp_path / "log"
    older = '{"decision":{"schema":"guardian.decision/0","deployment_id":"d-OLDER1234"}}\n'
    log.write_text(older + files.log.read_text(encoding="utf-8"), encoding="utf-8")
    assert explain(files.release, "--log", log).exit_code == 0
    assert explain("d-OLDER1234", "--log", log).exit_code == Code.USAGE


def test_without_a_source_the_choice_is_named() -> None:
    """2, and which sources there are."""
    result = explain("d-1")
    assert (result.exit_code, "--table T, --log FILE or --tape FILE" in result.stderr) == (2, True)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """2, with the file's name."""
    result = explain("d-1", "--log", tmp_path / "missing")
    assert (result.exit_code, "missing: cannot be read" in result.stderr) == (2, True)


# What it says


def test_as_json_it_is_one_object_with_the_five_answers(kept: Kept) -> None:
    """The JSON has answers, turning points and turns, with the records' own sentences."""
    files = kept("latency")
    story = json.loads(explain(files.release, "--log", files.log, "--json").stdout)
    assert story["answers"]["happened"] == files.ending.stored[-1].sentence
    assert set(story["answers"]) >= {"happened", "when", "why", "over", "now"}
    assert [one["sentence"] for one in story["turns"]] == [one.sentence for one in files.ending.stored]


def shown(recording: Recording, width: int, *, terminal: bool, colour: bool = True) -> str:
    """Return what is printed on a terminal of some width, or on a pipe."""
    sink = io.StringIO()
    console = Console(width=width, force_terminal=terminal, no_color=not colour, file=sink)
    explain_view.printed(console, story_of(recording), None, "")
    return sink.getvalue()


def test_a_terminal_gets_tables_and_a_pipe_gets_lines(kept: Kept) -> None:
    """On a pipe no line is wrapped or coloured; on a terminal everything of the answers is there too."""
    files = kept("latency")
    recording = of_log(files.log, files.release)
    on_pipe, on_terminal = shown(recording, 80, terminal=False), shown(recording, 100, terminal=True)
    assert "\x1b" not in on_pipe
    assert f"what happened: {files.ending.stored[-1].sentence}" in on_pipe.splitlines()
    assert "\x1b[1;31m" in on_terminal
    for heading in ("what happened", "when", "why", "is it over", "what now", "What changed"):
        assert heading in on_terminal
    assert "\x1b[1;31m" not in shown(recording, 100, terminal=True, colour=False)


def test_text_of_others_moves_no_cursor_and_colours_nothing(kept: Kept) -> None:
    """Escape sequences, carriage returns and markup in a record are shown as text, on a terminal and on a pipe."""
    files, hostile = kept("latency"), "\x1b[2J\r\u202e[bold red]evil[/]"
    records = [
        one.model_copy(update={"sentence": hostile, "notes": (hostile,)}) for one in files.ending.stored
    ]
    recording = Recording(files.release, tuple(records))
    for text in (shown(recording, 120, terminal=False), shown(recording, 120, terminal=True)):
        assert "\x1b[2J" not in text
        assert "\r" not in text
        assert "\u202e" not in text
        assert "\\x1b[2J\\r\\u202e[bold red]evil[/]" in text


def test_a_bake_of_days_has_dates(kept: Kept) -> None:
    """Times of another day than the first carry their date."""
    files = kept("latency")
    *before, last = files.ending.stored
    moved = last.model_copy(update={"at": last.at + timedelta(days=1)})
    text = shown(Recording(files.release, (*before, moved)), 120, terminal=False)
    assert f"  {last.at + timedelta(days=1):%m-%d %H:%M:%S} minute" in text
    assert f"  {before[0].at:%H:%M:%S} minute" in text


# Under another policy


@pytest.fixture
def policy(tmp_path: Path) -> Callable[[str], Path]:
    """Write a policy."""

    def write(text: str) -> Path:
        path = tmp_path / "other.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def other(files: Any, policy: Path, *more: str | Path) -> dict[str, Any]:
    """Return what another policy would have done, from log and tape."""
    source = more or ("--log", files.log, "--tape", files.tape)
    result = explain(files.release, *source, "--policy", policy, "--json")
    assert result.exit_code == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)["other_policy"]
    return found


def test_the_policy_that_judged_makes_no_difference(kept: Kept, policy: Callable[[str], Path]) -> None:
    """Judged again by the policy of the tape every decision is the recorded one."""
    files = kept("latency")
    own = json.loads(files.tape.read_text(encoding="utf-8").splitlines()[0])["policy"]
    found = other(files, policy(json.dumps(own)))
    assert (found["recorded"], found["other"], found["turns"]) == (None, None, 3)
    text = explain(
        files.release, "--log", files.log, "--tape", files.tape, "--policy", policy(json.dumps(own))
    )
    assert "the same decision in each of the 3 turns that judged" in text.stdout


LENIENT = "latency: {tolerance: 1.9, limit: 2.5}\n"
OBSERVE = "mode: observe\n"


def test_a_policy_that_tolerates_more_says_from_when_on_it_differs(
    kept: Kept, policy: Callable[[str], Path]
) -> None:
    """The first differing minute, both decisions, and that nobody knows what would have come after."""
    files = kept("latency")
    found = other(files, policy(LENIENT))
    assert (found["recorded"]["minute"], found["recorded"]["decision"]) == (3, "wait")
    assert (found["other"]["minute"], found["other"]["decision"]) == (3, "proceed")
    assert (found["recorded_rollback"]["minute"], found["other_rollback"], found["last_minute"]) == (
        4,
        None,
        4,
    )
    text = explain(
        files.release, "--log", files.log, "--tape", files.tape, "--policy", policy(LENIENT)
    ).stdout
    assert "another decision from minute 3 on" in text
    assert "instead none up to minute 4, after which nothing was judged" in text


def test_a_quieter_mode_is_another_decision(kept: Kept, policy: Callable[[str], Path]) -> None:
    """Mode observe would only have said what it would do."""
    found = other(kept("latency"), policy(OBSERVE))
    assert (found["other"]["decision"], found["other"]["would"]) == ("proceed", "roll_back")


def test_a_tape_alone_is_enough_for_another_policy(kept: Kept, policy: Callable[[str], Path]) -> None:
    """A tape has minutes, history and its own policy to compare with."""
    files = kept("latency")
    found = other(files, policy(LENIENT), "--tape", files.tape)
    assert (found["recorded"]["minute"], found["recorded_rollback"]["minute"]) == (3, 4)


def test_without_history_another_policy_cannot_be_asked(kept: Kept, policy: Callable[[str], Path]) -> None:
    """3, and where the history is."""
    files = kept("latency")
    result = explain(files.release, "--log", files.log, "--policy", policy(LENIENT))
    assert result.exit_code == Code.NOT_ENOUGH_DATA
    assert "the tape has it (--tape FILE)" in result.stderr


def test_what_was_not_read_at_the_time_is_said(kept: Kept, policy: Callable[[str], Path]) -> None:
    """A custom metric that only the other policy names is no silent absence."""
    ratio = {"namespace": "Shop", "metric": "Begun", "dimensions": {"colour": "{colour}"}}
    metric = {"name": "checkout", "numerator": ratio, "denominator": ratio}
    found = other(kept("latency"), policy(json.dumps({"custom": [metric]})))
    assert found["notes"] == ["the custom metric checkout was not read at the time: it stays without data"]
