"""Names and ARNs that the stack's resources would get, whether or not the emulated AWS holds them."""

from collections.abc import Mapping
from typing import Any

from guardian_rehearsal.emulator.server import EmulatedAws
from guardian_rehearsal.template import Resolver

STACK = "guardian"

ARNS: Mapping[str, str] = {
    "AWS::DynamoDB::Table": "dynamodb:{region}:{account}:table/{name}",
    "AWS::IAM::ManagedPolicy": "iam::{account}:policy/{name}",
    "AWS::IAM::Role": "iam::{account}:role/{name}",
    "AWS::Logs::LogGroup": "logs:{region}:{account}:log-group:{name}:*",
    "AWS::SNS::Topic": "sns:{region}:{account}:{name}",
    "AWS::SQS::Queue": "sqs:{region}:{account}:{name}",
    "AWS::Serverless::Function": "lambda:{region}:{account}:function:{name}",
}
"""ARNs by type, as `Fn::GetAtt` returns them; that of a log group ends with `:*`."""

REFERENCED_BY_ARN = frozenset({"AWS::IAM::ManagedPolicy", "AWS::SNS::Topic"})
"""Types whose `Ref` is the ARN and not the name."""


def identities(
    aws: EmulatedAws, resources: Mapping[str, Any], resolver: Resolver
) -> tuple[dict[str, str], dict[str, str]]:
    """Return what `Ref` leads to by logical id, and what `Fn::GetAtt` leads to by `id.Arn`."""
    names, attributes = {}, {}
    for logical_id, resource in resources.items():
        form = ARNS.get(resource["Type"])
        if form is None:
            continue
        name = physical_name(logical_id, resource, resolver)
        arn = f"arn:aws:{form.format(region=aws.region, account=aws.account_id, name=name)}"
        names[logical_id] = arn if resource["Type"] in REFERENCED_BY_ARN else name
        attributes[f"{logical_id}.Arn"] = arn
        if resource["Type"] == "AWS::SQS::Queue":
            attributes[f"{logical_id}.QueueName"] = name
    return names, attributes


def physical_name(logical_id: str, resource: Mapping[str, Any], resolver: Resolver) -> str:
    """Return a resource's name: its own where the template gives one."""
    properties = resource.get("Properties", {})
    if "FunctionName" in properties:
        return str(resolver.value(properties["FunctionName"]))
    return f"{STACK}-{logical_id}{'.fifo' if properties.get('FifoQueue') else ''}"
