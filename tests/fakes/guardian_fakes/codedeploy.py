"""CodeDeploy and the production listener in memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from guardian.actions import Action, Aftermath, StopReply
from guardian.errors import AwsRefusedError, DeploymentOverError, DeploymentUnknownError
from guardian.model import Service, TargetGroup
from guardian.ports import Clock
from guardian.resolve import CodeDeployDescription
from guardian_fakes.failing import Failing

ARN = "arn:aws:elasticloadbalancing:us-east-1:111122223333:"
LISTENER = f"{ARN}listener/app/shop-alb/50dc6c495c0c9188/f2f7dc8efc522ab2"
BLUE = TargetGroup(name="checkout-tg-1", arn=f"{ARN}targetgroup/checkout-tg-1/73e2d6bc24d8a067")
GREEN = TargetGroup(name="checkout-tg-2", arn=f"{ARN}targetgroup/checkout-tg-2/09966783158cda59")
ENDED = frozenset({"Succeeded", "Failed", "Stopped"})


@dataclass
class _Deployment:
    id: str
    service: Service
    creator: str = "user"
    status: str = "Created"
    platform: str = "ECS"
    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    undoes: str | None = None
    undone_by: str | None = None
    failed_by: str = ""
    stopping: bool = False
    hooks: dict[str, bool | None] = field(default_factory=dict)


class FakeCodeDeploy(Failing):
    """Implements `Controller`, `Releases`, `Actuator` and `HookCaller`.

    Blue is always checkout-tg-1, green checkout-tg-2. Nothing happens by itself: a test begins deployments, shifts
    traffic, and lets what was asked for `settle`.

    Attributes:
        stops: Ids for which StopDeployment was called, refused calls included.
        answers: Ids of hook executions and their answers, repeated ones included.
        weight: Green's share of production traffic at the listener.
        strangers: ARN of the only group behind the listener, where somebody has put another one there.
        drifted: Green's share for CodeDeploy, where it differs from the listener's.
        latest: The group's last deployment, where it is a later one than the release.
    """

    def __init__(self, clock: Clock, calls: list[str] | None = None) -> None:
        super().__init__(calls)
        self._clock = clock
        self._deployments: dict[str, _Deployment] = {}
        self.stops: list[str] = []
        self.answers: list[tuple[str, bool]] = []
        self.weight = 0.0
        self.strangers: str | None = None
        self.drifted: float | None = None
        self.latest: str | None = None

    # what a test does

    def create(self, service: Service, deployment_id: str, *, platform: str = "ECS") -> str:
        """Accept a release without beginning it."""
        self._deployments[deployment_id] = _Deployment(deployment_id, service, platform=platform)
        return deployment_id

    def begin(self, deployment_id: str) -> None:
        """Install green; it has no traffic yet."""
        deployment = self._deployments[deployment_id]
        deployment.status = "InProgress"
        self._event(deployment, "AfterInstall", "Succeeded")

    def shift(self, deployment_id: str, weight: float) -> None:
        """Give green a share of production traffic; all of it ends the shift."""
        deployment = self._deployments[deployment_id]
        deployment.status, self.weight = "InProgress", weight
        began = deployment.events.get("AllowTraffic", {}).get("startTime", self._clock.now())
        self._event(deployment, "AllowTraffic", "Succeeded" if weight == 1 else "InProgress", startTime=began)

    def end(self, deployment_id: str, status: str = "Succeeded", because: str = "") -> None:
        """End the deployment by itself, without rolling it back."""
        deployment = self._deployments[deployment_id]
        deployment.status, deployment.failed_by = status, because

    def call_hook(self, deployment_id: str, execution_id: str = "execution-1") -> str:
        """Call a hook and wait for the answer to this execution."""
        self._deployments[deployment_id].hooks[execution_id] = None
        return execution_id

    def settle(self) -> None:
        """Carry out what was asked for: stop and roll back; fail where a hook has failed."""
        for deployment in list(self._deployments.values()):
            if deployment.status in ENDED:
                continue
            if deployment.stopping:
                self.roll_back(deployment.id, "Stopped")
            elif False in deployment.hooks.values():
                self.roll_back(deployment.id, "Failed")

    def roll_back(self, deployment_id: str, status: str, *, rollback_status: str = "Succeeded") -> str:
        """End the deployment with a rollback deployment, as CodeDeploy does by itself too; return that one's id."""
        deployment = self._deployments[deployment_id]
        rollback = f"{deployment_id}RB"
        deployment.status, deployment.undone_by = status, rollback
        self._deployments[rollback] = _Deployment(
            rollback,
            deployment.service,
            creator="codeDeployRollback",
            status=rollback_status,
            undoes=deployment_id,
        )
        if rollback_status == "Succeeded":
            self.weight = 0.0
        return rollback

    def status(self, deployment_id: str) -> str:
        """Return the deployment's status."""
        return self._deployments[deployment_id].status

    # what Guardian does

    def describe(self, deployment_id: str) -> CodeDeployDescription:
        self._called("describe")
        deployment = self._known(deployment_id)
        group = self._group(deployment)
        if deployment.platform != "ECS":
            return CodeDeployDescription(self._info(deployment), group)
        target = None if deployment.status == "Created" else self._target(deployment)
        groups = [{"TargetGroupName": one.name, "TargetGroupArn": one.arn} for one in (BLUE, GREEN)]
        return CodeDeployDescription(self._info(deployment), group, target, groups, [self._rule()])

    def open_deployments(self, service: Service) -> list[str]:
        self._called(f"open_deployments {service}")
        mine = (one for one in self._deployments.values() if one.service == service)
        return [one.id for one in mine if one.status not in ENDED]

    def last_successful(self, service: Service) -> str | None:
        self._called("last_successful")
        mine = (one for one in self._deployments.values() if one.service == service)
        return next((one.id for one in reversed(list(mine)) if one.status == "Succeeded"), None)

    def stop(self, deployment_id: str) -> StopReply:
        self.stops.append(deployment_id)
        self._called("stop")
        deployment = self._known(deployment_id)
        if deployment.status in ("Succeeded", "Failed"):
            raise DeploymentOverError(f"codedeploy:StopDeployment: {deployment_id} is {deployment.status}")
        deployment.stopping = True
        status = "Succeeded" if deployment.status == "Stopped" else "Pending"
        return StopReply(status=status, message="", request_id=f"request-{len(self.stops)}")

    def aftermath(self, action: Action) -> Aftermath:
        self._called("aftermath")
        deployment = self._known(action.deployment_id)
        rollback = deployment.undone_by
        return Aftermath(
            status=deployment.status,
            rollback_id=rollback,
            rollback_status=self._deployments[rollback].status if rollback else None,
            blue_weight=0.0 if self.strangers else 1 - self.weight,
        )

    def answer(self, deployment_id: str, execution_id: str, *, passed: bool) -> None:
        self.answers.append((execution_id, passed))
        self._called("answer")
        hooks = self._known(deployment_id).hooks
        if execution_id not in hooks:
            raise AwsRefusedError(
                f"codedeploy:PutLifecycleEventHookExecutionStatus: no execution {execution_id}"
            )
        if hooks[execution_id] is None:
            hooks[execution_id] = passed

    def _known(self, deployment_id: str) -> _Deployment:
        if deployment_id not in self._deployments:
            raise DeploymentUnknownError(f"codedeploy:GetDeployment: there is no {deployment_id}")
        return self._deployments[deployment_id]

    def _event(self, deployment: _Deployment, name: str, status: str, **more: Any) -> None:
        deployment.events[name] = {"lifecycleEventName": name, "status": status, **more}

    def _info(self, deployment: _Deployment) -> dict[str, Any]:
        undone = {"rollbackTriggeringDeploymentId": deployment.undoes} if deployment.undoes else {}
        undone |= {"rollbackDeploymentId": deployment.undone_by} if deployment.undone_by else {}
        return {
            "deploymentId": deployment.id,
            "applicationName": deployment.service.application,
            "deploymentGroupName": deployment.service.deployment_group,
            "deploymentConfigName": "CodeDeployDefault.ECSLinear10PercentEvery3Minutes",
            "computePlatform": deployment.platform,
            "status": deployment.status,
            "creator": deployment.creator,
            "rollbackInfo": undone,
            "errorInformation": {"message": deployment.failed_by} if deployment.failed_by else {},
        }

    def _group(self, deployment: _Deployment) -> dict[str, Any]:
        name = deployment.service.deployment_group
        if deployment.platform != "ECS":
            return {"deploymentGroupName": name, "computePlatform": deployment.platform}
        pair = {
            "targetGroups": [{"name": BLUE.name}, {"name": GREEN.name}],
            "prodTrafficRoute": {"listenerArns": [LISTENER]},
        }
        return {
            "deploymentGroupName": name,
            "computePlatform": "ECS",
            "ecsServices": [{"clusterName": "shop", "serviceName": "checkout"}],
            "loadBalancerInfo": {"targetGroupPairInfoList": [pair]},
            "lastAttemptedDeployment": {"deploymentId": self.latest or deployment.id},
        }

    def _target(self, deployment: _Deployment) -> dict[str, Any]:
        green = self.weight if self.drifted is None else self.drifted
        sides: Mapping[str, tuple[TargetGroup, float]] = {"Blue": (BLUE, 1 - green), "Green": (GREEN, green)}
        return {
            "lifecycleEvents": list(deployment.events.values()),
            "taskSetsInfo": [
                {
                    "identifer": f"ecs-svc/{label}",
                    "desiredCount": 2,
                    "runningCount": 2,
                    "trafficWeight": 100 * weight,
                    "targetGroup": {"name": group.name},
                    "taskSetLabel": label,
                }
                for label, (group, weight) in sides.items()
            ],
        }

    def _rule(self) -> dict[str, Any]:
        weights = {BLUE.arn: 1 - self.weight, GREEN.arn: self.weight}
        if self.strangers:
            weights = {self.strangers: 1.0}
        groups = [{"TargetGroupArn": arn, "Weight": round(100 * share)} for arn, share in weights.items()]
        return {
            "IsDefault": True,
            "Actions": [{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}],
        }
