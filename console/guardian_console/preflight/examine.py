"""Runs every check over what was read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from string import Template

from guardian_console.preflight import (
    alarms,
    controller,
    database,
    groups,
    permissions,
    rollback,
    surroundings,
    tasks,
)
from guardian_console.preflight.check import Check, Found, Level, unknown
from guardian_console.preflight.facts import Facts, Unasked, Unread

CHECKS: Sequence[Check] = (
    controller.controller_type,
    controller.task_sets,
    controller.open_deployment_count,
    controller.deployment_config,
    controller.last_deployment_config,
    controller.hooks_named,
    rollback.termination_wait,
    rollback.stop_rollback,
    rollback.failure_rollback,
    rollback.alarm_rollback,
    alarms.alarms_none,
    alarms.alarms_unknown,
    alarms.alarms_one_colour,
    alarms.alarms_dead_green,
    alarms.alarms_missing_data,
    alarms.alarms_absolute,
    alarms.alarms_state,
    groups.groups_differ,
    groups.stickiness_targets,
    groups.stickiness_forward,
    groups.health_budget,
    groups.listeners_same_group,
    groups.listener_split,
    groups.listener_rules,
    groups.no_healthy_target,
    tasks.definitions_differ,
    tasks.subnets_differ,
    tasks.container_insights,
    database.database_exists,
    database.max_connections_agree,
    database.backups,
    surroundings.policy_database,
    surroundings.metrics_silent,
    surroundings.dns_ttl,
    surroundings.health_page,
    permissions.role_permissions,
    permissions.hook_invocation,
)
"""In the order in which they are told; a check's number is its place, counted from 1."""


READ = "let your credentials make this call, which changes nothing, or mend what it names; then run preflight again"
"""The fix of what could not be read."""


@dataclass(frozen=True)
class Finding:
    """One finding as it is told.

    Attributes:
        number: Of its check.
        check: Its check's key.
        fault: The companion stack's fault that it is, for example `G1`; empty if none.
        level: How much it matters.
        found: What was found, with its numbers; of an unknown one, why it could not be read.
        why: Why it matters.
        fix: What to run or set.
    """

    number: int
    check: str
    fault: str
    level: Level
    found: str
    why: str
    fix: str


@dataclass(frozen=True)
class Report:
    """All findings, what bites first, and the checks that were not made, as sentences."""

    findings: Sequence[Finding]
    unasked: Sequence[str]

    def count(self, level: Level) -> int:
        return sum(one.level is level for one in self.findings)


def examine(facts: Facts) -> Report:
    """Return what all checks find. Pure."""
    findings: list[Finding] = []
    unasked: list[str] = []
    for number, check in enumerate(CHECKS, 1):
        needed = [getattr(facts, name) for name in check.needs]
        missing = [one.why for one in needed if isinstance(one, Unasked)]
        if missing:
            unasked.append(f"{check.key}: {missing[0]}")
            continue
        findings += [_told(number, check, found, facts) for found in _found(check, facts)]
    order = list(Level)
    return Report(sorted(findings, key=lambda one: order.index(one.level)), unasked)


def _found(check: Check, facts: Facts) -> Iterator[Found]:
    needed = {name: getattr(facts, name) for name in check.needs}
    unread = dict.fromkeys(one.why for one in needed.values() if isinstance(one, Unread))
    if unread:
        yield unknown("; ".join(unread))
    else:
        yield from check.find(**needed)


def _told(number: int, check: Check, found: Found, facts: Facts) -> Finding:
    names = {"application": facts.group["applicationName"], "group": facts.group["deploymentGroupName"]}
    fix = (
        Template(check.fix).substitute(names | dict(found.places))
        if found.level is not Level.UNKNOWN
        else READ
    )
    return Finding(number, check.key, check.fault, found.level, found.sentence, check.why, fix)
