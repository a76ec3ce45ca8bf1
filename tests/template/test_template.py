"""What template.yaml promises: nothing undeployed, nothing unread, no permission without a reason."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from aws_lambda_powertools.shared import constants as powertools
from cfnlint.api import lint_file
from cfnlint.decode import cfn_yaml

ROOT = Path(__file__).parents[2]
TEMPLATE: dict[str, Any] = cfn_yaml.load(str(ROOT / "template.yaml"))
RESOURCES: dict[str, Any] = TEMPLATE["Resources"]

HOOKS = {"BeforeInstall", "AfterInstall", "AfterAllowTestTraffic", "BeforeAllowTraffic", "AfterAllowTraffic"}

# CloudWatch user guide, "Create an alarm based on a metric math expression".
MOST_METRICS = 10

# The variable that names a thing, and the service through which a role is allowed to use that thing.
SERVICE_BEHIND = {"GUARDIAN_TABLE": "dynamodb", "GUARDIAN_POLICY_PATH": "ssm"}

NO_RESOURCE_TYPE = "no resource type in the Service Authorization Reference"
# Every action that stands on `*`, and why. None of them writes.
ON_EVERY_RESOURCE = {
    "cloudwatch:GetMetricData": NO_RESOURCE_TYPE,
    "codedeploy:GetDeploymentTarget": NO_RESOURCE_TYPE,
    "ecs:DescribeTaskDefinition": NO_RESOURCE_TYPE,
    "ecs:ListTasks": "its one resource type is a container instance, which Fargate has not",
    "elasticloadbalancing:DescribeRules": NO_RESOURCE_TYPE,
    "elasticloadbalancing:DescribeTargetGroups": NO_RESOURCE_TYPE,
    "elasticloadbalancing:DescribeTargetHealth": NO_RESOURCE_TYPE,
    "rds:DescribeBlueGreenDeployments": "its types are cluster and instance, which a listing does not name",
}

# Who may change something outside Guardian's own table, queue, topics and logs.
WHO_MAY_CHANGE_PRODUCTION = {
    "codedeploy:PutLifecycleEventHookExecutionStatus": {"HookRole", "TurnRole"},
    "codedeploy:StopDeployment": {"HookRole", "TurnRole"},
    "elasticloadbalancing:ModifyListener": {"TurnRole"},
    "elasticloadbalancing:ModifyRule": {"TurnRole"},
    "events:PutEvents": {"HookRole", "TurnRole"},
    "lambda:InvokeFunction": {"ScheduleRole"},
}
# Roles that no function holds.
SENDERS = {"ScheduleRole"}
OWN_SERVICES = {"dynamodb", "sns", "sqs", "logs"}
READ_VERBS = ("BatchGet", "ConditionCheck", "Describe", "Get", "List", "Query")


class Grant(NamedTuple):
    """One action that one role is allowed, and on what."""

    role: str
    action: str
    resources: tuple[str, ...]
    condition: dict[str, Any]

    @property
    def service(self) -> str:
        return self.action.split(":")[0]

    @property
    def writes(self) -> bool:
        return not self.action.split(":")[1].startswith(READ_VERBS)


def of_type(kind: str) -> dict[str, Any]:
    return {name: resource for name, resource in RESOURCES.items() if resource["Type"] == kind}


FUNCTIONS = of_type("AWS::Serverless::Function")
ROLES = of_type("AWS::IAM::Role")


def as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]


def resource_name(value: Any) -> str:
    """Return a resource as text; a parameter stands for its default, because that is what gets deployed."""
    if isinstance(value, dict) and value.get("Ref") in TEMPLATE["Parameters"]:
        return str(TEMPLATE["Parameters"][value["Ref"]]["Default"])
    return str(value)


def documents(role: str) -> Iterator[dict[str, Any]]:
    properties = ROLES[role]["Properties"]
    for attached in properties.get("ManagedPolicyArns", []):
        yield RESOURCES[attached["Ref"]]["Properties"]["PolicyDocument"]
    for inline in properties.get("Policies", []):
        yield inline["PolicyDocument"]


def grants() -> Iterator[Grant]:
    for role in ROLES:
        for document in documents(role):
            for statement in document["Statement"]:
                resources = tuple(resource_name(each) for each in as_list(statement["Resource"]))
                for action in as_list(statement["Action"]):
                    yield Grant(role, action, resources, statement.get("Condition", {}))


def role_of(function: str) -> str:
    return str(FUNCTIONS[function]["Properties"]["Role"]["Fn::GetAtt"][0])


def variables_of(function: str) -> dict[str, Any]:
    return dict(FUNCTIONS[function]["Properties"]["Environment"]["Variables"])


def names_in(files: list[Path]) -> set[str]:
    return {name for file in files for name in re.findall(r"\bGUARDIAN_[A-Z_]+\b", file.read_text())}


def test_the_linter_finds_nothing() -> None:
    """cfn-lint reads the template without a single finding."""
    assert [str(finding) for finding in lint_file(ROOT / "template.yaml")] == []


def test_what_is_written_is_deployed_and_what_is_deployed_is_written() -> None:
    """Each directory of functions/ with an app.py is deployed, and each deployed directory has an app.py."""
    written = {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}
    if not written:
        pytest.skip("functions/ holds no app.py yet")
    assert written == {Path(each["Properties"]["CodeUri"]).name for each in FUNCTIONS.values()}


def test_every_variable_is_set_and_read() -> None:
    """The GUARDIAN_ variables that the template sets are exactly those that the product reads."""
    wiring = (ROOT / "layers/guardian/guardian/wiring").glob("*.py")
    read = names_in([*wiring, *(ROOT / "functions").glob("*/app.py")])
    assert read == {name for function in FUNCTIONS for name in variables_of(function)}


def test_shared_variables_are_read_by_powertools() -> None:
    """Each variable set for all functions is one that Powertools knows."""
    known = {value for value in vars(powertools).values() if isinstance(value, str)}
    shared = set(TEMPLATE["Globals"]["Function"]["Environment"]["Variables"])
    assert shared
    assert shared <= known


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_told_of_what_it_may_use(function: str) -> None:
    """A function has the variable of the table, the policies or the queue if and only if it may use it."""
    told = variables_of(function)
    allowed = [grant for grant in grants() if grant.role == role_of(function)]
    for variable, service in SERVICE_BEHIND.items():
        assert (variable in told) == any(grant.service == service for grant in allowed), variable
    asks = any(grant.action == "sqs:SendMessage" and "Turns" in str(grant.resources) for grant in allowed)
    assert ("GUARDIAN_QUEUE_URL" in told) == asks
    stops = any(grant.action == "codedeploy:StopDeployment" for grant in allowed)
    assert ("GUARDIAN_DEPLOYMENT_GROUPS" in told) == stops
    tells = any(grant.action == "sns:Publish" for grant in allowed)
    for variable in ("GUARDIAN_TOPIC", "GUARDIAN_CHAT_TOPIC", "GUARDIAN_LOG_GROUPS"):
        assert (variable in told) == tells


def test_events_are_put_only_in_guardians_name() -> None:
    """Who may put events may do so on the default bus alone, and with no other source."""
    putting = [grant for grant in grants() if grant.action == "events:PutEvents"]
    assert {grant.role for grant in putting} == {"HookRole", "TurnRole"}
    for grant in putting:
        assert grant.condition == {"StringEquals": {"events:source": "guardian"}}
        assert len(grant.resources) == 1
        assert "event-bus/default" in grant.resources[0]


def test_people_are_told_on_the_topics_of_this_stack() -> None:
    """Texts and cards have a topic each, which the outputs name, and nobody publishes anywhere else."""
    (resources,) = {grant.resources for grant in grants() if grant.action == "sns:Publish"}
    assert resources == ("{'Ref': 'Notices'}", "{'Ref': 'ChatNotices'}")
    shown = {output["Value"].get("Ref") for output in TEMPLATE["Outputs"].values()}
    assert {"Notices", "ChatNotices"} <= shown


def test_there_is_one_hook_function_for_each_hook() -> None:
    """Each hook has a function that is told its hook and that CodeDeploy's limited role may invoke by name."""
    named = {
        variables_of(function)["GUARDIAN_HOOK"]: FUNCTIONS[function]["Properties"]["FunctionName"]["Fn::Sub"]
        for function in FUNCTIONS
        if "GUARDIAN_HOOK" in variables_of(function)
    }
    assert named == {hook: f"CodeDeployHook_{'${AWS::StackName}'}_{hook}" for hook in HOOKS}


def test_every_hook_name_can_be_copied_from_the_outputs() -> None:
    """Each hook function is among the outputs, so that an AppSpec can be filled in from them."""
    shown = {output["Value"].get("Ref") for output in TEMPLATE["Outputs"].values()}
    assert shown >= {name for name in FUNCTIONS if "GUARDIAN_HOOK" in variables_of(name)}


@pytest.mark.parametrize("name", [*of_type("AWS::DynamoDB::Table"), *of_type("AWS::Logs::LogGroup")])
def test_the_record_survives_the_stack(name: str) -> None:
    """The table and the logs outlive the stack, and no fixed name stops it from being created again."""
    assert (RESOURCES[name]["DeletionPolicy"], RESOURCES[name]["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert not {"TableName", "LogGroupName"} & set(RESOURCES[name]["Properties"])


@pytest.mark.parametrize("function", FUNCTIONS)
def test_each_function_writes_to_a_log_that_ends(function: str) -> None:
    """Each function logs to a log group of this stack, whose retention is a parameter."""
    group = FUNCTIONS[function]["Properties"]["LoggingConfig"]["LogGroup"]["Ref"]
    assert RESOURCES[group]["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}


def test_no_role_is_left_to_the_transform() -> None:
    """Each function has a role of this template, so that every permission it holds can be read here."""
    assert {role_of(function) for function in FUNCTIONS} | SENDERS == set(ROLES)
    for function in FUNCTIONS.values():
        for event in function["Properties"].get("Events", {}).values():
            assert event["Type"] != "ScheduleV2" or "RoleArn" in event["Properties"]


def test_no_role_holds_an_action_by_wildcard() -> None:
    """Each action is spelled out."""
    assert [grant for grant in grants() if "*" in grant.action] == []


def test_an_action_stands_on_everything_only_with_a_reason() -> None:
    """The actions granted on `*` are those with a written reason, and each stays in the stack's Region."""
    everywhere = [grant for grant in grants() if "*" in grant.resources]
    assert {grant.action for grant in everywhere} == set(ON_EVERY_RESOURCE)
    assert [grant for grant in everywhere if "aws:RequestedRegion" not in str(grant.condition)] == []


def test_production_is_changed_only_by_whom_it_must_be() -> None:
    """Hooks and turns answer hooks and stop deployments, turns swap listeners; nobody changes anything else."""
    holders: dict[str, set[str]] = {}
    for grant in grants():
        if grant.writes and grant.service not in OWN_SERVICES:
            holders.setdefault(grant.action, set()).add(grant.role)
    assert holders == WHO_MAY_CHANGE_PRODUCTION


def test_only_alarms_of_this_account_invoke_the_alarm_action() -> None:
    """CloudWatch alarms may invoke the alarm action, and only those of the stack's own account."""
    (permission,) = of_type("AWS::Lambda::Permission").values()
    assert permission["Properties"]["Principal"] == "lambda.alarms.cloudwatch.amazonaws.com"
    assert permission["Properties"]["SourceAccount"] == {"Ref": "AWS::AccountId"}
    assert permission["Properties"]["FunctionName"] == {"Fn::GetAtt": ["AlarmAction", "Arn"]}


def test_a_turn_that_dies_holds_its_service_back_for_ten_minutes_at_most() -> None:
    """A message stays invisible longer than a turn lasts, and is set aside within 600 seconds."""
    queue = RESOURCES["Turns"]["Properties"]
    assert queue["VisibilityTimeout"] > FUNCTIONS["Turn"]["Properties"]["Timeout"]
    assert queue["VisibilityTimeout"] * queue["RedrivePolicy"]["maxReceiveCount"] <= 600


def test_two_stacks_fit_into_one_account() -> None:
    """Nothing has a fixed name: a name is either left to CloudFormation or holds the name of the stack."""
    for name, function in FUNCTIONS.items():
        assert "${AWS::StackName}" in str(function["Properties"].get("FunctionName", "${AWS::StackName}")), (
            name
        )
        for event in function["Properties"].get("Events", {}).values():
            assert event["Type"] != "ScheduleV2" or event["Properties"]["OmitName"], name


@pytest.mark.parametrize("queue", of_type("AWS::SQS::Queue"))
def test_queues_are_encrypted_and_turns_keep_their_order(queue: str) -> None:
    """Each queue is encrypted at rest, and those of turns are first-in-first-out."""
    properties = RESOURCES[queue]["Properties"]
    assert properties["SqsManagedSseEnabled"]
    assert properties.get("FifoQueue", False) == (queue in {"Turns", "DeadTurns"})


def test_stopping_is_scoped_by_the_groups_that_the_installation_names() -> None:
    """StopDeployment is allowed on the named groups; on everything only where somebody asked for that."""
    scopes = {str(grant.resources) for grant in grants() if grant.action == "codedeploy:StopDeployment"}
    assert scopes == {str(("{'Fn::If': ['AnyDeployment', '*', {'Ref': 'GuardedDeploymentGroups'}]}",))}
    assert "Default" not in TEMPLATE["Parameters"]["GuardedDeploymentGroups"]
    assert TEMPLATE["Parameters"]["StopScope"]["Default"] == "named-groups"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_event_is_lost(function: str) -> None:
    """Whoever is invoked asynchronously leaves what it could not take in a queue, which its role may send to."""
    properties = FUNCTIONS[function]["Properties"]
    if function == "Turn":  # invoked by the event source mapping, whose queue has a dead-letter queue
        assert "EventInvokeConfig" not in properties
        return
    destination = properties["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]["Destination"]
    assert destination == {"Fn::GetAtt": ["DeadEvents", "Arn"]}
    allowed = [grant for grant in grants() if grant.role == role_of(function)]
    assert any(
        grant.action == "sqs:SendMessage" and "DeadEvents" in str(grant.resources) for grant in allowed
    )
    for event in properties.get("Events", {}).values():
        assert event["Properties"]["DeadLetterConfig"]["Arn"] == destination


@pytest.mark.parametrize("alarm", of_type("AWS::CloudWatch::Alarm"))
def test_each_alarm_says_what_to_do_and_is_heard(alarm: str) -> None:
    """Each alarm goes to the topic and describes in words what is wrong and where to look."""
    properties = RESOURCES[alarm]["Properties"]
    assert properties["AlarmActions"] == [{"Ref": "Alerts"}]
    assert len(properties["AlarmDescription"]) > 100
    assert properties["TreatMissingData"] == ("breaching" if alarm == "WatchUnattended" else "notBreaching")


@pytest.mark.parametrize(
    ("alarm", "functions"),
    [("HookErrors", HOOKS), ("FunctionErrors", set(FUNCTIONS) - HOOKS)],
    ids=["hooks", "others"],
)
def test_the_alarms_on_errors_know_every_function(alarm: str, functions: set[str]) -> None:
    """One alarm adds up the errors of all hooks, one those of all other functions; CloudWatch takes ten metrics."""
    metrics = RESOURCES[alarm]["Properties"]["Metrics"]
    named = [
        one["MetricStat"]["Metric"]["Dimensions"][0]["Value"]["Ref"] for one in metrics if "MetricStat" in one
    ]
    assert sorted(named) == sorted(functions)
    assert len(named) <= MOST_METRICS
    (expression,) = (one["Expression"] for one in metrics if "Expression" in one)
    assert set(re.findall(r"e\d+", expression)) == {one["Id"] for one in metrics if "MetricStat" in one}


@pytest.mark.parametrize("parameter", TEMPLATE["Parameters"])
def test_each_parameter_says_what_it_takes_and_is_used(parameter: str) -> None:
    """Each parameter has a description, limits on its value, and a place where it is used."""
    described = TEMPLATE["Parameters"][parameter]
    assert described["Description"]
    assert {"AllowedPattern", "AllowedValues", "MinValue"} & set(described)
    used = str({part: TEMPLATE[part] for part in ("Conditions", "Globals", "Resources")})
    assert f"'Ref': '{parameter}'" in used or f"${{{parameter}}}" in used


def test_the_layer_takes_its_dependencies_from_the_lock() -> None:
    """The layer's makefile installs what it exports from uv.lock, with hashes, and nothing else."""
    (layer,) = of_type("AWS::Serverless::LayerVersion")
    makefile = ROOT / RESOURCES[layer]["Properties"]["ContentUri"] / "Makefile"
    recipe = makefile.read_text().replace("\\\n", " ")
    assert RESOURCES[layer]["Metadata"]["BuildMethod"] == "makefile"
    assert f"\nbuild-{layer}:\n" in recipe
    (export,) = re.findall(r"^\t\$\(UV\) export .*$", recipe, re.MULTILINE)
    (install,) = re.findall(r"^\t\$\(UV\) pip install .*$", recipe, re.MULTILINE)
    assert {"--frozen", "--no-dev", "--no-emit-project"} <= set(export.split())
    assert export.endswith('--output-file "$(REQUIREMENTS)"')
    assert install.endswith('--target "$(SITE)" --requirement "$(REQUIREMENTS)"')
    assert {"--no-deps", "--no-build", "--require-hashes"} <= set(install.split())


def test_the_layer_is_built_for_the_runtime_that_loads_it() -> None:
    """Python version and processor of the layer's makefile are those of the functions."""
    shared = TEMPLATE["Globals"]["Function"]
    recipe = (ROOT / "layers/guardian/Makefile").read_text()
    assigned = dict(re.findall(r"^(\w+) \?= (\S+)$", recipe, re.MULTILINE))
    assert f"python{assigned['PYVER']}" == shared["Runtime"]
    assert [{"aarch64": "arm64"}.get(assigned["ARCH"], assigned["ARCH"])] == shared["Architectures"]
