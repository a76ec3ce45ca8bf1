"""Tells people what preflight found: one paragraph per finding, with commands on one line, to be pasted."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from guardian_console.preflight.check import Level
from guardian_console.preflight.examine import Finding, Report
from guardian_console.preflight.facts import Facts

STYLES = {Level.BITES: "bold red", Level.NOTE: "cyan", Level.UNKNOWN: "yellow"}


def show(facts: Facts, report: Report, console: Console) -> None:
    group = facts.group
    _line(
        console, Text(f"Preflight of {group['applicationName']}/{group['deploymentGroupName']}", style="bold")
    )
    for finding in report.findings:
        _line(console, Text())
        _finding(console, finding)
    _line(console, Text())
    for sentence in report.unasked:
        _line(console, Text(f"Not looked at: {sentence}", style="dim"))
    table = Table("finding", "how many")
    for level in Level:
        table.add_row(Text(level, style=STYLES[level]), str(report.count(level)))
    console.print(table)


def as_json(facts: Facts, report: Report) -> Mapping[str, Any]:
    return {
        "application": facts.group["applicationName"],
        "deployment_group": facts.group["deploymentGroupName"],
        "at": facts.now.isoformat(),
        "bake_hours": facts.bake_hours,
        "policy_digest": facts.policy.digest,
        "counts": {str(level): report.count(level) for level in Level},
        "findings": [asdict(finding) for finding in report.findings],
        "unasked": list(report.unasked),
    }


def _finding(console: Console, finding: Finding) -> None:
    fault = f" ({finding.fault})" if finding.fault else ""
    head = Text.assemble(
        (finding.level, STYLES[finding.level]), f"  {finding.number} {finding.check}{fault}: "
    )
    _line(console, head.append(finding.found))
    _line(console, Text(f"  why: {finding.why}"))
    _line(console, Text(f"  fix: {finding.fix}"))


def _line(console: Console, text: Text) -> None:
    console.print(text, soft_wrap=True, highlight=False)
