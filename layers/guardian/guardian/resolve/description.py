"""What AWS says about one deployment, as fetched: the input of `resolve`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Json = Mapping[str, Any]


@dataclass(frozen=True)
class CodeDeployDescription:
    """Replies of AWS about one CodeDeploy deployment, untouched.

    Attributes:
        deployment: `deploymentInfo` of GetDeployment.
        group: `deploymentGroupInfo` of GetDeploymentGroup.
        target: `ecsTarget` of GetDeploymentTarget; None while CodeDeploy has not started.
        target_groups: `TargetGroups` of DescribeTargetGroups for the group's pair.
        rules: `Rules` of DescribeRules for the production listener, the default rule included.
    """

    deployment: Json
    group: Json
    target: Json | None = None
    target_groups: Sequence[Json] = field(default_factory=tuple)
    rules: Sequence[Json] = field(default_factory=tuple)
