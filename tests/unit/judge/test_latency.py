"""Latency: green within ten percent is fine, beyond twenty it has diverged."""

from collections.abc import Callable

import pytest

from guardian.model import Baseline, Finding, Minute, Verdict
from guardian.policy import Policy

Rows = Callable[..., list[Minute]]
Judged = Callable[..., list[Verdict]]
First = Callable[..., Verdict | None]


@pytest.mark.parametrize("weight", [0.1, 0.5], ids=["10%", "50%"])
def test_green_that_answers_like_blue_is_healthy(
    a_history: Rows, a_shift: Rows, judged: Judged, weight: float
) -> None:
    """After a quarter of an hour at blue's latency green is healthy, and the verdict says against what."""
    verdict = judged(a_history(), a_shift(15, weight))[-1]
    assert verdict.finding is Finding.HEALTHY
    assert verdict.signal is None
    assert verdict.baseline is Baseline.CONCURRENT


def test_green_half_as_slow_again_has_diverged_at_the_median(
    a_history: Rows,
    a_shift: Rows,
    changed: Rows,
    judged: Judged,
    first_diverged: First,
    slower: dict[str, float],
) -> None:
    """A step of +50 % convicts within ten minutes, on the median, with both values and the effect."""
    verdict = first_diverged(judged(a_history(), changed(a_shift(10), **slower)))
    assert verdict is not None
    assert verdict.signal == "latency_p50"
    evidence = next(item for item in verdict.evidence if item.signal == "latency_p50")
    assert evidence.finding is Finding.DIVERGED
    assert evidence.effect == pytest.approx(1.5, rel=0.1)
    assert evidence.blue == pytest.approx(0.080, rel=0.1)
    assert evidence.green == pytest.approx(0.120, rel=0.1)
    assert evidence.limit == 1.2
    assert verdict.sentence == evidence.sentence


def test_fifteen_percent_is_worth_a_look_and_never_a_divergence(
    a_history: Rows, a_shift: Rows, judged: Judged, first_diverged: First
) -> None:
    """Green at exactly 1.15 times blue in each minute is between tolerance and limit, however long it lasts."""
    fields = ("latency_p50", "latency_avg", "latency_p90", "latency_p99")
    rows = []
    for row in a_shift(60):
        assert row.green is not None
        slower = {name: getattr(row.blue, name) * 1.15 for name in fields}
        rows.append(row.model_copy(update={"green": row.green.model_copy(update=slower)}))
    verdicts = judged(a_history(), rows)
    assert first_diverged(verdicts) is None
    assert Finding.INVESTIGATE in {verdict.finding for verdict in verdicts}


@pytest.mark.parametrize("seed", range(12))
def test_twelve_percent_with_noise_never_diverges(
    a_history: Rows, a_shift: Rows, changed: Rows, judged: Judged, first_diverged: First, seed: int
) -> None:
    """A little beyond the tolerance, with the noise of two separate colours, nobody is convicted in half an hour."""
    fields = dict.fromkeys(("latency_p50", "latency_avg", "latency_p90", "latency_p99"), 1.12)
    verdicts = judged(a_history(seed=seed), changed(a_shift(30, seed=seed), **fields))
    assert first_diverged(verdicts) is None


@pytest.mark.parametrize("factor", [0.5, 1.05], ids=["faster", "5%-slower"])
def test_what_is_within_the_tolerance_is_not_even_worth_a_look(
    a_history: Rows, a_shift: Rows, changed: Rows, judged: Judged, factor: float
) -> None:
    """Faster, or a little slower, green is neither diverged nor to be investigated."""
    fields = dict.fromkeys(("latency_p50", "latency_avg", "latency_p90", "latency_p99"), factor)
    findings = {v.finding for v in judged(a_history(), changed(a_shift(20), **fields))}
    assert findings <= {Finding.HEALTHY, Finding.INCONCLUSIVE}


def test_a_p99_alone_convicts(
    a_history: Rows, a_shift: Rows, changed: Rows, judged: Judged, first_diverged: First
) -> None:
    """A slow tail behind a normal median is seen: p99 at double is beyond its limit of +50 %."""
    verdict = first_diverged(judged(a_history(), changed(a_shift(20), latency_p99=2.0)))
    assert verdict is not None
    assert verdict.signal == "latency_p99"


def test_a_p99_within_its_wider_tolerance_is_fine(
    a_history: Rows, a_shift: Rows, changed: Rows, judged: Judged, first_diverged: First
) -> None:
    """The tail is noisy, so +30 % of the p99 alone does not convict where it would at the median."""
    assert first_diverged(judged(a_history(), changed(a_shift(20), latency_p99=1.3))) is None
    assert first_diverged(judged(a_history(), changed(a_shift(20), latency_p50=1.4))) is not None


def test_four_times_as_slow_is_seen_in_the_first_window(
    a_history: Rows, a_shift: Rows, changed: Rows, judged: Judged, first_diverged: First
) -> None:
    """200 ms against 50 ms at 10 % of the traffic convicts within six minutes."""
    fields = dict.fromkeys(("latency_p50", "latency_avg", "latency_p90", "latency_p99"), 4.0)
    assert first_diverged(judged(a_history(), changed(a_shift(6, 0.1), **fields))) is not None


def test_a_slow_ramp_is_seen_before_all_traffic_is_on_green(
    a_history: Rows, a_shift: Rows, changed: Rows, judged: Judged, first_diverged: First
) -> None:
    """Latency that creeps up by four percent a minute convicts during a linear shift of half an hour."""
    weights = [min(0.9, 0.1 * (1 + minute // 3)) for minute in range(27)]
    rows = a_shift(27, weights)
    for minute in range(27):
        rows = changed(
            rows, since=minute, until=minute + 1, latency_p50=1 + 0.04 * minute, latency_avg=1 + 0.04 * minute
        )
    assert first_diverged(judged(a_history(), rows)) is not None


def test_blue_and_green_slow_together_do_not_convict(
    a_history: Rows,
    a_shift: Rows,
    changed: Rows,
    judged: Judged,
    first_diverged: First,
    slower: dict[str, float],
) -> None:
    """A shared incident slows both colours alike and is no fault of green."""
    rows = changed(changed(a_shift(20), **slower), "blue", **slower)
    assert first_diverged(judged(a_history(), rows)) is None


def test_a_single_slow_minute_does_not_convict(
    a_history: Rows,
    a_shift: Rows,
    changed: Rows,
    judged: Judged,
    first_diverged: First,
    slower: dict[str, float],
) -> None:
    """One bad minute between good ones is no divergence."""
    rows = changed(a_shift(20), since=8, until=9, **slower)
    assert first_diverged(judged(a_history(), rows)) is None


def test_the_policy_can_allow_more(
    a_history: Rows,
    a_shift: Rows,
    changed: Rows,
    judged: Judged,
    first_diverged: First,
    slower: dict[str, float],
    a_policy: Callable[..., Policy],
) -> None:
    """With a limit above the effect the same minutes do not convict."""
    wide = a_policy(latency={"limit": 1.8, "tolerance": 1.6, "p99_limit": 2.0, "p99_tolerance": 1.7})
    rows = changed(a_shift(20), **slower)
    assert first_diverged(judged(a_history(), rows, wide)) is None
    assert first_diverged(judged(a_history(), rows)) is not None


def test_a_handful_of_requests_never_convicts(
    a_history: Rows,
    a_shift: Rows,
    changed: Rows,
    judged: Judged,
    first_diverged: First,
    slower: dict[str, float],
) -> None:
    """At five requests a minute on each side a latency is an anecdote."""
    rows = changed(a_shift(40, total=10), **slower)
    verdicts = judged(a_history(total=10), rows)
    assert first_diverged(verdicts) is None
    assert all(v.finding is not Finding.HEALTHY for v in verdicts)


def test_what_was_left_out_is_said(a_history: Rows, a_shift: Rows, changed: Rows, judged: Judged) -> None:
    """Minutes with too few requests on green are listed with the reason."""
    verdict = judged(a_history(), changed(a_shift(8), requests=(7.0,)))[-1]
    evidence = next(item for item in verdict.evidence if item.signal == "latency_p50")
    assert any("7 requests" in reason for reason in evidence.dropped)


@pytest.mark.parametrize(
    ("factor", "convicts"), [(1.0, False), (1.5, False), (4.0, True)], ids=["same", "+50%", "4x"]
)
def test_alone_at_full_weight_only_gross_slowness_convicts(
    a_history: Rows,
    a_shift: Rows,
    changed: Rows,
    judged: Judged,
    first_diverged: First,
    factor: float,
    convicts: bool,
) -> None:
    """With all traffic on green there is only history to compare with, so only a gross change counts."""
    fields = dict.fromkeys(("latency_p50", "latency_avg", "latency_p90", "latency_p99"), factor)
    verdicts = judged(a_history(), changed(a_shift(20, 1.0), **fields))
    found = first_diverged(verdicts)
    assert (found is not None) is convicts
    assert verdicts[-1].baseline is Baseline.HISTORY


def test_without_history_latency_is_not_called_healthy(a_shift: Rows, judged: Judged) -> None:
    """Noise that was never learned cannot be told from a fault, so one minute without history is not healthy."""
    assert judged([], a_shift(1))[-1].finding is not Finding.HEALTHY
