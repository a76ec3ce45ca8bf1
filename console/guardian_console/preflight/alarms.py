"""Checks of the alarms that CodeDeploy watches during a deployment."""

from collections.abc import Iterator, Mapping, Sequence

from guardian.errors import ListenerMismatchError
from guardian.resolve.listener import listener_weights
from guardian_console.preflight.check import Found, bites, check, note
from guardian_console.preflight.facts import Json

SEES_THE_DEAD = ("HTTPCode_ELB_5", "HealthyHostCount", "UnHealthyHostCount", "TargetConnectionErrorCount")
"""Metrics that speak when no task answers (Application Load Balancer user guide)."""
ALWAYS_REPORTED = frozenset({"AWS/ECS", "AWS/RDS"})
"""Namespaces whose metrics come every minute; a load balancer reports only while requests flow."""
NAME_ALARMS = (
    "aws deploy update-deployment-group --application-name $application --current-deployment-group-name $group "
    "--alarm-configuration 'enabled=true,alarms=[{name=<alarm>}]'"
)


@check(
    "alarms-none",
    why="CodeDeploy's own alarms are what still stops a deployment when Guardian cannot",
    fix=NAME_ALARMS,
)
def alarms_none(group: Json) -> Iterator[Found]:
    configuration = group.get("alarmConfiguration") or {}
    names = configuration.get("alarms") or ()
    if not names:
        yield bites("the deployment group has 0 alarms")
    elif not configuration.get("enabled"):
        yield bites(f"the deployment group has {len(names)} alarms and they are switched off")


@check(
    "alarms-unknown",
    why="CodeDeploy stops a deployment when it cannot read an alarm's state, unless ignorePollAlarmFailure is set",
    fix="create the alarm $alarm, or take it out of the group: " + NAME_ALARMS,
)
def alarms_unknown(group: Json, alarms: Sequence[Json]) -> Iterator[Found]:
    known = {alarm["AlarmName"] for alarm in alarms}
    for one in (group.get("alarmConfiguration") or {}).get("alarms") or ():
        if one["name"] not in known:
            yield bites(f"alarm {one['name']} is in the group and does not exist", alarm=one["name"])


@check(
    "alarms-one-colour",
    fault="G5",
    why="CodeDeploy swaps the target groups at every deployment: an alarm on one of them watches the "
    "new version only every "
    "other time, and the version being replaced at the others",
    fix="make the same alarm for $other (dimension TargetGroup=$dimension) and name both in the deployment group",
)
def alarms_one_colour(
    alarms: Sequence[Json], target_groups: Sequence[Json], production_rules: Sequence[Json]
) -> Iterator[Found]:
    by_dimension = {one["TargetGroupArn"].rpartition(":")[2]: one for one in target_groups}
    watched = {(metric, group) for alarm in alarms for metric, group in _groups_of(alarm)}
    blue = _serving(target_groups, production_rules)
    for alarm in alarms:
        metrics = dict.fromkeys(_groups_of(alarm))
        for metric, dimension in metrics:
            if dimension not in by_dimension:
                continue
            others = [
                other for other in by_dimension if other != dimension and (metric, other) not in watched
            ]
            for other in others:
                name = by_dimension[dimension]["TargetGroupName"]
                said = {True: "is blue now", False: "is not blue now", None: "may be either colour"}
                role = said[None if blue is None else name == blue]
                yield bites(
                    f"alarm {alarm['AlarmName']} watches {metric} of 1 of 2 target groups: {name}, the "
                    f"group that {role}",
                    other=by_dimension[other]["TargetGroupName"],
                    dimension=other,
                )


@check(
    "alarms-dead-green",
    fault="G5",
    why="a green whose tasks are dead answers nothing, so it has no 5XX of its own and no response "
    "time: alarms on these stay "
    "OK, whatever they make of missing data, and `breaching` would ring for the idle group all day",
    fix="name in the deployment group an alarm on UnHealthyHostCount of both target groups, or on "
    "HTTPCode_ELB_5XX_Count of "
    "the load balancer",
)
def alarms_dead_green(alarms: Sequence[Json]) -> Iterator[Found]:
    metrics = {alarm["AlarmName"]: [one["MetricName"] for one in _metrics(alarm)] for alarm in alarms}
    if not any(name.startswith(SEES_THE_DEAD) for names in metrics.values() for name in names):
        watched = ", ".join(dict.fromkeys(name for names in metrics.values() for name in names))
        yield bites(
            f"0 of {len(alarms)} alarms see a green that is dead; they watch {watched or 'other alarms'}"
        )


@check(
    "alarms-missing-data",
    fault="G5",
    why="a metric that always has values is missing when something is broken: an alarm that takes the "
    "gap for good, or for "
    "nothing, stays OK",
    fix="aws cloudwatch put-metric-alarm ... --alarm-name $alarm --treat-missing-data breaching (the "
    "other settings as they "
    "are: aws cloudwatch describe-alarms --alarm-names $alarm)",
)
def alarms_missing_data(alarms: Sequence[Json]) -> Iterator[Found]:
    for alarm in alarms:
        treated = alarm.get("TreatMissingData", "missing")
        always = [one["MetricName"] for one in _metrics(alarm) if one.get("Namespace") in ALWAYS_REPORTED]
        if always and treated != "breaching":
            yield bites(
                f"alarm {alarm['AlarmName']} treats missing data of {', '.join(always)} as {treated}",
                alarm=alarm["AlarmName"],
            )


@check(
    "alarms-absolute",
    fault="G5",
    why="a fixed limit does not know what is normal for this hour: it is too wide for the first ten "
    "percent of traffic and "
    "rings for both colours in a shared incident. Guardian's comparison does not need it; an alarm "
    "remains as a second net",
    fix="compare the groups with metric math, for example an alarm on the expression green/blue of both metrics",
)
def alarms_absolute(alarms: Sequence[Json]) -> Iterator[Found]:
    for alarm in alarms:
        # The alarm on RollbackNeeded counts Guardian's own decisions, which were made by comparison.
        if alarm.get("MetricName") and "Threshold" in alarm and alarm.get("Namespace") != "Guardian":
            yield note(
                f"alarm {alarm['AlarmName']} has the fixed limit {alarm['Threshold']:g} on {alarm['MetricName']}"
            )


@check(
    "alarms-state",
    why="an alarm that rings before the deployment does not ring in it: it stops nothing, or stops everything",
    fix="find out why, before deploying: aws cloudwatch describe-alarm-history --alarm-name $alarm",
)
def alarms_state(alarms: Sequence[Json]) -> Iterator[Found]:
    for alarm in alarms:
        name, state = alarm["AlarmName"], alarm.get("StateValue")
        if state == "ALARM":
            yield bites(f"alarm {name} is in ALARM now: {alarm.get('StateReason', '')}", alarm=name)
        elif state != "OK":
            yield note(f"alarm {name} is in {state} now: {alarm.get('StateReason', '')}", alarm=name)


def _metrics(alarm: Json) -> list[Json]:
    """Return the metrics that an alarm reads, with or without metric math; none of a composite alarm."""
    if alarm.get("MetricName"):
        return [alarm]
    return [one["MetricStat"]["Metric"] for one in alarm.get("Metrics", ()) if "MetricStat" in one]


def _groups_of(alarm: Json) -> list[tuple[str, str]]:
    found = []
    for metric in _metrics(alarm):
        dimensions: Mapping[str, str] = {one["Name"]: one["Value"] for one in metric.get("Dimensions", ())}
        if "TargetGroup" in dimensions:
            found.append((metric["MetricName"], dimensions["TargetGroup"]))
    return found


def _serving(target_groups: Sequence[Json], rules: Sequence[Json]) -> str | None:
    """Return the name of the only group with traffic, which is blue of the next deployment."""
    names = {one["TargetGroupArn"]: one["TargetGroupName"] for one in target_groups}
    try:
        weights = listener_weights(rules, list(names), "")
    except ListenerMismatchError:
        return None
    serving = [names[arn] for arn, weight in weights.items() if weight]
    return serving[0] if len(serving) == 1 else None
