"""Asks IAM what Guardian's roles and CodeDeploy's service role may do, without doing it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from guardian_console.preflight.ask import IncompleteError, ask, then
from guardian_console.preflight.facts import Denied, Fact, Json, Unasked, Unread
from guardian_console.preflight.permissions import CALLS, resources


class Simulation:
    """Runs iam:SimulatePrincipalPolicy for one deployment group."""

    def __init__(self, cloudformation: Any, iam: Any, group: Json, region: str) -> None:
        self._cloudformation = cloudformation
        self._iam = iam
        self._group = group
        self._region = region

    def denied(self, stack: str | None, policy_path: str) -> Fact[Sequence[Denied]]:
        """Return the calls that the roles of the installed stack may not make."""
        if stack is None:
            return Unasked("give --stack, the name of Guardian's CloudFormation stack")
        kinds = resources(self._group, self._region, policy_path)
        names = ask("cloudformation:DescribeStackResources", lambda: self._roles(stack))
        arns = then(names, lambda known: ask("iam:GetRole", lambda: self._arns(known)))
        return then(
            arns,
            lambda known: ask(
                "iam:SimulatePrincipalPolicy",
                lambda: [
                    one for role, arn in known.items() for one in self._of_role(arn, CALLS[role], kinds)
                ],
            ),
        )

    def uninvokable(self, stack: str | None, hooks: Fact[Mapping[str, str]]) -> Fact[Sequence[Denied]]:
        """Return the hook functions that CodeDeploy's service role may not invoke.

        Asks for those of the latest AppSpec; without any for one that the stack would have.
        """
        if isinstance(hooks, Unread):
            return hooks
        named = [] if isinstance(hooks, Unasked) else list(hooks.values())
        prefix = resources(self._group, self._region, "")["functions"]
        names = named or [f"CodeDeployHook_{stack or 'guardian'}_AfterAllowTestTraffic"]
        arns = [name if name.startswith("arn:") else prefix + name for name in names]
        role = self._group["serviceRoleArn"]
        return ask(
            "iam:SimulatePrincipalPolicy",
            lambda: [one for arn in arns for one in self._simulated(role, ["lambda:InvokeFunction"], arn)],
        )

    def _roles(self, stack: str) -> Mapping[str, str]:
        """Return the stack's names of the roles in `CALLS`."""
        reply = self._cloudformation.describe_stack_resources(StackName=stack)
        physical = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in reply["StackResources"]}
        missing = sorted(CALLS.keys() - physical.keys())
        if missing:
            raise IncompleteError(f"the stack {stack} has no {', '.join(missing)}: is it Guardian's?")
        return {role: physical[role] for role in CALLS}

    def _arns(self, names: Mapping[str, str]) -> Mapping[str, str]:
        return {role: self._iam.get_role(RoleName=name)["Role"]["Arn"] for role, name in names.items()}

    def _of_role(self, arn: str, calls: Mapping[str, str], kinds: Mapping[str, str]) -> Iterator[Denied]:
        for kind in dict.fromkeys(calls.values()):
            yield from self._simulated(arn, [one for one in calls if calls[one] == kind], kinds[kind])

    def _simulated(self, role: str, actions: Sequence[str], resource: str) -> Iterator[Denied]:
        """Yield what is denied; given is what Guardian's policies ask for: the Region, and the source of its events."""
        keys = {"aws:RequestedRegion": self._region, "events:source": "guardian"}
        context = [
            {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"}
            for key, value in keys.items()
        ]
        pages = self._iam.get_paginator("simulate_principal_policy").paginate(
            PolicySourceArn=role, ActionNames=actions, ResourceArns=[resource], ContextEntries=context
        )
        for page in pages:
            for one in page["EvaluationResults"]:
                if one["EvalDecision"] != "allowed":
                    yield Denied(role.rpartition("/")[2], one["EvalActionName"], resource)
