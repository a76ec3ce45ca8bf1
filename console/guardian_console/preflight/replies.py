"""Takes out of AWS's replies what checks need."""

from collections.abc import Mapping, Sequence

import yaml

from guardian.model import Deployment, Phase, Service, Side, TargetGroup
from guardian_console.preflight.ask import IncompleteError
from guardian_console.preflight.facts import Json


def appspec_hooks(revision: Json) -> Mapping[str, str]:
    """Return function names by lifecycle event of a revision's AppSpec, in YAML or JSON. Pure.

    Raises:
        IncompleteError: The revision carries no AppSpec that can be read.
    """
    text = revision.get("appSpecContent") or revision.get("string") or {}
    content = text.get("content")
    if not content:
        raise IncompleteError(
            f"the AppSpec of a revision of type {revision.get('revisionType')} is not in CodeDeploy's "
            "answer: read it where "
            "it is stored"
        )
    try:
        document = yaml.safe_load(content)
        keys = {str(key).lower(): value for key, value in document.items()}
        return {event: str(name) for entry in keys.get("hooks") or () for event, name in entry.items()}
    except (yaml.YAMLError, AttributeError, TypeError) as error:
        raise IncompleteError(f"the latest AppSpec cannot be read: {error}") from error


def without_values(definition: Json) -> Json:
    """Return a task definition with the names of its variables and without their values. Pure."""
    containers = [
        {**one, "environment": [{"name": variable["name"]} for variable in one.get("environment") or ()]}
        for one in definition.get("containerDefinitions", ())
    ]
    return {**definition, "containerDefinitions": containers}


def at_rest(group: Json, target_groups: Sequence[Json]) -> Deployment:
    """Return a deployment that names what is to be read of the group; which side is blue is left open. Pure."""
    sides = [
        Side(
            target_group=TargetGroup(name=one["TargetGroupName"], arn=one["TargetGroupArn"]),
            controller_weight=0, listener_weight=0, desired=0, running=0,
        )
        for one in target_groups
    ]  # fmt: skip
    names = group["ecsServices"][0]
    listener = group["loadBalancerInfo"]["targetGroupPairInfoList"][0]["prodTrafficRoute"]["listenerArns"][0]
    return Deployment(
        id="at-rest",
        service=Service(application=group["applicationName"], deployment_group=group["deploymentGroupName"]),
        cluster=names["clusterName"],
        ecs_service=names["serviceName"],
        phase=Phase.CLOSED,
        status="",
        strategy=group["deploymentConfigName"],
        blue=sides[0],
        green=sides[1],
        load_balancer="/".join(listener.partition(":listener/")[2].split("/")[:3]),
        listener_arn=listener,
    )
