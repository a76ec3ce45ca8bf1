"""The packaged template, deployed without SAM CLI, as Terraform or a pipeline does it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

pytestmark = pytest.mark.ministack
ROOT = Path(__file__).parents[2]
BUCKET = "artifacts"
GROUP = "arn:aws:codedeploy:eu-west-1:000000000000:deploymentgroup:shop/web"


@pytest.fixture(scope="module")
def account(start: Any) -> Any:
    """An account with a bucket for artifacts."""
    running = start()
    place = {"LocationConstraint": "eu-west-1"}
    running.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
    return running


@pytest.fixture(scope="module")
def packaged(account: Any, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What `sam package` writes, in which every local path has become an object of the bucket."""
    file = tmp_path_factory.mktemp("packaged") / "packaged.yaml"
    account.sam(
        "package", "--template-file", str(ROOT / ".aws-sam" / "here" / "accepted.yaml"),
        "--s3-bucket", BUCKET, "--output-template-file", str(file), "--no-progressbar",
    )  # fmt: skip
    return file.read_text()


def test_license_and_readme_go_to_the_repository(account: Any, packaged: str) -> None:
    """`sam package` uploads what `sam publish` would show: the license and the readme of this checkout."""
    told = yaml.safe_load(packaged.replace("!", "#"))["Metadata"]["AWS::ServerlessRepo::Application"]
    for key, name in (("LicenseUrl", "LICENSE"), ("ReadmeUrl", "README.md")):
        bucket, _, path = told[key].removeprefix("s3://").partition("/")
        assert bucket == BUCKET
        body = account.client("s3").get_object(Bucket=bucket, Key=path)["Body"].read()
        assert body == (ROOT / name).read_bytes()


def test_cloudformation_alone_makes_the_same_stack(
    account: Any, packaged: str, artifact: Mapping[str, Any], eventually: Any
) -> None:
    """CreateStack with the template's address, as `aws_cloudformation_stack` calls it, gives working functions."""
    account.client("s3").put_object(Bucket=BUCKET, Key="guardian/template.yaml", Body=packaged.encode())
    cloudformation = account.client("cloudformation")
    cloudformation.create_stack(
        StackName="guardian",
        TemplateURL=f"{account.endpoint}/{BUCKET}/guardian/template.yaml",
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        Parameters=[{"ParameterKey": "GuardedDeploymentGroups", "ParameterValue": GROUP}],
    )
    eventually(lambda: status(cloudformation) == "CREATE_COMPLETE", "the stack's creation")
    stack = account.stack("guardian")
    assert set(stack.outputs) == set(artifact["Outputs"])
    assert stack.invoke("Tick", {})["asked"] == []


def status(cloudformation: Any) -> str:
    (stack,) = cloudformation.describe_stacks(StackName="guardian")["Stacks"]
    assert not stack["StackStatus"].endswith(("FAILED", "ROLLBACK_COMPLETE")), stack.get("StackStatusReason")
    return str(stack["StackStatus"])
