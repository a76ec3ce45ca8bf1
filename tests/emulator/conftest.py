"""The emulated AWS, fresh for each test."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from guardian_rehearsal.emulator.server import EmulatedAws


@pytest.fixture
def aws() -> Iterator[EmulatedAws]:
    """An AWS in which nothing exists, served on this machine until the test ends."""
    with EmulatedAws() as running:
        yield running


@pytest.fixture
def client(aws: EmulatedAws) -> Callable[[str], Any]:
    """Return the boto3 client of a service, by its boto3 name."""
    return aws.client
