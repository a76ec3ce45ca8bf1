"""The generated schemas and pages: true to real values, and up to date."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator, FormatChecker

from guardian.decide import decide, table
from guardian.model import Colour, Evidence, Finding, Minute, Mode, Phase, Service, Shared, Verdict
from guardian.policy import Policy, parse_policy
from guardian.record import DecisionRecord
from guardian.triggers import Trigger, TriggerKind, TurnRequest, parse_turn_request
from guardian_console import reasons, schemas
from guardian_console.exits import UsageError

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SERVICE = Service(application="a", deployment_group="b")
TRIGGER = Trigger(kind=TriggerKind.ALARM, detail="high-error-rate", at=NOW)


def problems(name: str, value: Any) -> list[str]:
    """Return what the committed schema says against a value."""
    schema = json.loads((DOCS / "schemas" / f"{name}.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    return [
        error.json_path
        for error in Draft202012Validator(schema, format_checker=FormatChecker()).iter_errors(value)
    ]


@pytest.mark.parametrize("path", schemas.pages(DOCS), ids=lambda path: str(path.relative_to(ROOT)))
def test_generated_files_are_up_to_date(path: Path) -> None:
    """Each file has the text that the program generates now."""
    assert path.is_file(), "regenerate with: guardian docs"
    assert path.read_text(encoding="utf-8") == schemas.pages(DOCS)[path], "regenerate with: guardian docs"


def test_writing_twice_changes_nothing(tmp_path: Path) -> None:
    """Generated files can be generated again, and what people wrote above the line stays."""
    (tmp_path / "policy.md").write_text(f"# Ours\n\n{schemas.MARK}\nold\n")
    first = {path: path.read_text() for path in schemas.write(tmp_path)}
    assert {path: path.read_text() for path in schemas.write(tmp_path)} == first
    assert first[tmp_path / "policy.md"].startswith("# Ours\n")
    assert "\nold\n" not in first[tmp_path / "policy.md"]


def test_only_a_source_tree_has_generated_files(tmp_path: Path) -> None:
    """A directory without the page that people began is refused and stays empty."""
    with pytest.raises(UsageError, match="source tree"):
        schemas.write(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "policy",
    [
        Policy().model_dump(mode="json", by_alias=True),
        json.loads(Policy().stored()),
        yaml.safe_load((ROOT / "examples" / "policy.yaml").read_text()),
    ],
    ids=["defaults", "nothing set", "example"],
)
def test_a_policy_fits_its_schema(policy: dict[str, Any]) -> None:
    """What the program accepts and writes, the schema accepts."""
    assert parse_policy(policy, "here")
    assert problems("policy", policy) == []


@pytest.mark.parametrize(
    ("policy", "path"),
    [
        ({"mood": "observe"}, "$"),
        ({"latency": {"tolerance": 0.9}}, "$.latency.tolerance"),
        ({"mode": "enforced"}, "$.mode"),
        ({"custom": [{"name": "Big"}]}, "$.custom[0].name"),
    ],
    ids=["unknown key", "out of range", "unknown mode", "list"],
)
def test_the_policy_schema_refuses(policy: dict[str, Any], path: str) -> None:
    """An editor that reads the schema finds the mistakes that `guardian policy validate` finds."""
    assert path in problems("policy", policy)


def record() -> DecisionRecord:
    """Return a record of a rollback that mode observe held back."""
    evidence = Evidence(
        signal="errors_5xx", finding=Finding.DIVERGED, blue=0.0, green=float("inf"), sentence="s"
    )
    verdict = Verdict(finding=Finding.DIVERGED, signal="errors_5xx", evidence=(evidence,), sentence="s")
    decision = decide(Phase.SHIFTING, verdict, Mode.OBSERVE)
    colour = Colour(requests=9, latency_p50=0.2, custom={"checkout": (3, 4), "signup": (None, 4)})
    final = Minute(minute=4, seen_at=7, weight=0.1, blue=colour, shared=Shared(db_connections=40))
    newest = Minute(minute=5, seen_at=7, weight=0.1, blue=colour, green=Colour())
    return DecisionRecord(
        id="d-ABC123-00001", at=NOW, sentence="s", decision=decision.kind, would=decision.would, why=decision.why,
        verdict=verdict.finding, deployment_id="d-ABC123", service=SERVICE, phase=Phase.SHIFTING, window=(0, 4),
        mode=Mode.OBSERVE, policy_digest=Policy().digest, trigger=TRIGGER, evidence=(evidence,),
        minutes=(final,), open_minutes=(newest,),
    )  # fmt: skip


def test_a_record_fits_its_schema() -> None:
    """A record as it is written, empty fields left out and infinity as null, fits; one without a verdict does not."""
    written = json.loads(record().to_json())
    assert [len(written[rows]) for rows in ("minutes", "open_minutes")] == [1, 1]
    assert problems("decision", written) == []
    del written["verdict"]
    assert problems("decision", written) == ["$"]


def test_a_turn_request_fits_its_schema() -> None:
    """A message as it is sent fits, and so does what the reader accepts."""
    request = TurnRequest(deployment_id="d-ABC123", service=SERVICE, trigger=TRIGGER)
    written = json.loads(request.to_json())
    assert problems("turn-request", written) == []
    assert parse_turn_request(json.dumps(written)) == request
    assert problems("turn-request", {**written, "deployment_id": "ABC"}) == ["$.deployment_id"]


def test_every_field_of_a_policy_is_explained() -> None:
    """Each field has a row with its default and a reason, and no reason is left of a field that is gone."""
    page = schemas.policy_fields()
    models = {"Policy": schemas.policy_schema(), **schemas.policy_schema()["$defs"]}
    for name, (_, why) in reasons.REASONS.items():
        model, _, field = name.partition(".")
        assert field in models[model]["properties"]
        assert f"| `{field}` |" in page
        assert why in page


def test_the_decision_page_has_every_cell() -> None:
    """The page has one row for each row of the table that decides, and one for each mode."""
    page = schemas.decision_table()
    assert [row["when"] for row in schemas.decision_rows()] == [row[0] for row in table()]
    assert all(f"| {row[0]} | `{row[1]}` |" in page for row in table())
    assert all(f"| `{mode}` |" in page for mode in Mode)
