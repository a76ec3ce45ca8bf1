"""Begin from blue's history, then fold one settled minute after the other."""

import math
from collections.abc import Sequence

import numpy as np

from guardian.judge.state import KEPT_MINUTES, JudgeState, LatencyHabit, Line, Reference, attempts, requests
from guardian.model import Colour, Minute

LATENCY_FIELDS = {"p50": "latency_p50", "avg": "latency_avg", "p99": "latency_p99"}
"""Field of a colour by the statistic's short name."""
LOG_NOISE_FLOOR = 0.01
"""Noise of a minute's latency that is assumed at least, on the log scale: one percent."""


def begin(history: Sequence[Minute]) -> JudgeState:
    """Return the state before the first minute of the shift, having learned blue's habits from `history`."""
    blues = [row.blue for row in history if row.blue is not None and requests(row.blue) > 0]
    line = Line()
    for blue in blues:
        line = _with_cpu(line, blue)
    connections = [row.shared.db_connections for row in history if row.shared.db_connections is not None]
    served = sum(requests(blue) for blue in blues)
    tried = sum(attempts(blue) for blue in blues)
    latency = {name: habit for name in LATENCY_FIELDS if (habit := _habit(blues, name)) is not None}
    reference = Reference(
        minutes=len(blues),
        requests=float(np.mean([requests(blue) for blue in blues[-15:]])) if blues else 0.0,
        mean_requests=served / len(blues) if blues else 0.0,
        errors_5xx=sum(blue.errors_5xx or 0 for blue in blues) / served if served else 0.0,
        connection_errors=sum(blue.connection_errors or 0 for blue in blues) / tried if tried else 0.0,
        latency=latency,
        db_connections=max(connections, default=None),
    )
    return JudgeState(reference=reference, cpu=line)


def step(state: JudgeState, minute: Minute) -> JudgeState:
    """Return the state after one more settled minute; a minute that was folded before changes nothing."""
    if state.rows and minute.minute <= state.rows[-1].minute:
        return state
    rows = (*state.rows, minute)[-KEPT_MINUTES:]
    return state.model_copy(update={"rows": rows, "cpu": _with_cpu(state.cpu, minute.blue)})


def _with_cpu(line: Line, blue: Colour | None) -> Line:
    if blue is None or blue.cpu is None or not requests(blue):
        return line
    return line.with_point(requests(blue), blue.cpu)


def _habit(blues: Sequence[Colour], name: str) -> LatencyHabit | None:
    values = [
        value for blue in blues if (value := getattr(blue, LATENCY_FIELDS[name])) is not None and value > 0
    ]
    if len(values) < 10:
        return None
    logs = np.log(values)
    # Successive differences leave the slow daily shape out; sqrt(2) because each holds two minutes' noise.
    noise = float(np.std(np.diff(logs)) / math.sqrt(2))
    return LatencyHabit(log_level=float(np.mean(logs[-15:])), log_noise=max(noise, LOG_NOISE_FLOOR))
