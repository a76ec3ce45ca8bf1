"""Server errors and failed connections: one is worth a look, twice blue's rate is divergence."""

from collections.abc import Callable

import pytest

from guardian.model import Baseline, Finding, Minute, Verdict
from guardian.policy import Policy

Rows = Callable[..., list[Minute]]
Judged = Callable[..., list[Verdict]]
First = Callable[..., Verdict | None]


@pytest.mark.parametrize("weight", [0.1, 0.5], ids=["10%", "50%"])
def test_one_percent_against_none_has_diverged(
    a_history: Rows, a_shift: Rows, failing: Rows, judged: Judged, first_diverged: First, weight: float
) -> None:
    """Green at 1 % errors beside a blue without any convicts within ten minutes, with both rates."""
    verdict = first_diverged(judged(a_history(), failing(a_shift(10, weight), 0.01)))
    assert verdict is not None
    assert verdict.signal == "errors_5xx"
    evidence = next(item for item in verdict.evidence if item.signal == "errors_5xx")
    assert evidence.green == pytest.approx(0.01, rel=0.5)
    assert evidence.blue == 0
    assert evidence.limit == 2.0
    assert "5XX" in verdict.sentence


@pytest.mark.parametrize("rate", [0.01, 0.05, 0.3], ids=["1%", "5%", "30%"])
@pytest.mark.parametrize("seed", range(4))
def test_equal_errors_on_both_colours_never_diverge(
    a_history: Rows,
    a_shift: Rows,
    failing: Rows,
    judged: Judged,
    first_diverged: First,
    rate: float,
    seed: int,
) -> None:
    """An incident that hits both colours alike is no fault of green, however bad it is."""
    rows = failing(failing(a_shift(30, seed=seed), rate, seed=seed), rate, "blue", seed=seed + 100)
    verdicts = judged(a_history(seed=seed), rows)
    assert first_diverged(verdicts) is None


@pytest.mark.parametrize("block", range(4))
def test_a_few_more_errors_by_chance_do_not_convict(
    a_history: Rows, a_shift: Rows, failing: Rows, judged: Judged, first_diverged: First, block: int
) -> None:
    """At a tenth of a small load the same rate often shows double on green by luck, and luck convicts nobody."""
    for seed in range(10 * block, 10 * block + 10):
        rows = failing(a_shift(30, 0.1, total=600, seed=seed), 0.01, seed=seed)
        rows = failing(rows, 0.01, "blue", seed=seed + 100)
        history = failing(a_history(600, seed), 0.01, "blue", seed=seed + 200)
        assert first_diverged(judged(history, rows)) is None, f"seed {seed}"


@pytest.mark.parametrize("at", [0, 5], ids=["first-minute", "later"])
def test_a_single_5xx_is_investigated(
    a_history: Rows, a_shift: Rows, changed: Rows, judged: Judged, first_diverged: First, at: int
) -> None:
    """One 5XX on green is worth a person's look and never a rollback."""
    verdicts = judged(a_history(), changed(a_shift(15), since=at, until=at + 1, errors_5xx=(1.0,)))
    assert first_diverged(verdicts) is None
    assert verdicts[at].finding is Finding.INVESTIGATE
    assert verdicts[at].signal == "errors_5xx"
    assert "1 5XX" in verdicts[at].sentence


def test_a_single_5xx_on_blue_is_not_greens(
    a_history: Rows, a_shift: Rows, changed: Rows, judged: Judged
) -> None:
    """Errors of blue are no finding about green."""
    rows = changed(a_shift(15), "blue", since=5, until=6, errors_5xx=(1.0,))
    findings = {verdict.finding for verdict in judged(a_history(), rows)}
    assert findings <= {Finding.HEALTHY, Finding.INCONCLUSIVE}


def test_below_twice_blues_rate_is_no_divergence(
    a_history: Rows, a_shift: Rows, failing: Rows, judged: Judged, first_diverged: First
) -> None:
    """2.6 % against 2 % is worse and below the limit of twice blue's rate."""
    rows = failing(failing(a_shift(20), 0.026), 0.02, "blue", seed=6)
    assert first_diverged(judged(a_history(), rows)) is None


def test_well_beyond_twice_blues_rate_is_divergence(
    a_history: Rows, a_shift: Rows, failing: Rows, judged: Judged, first_diverged: First
) -> None:
    """8 % against 2 % convicts although blue has errors too."""
    rows = failing(failing(a_shift(15), 0.08), 0.02, "blue", seed=6)
    verdict = first_diverged(judged(a_history(), rows))
    assert verdict is not None
    assert verdict.signal == "errors_5xx"


def test_a_few_errors_at_five_requests_a_minute_never_convict(
    a_history: Rows, a_shift: Rows, changed: Rows, judged: Judged, first_diverged: First
) -> None:
    """One error every fourth minute in a trickle of requests is looked at and not acted on."""
    rows = a_shift(40, total=10)
    for minute in range(2, 40, 4):
        rows = changed(rows, since=minute, until=minute + 1, errors_5xx=(1.0,))
    verdicts = judged(a_history(total=10), rows)
    assert first_diverged(verdicts) is None
    assert Finding.INVESTIGATE in {verdict.finding for verdict in verdicts}


def test_failed_connections_convict_where_5xx_do_not_show(
    a_history: Rows, a_shift: Rows, changed: Rows, judged: Judged, first_diverged: First
) -> None:
    """Tasks that refuse connections make no target 5XX; the failed connections convict."""
    verdict = first_diverged(judged(a_history(), changed(a_shift(10), connection_errors=(300.0,))))
    assert verdict is not None
    assert verdict.signal == "connection_errors"


def test_an_unknown_error_count_is_not_an_error(
    a_history: Rows, a_shift: Rows, changed: Rows, judged: Judged, first_diverged: First
) -> None:
    """Counts that CloudWatch would not give never convict."""
    rows = changed(a_shift(20), errors_5xx=(None,), connection_errors=(None,))
    assert first_diverged(judged(a_history(), rows)) is None


@pytest.mark.parametrize(
    ("rate", "convicts"), [(0.0, False), (0.02, False), (0.25, True)], ids=["none", "2%", "25%"]
)
def test_alone_at_full_weight_only_gross_rates_convict(
    a_history: Rows,
    a_shift: Rows,
    failing: Rows,
    judged: Judged,
    first_diverged: First,
    rate: float,
    convicts: bool,
) -> None:
    """Without a live blue only a gross error rate convicts, and the evidence says that its baseline is history."""
    verdicts = judged(a_history(), failing(a_shift(20, 1.0), rate))
    assert (first_diverged(verdicts) is not None) is convicts
    evidence = next(item for item in verdicts[-1].evidence if item.signal == "errors_5xx")
    assert evidence.baseline is Baseline.HISTORY


@pytest.mark.parametrize("errors", [{"min_rate": 0.05}, {"min_errors": 700}], ids=["rate", "count"])
def test_below_the_policys_floor_nobody_is_convicted(
    a_history: Rows,
    a_shift: Rows,
    failing: Rows,
    judged: Judged,
    first_diverged: First,
    a_policy: Callable[..., Policy],
    errors: dict[str, float],
) -> None:
    """Below the policy's own floor, of the rate or of the count, the same errors do not convict."""
    rows = failing(a_shift(12), 0.01)
    assert first_diverged(judged(a_history(), rows)) is not None
    assert first_diverged(judged(a_history(), rows, a_policy(errors=errors))) is None


def test_little_traffic_on_both_colours_is_compared_and_not_held_against_the_past(
    a_history: Rows, a_shift: Rows, failing: Rows, judged: Judged, first_diverged: First
) -> None:
    """At two requests a minute, all of them failing on both colours, nobody is convicted by blue's clean past."""
    rows = failing(failing(a_shift(20, 0.5, total=2), 1.0), 1.0, "blue")
    assert first_diverged(judged(a_history(total=2), rows)) is None
