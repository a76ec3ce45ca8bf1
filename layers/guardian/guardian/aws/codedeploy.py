"""CodeDeploy: reads deployments, stops them, answers hooks."""

from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from guardian.actions import Action, Aftermath, StopReply
from guardian.aws.calls import AlreadyAnsweredError, AwsCall, NotThereError, aws_call
from guardian.errors import ListenerMismatchError
from guardian.model import Service
from guardian.resolve import CodeDeployDescription
from guardian.resolve.codedeploy import OPEN
from guardian.resolve.listener import listener_weights

if TYPE_CHECKING:
    from mypy_boto3_codedeploy import CodeDeployClient
    from mypy_boto3_codedeploy.literals import DeploymentStatusType
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client


def stopping(deployment_id: str) -> AwsCall:
    """Return the call that stops a deployment and has it rolled back. Pure.

    `autoRollbackEnabled` always: without it the deployment stops and traffic stays where it is.
    """
    return AwsCall(
        "codedeploy", "stop_deployment", {"deploymentId": deployment_id, "autoRollbackEnabled": True}
    )


class CodeDeploy:
    """Implements `Controller`, `Releases`, `Actuator` and `HookCaller`."""

    def __init__(self, codedeploy: "CodeDeployClient", elbv2: "ElasticLoadBalancingv2Client") -> None:
        self._codedeploy = codedeploy
        self._elbv2 = elbv2

    def describe(self, deployment_id: str) -> CodeDeployDescription:
        info = self._deployment(deployment_id)
        with aws_call("codedeploy:GetDeploymentGroup"):
            group = self._codedeploy.get_deployment_group(
                applicationName=info["applicationName"], deploymentGroupName=info["deploymentGroupName"]
            )["deploymentGroupInfo"]
        pairs = group.get("loadBalancerInfo", {}).get("targetGroupPairInfoList", [])
        if not pairs or not group.get("ecsServices"):
            return CodeDeployDescription(info, group)
        names = [name for entry in pairs[0].get("targetGroups", []) if (name := entry.get("name"))]
        with aws_call("elasticloadbalancing:DescribeTargetGroups"):
            groups = self._elbv2.describe_target_groups(Names=names)["TargetGroups"]
        listeners = pairs[0].get("prodTrafficRoute", {}).get("listenerArns", [])
        return CodeDeployDescription(
            info, group, self._target(info, group), groups, self._rules(listeners[0])
        )

    def open_deployments(self, service: Service) -> list[str]:
        with aws_call("codedeploy:ListDeployments"):
            return self._codedeploy.list_deployments(
                applicationName=service.application,
                deploymentGroupName=service.deployment_group,
                includeOnlyStatuses=cast("list[DeploymentStatusType]", sorted(OPEN)),
            )["deployments"]

    def last_successful(self, service: Service) -> str | None:
        with aws_call("codedeploy:GetDeploymentGroup"):
            group = self._codedeploy.get_deployment_group(
                applicationName=service.application, deploymentGroupName=service.deployment_group
            )["deploymentGroupInfo"]
        return group.get("lastSuccessfulDeployment", {}).get("deploymentId")

    def stop(self, deployment_id: str) -> StopReply:
        with aws_call("codedeploy:StopDeployment"):
            reply = self._codedeploy.stop_deployment(**stopping(deployment_id).parameters)
        return StopReply(
            status=reply["status"],
            message=reply.get("statusMessage", ""),
            request_id=reply["ResponseMetadata"]["RequestId"],
        )

    def aftermath(self, action: Action) -> Aftermath:
        info = self._deployment(action.deployment_id)
        rollback_id = info.get("rollbackInfo", {}).get("rollbackDeploymentId")
        return Aftermath(
            status=info["status"],
            rollback_id=rollback_id,
            rollback_status=self._deployment(rollback_id)["status"] if rollback_id else None,
            blue_weight=self._weight(action),
        )

    def answer(self, deployment_id: str, execution_id: str, *, passed: bool) -> None:
        # That somebody answered before is success: the first answer counts.
        with suppress(AlreadyAnsweredError), aws_call("codedeploy:PutLifecycleEventHookExecutionStatus"):
            self._codedeploy.put_lifecycle_event_hook_execution_status(
                deploymentId=deployment_id,
                lifecycleEventHookExecutionId=execution_id,
                status="Succeeded" if passed else "Failed",
            )

    def _deployment(self, deployment_id: str) -> Any:
        with aws_call("codedeploy:GetDeployment"):
            return self._codedeploy.get_deployment(deploymentId=deployment_id)["deploymentInfo"]

    def _target(self, info: Any, group: Any) -> Any:
        """Return the ECS target; its id is `<cluster>:<service>` (CodeDeploy user guide)."""
        service = group["ecsServices"][0]
        target_id = f"{service['clusterName']}:{service['serviceName']}"
        try:
            with aws_call("codedeploy:GetDeploymentTarget"):
                reply = self._codedeploy.get_deployment_target(
                    deploymentId=info["deploymentId"], targetId=target_id
                )
        except NotThereError:
            return None  # CodeDeploy has accepted the deployment but not begun
        return reply["deploymentTarget"]["ecsTarget"]

    def _rules(self, listener_arn: str) -> Any:
        with aws_call("elasticloadbalancing:DescribeRules"):
            return self._elbv2.describe_rules(ListenerArn=listener_arn)["Rules"]

    def _weight(self, action: Action) -> float:
        pair = [action.blue.arn, action.green.arn]
        try:
            return listener_weights(self._rules(action.listener_arn), pair, action.listener_arn)[
                action.blue.arn
            ]
        except ListenerMismatchError:
            return 0.0
