"""Installs Guardian into the emulated AWS as its template says: table, queues, and each function's surroundings."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from guardian_rehearsal.emulator.server import EmulatedAws
from guardian_rehearsal.own_alarms import create_alarms, create_topics
from guardian_rehearsal.template import TEMPLATE, Resolver, load_template

STACK = "guardian"


@dataclass(frozen=True)
class Function:
    """One function of the template.

    Attributes:
        logical_id: Its key in the template.
        name: The name that a hook or a rule knows it by.
        arn: Its ARN.
        code: The folder of its `app.py`.
        environment: Its variables, resolved.
        events: Its event sources as the template lists them.
        handler: Module and function, as `app.handler`.
        timeout: Seconds that it has for one event.
        memory: Its memory in MB.
        runtime: Lambda's name of the Python that it is made for.
        layers: What its layers put on the search path.
    """

    logical_id: str
    name: str
    arn: str
    code: Path
    environment: Mapping[str, str]
    events: Mapping[str, Any]
    handler: str = "app.handler"
    timeout: float = 3  # Lambda's own defaults
    memory: int = 128
    runtime: str = "python3.13"
    layers: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Installation:
    """What the installed stack consists of.

    Attributes:
        functions: By logical id.
        table: The table's name.
        queue_url: The queue of turn requests.
        dead_letter_url: Where its failed messages go.
        policy_path: Where policies are stored.
        alarms: Names of the alarms on Guardian itself, by logical id.
    """

    functions: Mapping[str, Function]
    table: str
    queue_url: str
    dead_letter_url: str
    policy_path: str
    alarms: Mapping[str, str] = field(default_factory=dict)

    def function(self, name_or_arn: str) -> Function | None:
        """Return the function that a service knows by this name or ARN; None if it is not one of Guardian's."""
        return next((one for one in self.functions.values() if name_or_arn in (one.name, one.arn)), None)


def install(aws: EmulatedAws, path: Path = TEMPLATE) -> Installation:
    """Create the stack's table, queues, topics and alarms, and resolve what each function gets.

    Paths count from the template.
    """
    template = load_template(path)
    resources: dict[str, Any] = template["Resources"]
    names: dict[str, Any] = {
        "AWS::StackName": STACK, "AWS::Region": aws.region, "AWS::AccountId": aws.account_id, "AWS::Partition": "aws",
    }  # fmt: skip
    names |= {name: parameter.get("Default") for name, parameter in template["Parameters"].items()}
    attributes: dict[str, str] = {}
    resolver = Resolver(names, attributes)
    for logical_id, resource in _in_order(resources):
        properties = resolver.value(resource.get("Properties", {}))
        if resource["Type"] == "AWS::DynamoDB::Table":
            names[logical_id] = _create_table(aws, logical_id, properties)
        elif resource["Type"] == "AWS::SQS::Queue":
            names[logical_id], attributes[f"{logical_id}.Arn"] = _create_queue(aws, logical_id, properties)
    names |= create_topics(aws, STACK, resources)
    functions = {
        name: _function(aws, name, resource, template, resolver, path.parent)
        for name, resource in _functions(resources)
    }
    names |= {name: function.name for name, function in functions.items()}
    return Installation(
        functions=functions,
        table=names["GuardianTable"],
        queue_url=names["Turns"],
        dead_letter_url=names["DeadTurns"],
        policy_path=names["PolicyPath"],
        alarms=create_alarms(aws, STACK, resources, resolver),
    )


def _in_order(resources: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Tables and queues, a dead-letter queue before the queue that names it."""
    stateful = [
        (k, v) for k, v in resources.items() if v["Type"] in ("AWS::DynamoDB::Table", "AWS::SQS::Queue")
    ]
    return sorted(stateful, key=lambda item: "RedrivePolicy" in item[1].get("Properties", {}))


def _functions(resources: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(name, one) for name, one in resources.items() if one["Type"] == "AWS::Serverless::Function"]


def _create_table(aws: EmulatedAws, logical_id: str, properties: Mapping[str, Any]) -> str:
    wanted = ("AttributeDefinitions", "KeySchema", "BillingMode")
    name = f"{STACK}-{logical_id}"
    aws.client("dynamodb").create_table(TableName=name, **{key: properties[key] for key in wanted})
    return name


def _create_queue(aws: EmulatedAws, logical_id: str, properties: Mapping[str, Any]) -> tuple[str, str]:
    attributes = {}
    for key, value in properties.items():
        attributes[key] = json.dumps(value) if isinstance(value, dict | bool) else str(value)
    suffix = ".fifo" if properties.get("FifoQueue") else ""
    sqs = aws.client("sqs")
    url: str = sqs.create_queue(QueueName=f"{STACK}-{logical_id}{suffix}", Attributes=attributes)["QueueUrl"]
    arn: str = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return url, arn


def _function(
    aws: EmulatedAws,
    logical_id: str,
    resource: Mapping[str, Any],
    template: Mapping[str, Any],
    resolver: Resolver,
    folder: Path,
) -> Function:
    everyones = template["Globals"]["Function"]
    properties = {**everyones, **resource["Properties"]}
    every = everyones["Environment"]["Variables"]
    own = resource["Properties"].get("Environment", {}).get("Variables", {})
    variables = {name: str(resolver.value(value)) for name, value in {**every, **own}.items()}
    name = (
        resolver.value(properties["FunctionName"])
        if "FunctionName" in properties
        else f"{STACK}-{logical_id}"
    )
    return Function(
        logical_id=logical_id,
        name=name,
        arn=f"arn:aws:lambda:{aws.region}:{aws.account_id}:function:{name}",
        code=(folder / properties["CodeUri"]).resolve(),
        environment=variables,
        events=properties.get("Events", {}),
        handler=properties["Handler"],
        timeout=float(resolver.value(properties["Timeout"])),
        memory=int(resolver.value(properties["MemorySize"])),
        runtime=properties["Runtime"],
        layers=tuple(_layer(template["Resources"][one["Ref"]], folder) for one in properties["Layers"]),
    )


def _layer(resource: Mapping[str, Any], folder: Path) -> Path:
    """Return the part of a layer that Lambda puts on Python's search path."""
    content: Path = folder / resource["Properties"]["ContentUri"] / "python"
    return content.resolve()
