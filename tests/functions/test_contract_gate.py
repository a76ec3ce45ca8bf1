"""The function contract_gate, as a pipeline calls it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from guardian.aws.contract_notes import TableContractNotes
from guardian.aws.contracts import TableContracts
from guardian.errors import AwsRefusedError, MalformedEventError
from guardian.model import Contract, JobTick, Snapshot
from guardian_rehearsal.world import deploy

Event = Callable[[str], dict[str, Any]]
POLICY = {
    "bake": {"hours": 0.25},
    "contract": {"peaks": [], "night": None, "jobs": ["smoke"], "quiet_minutes": 5},
}
"""A bake that is over in a quarter of an hour."""


def asked(site: Any, event: Event) -> dict[str, Any]:
    """Invoke the function about the site's service."""
    names = {"application": site.service.application, "deployment_group": site.service.deployment_group}
    answer: dict[str, Any] = site.invoke("ContractGate", event("contract-gate") | names)
    return answer


def items(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in answer["items"]}


@pytest.fixture
def release(site: Any) -> str:
    """A release that was judged every minute and succeeded, and whose bake is over."""
    site.push_policy(**POLICY, database={"instance": site.world.db_instance})
    release = deploy(site.aws, replace(site.world, appspec_hooks={}), "2")
    for _ in range(60):
        site.run(minutes=1)
        watch = site.table.find(release)
        green = watch.weights[-1].weight if watch and watch.weights else 0.0
        publish(site, site.clock.now() - timedelta(minutes=1), green)
        site.invoke("Turn", {"Records": [site.message(release)]})
    site.run(minutes=60)
    assert site.status(release) == "Succeeded"
    return release


def publish(site: Any, minute: datetime, green: float) -> None:
    """Put what users of one minute leave in CloudWatch: requests by green's share, and all of the load balancer."""
    balancer = {"Name": "LoadBalancer", "Value": site.world.load_balancer.partition(":loadbalancer/")[2]}
    groups = [
        {"Name": "TargetGroup", "Value": arn.rpartition(":")[2]} for arn in site.world.target_groups.values()
    ]
    requests = [([balancer], 600.0)]
    requests += [
        ([balancer, group], 600.0 * share)
        for group, share in zip(groups, (1 - green, green), strict=True)
        if share
    ]
    data = [
        {"MetricName": "RequestCount", "Dimensions": dimensions, "Timestamp": minute, "Value": value}
        for dimensions, value in requests
    ]
    site.aws.client("cloudwatch").put_metric_data(Namespace="AWS/ApplicationELB", MetricData=data)


@pytest.fixture
def ready(site: Any, release: str) -> str:
    """Its job is ticked off, its snapshot taken, and users go on coming to green."""
    now = site.clock.now()
    for minute in range(10):
        publish(site, now - timedelta(minutes=minute), 1.0)
    site.run(seconds=30)
    notes = TableContractNotes(site.aws.client("dynamodb"), site.installation.table)
    notes.tick(site.service, release, JobTick(job="smoke", at=now, by="pipeline"))
    snapshot = Snapshot(id="guardian-1", instance=site.world.db_instance)
    notes.note_snapshot(site.service, release, snapshot)
    site.aws.client("rds").create_db_snapshot(
        DBSnapshotIdentifier=snapshot.id, DBInstanceIdentifier=snapshot.instance
    )
    return release


def test_a_release_that_was_just_made_may_not_be_contracted(site: Any, event: Event, release: str) -> None:
    """The answer is data: closed, of which deployment, each item, and what closes it."""
    answer = asked(site, event)
    assert (answer["open"], answer["deployment_id"]) == (False, release)
    found = items(answer)
    assert (found["bake"]["fulfilled"], found["deployments"]["fulfilled"]) == (True, True)
    assert (found["jobs"]["fulfilled"], found["snapshot"]["fulfilled"]) == (False, False)
    assert answer["sentence"].endswith(
        "may not run: closed by jobs, snapshot; nobody can tell traffic, blue."
    )


def test_everything_in_place_opens_the_gate_once(site: Any, event: Event, ready: str) -> None:
    """With every fact read from AWS and good, the answer is open and in the log; after the mark it is closed."""
    site.log()
    answer = asked(site, event)
    assert answer["open"], answer
    assert answer["deployment_id"] == ready
    assert [one["fulfilled"] for one in answer["items"]] == [True] * 10
    (line,) = [line for line in site.log() if "gate" in line]
    assert (line["message"], line["gate"]) == (answer["sentence"], answer)
    marks = TableContracts(site.aws.client("dynamodb"), site.installation.table)
    marks.mark_contract(Contract(service=site.service, deployment_id=ready, at=site.clock.now(), by="bot"))
    assert items(asked(site, event))["mark"]["fulfilled"] is False


def test_what_aws_refuses_is_unknown_and_closes_the_gate(site: Any, event: Event, ready: str) -> None:
    """Without a permission the items that need it are unknown, and their sentences name the permission."""
    for service, operation, unknown in (
        ("cloudwatch", "GetMetricData", ["traffic", "blue"]),
        ("rds", "DescribeDBSnapshots", ["snapshot"]),
        ("codedeploy", "ListDeployments", ["deployments"]),
    ):
        site.aws.faults.clear()
        site.aws.faults.fail(service, operation, "AccessDeniedException", "not authorized")
        answer = asked(site, event)
        assert (answer["open"], answer["deployment_id"]) == (False, ready)
        found = items(answer)
        assert [name for name, one in found.items() if one["fulfilled"] is None] == unknown
        assert all(f"{operation} is not allowed" in found[name]["sentence"] for name in unknown)


def test_a_question_about_no_service_fails(shared_site: Any, event: Event) -> None:
    """A malformed event is a failed invocation, which no pipeline takes for an open gate."""
    with pytest.raises(MalformedEventError):
        shared_site.invoke("ContractGate", event("contract-gate") | {"application": None})


def test_a_question_about_a_service_that_does_not_exist_fails(shared_site: Any, event: Event) -> None:
    """A misspelt group fails the invocation with AWS's word for it."""
    with pytest.raises(AwsRefusedError, match="codedeploy:GetDeploymentGroup was answered with"):
        shared_site.invoke("ContractGate", event("contract-gate"))


def test_a_service_that_never_deployed_is_closed(shared_site: Any, event: Event) -> None:
    """Without a successful deployment there is nothing to contract."""
    answer = asked(shared_site, event)
    assert (answer["open"], answer["deployment_id"], answer["items"]) == (False, None, [])
