"""IAM's policy simulator for roles, as boto3 sees it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

GROUP = "arn:aws:codedeploy:eu-west-1:123456789012:deploymentgroup:shop/web"
REGION = {
    "ContextKeyName": "aws:RequestedRegion",
    "ContextKeyValues": ["eu-west-1"],
    "ContextKeyType": "string",
}
STOP = "codedeploy:StopDeployment"


def statement(effect: str, action: str, resource: str, **condition: Any) -> dict[str, Any]:
    """Return a statement of a policy, with a condition if one is given."""
    held = {
        "Condition": {operator: {"aws:RequestedRegion": region} for operator, region in condition.items()}
    }
    return {"Effect": effect, "Action": action, "Resource": resource, **(held if condition else {})}


def simulated(client: Callable[[str], Any], *statements: dict[str, Any]) -> str:
    """Return what a role with these statements, all but the last in an attached policy, may do about a stop."""
    iam = client("iam")
    arn: str = iam.create_role(RoleName="turn", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    document = {"Version": "2012-10-17", "Statement": list(statements[:-1])}
    if statements[:-1]:
        policy = iam.create_policy(PolicyName="p", PolicyDocument=json.dumps(document))["Policy"]["Arn"]
        iam.attach_role_policy(RoleName="turn", PolicyArn=policy)
    inline = {"Version": "2012-10-17", "Statement": statements[-1]}
    iam.put_role_policy(RoleName="turn", PolicyName="i", PolicyDocument=json.dumps(inline))
    reply = iam.simulate_principal_policy(
        PolicySourceArn=arn, ActionNames=[STOP], ResourceArns=[GROUP], ContextEntries=[REGION]
    )
    (result,) = reply["EvaluationResults"]
    assert (result["EvalActionName"], result["EvalResourceName"]) == (STOP, GROUP)
    decision: str = result["EvalDecision"]
    return decision


@pytest.mark.parametrize(
    ("statements", "decision"),
    [
        ([statement("Allow", "codedeploy:*", GROUP)], "allowed"),
        ([statement("Allow", "CodeDeploy:stopdeployment", "*")], "allowed"),
        ([statement("Allow", STOP, GROUP.replace("web", "*"))], "allowed"),
        ([statement("Allow", STOP, GROUP + "2")], "implicitDeny"),
        ([statement("Allow", "codedeploy:Get*", "*")], "implicitDeny"),
        ([statement("Allow", STOP, "*", StringEquals="eu-west-1")], "allowed"),
        ([statement("Allow", STOP, "*", StringEquals="us-east-1")], "implicitDeny"),
        ([statement("Allow", STOP, "*"), statement("Deny", "*", GROUP)], "explicitDeny"),
        ([statement("Allow", STOP, "*"), statement("Allow", "s3:*", "*")], "allowed"),
    ],
    ids=["wildcard", "case", "resource", "other resource", "other action", "region", "other region", "deny",
         "attached"],
)  # fmt: skip
def test_a_role_may_what_its_policies_say(
    client: Callable[[str], Any], statements: list[dict[str, Any]], decision: str
) -> None:
    """An explicit denial wins, then an allowance whose resource and condition fit; silence denies."""
    assert simulated(client, *statements) == decision


def test_a_role_that_does_not_exist_is_refused(client: Callable[[str], Any]) -> None:
    """The simulation of an unknown role answers NoSuchEntity."""
    with pytest.raises(ClientError, match="NoSuchEntity"):
        client("iam").simulate_principal_policy(
            PolicySourceArn="arn:aws:iam::123456789012:role/none", ActionNames=[STOP]
        )
