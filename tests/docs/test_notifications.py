"""docs/notifications.md: its states, its patterns and its example are those of real notices."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from cfnlint.api import lint_file
from guardian_fakes.rehearsals import played
from moto.events.models import EventPattern

from guardian.notices import State
from guardian_rehearsal.template import ROOT, Resolver, load_template

PAGE = (ROOT / "docs/notifications.md").read_text(encoding="utf-8")
BLOCKS = [json.loads(block) for block in re.findall(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)]
PATTERNS = [block for block in BLOCKS if "source" in block]
EXAMPLE = ROOT / "examples/wait-for-release.yaml"


@pytest.fixture(scope="module")
def events() -> list[dict[str, Any]]:
    """The events of a rehearsal that was rolled back, oldest first."""
    return [json.loads(one.message) for one in played("latency").notices if one.channel == "event"]


def matches(pattern: Mapping[str, Any], event: Any) -> bool:
    return bool(EventPattern.load(json.dumps(pattern)).matches_event(event))


def test_every_state_has_its_line() -> None:
    """The table of states names each state there is, and no other."""
    table = PAGE.partition("| `state` |")[2].partition("\n\n")[0]
    first = [line.split("|")[1] for line in table.splitlines()[2:]]
    assert sorted(re.findall(r"`(\w+)`", " ".join(first))) == sorted(State)


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
def test_a_pattern_matches_the_end_alone(pattern: dict[str, Any], events: list[dict[str, Any]]) -> None:
    """Who waits by a pattern of the page is not woken by a rollback that begins, but by its end."""
    assert [matches(pattern, event) for event in events] == [False, True]


def test_the_filter_policy_names_states() -> None:
    """The states of the pager's filter policy are states that there are."""
    (policy,) = [block for block in BLOCKS if "source" not in block]
    assert set(policy["state"]) <= set(State)


def test_the_examples_rules_match_their_own_service(events: list[dict[str, Any]]) -> None:
    """The queue gets the end of this service's deployments; the next pipeline starts for a release and nothing else."""
    service = events[-1]["detail"]["service"]
    rules = load_template(EXAMPLE)["Resources"]
    for application, own in ((service["application"], True), ("another", False)):
        names = {"Application": application, "DeploymentGroup": service["deployment_group"]}
        ends, released = (
            Resolver(names, {}).value(rules[rule]["Properties"]["EventPattern"])
            for rule in ("EndsArrive", "Released")
        )
        assert matches(ends, events[-1]) is own
        assert not matches(released, events[-1])
        release = {**events[-1], "detail": {**events[-1]["detail"], "state": "released"}}
        assert matches(released, release) is own


def test_the_linter_finds_nothing_in_the_example() -> None:
    """cfn-lint reads the example without a single finding."""
    assert [str(finding) for finding in lint_file(EXAMPLE)] == []
