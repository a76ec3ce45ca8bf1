"""The law of the budget: at the very edge of the tolerance, evidence reaches 1/alpha with chance alpha at most."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from guardian.judge.bets import Bet, log_evidence, mass_due, placed
from guardian.judge.cold_start import MINUTES
from guardian.judge.custom import bet_on_custom, ratio_at
from guardian.judge.custom_habits import MeanHabit
from guardian.judge.errors import KINDS, bet_on_errors
from guardian.judge.latency import bet_on_latency
from guardian.judge.likelihoods import cluster_gains, portion_gains, rate_gains, shift_gains, split_gains
from guardian.judge.protections import ALL, Protections
from guardian.judge.ratios import bet_on_cpu, bet_on_share
from guardian.judge.state import ErrorHabit, JudgeState, LatencyHabit, Line, Reference, Shift
from guardian.model import Colour, Minute
from guardian.policy import CustomMetric, MetricSelector, MetricSource, Policy

ALPHA = 0.05
PATHS, LENGTH = 300, 45
BARE = Protections(*([False] * 8))
"""Without protections: the mathematics must hold by itself."""
Draw = Callable[[np.random.Generator, int], Minute]
Step = Callable[[JudgeState, Minute], JudgeState]


def crossings(
    draw: Draw, after: Callable[[JudgeState, Minute], JudgeState], name: str, start: JudgeState
) -> int:
    """Count the paths on which the evidence of one signal, bet on by `after`, ever reaches 1/alpha."""
    hits = 0
    for path in range(PATHS):
        rng, state = np.random.default_rng([path, 7]), start
        for at in range(LENGTH):
            row = draw(rng, at)
            state = state.model_copy(update={"shift": state.shift.after(row)})
            state = after(state, row).model_copy(update={"rows": (row,)})
            if log_evidence(state.bets.get(name)) >= -math.log(ALPHA):
                hits += 1
                break
    return hits


def betting(name: str, bet: Callable[[JudgeState, Minute], Bet | None]) -> Step:
    """Return a step of the state that places one bet."""

    def after(state: JudgeState, row: Minute) -> JudgeState:
        new = bet(state, row)
        return state.model_copy(update={"bets": {name: new}}) if new else state

    return after


def betting_on_latency(name: str, on: Protections) -> Step:
    """Return a step of the state that bets on one statistic of the latency and learns of its cold starts."""

    def after(state: JudgeState, row: Minute) -> JudgeState:
        found = bet_on_latency(name, state, row, Policy(), on)
        return state.model_copy(update={"bets": {f"latency_{name}": found.bet}, "cold": {name: found.cold}})

    return after


def _start(weight: float, **reference: object) -> JudgeState:
    shift = Shift(began=-50, weight=weight, step=-50, steps=1)
    return JudgeState(reference=Reference.model_validate(reference), shift=shift, largest=1e9)


@pytest.mark.parametrize("on", [ALL, BARE], ids=["protected", "bare"])
@pytest.mark.parametrize("weight", [0.01, 0.5, 0.9])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.signal)
def test_errors_at_the_tolerance_keep_the_budget(
    kind: object, weight: float, on: Protections, excess: Callable[[int, int, float], float]
) -> None:
    """With green failing exactly 1.5 times as often as blue, at any weight, at most alpha of the paths convict."""
    chosen = next(one for one in KINDS if one is kind)
    rate = 0.02

    def draw(rng: np.random.Generator, at: int) -> Minute:
        sides = {}
        for name, share, ratio in (("blue", 1 - weight, 1.0), ("green", weight, 1.5)):
            sent = max(1, int(rng.poisson(3000 * share)))
            bad = float(rng.binomial(sent, rate * ratio))
            sides[name] = Colour(requests=float(sent), **{chosen.field: bad})
        return Minute(minute=at, seen_at=at, weight=weight, **sides)

    habit = {chosen.signal: ErrorHabit(rate=rate, rate_high=rate * 1.05, usual=3000 * rate)}
    start = _start(weight, errors=habit)
    step = betting(chosen.signal, lambda state, row: bet_on_errors(chosen, state, row, 1.5, on))
    hits = crossings(draw, step, chosen.signal, start)
    assert excess(hits, PATHS, ALPHA) > 1e-3, f"{hits} of {PATHS}"


@pytest.mark.parametrize("on", [ALL, BARE], ids=["protected", "bare"])
@pytest.mark.parametrize("weight", [0.01, 0.5, 0.9])
@pytest.mark.parametrize("name", ["p50", "avg", "p99"])
def test_latency_at_the_tolerance_keeps_the_budget(
    name: str, weight: float, on: Protections, excess: Callable[[int, int, float], float]
) -> None:
    """With green slower by exactly the tolerance, at any weight, at most alpha of the paths convict."""
    habit = LatencyHabit(level=math.log(0.1), per_request=0.8, drift=0.0004, wander=0.02)
    tolerance = Policy().latency.p99_tolerance if name == "p99" else Policy().latency.tolerance

    def draw(rng: np.random.Generator, at: int) -> Minute:
        sides = {}
        for colour, share, slower in (("blue", 1 - weight, 1.0), ("green", weight, tolerance)):
            sent = 30_000 * share
            noise = math.sqrt(habit.per_request / sent + habit.drift) * rng.normal()
            sides[colour] = Colour(requests=sent, **{f"latency_{name}": 0.1 * slower * math.exp(noise)})
        return Minute(minute=at, seen_at=at, weight=weight, **sides)

    start = _start(weight, latency={name: habit})
    hits = crossings(draw, betting_on_latency(name, on), f"latency_{name}", start)
    assert excess(hits, PATHS, ALPHA) > 1e-3, f"{hits} of {PATHS}"


@pytest.mark.parametrize("weight", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("rate", [1e-4, 2e-3])
def test_errors_in_clusters_at_the_tolerance_keep_the_budget(
    rate: float, weight: float, excess: Callable[[int, int, float], float]
) -> None:
    """With errors that come four times as clumped as independent ones, at most alpha of the paths convict."""
    clumping, five = 4.0, KINDS[0]

    def failed(rng: np.random.Generator, mean: float) -> float:
        return float(rng.negative_binomial(mean / (clumping - 1), 1 / clumping))

    def draw(rng: np.random.Generator, at: int) -> Minute:
        sides = {}
        for name, share, ratio in (("blue", 1 - weight, 1.0), ("green", weight, 1.5)):
            sent = 6000 * share
            sides[name] = Colour(requests=sent, errors_5xx=failed(rng, sent * rate * ratio))
        return Minute(minute=at, seen_at=at, weight=weight, **sides)

    habit = ErrorHabit(rate=rate, rate_high=rate * 1.2, clumping=clumping, usual=6000 * rate)
    start = _start(weight, errors={five.signal: habit})
    step = betting(five.signal, lambda state, row: bet_on_errors(five, state, row, 1.5, ALL))
    hits = crossings(draw, step, five.signal, start)
    assert excess(hits, PATHS, ALPHA) > 1e-3, f"{hits} of {PATHS}"


@pytest.mark.parametrize("every", [1, 3], ids=["a step a minute", "a step every three minutes"])
def test_cold_starts_at_the_tolerance_keep_the_budget(
    every: int, excess: Callable[[int, int, float], float]
) -> None:
    """With a cold start of random size at each step, at the tolerance, at most alpha of the paths convict."""
    habit = LatencyHabit(level=math.log(0.1), per_request=0.8, drift=0.0004, wander=0.02)
    size: dict[str, float] = {}

    def draw(rng: np.random.Generator, at: int) -> Minute:
        if at == 0:
            size.update(first=abs(rng.normal(0, 0.4)), later=abs(rng.normal(0, 0.12)))
        weight = min(0.9, 0.1 * (1 + at // every))
        since = at % every if weight < 0.9 else at - 8 * every
        cold = size["first"] * math.exp(-(at + 0.5) / MINUTES)
        cold += size["later"] * math.exp(-(since + 0.5) / MINUTES) * (at >= every)
        sides = {}
        for colour, share, slower in (("blue", 1 - weight, 0.0), ("green", weight, math.log(1.1) + cold)):
            noise = math.sqrt(habit.per_request / (2000 * share) + habit.drift) * rng.normal()
            sides[colour] = Colour(requests=2000 * share, latency_p50=0.1 * math.exp(slower + noise))
        return Minute(minute=at, seen_at=at, weight=weight, **sides)

    start = JudgeState(reference=Reference(latency={"p50": habit}), largest=1e9)
    hits = crossings(draw, betting_on_latency("p50", ALL), "latency_p50", start)
    assert excess(hits, PATHS, ALPHA) > 1e-3, f"{hits} of {PATHS}"


@pytest.mark.parametrize("on", [ALL, BARE], ids=["protected", "bare"])
def test_cpu_at_the_tolerance_keeps_the_budget(
    on: Protections, excess: Callable[[int, int, float], float]
) -> None:
    """With green using exactly 1.15 times the CPU that blue's line predicts, at most alpha of the paths convict."""
    rng, line = np.random.default_rng(3), Line()
    for _ in range(60):
        sent = float(rng.uniform(1000, 3000))
        line = line.with_point(sent, (5 + sent / 100) * math.exp(0.03 * rng.normal()))

    def draw(rng: np.random.Generator, at: int) -> Minute:
        cpu = 15 * Policy().cpu.tolerance * math.exp(0.03 * rng.normal())
        sides = {"green": Colour(requests=1000.0, cpu=cpu), "blue": Colour(requests=1000.0)}
        return Minute(minute=at, seen_at=at, weight=0.5, **sides)

    start = _start(0.5).model_copy(update={"cpu": line})
    step = betting("cpu", lambda state, row: bet_on_cpu(state, row, Policy(), on, settled=True)[0])
    hits = crossings(draw, step, "cpu", start)
    assert excess(hits, PATHS, ALPHA) > 1e-3, f"{hits} of {PATHS}"


@pytest.mark.parametrize("weight", [0.01, 0.5, 0.9])
def test_the_share_at_the_tolerance_keeps_the_budget(
    weight: float, excess: Callable[[int, int, float], float]
) -> None:
    """With green at exactly 0.8 of the odds of its weight, at most alpha of the paths convict."""
    odds = Policy().traffic.share_tolerance * weight / (1 - weight)

    def draw(rng: np.random.Generator, at: int) -> Minute:
        green = float(rng.binomial(300, odds / (1 + odds)))
        return Minute(
            minute=at,
            seen_at=at,
            weight=weight,
            blue=Colour(requests=300 - green),
            green=Colour(requests=green),
        )

    step = betting("request_share", lambda state, row: bet_on_share(state, row, Policy(), BARE))
    hits = crossings(draw, step, "request_share", _start(weight))
    assert excess(hits, PATHS, ALPHA) > 1e-3, f"{hits} of {PATHS}"


@pytest.mark.parametrize("on", [ALL, BARE], ids=["protected", "bare"])
@pytest.mark.parametrize("weight", [0.05, 0.5, 0.95, 1.0])
@pytest.mark.parametrize("worse", ["higher", "lower"])
def test_a_mean_at_half_its_limit_keeps_the_budget(
    worse: str, weight: float, on: Protections, excess: Callable[[int, int, float], float]
) -> None:
    """With green's mean of exponential values worse by half the limit, at most alpha of the paths convict."""
    source = MetricSource(namespace="Shop", metric="QueryTime")
    metric = CustomMetric.model_validate({"name": "mean", "kind": "mean", "value": source, "worse": worse})

    def draw(rng: np.random.Generator, at: int) -> Minute:
        sides = {}
        for colour, share, mean in (
            ("blue", 1 - weight, 0.03),
            ("green", weight, 0.03 * ratio_at(metric, 0.5)),
        ):
            sent = int(rng.poisson(600 * share))
            drift = math.exp(0.01 * float(rng.normal()))
            pair = (mean * drift * float(rng.gamma(sent)) if sent else 0.0, float(sent))
            sides[colour] = Colour(requests=float(sent), custom={"mean": pair})
        return Minute(minute=at, seen_at=at, weight=weight, **sides)

    start = _start(weight, means={"mean": MeanHabit(level=math.log(0.03), per_sample=1.0)})
    step = betting("mean", lambda state, row: bet_on_custom(metric, state, row, on)[0])
    hits = crossings(draw, step, "mean", start)
    assert excess(hits, PATHS, ALPHA) > 1e-3, f"{hits} of {PATHS}"


@pytest.mark.parametrize("on", [ALL, BARE], ids=["protected", "bare"])
@pytest.mark.parametrize("weight", [0.1, 0.5, 0.95])
@pytest.mark.parametrize("worse", ["higher", "lower"])
def test_a_business_ratio_at_half_its_limit_keeps_the_budget(
    worse: str, weight: float, on: Protections, excess: Callable[[int, int, float], float]
) -> None:
    """With green's share of completed checkouts worse by half the limit, at most alpha of the paths convict."""
    half = MetricSelector(namespace="Shop", metric="Checkouts")
    metric = CustomMetric(name="ratio", numerator=half, denominator=half, worse=worse)  # type: ignore[arg-type]

    def draw(rng: np.random.Generator, at: int) -> Minute:
        sides = {}
        for colour, share, part in (
            ("blue", 1 - weight, 0.5),
            ("green", weight, 0.5 * ratio_at(metric, 0.5)),
        ):
            begun = int(rng.poisson(1200 * share))
            pair = (float(rng.binomial(begun, part)), float(begun))
            sides[colour] = Colour(requests=float(begun), custom={"ratio": pair})
        return Minute(minute=at, seen_at=at, weight=weight, **sides)

    step = betting("ratio", lambda state, row: bet_on_custom(metric, state, row, on)[0])
    hits = crossings(draw, step, "ratio", _start(weight, custom={"ratio": 0.5}))
    assert excess(hits, PATHS, ALPHA) > 1e-3, f"{hits} of {PATHS}"


def binomial(x: int, total: int, p: float) -> float:
    """Return the chance of `x` hits in `total`."""
    return math.comb(total, x) * p**x * (1 - p) ** (total - x)


def beta_binomial(x: int, total: int, mine: float, others: float) -> float:
    """Return the chance of `x` hits in `total` when the chance of a hit is Beta(mine, others)."""

    def log_beta(a: float, b: float) -> float:
        return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)

    return math.comb(total, x) * math.exp(log_beta(x + mine, total - x + others) - log_beta(mine, others))


def poisson(x: int, mean: float) -> float:
    """Return the chance of a count of `x`."""
    return math.exp(x * math.log(mean) - mean - math.lgamma(x + 1))


@pytest.mark.parametrize("tolerated", [0.8, 1.0, 1.5])
@pytest.mark.parametrize("ratio", [2.0, 6.0, 60.0])
def test_no_bet_wins_on_average_at_the_tolerance(tolerated: float, ratio: float) -> None:
    """Summed over all outcomes, the likelihood ratios of every kind of bet are worth exactly one."""
    odds, total, mean, usual = 0.25, 20, 0.4, 0.01
    due = (0.3, 0.3 / odds)
    p = tolerated * odds / (1 + tolerated * odds)
    split = sum(
        binomial(x, total, p) * math.exp(split_gains(x, total - x, odds, tolerated, [ratio])[0])
        for x in range(total + 1)
    )
    count = sum(
        poisson(x, tolerated * mean) * math.exp(rate_gains(x, mean, tolerated, [ratio])[0])
        for x in range(120)
    )
    portion = sum(
        binomial(x, total, usual * tolerated)
        * math.exp(portion_gains(x, total, usual, tolerated, [ratio])[0])
        for x in range(total + 1)
    )
    clusters = sum(
        beta_binomial(x, total, tolerated * due[0], due[1])
        * math.exp(cluster_gains(x, total - x, due, tolerated, [ratio])[0])
        for x in range(total + 1)
    )
    values = np.random.default_rng(1).normal(0.1, 0.2, 400_000)
    shift = float(np.mean(np.exp(shift_gains(values, 0.04, 0.1, [0.3])[0])))  # type: ignore[arg-type]
    assert split == pytest.approx(1)
    assert clusters == pytest.approx(1)
    assert count == pytest.approx(1, rel=1e-3)
    assert portion == pytest.approx(1)
    assert shift == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("ratio", [3.0, 60.0])
def test_events_that_may_not_count_win_nothing_on_average(ratio: float) -> None:
    """When some of green's events have another cause, the bet still wins nothing on average at the tolerance."""
    extra, mean = (0.7, 0.2, 0.1), 0.8
    worth = sum(
        chance * poisson(x, 1.5 * mean) * math.exp(rate_gains(x + more, mean, 1.5, [ratio], extra)[0])
        for more, chance in enumerate(extra)
        for x in range(150)
    )
    assert worth == pytest.approx(1)


@pytest.mark.parametrize("minutes", [1, 36, 4320])
def test_the_prior_mass_is_never_spent_twice(minutes: int) -> None:
    """However many minutes and steps there are, at most all of the money is bet, and without gains it stays whole."""
    bet = Bet()
    for at in range(minutes):
        bet = placed(bet, mass_due(at, at), (0.0, 0.0, 0.0), (at,))
    assert bet.spent <= 1 + 1e-9
    assert log_evidence(bet) == pytest.approx(0, abs=1e-3)
