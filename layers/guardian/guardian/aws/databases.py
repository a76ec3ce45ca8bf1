"""RDS: whether a database instance was switched over to another one."""

from typing import TYPE_CHECKING, Any

from guardian.aws.calls import aws_call

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient

SWITCHED = "SWITCHOVER_COMPLETED"
"""Status of an RDS blue/green deployment after which the old instance no longer replicates (RDS User Guide)."""


class RdsDatabases:
    """Implements `Databases`."""

    def __init__(self, rds: "RDSClient") -> None:
        self._rds = rds

    def switchovers(self, instance: str) -> frozenset[str]:
        # RDS does not say when a deployment was switched over, so the caller compares with what it read before.
        with aws_call("rds:DescribeBlueGreenDeployments"):
            pages = self._rds.get_paginator("describe_blue_green_deployments").paginate()
            return frozenset(
                one["BlueGreenDeploymentIdentifier"]
                for page in pages
                for one in page["BlueGreenDeployments"]
                if _is_of(one, instance)
            )


def _is_of(deployment: Any, instance: str) -> bool:
    """Tell whether it was switched over and is the instance's: it gives its name to the new one and becomes `-oldN`."""
    if deployment.get("Status") != SWITCHED:
        return False
    names = {deployment.get(side, "").rpartition(":")[2] for side in ("Source", "Target")}
    return instance in names or any(name.rpartition("-old")[0] == instance for name in names)
