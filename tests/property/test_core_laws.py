"""Laws of resolve, observe, watch and policy."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from guardian.errors import PolicyInvalidError
from guardian.model import Deployment, Mode, Phase, Role, Service, Side, TargetGroup
from guardian.observe import Column, MetricQuery, Observation, Reply, Series, Window, assemble
from guardian.policy import Policy, WindowPolicy, parse_policy
from guardian.resolve.listener import listener_weights
from guardian.watch import Watch

LAW = settings(derandomize=True, deadline=None, database=None, max_examples=100)
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
RULES = WindowPolicy()

# Weights

ARNS = ("arn:blue", "arn:green", "arn:other")
SHARES = st.dictionaries(st.sampled_from(ARNS), st.integers(0, 499), min_size=1)


def shares(weights: Mapping[str, int], pair: tuple[str, str] = ("arn:blue", "arn:green")) -> dict[str, float]:
    """Read one weighted forward."""
    groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights.items()]
    rule = {"Actions": [{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}]}
    return listener_weights([rule], pair, "arn:listener")


@LAW
@given(SHARES)
def test_shares_are_shares(weights: dict[str, int]) -> None:
    """Each group of the pair has a share from 0 to 1 and together they have at most all."""
    assume(set(weights) & {"arn:blue", "arn:green"})
    found = shares(weights)
    assert set(found) == {"arn:blue", "arn:green"}
    assert all(0 <= share <= 1 for share in found.values())
    assert sum(found.values()) <= 1 + 1e-9


@LAW
@given(SHARES)
def test_doubling_every_weight_changes_no_share(weights: dict[str, int]) -> None:
    """Only the proportion of weights counts."""
    assume(set(weights) & {"arn:blue", "arn:green"})
    assert shares({arn: 2 * weight for arn, weight in weights.items()}) == shares(weights)


@LAW
@given(SHARES)
def test_no_position_has_a_meaning(weights: dict[str, int]) -> None:
    """Neither the order of groups in the reply nor the order of the pair changes a share."""
    assume(set(weights) & {"arn:blue", "arn:green"})
    turned = dict(reversed(list(weights.items())))
    assert shares(turned, ("arn:green", "arn:blue")) == shares(weights)


# Minutes

FIELDS = ("requests", "errors_5xx", "errors_4xx", "connection_errors", "latency_p50", "healthy_hosts")
POINTS = st.dictionaries(st.integers(-3, 12), st.integers(0, 999_999).map(lambda n: n / 1000), max_size=8)


@st.composite
def series(draw: st.DrawFn, replies: tuple[Reply, ...] = tuple(Reply)) -> list[Series]:
    """Draw what CloudWatch answers for any set of columns."""
    found = []
    for role in Role:
        for field in draw(st.lists(st.sampled_from(FIELDS), unique=True)):
            points = {NOON + timedelta(minutes=at): value for at, value in draw(POINTS).items()}
            reply = draw(st.sampled_from(replies))
            query = MetricQuery(Column(role, field), "AWS/ApplicationELB", field, (), "Sum")
            found.append(Series(query, points, reply))
    return found


def observed(found: list[Series], seconds: int) -> Observation:
    """Assemble a window from minute -3 on, read so many seconds after noon."""
    return assemble(found, Window(NOON, -3, NOON + timedelta(seconds=seconds)), RULES, lambda _: 0.5)


@LAW
@given(series(), st.integers(0, 1500))
def test_minutes_come_in_order_without_holes(found: list[Series], seconds: int) -> None:
    """Final rows are whole minutes without a gap, open ones come after them; none that has settled is missing."""
    seen = observed(found, seconds)
    minutes = [row.minute for row in (*seen.final, *seen.open)]
    assert minutes == sorted(set(minutes))
    assert set(range(-3, seconds // 60 - 2)) <= set(minutes) <= set(range(-3, seconds // 60))
    assert minutes[: len(seen.final)] == list(range(-3, len(seen.final) - 3))


@LAW
@given(series(), st.integers(0, 1500))
def test_an_open_minute_claims_no_more_than_was_sent(found: list[Series], seconds: int) -> None:
    """Before a minute is final a value was sent, or it is the zero of a counter beside requests that were sent."""
    sent = {(one.query.column.side, one.query.column.field): one.points for one in found}
    for row in observed(found, seconds).open:
        start = NOON + timedelta(minutes=row.minute)
        for role, side in ((Role.BLUE, row.blue), (Role.GREEN, row.green)):
            witness = start in sent.get((role, "requests"), {}) or row.has_settled(RULES.settle_seconds)
            for field in FIELDS:
                value, point = getattr(side, field, None), sent.get((role, field), {}).get(start)
                assert value is None or value == point or (value == 0 and point is None and witness)


@LAW
@given(series(), st.integers(0, 1500), st.integers(0, 600))
def test_what_has_settled_stays_settled(found: list[Series], seconds: int, later: int) -> None:
    """A later look at the same points has at least the same settled minutes with the same values."""
    early, late = observed(found, seconds).final, observed(found, seconds + later).final
    assert [(row.blue, row.green) for row in late[: len(early)]] == [(row.blue, row.green) for row in early]
    assert len(late) >= len(early)


@LAW
@given(series((Reply.FORBIDDEN, Reply.PARTIAL_DATA, Reply.INTERNAL_ERROR)))
def test_an_incomplete_reply_never_becomes_a_value(found: list[Series]) -> None:
    """Without a complete reply each value is one that CloudWatch sent; nothing is filled in."""
    sent = {(one.query.column.side, one.query.column.field): one.points for one in found}
    for row in observed(found, 1500).final:
        start = NOON + timedelta(minutes=row.minute)
        for role, side in ((Role.BLUE, row.blue), (Role.GREEN, row.green)):
            for field in FIELDS:
                assert getattr(side, field, None) == sent.get((role, field), {}).get(start)


@LAW
@given(series())
def test_a_value_that_was_sent_is_kept(found: list[Series]) -> None:
    """No point inside the window is lost or changed, to six digits."""
    rows = {row.minute: row for row in observed(found, 1500).final}
    for one in found:
        for at, value in one.points.items():
            side = getattr(rows[round((at - NOON).total_seconds() / 60)], one.query.column.side)
            assert getattr(side, one.query.column.field) == value


@LAW
@given(series())
def test_a_zero_that_nobody_sent_has_a_witness(found: list[Series]) -> None:
    """Zero is filled in only beside requests, and zero requests only beside reporting hosts."""
    sent = {(one.query.column.side, one.query.column.field): one.points for one in found}
    for row in observed(found, 1500).final:
        start = NOON + timedelta(minutes=row.minute)
        for role, side in ((Role.BLUE, row.blue), (Role.GREEN, row.green)):
            made_up = [
                field
                for field in FIELDS
                if getattr(side, field, None) is not None and start not in sent.get((role, field), {})
            ]
            assert all(getattr(side, field) == 0 for field in made_up)
            assert not made_up or side.requests is not None  # type: ignore[union-attr]
            assert "requests" not in made_up or side.healthy_hosts is not None  # type: ignore[union-attr]


@LAW
@given(series())
def test_every_incomplete_metric_is_named(found: list[Series]) -> None:
    """Each metric that did not come back whole is named in a problem, and no other is."""
    problems = observed(found, 1500).problems
    incomplete = {(one.reply, one.query.metric) for one in found if one.reply is not Reply.COMPLETE}
    assert len(problems) == len(incomplete)
    assert all(
        any(f"{reply} for {metric};" in problem for problem in problems) for reply, metric in incomplete
    )


# The watch


def deployment(weight: float) -> Deployment:
    """Build a deployment with this weight on green."""

    def side(name: str, share: float) -> Side:
        group = TargetGroup(name=name, arn=f"arn:aws:elasticloadbalancing:r:1:targetgroup/{name}/1")
        return Side(target_group=group, controller_weight=share, listener_weight=share, desired=2, running=2)

    return Deployment(
        id="d-A1B2C3D4E", service=Service(application="a", deployment_group="g"), cluster="c", ecs_service="s",
        phase=Phase.SHIFTING, status="InProgress", strategy="x",
        blue=side("one", 1 - weight), green=side("two", weight),
    )  # fmt: skip


@LAW
@given(st.lists(st.sampled_from([0.0, 0.1, 0.5, 1.0]), min_size=1, max_size=30))
def test_a_watch_remembers_every_weight_it_saw(weights: list[float]) -> None:
    """Just after each look the remembered weight is the one that was read, and only changes are kept."""
    watch = Watch(
        deployment_id="d-A1B2C3D4E", service=Service(application="a", deployment_group="g"), opened_at=NOON
    )
    for index, weight in enumerate(weights):
        watch = watch.seeing(deployment(weight), NOON + timedelta(minutes=index))
    for index, weight in enumerate(weights):
        assert watch.weight_at(NOON + timedelta(minutes=index, seconds=1)) == weight
    kept = [change.weight for change in watch.weights]
    assert all(one != two for one, two in pairwise(kept))
    first = next((index for index, weight in enumerate(weights) if weight > 0), None)
    assert watch.origin == (None if first is None else NOON + timedelta(minutes=first))


# The policy

SETTINGS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "mode": st.sampled_from(Mode),
        "alarms": st.lists(st.text(min_size=1), max_size=3),
        "latency": st.fixed_dictionaries(
            {"tolerance": st.floats(1.01, 1.2), "limit": st.floats(1.2, 3)},
            optional={"min_requests": st.integers(1, 500)},
        ),
        "errors": st.fixed_dictionaries({}, optional={"min_errors": st.integers(1, 50)}),
        "database": st.fixed_dictionaries({"instance": st.just("shop-db")}),
        "window": st.fixed_dictionaries({}, optional={"minutes": st.integers(2, 10)}),
    },
)


@LAW
@given(SETTINGS)
def test_a_policy_survives_the_parameter_store(keys: dict[str, Any]) -> None:
    """Whatever was set reads back as the same policy with the same digest, and storing again is the same text."""
    policy = parse_policy(keys, "test")
    again = parse_policy(policy.stored(), "stored")
    assert again == policy
    assert (again.digest, again.stored()) == (policy.digest, policy.stored())


@LAW
@given(SETTINGS, SETTINGS)
def test_equal_digests_mean_equal_policies(one: dict[str, Any], two: dict[str, Any]) -> None:
    """Two policies have one digest exactly when the same values apply."""
    first, second = parse_policy(one, "test"), parse_policy(two, "test")
    assert (first.digest == second.digest) is (first.model_dump() == second.model_dump())


@LAW
@given(st.text(min_size=1, max_size=20).filter(lambda key: key not in {*Policy.model_fields, "schema"}))
def test_no_unknown_key_is_ever_ignored(key: str) -> None:
    """A key that is not of the policy is refused whatever it is called."""
    with pytest.raises(PolicyInvalidError) as raised:
        parse_policy({key: 1}, "test")
    assert f"  {key}: " in str(raised.value)
