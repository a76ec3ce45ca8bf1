"""What `guardian rollback` reads of an account, by the process's own credentials and region."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import boto3

from guardian.aws.calls import CONFIG, AwsCall, aws_call
from guardian.aws.codedeploy import CodeDeploy
from guardian.aws.contracts import TableContracts
from guardian.aws.databases import RdsDatabases
from guardian.aws.fleet import EcsFleet
from guardian.aws.listener import AlbSwitch
from guardian.aws.orders import TableOrders
from guardian.aws.pauses import TablePauses
from guardian.aws.policies import ParameterStorePolicies
from guardian.aws.table import Table
from guardian.errors import PolicyInvalidError
from guardian.model import Reach, Service
from guardian.policy import Policy
from guardian.ports import Contracts, Controller, Databases, Fleet, Policies
from guardian.wish_ports import Orders, Pauses
from guardian_console.exits import UsageError


@dataclass(frozen=True)
class Account:
    """An account with Guardian in it."""

    controller: Controller
    fleet: Fleet
    switch: AlbSwitch
    table: Table
    contracts: Contracts
    databases: Databases
    policies: Policies
    pauses: Pauses
    orders: Orders

    def policy(self, service: Service) -> Policy:
        """Return the policy that a turn would use: the service's, or the defaults when it has none that fits."""
        try:
            return self.policies.find(service) or Policy()
        except PolicyInvalidError:
            return Policy()


@dataclass(frozen=True)
class Limits:
    """What the installed stack lets Guardian change.

    Attributes:
        reach: The deployment groups that it names.
        listeners: ARNs of the listeners and rules that it names, with wildcards.
    """

    reach: Reach
    listeners: Sequence[str]

    def outside(self, calls: Sequence[AwsCall]) -> list[str]:
        """Return the listeners and rules that the calls would change and that the stack does not name."""
        targets = [
            arn for one in calls for key in ("ListenerArn", "RuleArn") if (arn := one.parameters.get(key))
        ]
        return [arn for arn in targets if not any(fnmatchcase(arn, pattern) for pattern in self.listeners)]


@contextmanager
def connected(table: str, path: str) -> Iterator[Account]:
    """Give what is read, and close every connection afterwards."""
    with ExitStack() as stack:

        def client(service: str) -> Any:
            return stack.enter_context(closing(boto3.client(service, config=CONFIG)))  # type: ignore[call-overload]

        dynamodb, elbv2 = client("dynamodb"), client("elbv2")
        yield Account(
            controller=CodeDeploy(client("codedeploy"), elbv2),
            fleet=EcsFleet(client("ecs"), elbv2),
            switch=AlbSwitch(elbv2),
            table=Table(dynamodb, table),
            contracts=TableContracts(dynamodb, table),
            databases=RdsDatabases(client("rds")),
            policies=ParameterStorePolicies(client("ssm"), path),
            pauses=TablePauses(dynamodb, table),
            orders=TableOrders(dynamodb, table),
        )


def limits_of(stack: str) -> Limits:
    """Return what a stack's parameters name.

    Raises:
        UsageError: It is not Guardian's stack.
        AwsRefusedError: There is no such stack, or it may not be read.
    """
    with (
        closing(boto3.client("cloudformation", config=CONFIG)) as cloudformation,
        aws_call("cloudformation:DescribeStacks"),
    ):
        (found,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    given: Mapping[str, str] = {
        one["ParameterKey"]: one.get("ParameterValue", "") for one in found.get("Parameters", ())
    }
    try:
        reach = Reach.of_arns(_listed(given["GuardedDeploymentGroups"]))
    except (KeyError, ValueError) as error:
        raise UsageError(
            f"the stack {stack} has no usable parameter GuardedDeploymentGroups: is it Guardian's? ({error})"
        ) from error
    return Limits(reach, _listed(given.get("GuardedListeners", "")))


def _listed(value: str) -> list[str]:
    """Return the parts of a CommaDelimitedList."""
    return [part.strip() for part in value.split(",") if part.strip()]
