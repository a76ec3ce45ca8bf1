"""The verdict of all signals together, and the fold that it is read from."""

from collections.abc import Callable
from functools import partial, reduce
from typing import Any

import numpy as np
import pytest

from guardian import judge
from guardian.judge import JudgeState
from guardian.model import Finding, Minute, Verdict
from guardian.policy import MetricSelector, Policy

Rows = Callable[..., list[Minute]]
Judged = Callable[..., list[Verdict]]
First = Callable[..., Verdict | None]
LINEAR = [min(1.0, 0.1 * (1 + minute // 3)) for minute in range(36)]


# False alarms


@pytest.mark.parametrize("block", range(10))
@pytest.mark.parametrize("total", [600, 6000], ids=["600-a-minute", "6000-a-minute"])
def test_healthy_deployments_are_never_convicted(
    a_history: Rows, a_shift: Rows, judged: Judged, first_diverged: First, total: float, block: int
) -> None:
    """Of 200 healthy linear shifts, each read after every minute, none is ever called diverged."""
    for seed in range(10 * block, 10 * block + 10):
        found = first_diverged(judged(a_history(total, seed), a_shift(36, LINEAR, total, seed)))
        assert found is None, f"seed {seed}: {found.sentence}"


def test_healthy_deployments_are_found_healthy(a_history: Rows, a_shift: Rows, judged: Judged) -> None:
    """Most minutes of a healthy shift with enough traffic end in a healthy verdict, not in endless waiting."""
    findings = [
        v.finding
        for seed in range(5)
        for v in judged(a_history(seed=seed), a_shift(24, LINEAR[:24], seed=seed))
    ]
    assert findings.count(Finding.HEALTHY) > len(findings) / 2


# No data


def test_before_any_minute_there_is_no_data(a_history: Rows) -> None:
    """A watch without a judged minute, or with history only, has no data and says so."""
    for state in (None, judge.begin(()), judge.begin(a_history())):
        verdict = judge.read(state, Policy())
        assert verdict.finding is Finding.NO_DATA
        assert verdict.sentence


def test_silence_of_both_colours_is_no_data(a_history: Rows, a_shift: Rows, judged: Judged) -> None:
    """When neither colour has a datapoint that is unknown: never healthy, never a reason to roll back."""
    rows = [row.model_copy(update={"blue": None, "green": None}) for row in a_shift(15)]
    assert {verdict.finding for verdict in judged(a_history(), rows)} == {Finding.NO_DATA}


def test_data_that_stops_is_no_data_from_then_on(a_history: Rows, a_shift: Rows, judged: Judged) -> None:
    """A healthy verdict does not outlive its data, and an outage of the metrics convicts nobody."""
    rows = [
        row if row.minute < 10 else row.model_copy(update={"blue": None, "green": None})
        for row in a_shift(20)
    ]
    verdicts = judged(a_history(), rows)
    assert verdicts[9].finding is Finding.HEALTHY
    assert {verdict.finding for verdict in verdicts[10:]} == {Finding.NO_DATA}


def test_after_a_gap_judging_goes_on(a_history: Rows, a_shift: Rows, judged: Judged) -> None:
    """Rows that never came leave a hole and not a wrong verdict."""
    rows = [row for row in a_shift(25) if not 8 <= row.minute < 14]
    assert judged(a_history(), rows)[-1].finding is Finding.HEALTHY


def test_a_verdict_without_history_is_given_once_there_is_enough(
    a_shift: Rows, judged: Judged, first_diverged: First
) -> None:
    """A service that was never watched before is not convicted for having no history."""
    assert first_diverged(judged([], a_shift(30))) is None


# The fold


def fold(state: JudgeState, rows: list[Minute]) -> JudgeState:
    """Fold rows in one after the other."""
    return reduce(partial(judge.step, policy=Policy()), rows, state)


def test_a_minute_that_comes_again_changes_nothing(a_history: Rows, a_shift: Rows) -> None:
    """Queues redeliver: a minute that was folded before, the last or an older one, leaves the state as it is."""
    rows = a_shift(10)
    state = fold(judge.begin(a_history()), rows)
    for again in (rows[-1], rows[3], rows[0]):
        assert judge.step(state, again, Policy()) == state


def test_folding_changes_no_state_in_place(a_history: Rows, a_shift: Rows) -> None:
    """A state that was kept is as good as new, so a turn that failed can be taken again from it."""
    state = judge.begin(a_history())
    before = state.model_dump_json()
    fold(state, a_shift(10))
    assert state.model_dump_json() == before


def test_the_state_survives_the_table_at_every_minute(a_history: Rows, a_shift: Rows, failing: Rows) -> None:
    """Writing and reading the state between all turns gives the same verdicts, to the byte."""
    kept = stored = judge.begin(a_history())
    for row in failing(a_shift(15), 0.01, since=8):
        kept = judge.step(kept, row, Policy())
        stored = judge.step(JudgeState.model_validate_json(stored.model_dump_json()), row, Policy())
        one, two = (judge.read(state, Policy()).model_dump_json() for state in (kept, stored))
        assert one == two


def test_the_state_does_not_grow(a_history: Rows, a_shift: Rows) -> None:
    """After three days the state is as large as after an hour."""
    state = fold(judge.begin(a_history()), a_shift(60))
    early = len(state.model_dump_json())
    rows = [row.model_copy(update={"minute": row.minute + 60}) for row in a_shift(1000)]
    late = len(fold(state, rows).model_dump_json())
    assert late < 1.1 * early
    assert late < 30_000


def test_the_cost_of_history_is_paid_once(a_history: Rows) -> None:
    """A longer history does not make a larger state."""
    sizes = [len(judge.begin(a_history(minutes=minutes)).model_dump_json()) for minutes in (60, 180)]
    assert sizes[1] < 1.1 * sizes[0]


# Which signal speaks


def test_every_signal_gives_its_reason(a_history: Rows, a_shift: Rows, judged: Judged) -> None:
    """Each verdict lists each signal once, with a sentence, whatever it found."""
    verdict = judged(a_history(), a_shift(10))[-1]
    names = [item.signal for item in verdict.evidence]
    assert len(names) == len(set(names))
    assert {
        "green_present", "errors_5xx", "connection_errors", "latency_p50", "latency_avg", "latency_p99",
        "total_traffic", "db_connections", "cpu", "request_share",
    } <= set(names)  # fmt: skip
    assert all(item.sentence for item in verdict.evidence)


def test_the_evidence_begins_with_what_users_feel(a_history: Rows, a_shift: Rows, judged: Judged) -> None:
    """Presence, errors and latency stand before traffic and resources."""
    names = [item.signal for item in judged(a_history(), a_shift(10))[-1].evidence]
    order = ["green_present", "errors_5xx", "latency_p50", "total_traffic", "cpu"]
    assert [name for name in names if name in order] == order


def test_of_two_divergences_the_one_nearest_to_users_speaks(
    a_history: Rows, a_shift: Rows, changed: Rows, failing: Rows, judged: Judged, slower: dict[str, float]
) -> None:
    """When errors and latency both convict, the errors carry the verdict."""
    verdict = judged(a_history(), failing(changed(a_shift(15), **slower), 0.1))[-1]
    assert (verdict.finding, verdict.signal) == (Finding.DIVERGED, "errors_5xx")


def test_a_divergence_outweighs_a_look(
    a_history: Rows, a_shift: Rows, changed: Rows, judged: Judged, slower: dict[str, float]
) -> None:
    """One 5XX, worth a look, does not hide a latency that convicts."""
    rows = changed(changed(a_shift(15), **slower), since=13, until=14, errors_5xx=(1.0,))
    verdict = judged(a_history(), rows)[-1]
    assert verdict.finding is Finding.DIVERGED
    assert verdict.signal == "latency_p50"


def test_the_window_names_the_minutes_that_entered(a_history: Rows, a_shift: Rows, judged: Judged) -> None:
    """First and last minute of the verdict are settled minutes of green's traffic, the last being the newest."""
    verdict = judged(a_history(), a_shift(10))[-1]
    assert verdict.first_minute is not None
    assert verdict.first_minute >= 0
    assert verdict.last_minute == 9


# The service's own metrics


@pytest.fixture(scope="module")
def with_checkout(
    a_policy: Callable[..., Policy], a_selector: Callable[..., MetricSelector]
) -> Callable[..., Policy]:
    """Build a policy that judges completed over begun checkouts."""

    def build(**changes: Any) -> Policy:
        metric = {
            "name": "checkout",
            "numerator": a_selector("Completed").model_dump(),
            "denominator": a_selector("Begun").model_dump(),
        }
        return a_policy(custom=[metric | changes])

    return build


@pytest.fixture(scope="module")
def selling() -> Callable[..., list[Minute]]:
    """Give both colours checkouts: a tenth of the requests begin one, `rate` of those complete."""

    def build(rows: list[Minute], green: float, blue: float = 0.6, seed: int = 3) -> list[Minute]:
        rng = np.random.default_rng(seed)
        out = []
        for row in rows:
            sides = {}
            for name, rate in (("blue", blue), ("green", green)):
                side = getattr(row, name)
                if side is not None:
                    begun = int(rng.binomial(int(side.requests), 0.1))
                    pair = (float(rng.binomial(begun, rate)), float(begun))
                    sides[name] = side.model_copy(update={"custom": {"checkout": pair}})
            out.append(row.model_copy(update=sides))
        return out

    return build


def test_broken_users_convict_although_the_technical_metrics_are_clean(
    a_history: Rows,
    a_shift: Rows,
    judged: Judged,
    first_diverged: First,
    selling: Rows,
    with_checkout: Callable[..., Policy],
) -> None:
    """Checkout completion at -40 % convicts green while latency, errors and traffic are all fine."""
    history, rows = selling(a_history(), 0.6), selling(a_shift(15), 0.36)
    verdict = first_diverged(judged(history, rows, with_checkout()))
    assert verdict is not None
    assert verdict.signal == "checkout"
    assert {item.signal for item in verdict.evidence if item.finding is Finding.DIVERGED} == {"checkout"}
    assert "checkout" in verdict.sentence
    assert first_diverged(judged(history, rows)) is None


@pytest.mark.parametrize("rate", [0.6, 0.57, 0.9], ids=["equal", "5%-lower", "higher"])
def test_a_ratio_within_its_limit_is_fine(
    a_history: Rows,
    a_shift: Rows,
    judged: Judged,
    first_diverged: First,
    selling: Rows,
    with_checkout: Callable[..., Policy],
    rate: float,
) -> None:
    """Equal, slightly lower or better completion convicts nobody."""
    rows = selling(a_shift(20), rate)
    assert first_diverged(judged(selling(a_history(), 0.6), rows, with_checkout())) is None


def test_a_failure_that_blue_never_had_convicts(
    a_history: Rows,
    a_shift: Rows,
    judged: Judged,
    first_diverged: First,
    selling: Rows,
    with_checkout: Callable[..., Policy],
) -> None:
    """Where more is worse, none at all on blue is a baseline like any other: half of green's failing is divergence."""
    history, rows = selling(a_history(), 0.0, blue=0.0), selling(a_shift(15), 0.5, blue=0.0)
    verdict = first_diverged(judged(history, rows, with_checkout(worse="higher")))
    assert verdict is not None
    assert verdict.signal == "checkout"


def test_a_history_without_any_failure_can_be_read_at_full_weight(
    a_history: Rows,
    a_shift: Rows,
    judged: Judged,
    first_diverged: First,
    selling: Rows,
    with_checkout: Callable[..., Policy],
) -> None:
    """At full weight a history without any is read as it is, and a green without any is fine."""
    history, rows = selling(a_history(), 0.0, blue=0.0), selling(a_shift(15, 1.0), 0.0, blue=0.0)
    assert first_diverged(judged(history, rows, with_checkout(worse="higher"))) is None


def test_a_quotient_that_is_no_share_convicts_nobody(
    a_history: Rows,
    a_shift: Rows,
    judged: Judged,
    first_diverged: First,
    selling: Rows,
    with_checkout: Callable[..., Policy],
) -> None:
    """A numerator above its denominator, such as value per order, varies otherwise than a share: it is not judged."""

    def worth(row: Minute, name: str, value: float) -> Minute:
        side = getattr(row, name)
        _, begun = side.custom["checkout"]
        return row.model_copy(
            update={name: side.model_copy(update={"custom": {"checkout": (value * begun, begun)}})}
        )

    history = [worth(row, "blue", 30.0) for row in selling(a_history(), 0.6)]
    rows = [worth(worth(row, "blue", 30.0), "green", 15.0) for row in selling(a_shift(15), 0.6)]
    verdicts = judged(history, rows, with_checkout())
    assert first_diverged(verdicts) is None
    checkout = next(one for one in verdicts[-1].evidence if one.signal == "checkout")
    assert checkout.finding is Finding.INCONCLUSIVE


@pytest.mark.parametrize(("rate", "convicts"), [(0.9, True), (0.36, False)], ids=["higher", "lower"])
def test_the_policy_says_which_direction_is_worse(
    a_history: Rows,
    a_shift: Rows,
    judged: Judged,
    first_diverged: First,
    selling: Rows,
    with_checkout: Callable[..., Policy],
    rate: float,
    convicts: bool,
) -> None:
    """For a metric such as abandoned baskets, more is worse and less is fine."""
    verdicts = judged(selling(a_history(), 0.6), selling(a_shift(15), rate), with_checkout(worse="higher"))
    assert (first_diverged(verdicts) is not None) is convicts


def test_a_ratio_that_is_not_reported_is_inconclusive(
    a_history: Rows, a_shift: Rows, judged: Judged, with_checkout: Callable[..., Policy]
) -> None:
    """A business metric that nobody publishes neither convicts nor holds back the rest."""
    verdict = judged(a_history(), a_shift(15), with_checkout())[-1]
    evidence = next(item for item in verdict.evidence if item.signal == "checkout")
    assert evidence.finding is Finding.INCONCLUSIVE
    assert verdict.finding is Finding.HEALTHY
