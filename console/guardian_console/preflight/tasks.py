"""Checks of what the two colours run: their task definitions and where their tasks stand."""

from collections.abc import Iterator, Sequence

from guardian_console.preflight.check import Found, bites, check, note
from guardian_console.preflight.facts import Json

SETTINGS = ("cpu", "memory", "networkMode", "taskRoleArn", "executionRoleArn", "runtimePlatform")


@check(
    "definitions-differ",
    why="blue and green can be compared, and green can start, only in equal surroundings: what the "
    "latest revision lacks or "
    "adds shows up as a fault of the release. Values of variables are not read",
    fix="compare: aws ecs describe-task-definition --task-definition $running; "
    "aws ecs describe-task-definition --task-definition $latest",
)
def definitions_differ(running: Json, latest: Json) -> Iterator[Found]:
    places = {"running": _name(running), "latest": _name(latest)}
    for key in SETTINGS:
        if running.get(key) != latest.get(key):
            yield bites(
                f"{key} is {running.get(key)} in {places['running']} and {latest.get(key)} in {places['latest']}",
                **places,
            )
    for what, before, after in (
        ("container", _containers(running), _containers(latest)),
        ("environment name", _names(running, "environment"), _names(latest, "environment")),
        ("secret name", _names(running, "secrets"), _names(latest, "secrets")),
    ):
        for name in sorted(before - after):
            yield bites(f"{what} {name} is in {places['running']} and not in {places['latest']}", **places)
        for name in sorted(after - before):
            yield bites(f"{what} {name} is in {places['latest']} and not in {places['running']}", **places)


@check(
    "subnets-differ",
    why="tasks in other subnets reach the database and the load balancer by other routes",
    fix="aws ecs describe-services --cluster $cluster --services $service "
    "--query 'services[0].[networkConfiguration,taskSets[].networkConfiguration]'",
)
def subnets_differ(service: Json) -> Iterator[Found]:
    places = {"cluster": service["clusterArn"].rpartition("/")[2], "service": service["serviceName"]}
    wanted = _subnets(service)
    for one in service.get("taskSets", ()):
        found = _subnets(one)
        if found and wanted and found != wanted:
            yield bites(
                f"task set {one['id']} runs in {', '.join(sorted(found))}, the service says "
                f"{', '.join(sorted(wanted))}",
                **places,
            )


@check(
    "container-insights",
    why="CPU is published per service, blue and green mixed, unless Container Insights is enhanced: "
    "without it Guardian "
    "does not judge CPU per colour",
    fix="aws ecs update-cluster-settings --cluster $cluster --settings name=containerInsights,value=enhanced",
)
def container_insights(group: Json, insights: str) -> Iterator[Found]:
    if insights != "enhanced":
        yield note(f"containerInsights is {insights}", cluster=group["ecsServices"][0]["clusterName"])


def _name(definition: Json) -> str:
    return str(definition["taskDefinitionArn"].rpartition("/")[2])


def _containers(definition: Json) -> set[str]:
    return {str(one.get("name")) for one in definition.get("containerDefinitions", ())}


def _names(definition: Json, kind: str) -> set[str]:
    containers: Sequence[Json] = definition.get("containerDefinitions", ())
    return {str(one["name"]) for container in containers for one in container.get(kind) or ()}


def _subnets(holder: Json) -> set[str]:
    network = holder.get("networkConfiguration") or {}
    return set((network.get("awsvpcConfiguration") or {}).get("subnets") or ())
