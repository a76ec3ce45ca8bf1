"""Functions, and AWS on their behalf, have the permissions of their own role."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from guardian_rehearsal.emulator.iam import Principal, statements_of
from guardian_rehearsal.emulator.server import EmulatedAws
from guardian_rehearsal.host import FunctionHost
from guardian_rehearsal.installation import Function, Installation, install
from guardian_rehearsal.lambda_service import LambdaService
from guardian_rehearsal.naming import name_everything
from guardian_rehearsal.roles import read_roles

ASKS = """
import boto3
def handler(event, context):
    boto3.client(event["service"]).list_queues()
"""
GROUP = "arn:aws:codedeploy:eu-west-1:123456789012:deploymentgroup:shop/group"


class Contented:
    """A host whose functions are done with whatever comes."""

    def invoke(self, function: Function, event: Any) -> Any:  # noqa: ARG002 - as the protocol says
        return {}

    def log_lines(self) -> list[str]:
        return []

    def close(self) -> None:
        return


@pytest.fixture
def aws() -> Iterator[EmulatedAws]:
    with EmulatedAws() as emulated:
        yield emulated


def consumer(aws: EmulatedAws, *actions: str) -> tuple[Function, str]:
    """A function that consumes from a queue with a role that holds these actions."""
    url = aws.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    allowed = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    aws.iam.restrict("ASIAQ", Principal("role", "q", list(statements_of({"Statement": [allowed]}))))
    sources: dict[str, Any] = {"Q": {"Type": "SQS", "Properties": {}}}
    return Function("q", "q", "arn:q", Path(), {"AWS_ACCESS_KEY_ID": "ASIAQ"}, sources), url


def test_functions_that_share_a_process_have_credentials_of_their_own(
    aws: EmulatedAws, tmp_path: Path
) -> None:
    """Each client is signed with the key of the function that makes it, whoever made clients before."""
    (tmp_path / "app.py").write_text(ASKS)
    host = FunctionHost(aws.environment())
    for key in ("ASIAONE", "ASIATWO"):
        host.invoke(Function(key, key, key, tmp_path, {"AWS_ACCESS_KEY_ID": key}, {}), {"service": "sqs"})
    assert [one.access_key for one in aws.calls] == ["ASIAONE", "ASIATWO"]


def test_installed_functions_are_held_to_their_role(aws: EmulatedAws) -> None:
    """The tick may list deployments and may not read their group; its refusal names role and function."""
    installation = install(aws)
    tick = installation.functions["Tick"]
    assert (tick.role, tick.log_group) == (
        "TickRole",
        "arn:aws:logs:eu-west-1:123456789012:log-group:guardian-TickLogs:*",
    )
    codedeploy = aws.client("codedeploy", tick.access_key)
    assert (
        codedeploy.list_deployments(applicationName="shop", deploymentGroupName="group")["deployments"] == []
    )
    with pytest.raises(ClientError, match="assumed-role/guardian-TickRole/guardian-Tick is not authorized"):
        codedeploy.get_deployment_group(applicationName="shop", deploymentGroupName="group")


@pytest.mark.parametrize("missing", ["sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:DeleteMessage"])
def test_a_queue_is_consumed_with_the_role_of_its_function(aws: EmulatedAws, missing: str) -> None:
    """Without one of the three actions that Lambda needs on a queue, no message is taken off it."""
    needed = {"sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:DeleteMessage"}
    function, url = consumer(aws, *needed - {missing})
    aws.client("sqs").send_message(QueueUrl=url, MessageBody="{}")
    installation = Installation({"q": function}, "t", url, "d", "e", "/p")
    with pytest.raises(ClientError, match=missing):
        LambdaService(aws, installation, Contented(), lambda _, __: None).pump()


def test_a_list_of_groups_is_a_list_in_the_policy() -> None:
    """A parameter of a list type stands for its parts, each a resource of its own."""
    template = {
        "Parameters": {"Groups": {"Type": "CommaDelimitedList", "Default": "*"}},
        "Resources": {
            "Stop": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": {"Statement": [
                {"Effect": "Allow", "Action": "codedeploy:StopDeployment", "Resource": {"Ref": "Groups"}}]}}},
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"ManagedPolicyArns": [{"Ref": "Stop"}]}},
        },
    }  # fmt: skip
    for given, resources in (({}, ("*",)), ({"Groups": f"{GROUP},{GROUP}2"}, (GROUP, f"{GROUP}2"))):
        _, resolver = name_everything(EmulatedAws(), template, given)
        (statement,) = read_roles(template["Resources"], resolver)["Role"].statements
        assert statement.resources == resources


def test_a_policy_from_elsewhere_is_refused() -> None:
    """What an AWS-managed policy allows is not in the template, so nothing could be proven of the role."""
    attached = "arn:aws:iam::aws:policy/AdministratorAccess"
    resources = {"Role": {"Type": "AWS::IAM::Role", "Properties": {"ManagedPolicyArns": [attached]}}}
    _, resolver = name_everything(EmulatedAws(), {"Parameters": {}, "Resources": resources}, {})
    with pytest.raises(ValueError, match="attach policies of the template"):
        read_roles(resources, resolver)
