"""The contract gate on fakes: what it gathers, and what it says when something cannot be read."""

from datetime import timedelta

import pytest
from guardian_fakes import BLUE, CHECKOUT, Failing, Shop

from guardian.contract_check import Item
from guardian.contract_gate import Answer, ContractGate
from guardian.errors import (
    AwsRefusedError,
    ContractUnreadableError,
    DeploymentUnknownError,
    GuardianError,
    MalformedEventError,
    PolicyInvalidError,
    SnapshotFailedError,
    TemporaryError,
)
from guardian.model import Contract, JobTick, Service, Snapshot
from guardian.observe import Reply

SHORT = {
    "mode": "enforce",
    "bake": {"hours": 0.2},
    "contract": {"peaks": [], "night": None, "jobs": ["smoke"], "quiet_minutes": 5},
    "database": {"instance": "shop-db"},
}
"""A policy whose bake is over in twelve minutes."""


@pytest.fixture
def baked(standby: Shop) -> Shop:
    """The bake is over, its job is ticked off and its snapshot taken."""
    standby.policies.put(CHECKOUT, **SHORT)
    for _ in range(12):
        standby.turn()
        standby.minutes(1)
    now = standby.clock.now()
    standby.notes.tick(CHECKOUT, standby.release, JobTick(job="smoke", at=now, by="bot"))
    snapshot = Snapshot(id="guardian-1", instance="shop-db", taken_at=now)
    standby.notes.note_snapshot(CHECKOUT, standby.release, snapshot)
    standby.snapshots.put(snapshot)
    return standby


def examined(shop: Shop, **named: str) -> Answer:
    return ContractGate(shop.gate_ports).examine(CHECKOUT, **named)


def items(shop: Shop, **named: str) -> dict[str, Item]:
    return {item.name: item for item in examined(shop, **named).items}


def test_the_gate_opens_when_the_bake_was_served(baked: Shop) -> None:
    """With everything in place the answer is open, about the last successful deployment."""
    answer = examined(baked)
    assert answer.open, answer.sentence
    assert answer.deployment_id == baked.release


def test_a_pipeline_is_told_in_plain_data(baked: Shop) -> None:
    """The answer to an event holds the verdict, the deployment, each item, and one sentence."""
    event = {"application": CHECKOUT.application, "deployment_group": CHECKOUT.deployment_group}
    told = ContractGate(baked.gate_ports).receive(event)
    assert (told["open"], told["deployment_id"]) == (True, baked.release)
    assert told["sentence"].endswith("may run: all 10 items hold.")
    assert {item["fulfilled"] for item in told["items"]} == {True}


def test_an_event_that_names_no_service_is_malformed(baked: Shop) -> None:
    """It raises, so that the pipeline's step fails."""
    with pytest.raises(MalformedEventError):
        ContractGate(baked.gate_ports).receive({"application": CHECKOUT.application})


def test_looking_changes_nothing(baked: Shop) -> None:
    """However often it is asked, nothing is written, stopped or taken."""
    wrote = {"save", "write", "intend", "conclude", "mark_contract", "tick", "note_snapshot", "create"}
    ports: list[Failing] = [baked.table, baked.contracts, baked.notes, baked.snapshots]
    before = [len(port.calls) for port in ports]
    examined(baked)
    since = {call for port, start in zip(ports, before, strict=True) for call in port.calls[start:]}
    assert since
    assert not since & wrote
    assert baked.codedeploy.stops == []


def test_without_a_successful_deployment_the_gate_is_closed(shop: Shop) -> None:
    """There is nothing to contract, and that is said."""
    answer = examined(shop)
    assert (answer.open, answer.deployment_id, answer.items) == (False, None, ())
    assert "has no successful deployment" in answer.sentence


def test_a_marked_deployment_is_not_contracted_again(baked: Shop) -> None:
    """Once the mark is set the gate is closed."""
    now = baked.clock.now()
    baked.contracts.mark_contract(Contract(service=CHECKOUT, deployment_id=baked.release, at=now, by="bot"))
    assert items(baked)["mark"].fulfilled is False


def test_a_request_to_blue_closes_the_gate(baked: Shop) -> None:
    """A33: CloudWatch is asked about blue's own group."""
    when = baked.clock.now().replace(second=0) - timedelta(minutes=4)
    dimensions = {"LoadBalancer": "app/shop-alb/50dc6c495c0c9188", "TargetGroup": BLUE.dimension}
    baked.metrics.put("AWS/ApplicationELB", "RequestCount", dimensions, "Sum", when, 1.0)
    assert items(baked)["blue"].fulfilled is False


def test_a_running_deployment_closes_the_gate(baked: Shop) -> None:
    """Another release that is under way is found and named."""
    baked.codedeploy.create(CHECKOUT, "d-NEXT12345")
    assert "d-NEXT12345 has not ended" in items(baked)["deployments"].sentence


def test_the_noted_snapshot_is_looked_up_by_its_one_id(baked: Shop) -> None:
    """G6: the id that was noted is the only one that RDS is asked for."""
    examined(baked)
    assert baked.snapshots.looked_up == ["guardian-1"]


def test_a_noted_snapshot_that_rds_does_not_have_closes_the_gate(baked: Shop) -> None:
    """A note is no snapshot: what was written down and never came to be is said to be missing."""
    lost = Snapshot(id="guardian-2", instance="shop-db")
    baked.notes.note_snapshot(CHECKOUT, baked.release, lost, instead_of="guardian-1")
    item = items(baked)["snapshot"]
    assert item.fulfilled is False
    assert "guardian-2 of shop-db is not in RDS" in item.sentence


def test_a_named_snapshot_stands_in_for_the_noted_one(baked: Shop) -> None:
    """Who takes snapshots by other means names one; one that does not exist is an error, not an item."""
    own = Snapshot(id="nightly", instance="shop-db", taken_at=baked.clock.now() - timedelta(hours=2))
    baked.snapshots.put(own)
    assert (
        "nightly of shop-db is available, 120 minutes old"
        in items(baked, snapshot_id="nightly")["snapshot"].sentence
    )
    with pytest.raises(SnapshotFailedError, match="there is no snapshot other"):
        examined(baked, snapshot_id="other")


@pytest.mark.parametrize(
    ("port", "method", "unknown"),
    [
        ("metrics", "read", {"traffic", "blue"}),
        ("codedeploy", f"open_deployments {CHECKOUT}", {"deployments"}),
        ("notes", "ticks", {"jobs"}),
        ("notes", "snapshot", {"snapshot"}),
        ("snapshots", "find", {"snapshot"}),
        ("contracts", "contract", {"mark"}),
    ],
)
@pytest.mark.parametrize(
    "error",
    [TemporaryError("Rate exceeded"), AwsRefusedError("is not allowed"), ContractUnreadableError("odd")],
    ids=lambda error: type(error).__name__,
)
def test_what_cannot_be_read_leaves_its_item_unknown(
    baked: Shop, port: str, method: str, unknown: set[str], error: GuardianError
) -> None:
    """One fact that is missing closes the gate, is named with its reason, and hides no other item."""
    getattr(baked, port).fail(method, error)
    found = items(baked)
    assert {name for name, item in found.items() if item.fulfilled is not True} == unknown
    for name in unknown:
        assert found[name].fulfilled is None
        assert str(error) in found[name].sentence


@pytest.mark.parametrize(
    ("port", "method"), [("codedeploy", "describe"), ("codedeploy", "last_successful"), ("table", "find")]
)
def test_without_the_deployment_itself_there_is_no_answer(baked: Shop, port: str, method: str) -> None:
    """What is asked about cannot be told: the question fails, which opens nothing."""
    getattr(baked, port).fail(method, TemporaryError("Rate exceeded"))
    with pytest.raises(TemporaryError):
        examined(baked)


def test_a_policy_that_cannot_be_used_is_an_error(baked: Shop) -> None:
    """Nobody contracts by the defaults because the policy has a typo."""
    baked.policies.stored[CHECKOUT] = '{"bake": {"hurs": 24}}'
    with pytest.raises(PolicyInvalidError, match=r"bake\.hurs"):
        examined(baked)


def test_another_services_deployment_is_refused(baked: Shop) -> None:
    """A deployment that was named by mistake is not this service's."""
    other = Service(application="other", deployment_group="group")
    baked.codedeploy.create(other, "d-OTHER0000")
    with pytest.raises(DeploymentUnknownError, match="it is one of other/group"):
        examined(baked, deployment_id="d-OTHER0000")


def test_metrics_that_are_forbidden_are_unknown(baked: Shop) -> None:
    """G7: an answer without permission is no zero."""
    baked.metrics.force("AWS/ApplicationELB", "RequestCount", Reply.FORBIDDEN)
    item = items(baked)["blue"]
    assert (item.fulfilled, "Forbidden" in item.sentence) == (None, True)
