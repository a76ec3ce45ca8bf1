"""Rehearsals that several test modules look at, each played once in a process."""

from functools import cache

from guardian_rehearsal.ending import Ending
from guardian_rehearsal.play import play
from guardian_rehearsal.scenarios import scenario


@cache
def played(name: str, seed: int = 1) -> Ending:
    """Return how a scenario ended."""
    return play(scenario(name), seed)
