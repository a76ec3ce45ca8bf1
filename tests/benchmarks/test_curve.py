"""Curves for an operator: one setting moved, the others as they are."""

import json

import pytest
from benchmarks.decision_quality.curve import SETTINGS, curve_tasks, default_of, points, values_of, variant_of
from benchmarks.decision_quality.faults import Fault, Kind
from benchmarks.decision_quality.generator import Order, generate
from benchmarks.decision_quality.judged import PRODUCTION, policy_of
from benchmarks.decision_quality.play import GUARDIAN, ORACLE, Call, Played, Task
from benchmarks.decision_quality.run import main
from benchmarks.decision_quality.tasks import QUICK

VALUES = [(*at, value) for at in SETTINGS for value in values_of(*at)]


@pytest.mark.parametrize(
    ("section", "setting", "value"), VALUES, ids=[f"{s}.{k}={v:g}" for s, k, v in VALUES]
)
def test_the_policy_takes_every_value(section: str, setting: str, value: float) -> None:
    """Each value is one that a policy may hold, and it is the only one that moves."""
    header = generate(1).header
    moved, usual = (
        policy_of(header, variant).model_dump()
        for variant in (variant_of(section, setting, value), PRODUCTION)
    )
    assert moved[section][setting] == value
    usual[section][setting] = value
    assert moved == usual


def test_every_curve_passes_through_the_default() -> None:
    """The default is one of the values, is judged once for all curves, and is marked in each."""
    lines = points([], [])
    assert sum(line.default for line in lines) == len(SETTINGS)
    assert all(default_of(*at) in values_of(*at) for at in SETTINGS)
    variants = next(curve_tasks(0, QUICK, "auto")).variants
    assert len(variants) == len({variant.name for variant in variants}) == len(VALUES) - len(SETTINGS) + 1


def test_a_point_is_held_against_the_default_on_the_same_faults() -> None:
    """Six minutes where the default took four are half as long again and two minutes more."""
    name = variant_of("latency", "limit", 1.5).name
    calls = {ORACLE: 2, GUARDIAN: 4, name: 6}
    caught = {rule: Call(tick, 0.5, 0.0) for rule, tick in calls.items()}
    fault = Fault(Kind.LATENCY, 2.0)
    missed = {rule: call for rule, call in caught.items() if rule != name}
    faulty = [Played(Task("any", 1, Order()), fault, 600, "linear", made) for made in (caught, missed)]
    line = next(line for line in points([], faulty) if (line.setting, line.value) == ("latency.limit", 1.5))
    assert (line.ratio, line.minutes) == (1.5, 2.0)
    assert (line.score.caught, line.score.eligible, line.score.ratio) == (1, 2, 3.0)


def test_the_curve_is_told_as_data(capsys: pytest.CaptureFixture[str]) -> None:
    """What a picture is drawn from is printed as JSON, with the exact bound."""
    assert main(["--curve", "--healthy", "1", "--faulty", "1", "--processes", "1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "guardian.benchmark-curve/1"
    assert len(told["points"]) == len(VALUES)
    assert {point["healthy"] for point in told["points"]} == {1}
    assert all(point["false_bound"] >= 0.95 for point in told["points"])
