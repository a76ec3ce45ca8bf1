"""Other habits in the middle of a watch: those of the same hours of earlier days, once blue has no traffic."""

from collections.abc import Sequence
from statistics import fmean

from guardian.judge.habits import learnt
from guardian.judge.minutes import requests
from guardian.judge.state import JudgeState
from guardian.model import Minute


def rebased(state: JudgeState, rows: Sequence[Minute]) -> JudgeState:
    """Return the state with the habits of `rows` in place of those it had, as far as the rows teach any.

    What has been seen of the shift stays: rows, bets, cold starts, the rails' counters. So does what earlier days do
    not tell: CPU over requests, and each statistic and metric without enough minutes. `largest` only grows: what the
    service carried on another day it can carry.

    Args:
        state: The fold so far.
        rows: The service as blue, oldest first, of any number of days.
    """
    new, old = learnt(rows), state.reference
    volumes = [requests(row.blue) for row in rows if requests(row.blue) > 0]
    if not volumes:
        return state
    reference = new.reference.model_copy(update={
        "requests": fmean(volumes),  # the last quarter of an hour of these rows is no more recent than the rest
        "latency": old.latency | new.reference.latency,
        "custom": old.custom | new.reference.custom,
        "means": old.means | new.reference.means,
        "cpu": old.cpu,
        "db_connections": new.reference.db_connections or old.db_connections,
    })  # fmt: skip
    return state.model_copy(update={"reference": reference, "largest": max(state.largest, new.largest)})
