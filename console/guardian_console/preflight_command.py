"""`guardian preflight`: what will bite in the next deployment of one service, before it does."""

import json
from contextlib import closing
from pathlib import Path
from typing import Annotated

import boto3
import typer
from rich.console import Console

from guardian.aws.calls import CONFIG
from guardian.aws.policies import ParameterStorePolicies
from guardian.model import Service
from guardian.policy import Policy
from guardian_console.deployment_groups import read_group
from guardian_console.exits import Code, UsageError
from guardian_console.policy_commands import PATH, read_policy
from guardian_console.preflight import view
from guardian_console.preflight.check import Level
from guardian_console.preflight.examine import Report, examine
from guardian_console.preflight.facts import Json
from guardian_console.preflight.reader import Reader, Wanted

Application = Annotated[str, typer.Option(help="CodeDeploy application.")]
Group = Annotated[str, typer.Option("--deployment-group", help="CodeDeploy deployment group.")]
PolicyFile = Annotated[
    Path | None, typer.Option("--policy", help="The policy; otherwise the stored one, or the defaults.")
]
StorePath = Annotated[str, typer.Option("--path", help="The stack's PolicyPath, without a slash at the end.")]
BakeHours = Annotated[
    float | None,
    typer.Option(min=0, help="Hours for which blue is to stay; otherwise the policy's bake.hours."),
]
Stack = Annotated[str | None, typer.Option(help="Guardian's stack, to check what its roles may do.")]
Zone = Annotated[str | None, typer.Option("--hosted-zone", help="Route 53 zone whose TTLs are checked.")]
Record = Annotated[str | None, typer.Option(help="Only this name of the zone.")]
HealthUrl = Annotated[str | None, typer.Option(help="A health page, judged by its fields.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]


def preflight(
    application: Application,
    deployment_group: Group,
    policy: PolicyFile = None,
    path: StorePath = PATH,
    bake_hours: BakeHours = None,
    stack: Stack = None,
    hosted_zone: Zone = None,
    record: Record = None,
    health_url: HealthUrl = None,
    as_json: AsJson = False,
) -> None:
    """Read an account and tell what will bite in the next deployment, with the number and the fix. Changes nothing.

    Exit code 0: nothing worse than a note; 1: something will bite; 2: wrong usage; 3: nothing bites, but not everything
    could be read. What could not be read is told as unknown and is never a pass.
    """
    if record and not hosted_zone:
        raise UsageError("--record is a name in a zone: give --hosted-zone with it")
    session = boto3.Session()
    with closing(session.client("codedeploy", config=CONFIG)) as codedeploy:
        group = _blue_green(read_group(codedeploy, application, deployment_group))
    given = read_policy(policy) if policy else _stored(session, path, application, deployment_group)
    wanted = Wanted(stack, path, hosted_zone, record, health_url)
    with Reader(session) as reader:
        facts = reader.read(group, given, given.bake.hours if bake_hours is None else bake_hours, wanted)
    report = examine(facts)
    if as_json:
        typer.echo(json.dumps(view.as_json(facts, report), indent=2, ensure_ascii=False))
    else:
        view.show(facts, report, Console())
    raise typer.Exit(int(_code(report)))


def _blue_green(group: Json) -> Json:
    """Return a deployment group that is one for ECS blue/green.

    Raises:
        UsageError: It is for another platform.
    """
    pairs = (group.get("loadBalancerInfo") or {}).get("targetGroupPairInfoList") or ()
    if not pairs or len(pairs[0].get("targetGroups") or ()) != 2 or not group.get("ecsServices"):
        raise UsageError(
            f"{group['applicationName']}/{group['deploymentGroupName']} names no ECS service with a "
            "pair of target groups: "
            "preflight reads ECS blue/green deployment groups"
        )
    return group


def _stored(session: boto3.Session, path: str, application: str, group: str) -> Policy:
    with closing(session.client("ssm", config=CONFIG)) as client:
        found = ParameterStorePolicies(client, path).find(
            Service(application=application, deployment_group=group)
        )
    return found or Policy()


def _code(report: Report) -> Code:
    if report.count(Level.BITES):
        return Code.DIVERGED
    return Code.NOT_ENOUGH_DATA if report.count(Level.UNKNOWN) else Code.FINE
