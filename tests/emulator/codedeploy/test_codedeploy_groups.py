"""Changes to a deployment group, as boto3 sees them."""

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from conftest import Shop

STOP = {"enabled": True, "events": ["DEPLOYMENT_STOP_ON_REQUEST"]}


def group_of(shop: "Shop") -> tuple[str, str, dict[str, Any]]:
    """Return application, name and description of the shop's only group."""
    (name,) = shop.codedeploy.list_deployment_groups(applicationName="app")["deploymentGroups"]
    reply = shop.codedeploy.get_deployment_group(applicationName="app", deploymentGroupName=name)
    return "app", name, reply["deploymentGroupInfo"]


def test_what_is_given_is_replaced_and_the_rest_stays(ready: "Shop") -> None:
    """UpdateDeploymentGroup replaces a member as a whole and leaves the others as they are."""
    application, name, before = group_of(ready)
    ready.codedeploy.update_deployment_group(
        applicationName=application, currentDeploymentGroupName=name, autoRollbackConfiguration=STOP
    )
    _, _, after = group_of(ready)
    assert after == before | {"autoRollbackConfiguration": STOP}
    assert before["autoRollbackConfiguration"] != STOP


def test_an_unknown_configuration_is_refused_and_changes_nothing(ready: "Shop") -> None:
    """A configuration that does not exist raises DeploymentConfigDoesNotExistException."""
    application, name, before = group_of(ready)
    with pytest.raises(ClientError, match="DeploymentConfigDoesNotExistException"):
        ready.codedeploy.update_deployment_group(
            applicationName=application,
            currentDeploymentGroupName=name,
            deploymentConfigName="CodeDeployDefault.None",
            autoRollbackConfiguration=STOP,
        )
    assert group_of(ready)[2] == before
