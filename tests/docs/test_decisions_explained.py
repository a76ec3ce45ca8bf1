"""docs/decisions-explained.md shows records that Guardian writes, one for each verdict, decision and outcome."""

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from guardian_fakes import BLUE, CHECKOUT, GREEN, Shop
from guardian_fakes.rehearsals import played

from guardian.actions import Outcome
from guardian.decide import DecisionKind
from guardian.model import Capacity, Finding
from guardian.record import DecisionRecord

PAGE = (Path(__file__).parents[2] / "docs" / "decisions-explained.md").read_text(encoding="utf-8")
SHOWN = re.findall(
    r"<!-- record: (\S+) (\S+) -->\n```json\n(.*?)```\n(.*?)(?=\n#|\n<!--|\Z)", PAGE, re.DOTALL
)
"""Where each record on the page comes from, which it is, its JSON, and how to read it."""
FOUR = Capacity(registered=4, healthy=4, unhealthy=0, running=4)


@cache
def rehearsed(name: str) -> Mapping[str, DecisionRecord]:
    """Return the records of a rehearsal (seed 1) by their number."""
    return {one.id.rpartition("-")[2]: one for one in played(name).stored}


def shifting() -> Shop:
    """Return a release in mode enforce whose green has half of the traffic."""
    shop = Shop()
    shop.policies.put(CHECKOUT, mode="enforce")
    shop.codedeploy.create(CHECKOUT, shop.release)
    shop.codedeploy.begin(shop.release)
    shop.turn()
    shop.shift(0.5)
    return shop


def too_late() -> DecisionRecord:
    """Return the last record of a rollback that CodeDeploy overtook: it had succeeded before it was told to stop."""
    shop = shifting()
    shop.errors = 0.2
    shop.minutes(5)
    shop.turn()
    shop.codedeploy.end(shop.release, "Succeeded")
    return shop.decide()


def given_back() -> DecisionRecord:
    """Return the last record of a swap that blue could not carry."""
    shop = shifting()
    for weight in (0.5, 1.0):
        shop.shift(weight)
        for _ in range(4):
            shop.minutes(1)
            shop.turn()
    shop.codedeploy.end(shop.release)
    shop.fleet.behind = {BLUE.arn: FOUR.model_copy(update={"healthy": 0}), GREEN.arn: FOUR}
    shop.errors = 0.4
    shop.minutes(6)
    shop.decide()
    shop.fleet.behind[BLUE.arn], shop.blue_errors = FOUR, 0.9
    shop.minutes(2)
    shop.decide()
    return shop.decide()


LOOPS: Mapping[str, Callable[[], DecisionRecord]] = {"too-late": too_late, "given-back": given_back}
"""What no rehearsal plays: turns of the same loop against fakes of AWS."""


def record_of(source: str, which: str) -> dict[str, Any]:
    """Return the record that the page names, as JSON."""
    record = LOOPS[which]() if source == "loop" else rehearsed(source)[which]
    data: dict[str, Any] = json.loads(record.to_json())
    return data


@pytest.mark.parametrize(
    ("source", "which", "text"), [one[:3] for one in SHOWN], ids=[f"{one[0]}-{one[1]}" for one in SHOWN]
)
def test_every_record_on_the_page_is_one_that_guardian_writes(
    source: str, which: str, text: str, assert_part_of: Callable[[Any, Any, str], None]
) -> None:
    """Each is part of the very record that its comment names; what is left out is left out, nothing is changed."""
    shown = json.loads(text)
    assert_part_of(shown, record_of(source, which), "record")
    assert {"sentence", "decision", "verdict", "why"} <= set(shown)


def test_every_verdict_decision_and_outcome_is_explained() -> None:
    """No verdict, no decision, no outcome and no decision held back is without an example."""
    shown = [json.loads(text) for _, _, text, _ in SHOWN]
    assert {one["verdict"] for one in shown} == set(map(str, Finding))
    assert {one["decision"] for one in shown} == set(map(str, DecisionKind))
    outcomes = {action["outcome"] for one in shown for action in one.get("actions", ())}
    assert outcomes == set(map(str, Outcome))
    assert any("would" in one for one in shown)


def test_each_record_is_followed_by_two_lines_on_how_to_read_it() -> None:
    """Two points follow each record, short enough for 3 a.m."""
    assert len(SHOWN) == PAGE.count("```json") == PAGE.count("<!-- record:")
    for source, which, _, reading in SHOWN:
        points = re.findall(r"^- ", reading, re.MULTILINE)
        assert (source, which, len(points)) == (source, which, 2)
