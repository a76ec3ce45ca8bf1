"""Plays many deployments on several processes."""

from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from benchmarks.decision_quality.play import Played, Task, play


def play_all(tasks: Iterable[Task], processes: int) -> list[Played]:
    """Play every task, in the order of the tasks."""
    if processes == 1:
        return [play(task) for task in tasks]
    with ProcessPoolExecutor(processes, mp_context=get_context("fork")) as pool:
        return list(pool.map(play, list(tasks), chunksize=4))
