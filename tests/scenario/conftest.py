"""Each rehearsal that tests look at is played once."""

from collections.abc import Callable

import pytest
from guardian_fakes import rehearsals

from guardian_rehearsal.ending import Ending


@pytest.fixture(scope="session")
def played() -> Callable[..., Ending]:
    """Play a scenario by its name, with seed 1 or another."""
    return rehearsals.played
