"""Rehearsals that several tests look at: each is played once in a process."""

from functools import cache

from guardian_console.recordings import Recording, history_on
from guardian_console.tapes import tapes
from guardian_rehearsal.ending import Ending
from guardian_rehearsal.play import play
from guardian_rehearsal.scenarios import scenario


@cache
def _once(name: str, seed: int) -> Ending:
    return play(scenario(name), seed)


def played(name: str, seed: int = 1) -> Ending:
    """Play a scenario by its name; the same one again is the same ending."""
    return _once(name, seed)


def recorded(ending: Ending) -> Recording:
    """Return what a rehearsal leaves to those who explain it."""
    (tape,) = tapes((line.encode() for line in ending.tape), "a rehearsal")
    return Recording(ending.deployment_id, ending.stored, history=history_on(tape), tape=tape)
