"""How a cold start is measured, on what is built for this machine."""

import pytest
from benchmarks.cold_start.measure import Measured, measure
from benchmarks.cold_start.process import CALLS
from benchmarks.cold_start.report import page

from guardian_rehearsal.lambda_runtime import Artifact

MEMORY = 512
"""FunctionMemory, as the template has it by default, in MB."""


@pytest.fixture(scope="module")
def measured(artifact: Artifact) -> Measured:
    """One start of every function in both ways."""
    return measure(runs=1, artifact=artifact)


@pytest.mark.parametrize("function", CALLS)
def test_a_function_starts_from_the_artifact_alone(measured: Measured, function: str) -> None:
    """It is imported and makes its clients with nothing on its path but itself, the layer and the runtime."""
    start = measured.without[function]
    assert start.imports > 0
    assert start.clients > 0


@pytest.mark.parametrize("function", CALLS)
def test_a_function_leaves_most_of_its_memory_free(measured: Measured, function: str) -> None:
    """After its start it holds less than a quarter of what the template gives it."""
    assert 20 < measured.without[function].peak < MEMORY / 4


def test_both_ways_are_measured(measured: Measured) -> None:
    """Every function has a start with compiled modules too, and what those weigh is known."""
    assert measured.compiled.keys() == measured.without.keys() == set(CALLS)
    assert measured.bytecode > 0


def test_packages_are_named_by_what_they_cost(measured: Measured) -> None:
    """The dearest come first, with pydantic among them, and every function has a row in the page."""
    for times in measured.dearest.values():
        assert list(times.values()) == sorted(times.values(), reverse=True)
        assert "pydantic" in times
    assert all(f"| `{name}` |" in page(measured) for name in CALLS)
