"""Requests of a restricted access key, as boto3 sees the answers."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cfnlint
import pytest
from botocore.exceptions import ClientError

from guardian_rehearsal.emulator.iam import Principal, needs, statements_of
from guardian_rehearsal.emulator.iam.needs import ANYTHING, IAM_PREFIXES, OPERATIONS, Account
from guardian_rehearsal.emulator.iam.policy import Access
from guardian_rehearsal.emulator.requests import Request
from guardian_rehearsal.emulator.server import EmulatedAws

ARN = "arn:aws:{}:eu-west-1:123456789012:{}"
TABLE = ARN.format("dynamodb", "table/t")
ACCOUNT = Account("123456789012", "eu-west-1", {"d-1": "shop/group"}.get)
KEY = {"id": {"S": "1"}}

# Where a request is held to something else than the Service Authorization Reference says, and why.
BESIDE_THE_REFERENCE = {
    "cloudwatch:GetMetricData": "its datasets are those of OpenTelemetry; metrics have none",
    "cloudwatch:PutMetricData": "the same",
    "codedeploy:GetDeploymentTarget": "the user guide says deployment group, the reference nothing",
    "codedeploy:PutLifecycleEventHookExecutionStatus": "the same",
    "codedeploy:StopDeployment": "the same",
    "rds:DescribeBlueGreenDeployments": "its types are cluster and instance, which a listing does not name",
    "ecs:ListTasks": "its one resource type is a container instance, which a listing by service does not name",
}


@pytest.fixture
def restricted(aws: EmulatedAws) -> Callable[..., Any]:
    """Make a client of a service whose key is held to the given statements."""
    aws.client("dynamodb").create_table(
        TableName="t", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}], BillingMode="PAY_PER_REQUEST",
    )  # fmt: skip

    def client(service: str, *statements: dict[str, Any]) -> Any:
        read = list(statements_of({"Statement": list(statements)}))
        aws.iam.restrict("ASIAROLE", Principal("role", "function", read))
        return aws.client(service, "ASIAROLE")

    return client


def allow(action: str | list[str], resource: str | list[str]) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def denial(call: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call()
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_grant_lets_a_request_through(restricted: Callable[..., Any], aws: EmulatedAws) -> None:
    """What is allowed reaches the service, and is remembered with the statement that allowed it."""
    dynamodb = restricted("dynamodb", allow("dynamodb:PutItem", TABLE))
    dynamodb.put_item(TableName="t", Item=KEY)
    assert aws.client("dynamodb").scan(TableName="t")["Count"] == 1
    ((access, decision),) = aws.iam.decisions["role"].items()
    assert (access.action, access.resource, decision.allowed) == ("dynamodb:PutItem", TABLE, True)


def test_a_denied_request_never_reaches_the_service(restricted: Callable[..., Any], aws: EmulatedAws) -> None:
    """The answer is AWS's, with who, what and on which resource; nothing has happened."""
    dynamodb = restricted("dynamodb", allow("dynamodb:PutItem", f"{TABLE}2"))
    code, message = denial(lambda: dynamodb.put_item(TableName="t", Item=KEY))
    assert code == "AccessDeniedException"
    assert message == (
        "User: arn:aws:sts::123456789012:assumed-role/role/function is not authorized to perform: "
        f"dynamodb:PutItem on resource: {TABLE} because no identity-based policy allows the dynamodb:PutItem action"
    )
    assert aws.client("dynamodb").scan(TableName="t")["Count"] == 0
    assert aws.calls[-2].access_key == "ASIAROLE"


def test_a_deny_is_said_to_be_one(restricted: Callable[..., Any]) -> None:
    """An explicit deny has wording of its own."""
    deny = {"Effect": "Deny", "Action": "dynamodb:*", "Resource": "*"}
    dynamodb = restricted("dynamodb", allow("*", "*"), deny)
    assert denial(lambda: dynamodb.get_item(TableName="t", Key=KEY))[1].endswith(
        "with an explicit deny in an identity-based policy"
    )


@pytest.mark.parametrize(
    ("service", "code", "call"),
    [
        ("codedeploy", "AccessDeniedException", lambda one: one.get_deployment_group(
            applicationName="shop", deploymentGroupName="group")),
        ("ssm", "AccessDeniedException", lambda one: one.get_parameter(Name="/a")),
        ("ecs", "AccessDeniedException", lambda one: one.describe_clusters(clusters=["c"])),
        ("sqs", "AccessDenied", lambda one: one.receive_message(QueueUrl="http://x/123456789012/q")),
        ("elbv2", "AccessDenied", lambda one: one.describe_rules(ListenerArn="x")),
        ("cloudwatch", "AccessDenied", lambda one: one.put_metric_data(Namespace="N", MetricData=[])),
        ("sns", "AuthorizationError", lambda one: one.publish(TopicArn="arn:aws:sns:a:b:c", Message="m")),
    ],
)  # fmt: skip
def test_the_code_is_the_services_own(
    restricted: Callable[..., Any], service: str, code: str, call: Callable[[Any], Any]
) -> None:
    """Services that once spoke XML say AccessDenied, those born with JSON AccessDeniedException."""
    assert denial(lambda: call(restricted(service)))[0] == code


def test_a_transaction_is_held_to_its_parts(restricted: Callable[..., Any], aws: EmulatedAws) -> None:
    """TransactWriteItems needs the action of each item, and nothing is written if one is missing."""
    items = [
        {"Put": {"TableName": "t", "Item": KEY}},
        {"Delete": {"TableName": "t", "Key": {"id": {"S": "2"}}}},
    ]
    half = restricted("dynamodb", allow(["dynamodb:PutItem", "dynamodb:TransactWriteItems"], TABLE))
    assert "dynamodb:DeleteItem" in denial(lambda: half.transact_write_items(TransactItems=items))[1]
    assert aws.client("dynamodb").scan(TableName="t")["Count"] == 0
    aws.iam.decisions.clear()
    whole = restricted("dynamodb", allow(["dynamodb:PutItem", "dynamodb:DeleteItem"], TABLE))
    whole.transact_write_items(TransactItems=items)
    assert {one.action for one in aws.iam.decisions["role"]} == {"dynamodb:PutItem", "dynamodb:DeleteItem"}


def test_an_operation_that_nobody_listed_is_denied(restricted: Callable[..., Any]) -> None:
    """A role that may do everything may not do what the table does not know; the message says where to add it."""
    code, message = denial(lambda: restricted("dynamodb", allow("*", "*")).list_tables())
    assert code == "AccessDeniedException"
    assert "dynamodb ListTables: add it to OPERATIONS in emulator/iam/needs.py" in message


def test_other_keys_may_do_everything(restricted: Callable[..., Any], aws: EmulatedAws) -> None:
    """People and AWS's own services are not restricted."""
    restricted("dynamodb")
    assert aws.client("dynamodb").list_tables()["TableNames"] == ["t"]
    assert aws.iam.decisions == {"role": {}}


def test_a_deployment_stands_for_its_group(restricted: Callable[..., Any]) -> None:
    """Where a deployment does not exist there is nothing to be denied, and the service says so."""
    codedeploy = restricted("codedeploy", allow("codedeploy:GetDeployment", "arn:nothing"))
    assert (
        denial(lambda: codedeploy.get_deployment(deploymentId="d-404"))[0]
        == "DeploymentDoesNotExistException"
    )


GROUP = ARN.format("codedeploy", "deploymentgroup:shop/group")
NAMED: list[tuple[str, str, dict[str, Any], list[str]]] = [
    ("codedeploy", "StopDeployment", {"deploymentId": "d-1"}, [GROUP]),
    ("codedeploy", "ListDeployments", {"applicationName": "shop", "deploymentGroupName": "group"}, [GROUP]),
    ("codedeploy", "ListDeployments", {}, [ANYTHING]),
    ("dynamodb", "Query", {"TableName": "t"}, [TABLE]),
    ("dynamodb", "Query", {"TableName": TABLE, "IndexName": "i"}, [f"{TABLE}/index/i"]),
    ("ssm", "GetParameter", {"Name": "/a/b"}, [ARN.format("ssm", "parameter/a/b")]),
    ("ssm", "GetParameter", {"Name": "a"}, [ARN.format("ssm", "parameter/a")]),
    ("ssm", "GetParametersByPath", {"Path": "/a"}, [ARN.format("ssm", "parameter/a")]),
    ("ecs", "DescribeClusters", {"clusters": ["c", "d"]},
        [ARN.format("ecs", "cluster/c"), ARN.format("ecs", "cluster/d")]),
    ("ecs", "DescribeClusters", {}, [ARN.format("ecs", "cluster/default")]),
    ("ecs", "DescribeTasks", {"cluster": ARN.format("ecs", "cluster/c"), "tasks": ["1", "arn:2"]},
        [ARN.format("ecs", "task/c/1"), "arn:2"]),
    ("sqs", "SendMessage", {"QueueUrl": "http://127.0.0.1:1/123456789012/q.fifo"}, [ARN.format("sqs", "q.fifo")]),
    ("sns", "Publish", {"TopicArn": "arn:aws:sns:x:1:t"}, ["arn:aws:sns:x:1:t"]),
    ("elbv2", "DescribeRules", {"ListenerArn": "arn:l"}, [ANYTHING]),
]  # fmt: skip


@pytest.mark.parametrize(("service", "operation", "parameters", "resources"), NAMED)
def test_resources_are_those_that_the_request_names(
    service: str, operation: str, parameters: dict[str, Any], resources: list[str]
) -> None:
    """Names become the ARNs that policies are written with, and ARNs stay what they are."""
    found = list(needs.accesses(ACCOUNT, service, operation, parameters))
    assert found == [
        Access(
            f"{IAM_PREFIXES.get(service, service)}:{operation}",
            resource,
            (("aws:RequestedRegion", "eu-west-1"),),
        )
        for resource in resources
    ]


def test_the_table_agrees_with_the_service_authorization_reference() -> None:
    """Each action exists, and stands on `*` exactly where the reference has no resource type, reasons aside."""
    data = Path(cfnlint.__file__).parent / "data/AdditionalSpecs/Policies.json"
    reference = json.loads(data.read_text())
    beside = set()
    for service, operations in OPERATIONS.items():
        prefix = IAM_PREFIXES.get(service, service)
        for operation, resources in operations.items():
            kinds = reference[prefix]["Actions"][operation.lower()].get("Resources", [])
            on_anything = resources is OPERATIONS["elbv2"]["DescribeRules"]
            if on_anything == bool(kinds):
                beside.add(f"{prefix}:{operation}")
    assert beside == set(BESIDE_THE_REFERENCE)


def test_a_check_costs_little(restricted: Callable[..., Any], aws: EmulatedAws) -> None:
    """A check takes less than 100 microseconds, a small part of the request that it stands before."""
    restricted("dynamodb", allow("dynamodb:GetItem", TABLE))
    body = json.dumps({"TableName": "t", "Key": KEY}).encode()
    request = Request("ASIAROLE", "dynamodb", "GetItem", "application/x-amz-json-1.0", body)
    spent = []
    for _ in range(101):
        begin = time.perf_counter()
        assert aws.iam.refusal(request) is None
        spent.append(time.perf_counter() - begin)
    assert sorted(spent)[50] < 100e-6
