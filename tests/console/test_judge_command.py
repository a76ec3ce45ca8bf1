"""`guardian judge`: what it says of a tape, tick by tick, and how it ends."""

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from guardian.judge import Judge
from guardian_console.exits import Code
from guardian_console.main import LAZY, app

Line = dict[str, Any]


def guardian(*arguments: str | Path, stdin: str | None = None) -> Result:
    """Run the command in this process; what it prints goes to no terminal."""
    return CliRunner().invoke(app, ["judge", *map(str, arguments)], input=stdin)


def header(name: str = "d-1", **more: Any) -> Line:
    return {"type": "deployment", "schema": "guardian.tape/1", "id": name, "strategy": "linear", **more}


def colour(requests: float, errors: float = 0, slower: float = 1.0, tremble: int = 0) -> Line:
    """A colour that answers in about 200 ms, give or take what `tremble` says."""
    latency = 0.2 * slower * (1 + 0.01 * (tremble % 3 - 1))
    return {
        "requests": requests, "errors_5xx": errors, "errors_4xx": 0, "connection_errors": 0,
        "latency_avg": latency * 1.2,
        "latency_p50": latency, "latency_p90": latency * 2, "latency_p99": latency * 3, "healthy_hosts": 2,
    }  # fmt: skip


def deployment(errors: float = 0, minutes: int = 20) -> list[Line]:
    """An hour of blue, then a shift in which green fails a part of its requests; rows are seen 3 minutes later."""
    rows: list[Line] = [
        {
            "type": "minute",
            "minute": m,
            "seen_at": 0,
            "weight": 0,
            "blue": colour(1000, 1, tremble=m),
            "green": None,
        }
        for m in range(-60, 0)
    ]
    for m in range(minutes):
        weight = round(0.1 * (1 + m // 3), 1)
        green = colour(1000 * weight, 1000 * weight * errors, tremble=m + 1)
        rows.append({
            "type": "minute", "minute": m, "seen_at": m + 3, "weight": weight,
            "blue": colour(1000 * (1 - weight), 1, tremble=m), "green": green,
        })  # fmt: skip
    return rows


def text(*lines: Mapping[str, Any]) -> str:
    return "".join(json.dumps(line) + "\n" for line in lines)


def said(result: Result) -> list[Line]:
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def healthy(tmp_path: Path) -> Path:
    file = tmp_path / "healthy.tape"
    file.write_text(text(header("d-fine"), *deployment()))
    return file


@pytest.fixture
def failing(tmp_path: Path) -> Path:
    file = tmp_path / "failing.tape"
    file.write_text(text(header("d-bad"), *deployment(errors=0.3)))
    return file


def test_every_tick_has_one_decision(healthy: Path) -> None:
    """A healthy tape gives a line per tick, no rollback, and the exit code 0."""
    done = guardian(healthy)
    lines = said(done)
    assert done.exit_code == Code.FINE, done.output
    assert [line["tick"] for line in lines] == list(range(23))
    assert {line["id"] for line in lines} == {"d-fine"}
    assert lines[0]["verdict"] == "no_data"
    assert lines[-1]["decision"] == "proceed"
    assert "roll_back" not in {line["decision"] for line in lines}


def test_a_failing_green_diverges(failing: Path) -> None:
    """Thirty percent of 5XX are rolled back under their own name, and the exit code is 1."""
    done = guardian(failing, "--json")
    bad = [line for line in said(done) if line["verdict"] == "diverged"]
    assert done.exit_code == Code.DIVERGED
    assert bad[0]["signal"] == "errors_5xx"
    assert bad[0]["decision"] == "roll_back"
    assert bad[0]["tick"] <= 6


def test_until_rollback_stops_each_tape(healthy: Path, failing: Path) -> None:
    """The rolled back tape ends there and the next one is judged all the same."""
    lines = said(guardian(failing, healthy, "--until-rollback"))
    bad = [line for line in lines if line["id"] == "d-bad"]
    assert [line["decision"] for line in bad].count("roll_back") == 1
    assert bad[-1]["decision"] == "roll_back"
    assert sum(line["id"] == "d-fine" for line in lines) == 23


def test_nothing_from_the_future_is_used(failing: Path, tmp_path: Path) -> None:
    """A tape cut off at a tick is judged as the whole tape was up to there, to the byte."""
    rows = [row for row in deployment(errors=0.3) if row["seen_at"] <= 5]
    short = tmp_path / "short" / "failing.tape"
    short.parent.mkdir()
    short.write_text(text(header("d-bad"), *rows))
    whole = guardian(failing, "--evidence").stdout.replace(str(failing), "")
    part = guardian(short, "--evidence").stdout.replace(str(short), "")
    assert part
    assert whole.startswith(part)


def test_a_tick_at_which_nothing_was_seen_changes_nothing(tmp_path: Path) -> None:
    """While nothing becomes visible the verdict stands, and a minute may still be revised however long that takes."""
    rows = [row for row in deployment() if not 6 <= row["seen_at"] <= 17]
    early = [
        {**row, "seen_at": row["minute"] + 1, "green": None} for row in deployment() if row["minute"] == 4
    ]
    late = [{**row, "seen_at": 18} for row in deployment() if 3 <= row["minute"] <= 14]
    first, second = tmp_path / "first.tape", tmp_path / "second.tape"
    first.write_text(text(header(), *rows, *early, *late))
    second.write_text(text(header(), *rows, *late))
    lines, others = said(guardian(first, "--evidence")), said(guardian(second, "--evidence"))
    assert [line["evidence"] for line in lines[5:18]] == [lines[5]["evidence"]] * 13
    assert lines[18]["evidence"] == others[18]["evidence"]


def test_a_history_seen_late_is_not_used_before(tmp_path: Path) -> None:
    """Blue's history that becomes visible after the shift's first minute teaches nothing: latency stays unjudged."""
    rows = deployment()
    for row in rows[:60]:
        row["seen_at"] = 9
    file = tmp_path / "late.tape"
    file.write_text(text(header(), *rows))
    evidence = {one["signal"]: one for one in said(guardian(file, "--evidence"))[-1]["evidence"]}
    assert evidence["latency_p50"]["finding"] in ("inconclusive", "no_data")


def test_the_policys_mode_is_kept(tmp_path: Path) -> None:
    """A tape whose policy only observes is judged the same, says what enforce would do, and rolls nothing back."""
    file = tmp_path / "observed.tape"
    file.write_text(text(header(policy={"mode": "observe"}), *deployment(errors=0.3)))
    done = guardian(file)
    bad = next(line for line in said(done) if line["verdict"] == "diverged")
    assert (bad["decision"], bad["would"]) == ("proceed", "roll_back")
    assert done.exit_code == Code.DIVERGED


def test_a_given_policy_replaces_the_tapes(failing: Path, tmp_path: Path) -> None:
    """--policy counts instead of the header's policy."""
    policy = tmp_path / "policy.yaml"
    policy.write_text("mode: notify\n")
    decisions = {line["decision"] for line in said(guardian(failing, "--policy", policy))}
    assert "notify" in decisions
    assert "roll_back" not in decisions


def test_directories_and_standard_input_are_read(healthy: Path, failing: Path) -> None:
    """A directory's tapes come in the order of their names; - holds as many tapes as there are headers."""
    ids = list(dict.fromkeys(line["id"] for line in said(guardian(healthy.parent))))
    both = guardian("-", stdin=healthy.read_text() + failing.read_text())
    assert ids == ["d-bad", "d-fine"]
    assert list(dict.fromkeys(line["id"] for line in said(both))) == ["d-fine", "d-bad"]
    assert both.stderr == ""


def test_unknown_keys_are_tolerated(tmp_path: Path) -> None:
    """Keys of a later version, at every level, change nothing."""
    rows = deployment()
    plain, extended = tmp_path / "one.tape", tmp_path / "two.tape"
    plain.write_text(text(header(), *rows))
    for row in rows:
        row["note"], row["blue"]["latency_p75"], row["shared"] = "new", 0.1, {"queue": 3}
    extended.write_text(text(header(recorded_by="x"), *rows))
    first, second = (guardian(file).stdout.replace(str(file), "") for file in (plain, extended))
    assert first == second


MALFORMED: Mapping[str, tuple[Iterable[str], str]] = {
    "not JSON": (["{"], ":2: Invalid JSON"),
    "no object": (["[1]"], ":2: "),
    "unknown type": (['{"type":"hour"}'], ":2: type: "),
    "no minute": (['{"type":"minute","seen_at":1,"weight":0}'], ":2: minute: Field required"),
    "weight in percent": (['{"type":"minute","minute":0,"seen_at":1,"weight":10}'], ":2: weight: "),
    "text for a number": (
        ['{"type":"minute","minute":0,"seen_at":1,"weight":0,"blue":{"requests":"7"}}'], ":2: blue: requests: ",
    ),
    "not a number": (
        ['{"type":"minute","minute":0,"seen_at":1,"weight":0,"blue":{"cpu":NaN}}'], ":2: blue: cpu: ",
    ),
    "below zero": (
        ['{"type":"minute","minute":0,"seen_at":1,"weight":0,"green":{"requests":-1}}'],
        ":2: green: requests: -1 is below zero",
    ),
    "a clock time": (['{"type":"minute","minute":0,"seen_at":1700000000,"weight":0}'], ":2: seen_at: "),
    "a line after good ones": (["", '{"type":"minute","minute":0,"seen_at":1,"weight":0}', "oops"], ":4: "),
    "a second header with a bad policy": (
        ['{"type":"deployment","id":"x","policy":{"mod":"enforce"}}'], ":2: policy is not a valid policy:\n  mod: ",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_line_is_named(tmp_path: Path, case: tuple[Iterable[str], str]) -> None:
    """The message names file and line and what is wrong there; the exit code is 2."""
    file = tmp_path / "bad.tape"
    file.write_text("\n".join([json.dumps(header()), *case[0]]))
    done = guardian(file)
    assert done.exit_code == Code.USAGE
    assert f"guardian: {file}{case[1]}" in done.stderr


@pytest.mark.parametrize(
    "content", [b"", b'{"type":"minute","minute":0,"seen_at":1,"weight":0}\n', b"\xff\xfe"],
    ids=["empty", "no header", "no UTF-8"],
)  # fmt: skip
def test_a_tape_begins_with_its_header(tmp_path: Path, content: bytes) -> None:
    """Without one, line 1 is blamed."""
    file = tmp_path / "bad.tape"
    file.write_bytes(content)
    done = guardian(file)
    assert done.exit_code == Code.USAGE
    assert f"{file}:1: " in done.stderr


def test_other_tapes_are_judged_beside_a_malformed_one(tmp_path: Path, healthy: Path) -> None:
    """One bad tape costs the exit code, not the answers about the rest."""
    bad = tmp_path / "bad.tape"
    bad.write_text("oops")
    done = guardian(bad, healthy)
    assert done.exit_code == Code.USAGE
    assert len(said(done)) == 23


def test_without_enough_data_the_exit_code_is_3(tmp_path: Path) -> None:
    """Three requests a minute are nothing to judge by."""
    file = tmp_path / "thin.tape"
    rows = [
        {"type": "minute", "minute": 0, "seen_at": 3, "weight": 0.1, "blue": colour(3), "green": colour(0)}
    ]
    file.write_text(text(header(), *rows))
    assert guardian(file).exit_code == Code.NOT_ENOUGH_DATA
    file.write_text(text(header()))
    assert guardian(file).exit_code == Code.NOT_ENOUGH_DATA


def test_tables_tell_what_changed(healthy: Path, failing: Path) -> None:
    """--table shows a tape's turns of verdict, and of several tapes one row each."""
    one, many = guardian(failing, "--table"), guardian(healthy, failing, "--table")
    assert "roll_back" in one.stdout
    assert "d-bad" in one.stdout
    assert {"d-bad", "d-fine"} <= set(many.stdout.split())
    assert many.exit_code == Code.DIVERGED


@pytest.mark.parametrize(
    "arguments", [("--json", "--table"), ("missing.tape",)], ids=["two formats", "no such file"]
)
def test_wrong_usage_ends_with_2(arguments: tuple[str, ...], healthy: Path) -> None:
    """What cannot be done is said, not guessed."""
    done = guardian(*arguments, *([healthy] if arguments[0].startswith("--") else []))
    assert done.exit_code == Code.USAGE
    assert done.stderr.startswith("guardian: ")


def test_an_empty_directory_is_wrong_usage(tmp_path: Path) -> None:
    """A directory without tapes says how tapes are named."""
    done = guardian(tmp_path)
    assert done.exit_code == Code.USAGE
    assert "*.tape" in done.stderr


def test_the_lines_are_the_judges_own_words(failing: Path) -> None:
    """Every sentence is the one that the judge says when it is driven by hand."""
    rows = deployment(errors=0.3)
    judging = Judge(header(), rows[:60])
    by_hand = [
        judging.tick(tick, [row for row in rows[60:] if row["seen_at"] == tick]).sentence
        for tick in range(23)
    ]
    assert [line["sentence"] for line in said(guardian(failing))] == by_hand


def test_the_help_names_commands_that_it_does_not_load() -> None:
    """`guardian --help` lists every lazy command and imports the module of none."""
    code = (
        "import sys; from guardian_console.main import app; app(standalone_mode=False); print(*sys.modules)"
    )
    done = subprocess.run(  # noqa: S603 - our own interpreter and code
        [sys.executable, "-c", code, "--help"], capture_output=True, text=True, check=True
    )
    for name in LAZY:
        assert f" {name} " in done.stdout
        assert f"guardian_console.{name}_command" not in done.stdout


@pytest.mark.parametrize("name", ["judge", "backtest", "explain", "replay"])
def test_a_commands_help_ends_with_an_example(name: str) -> None:
    """`guardian NAME --help` is the command's own, with its options and an example."""
    done = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "120"})
    assert done.exit_code == Code.FINE
    assert "--policy" in done.stdout
    assert str(LAZY[name]) in done.stdout
