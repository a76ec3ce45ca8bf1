"""Whether the contract migration may run, item by item."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from guardian.contract_check import Facts, Item, Requests, check, counted, is_open, queries, span, verdict
from guardian.decide import Decision, DecisionKind
from guardian.model import (
    Contract,
    Deployment,
    Evidence,
    Finding,
    JobTick,
    Phase,
    Service,
    Snapshot,
    SnapshotState,
    Verdict,
)
from guardian.observe import Reply, Series
from guardian.policy import Policy
from guardian.record import DecisionRecord, write_record
from guardian.triggers import Trigger, TriggerKind
from guardian.watch import Watch, WeightChange

Examine = Callable[..., dict[str, Item]]
SELECTOR = {"namespace": "Shop", "metric": "Checkouts", "dimensions": {"TargetGroup": "{target_group}"}}
CHECKOUT = {"name": "checkout", "numerator": SELECTOR, "denominator": SELECTOR}
DAY = timedelta(hours=24)


@pytest.fixture
def facts(
    a_watch: Callable[..., Watch],
    a_verdict: Callable[..., Verdict],
    a_deployment: Callable[..., Deployment],
    noon: datetime,
) -> Facts:
    """Everything is as it must be: a day has passed, nothing diverged, green is alone, a snapshot is fresh."""
    watch = a_watch(weights=(WeightChange(at=noon - DAY, weight=1.0),), version=3)
    healthy = a_verdict(Finding.HEALTHY)
    return Facts(
        deployment=a_deployment(weight=1.0, phase=Phase.RETIRED, status="Succeeded", ended="Succeeded"),
        watch=watch,
        records=tuple(_record(watch, healthy, noon - DAY + timedelta(hours=hour)) for hour in range(25)),
        requests=Requests(minutes=60, blue=0.0, green=360_000.0),
        snapshot=_state("pre-contract", noon - timedelta(minutes=10)),
    )


def _record(watch: Watch, verdict: Verdict, at: datetime) -> DecisionRecord:
    decision = Decision(kind=DecisionKind.PROCEED, why="because")
    return write_record(
        watch, Trigger(kind=TriggerKind.TICK), at, Policy(), verdict, decision, deployment=None
    )


def _state(
    id_: str, taken: datetime | None, *, instance: str = "shop-db", status: str = "available"
) -> SnapshotState:
    return SnapshotState(snapshot=Snapshot(id=id_, instance=instance, taken_at=taken), status=status)


@pytest.fixture
def examine(facts: Facts, noon: datetime, a_policy: Callable[..., Policy]) -> Examine:
    """Return the items by name, for the facts with some of them changed."""

    def build(policy: dict[str, Any] | None = None, now: datetime = noon, **changes: Any) -> dict[str, Item]:
        keys = {"database": {"instance": "shop-db"}} | (policy or {})
        items = check(facts.model_copy(update=changes), a_policy(**keys), now)
        return {item.name: item for item in items}

    return build


def test_the_gate_is_open_when_everything_holds(examine: Examine) -> None:
    """All ten items fulfilled open the gate, and the sentence says so."""
    items = tuple(examine().values())
    assert is_open(items), items
    assert verdict("d-A1B2C3D4E", items) == (
        "The contract migration of d-A1B2C3D4E may run: all 10 items hold."
    )


def test_the_sentence_of_a_closed_gate_names_what_closes_it(examine: Examine) -> None:
    """What is wrong and what is unknown are told apart, by name."""
    items = tuple(examine(snapshot=None, requests=None).values())
    assert verdict("d-A1B2C3D4E", items) == (
        "The contract migration of d-A1B2C3D4E may not run: closed by snapshot; nobody can tell traffic, blue."
    )


def test_no_items_are_no_open_gate() -> None:
    """A gate that looked at nothing is closed."""
    assert not is_open(())


@pytest.mark.parametrize(
    "name",
    [
        "bake", "hours", "jobs", "divergence", "business", "deployments", "traffic", "blue", "snapshot", "mark",
    ],
)  # fmt: skip
def test_what_could_not_be_read_is_unknown_and_closes_the_gate(examine: Examine, name: str) -> None:
    """Whatever the item: when its facts could not be read it is neither fulfilled nor refuted, and says why."""
    items = examine(unread={name: "it cannot be read: Rate exceeded"})
    assert (items[name].fulfilled, items[name].sentence) == (None, "it cannot be read: Rate exceeded")
    assert not is_open(tuple(items.values()))


# The bake


def test_a24_the_bake_must_be_served(examine: Examine, a_watch: Callable[..., Watch], noon: datetime) -> None:
    """A24: before the bake time is over the gate is closed and says how many hours are left."""
    watch = a_watch(weights=(WeightChange(at=noon - timedelta(hours=20), weight=1.0),))
    item = examine(watch=watch)["bake"]
    assert item.fulfilled is False
    assert "20.0 of 24 hours, 4.0 are left" in item.sentence


def test_a_deployment_that_was_never_watched_is_unknown(examine: Examine) -> None:
    """Without a watch nobody knows how long green has baked, which keeps the gate closed."""
    items = examine({"contract": {"jobs": ["weekly-report"]}}, watch=None)
    unknown = {name for name, item in items.items() if item.fulfilled is None}
    assert unknown == {"bake", "hours", "jobs", "divergence"}
    assert not is_open(tuple(items.values()))


@pytest.mark.parametrize(
    ("since", "until", "missing"),
    [
        pytest.param(-24.0, 0.0, None, id="a day"),
        pytest.param(-27.5, -2.0, None, id="from 08:30 to 10:00 of the next day"),
        pytest.param(-26.5, -2.5, "09:00", id="two halves of 09:00 are no whole one"),
        pytest.param(-15.9, 0.0, "20:00", id="from just after 20:00"),
        pytest.param(-12.0, -3.0, "09:00, 20:00", id="the night alone"),
        pytest.param(-0.5, 0.0, "03:00, 09:00, 20:00", id="half an hour"),
    ],
)
def test_a25_peaks_and_the_night_must_be_seen_whole(
    examine: Examine,
    a_watch: Callable[..., Watch],
    noon: datetime,
    since: float,
    until: float,
    missing: str | None,
) -> None:
    """A25: morning, evening and night must each have passed as a whole clock hour with green alone."""
    watch = a_watch(weights=(WeightChange(at=noon + timedelta(hours=since), weight=1.0),))
    item = examine(now=noon + timedelta(hours=until), watch=watch)["hours"]
    if missing is None:
        assert item.sentence == "green was alone in the hours from 03:00, 09:00, 20:00 UTC"
    else:
        assert item.fulfilled is False
        assert item.sentence == f"green has not been alone for the whole hour from {missing} UTC"


def test_a25_an_hour_in_which_nothing_was_judged_was_not_seen(
    examine: Examine, facts: Facts, a_verdict: Callable[..., Verdict]
) -> None:
    """A25: a night through which Guardian was blind is unknown, not fine."""
    assert facts.watch is not None
    blind = a_verdict(Finding.NO_DATA)
    records = tuple(_record(facts.watch, blind, one.at) if one.at.hour == 3 else one for one in facts.records)
    item = examine(records=records)["hours"]
    assert item.fulfilled is None
    assert "from 03:00 UTC no minute of green was judged" in item.sentence


def test_a25_a_service_without_a_night_asks_for_none(
    examine: Examine, a_watch: Callable[..., Watch], noon: datetime
) -> None:
    """A25: the hours are the policy's; without any there is nothing to wait for."""
    watch = a_watch(weights=(WeightChange(at=noon - timedelta(minutes=5), weight=1.0),))
    assert examine({"contract": {"peaks": [], "night": None}}, watch=watch)["hours"].fulfilled is True


def _ticked(job: str, at: datetime) -> JobTick:
    return JobTick(job=job, at=at, by="ana")


@pytest.mark.parametrize("job", ["weekly-batch", "partner-callbacks", "support-quiet"])
def test_a26_a27_a29_what_a_person_must_look_at_is_ticked_off_by_name(
    examine: Examine, noon: datetime, job: str
) -> None:
    """A26, A27, A29: a batch, a partner, support: without its tick the gate is closed; who and when are told."""
    policy = {"contract": {"jobs": [job]}}
    missing = examine(policy)["jobs"]
    assert (missing.fulfilled, missing.sentence) == (False, f"{job} has no tick")
    given = examine(policy, ticks=(_ticked(job, noon - timedelta(hours=1)),))["jobs"]
    assert (given.fulfilled, given.sentence) == (True, f"{job} was ticked at 2026-11-20 11:00 by ana")


def test_a26_one_of_two_jobs_is_not_enough(examine: Examine, noon: datetime) -> None:
    """A26: every named job needs its own tick, and a tick of another name is none."""
    policy = {"contract": {"jobs": ["weekly-batch", "nightly-batch"]}}
    ticks = (_ticked("weekly-batch", noon), _ticked("something-else", noon))
    item = examine(policy, ticks=ticks)["jobs"]
    assert item.fulfilled is False
    assert item.sentence.endswith("by ana; nightly-batch has no tick")


def test_a26_a_tick_from_before_green_was_alone_says_nothing(examine: Examine, noon: datetime) -> None:
    """A26: what ran while blue still had traffic is no proof that it runs with green alone."""
    early = _ticked("weekly-batch", noon - DAY - timedelta(minutes=1))
    item = examine({"contract": {"jobs": ["weekly-batch"]}}, ticks=(early,))["jobs"]
    assert item.fulfilled is False
    assert "before green was alone" in item.sentence


# What was found


def test_a_divergence_in_the_bake_closes_the_gate(
    examine: Examine, facts: Facts, a_verdict: Callable[..., Verdict], noon: datetime
) -> None:
    """A divergence since green got everything is named with its time and its sentence."""
    assert facts.watch is not None
    sick = _record(facts.watch, a_verdict(Finding.DIVERGED), noon - timedelta(hours=2))
    item = examine(records=(sick, *facts.records))["divergence"]
    assert item.fulfilled is False
    assert "10:00" in item.sentence


def test_a_bake_that_was_mostly_not_seen_is_unknown(
    examine: Examine, facts: Facts, a_verdict: Callable[..., Verdict]
) -> None:
    """No divergence in decisions that had no data is no health."""
    assert facts.watch is not None
    blind = tuple(_record(facts.watch, a_verdict(Finding.NO_DATA), one.at) for one in facts.records[:13])
    item = examine(records=(*blind, *facts.records[13:]))["divergence"]
    assert item.fulfilled is None
    assert "13 of them had no data" in item.sentence


@pytest.mark.parametrize(
    ("finding", "fulfilled"),
    [
        (Finding.HEALTHY, True),
        (Finding.INVESTIGATE, False),
        (Finding.DIVERGED, False),
        (Finding.INCONCLUSIVE, None),
        (Finding.NO_DATA, None),
    ],
)
def test_a27_a28_business_metrics_must_be_stable(
    examine: Examine,
    facts: Facts,
    a_verdict: Callable[..., Verdict],
    noon: datetime,
    finding: Finding,
    fulfilled: bool | None,
) -> None:
    """A27, A28: integrations and log filters come as custom metrics; the latest finding of each is what counts."""
    assert facts.watch is not None
    evidence = (Evidence(signal="checkout", finding=finding, sentence="3.1% of 900 checkouts"),)
    latest = _record(facts.watch, a_verdict(Finding.HEALTHY, evidence=evidence), noon)
    item = examine({"custom": [CHECKOUT]}, records=(*facts.records, latest))["business"]
    assert (item.fulfilled, item.sentence) == (
        fulfilled,
        f"checkout: {finding} at 2026-11-20 12:00, 3.1% of 900 checkouts",
    )


def test_a_business_metric_that_no_decision_has_is_unknown(examine: Examine) -> None:
    """A metric that the policy got only after the bake was never judged."""
    item = examine({"custom": [CHECKOUT]})["business"]
    assert item.fulfilled is None
    assert "no decision since green got everything has it" in item.sentence


# Who is released, and who gets traffic


@pytest.mark.parametrize(
    ("changes", "running", "words"),
    [
        ({}, ("d-NEXT12345",), "d-NEXT12345 has not ended"),
        ({"status": "InProgress", "ended": None}, (), "d-A1B2C3D4E has not ended"),
        ({"is_rollback": True, "rollback_of": "d-SICK12345"}, (), "is a rollback of d-SICK12345"),
        ({"status": "Failed", "ended": "Failed: no tasks"}, (), "did not succeed: Failed: no tasks"),
        ({"successor": "d-NEXT12345"}, (), "d-NEXT12345 has begun since"),
    ],
    ids=["another is running", "it runs itself", "a rollback", "a failure", "a later one"],
)
def test_only_the_last_word_of_a_service_is_contracted(
    examine: Examine, facts: Facts, changes: dict[str, Any], running: tuple[str, ...], words: str
) -> None:
    """While anything runs, or something else is live, the schema stays: it would break the way back."""
    deployment = facts.deployment.model_copy(update=changes)
    item = examine(deployment=deployment, running=running)["deployments"]
    assert item.fulfilled is False
    assert words in item.sentence


def test_a33_green_alone_has_the_traffic(examine: Examine, a_deployment: Callable[..., Deployment]) -> None:
    """A33: as long as blue gets anything the gate is closed."""
    item = examine(deployment=a_deployment(weight=0.9))["traffic"]
    assert (item.fulfilled, item.sentence) == (False, "green has 90% of the traffic at the listener")


def test_a33_a_green_without_requests_is_not_what_users_see(examine: Examine) -> None:
    """A33: a weight of 100 % without a request is no traffic."""
    item = examine(requests=Requests(minutes=60, blue=0.0, green=0.0))["traffic"]
    assert item.fulfilled is False
    assert item.sentence.endswith("and had 0 requests in the last 60 minutes")


def test_a33_blue_must_be_quiet(examine: Examine) -> None:
    """A33: a single request to blue lately means that something still uses it."""
    item = examine(requests=Requests(minutes=60, blue=1.0, green=360_000.0))["blue"]
    assert (item.fulfilled, item.sentence) == (False, "blue had 1 requests in the last 60 minutes")


def test_roles_that_nobody_can_tell_are_unknown(
    examine: Examine, a_deployment: Callable[..., Deployment]
) -> None:
    """Without colours nobody knows whose requests are whose."""
    blind = a_deployment().model_copy(update={"green": None, "problem": "the listener forwards to others"})
    items = examine(deployment=blind, requests=None)
    assert (items["traffic"].fulfilled, items["blue"].fulfilled) == (None, None)
    assert queries(blind) == ()


def _series(
    deployment: Deployment, noon: datetime, *points: float | None, reply: Reply = Reply.COMPLETE
) -> list[Series]:
    """Return the answers about everybody, blue and green, one value or none each."""
    asked = queries(deployment)
    return [
        Series(query, {} if value is None else {noon: value}, reply)
        for query, value in zip(asked, points, strict=True)
    ]


def test_g7_an_empty_series_is_unknown_not_zero(
    examine: Examine, a_deployment: Callable[..., Deployment], noon: datetime
) -> None:
    """G7: no points of blue mean zero only where the load balancer has points; without any nobody can tell."""
    deployment = a_deployment(weight=1.0)
    served = counted(_series(deployment, noon, 100.0, None, 100.0), 60)
    assert (served.blue, served.green) == (0.0, 100.0)
    nothing = counted(_series(deployment, noon, None, None, None), 60)
    assert (nothing.blue, nothing.green) == (None, None)
    items = examine(requests=nothing)
    assert (items["traffic"].fulfilled, items["blue"].fulfilled) == (None, None)
    assert "unknown is not zero" in items["blue"].sentence


@pytest.mark.parametrize("reply", [one for one in Reply if one is not Reply.COMPLETE])
def test_g7_an_answer_that_is_not_whole_is_unknown(
    a_deployment: Callable[..., Deployment], noon: datetime, reply: Reply
) -> None:
    """G7: forbidden, partial and failed answers say nothing about blue, whatever points they hold."""
    found = counted(_series(a_deployment(weight=1.0), noon, 100.0, None, 100.0, reply=reply), 60)
    assert (found.blue, found.green) == (None, None)
    assert found.problem == f"CloudWatch answered {reply} for RequestCount"


def test_requests_are_asked_for_by_the_groups_own_names(a_deployment: Callable[..., Deployment]) -> None:
    """G7: each colour by its load balancer and target group, everybody by the load balancer alone."""
    deployment = a_deployment()
    assert deployment.blue is not None
    assert deployment.green is not None
    balancer = ("LoadBalancer", "app/shop-alb/50dc6c495c0c9188")
    groups = [("TargetGroup", one.target_group.dimension) for one in (deployment.blue, deployment.green)]
    assert [one.dimensions for one in queries(deployment)] == [
        (balancer,),
        *((balancer, one) for one in groups),
    ]


def test_the_latest_settled_minutes_are_looked_at(noon: datetime) -> None:
    """Whole minutes up to the last one that CloudWatch no longer revises, as many as the policy says."""
    start, end = span(Policy(), noon + timedelta(seconds=30))
    assert (start, end) == (noon - timedelta(minutes=62), noon - timedelta(minutes=2))


# What a restore would begin from


@pytest.mark.parametrize(
    ("snapshot", "fulfilled", "words"),
    [
        (None, False, "guardian contract snapshot takes one"),
        (_state("s", None, status="creating"), False, "is creating"),
        (_state("s", None, status="not in RDS"), False, "is not in RDS"),
        (_state("s", None), None, "its age is not known"),
    ],
    ids=["none", "creating", "missing", "no time"],
)
def test_a30_a_snapshot_must_be_available(
    examine: Examine, snapshot: SnapshotState | None, fulfilled: bool | None, words: str
) -> None:
    """A30: without an available snapshot there is nothing to go back to."""
    item = examine(snapshot=snapshot)["snapshot"]
    assert item.fulfilled is fulfilled
    assert words in item.sentence


def test_a30_a_snapshot_must_be_young_and_of_the_right_instance(examine: Examine, noon: datetime) -> None:
    """A30: an old one loses too much, one of another instance is none."""
    old = examine(snapshot=_state("s", noon - timedelta(minutes=61)))["snapshot"]
    assert (old.fulfilled, "61 minutes old (limit 60)" in old.sentence) == (False, True)
    other = examine({"database": {"instance": "other-db"}})["snapshot"]
    assert other.fulfilled is False
    assert "the policy's database is other-db" in other.sentence


def test_a30_which_instance_is_right_is_unknown_without_a_policy_that_names_it(examine: Examine) -> None:
    """A30: a snapshot of some database is not known to be one of this service's."""
    item = examine({"database": {}})["snapshot"]
    assert item.fulfilled is None
    assert "names no database.instance" in item.sentence


def test_a_gate_that_was_passed_is_closed(examine: Examine, noon: datetime) -> None:
    """What is contracted already is not contracted again."""
    mark = Contract(
        service=Service(application="a", deployment_group="g"), deployment_id="d-A1B2C3D4E", at=noon, by="bot"
    )
    assert examine(mark=mark)["mark"].fulfilled is False
