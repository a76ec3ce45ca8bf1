"""The checks: what bites, what is a note, and with which numbers."""

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest
from guardian_fakes.account import (
    ATTRIBUTES,
    BLUE,
    DEFINITION,
    GREEN,
    GROUP,
    NOW,
    SERVICE,
    alarm,
    forward,
    quiet,
    series,
    target_group,
)
from hypothesis import given
from hypothesis import strategies as st

from guardian.observe import Reply
from guardian.policy import parse_policy
from guardian_console.preflight.check import Level
from guardian_console.preflight.database import estimate
from guardian_console.preflight.examine import CHECKS, READ, Finding, examine
from guardian_console.preflight.facts import Denied, Facts, HealthAnswer, TargetCount, Unasked, Unread


def group(**changes: Any) -> dict[str, Any]:
    return {"group": {**GROUP, **changes}}


def waits(minutes: int) -> dict[str, Any]:
    terminate = {"action": "TERMINATE", "terminationWaitTimeInMinutes": minutes}
    return {"terminateBlueInstancesOnDeploymentSuccess": terminate}


def rolls_back_on(*events: str) -> dict[str, Any]:
    return group(autoRollbackConfiguration={"enabled": True, "events": list(events)})


def defined(**changes: Any) -> dict[str, Any]:
    arn = DEFINITION["taskDefinitionArn"].replace(":7", ":8")
    return {"latest": {**DEFINITION, "taskDefinitionArn": arn, **changes}}


def environment(*names: str) -> dict[str, Any]:
    container = {"name": "app", "environment": [{"name": name} for name in names]}
    return defined(containerDefinitions=[container])


def connections(value: int | None) -> dict[str, Any]:
    database = {"instance": "shop-db", **({"max_connections": value} if value else {})}
    return {"policy": parse_policy({"database": database}, "test")}


def attributes(**green: str) -> dict[str, Any]:
    changed = {key.replace("__", "."): value for key, value in green.items()}
    return {"attributes": {"shop-blue": ATTRIBUTES, "shop-green": {**ATTRIBUTES, **changed}}}


def sticky() -> dict[str, Any]:
    rule = forward({BLUE: 100}, TargetGroupStickinessConfig={"Enabled": True, "DurationSeconds": 3600})
    return {"production_rules": [rule]}


def signed_in() -> dict[str, Any]:
    rule = forward({BLUE: 1})
    actions = [{"Type": "authenticate-oidc"}, *rule["Actions"]]
    return {"production_rules": [{**rule, "Priority": "7", "IsDefault": False, "Actions": actions}]}


def answered(code: int, **fields: str) -> dict[str, Any]:
    return {"health": HealthAnswer("http://shop/health", code, fields)}


def forbidden() -> dict[str, Any]:
    found = [
        replace(one, reply=Reply.FORBIDDEN, points={}, message="not authorized")
        if one.query.column.field == "requests"
        else one
        for one in series(quiet().policy)
    ]
    return {"series": found}


ONE_COLOUR = [alarm("dead", "HTTPCode_ELB_5XX_Count"), alarm("slow", "TargetResponseTime", BLUE)]
BOTH_FULL = [forward({BLUE: 50, GREEN: 50})]
TWO_SETS = {**SERVICE, "taskSets": [*SERVICE["taskSets"], {"id": "ecs-svc/2", "status": "ACTIVE"}]}
ELSEWHERE = {"awsvpcConfiguration": {"subnets": ["subnet-9"]}}
RIGHT = {"database": "connected", "schema": "compatible", "version": "7"}
OLD = [{"Status": "available", "SnapshotCreateTime": NOW - timedelta(hours=30)}]
SHOP = [{"Value": "Shop.elb.amazonaws.com."}]
SLOW = [{"Name": "www.shop.", "Type": "CNAME", "TTL": 300, "ResourceRecords": SHOP}]

CASES: list[tuple[str, dict[str, Any], Level, str]] = [
    ("controller-type", {"service": {**SERVICE, "deploymentController": {"type": "EXTERNAL"}}}, Level.BITES,
     "EXTERNAL"),
    ("controller-type", {"service": {**SERVICE, "deploymentController": {}}}, Level.BITES, "is ECS, not CODE_DEPLOY"),
    ("controller-type", {}, Level.NOTE, "update-service cannot release"),
    ("task-sets", {"service": TWO_SETS}, Level.BITES, "2 task sets and no deployment is open"),
    ("task-sets", {"service": TWO_SETS, "open_deployments": ["d-2"]}, Level.NOTE, "no service per colour"),
    ("task-sets", {"service": {**SERVICE, "taskSets": []}}, Level.BITES, "0 task sets"),
    ("open-deployments", {"open_deployments": ["d-1", "d-2"]}, Level.BITES, "2 deployments are open: d-1, d-2"),
    ("open-deployments", {}, Level.NOTE, "0 deployments are open"),
    ("deployment-config", {"config": {"deploymentConfigName": "X", "trafficRoutingConfig": {"type": "AllAtOnce"}}},
     Level.BITES, "100 % at once"),
    ("deployment-config", {"config": {"deploymentConfigName": "X", "trafficRoutingConfig": {
        "timeBasedCanary": {"canaryPercentage": 10, "canaryInterval": 15}}}}, Level.NOTE, "10 % for 15 minutes"),
    ("deployment-config", {}, Level.NOTE, "10 steps of 10 % in 27 minutes"),
    ("last-deployment-config", {"last_deployment": {"deploymentId": "d-9", "deploymentConfigName": "ECSAllAtOnce"}},
     Level.BITES, "d-9, ran ECSAllAtOnce"),
    ("hooks", {"hooks": {}}, Level.BITES, "0 of 5 hooks"),
    ("hooks", {"hooks": {"AfterInstall": "f"}}, Level.NOTE, "1 of 5 hooks"),
    ("termination-wait", group(blueGreenDeploymentConfiguration=waits(5)), Level.BITES, "5 minutes after the shift"),
    ("termination-wait", group(blueGreenDeploymentConfiguration={}), Level.BITES, "deleted 0 minutes after"),
    ("termination-wait", {"bake_hours": 72, **group(blueGreenDeploymentConfiguration=waits(2880))}, Level.NOTE,
     "2880 is CodeDeploy's maximum"),
    ("stop-rollback", rolls_back_on("DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"), Level.BITES, "2 of 3 rollback"),
    ("stop-rollback", group(autoRollbackConfiguration={"enabled": False}), Level.BITES, "automatic rollback is off"),
    ("failure-rollback", rolls_back_on("DEPLOYMENT_STOP_ON_REQUEST"), Level.BITES, "DEPLOYMENT_FAILURE is not"),
    ("alarm-rollback", rolls_back_on("DEPLOYMENT_FAILURE"), Level.BITES, "DEPLOYMENT_STOP_ON_ALARM is not"),
    ("alarms-none", group(alarmConfiguration={}), Level.BITES, "has 0 alarms"),
    ("alarms-none", group(alarmConfiguration={"enabled": False, "alarms": [{"name": "dead"}]}), Level.BITES, "off"),
    ("alarms-unknown", {"alarms": []}, Level.BITES, "dead is in the group and does not exist"),
    ("alarms-one-colour", {"alarms": ONE_COLOUR}, Level.BITES, "shop-blue, the group that is blue now"),
    ("alarms-one-colour", {"alarms": ONE_COLOUR, "production_rules": [forward({GREEN: 1})]}, Level.BITES,
     "shop-blue, the group that is not blue now"),
    ("alarms-one-colour", {"alarms": ONE_COLOUR, "production_rules": BOTH_FULL}, Level.BITES, "may be either colour"),
    ("alarms-dead-green", {"alarms": ONE_COLOUR[1:]}, Level.BITES, "0 of 1 alarms see a green that is dead"),
    ("alarms-missing-data", {"alarms": [alarm("db", "DatabaseConnections", Namespace="AWS/RDS")]}, Level.BITES,
     "missing data of DatabaseConnections as notBreaching"),
    ("alarms-absolute", {}, Level.NOTE, "the fixed limit 1 on HTTPCode_ELB_5XX_Count"),
    ("alarms-state", {"alarms": [alarm("dead", "HTTPCode_ELB_5XX_Count", StateValue="ALARM")]}, Level.BITES,
     "in ALARM"),
    ("alarms-state", {"alarms": [alarm("dead", "HTTPCode_ELB_5XX_Count", StateValue="INSUFFICIENT_DATA")]},
     Level.NOTE, "INSUFFICIENT_DATA"),
    ("groups-differ", {"target_groups": [target_group(BLUE), target_group(GREEN, HealthyThresholdCount=5)]},
     Level.BITES, "HealthyThresholdCount is 2 on shop-blue and 5 on shop-green"),
    ("groups-differ", attributes(deregistration_delay__timeout_seconds="30"), Level.BITES, "300 on shop-blue and 30"),
    ("groups-differ", attributes(slow_start__duration_seconds="90"), Level.BITES, "not set on shop-blue and 90"),
    ("stickiness-targets", attributes(stickiness__enabled="true"), Level.NOTE, "shop-green sticks sessions"),
    ("stickiness-forward", sticky(), Level.BITES, "for 3600 s"),
    ("health-budget", {"service": {**SERVICE, "healthCheckGracePeriodSeconds": 3600}}, Level.BITES, "2 x 30 s = 60 s"),
    ("health-budget", {"service": {**SERVICE, "healthCheckGracePeriodSeconds": 0}}, Level.NOTE, "grace period 0 s"),
    ("listeners-same-group", {"test_rules": [forward({BLUE: 1})], "open_deployments": ["d-1"]},
     Level.BITES, "shop-blue"),
    ("listeners-same-group", {"test_rules": [forward({BLUE: 1})]}, Level.NOTE, "with 0 deployments open"),
    ("listener-weights", {"production_rules": BOTH_FULL}, Level.BITES, "shop-blue 50%, shop-green 50%"),
    ("listener-weights", {"production_rules": BOTH_FULL, "open_deployments": ["d-1"]}, Level.NOTE, "shop-green 50%"),
    ("listener-weights", {"production_rules": [forward({"arn:else": 1})]}, Level.BITES, "forwards to arn:else"),
    ("listener-weights", {"production_rules": [*BOTH_FULL, forward({BLUE: 1})]}, Level.BITES, "differently"),
    ("listener-rules", signed_in(), Level.NOTE, "rule 7 has 1 actions before its forward: authenticate-oidc"),
    ("no-healthy-target", {"targets": {"shop-blue": TargetCount(0, 2), "shop-green": TargetCount(0, 0)}}, Level.BITES,
     "shop-blue is behind the production listener with 0 healthy of 2 targets"),
    ("definitions-differ", defined(cpu="512"), Level.BITES, "cpu is 256 in shop:7 and 512 in shop:8"),
    ("definitions-differ", environment(), Level.BITES, "environment name DB_HOST is in shop:7 and not in shop:8"),
    ("definitions-differ", environment("DB_HOST", "NEW"), Level.BITES, "NEW is in shop:8 and not in shop:7"),
    ("subnets-differ", {"service": {**SERVICE, "taskSets": [{"id": "1", "networkConfiguration": ELSEWHERE}]}},
     Level.BITES, "task set 1 runs in subnet-9"),
    ("container-insights", {"insights": "enabled"}, Level.NOTE, "containerInsights is enabled"),
    ("database-exists", {"database": {}}, Level.BITES, "0 instances are named shop-db"),
    ("database-exists", {"database": {"DBInstanceStatus": "stopped"}}, Level.BITES, "shop-db is stopped"),
    ("max-connections", connections(800), Level.BITES, "says max_connections 800"),
    ("max-connections", {"max_connections": "449"}, Level.BITES, "the parameter group says 449"),
    ("max-connections", connections(None), Level.NOTE, "db.t3.medium (an estimate) says 450"),
    ("max-connections", {"database": {"DBInstanceClass": "db.serverless", "Engine": "postgres"}}, Level.UNKNOWN,
     "cannot be estimated"),
    ("backups", {"database": {"BackupRetentionPeriod": 0}}, Level.BITES, "kept for 0 days"),
    ("backups", {"snapshots": [{"Status": "creating"}]}, Level.BITES, "has 0 available snapshots"),
    ("backups", {"snapshots": OLD}, Level.NOTE, "30 hours old"),
    ("policy-database", {"policy": parse_policy({}, "test")}, Level.NOTE, "names 0 databases"),
    ("metrics-silent", {"series": series(quiet().policy, ["requests"])}, Level.BITES, "RequestCount has 0 values"),
    ("metrics-silent", {"series": series(quiet().policy, ["db_cpu"])}, Level.BITES, "DBInstanceIdentifier=shop-db"),
    ("metrics-silent", forbidden(), Level.UNKNOWN, "Forbidden: not authorized"),
    ("dns-ttl", {"records": SLOW}, Level.BITES, "TTL of 300 s"),
    ("dns-ttl", {"records": []}, Level.NOTE, "0 of 0 records"),
    ("health-page", answered(503, status="healthy", **{**RIGHT, "schema": "incompatible"}), Level.BITES,
     "answers 503 and says status: healthy with schema: incompatible"),
    ("health-page", answered(200, **{**RIGHT, "database": "disconnected"}), Level.BITES, "database: disconnected"),
    ("health-page", answered(200), Level.BITES, "0 of 3 fields"),
    ("health-page", answered(200, status="healthy", **RIGHT), Level.NOTE, "not evidence"),
    ("role-permissions", {"denied": [Denied("turn", "codedeploy:StopDeployment", "*")]}, Level.BITES, "turn may not"),
    ("hook-invocation", {"uninvokable": [Denied("deploy", "lambda:InvokeFunction", "arn:aws:lambda:x:1:function:f")]},
     Level.BITES, "deploy may not invoke f"),
]  # fmt: skip


def found(facts: Facts, key: str) -> list[Finding]:
    return [one for one in examine(facts).findings if one.check == key]


def test_nothing_bites_in_a_quiet_account() -> None:
    """Where everything is right there are notes only, and each check was made."""
    report = examine(quiet())
    assert [one.found for one in report.findings if one.level is not Level.NOTE] == []
    assert report.unasked == []


@pytest.mark.parametrize(
    ("key", "changes", "level", "words"), CASES, ids=[f"{one[0]}: {one[3]}" for one in CASES]
)
def test_a_change_is_found_with_its_number(
    key: str, changes: dict[str, Any], level: Level, words: str
) -> None:
    """One thing that is wrong is found by its check, at its level, with the number, a reason and a filled-in fix."""
    findings = [one for one in found(replace(quiet(), **changes), key) if words in one.found]
    assert [one.level for one in findings] == [level] * len(findings)
    assert findings, [one.found for one in found(replace(quiet(), **changes), key)]
    assert all(one.why and one.fix and "$" not in one.fix for one in findings)


def test_every_check_is_tested_with_what_it_finds() -> None:
    """There is a case for each check."""
    assert {key for key, *_ in CASES} == {check.key for check in CHECKS}


def test_every_check_asks_for_facts_that_there_are() -> None:
    """Checks are called by the names of their parameters, which are fields of the facts; each field is asked for."""
    names = {field.name for field in fields(Facts)}
    asked = {name for check in CHECKS for name in check.needs}
    assert asked == names


def test_alarms_on_both_groups_see_both_colours() -> None:
    """An alarm on one group is not blind to the role when its like stands on the other group."""
    alarms = [alarm("slow", "TargetResponseTime", BLUE), alarm("slow too", "TargetResponseTime", GREEN)]
    assert found(replace(quiet(), alarms=alarms), "alarms-one-colour") == []


def test_metric_math_over_both_groups_sees_both_colours() -> None:
    """An alarm on an expression is read by the metrics in it."""
    metrics = [
        {"Id": name, "MetricStat": {"Metric": alarm("m", "TargetResponseTime", arn)}}
        for name, arn in (("b", BLUE), ("g", GREEN))
    ]
    math = {"AlarmName": "ratio", "Metrics": [*metrics, {"Id": "e", "Expression": "g/b"}], "StateValue": "OK"}
    report = replace(quiet(), alarms=[math])
    assert found(report, "alarms-one-colour") == []
    assert found(replace(quiet(), alarms=[{**math, "Metrics": metrics[:1]}]), "alarms-one-colour") != []


@given(wait=st.integers(0, 2880), bake_hours=st.integers(1, 96))
def test_the_fix_of_the_termination_wait_ends_the_bite(wait: int, bake_hours: int) -> None:
    """A wait bites exactly when it is below both bake and CodeDeploy's maximum; the wait that the fix sets does not."""
    facts = replace(quiet(), bake_hours=bake_hours, **group(blueGreenDeploymentConfiguration=waits(wait)))
    findings = found(facts, "termination-wait")
    assert [one.level for one in findings] == (
        [Level.BITES] if wait < min(60 * bake_hours, 2880) else [Level.NOTE] if wait < 60 * bake_hours else []
    )
    for one in findings:
        minutes = int(one.fix.partition("terminationWaitTimeInMinutes=")[2].partition("}")[0])
        mended = replace(facts, **group(blueGreenDeploymentConfiguration=waits(minutes)))
        assert Level.BITES not in [again.level for again in found(mended, "termination-wait")]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.key)
def test_what_could_not_be_read_never_passes(check: Any) -> None:
    """A check any of whose facts is unread is unknown, with the reason, and finds nothing else."""
    always = {"group", "policy", "bake_hours", "now"}
    for name in set(check.needs) - always:
        findings = found(replace(quiet(), **{name: Unread(f"{name} was refused")}), check.key)
        assert [(one.level, one.found, one.fix) for one in findings] == [
            (Level.UNKNOWN, f"{name} was refused", READ)
        ]


def test_what_nobody_asked_for_is_listed() -> None:
    """A check without its fact is neither passed nor unknown: it is listed, with what to give."""
    report = examine(replace(quiet(), health=Unasked("give --health-url")))
    assert report.unasked == ["health-page: give --health-url"]
    assert [one for one in report.findings if one.check == "health-page"] == []


@pytest.mark.parametrize(
    ("engine", "instance_class", "connections"),
    [
        ("postgres", "db.t3.micro", 112),
        ("postgres", "db.m6g.large", 901),
        ("postgres", "db.r5.24xlarge", 5000),
        ("mysql", "db.t4g.small", 170),
        ("mariadb", "db.r6i.2xlarge", 2730),
        ("oracle-ee", "db.m5.large", None),
        ("postgres", "db.x2g.large", None),
    ],
)
def test_the_default_of_max_connections_follows_from_the_class(
    engine: str, instance_class: str, connections: int | None
) -> None:
    """Memory of the class over the engine's bytes per connection, at most the engine's maximum (RDS user guide)."""
    assert estimate(engine, instance_class) == connections
