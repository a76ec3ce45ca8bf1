"""Checks of what moves the traffic: the service's controller, its task sets, its deployments."""

from collections.abc import Iterator, Mapping, Sequence

from guardian_console.preflight.check import Found, bites, check, note
from guardian_console.preflight.facts import Json

GATE = "AfterAllowTestTraffic"
"""The hook that sees green on the test listener before any user does."""


@check(
    "controller-type",
    fault="G11",
    why="the deployment controller decides how a release is made and which call undoes it; under CODE_DEPLOY "
    "`aws ecs update-service --task-definition` is refused",
    fix="release with: aws deploy create-deployment --application-name $application --deployment-group-name $group "
    "--revision file://appspec-revision.json",
)
def controller_type(service: Json) -> Iterator[Found]:
    kind = service.get("deploymentController", {}).get("type", "ECS")
    if kind == "CODE_DEPLOY":
        yield note(
            f"the controller of {service['serviceName']} is CODE_DEPLOY: update-service cannot release"
        )
    else:
        yield bites(
            f"the controller of {service['serviceName']} is {kind}, not CODE_DEPLOY: CodeDeploy cannot deploy it, and "
            "StopDeployment undoes nothing there"
        )


@check(
    "task-sets",
    fault="G12",
    why="both colours are task sets of one service: scripts that look for a service per colour find "
    "nothing, and a task "
    "set left over from a deployment runs, costs and can be hit by a listener that somebody moves",
    fix="aws ecs describe-services --cluster $cluster --services $service --query 'services[0].taskSets'",
)
def task_sets(service: Json, open_deployments: Sequence[str]) -> Iterator[Found]:
    sets = service.get("taskSets", ())
    places = {
        "cluster": service["clusterArn"].rpartition("/")[2],
        "service": service["serviceName"],
    }
    said = f"{service['serviceName']} has {len(sets)} task set{'' if len(sets) == 1 else 's'}"
    if len(sets) > 1 and not open_deployments:
        yield bites(f"{said} and no deployment is open: one is left over", **places)
    elif not sets:
        yield bites(f"{said}: nothing runs that a deployment could replace", **places)
    else:
        yield note(f"{said}; there is no service per colour", **places)


@check(
    "open-deployments",
    fault="G10",
    why="a script that takes the first of `aws deploy list-deployments` acts on an ended deployment "
    "when none is open, and "
    "on any of them when there are several; whoever acts must choose by group and status",
    fix="aws deploy list-deployments --application-name $application --deployment-group-name $group "
    "--include-only-statuses Created Queued InProgress Baking Ready",
)
def open_deployment_count(open_deployments: Sequence[str]) -> Iterator[Found]:
    if len(open_deployments) > 1:
        yield bites(f"{len(open_deployments)} deployments are open: {', '.join(open_deployments)}")
    elif not open_deployments:
        yield note("0 deployments are open: the first of list-deployments, if any, has ended")


@check(
    "deployment-config",
    fault="G9",
    why="how green gets its traffic is what the API says, not what a page or a script says: all at once "
    "leaves no minutes "
    "in which blue and green can be compared",
    fix="aws deploy update-deployment-group --application-name $application --current-deployment-group-name $group "
    "--deployment-config-name CodeDeployDefault.ECSLinear10PercentEvery3Minutes",
)
def deployment_config(config: Json) -> Iterator[Found]:
    name, routing = config["deploymentConfigName"], config.get("trafficRoutingConfig", {})
    linear, canary = routing.get("timeBasedLinear"), routing.get("timeBasedCanary")
    if linear:
        share, every = linear["linearPercentage"], linear["linearInterval"]
        steps = -(-100 // share)
        yield note(f"{name}: {steps} steps of {share} % in {every * (steps - 1)} minutes")
    elif canary:
        yield note(
            f"{name}: {canary['canaryPercentage']} % for {canary['canaryInterval']} minutes, then 100 %"
        )
    else:
        yield bites(f"{name}: 100 % at once, 0 minutes of comparison")


@check(
    "last-deployment-config",
    fault="G9",
    why="a deployment may name another configuration than its group: who waits for a linear shift and ran all at once "
    "finds green with all the traffic",
    fix="leave --deployment-config-name out of create-deployment; the group's is $config",
)
def last_deployment_config(group: Json, last_deployment: Json) -> Iterator[Found]:
    used, meant = last_deployment.get("deploymentConfigName"), group.get("deploymentConfigName")
    if used != meant:
        yield bites(
            f"the latest deployment, {last_deployment['deploymentId']}, ran {used}, the group says {meant}",
            config=str(meant),
        )


@check(
    "hooks",
    why="without hooks nothing checks green before users see it: CodeDeploy moves traffic as soon as tasks are healthy",
    fix='add to the AppSpec: "Hooks": '
    '[{"AfterAllowTestTraffic": "CodeDeployHook_<stack>_AfterAllowTestTraffic"}, ...]; '
    "the stack's outputs have all five names",
)
def hooks_named(hooks: Mapping[str, str]) -> Iterator[Found]:
    if not hooks:
        yield bites("the latest AppSpec names 0 of 5 hooks: the gates are blind")
    elif GATE not in hooks:
        yield note(f"the latest AppSpec names {len(hooks)} of 5 hooks, and not {GATE}")
