"""Installs Guardian into the emulated AWS as its template says: table, queues, and each function's surroundings."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from guardian_rehearsal.emulator.server import ACCESS_KEY_ID, EmulatedAws
from guardian_rehearsal.naming import STACK, name_everything
from guardian_rehearsal.own_alarms import create_alarms, create_topics
from guardian_rehearsal.roles import Role, assume, read_roles
from guardian_rehearsal.template import TEMPLATE, Resolver, load_template


@dataclass(frozen=True)
class Asynchronous:
    """How Lambda treats an event that a function could not take (AWS Lambda developer guide, "Asynchronous").

    Attributes:
        retries: How often it tries again.
        oldest: Seconds after which it does not.
        on_failure: URL of the queue that gets the event then; empty: the event is lost.
    """

    retries: int = 2
    oldest: int = 21600  # Lambda's own defaults
    on_failure: str = ""


@dataclass(frozen=True)
class Function:
    """One function of the template.

    Attributes:
        logical_id: Its key in the template.
        name: The name that a hook or a rule knows it by.
        arn: Its ARN.
        code: The folder of its `app.py`.
        environment: Its variables, resolved, and the credentials of its role.
        events: Its event sources as the template lists them.
        handler: Module and function, as `app.handler`.
        timeout: Seconds that it has for one event.
        memory: Its memory in MB.
        runtime: Lambda's name of the Python that it is made for.
        layers: What its layers put on the search path.
        role: Logical id of its role.
        log_group: ARN of the log group that it writes to.
        asynchronous: How it is invoked by senders that do not wait, its `EventInvokeConfig`.
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
    role: str = ""
    log_group: str = ""
    asynchronous: Asynchronous = Asynchronous()

    @property
    def access_key(self) -> str:
        """The access key with which it calls AWS, and AWS on its behalf."""
        return self.environment.get("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID)


@dataclass(frozen=True)
class Installation:
    """What the installed stack consists of.

    Attributes:
        functions: By logical id.
        table: The table's name.
        queue_url: The queue of turn requests.
        dead_letter_url: Where its failed messages go.
        dead_events_url: Where events go that no attempt could take.
        policy_path: Where policies are stored.
        roles: The roles of the functions, by logical id.
        alarms: Names of the alarms on Guardian itself, by logical id.
        topics: ARNs of the topics, by logical id.
    """

    functions: Mapping[str, Function]
    table: str
    queue_url: str
    dead_letter_url: str
    dead_events_url: str
    policy_path: str
    roles: Mapping[str, Role] = field(default_factory=dict)
    alarms: Mapping[str, str] = field(default_factory=dict)
    topics: Mapping[str, str] = field(default_factory=dict)

    def function(self, name_or_arn: str) -> Function | None:
        """Return the function that a service knows by this name or ARN; None if it is not one of Guardian's."""
        return next((one for one in self.functions.values() if name_or_arn in (one.name, one.arn)), None)


def install(
    aws: EmulatedAws, path: Path = TEMPLATE, parameters: Mapping[str, str] | None = None
) -> Installation:
    """Create the stack's table, queues, topics and alarms, and resolve what each function gets.

    Args:
        aws: Where.
        path: The template; paths in it count from its folder.
        parameters: Values of the template's parameters that differ from their defaults.
    """
    template = load_template(path)
    resources: dict[str, Any] = template["Resources"]
    names, resolver = name_everything(aws, template, parameters or {})
    for logical_id, resource in _in_order(resources):
        properties = resolver.value(resource.get("Properties", {}))
        if resource["Type"] == "AWS::DynamoDB::Table":
            _create_table(aws, names[logical_id], properties)
        elif resource["Type"] == "AWS::SQS::Queue":
            names[logical_id] = _create_queue(aws, names[logical_id], properties)
    topics = create_topics(aws, STACK, resources)
    names |= topics
    stack = _Stack(aws, template, path.parent, resolver, read_roles(resources, resolver))
    return Installation(
        functions={name: _function(stack, name, resource) for name, resource in _functions(resources)},
        table=names["GuardianTable"],
        queue_url=names["Turns"],
        dead_letter_url=names["DeadTurns"],
        dead_events_url=names["DeadEvents"],
        policy_path=names["PolicyPath"],
        roles=stack.roles,
        alarms=create_alarms(aws, STACK, resources, resolver),
        topics=topics,
    )


@dataclass(frozen=True)
class _Stack:
    """What a function is made from besides its own properties."""

    aws: EmulatedAws
    template: Mapping[str, Any]
    folder: Path
    resolver: Resolver
    roles: Mapping[str, Role]


def _in_order(resources: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Tables and queues, a dead-letter queue before the queue that names it."""
    stateful = [
        (k, v) for k, v in resources.items() if v["Type"] in ("AWS::DynamoDB::Table", "AWS::SQS::Queue")
    ]
    return sorted(stateful, key=lambda item: "RedrivePolicy" in item[1].get("Properties", {}))


def _functions(resources: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(name, one) for name, one in resources.items() if one["Type"] == "AWS::Serverless::Function"]


def _create_table(aws: EmulatedAws, name: str, properties: Mapping[str, Any]) -> None:
    wanted = ("AttributeDefinitions", "KeySchema", "BillingMode")
    aws.client("dynamodb").create_table(TableName=name, **{key: properties[key] for key in wanted})


def _create_queue(aws: EmulatedAws, name: str, properties: Mapping[str, Any]) -> str:
    attributes = {}
    for key, value in properties.items():
        attributes[key] = json.dumps(value) if isinstance(value, dict | bool) else str(value)
    url: str = aws.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url


def _function(stack: _Stack, logical_id: str, resource: Mapping[str, Any]) -> Function:
    everyones, resolver = stack.template["Globals"]["Function"], stack.resolver
    properties = {**everyones, **resource["Properties"]}
    every = everyones["Environment"]["Variables"]
    own = resource["Properties"].get("Environment", {}).get("Variables", {})
    variables = {name: str(resolver.value(value)) for name, value in {**every, **own}.items()}
    name = resolver.value({"Ref": logical_id})
    role = _resource_named(properties["Role"]["Fn::GetAtt"])
    return Function(
        logical_id=logical_id,
        name=name,
        arn=resolver.value({"Fn::GetAtt": f"{logical_id}.Arn"}),
        code=(stack.folder / properties["CodeUri"]).resolve(),
        environment={**variables, **assume(stack.aws, stack.roles[role], name)},
        events=properties.get("Events", {}),
        handler=properties["Handler"],
        timeout=float(resolver.value(properties["Timeout"])),
        memory=int(resolver.value(properties["MemorySize"])),
        runtime=properties["Runtime"],
        layers=tuple(
            _layer(stack.template["Resources"][one["Ref"]], stack.folder) for one in properties["Layers"]
        ),
        role=role,
        asynchronous=_asynchronous(stack, properties.get("EventInvokeConfig", {})),
        log_group=resolver.value({"Fn::GetAtt": f"{properties['LoggingConfig']['LogGroup']['Ref']}.Arn"}),
    )


def _asynchronous(stack: _Stack, config: Mapping[str, Any]) -> Asynchronous:
    config = stack.resolver.value(config)
    arn = config.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination", "")
    sqs = stack.aws.client("sqs")
    return Asynchronous(
        retries=config.get("MaximumRetryAttempts", Asynchronous.retries),
        oldest=config.get("MaximumEventAgeInSeconds", Asynchronous.oldest),
        on_failure=sqs.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"] if arn else "",
    )


def _resource_named(attribute: str | list[str]) -> str:
    """Return the logical id in the argument of `Fn::GetAtt`."""
    return attribute.partition(".")[0] if isinstance(attribute, str) else attribute[0]


def _layer(resource: Mapping[str, Any], folder: Path) -> Path:
    """Return the part of a layer that Lambda puts on Python's search path."""
    content: Path = folder / resource["Properties"]["ContentUri"] / "python"
    return content.resolve()
