"""Resources: database connections, which both colours share, and CPU for the same requests."""

from collections.abc import Callable, Sequence

import pytest

from guardian.model import Finding, Minute, Scope, Verdict
from guardian.policy import Policy

Rows = Callable[..., list[Minute]]
Judged = Callable[..., list[Verdict]]
First = Callable[..., Verdict | None]


@pytest.fixture(scope="module")
def with_database(a_policy: Callable[..., Policy]) -> Policy:
    """Return a policy that names a database of 400 connections."""
    return a_policy(database={"instance": "shop-db", "max_connections": 400})


@pytest.fixture(scope="module")
def connected(a_shift: Rows) -> Callable[[Sequence[float]], list[Minute]]:
    """Return healthy minutes with the given connection counts."""

    def build(levels: Sequence[float]) -> list[Minute]:
        rows = a_shift(len(levels))
        return [
            row.model_copy(update={"shared": row.shared.model_copy(update={"db_connections": level})})
            for row, level in zip(rows, levels, strict=True)
        ]

    return build


def test_connections_at_their_maximum_convict_as_a_shared_signal(
    a_history: Rows,
    connected: Callable[..., list[Minute]],
    judged: Judged,
    first_diverged: First,
    with_database: Policy,
) -> None:
    """A plateau at the maximum is exhaustion; the verdict says that no colour owns it."""
    verdict = first_diverged(judged(a_history(), connected([85] * 5 + [250] + [396] * 8), with_database))
    assert verdict is not None
    assert (verdict.signal, verdict.scope) == ("db_connections", Scope.SHARED)
    assert "396" in verdict.sentence
    assert "400" in verdict.sentence


def test_connections_that_climb_towards_their_maximum_convict_before_it(
    a_history: Rows,
    connected: Callable[..., list[Minute]],
    judged: Judged,
    first_diverged: First,
    with_database: Policy,
) -> None:
    """A leak of 15 connections a minute is found before the database is full."""
    levels = [85 + 15 * minute for minute in range(21)]
    verdict = first_diverged(judged(a_history(), connected(levels), with_database))
    assert verdict is not None
    assert verdict.signal == "db_connections"


@pytest.mark.parametrize("level", [85, 160], ids=["one-fleet", "two-fleets"])
def test_two_fleets_of_connections_are_normal(
    a_history: Rows,
    connected: Callable[..., list[Minute]],
    judged: Judged,
    first_diverged: First,
    with_database: Policy,
    level: float,
) -> None:
    """Blue and green each hold a pool, so twice the connections is what a blue/green deployment looks like."""
    rows = connected([85] * 3 + [level] * 17)
    assert first_diverged(judged(a_history(), rows, with_database)) is None


def test_a_single_spike_of_connections_does_not_convict(
    a_history: Rows,
    connected: Callable[..., list[Minute]],
    judged: Judged,
    first_diverged: First,
    with_database: Policy,
) -> None:
    """One minute at the maximum between normal ones is a blip."""
    rows = connected([85] * 8 + [396] + [85] * 8)
    assert first_diverged(judged(a_history(), rows, with_database)) is None


def test_one_step_of_connections_is_not_a_climb(
    a_history: Rows,
    connected: Callable[..., list[Minute]],
    judged: Judged,
    first_diverged: First,
    with_database: Policy,
) -> None:
    """A line through a single step points at the maximum, but connections that stand still do not reach it."""
    rows = connected([85] * 3 + [165] * 12)
    assert first_diverged(judged(a_history(), rows, with_database)) is None


@pytest.mark.parametrize("database", [{}, {"instance": "shop-db"}], ids=["no-database", "maximum-not-known"])
def test_without_a_maximum_connections_never_convict(
    a_history: Rows,
    connected: Callable[..., list[Minute]],
    judged: Judged,
    first_diverged: First,
    a_policy: Callable[..., Policy],
    database: dict[str, object],
) -> None:
    """Without the server's maximum the connections cannot be called exhausted."""
    assert first_diverged(judged(a_history(), connected([396] * 15), a_policy(database=database))) is None


def test_connections_that_are_not_reported_never_convict(
    a_history: Rows, a_shift: Rows, judged: Judged, first_diverged: First, with_database: Policy
) -> None:
    """Database metrics that did not come leave the rest of the verdict alone."""
    rows = [row.model_copy(update={"shared": type(row.shared)()}) for row in a_shift(15)]
    verdicts = judged(a_history(), rows, with_database)
    assert first_diverged(verdicts) is None
    assert verdicts[-1].finding is Finding.HEALTHY


def test_cpu_beyond_blues_at_the_same_volume_convicts(
    a_history: Rows, a_shift: Rows, changed: Rows, judged: Judged, first_diverged: First
) -> None:
    """Green that needs double the CPU for the same requests has diverged."""
    verdict = first_diverged(judged(a_history(), changed(a_shift(30), cpu=2.0)))
    assert verdict is not None
    assert verdict.signal == "cpu"
    assert "for the same requests" in verdict.sentence


def test_more_cpu_for_more_requests_is_fine(
    a_history: Rows, a_shift: Rows, judged: Judged, first_diverged: First
) -> None:
    """As green takes over, its CPU grows with its requests as blue's did."""
    weights = [min(1.0, 0.1 * (1 + minute // 3)) for minute in range(36)]
    assert first_diverged(judged(a_history(), a_shift(36, weights))) is None


def test_a_few_points_of_cpu_do_not_convict(
    a_history: Rows, a_shift: Rows, changed: Rows, judged: Judged, first_diverged: First
) -> None:
    """Where CPU is low a large ratio is a small difference: 2 % against 1 % convicts nobody."""
    history = changed(a_history(), "blue", cpu=0.04)
    rows = changed(changed(a_shift(20), "blue", cpu=0.04), cpu=0.08)
    assert first_diverged(judged(history, rows)) is None


@pytest.mark.parametrize("service_cpu", [45.0, 95.0], ids=["calm", "busy"])
def test_unknown_cpu_is_only_information(
    a_history: Rows, a_shift: Rows, changed: Rows, judged: Judged, service_cpu: float
) -> None:
    """Without CPU per colour the service's CPU is told, convicts nobody and does not hold back a healthy verdict."""
    rows = changed(changed(a_shift(15, service_cpu=service_cpu), cpu=(None,)), "blue", cpu=(None,))
    verdict = judged(changed(a_history(), "blue", cpu=(None,)), rows)[-1]
    assert verdict.finding is Finding.HEALTHY
    evidence = next(item for item in verdict.evidence if item.signal == "cpu")
    assert evidence.finding is Finding.INCONCLUSIVE
    assert "not published per colour" in evidence.sentence
    assert f"{service_cpu:.0f} %" in evidence.sentence
