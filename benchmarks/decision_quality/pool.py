"""Plays many deployments on several processes."""

from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

from benchmarks.decision_quality.play import Played, Task, play

Item = TypeVar("Item")
Result = TypeVar("Result")


def play_all(tasks: Iterable[Task], processes: int) -> list[Played]:
    """Play every task."""
    return spread(play, tasks, processes)


def spread(function: Callable[[Item], Result], items: Iterable[Item], processes: int) -> list[Result]:
    """Return the function of every item, in the order of the items."""
    if processes == 1:
        return [function(item) for item in items]
    with ProcessPoolExecutor(processes, mp_context=get_context("fork")) as pool:
        return list(pool.map(function, list(items), chunksize=4))
