"""Changes to a deployment group, which moto cannot make."""

from collections.abc import Mapping
from typing import Any

from moto.codedeploy.models import DeploymentGroup

from guardian_rehearsal.emulator.codedeploy.traffic import config_info

CHANGEABLE = {
    "alarmConfiguration": "alarm_configuration",
    "autoRollbackConfiguration": "auto_rollback_configuration",
    "blueGreenDeploymentConfiguration": "blue_green_deployment_configuration",
    "deploymentConfigName": "deployment_config_name",
    "loadBalancerInfo": "load_balancer_info",
    "serviceRoleArn": "service_role_arn",
}
"""Members of UpdateDeploymentGroup that are taken here, and moto's names for them."""


def update_group(group: DeploymentGroup, wanted: Mapping[str, Any]) -> None:
    """Replace what is given, each member as a whole.

    Raises:
        DeploymentConfigDoesNotExistException: There is no such configuration.
    """
    if wanted.get("deploymentConfigName"):
        config_info(wanted["deploymentConfigName"])
    for member, attribute in CHANGEABLE.items():
        if wanted.get(member) is not None:
            setattr(group, attribute, wanted[member])
