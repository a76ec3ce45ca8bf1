"""What is generated from the models: JSON Schemas, the page of the policy's fields, the page of the decision table.

`guardian docs` writes all of it; a test compares it with the files.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from guardian.decide import decide, table
from guardian.model import Finding, Mode, Phase, Verdict
from guardian.policy import Policy
from guardian.record import DecisionRecord
from guardian.triggers import TurnRequest
from guardian_console.exits import UsageError

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MARK = "<!-- Generated from the models by `guardian docs` below this line; write above it. -->"

REASONS: Mapping[str, tuple[str, str]] = {
    "Policy.schema": ("", "lets a later version tell old policies from new ones"),
    "Policy.application": ("", "a file need not be bound to a service; `push` needs both names"),
    "Policy.deployment_group": ("", "as `application`"),
    "Policy.mode": ("", "a new service is watched first; nobody is surprised by a rollback"),
    "Policy.alarms": ("", "every minute is looked at anyway; an alarm only makes the next look come sooner"),
    "Policy.custom": ("", "what counts as business is known to the service alone"),
    "Policy.steps": ("", "the same is expected of every weight; the guides ask for more at the first step"),
    "StepPolicy.up_to": ("weight, 0 to 1", "weights say where a shift stands; minutes do not"),
    **{f"StepPolicy.{key}": reason for key, reason in {
        "latency_tolerance": ("ratio, green/blue", "as elsewhere"),
        "latency_limit": ("ratio, green/blue", "as elsewhere"),
        "p99_limit": ("ratio, green/blue", "as elsewhere"),
        "errors_limit": ("ratio, green/blue", "as elsewhere"),
        "min_errors": ("errors", "as elsewhere; 1 with `min_rate: 0` is zero tolerance"),
        "min_rate": ("errors/request", "as elsewhere"),
    }.items()},
    "BudgetPolicy.alpha": ("probability", "one false rollback in 200 deployments at most; smaller convicts later"),
    "BudgetPolicy.investigate_odds": ("odds, to 1", "enough to look, far from enough to act"),
    "BudgetPolicy.errors_5xx": ("part of the budget", "published: zero tolerance for 5XX; the largest part"),
    "BudgetPolicy.connection_errors": ("part of the budget", "a dead green makes no 5XX of its own"),
    "BudgetPolicy.errors_4xx": ("part of the budget", "4XX follow callers more than releases"),
    "BudgetPolicy.latency_p50": ("part of the budget", "the median is the steadiest of the three"),
    "BudgetPolicy.latency_avg": ("part of the budget", "shares most of what it sees with the median"),
    "BudgetPolicy.latency_p99": ("part of the budget", "some faults show nowhere else"),
    "BudgetPolicy.cpu": ("part of the budget", "users do not feel CPU at once"),
    "BudgetPolicy.request_share": ("part of the budget", "traffic that does not arrive shows in no rate"),
    "BudgetPolicy.custom": ("part of the budget", "clean technical metrics and broken users happen"),
    "ErrorPolicy.tolerance": ("ratio, green/blue", "below twice blue's rate, and what chance does"),
    "ErrorPolicy.client_tolerance": ("ratio, green/blue", "as `tolerance`"),
    "ErrorPolicy.client_min_rate": ("errors/request", "a few more 4XX are somebody's broken client"),
    "CpuPolicy.tolerance": ("ratio, green/blue", "identical versions on two machines differ that much"),
    "TrafficPolicy.share_tolerance": ("ratio, got/due", "sticky sessions and long connections follow weights late"),
    "LatencyPolicy.tolerance": ("ratio, green/blue", "published: within 10 % is fine"),
    "LatencyPolicy.limit": ("ratio, green/blue", "published: 10 to 20 % is worth a look, beyond is divergence"),
    "LatencyPolicy.p99_tolerance": ("ratio, green/blue", "identical versions differ more at p99 than at the median"),
    "LatencyPolicy.p99_limit": ("ratio, green/blue", "as `p99_tolerance`"),
    "LatencyPolicy.history_limit": ("ratio, green/history", "load and hour have changed; small ratios are chance"),
    "LatencyPolicy.min_requests": ("requests/minute", "percentiles of fewer requests are single requests"),
    "ErrorPolicy.limit": ("ratio, green/blue", "published: more than twice blue's rate is divergence"),
    "ErrorPolicy.min_errors": ("errors", "twice almost nothing is still almost nothing"),
    "ErrorPolicy.min_rate": ("errors/request", "a service with one error in a thousand would be rolled back for two"),
    "ErrorPolicy.history_rate": ("errors/request", "without blue beside it only a gross rate convicts green"),
    "CpuPolicy.limit": ("ratio, green/blue", "published: similar at the same volume; caches still warm up"),
    "CpuPolicy.min_points": ("percentage points", "30 % more than almost idle is almost idle"),
    "TrafficPolicy.share_limit": ("ratio, share/weight", "sticky sessions and long requests lag behind the weights"),
    "TrafficPolicy.lost_limit": ("ratio, total/history", "the day's own dips may take more than half of the traffic"),
    "TrafficPolicy.lost_minutes": ("minutes", "one empty minute may be a gap of the metric"),
    "TrafficPolicy.silent_due": ("requests", "a living green stays silent with chance exp(-12), one in 160,000"),
    "DatabasePolicy.instance": ("", "Guardian cannot know which database the tasks use"),
    "DatabasePolicy.max_connections": ("connections", "CloudWatch does not publish it; read it from the server"),
    "DatabasePolicy.plateau": ("ratio, used/maximum", "servers keep a few connections for administrators"),
    "DatabasePolicy.horizon_minutes": ("minutes", "a rollback must have finished before the last connection is gone"),
    "CustomMetric.name": ("", "appears in records beside the built-in signals"),
    "CustomMetric.kind": ("", "most business metrics are parts of a whole"),
    "CustomMetric.numerator": ("", "what went well, or badly"),
    "CustomMetric.denominator": ("", "what was tried: a count alone follows the weights"),
    "CustomMetric.value": ("", "one metric holds the sum and the number of its values"),
    "CustomMetric.worse": ("", "most business ratios count successes; for a mean time write higher"),
    "CustomMetric.limit": ("relative change", "0.20: a completion of 80 % has diverged below 64 %"),
    "CustomMetric.action": ("", "broken users are a reason to go back; slow queries may be only worth a look"),
    **{f"{name}.{key}": reason for name in ("MetricSelector", "MetricSource") for key, reason in {
        "namespace": ("", "as the service publishes it"),
        "metric": ("", "as the service publishes it"),
        "dimensions": ("", "CloudWatch needs all of them; one must tell the colours apart"),
    }.items()},
    "MetricSelector.statistic": ("", "events are counted by adding them up"),
    "WindowPolicy.settle_seconds": ("seconds", "CloudWatch still revises a minute that has just ended"),
    "WindowPolicy.patience_minutes": ("minutes", "a gap is waited for, but not for ever"),
    "WindowPolicy.minutes": ("minutes", "long enough to pool thin traffic, short enough to act in time"),
    "WindowPolicy.confirm_minutes": ("minutes", "one bad minute is no trend"),
    "WindowPolicy.history_minutes": ("minutes", "an hour shows blue's own noise"),
}  # fmt: skip
"""Unit of each field and the reason for its default, by model and key. A field without an entry stops the page."""


def policy_schema() -> dict[str, Any]:
    """Return the JSON Schema of a policy as people write it."""
    return _schema(Policy)


def pages(directory: Path) -> dict[Path, str]:
    """Return every generated file of the directory `docs` with the text it must have.

    Raises:
        UsageError: The directory has no docs/policy.md with the line above which people write.
    """
    policy = directory / "policy.md"
    introduction, mark, _ = (
        policy.read_text(encoding="utf-8").partition(MARK) if policy.is_file() else ("", "", "")
    )
    if not mark:
        raise UsageError(f"{policy} has no line {MARK}; give the directory docs of a source tree")
    models: dict[str, type[BaseModel]] = {
        "policy": Policy,
        "decision": DecisionRecord,
        "turn-request": TurnRequest,
    }
    return {
        policy: f"{introduction}{MARK}\n\n{policy_fields()}",
        directory / "decision-table.md": decision_table(),
        **{directory / "schemas" / f"{name}.schema.json": _text(model) for name, model in models.items()},
    }


def write(directory: Path) -> list[Path]:
    """Write every generated file and return their paths."""
    generated = pages(directory)
    for path, text in generated.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(generated)


def decision_rows() -> list[dict[str, str]]:
    """Return the decision table of mode `enforce` as one mapping per row."""
    return [dict(zip(("when", "decision", "action", "why"), map(str, row), strict=True)) for row in table()]


def decision_table() -> str:
    """Return the decision table, and what the modes make of it, as a Markdown page."""
    header = ["Verdict, phase, signal", "Decision", "Action", "Why"]
    rows = [
        [row["when"], f"`{row['decision']}`", _code(row["action"]), row["why"]] for row in decision_rows()
    ]
    modes = [[f"`{mode}`", *(f"`{_shifting(finding, mode)}`" for finding in Finding)] for mode in Mode]
    return (
        "# The decision table\n\n"
        "Printed by `guardian decisions` from the table that the program decides with. A signal is green's own\n"
        "(`colour`), or both colours share it (`shared`).\n\n"
        f"## In mode `enforce`\n\n{_table(header, rows)}\n"
        "## What the modes make of it\n\n"
        "For a signal of green's own while traffic shifts. A decision that a mode holds back stands in the record\n"
        "as `would`.\n\n"
        f"{_table(['Mode', *map(str, Finding)], modes)}"
    )


def policy_fields() -> str:
    """Return every field of a policy as Markdown: one table per section, with unit, default and reason."""
    schema = policy_schema()
    sections: dict[str, tuple[list[str], dict[str, Any]]] = {"Policy": ([], schema)}
    for path, name in _sections(schema, schema, ""):
        sections.setdefault(name, ([], schema["$defs"][name]))[0].append(path)
    header = ["Key", "Type", "Unit", "Default", "Meaning", "Why this default"]
    parts = []
    for model, (paths, section) in sections.items():
        title = ", ".join(f"`{path}`" for path in paths) or "Top level"
        rows = [_row(model, key, field, schema) for key, field in section["properties"].items()
                if f"{model}.{key}" in REASONS or not _target(field, schema).get("properties")]  # fmt: skip
        required = ", ".join(f"`{key}`" for key in section.get("required", ()))
        needed = f"Required: {required}.\n\n" if required else ""
        parts.append(f"## {title}\n\n{section['description']}\n\n{needed}{_table(header, rows)}")
    return "\n".join(parts)


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return {"$schema": DIALECT, **model.model_json_schema(by_alias=True, mode="validation")}


def _text(model: type[BaseModel]) -> str:
    return json.dumps(_schema(model), indent=2, ensure_ascii=False) + "\n"


def _shifting(finding: Finding, mode: Mode) -> str:
    return decide(Phase.SHIFTING, Verdict(finding=finding, sentence=""), mode).kind


def _sections(section: Mapping[str, Any], schema: Mapping[str, Any], above: str) -> Iterator[tuple[str, str]]:
    """Yield path and model name of each section below a section, depth first."""
    for key, field in section["properties"].items():
        path = f"{above}{key}{'[]' if field.get('type') == 'array' else ''}"
        target = _target(field, schema)
        if "properties" in target:
            yield path, target["title"]
            yield from _sections(target, schema, f"{path}.")


def _target(field: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a field or its items are, with the reference followed."""
    field = field.get("items", field)
    field = next((one for one in field.get("anyOf", ()) if "$ref" in one), field)
    reference = field.get("$ref", "").rpartition("/")[2]
    found: Mapping[str, Any] = schema["$defs"][reference] if reference else field
    return found


def _row(model: str, key: str, field: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    if f"{model}.{key}" not in REASONS:
        raise LookupError(f"give {model}.{key} a unit and a reason in guardian_console.schemas.REASONS")
    unit, why = REASONS[f"{model}.{key}"]
    default = f"`{json.dumps(field['default'])}`" if "default" in field else "required"
    return [f"`{key}`", _type(field, schema), unit, default, field.get("description", ""), why]


def _type(field: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """Return type and range in words, for example `number, above 1, at most 10`."""
    if "anyOf" in field:
        return ", or ".join(_type(each, schema) for each in field["anyOf"])
    if field.get("type") == "array":
        return f"list of {_type(field['items'], schema)}s" + _bounds(field)
    target = _target(field, schema)
    if "const" in target:
        return f"`{target['const']}`"
    if "enum" in target:
        return ", ".join(f"`{value}`" for value in target["enum"])
    if "properties" in target:
        return "section"
    kind = "mapping of strings" if target["type"] == "object" else target["type"]
    return f"{kind}{_bounds(target)}"


def _bounds(field: Mapping[str, Any]) -> str:
    words = {
        "minimum": "at least {}", "exclusiveMinimum": "above {}", "maximum": "at most {}",
        "exclusiveMaximum": "below {}", "minLength": "length at least {}", "maxLength": "length at most {}",
        "maxItems": "at most {}", "pattern": "matching `{}`",
    }  # fmt: skip
    return "".join(f", {text.format(field[word])}" for word, text in words.items() if word in field)


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)
