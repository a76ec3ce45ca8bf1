"""What each operation is checked against: its actions, and the resources that its request names.

Source: Service Authorization Reference, one page per service. An operation mostly has one action of its own name, on
the resource type of that page, or on `*` where the page has none.

The reference and the user guide of CodeDeploy disagree on StopDeployment, GetDeploymentTarget and
PutLifecycleEventHookExecutionStatus: no resource type, says the one, the deployment group, says the other
("CodeDeploy permissions reference"). Here the user guide holds.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from guardian_rehearsal.emulator.iam.policy import Access

ANYTHING = "*"
"""The resource of an action without a resource type."""


@dataclass(frozen=True)
class Account:
    """Where requests arrive.

    Attributes:
        id: The account's number.
        region: Its region.
        group_of: Returns `application/deployment group` of a CodeDeploy deployment; None if there is none.
    """

    id: str
    region: str
    group_of: Callable[[str], str | None]

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of something of this account and region."""
        return f"arn:aws:{service}:{self.region}:{self.id}:{resource}"


Parameters = Mapping[str, Any]
Resources = Callable[[Account, Parameters], Iterator[str]]
"""Yields the ARNs that a request names. None at all: what it names does not exist, and the service will say so."""


def _anything(_: Account, __: Parameters) -> Iterator[str]:
    yield ANYTHING


def _table(account: Account, parameters: Parameters) -> Iterator[str]:
    name = parameters["TableName"]
    table = name if name.startswith("arn:") else account.arn("dynamodb", f"table/{name}")
    yield f"{table}/index/{parameters['IndexName']}" if "IndexName" in parameters else table


def _parameter(account: Account, parameters: Parameters) -> Iterator[str]:
    name = parameters.get("Name") or parameters["Path"]
    yield account.arn("ssm", f"parameter/{name.removeprefix('/')}")


def _group(account: Account, parameters: Parameters) -> Iterator[str]:
    if "deploymentGroupName" in parameters:
        group = f"{parameters['applicationName']}/{parameters['deploymentGroupName']}"
        yield account.arn("codedeploy", f"deploymentgroup:{group}")
    else:
        yield ANYTHING  # a listing of the whole account


def _group_of_deployment(account: Account, parameters: Parameters) -> Iterator[str]:
    group = account.group_of(parameters["deploymentId"])
    if group is not None:
        yield account.arn("codedeploy", f"deploymentgroup:{group}")


def _clusters(account: Account, parameters: Parameters) -> Iterator[str]:
    for name in parameters.get("clusters", ["default"]):
        yield name if name.startswith("arn:") else account.arn("ecs", f"cluster/{name}")


def _tasks(account: Account, parameters: Parameters) -> Iterator[str]:
    cluster = parameters.get("cluster", "default").rpartition("/")[2]
    for task in parameters["tasks"]:
        yield task if task.startswith("arn:") else account.arn("ecs", f"task/{cluster}/{task}")


def _services(account: Account, parameters: Parameters) -> Iterator[str]:
    cluster = parameters.get("cluster", "default").rpartition("/")[2]
    for name in parameters["services"]:
        yield name if name.startswith("arn:") else account.arn("ecs", f"service/{cluster}/{name}")


def _listener(_: Account, parameters: Parameters) -> Iterator[str]:
    yield parameters["ListenerArn"]


def _rule(_: Account, parameters: Parameters) -> Iterator[str]:
    yield parameters["RuleArn"]


def _snapshot(account: Account, parameters: Parameters) -> Iterator[str]:
    """Both types that the reference has: what the request does not name stands for all of its type."""
    yield account.arn("rds", f"db:{parameters.get('DBInstanceIdentifier', '*')}")
    yield account.arn("rds", f"snapshot:{parameters.get('DBSnapshotIdentifier', '*')}")


def _queue(account: Account, parameters: Parameters) -> Iterator[str]:
    yield account.arn("sqs", parameters["QueueUrl"].rpartition("/")[2])


def _topic(_: Account, parameters: Parameters) -> Iterator[str]:
    yield parameters["TopicArn"]


def _buses(account: Account, parameters: Parameters) -> Iterator[str]:
    for name in {entry.get("EventBusName", "default"): None for entry in parameters["Entries"]}:
        yield name if name.startswith("arn:") else account.arn("events", f"event-bus/{name}")


IAM_PREFIXES = {"elbv2": "elasticloadbalancing"}
"""Services whose actions begin with another name than boto3's."""

OPERATIONS: Mapping[str, Mapping[str, Resources]] = {
    "cloudwatch": {"GetMetricData": _anything, "PutMetricData": _anything},
    "codedeploy": {
        "GetDeployment": _group_of_deployment,
        "GetDeploymentGroup": _group,
        "GetDeploymentTarget": _group_of_deployment,
        "ListDeployments": _group,
        "PutLifecycleEventHookExecutionStatus": _group_of_deployment,
        "StopDeployment": _group_of_deployment,
    },
    "dynamodb": {
        "DeleteItem": _table, "GetItem": _table, "PutItem": _table, "Query": _table, "UpdateItem": _table,
    },
    "ecs": {
        "DescribeClusters": _clusters, "DescribeServices": _services, "DescribeTaskDefinition": _anything,
        "DescribeTasks": _tasks, "ListTasks": _anything,
    },
    "elbv2": {
        "DescribeListeners": _anything, "DescribeRules": _anything, "DescribeTargetGroups": _anything,
        "DescribeTargetHealth": _anything, "ModifyListener": _listener, "ModifyRule": _rule,
    },
    "events": {"PutEvents": _buses},
    "rds": {"DescribeBlueGreenDeployments": _anything, "DescribeDBSnapshots": _snapshot},
    "sns": {"Publish": _topic},
    "sqs": {
        "DeleteMessage": _queue, "GetQueueAttributes": _queue, "ReceiveMessage": _queue, "SendMessage": _queue,
    },
    "ssm": {"GetParameter": _parameter, "GetParametersByPath": _parameter},
}  # fmt: skip
"""Operations by boto3's service name, each with where its resources are in a request."""

PARTS_OF_A_TRANSACTION = {
    "Put": "PutItem", "Delete": "DeleteItem", "Update": "UpdateItem", "ConditionCheck": "ConditionCheckItem",
}  # fmt: skip
"""A transaction has no action of its own (DynamoDB Developer Guide, "Using IAM with DynamoDB transactions")."""


def _sources(service: str, operation: str, parameters: Parameters) -> Iterator[tuple[str, str]]:
    """Yield the condition key `events:source` of events that all have the same one.

    Of several sources the policy's operator would have to say whether all or any must match; here nothing matches them.
    """
    if (service, operation) == ("events", "PutEvents"):
        sources = {entry["Source"] for entry in parameters["Entries"]}
        if len(sources) == 1:
            yield "events:source", sources.pop()


class OperationNotListedError(LookupError):
    """The operation is missing from `OPERATIONS`, so nobody can say what it needs."""


def accesses(account: Account, service: str, operation: str, parameters: Parameters) -> Iterator[Access]:
    """Yield all that a request needs to be allowed.

    Raises:
        OperationNotListedError: The operation is not in the table.
    """
    context = (("aws:RequestedRegion", account.region), *_sources(service, operation, parameters))
    if (service, operation) == ("dynamodb", "TransactWriteItems"):
        for item in parameters["TransactItems"]:
            ((part, inner),) = item.items()
            for resource in _table(account, inner):
                yield Access(f"dynamodb:{PARTS_OF_A_TRANSACTION[part]}", resource, context)
        return
    resources = OPERATIONS.get(service, {}).get(operation)
    if resources is None:
        raise OperationNotListedError(
            f"{service} {operation}: add it to OPERATIONS in emulator/iam/needs.py, with its resource type"
        )
    for resource in resources(account, parameters):
        yield Access(f"{IAM_PREFIXES.get(service, service)}:{operation}", resource, context)
