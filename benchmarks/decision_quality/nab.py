"""AWS CloudWatch series with labelled windows (Numenta Anomaly Benchmark) as deployments.

Each series is one metric of one thing, every five minutes; a step is called a minute here. See
benchmarks/data/README.md for the source, its licence, and what is made up.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.decision_quality.measured import HISTORY, SHIFT, Call, Case, Side, laid_out
from benchmarks.decision_quality.nab_series import DAY, SERIES, Measured, Series, read_series
from benchmarks.decision_quality.report import Told, table
from benchmarks.decision_quality.scores import FalseRollbacks
from guardian.policy import Policy

DAYS_BACK = 7
"""Days within which blue must be found for a green of the same time of day."""
MADE_UP_REQUESTS = 600.0
"""Requests of each colour in each step of a CPU or latency series: made up, the series have none."""
RUN = 3
"""Steps in a row in which green must be worse than the policy's limit to be visibly worse."""
SPLIT, APART, WINDOW = "split in two", "another day", "labelled window"
"""What green is: the other half of blue's own stretch, another day without a label, or a labelled window."""
SHOWN = 12
"""Rollbacks of fault-free pairs told one by one."""
HEADINGS = (
    "series", "A/A", "false", "windows", "visible", "caught", "both", "days", "visible", "rolled back", "both",
)  # fmt: skip
EXPLAINED = """A/A: fault-free stretches split in two. windows: labelled, held against an earlier day. days: without a
label, held against an earlier day just as the windows are. visible: over the policy's limit in three steps in a row."""
COLUMNS = (
    "series", "pairs", "false", "windows", "windows_visible", "windows_caught", "windows_both", "days",
    "days_visible", "days_rolled_back", "days_both",
)  # fmt: skip


def cases() -> Iterator[Case]:
    """Yield every deployment of every series."""
    for series in SERIES:
        measured = read_series(series)
        name = f"{series.name} as {series.read_as}"
        if series.read_as == "requests":
            yield from _routed(name, measured)
        else:
            yield from _split(name, series, measured)
            yield from _days(name, series, measured)


def _split(name: str, series: Series, measured: Measured) -> Iterator[Case]:
    """Yield fault-free stretches split in two: of each ten minutes the first value is blue's, the second green's."""
    for begin in range(0, measured.last, 2 * SHIFT):
        steps = range(begin, begin + 2 * (HISTORY + SHIFT))
        if measured.quiet(steps):
            blue, green = ([_side(series, measured, step) for step in steps[first::2]] for first in (0, 1))
            rows = laid_out(blue[:HISTORY], [*zip(blue, green, strict=True)][HISTORY:])
            yield Case(f"{SPLIT}, from step {begin}", name, None, False, *rows)


def _days(name: str, series: Series, measured: Measured) -> Iterator[Case]:
    """Yield greens in and outside the labelled windows, each against the same time of an earlier day without label."""
    stretches = [
        *((WINDOW, i, begin) for i, window in enumerate(measured.windows, 1) for begin in _tiles(window)),
        *((APART, 0, begin) for begin in range(0, measured.last, 2 * SHIFT)),
    ]
    for kind, number, begin in stretches:
        green = range(begin, begin + SHIFT)
        blue = _earlier(measured, begin)
        if blue is None or (kind == APART and not measured.quiet(green)):
            continue
        sides = [_side(series, measured, step) for step in blue]
        pairs = [*zip(sides[HISTORY:], (_side(series, measured, step) for step in green), strict=True)]
        fault = f"{kind} {number}" if kind == WINDOW else kind
        visible = visibly_worse(series, pairs)
        yield Case(f"{fault}, from step {begin}", name, fault, visible, *laid_out(sides[:HISTORY], pairs))


def _earlier(measured: Measured, begin: int) -> range | None:
    """Return blue's history and shift at the same time of the nearest earlier day without a label; None without one."""
    for days in range(1, DAYS_BACK + 1):
        steps = range(begin - days * DAY - HISTORY, begin - days * DAY + SHIFT)
        if measured.quiet(steps):
            return steps
    return None


def _tiles(window: range) -> range:
    return range(window.start, window.stop - SHIFT + 1, SHIFT)


def visibly_worse(series: Series, pairs: Sequence[tuple[Side, Side]]) -> bool:
    """Tell whether green is worse than the policy's limit in three steps in a row: the crude check."""
    policy, in_a_row = Policy(), 0
    field = "cpu" if series.read_as == "cpu" else "latency_avg"
    limit, least = (
        (policy.cpu.limit, policy.cpu.min_points) if field == "cpu" else (policy.latency.limit, 0.0)
    )
    for blue, green in pairs:
        worse = blue and green and green[field] > max(limit * blue[field], blue[field] + least)
        in_a_row = in_a_row + 1 if worse else 0
        if in_a_row == RUN:
            return True
    return False


def _routed(name: str, measured: Measured) -> Iterator[Case]:
    """Yield stretches of a request count, each request routed to either colour by a fair coin."""
    coin = np.random.default_rng(20140410)
    stretches = [
        *((None, begin) for begin in range(HISTORY, measured.last, SHIFT)),
        *(
            (f"{WINDOW} {i}", begin)
            for i, window in enumerate(measured.windows, 1)
            for begin in _tiles(window)
        ),
    ]
    for fault, begin in stretches:
        steps = range(begin - HISTORY, begin + SHIFT)
        if fault is None and not measured.quiet(steps):
            continue
        counts = [measured.values.get(step) for step in steps]
        heads = [None if count is None else float(coin.binomial(int(count), 0.5)) for count in counts]
        blue = [
            None if n is None or h is None else {"requests": n - h}
            for n, h in zip(counts, heads, strict=True)
        ]
        green = [None if h is None else {"requests": h} for h in heads]
        history = [None if count is None else {"requests": count} for count in counts[:HISTORY]]
        pairs = [*zip(blue, green, strict=True)][HISTORY:]
        kind = fault or SPLIT
        yield Case(f"{kind}, from step {begin}", name, fault, False, *laid_out(history, pairs))


def _side(series: Series, measured: Measured, step: int) -> Side:
    """Return one step as a colour's minute."""
    value = measured.values.get(step)
    if value is None:
        return None
    if series.read_as == "cpu":
        return {"requests": MADE_UP_REQUESTS, "cpu": value}
    return {"requests": MADE_UP_REQUESTS, "latency_samples": MADE_UP_REQUESTS, "latency_avg": value / 1000}


def told(judged: Sequence[tuple[Case, Call | None]]) -> Told:
    """Return what came of every case."""
    pairs = [(case, call) for case, call in judged if case.fault is None]
    wrong = [(case, call) for case, call in pairs if call]
    false = FalseRollbacks(len(wrong), len(pairs))
    names = list(dict.fromkeys(case.entity for case, _ in judged))
    lines = [_line(name, [(case, call) for case, call in judged if case.entity == name]) for name in names]
    text = [
        f"AWS CloudWatch series: {false.count} rollbacks of {false.total} fault-free pairs, at most {false.bound:.1%}",
        *(f"  {case.entity}, {case.name}, tick {call.tick}, {call.sentence}" for case, call in wrong[:SHOWN]),
        *([f"  and {len(wrong) - SHOWN} more"] if len(wrong) > SHOWN else []),
        "",
        table(HEADINGS, [tuple(map(str, line)) for line in lines]),
        EXPLAINED,
    ]
    data = {
        "false": false.count,
        "pairs": false.total,
        "series": [dict(zip(COLUMNS, line, strict=True)) for line in lines],
    }
    return Told("\n".join(text), {"aws": data}, missed=bool(wrong))


def _line(name: str, judged: Sequence[tuple[Case, Call | None]]) -> tuple[str | int, ...]:
    """Return a series with its fault-free pairs, its windows and its days: how many, visible, rolled back, and both."""
    same = [call for case, call in judged if case.fault is None]
    days = [(case.visible, call is not None) for case, call in judged if case.fault == APART]
    windows: dict[str, tuple[bool, bool]] = {}
    for case, call in judged:
        if case.fault not in (None, APART):
            visible, caught = windows.get(str(case.fault), (False, False))
            windows[str(case.fault)] = (visible or case.visible, caught or call is not None)
    return name, len(same), sum(1 for call in same if call), *_counts([*windows.values()]), *_counts(days)


def _counts(of: Sequence[tuple[bool, bool]]) -> tuple[int, int, int, int]:
    """Return how many there are, are visible, are rolled back, and are both."""
    both = sum(visible and called for visible, called in of)
    return len(of), sum(visible for visible, _ in of), sum(called for _, called in of), both
