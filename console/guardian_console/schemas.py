"""What is generated from the models: JSON Schemas, pages of the policy, the decisions and preflight.

`guardian docs` writes all of it; a test compares it with the files.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from guardian.decide import decide, table
from guardian.model import Finding, Mode, Phase, Verdict
from guardian.notices import Notice
from guardian.policy import Policy
from guardian.record import DecisionRecord
from guardian.triggers import TurnRequest
from guardian_console.exits import UsageError
from guardian_console.preflight.page import page
from guardian_console.reasons import REASONS

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MARK = "<!-- Generated from the models by `guardian docs` below this line; write above it. -->"


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
        "notice": Notice,
        "turn-request": TurnRequest,
    }
    return {
        policy: f"{introduction}{MARK}\n\n{policy_fields()}",
        directory / "decision-table.md": decision_table(),
        directory / "preflight.md": page(),
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
        raise LookupError(f"give {model}.{key} a unit and a reason in guardian_console.reasons.REASONS")
    unit, why = REASONS[f"{model}.{key}"]
    default = f"`{json.dumps(field['default'])}`" if "default" in field else "required"
    return [f"`{key}`", _type(field, schema), unit, default, field.get("description", ""), why]


def _type(field: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """Return type and range in words, for example `number, above 1, at most 10`."""
    if "anyOf" in field:
        return ", or ".join(_type(each, schema) for each in field["anyOf"])
    if field.get("type") == "array":
        kind, _, limits = _type(field["items"], schema).partition(", ")
        return f"list of {kind}s{f' ({limits} each)' if limits else ''}" + _bounds(field)
    target = _target(field, schema)
    if "const" in target:
        return f"`{target['const']}`"
    if "enum" in target:
        return ", ".join(f"`{value}`" for value in target["enum"])
    if "properties" in target:
        return "section"
    if target.get("type") == "object":
        values = next(iter(target.get("patternProperties", {}).values()), target.get("additionalProperties"))
        of_strings = isinstance(values, dict) and values.get("type") == "string"
        return f"mapping of {'strings' if of_strings else 'any JSON'}{_bounds(target)}"
    return f"{target.get('type', 'any JSON')}{_bounds(target)}"


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
