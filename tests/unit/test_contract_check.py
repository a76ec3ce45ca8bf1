"""Whether the contract migration may run, item by item."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from guardian.contract_check import Facts, Item, check, is_open
from guardian.decide import Decision, DecisionKind
from guardian.model import Contract, Deployment, Finding, Service, Snapshot, Verdict
from guardian.policy import Policy
from guardian.record import DecisionRecord, write_record
from guardian.triggers import Trigger, TriggerKind
from guardian.watch import Watch, WeightChange

Examine = Callable[..., dict[str, Item]]


@pytest.fixture
def facts(
    a_watch: Callable[..., Watch],
    a_verdict: Callable[..., Verdict],
    a_deployment: Callable[..., Deployment],
    noon: datetime,
) -> Facts:
    """Everything is as it must be: a day has passed, nothing diverged, green is alone, a snapshot is fresh."""
    since = noon - timedelta(hours=24)
    watch = a_watch(weights=(WeightChange(at=since, weight=1.0),), version=3)
    return Facts(
        deployment=a_deployment(weight=1.0),
        watch=watch,
        records=(_record(watch, a_verdict(Finding.HEALTHY), noon),),
        snapshot=Snapshot(id="pre-contract", instance="shop-db", taken_at=noon - timedelta(minutes=10)),
        snapshot_status="available",
    )


def _record(watch: Watch, verdict: Verdict, at: datetime) -> DecisionRecord:
    decision = Decision(kind=DecisionKind.PROCEED, why="because")
    return write_record(
        watch, Trigger(kind=TriggerKind.TICK), at, Policy(), verdict, decision, deployment=None
    )


@pytest.fixture
def examine(facts: Facts, noon: datetime) -> Examine:
    """Return the items by name, for the facts with some of them changed."""

    def build(policy: Policy | None = None, **changes: Any) -> dict[str, Item]:
        items = check(facts.model_copy(update=changes), policy or Policy(), noon)
        return {item.name: item for item in items}

    return build


def test_the_gate_is_open_when_everything_holds(examine: Examine) -> None:
    """All items fulfilled open the gate."""
    assert is_open(tuple(examine().values()))


def test_a24_the_bake_must_be_served(examine: Examine, a_watch: Callable[..., Watch], noon: datetime) -> None:
    """A24: before the bake time is over the gate is closed and says how many hours are left."""
    watch = a_watch(weights=(WeightChange(at=noon - timedelta(hours=20), weight=1.0),))
    item = examine(watch=watch)["bake"]
    assert item.fulfilled is False
    assert "20.0 of 24 hours, 4.0 are left" in item.sentence


def test_a_deployment_that_was_never_watched_is_unknown(examine: Examine) -> None:
    """Without a watch nobody knows how long green has baked, which keeps the gate closed."""
    items = examine(watch=None)
    assert (items["bake"].fulfilled, items["divergence"].fulfilled) == (None, None)
    assert not is_open(tuple(items.values()))


def test_a_divergence_in_the_bake_closes_the_gate(
    examine: Examine, facts: Facts, a_verdict: Callable[..., Verdict], noon: datetime
) -> None:
    """A divergence since green got everything is named with its time and its sentence."""
    assert facts.watch is not None
    sick = _record(facts.watch, a_verdict(Finding.DIVERGED), noon - timedelta(hours=2))
    item = examine(records=(sick, *facts.records))["divergence"]
    assert item.fulfilled is False
    assert "10:00" in item.sentence


def test_a33_green_alone_has_the_traffic(examine: Examine, a_deployment: Callable[..., Deployment]) -> None:
    """A33: as long as blue gets anything the gate is closed."""
    item = examine(deployment=a_deployment(weight=0.9))["traffic"]
    assert (item.fulfilled, item.sentence) == (False, "green has 90% of the traffic at the listener")


def test_a_later_deployment_closes_the_gate(
    examine: Examine, a_deployment: Callable[..., Deployment]
) -> None:
    """While a later deployment stands, its blue is this version: contracting now would break its way back."""
    assert examine(deployment=a_deployment(weight=1.0, successor="d-NEXT12345"))["traffic"].fulfilled is False


def test_roles_that_nobody_can_tell_are_unknown(
    examine: Examine, a_deployment: Callable[..., Deployment]
) -> None:
    """G7: what could not be read is unknown, not zero."""
    blind = a_deployment().model_copy(update={"green": None, "problem": "the listener forwards to others"})
    assert examine(deployment=blind)["traffic"].fulfilled is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"snapshot": None}, "no snapshot is named"),
        ({"snapshot_status": "creating"}, "is creating"),
    ],
    ids=["none", "not yet available"],
)
def test_a30_a_snapshot_must_be_available(examine: Examine, change: dict[str, Any], words: str) -> None:
    """A30: without an available snapshot there is nothing to go back to."""
    item = examine(**change)["snapshot"]
    assert item.fulfilled is False
    assert words in item.sentence


def test_a30_a_snapshot_must_be_young_and_of_the_right_instance(
    examine: Examine, noon: datetime, a_policy: Callable[..., Policy]
) -> None:
    """A30: an old one loses too much, one of another instance is none."""
    old = Snapshot(id="s", instance="shop-db", taken_at=noon - timedelta(minutes=61))
    assert examine(snapshot=old)["snapshot"].fulfilled is False
    policy = a_policy(database={"instance": "other-db"})
    assert "the policy's database is other-db" in examine(policy)["snapshot"].sentence


def test_a_gate_that_was_passed_is_closed(examine: Examine, noon: datetime) -> None:
    """What is contracted already is not contracted again."""
    mark = Contract(
        service=Service(application="a", deployment_group="g"), deployment_id="d-A1B2C3D4E", at=noon, by="bot"
    )
    assert examine(mark=mark)["mark"].fulfilled is False
