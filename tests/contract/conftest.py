"""The emulated AWS that adapters are held to; a suite that asks only for the fake starts none."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count

import pytest

from guardian_rehearsal.clock import SimulatedClock
from guardian_rehearsal.emulator.server import EmulatedAws

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
NUMBERS = count(1)


@pytest.fixture(scope="module")
def clock() -> Iterator[SimulatedClock]:
    """The machine's clock, standing still from noon on."""
    with SimulatedClock(NOON) as clock:
        yield clock


@pytest.fixture(scope="module")
def aws(clock: SimulatedClock) -> Iterator[EmulatedAws]:  # noqa: ARG001 - time must stand still first
    """One AWS for a module; tests use names of their own."""
    with EmulatedAws() as running:
        yield running


@pytest.fixture
def new_id() -> Callable[[], str]:
    """Return an id of a deployment that no other test has."""
    return lambda: f"d-CONTRACT{next(NUMBERS):04d}"
