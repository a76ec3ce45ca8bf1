"""Checks of what stands around the service: its metrics, its DNS names, its health page, its policy."""

from collections.abc import Iterator, Sequence

from guardian.observe import Reply, Series
from guardian.policy import Policy
from guardian_console.preflight.check import Found, bites, check, note, unknown
from guardian_console.preflight.facts import HealthAnswer, Json

HOURS = 3
"""Hours of metrics that are looked at."""
ALWAYS = frozenset({"requests", "healthy_hosts", "service_cpu", "db_connections", "db_cpu"})
"""Fields that have values whenever the service serves; of the others a gap may be a zero."""
LONGEST_TTL = 60
"""Seconds; what an alias of a load balancer has (Route 53 developer guide)."""


@check(
    "metrics-silent",
    fault="G7",
    why="CloudWatch answers a query with wrong dimensions with Complete and nothing in it: that reads "
    "as no errors and is "
    "no knowledge",
    fix="compare the dimensions with those that exist: aws cloudwatch list-metrics --namespace $namespace "
    "--metric-name $metric",
)
def metrics_silent(policy: Policy, series: Sequence[Series]) -> Iterator[Found]:
    custom = {metric.name for metric in policy.custom}
    wanted = ALWAYS | custom
    together: dict[tuple[str, str], list[Series]] = {}
    for one in series:
        if one.query.column.field in wanted:
            together.setdefault((one.query.column.field, one.query.column.part), []).append(one)
    for (field, part), found in together.items():
        query = found[0].query
        places = {"namespace": query.namespace, "metric": query.metric}
        said = f"{field}{f' ({part})' if part else ''}: {query.namespace} {query.metric}"
        failed = [one for one in found if one.reply is not Reply.COMPLETE]
        if any(one.points for one in found):
            continue
        if failed:
            yield unknown(f"{said} was answered with {failed[0].reply}: {failed[0].message}", **places)
        else:
            asked = " and ".join(_dimensions(one.query.dimensions) for one in found)
            yield bites(f"{said} has 0 values in the last {HOURS} hours for {asked}", **places)


@check(
    "dns-ttl",
    why="a record that points elsewhere after a rollback by DNS is believed for as long as its TTL says",
    fix="lower it a TTL before it is needed: aws route53 change-resource-record-sets with TTL=60 for $record",
)
def dns_ttl(records: Sequence[Json], balancer_name: str) -> Iterator[Found]:
    pointing = [one for one in records if balancer_name.lower() in _targets(one)]
    if not pointing:
        yield note(f"0 of {len(records)} records read point at {balancer_name}", record="the record")
    for one in pointing:
        if one.get("TTL", 0) > LONGEST_TTL:
            yield bites(
                f"{one['Name']} {one['Type']} has a TTL of {one['TTL']} s, above {LONGEST_TTL} s",
                record=one["Name"],
            )


@check(
    "health-page",
    fault="G8",
    why="the companion's page says `status: healthy` also when the schema does not fit: what counts is "
    "the HTTP status and "
    "the fields `database`, `schema` and `version`",
    fix="let the page answer 503 and status unhealthy unless database is connected and schema compatible, and give the "
    "released version; judge the fields, not `status`",
)
def health_page(health: HealthAnswer) -> Iterator[Found]:
    fields = health.fields
    said = f"{health.url} answers {health.status}"
    missing = [name for name in ("database", "schema", "version") if name not in fields]
    if missing:
        yield bites(
            f"{said} with {3 - len(missing)} of 3 fields: {', '.join(missing)} missing, so it says that "
            "the process lives and no more"
        )
    wrong = [
        f"{name}: {fields[name]}"
        for name, right in (("database", "connected"), ("schema", "compatible"))
        if name in fields and fields[name] != right
    ]
    if wrong or health.status != 200:
        claimed = f" and says status: {fields['status']}" if "status" in fields else ""
        yield bites(f"{said}{claimed}{' with ' if wrong else ''}{', '.join(wrong)}")
    elif "status" in fields:
        yield note(f"{said} with status: {fields['status']}, which is not evidence; its fields are right now")


@check(
    "policy-database",
    why="without an instance in the policy connections and CPU of the shared database are not judged",
    fix="set database.instance in the policy and push it: guardian policy push policy.yaml",
)
def policy_database(policy: Policy) -> Iterator[Found]:
    if policy.database.instance is None:
        yield note("the policy names 0 databases")


def _dimensions(dimensions: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{name}={value}" for name, value in dimensions) or "no dimension"


def _targets(record: Json) -> set[str]:
    """Return the names that a record points at, without `dualstack.` and the final dot."""
    names = [one.get("Value", "") for one in record.get("ResourceRecords", ())]
    names.append((record.get("AliasTarget") or {}).get("DNSName", ""))
    return {str(name).lower().rstrip(".").removeprefix("dualstack.") for name in names}
