"""The README tells the truth."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from guardian_fakes.rehearsals import played

from guardian_rehearsal.scenarios import SCENARIOS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def shown() -> dict[str, Any]:
    found = re.search(r"```json\n(.*?)```", README, re.DOTALL)
    assert found is not None
    record: dict[str, Any] = json.loads(found.group(1))
    return record


def test_the_record_that_leads_the_readme_is_what_the_rehearsal_writes(
    assert_part_of: Callable[[Any, Any, str], None],
) -> None:
    """`guardian rehearse` (scenario latency, seed 1) logs this very decision."""
    records = [json.loads(one.to_json()) for one in played("latency").records]
    decided = next(one for one in records if one["decision"] == "roll_back")
    assert_part_of(shown(), decided, "record")


def test_the_end_that_the_readme_tells_is_the_rehearsals() -> None:
    """The sentence about the verified end, ids left out, is what the last record says."""
    told = re.search(r"\*\"Rolled back at (.*?)\"\*", README, re.DOTALL)
    assert told is not None
    last = [one.sentence for one in played("latency").records if one.actions][-1]
    for part in re.split("…", " ".join(told.group(1).split())):
        assert part.strip().rstrip(".") in last


def test_every_field_of_the_record_is_explained() -> None:
    """The table under the record names each field that it shows."""
    table = README.split("| field |", 1)[1].split("## Try it", 1)[0]
    named = set(re.findall(r"`(\w+)(?:\[\])?`", table))
    obvious = {"at", "deployment_id"}
    assert set(shown()) - obvious <= named


def test_ci_runs_the_readmes_test_command() -> None:
    """`.ci/run` holds the README's one-line test command as it is."""
    command = re.search(r"^ {4}(python3 -m venv .*pytest.*)$", README, re.MULTILINE)
    assert command is not None
    assert command.group(1) in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_number_of_scenarios_is_right() -> None:
    """The README counts the scenarios that there are."""
    assert len(SCENARIOS) == 35
    assert "thirty-five scenarios" in README


def test_every_link_of_the_documentation_leads_somewhere() -> None:
    """Relative links in README and docs point at files that exist."""
    pages = (ROOT / "README.md", *(ROOT / "docs").rglob("*.md"))
    links = [
        (page, target)
        for page in pages
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
        if not target.startswith("http")
    ]
    assert [(page.name, target) for page, target in links if not (page.parent / target).exists()] == []
