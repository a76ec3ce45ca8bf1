"""What must hold of any judge: monotone, invariant, deterministic, and never surer than its data."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardian import judge
from guardian.judge import JudgeState, Protections
from guardian.judge.bets import log_evidence
from guardian.judge.protections import ALL
from guardian.judge.weighing import weighed
from guardian.model import Finding, Minute, Verdict
from guardian.policy import Policy

Rows = Callable[..., list[Minute]]
Folded = Callable[..., JudgeState]
Said = Callable[..., list[Verdict]]
LATENCY = ("latency_p50", "latency_avg", "latency_p90", "latency_p99")
LINEAR = [min(0.9, 0.1 * (1 + minute // 3)) for minute in range(27)]


def first(said: list[Verdict]) -> int | None:
    """Return the minute of the first divergence."""
    return next((at for at, verdict in enumerate(said) if verdict.finding is Finding.DIVERGED), None)


@given(
    errors=st.lists(st.integers(0, 30), min_size=6, max_size=6), more=st.integers(1, 20), at=st.integers(0, 5)
)
def test_more_errors_on_green_never_weigh_less(
    errors: list[int], more: int, at: int, history: Rows, minutes: Rows, altered: Rows, folded: Folded
) -> None:
    """Adding 5XX answers to one minute of green never lowers the evidence against it (no clumping assumed)."""
    on, rows = Protections(clusters=False, minute_cap=False), minutes(6, 0.3)
    worse = [count + more * (place == at) for place, count in enumerate(errors)]
    found = []
    for counts in (errors, worse):
        failing = [
            altered([row], errors_5xx=(float(count),))[0] for row, count in zip(rows, counts, strict=True)
        ]
        found.append(log_evidence(folded(history(), failing, on=on).bets["errors_5xx"]))
    assert found[1] >= found[0] - 1e-6


@given(slower=st.floats(1.0, 3.0), more=st.floats(1.0, 2.0))
def test_a_slower_green_never_weighs_less(
    slower: float, more: float, history: Rows, minutes: Rows, altered: Rows, folded: Folded
) -> None:
    """A larger factor on green's median never lowers the evidence of the median."""
    found = [
        log_evidence(
            folded(history(), altered(minutes(6, 0.3), latency_p50=factor)).bets["latency_p50"].model_copy()
        )
        for factor in (slower, slower * more)
    ]
    assert found[1] >= found[0] - 1e-6


@given(unit=st.sampled_from([1e-3, 0.1, 7.0, 1000.0]))
def test_the_unit_of_latency_does_not_matter(
    unit: float, history: Rows, minutes: Rows, altered: Rows, verdicts: Said
) -> None:
    """Seconds or milliseconds, blue and green and history alike, give the same findings."""
    factors = dict.fromkeys(LATENCY, unit)
    rows = altered(minutes(12, LINEAR[:12]), **dict.fromkeys(LATENCY, 1.5))
    plain = verdicts(history(), rows)
    scaled = verdicts(
        altered(history(), ("blue",), since=-99, **factors), altered(rows, ("blue", "green"), **factors)
    )
    assert [one.finding for one in plain] == [one.finding for one in scaled]


@given(factor=st.floats(0.5, 2.0), seed=st.integers(1, 5))
def test_a_factor_that_both_colours_share_convicts_nobody(
    factor: float, seed: int, history: Rows, minutes: Rows, altered: Rows, verdicts: Said
) -> None:
    """When both colours get slower or faster together, green is not to blame."""
    rows = altered(minutes(20, LINEAR[:20], seed=seed), ("blue", "green"), **dict.fromkeys(LATENCY, factor))
    assert first(verdicts(history(seed=seed), rows)) is None


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("weight", [0.01, 0.1, 0.5, 0.9])
def test_healthy_green_is_as_safe_at_one_percent_as_at_ninety(
    weight: float, seed: int, history: Rows, minutes: Rows, verdicts: Said
) -> None:
    """At any weight a healthy green is not convicted, and not even its evidence comes near."""
    rows = minutes(60, weight, 20_000, seed)
    assert first(verdicts(history(20_000, seed), rows)) is None


@pytest.mark.parametrize("weight", [0.1, 0.5, 0.9])
def test_errors_count_against_a_blue_that_never_had_any(
    weight: float, history: Rows, minutes: Rows, altered: Rows, verdicts: Said
) -> None:
    """A rate on blue of zero is no division by zero: green at 2 % is convicted and the sentence says the odds."""
    rows = [
        altered([row], errors_5xx=(round((row.green.requests or 0) * 0.02),))[0]
        for row in minutes(15, weight)
        if row.green
    ]
    said = verdicts(history(), rows)
    at = first(said)
    assert at is not None
    assert said[at].signal == "errors_5xx"
    assert "of 200:1 needed" in said[at].sentence


@pytest.mark.parametrize("errors", [0.0, 1.0], ids=["none", "one"])
def test_a_trickle_never_convicts_on_thin_air(
    errors: float, history: Rows, minutes: Rows, altered: Rows, verdicts: Said
) -> None:
    """At five requests a minute neither slowness by half nor one error every ten minutes convicts."""
    rows = altered(minutes(60, 0.5, 5), latency_p50=1.5, latency_avg=1.5)
    rows = [
        altered([row], errors_5xx=(errors * (row.minute % 10 == 9),))[0]
        if row.green and row.green.requests
        else row
        for row in rows
    ]
    said = verdicts(history(5), rows)
    assert first(said) is None
    assert Finding.HEALTHY not in {one.finding for one in said}


@pytest.mark.parametrize("gone", ["both", "green"])
def test_no_data_is_never_healthy(gone: str, history: Rows, minutes: Rows, verdicts: Said) -> None:
    """Where nothing was seen nothing is called healthy."""
    nothing: dict[str, Any] = {"green": None} | ({"blue": None} if gone == "both" else {})
    rows = [row.model_copy(update=nothing) for row in minutes(20, 0.2)]
    assert Finding.HEALTHY not in {one.finding for one in verdicts(history(), rows)}


def test_judging_again_gives_the_same_to_the_byte(
    history: Rows, minutes: Rows, altered: Rows, verdicts: Said
) -> None:
    """Written and read back between all minutes, the state gives the same verdicts."""
    rows = altered(minutes(20, LINEAR[:20]), since=8, latency_p50=1.3, errors_5xx=(3.0,))
    state = judge.begin(history())
    for row, said in zip(rows, verdicts(history(), rows), strict=True):
        state = JudgeState.model_validate_json(judge.step(state, row, Policy()).model_dump_json())
        assert judge.read(state, Policy()).model_dump_json() == said.model_dump_json()


def test_the_state_stays_small(history: Rows, minutes: Rows, folded: Folded) -> None:
    """After twelve hours the state is as large as after one, and a few KB."""
    sizes = [len(folded(history(), minutes(count, 0.5)).model_dump_json()) for count in (60, 720)]
    assert sizes[1] < 1.1 * sizes[0]
    assert sizes[1] < 12_000


def test_the_signals_share_one_budget(history: Rows) -> None:
    """Before any minute all stakes together are worth exactly one."""
    scale = weighed(judge.begin(history()), Policy())
    assert scale.total == pytest.approx(0)
    assert scale.needed == pytest.approx(5.298, abs=1e-3)


@pytest.mark.parametrize("name", list(vars(ALL)))
def test_each_protection_only_ever_slows(
    name: str, history: Rows, minutes: Rows, altered: Rows, folded: Folded
) -> None:
    """Taking one protection away never lowers the evidence against a green that is slow and failing."""
    rows = altered(minutes(8, LINEAR[:8]), **dict.fromkeys(LATENCY, 1.6), errors_5xx=(20.0,))
    with_all, without = (
        weighed(folded(history(), rows, on=on), Policy()) for on in (ALL, Protections(**{name: False}))
    )
    assert without.total >= with_all.total - 1e-6


@pytest.mark.parametrize(
    ("quiet", "convicted"), [(1.0, True), (0.1, False)], ids=["steady", "often almost idle"]
)
def test_traffic_that_blue_itself_often_lacks_is_not_lost(
    quiet: float, convicted: bool, history: Rows, minutes: Rows, altered: Rows, verdicts: Said
) -> None:
    """A fall to a fifth is lost traffic for a steady service, and nothing new for one that is idle now and then."""
    both = ("blue", "green")
    past = altered(history(), ("blue",), since=-99, requests=1.0)
    past = [
        row if row.minute % 10 > 3 else altered([row], ("blue",), since=-99, requests=quiet)[0]
        for row in past
    ]
    said = verdicts(past, altered(minutes(12, 0.3), both, since=5, requests=0.2))
    assert (first(said) is not None) is convicted
