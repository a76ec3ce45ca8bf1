"""Releases that gates hold up before users see green, or let through, and the hook after the shift that is held."""

from typing import Any

from guardian.model import Finding
from guardian_rehearsal.application import OLD, Application
from guardian_rehearsal.migration import Migration
from guardian_rehearsal.refusals import STOP_DENIED
from guardian_rehearsal.scenario import End, Expected, Scenario
from guardian_rehearsal.traffic import DeadGreen
from guardian_rehearsal.world import ROLLBACK_ALARM

_HEALTH: dict[str, Any] = {"health": {"path": "/health"}}
_PROBES: dict[str, Any] = {
    "probes": [
        {
            "name": "create", "method": "POST", "path": "/api/customers", "headers": {"X-Probe": "guardian"},
            "body": {"name": "guardian-probe", "city": "Berlin"},
            "status": 201, "fields": {"city": "Berlin"}, "carry": {"id": "id"},
        },
        {
            "name": "read back", "path": "/api/customers/${id}",
            "fields": {"name": "guardian-probe", "city": "Berlin"},
        },
        {
            "name": "update", "method": "PUT", "path": "/api/customers/${id}",
            "body": {"name": "guardian-probe", "city": "Bonn"}, "fields": {"city": "Bonn"},
        },
        {"name": "delete", "method": "DELETE", "path": "/api/customers/${id}", "status": 204, "when": "always"},
        {"name": "read what is gone", "path": "/api/customers/${id}", "status": 404},
    ],
}  # fmt: skip
_ONE_TRY: dict[str, Any] = {
    "probes": [{"name": "list", "path": "/api/customers", "timeout_seconds": 1, "retries": 0}]
}
_CANARY = "CodeDeployDefault.ECSCanary10Percent5Minutes"
"""Gates ask before and after the shift; this one is over soon."""
_DEAD_AFTER_ALL = DeadGreen(starts=7)
"""Green dies two minutes after it got the last user, while CodeDeploy still waits for the last hook."""
_DEAD = frozenset({"green_present", "connection_errors"})


def _refused(signal: str, *noted: str, customers: int = 0) -> Expected:
    return Expected(
        End.REFUSED, signals=frozenset({signal}), seen=frozenset({Finding.DIVERGED}), noted=noted,
        customers=customers,
    )  # fmt: skip


def _released(*noted: str, customers: int = 0, held: int = 0) -> Expected:
    return Expected(
        End.RELEASED, seen=frozenset({Finding.HEALTHY}), unseen=frozenset({Finding.DIVERGED}), noted=noted,
        customers=customers, held=held,
    )  # fmt: skip


GATES: tuple[Scenario, ...] = (
    Scenario(
        "migration-failed", "the migration's task ended with 1: the release fails before green is installed",
        _refused("migration", "container migrate ended with 1"),
        migration=Migration(exit_code=1),
    ),
    Scenario(
        "schema-incompatible", "green's health page says healthy, and that the schema does not fit it",
        _refused("health_page", 'schema is "incompatible"'),
        policy={"gates": _HEALTH}, application=Application(schema="incompatible"),
    ),
    Scenario(
        "wrong-colour", "the test listener still answers with the old version: nobody has tested green",
        _refused("health_page", "the hook is judging the wrong colour"),
        policy={"gates": _HEALTH}, application=Application(version=OLD),
    ),
    Scenario(
        "probes", "migrated, healthy, and probes that write pass at both listeners; nothing is left behind",
        _released("every container ended with 0", 'fine, version "2"', "times well: probe", customers=2),
        policy={"gates": {**_HEALTH, **_PROBES}}, migration=Migration(), application=Application(),
        config=_CANARY,
    ),
    Scenario(
        "probe-wrong-answer", "green loses what it says that it wrote; the probe's record is deleted all the same",
        _refused("probes", "probe 'read back' (GET) city is nothing", customers=1),
        policy={"gates": {**_HEALTH, **_PROBES}}, application=Application(loses="city"),
    ),
    Scenario(
        "probe-tls-hangs", "the test listener answers no handshake: unknown, so noted and no reason to fail",
        _released("which is unknown and fails nothing"),
        policy={"gates": _ONE_TRY}, application=Application(silent=True), config=_CANARY,
    ),
    Scenario(
        "held-hook", "green dies with all of the traffic, while the last hook is held: stopped in that minute",
        Expected(
            End.ROLLED_BACK, signals=_DEAD, seen=frozenset({Finding.DIVERGED}), by_minute=12,
            noted=("AfterAllowTraffic was answered Failed",), held=2,
        ),
        (_DEAD_AFTER_ALL,), policy={"bake": {"hold_minutes": 20}}, config=_CANARY,
    ),
    Scenario(
        "held-hook-passed", "a good release whose last hook is held: answered before CodeDeploy gives up",
        _released("AfterAllowTraffic was answered Succeeded", held=10),
        policy={"bake": {"hold_minutes": 10}}, config=_CANARY,
    ),
    Scenario(
        "held-hook-alone", "the same, and Guardian may not stop anything: its answer to the hook undoes the release",
        Expected(
            End.REFUSED_WHILE_HELD, signals=_DEAD, seen=frozenset({Finding.DIVERGED}), by_minute=12,
            noted=("AfterAllowTraffic was answered Failed",), held=2, rings=frozenset({ROLLBACK_ALARM}),
        ),
        (_DEAD_AFTER_ALL,), policy={"bake": {"hold_minutes": 20}}, config=_CANARY, refusals=(STOP_DENIED,),
    ),
)  # fmt: skip
