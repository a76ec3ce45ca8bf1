"""Checks of what undoes a deployment: blue's remaining time and the group's automatic rollbacks."""

from collections.abc import Iterator

from guardian_console.preflight.check import Found, bites, check, note
from guardian_console.preflight.facts import Json

LONGEST_WAIT = 2880
"""Minutes (CodeDeploy API reference, BlueInstanceTerminationOption)."""
UPDATE = "aws deploy update-deployment-group --application-name $application --current-deployment-group-name $group "
ROLLBACK = (
    UPDATE + "--auto-rollback-configuration "
    "enabled=true,events=DEPLOYMENT_FAILURE,DEPLOYMENT_STOP_ON_ALARM,DEPLOYMENT_STOP_ON_REQUEST"
)


@check(
    "termination-wait",
    fault="G1",
    why="CodeDeploy deletes blue when the termination wait ends; from then on neither a stop nor a swap "
    "of the listener "
    "brings it back, only a new deployment does",
    fix=UPDATE + "--blue-green-deployment-configuration "
    "'terminateBlueInstancesOnDeploymentSuccess={action=TERMINATE,terminationWaitTimeInMinutes=$minutes},"
    "deploymentReadyOption={actionOnTimeout=$ready,waitTimeInMinutes=$ready_wait}'",
)
def termination_wait(group: Json, bake_hours: float) -> Iterator[Found]:
    configuration = group.get("blueGreenDeploymentConfiguration") or {}
    terminate = configuration.get("terminateBlueInstancesOnDeploymentSuccess") or {}
    ready = configuration.get("deploymentReadyOption") or {}
    wait = int(terminate.get("terminationWaitTimeInMinutes", 0))
    baking = round(bake_hours * 60)
    places = {
        "minutes": str(min(max(baking, 1), LONGEST_WAIT)),
        "ready": str(ready.get("actionOnTimeout", "CONTINUE_DEPLOYMENT")),
        "ready_wait": str(ready.get("waitTimeInMinutes", 0)),
    }
    numbers = (
        f"blue is deleted {wait} minutes after the shift, the bake is {baking} minutes ({bake_hours:g} h)"
    )
    if wait < min(baking, LONGEST_WAIT):
        yield bites(numbers, **places)
    elif wait < baking:
        yield note(
            f"{numbers}: {wait} is CodeDeploy's maximum, the rest of the bake is without blue", **places
        )


@check(
    "stop-rollback",
    fault="G13",
    why="Guardian passes autoRollbackEnabled with its own stop, so its stop rolls back in any case; a "
    "person's stop, in the "
    "console or by `aws deploy stop-deployment`, without it leaves traffic split where it is",
    fix=ROLLBACK,
)
def stop_rollback(group: Json) -> Iterator[Found]:
    yield from _missing(group, "DEPLOYMENT_STOP_ON_REQUEST", "a person stops it")


@check(
    "failure-rollback",
    why="a hook that answers Failed then ends the deployment and leaves the components as they are: "
    "traffic may stay split",
    fix=ROLLBACK,
)
def failure_rollback(group: Json) -> Iterator[Found]:
    yield from _missing(group, "DEPLOYMENT_FAILURE", "a hook or the installation fails")


@check(
    "alarm-rollback",
    why="an alarm then stops the deployment and leaves traffic split where it is",
    fix=ROLLBACK,
)
def alarm_rollback(group: Json) -> Iterator[Found]:
    if (group.get("alarmConfiguration") or {}).get("enabled"):
        yield from _missing(group, "DEPLOYMENT_STOP_ON_ALARM", "an alarm stops it")


def _missing(group: Json, event: str, when: str) -> Iterator[Found]:
    configuration = group.get("autoRollbackConfiguration") or {}
    events = configuration.get("events") or ()
    if not configuration.get("enabled"):
        yield bites(f"automatic rollback is off: nothing is rolled back when {when}")
    elif event not in events:
        yield bites(
            f"{len(events)} of 3 rollback events are on ({', '.join(events) or 'none'}), {event} is not: nothing is "
            f"rolled back when {when}"
        )
