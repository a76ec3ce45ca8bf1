"""The service's own metrics as means: query time, basket value."""

import re
from collections.abc import Callable
from functools import partial, reduce
from typing import Any

import numpy as np
import pytest

from guardian import judge
from guardian.judge.weighing import weighed
from guardian.model import Baseline, Evidence, Finding, Minute, Verdict
from guardian.policy import Policy, parse_policy

Rows = Callable[..., list[Minute]]
Judged = Callable[..., list[Verdict]]
First = Callable[..., Verdict | None]
LINEAR = [min(1.0, 0.1 * (1 + minute // 3)) for minute in range(36)]


def watching(*more: dict[str, Any], **changes: Any) -> Policy:
    """Return a policy that watches the mean query time, of which more is worse."""
    value = {"namespace": "Shop", "metric": "QueryTime", "dimensions": {"TargetGroup": "{target_group}"}}
    metric = {"name": "query_time", "kind": "mean", "value": value, "worse": "higher"} | changes
    return parse_policy({"custom": [metric, *more]}, "test")


def querying(
    rows: list[Minute], green: float = 0.03, blue: float = 0.03, per_minute: float = 3000, seed: int = 3
) -> list[Minute]:
    """Give both colours queries of exponential time with these means in seconds, shared by the weight."""
    rng = np.random.default_rng([seed, len(rows)])
    out = []
    for row in rows:
        sides = {}
        for name, mean, share in (("blue", blue, 1 - row.weight), ("green", green, row.weight)):
            side, count = getattr(row, name), int(rng.poisson(per_minute * share))
            if side is not None and count:
                pair = (abs(mean) * float(rng.gamma(count)) * (1 if mean > 0 else -1), float(count))
                sides[name] = side.model_copy(update={"custom": {"query_time": pair}})
        out.append(row.model_copy(update=sides))
    return out


def told(verdict: Verdict) -> Evidence:
    """Return what was said about the query time."""
    return next(one for one in verdict.evidence if one.signal == "query_time")


def test_slow_queries_convict_although_users_notice_nothing_yet(
    a_history: Rows, a_shift: Rows, judged: Judged, first_diverged: First
) -> None:
    """Query time at +50 % convicts green while latency, errors and traffic are all fine, and says both means."""
    verdict = first_diverged(judged(querying(a_history()), querying(a_shift(15), 0.045), watching()))
    assert verdict is not None
    assert verdict.signal == "query_time"
    assert {item.signal for item in verdict.evidence if item.finding is Finding.DIVERGED} == {"query_time"}
    assert told(verdict).effect == pytest.approx(1.5, rel=0.1)
    assert re.match(
        r"query_time is 0\.04\d* on green against 0\.0\d+ on blue \(\+\d\d%, limit \+20%\)", verdict.sentence
    )
    assert verdict.sentence.endswith("of 200:1 needed")


@pytest.mark.parametrize("limit", [0.2, 0.5], ids=["beyond-the-limit", "at-the-limit"])
def test_a_metric_that_is_only_reported_never_rolls_back(
    a_history: Rows, a_shift: Rows, judged: Judged, first_diverged: First, limit: float
) -> None:
    """With action investigate, query time at +50 % asks a person to look, however long it lasts."""
    policy = watching(limit=limit, action="investigate")
    verdicts = judged(querying(a_history()), querying(a_shift(40), 0.045), policy)
    assert first_diverged(verdicts) is None
    assert (verdicts[-1].finding, verdicts[-1].signal) == (Finding.INVESTIGATE, "query_time")
    assert verdicts[-1].sentence.endswith("only reported")
    assert all(one.finding is not Finding.DIVERGED for verdict in verdicts for one in verdict.evidence)


def test_a_metric_that_is_only_reported_helps_to_convict_nothing_else(a_history: Rows, a_shift: Rows) -> None:
    """However slow the queries are, the evidence of all signals together is what it would be without them."""
    history, rows = querying(a_history()), querying(a_shift(15), 0.09)
    totals = []
    for policy in (Policy(), watching(action="investigate"), watching()):
        state = reduce(partial(judge.step, policy=policy), rows, judge.begin(history))
        totals.append(weighed(state, policy).total)
    assert totals[0] == pytest.approx(totals[1], abs=0.15)
    assert totals[2] > totals[1] + 10


def test_what_is_only_reported_takes_no_part_of_the_budget(a_history: Rows) -> None:
    """The stake of the custom metrics is shared by those that may roll back."""
    other = {
        "name": "checkout",
        "numerator": {"namespace": "Shop", "metric": "Completed"},
        "denominator": {"namespace": "Shop", "metric": "Begun"},
    }
    scale = weighed(judge.begin(a_history()), watching(other, action="investigate"))
    assert scale.own["checkout"] == pytest.approx(np.log(Policy().budget.custom))
    assert scale.total == pytest.approx(0)
    assert not scale.convicts("query_time")


@pytest.mark.parametrize("block", range(4))
def test_equal_means_are_never_convicted_and_mostly_healthy(
    a_history: Rows, a_shift: Rows, judged: Judged, first_diverged: First, block: int
) -> None:
    """Of 40 healthy linear shifts none is convicted, and in most minutes the query time is called healthy."""
    findings = []
    for seed in range(10 * block, 10 * block + 10):
        history, rows = (
            querying(rows, seed=seed) for rows in (a_history(seed=seed), a_shift(36, LINEAR, seed=seed))
        )
        verdicts = judged(history, rows, watching())
        assert first_diverged(verdicts) is None, f"seed {seed}"
        findings += [told(verdict).finding for verdict in verdicts]
    assert findings.count(Finding.HEALTHY) > 0.6 * len(findings)


@pytest.mark.parametrize(
    ("worse", "green", "convicts"),
    [("higher", 0.045, True), ("higher", 0.02, False), ("lower", 0.02, True), ("lower", 0.045, False)],
    ids=["slower", "faster", "smaller-basket", "larger-basket"],
)
def test_the_policy_says_which_direction_of_a_mean_is_worse(
    a_history: Rows,
    a_shift: Rows,
    judged: Judged,
    first_diverged: First,
    worse: str,
    green: float,
    convicts: bool,
) -> None:
    """Only a change for the worse convicts, whichever way that is."""
    verdicts = judged(querying(a_history()), querying(a_shift(15), green), watching(worse=worse))
    assert (first_diverged(verdicts) is not None) is convicts


@pytest.mark.parametrize("unit", [1e-3, 1.0, 1e3], ids=["small", "seconds", "large"])
def test_the_unit_of_a_mean_does_not_matter(
    a_history: Rows, a_shift: Rows, judged: Judged, unit: float
) -> None:
    """The same queries in other units convict in the same minute."""
    history, rows = querying(a_history(), blue=0.03 * unit), querying(a_shift(10), 0.045 * unit, 0.03 * unit)
    findings = [verdict.finding for verdict in judged(history, rows, watching())]
    first = findings.index(Finding.DIVERGED)
    plain = judged(querying(a_history()), querying(a_shift(10), 0.045), watching())
    assert [verdict.finding for verdict in plain].index(Finding.DIVERGED) == first


def test_a_new_colour_may_warm_up(
    a_history: Rows, a_shift: Rows, judged: Judged, first_diverged: First
) -> None:
    """Queries that are twice as slow in green's first minute alone convict nobody."""
    cold, warm = querying(a_shift(20, 0.1), 0.06), querying(a_shift(20, 0.1))
    assert first_diverged(judged(querying(a_history()), [cold[0], *warm[1:]], watching())) is None


def test_one_minute_of_anything_convicts_nobody(
    a_history: Rows, a_shift: Rows, judged: Judged, first_diverged: First
) -> None:
    """A single minute with a hundredfold mean is one minute."""
    rows, odd = querying(a_shift(20)), querying(a_shift(20), 3.0)
    assert first_diverged(judged(querying(a_history()), [*rows[:9], odd[9], *rows[10:]], watching())) is None


@pytest.mark.parametrize(
    ("worse", "green", "convicts"),
    [("higher", 0.066, True), ("higher", 0.045, False), ("lower", 0.013, True), ("lower", 0.02, False)],
    ids=["double", "50%-more", "less-than-half", "a-third-less"],
)
def test_without_blue_only_twice_or_half_convicts(
    a_history: Rows,
    a_shift: Rows,
    judged: Judged,
    first_diverged: First,
    worse: str,
    green: float,
    convicts: bool,
) -> None:
    """All at once, the mean is held against blue's history, by a wider limit and more slowly."""
    verdicts = judged(querying(a_history()), querying(a_shift(40, 1.0), green), watching(worse=worse))
    found = first_diverged(verdicts)
    assert (found is not None) is convicts
    assert told(verdicts[-1]).baseline is Baseline.HISTORY
    assert "before the shift (" in told(verdicts[-1]).sentence
    assert told(verdicts[-1]).finding in (Finding.DIVERGED, Finding.INVESTIGATE)
    if found is not None:
        assert verdicts.index(found) >= 5


@pytest.mark.parametrize("green", [-0.03, 0.03], ids=["both-negative", "blue-negative"])
def test_a_mean_that_is_not_positive_is_not_judged_and_says_so(
    a_history: Rows, a_shift: Rows, judged: Judged, green: float
) -> None:
    """A metric below zero has no ratio: nothing is found, and the sentence tells why."""
    verdict = judged(querying(a_history(), blue=-0.03), querying(a_shift(15), green, -0.03), watching())[-1]
    assert told(verdict).finding is Finding.INCONCLUSIVE
    assert "positive mean" in told(verdict).sentence


def test_a_mean_that_turns_negative_is_told_no_longer(a_history: Rows, a_shift: Rows, judged: Judged) -> None:
    """When green's mean falls below zero it is not called healthy from older minutes for long."""
    rows, refunds = querying(a_shift(30)), querying(a_shift(30), -0.03)
    verdicts = judged(querying(a_history()), [*rows[:15], *refunds[15:]], watching())
    assert told(verdicts[14]).finding is Finding.HEALTHY
    assert "not above zero" in told(verdicts[15]).dropped[0]
    assert told(verdicts[-1]).finding is Finding.INCONCLUSIVE
    assert "green's mean is not above zero" in told(verdicts[-1]).sentence


@pytest.mark.parametrize(
    ("history", "per_minute", "why"),
    [(False, 3000.0, "too few minutes"), (True, 100.0, "green had")],
    ids=["no-history", "few-samples"],
)
def test_too_little_to_judge_a_mean_is_inconclusive(
    a_history: Rows, a_shift: Rows, judged: Judged, history: bool, per_minute: float, why: str
) -> None:
    """Without a history or with a handful of samples a minute nothing is found, and the sentence tells why."""
    before = querying(a_history(), per_minute=per_minute) if history else []
    verdict = judged(before, querying(a_shift(12, 0.03), 0.06, per_minute=per_minute), watching())[-1]
    assert told(verdict).finding is Finding.INCONCLUSIVE
    assert why in told(verdict).sentence


def test_a_metric_that_becomes_a_mean_under_way_is_judged_on(a_history: Rows, a_shift: Rows) -> None:
    """A policy pushed during a deployment may change a ratio of that name into a mean, and back."""
    half = {"namespace": "Shop", "metric": "QueryTime"}
    ratio = watching(kind="ratio", value=None, numerator=half, denominator=half)
    state = judge.begin(querying(a_history()))
    for row, policy in zip(querying(a_shift(9)), [ratio] * 3 + [watching()] * 3 + [ratio] * 3, strict=True):
        state = judge.step(state, row, policy)
        assert told(judge.read(state, policy)).sentence
