"""`guardian dashboard`: a CloudWatch dashboard of one guarded service, made from the roles that hold now."""

import json
import re
from contextlib import ExitStack, closing
from typing import Annotated, Any

import boto3
import typer

from guardian.aws.calls import CONFIG, NotThereError, aws_call
from guardian.aws.codedeploy import CodeDeploy
from guardian.aws.policies import ParameterStorePolicies
from guardian.model import Service
from guardian.policy import Policy
from guardian_console.dashboard_body import body
from guardian_console.dashboard_roles import Roles, roles_now
from guardian_console.exits import UsageError
from guardian_console.policy_commands import PATH

Application = Annotated[str, typer.Option(help="CodeDeploy application.")]
Group = Annotated[str, typer.Option("--deployment-group", help="CodeDeploy deployment group.")]
WidgetArn = Annotated[
    str | None,
    typer.Option("--widget", help="The stack's output DashboardWidgetArn; without it no custom widget."),
]
Put = Annotated[bool, typer.Option("--put", help="Put it into CloudWatch in place of printing it.")]
Name = Annotated[
    str | None, typer.Option(help="With --put: the dashboard's name; otherwise one of the service's.")
]
StorePath = Annotated[str, typer.Option("--path", help="The stack's PolicyPath.")]
AsJson = Annotated[bool, typer.Option("--json", help="With --put: one JSON object instead of text.")]


def dashboard(
    application: Application,
    deployment_group: Group,
    widget: WidgetArn = None,
    put: Put = False,
    name: Name = None,
    path: StorePath = PATH,
    as_json: AsJson = False,
) -> None:
    """Print, or put, a dashboard with blue on the left and green on the right, laid out alike.

    Every deployment trades the target groups, so run it again, from the pipeline, when a deployment has begun.
    """
    service = Service(application=application, deployment_group=deployment_group)
    with ExitStack() as stack:

        def client(kind: str) -> Any:
            return stack.enter_context(closing(boto3.client(kind, config=CONFIG)))  # type: ignore[call-overload]

        roles = _roles(CodeDeploy(client("codedeploy"), client("elbv2")), service)
        policy = ParameterStorePolicies(client("ssm"), path).find(service) or Policy()
        cloudwatch = client("cloudwatch")
        made = body(roles.deployment, roles.why, policy, cloudwatch.meta.region_name, widget)
        if not put:
            typer.echo(json.dumps(made, indent=2))
            return
        called = name or name_of(service)
        with aws_call("cloudwatch:PutDashboard"):
            reply = cloudwatch.put_dashboard(DashboardName=called, DashboardBody=json.dumps(made))
    warnings = [one["Message"] for one in reply.get("DashboardValidationMessages", ())]
    told = {"dashboard": called, "roles": roles.why, "warnings": warnings}
    typer.echo(json.dumps(told) if as_json else "\n".join((f"{called} put: roles {roles.why}", *warnings)))


def name_of(service: Service) -> str:
    """Return the dashboard's name; CloudWatch takes letters, digits, hyphens and underscores. Pure."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", f"guardian-{service}")[:255]


def _roles(codedeploy: CodeDeploy, service: Service) -> Roles:
    try:
        return roles_now(codedeploy, service)
    except NotThereError as error:
        raise UsageError(
            f"{service} is no deployment group of this account and region: aws deploy list-applications and aws deploy "
            "list-deployment-groups name those that are; AWS_PROFILE and AWS_REGION choose others"
        ) from error
