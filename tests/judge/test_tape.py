"""The judge behind a tape: rows late, revised, twice or in any order."""

import random
import time
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from guardian.judge import Judge
from guardian.model import Finding, Minute

Rows = Callable[..., list[Minute]]
Lines = list[dict[str, Any]]
HEADER = {"type": "deployment", "schema": "guardian.tape/1", "id": "d-1", "strategy": "linear"}


def lines(rows: list[Minute]) -> Lines:
    """Return rows as the lines of a tape."""
    return [{"type": "minute", **row.model_dump()} for row in rows]


def played(history: Lines, rows: Lines, ticks: int) -> list[str]:
    """Return the verdict at each tick, rows being handed over when they are seen."""
    judge = Judge(HEADER, history)
    return [judge.tick(now, [row for row in rows if row["seen_at"] == now]).verdict for now in range(ticks)]


@given(seed=st.integers(0, 1000))
def test_the_order_of_arrival_does_not_matter(seed: int, history: Rows, minutes: Rows, altered: Rows) -> None:
    """Rows that become visible in one tick, shuffled and some of them twice, end in the same evidence."""
    rows = lines(altered(minutes(8, 0.3), latency_p50=1.3))
    shuffled = [*rows, rows[3], rows[5]]
    random.Random(seed).shuffle(shuffled)
    one, two = Judge(HEADER, lines(history())), Judge(HEADER, lines(history()))
    assert one.tick(10, rows) == two.tick(10, shuffled)


def test_a_revised_minute_counts_as_it_was_last_seen(history: Rows, minutes: Rows) -> None:
    """A minute that is seen again with other values replaces itself, as if it had come right at once."""
    rows = lines(minutes(6, 0.3))
    wrong = [
        {**row, "green": {**row["green"], "errors_5xx": 50.0}, "seen_at": row["minute"] + 1} for row in rows
    ]
    once, twice = Judge(HEADER, lines(history())), Judge(HEADER, lines(history()))
    twice.tick(7, wrong)
    assert once.tick(8, rows) == twice.tick(8, rows)


def test_an_older_version_does_not_replace_a_newer_one(history: Rows, minutes: Rows) -> None:
    """What was seen earlier and delivered later is not taken for news."""
    rows = lines(minutes(8, 0.3))
    old = [{**row, "green": None, "seen_at": row["minute"]} for row in rows]
    judge = Judge(HEADER, lines(history()))
    before = judge.tick(10, rows)
    assert judge.tick(10, old) == before


def test_half_a_row_is_no_dead_green(history: Rows, minutes: Rows) -> None:
    """Rows that come first without green and whole two ticks later convict nobody."""
    rows = lines(minutes(30, 0.3))
    half = [{**row, "green": None} for row in rows]
    whole = [{**row, "seen_at": row["seen_at"] + 2} for row in rows]
    assert str(Finding.DIVERGED) not in played(lines(history()), [*half, *whole], 40)


def test_unknown_keys_and_absent_ones_are_tolerated(history: Rows, minutes: Rows) -> None:
    """A tape of another version is read for what is known."""
    rows = [
        {**row, "weather": "fine", "green": {**row["green"], "colour": "green"}, "shared": None}
        for row in lines(minutes(8, 0.3))
    ]
    for row in rows:
        del row["type"], row["green"]["latency_p90"]
    assert Judge({**HEADER, "note": 1}, lines(history())).tick(10, rows).evidence


def test_the_headers_maximum_of_connections_is_used(history: Rows, minutes: Rows) -> None:
    """The tape's own `max_connections` is enough to judge the database."""
    rows = [{**row, "shared": {"db_connections": 399.0}} for row in lines(minutes(8, 0.3))]
    judged = Judge({**HEADER, "max_connections": 400}, lines(history())).tick(10, rows)
    assert (judged.verdict, judged.signal) == ("diverged", "db_connections")


def test_a_tick_costs_no_more_when_the_watch_is_old(history: Rows, minutes: Rows) -> None:
    """The last 300 of 1,500 ticks take no longer than the first (measured generously: machines are shared)."""
    ticks = 1500
    rows, judge = lines(minutes(ticks, 0.5)), Judge(HEADER, lines(history()))
    marks = [time.process_time()]
    for now in range(2, ticks):
        judge.tick(now, [rows[now - 2]])
        marks.append(time.process_time())
    assert marks[-1] - marks[-301] < 2 * (marks[300] - marks[0]) + 0.5
