"""What was read of an account: values, or why there is none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

from guardian.observe import Series
from guardian.policy import Policy

Json = Mapping[str, Any]
T = TypeVar("T")


@dataclass(frozen=True)
class Unread:
    """AWS was asked and did not answer; what rests on the answer is unknown and never a pass."""

    why: str


@dataclass(frozen=True)
class Unasked:
    """Nobody asked, for want of a name or of something to ask about; says what to give, or what there is not."""

    why: str


Fact: TypeAlias = T | Unread | Unasked


@dataclass(frozen=True)
class TargetCount:
    """Targets of one target group."""

    healthy: int
    registered: int


@dataclass(frozen=True)
class HealthAnswer:
    """What a health URL answered: the status and the body's fields; no fields if the body is no JSON object."""

    url: str
    status: int
    fields: Json


@dataclass(frozen=True)
class Denied:
    """A call that a role may not make."""

    role: str
    action: str
    resource: str


@dataclass(frozen=True)
class Facts:
    """Everything that checks may ask for, by the name of their parameters.

    Attributes:
        group: `deploymentGroupInfo` of GetDeploymentGroup.
        policy: The policy that applies.
        bake_hours: For how long blue is promised to be there after green has all the traffic.
        now: When it was read.
        config: `deploymentConfigInfo` of the group's deployment configuration.
        open_deployments: Ids of the group's deployments that have not ended.
        last_deployment: `deploymentInfo` of the latest deployment.
        hooks: Function names by lifecycle event, of the latest deployment's AppSpec.
        service: `services[0]` of DescribeServices.
        insights: The cluster's setting `containerInsights`.
        running: The task definition that the service runs.
        latest: The latest revision of its family.
        target_groups: `TargetGroups` of the group's pair.
        attributes: The pair's attributes, by target group name.
        targets: The pair's targets, by target group name.
        production_rules: `Rules` of the production listener, the default rule included.
        test_rules: `Rules` of the test listener.
        alarms: `MetricAlarms` and `CompositeAlarms` of the names in the deployment group.
        database: `DBInstances[0]` of the policy's instance; empty if there is none of that name.
        max_connections: The parameter group's value, which may be a formula; empty if it has none.
        snapshots: `DBSnapshots` of the instance.
        series: The last hours of what the policy judges.
        balancer_name: DNS name of the load balancer.
        records: `ResourceRecordSets` of the hosted zone, or of the named record in it.
        denied: Calls that Guardian's roles may not make.
        uninvokable: Hook functions that CodeDeploy's service role may not invoke.
        health: What the health URL answered.
    """

    group: Json
    policy: Policy
    bake_hours: float
    now: datetime
    config: Fact[Json]
    open_deployments: Fact[Sequence[str]]
    last_deployment: Fact[Json]
    hooks: Fact[Mapping[str, str]]
    service: Fact[Json]
    insights: Fact[str]
    running: Fact[Json]
    latest: Fact[Json]
    target_groups: Fact[Sequence[Json]]
    attributes: Fact[Mapping[str, Mapping[str, str]]]
    targets: Fact[Mapping[str, TargetCount]]
    production_rules: Fact[Sequence[Json]]
    test_rules: Fact[Sequence[Json]]
    alarms: Fact[Sequence[Json]]
    database: Fact[Json]
    max_connections: Fact[str]
    snapshots: Fact[Sequence[Json]]
    series: Fact[Sequence[Series]]
    balancer_name: Fact[str]
    records: Fact[Sequence[Json]]
    denied: Fact[Sequence[Denied]]
    uninvokable: Fact[Sequence[Denied]]
    health: Fact[HealthAnswer]
