"""Statistics against published values."""

import json
from pathlib import Path
from typing import Any

import pytest
from benchmarks.decision_quality.kayenta import kayenta_class
from benchmarks.decision_quality.statistics import mann_whitney, upper_bound

CASES: dict[str, Any] = json.loads((Path(__file__).parent / "kayenta_cases.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("count", "total", "bound"),
    [(0, 100, 0.029513), (0, 3000, 0.000998), (1, 100, 0.046560), (5, 50, 0.198833), (10, 10, 1.0)],
)
def test_the_bound_is_clopper_and_pearsons(count: int, total: int, bound: float) -> None:
    """The exact upper 95 % bound; for none of n it is 1 - 0.05^(1/n), about three over n."""
    assert upper_bound(count, total) == pytest.approx(bound, abs=1e-6)
    if count == 0:
        assert upper_bound(count, total) == pytest.approx(1 - 0.05 ** (1 / total), rel=1e-6)


@pytest.mark.parametrize("case", CASES["intervals"], ids=["first", "second", "third"])
def test_the_interval_is_that_of_r(case: dict[str, Any]) -> None:
    """The shift's interval agrees with R's wilcox.test, as Kayenta's own tests ask."""
    shifted = mann_whitney(case["canary"], case["baseline"], case["confidence"])
    assert shifted.lower == pytest.approx(case["lower"], abs=2e-4)
    assert shifted.upper == pytest.approx(case["upper"], abs=2e-4)


@pytest.mark.parametrize(
    ("canary", "baseline", "expected"),
    [
        ("near_ten", "also_near_ten", "Pass"),
        ("near_twenty", "also_near_ten", "High"),
        ("near_ten", "near_twenty", "Low"),
        ("near_ten", "near_ten", "Pass"),
    ],
)
def test_the_class_is_kayentas(canary: str, baseline: str, expected: str) -> None:
    """Pairs of Kayenta's own classifier tests get its answers."""
    assert kayenta_class(CASES[canary], CASES[baseline], CASES["tolerance"], CASES["confidence"]) == expected


def test_all_equal_values_have_no_interval() -> None:
    """Tied observations are refused rather than called equal."""
    with pytest.raises(ValueError, match="tied"):
        mann_whitney([1, 1, 1], [1, 1], 0.95)
