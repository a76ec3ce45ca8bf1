"""Which services an installation names."""

import pytest

from guardian.model import Reach, Service

ARN = "arn:aws:codedeploy:eu-west-1:111122223333:deploymentgroup:"


@pytest.mark.parametrize(
    ("name", "application", "group", "named"),
    [
        ("shop/web", "shop", "web", True),
        ("shop/web", "shop", "web2", False),
        ("shop/*", "shop", "web", True),
        ("shop/*", "shopping", "web", False),
        ("*/*", "any", "thing", True),
        ("sh?p/web", "shop", "web", True),
        ("SHOP/web", "shop", "web", False),
        ("[s]hop/web", "shop", "web", False),
    ],
)
def test_a_service_is_named_by_its_group(name: str, application: str, group: str, named: bool) -> None:
    """A pattern names application and group with IAM's wildcards, by case, and no other kind of pattern."""
    reach = Reach.of_arns([f"{ARN}other/group", f"{ARN}{name}"])
    assert reach.names(Service(application=application, deployment_group=group)) is named


@pytest.mark.parametrize("arn", ["", "*", "arn:aws:sns:eu-west-1:111122223333:topic", f"{ARN}shop"])
def test_what_is_no_deployment_group_is_refused(arn: str) -> None:
    """A setting that names no deployment group is an error, not a wildcard."""
    with pytest.raises(ValueError, match="not the ARN of a CodeDeploy deployment group"):
        Reach.of_arns([arn])
