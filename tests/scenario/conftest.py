"""Each rehearsal that tests look at is played once."""

from collections.abc import Callable
from functools import cache

import pytest

from guardian_rehearsal.ending import Ending
from guardian_rehearsal.play import play
from guardian_rehearsal.scenarios import scenario


@pytest.fixture(scope="session")
def played() -> Callable[..., Ending]:
    """Play a scenario by its name, with seed 1 or another; the same one again is the same ending."""

    @cache
    def once(name: str, seed: int) -> Ending:
        return play(scenario(name), seed)

    def played(name: str, seed: int = 1) -> Ending:
        return once(name, seed)

    return played
