"""Reads a CodeDeploy deployment group that a person named."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from guardian.aws.calls import NotThereError, aws_call
from guardian_console.exits import UsageError

if TYPE_CHECKING:
    from mypy_boto3_codedeploy import CodeDeployClient


def read_group(codedeploy: "CodeDeployClient", application: str, group: str) -> Mapping[str, Any]:
    """Return `deploymentGroupInfo` of GetDeploymentGroup.

    Raises:
        UsageError: There is no such deployment group.
    """
    try:
        with aws_call("codedeploy:GetDeploymentGroup"):
            reply = codedeploy.get_deployment_group(applicationName=application, deploymentGroupName=group)
    except NotThereError as error:
        raise UsageError(
            f"{application}/{group} is no deployment group of this account in {codedeploy.meta.region_name}: "
            "aws deploy list-applications and aws deploy list-deployment-groups name those that are; another account "
            "or region is chosen by AWS_PROFILE and AWS_REGION"
        ) from error
    return reply["deploymentGroupInfo"]
