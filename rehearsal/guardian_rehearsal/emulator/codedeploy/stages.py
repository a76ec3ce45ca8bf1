"""The lifecycle of an ECS deployment as a table, and how long its parts take here.

Source: "Deployment process for an Amazon ECS compute platform" and "AppSpec 'hooks' section for an Amazon ECS
deployment" in the CodeDeploy user guide. Durations are not documented except where a comment says so: they are
assumptions, short but of the order seen in the console.
"""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Stage:
    """One lifecycle event.

    Attributes:
        name: As in `lifecycleEvents` of a deployment target.
        scriptable: Whether the AppSpec can name a Lambda function for it.
        reversible: Whether a failure or a stop in it can be rolled back.
        for_test_listener: Whether it exists only in groups with a test listener.
    """

    name: str
    scriptable: bool
    reversible: bool
    for_test_listener: bool = False


LIFECYCLE = (
    # "A rollback is not possible at this point" stands in the guide at BeforeInstall only.
    Stage("BeforeInstall", scriptable=True, reversible=False),
    Stage("Install", scriptable=False, reversible=True),
    Stage("AfterInstall", scriptable=True, reversible=True),
    Stage("AllowTestTraffic", scriptable=False, reversible=True, for_test_listener=True),
    Stage("AfterAllowTestTraffic", scriptable=True, reversible=True, for_test_listener=True),
    Stage("BeforeAllowTraffic", scriptable=True, reversible=True),
    Stage("AllowTraffic", scriptable=False, reversible=True),
    Stage("AfterAllowTraffic", scriptable=True, reversible=True),
)

# Assumption: the target of a rollback deployment lists the one event that it carries out.
ROLLBACK_LIFECYCLE = (Stage("AllowTraffic", scriptable=False, reversible=False),)

HOOKS = frozenset(stage.name for stage in LIFECYCLE if stage.scriptable)
"""The keys that the AppSpec's `Hooks` section may have."""

START_DELAY = timedelta(seconds=5)
"""From CreateDeployment to InProgress."""

STAGE_WITHOUT_HOOK = timedelta(seconds=1)
"""What a scriptable event takes when the AppSpec names no function for it."""

HOOK_DEADLINE = timedelta(hours=1)
"""Documented: "CodeDeploy expects a status callback within one hour after a deployment hook is invoked"."""

HOOK_ANSWER = timedelta(seconds=3)
"""From the callback to the end of the lifecycle event."""

TASK_START = timedelta(seconds=30)
"""From the creation of the replacement task set to its tasks running and being registered."""

INSTALL = timedelta(seconds=60)
"""What Install takes when the replacement tasks are healthy."""

HEALTH_POLL = timedelta(seconds=30)
"""How often Install looks again at unhealthy replacement tasks."""

HEALTH_LIMIT = timedelta(minutes=60)
"""Documented: the replacement task set must become healthy within 60 minutes (troubleshooting page)."""

TEST_TRAFFIC = timedelta(seconds=5)
"""What AllowTestTraffic takes."""

SHIFT_SETTLE = timedelta(seconds=5)
"""From the last traffic step to the end of AllowTraffic."""

BLUE_DRAIN = timedelta(seconds=20)
"""From the end of the termination wait to the original tasks being stopped."""

STOP_DELAY = timedelta(seconds=3)
"""From StopDeployment to the stop, while the answer is Pending."""

ALARM_REACTION = timedelta(seconds=10)
"""From an alarm's change of state to the stop."""

ROLLBACK_START = timedelta(seconds=2)
"""From the end of the failed or stopped deployment to the start of the rollback deployment."""

ROLLBACK_SHIFT = timedelta(seconds=3)
"""From the start of the rollback deployment to all traffic on the original group, in one step."""

ROLLBACK_DRAIN = timedelta(seconds=5)
"""From there to the replacement tasks being deregistered."""

ROLLBACK_STOP = timedelta(seconds=10)
"""From there to the replacement tasks being stopped and the rollback deployment having succeeded."""
