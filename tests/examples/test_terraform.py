"""examples/terraform: it agrees with template.yaml, and what it would deploy is what Guardian accepts.

Nothing here asks a provider: a test puts literals in the place of attributes that only AWS knows, and lets terraform
evaluate the rest. Types of arguments are therefore not checked.
"""

import json
import re
import shutil
import subprocess
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import hcl2
import pytest
import yaml

from guardian.model import Mode
from guardian.policy import parse_policy
from guardian.triggers import Hook
from guardian_rehearsal.template import load_template

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "terraform"
TEXT = "\n".join(file.read_text(encoding="utf-8") for file in sorted(EXAMPLE.glob("*.tf")))
CODE = re.sub(r"#.*$", "", TEXT, flags=re.MULTILINE)
TEMPLATE = load_template()
APPLICATION = "arn:aws:codedeploy:eu-west-1:123456789012:application:shop"


def blocks(kind: str) -> dict[str, Any]:
    """Return the example's blocks of one kind, by `type.name` or by name, with expressions as text."""
    found: dict[str, Any] = {}
    for block in hcl2.loads(TEXT).get(kind, []):
        for label, body in block.items():
            if kind == "resource":
                found |= {f"{label}.{name}".replace('"', ""): inside for name, inside in body.items()}
            elif not label.startswith("__"):
                found[label.strip('"')] = body
    return found


RESOURCES, LOCALS = blocks("resource"), blocks("locals")
STACK = RESOURCES["aws_cloudformation_stack.guardian"]


def evaluated(expression: str, tmp_path: Path, **literals: Any) -> Any:
    """Let terraform evaluate an expression of the example, with literals in place of what only AWS knows."""
    if shutil.which("terraform") is None:
        pytest.skip("terraform is not installed")
    text = expression.removeprefix("${").removesuffix("}") if expression.startswith("${") else expression
    text = text.replace("${path.module}", str(EXAMPLE))
    for name, value in literals.items():
        text = re.sub(rf"\b{name.replace('__', '.')}\b", json.dumps(value), text)
    done = terraform(f"-chdir={tmp_path}", "console", asked=f"jsonencode({text})\n")
    assert done.returncode == 0, done.stderr
    return json.loads(json.loads(done.stdout))


def terraform(*arguments: str, asked: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - terraform itself
        ["terraform", *arguments],  # noqa: S607 - looked up before
        input=asked, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_it_is_formatted() -> None:
    """`terraform fmt` would change nothing."""
    if shutil.which("terraform") is None:
        pytest.skip("terraform is not installed")
    assert terraform("fmt", "-check", "-list=true", str(EXAMPLE)).stdout == ""


def test_every_output_that_it_reads_is_one_of_the_stack() -> None:
    """Hooks, alarm action and policy path are read from outputs that template.yaml has."""
    read = set(re.findall(r'guardian\.outputs\["([^"$]+)"\]', CODE))
    assert 'guardian.outputs["${event}Hook"]' in CODE
    assert read | {f"{hook}Hook" for hook in Hook} <= set(TEMPLATE["Outputs"])


def test_it_gives_the_parameters_that_have_no_default() -> None:
    """The stack's parameters exist in template.yaml, and none that must be given is missing."""
    given = set(re.findall(r"(\w+) =", STACK["parameters"]))
    required = {name for name, keys in TEMPLATE["Parameters"].items() if "Default" not in keys}
    assert required <= given <= set(TEMPLATE["Parameters"])


def test_the_group_that_it_names_is_an_arn_that_the_template_takes(tmp_path: Path) -> None:
    """The deployment group's ARN, made from the application's, fits the parameter's pattern."""
    arn = evaluated(
        LOCALS["deployment_group_arn"], tmp_path,
        aws_codedeploy_app__service__arn=APPLICATION, local__deployment_group="shop-deployment-group",
    )  # fmt: skip
    assert arn == "arn:aws:codedeploy:eu-west-1:123456789012:deploymentgroup:shop/shop-deployment-group"
    assert re.fullmatch(TEMPLATE["Parameters"]["GuardedDeploymentGroups"]["AllowedPattern"], arn)


def test_the_policy_that_it_stores_is_valid(tmp_path: Path) -> None:
    """policy.yaml with the names filled in is a policy, and one that begins by observing."""
    keys = evaluated(
        LOCALS["policy"], tmp_path, aws_codedeploy_app__service__name="shop",
        local__deployment_group="shop-deployment-group", local__wakes_guardian=["a-high-error-rate"],
    )  # fmt: skip
    policy = parse_policy(keys, "examples/terraform/policy.yaml")
    assert (policy.mode, policy.application, policy.alarms) == (Mode.OBSERVE, "shop", ("a-high-error-rate",))


def test_the_appspec_has_guardians_hooks_in_their_order(tmp_path: Path) -> None:
    """The rendered AppSpec is YAML that names a function for each of CodeDeploy's hooks."""
    names = {str(hook): f"CodeDeployHook_guardian_{hook}" for hook in Hook}
    text = evaluated(
        blocks("output")["appspec"]["value"], tmp_path, var__container={"name": "app", "port": 8080},
        aws_cloudformation_stack__guardian__outputs={f"{hook}Hook": name for hook, name in names.items()},
    )  # fmt: skip
    appspec = yaml.safe_load(text)
    assert appspec["Hooks"] == [{str(hook): names[hook]} for hook in Hook]
    (target,) = appspec["Resources"]
    assert target["TargetService"]["Properties"]["LoadBalancerInfo"] == {
        "ContainerName": "app",
        "ContainerPort": 8080,
    }


def test_the_alarm_of_the_group_is_the_one_of_the_other_example() -> None:
    """CodeDeploy's alarm has the settings of examples/rollback-needed-alarm.yaml, and the group lists it."""
    alarm = RESOURCES["aws_cloudwatch_metric_alarm.rollback_needed"]
    other = load_template(ROOT / "examples" / "rollback-needed-alarm.yaml")["Resources"]["RollbackNeeded"][
        "Properties"
    ]
    for name in ("Namespace", "MetricName", "Statistic", "Period", "ComparisonOperator", "Threshold",
                 "EvaluationPeriods", "TreatMissingData"):  # fmt: skip
        mine = alarm[re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()]
        assert (mine.strip('"') if isinstance(mine, str) else mine) == other[name], name
    assert set(alarm["dimensions"]) == {one["Name"] for one in other["Dimensions"]}
    (watched,) = RESOURCES["aws_codedeploy_deployment_group.service"]["alarm_configuration"]
    assert "aws_cloudwatch_metric_alarm.rollback_needed.alarm_name" in watched["alarms"]


def test_the_alarms_of_the_policy_call_guardian() -> None:
    """Each alarm that the policy lists has the stack's AlarmActionArn as its action."""
    for kind in ("high_error_rate", "high_response_time"):
        assert f"local.{kind}" in LOCALS["wakes_guardian"]
        alarm = RESOURCES[f"aws_cloudwatch_metric_alarm.{kind}"]
        assert alarm["alarm_name"] == f"${{local.{kind}[each.key]}}"
        assert alarm["alarm_actions"] == ['${aws_cloudformation_stack.guardian.outputs["AlarmActionArn"]}']


def test_every_reference_leads_somewhere_and_none_in_a_circle() -> None:
    """What an expression names is declared, and terraform finds an order in which to make it."""
    declared = {f"local.{name}": body for name, body in LOCALS.items()} | RESOURCES
    variables = set(blocks("variable"))
    assert set(re.findall(r"\bvar\.(\w+)", CODE)) == variables
    graph = {
        name: set(re.findall(r"\b(?:local\.\w+|aws_\w+\.\w+)", json.dumps(body)))
        for name, body in declared.items()
    }
    assert set().union(*graph.values()) <= set(declared)
    list(TopologicalSorter(graph).static_order())  # raises on a circle
