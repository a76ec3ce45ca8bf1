"""Which calls the roles must be able to make, and the checks of it."""

from collections.abc import Iterator, Mapping, Sequence

from guardian_console.preflight.check import Found, bites, check
from guardian_console.preflight.facts import Denied, Json

TURN: Mapping[str, str] = {
    "cloudwatch:GetMetricData": "*",
    "codedeploy:GetDeployment": "group",
    "codedeploy:GetDeploymentGroup": "group",
    "codedeploy:GetDeploymentTarget": "*",
    "codedeploy:PutLifecycleEventHookExecutionStatus": "group",
    "codedeploy:StopDeployment": "group",
    "ecs:DescribeClusters": "cluster",
    "ecs:DescribeTasks": "task",
    "ecs:ListTasks": "*",
    "elasticloadbalancing:DescribeRules": "*",
    "elasticloadbalancing:DescribeTargetGroups": "*",
    "elasticloadbalancing:DescribeTargetHealth": "*",
    "events:PutEvents": "bus",
    "rds:DescribeBlueGreenDeployments": "*",
    "ssm:GetParameter": "parameter",
}
"""What one turn calls beyond its own table, queue, topics and logs, and on which kind of resource."""
CALLS: Mapping[str, Mapping[str, str]] = {
    "TurnRole": TURN,
    "HookRole": {**TURN, "ecs:DescribeServices": "service", "ecs:DescribeTaskDefinition": "*"},
    "TickRole": {"codedeploy:ListDeployments": "group", "ssm:GetParametersByPath": "path"},
    "AlarmActionRole": {"ssm:GetParameter": "parameter"},
    "ContractGateRole": {
        "cloudwatch:GetMetricData": "*",
        "codedeploy:GetDeployment": "group",
        "codedeploy:GetDeploymentGroup": "group",
        "codedeploy:GetDeploymentTarget": "*",
        "codedeploy:ListDeployments": "group",
        "elasticloadbalancing:DescribeRules": "*",
        "elasticloadbalancing:DescribeTargetGroups": "*",
        "rds:DescribeDBSnapshots": "snapshot",
        "ssm:GetParameter": "parameter",
    },
}
"""The same by role, by logical id in template.yaml."""
BY_CHOICE: Mapping[str, frozenset[str]] = {
    "TurnRole": frozenset({"elasticloadbalancing:ModifyListener", "elasticloadbalancing:ModifyRule"})
}
"""What a role may do besides if whoever installs Guardian wants it (GuardedListeners): it is not asked for here."""


def resources(group: Json, region: str, policy_path: str) -> Mapping[str, str]:
    """Return the resource of each kind in `CALLS` for one deployment group. Pure."""
    partition, account = group["serviceRoleArn"].split(":")[1], group["serviceRoleArn"].split(":")[4]
    cluster, ecs_service = group["ecsServices"][0]["clusterName"], group["ecsServices"][0]["serviceName"]
    service = f"{group['applicationName']}/{group['deploymentGroupName']}"
    parameter = f"arn:{partition}:ssm:{region}:{account}:parameter{policy_path}"
    return {
        "*": "*",
        "group": f"arn:{partition}:codedeploy:{region}:{account}:deploymentgroup:{service}",
        "cluster": f"arn:{partition}:ecs:{region}:{account}:cluster/{cluster}",
        "service": f"arn:{partition}:ecs:{region}:{account}:service/{cluster}/{ecs_service}",
        "task": f"arn:{partition}:ecs:{region}:{account}:task/{cluster}/0123456789abcdef",
        "path": parameter,
        "bus": f"arn:{partition}:events:{region}:{account}:event-bus/default",
        "snapshot": f"arn:{partition}:rds:{region}:{account}:snapshot:guardian-snapshot",
        "parameter": f"{parameter}/{service}",
        "functions": f"arn:{partition}:lambda:{region}:{account}:function:",
    }


@check(
    "role-permissions",
    why="a rollback that is denied is an outage, and a read that is denied makes the verdict no_data",
    fix="allow $action on $resource in $role: deploy the stack's template as it is, or widen its parameters "
    "(GuardedDeploymentGroups, StopScope, PolicyPath)",
)
def role_permissions(denied: Sequence[Denied]) -> Iterator[Found]:
    for one in denied:
        yield bites(
            f"{one.role} may not {one.action}", action=one.action, resource=one.resource, role=one.role
        )


@check(
    "hook-invocation",
    why="CodeDeploy calls hooks with its service role; AWSCodeDeployRoleForECSLimited allows functions named "
    "CodeDeployHook_* only. A hook that cannot be called hangs for an hour, then the deployment fails",
    fix="allow lambda:InvokeFunction on $resource in $role: aws iam attach-role-policy --role-name $role "
    "--policy-arn arn:aws:iam::aws:policy/AWSCodeDeployRoleForECSLimited",
)
def hook_invocation(uninvokable: Sequence[Denied]) -> Iterator[Found]:
    for one in uninvokable:
        name = one.resource.rpartition(":")[2]
        yield bites(
            f"CodeDeploy's role {one.role} may not invoke {name}", resource=one.resource, role=one.role
        )
