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


def name_everything(
    aws: EmulatedAws, template: Mapping[str, Any], given: Mapping[str, str]
) -> tuple[dict[str, Any], Resolver]:
    """Return what `Ref` leads to, to be added to, and what resolves the template with it.

    Args:
        aws: The account and region.
        template: The template.
        given: Values of the template's parameters that differ from their defaults. Guarded is, where nothing else is
            said, every deployment group and every listener of the account and region.
    """
    everything = f"arn:aws:codedeploy:{aws.region}:{aws.account_id}:deploymentgroup:*/*"
    balancing = f"arn:aws:elasticloadbalancing:{aws.region}:{aws.account_id}"
    guarded = {
        "GuardedDeploymentGroups": everything,
        "GuardedListeners": f"{balancing}:listener/app/*,{balancing}:listener-rule/app/*",
    }
    names: dict[str, Any] = {
        "AWS::StackName": STACK, "AWS::Region": aws.region, "AWS::AccountId": aws.account_id, "AWS::Partition": "aws",
        **_parameters(template["Parameters"], {**guarded, **given}),
    }  # fmt: skip
    attributes: dict[str, str] = {}
    resolver = Resolver(names, attributes, template.get("Conditions"))
    for logical_id, resource in template["Resources"].items():
        form = ARNS.get(resource["Type"])
        if form is None:
            continue
        name = _physical_name(logical_id, resource, resolver)
        arn = f"arn:aws:{form.format(region=aws.region, account=aws.account_id, name=name)}"
        names[logical_id] = arn if resource["Type"] in REFERENCED_BY_ARN else name
        attributes[f"{logical_id}.Arn"] = arn
        if resource["Type"] == "AWS::SQS::Queue":
            attributes[f"{logical_id}.QueueName"] = name
    return names, resolver


def _parameters(described: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """Return what the parameters stand for: a list where they are of a list type."""
    values = {name: given.get(name, parameter.get("Default")) for name, parameter in described.items()}
    return {
        name: value.split(",") if described[name]["Type"] == "CommaDelimitedList" else value
        for name, value in values.items()
    }


def _physical_name(logical_id: str, resource: Mapping[str, Any], resolver: Resolver) -> str:
    """Return a resource's name: its own where the template gives one."""
    properties = resource.get("Properties", {})
    if "FunctionName" in properties:
        return str(resolver.value(properties["FunctionName"]))
    return f"{STACK}-{logical_id}{'.fifo' if properties.get('FifoQueue') else ''}"
