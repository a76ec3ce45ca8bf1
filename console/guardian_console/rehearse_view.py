"""Shows a rehearsal: a live timeline on a terminal, plain lines on a pipe, then what happened and what AWS says."""

from collections import deque
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Self

from rich import box
from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from guardian.model import Finding, Minute, Role
from guardian.record import DecisionRecord
from guardian_rehearsal.check import end_of, problems
from guardian_rehearsal.ending import Ending
from guardian_rehearsal.scenario import Scenario

COLOURS = {
    Finding.HEALTHY: "green",
    Finding.INVESTIGATE: "yellow",
    Finding.DIVERGED: "bold red",
    Finding.INCONCLUSIVE: "dim",
    Finding.NO_DATA: "dim",
}
ROWS = 12
"""Turns that the live timeline shows at once; all of them are printed when it is over."""


class Timeline:
    """The turns of one rehearsal as they happen, as a context manager."""

    def __init__(self, console: Console, scenario: Scenario, seed: int) -> None:
        self._console = console
        self._scenario = scenario
        self._seed = seed
        self._turns: list[tuple[DecisionRecord, Minute | None]] = []
        self._minute: Minute | None = None
        self._live = (
            Live(console=console, auto_refresh=False, transient=True) if console.is_terminal else None
        )

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        else:
            self._console.print(_title(self._scenario, self._seed))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()
            self._console.print(_title(self._scenario, self._seed))
            self._console.print(_table(self._turns))

    def add(self, record: DecisionRecord) -> None:
        """Show one more turn."""
        if record.minutes:
            self._minute = record.minutes[-1]
        self._turns.append((record, self._minute))
        if self._live is None:
            self._console.print(_line(record, self._minute), soft_wrap=True, highlight=False, markup=False)
            return
        recent = deque(self._turns, maxlen=ROWS)
        bar = ProgressBar(total=1.0, completed=record.weight, width=40)
        head = Table.grid(padding=(0, 1))
        head.add_row(f"{record.at:%H:%M:%S}", "green has", bar, f"{record.weight:.0%}", record.phase or "")
        self._live.update(Group(_title(self._scenario, self._seed), head, _table(recent)), refresh=True)


def _title(scenario: Scenario, seed: int) -> Text:
    return Text.assemble(
        ("Rehearsal ", "bold"), (scenario.name, "bold cyan"), f": {scenario.title} (seed {seed})"
    )


def _table(
    turns: Iterable[tuple[DecisionRecord, Minute | None]],
) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=True)
    for heading in ("time", "by", "phase", "green"):
        table.add_column(heading, no_wrap=True)
    for heading in ("req/min b|g", "p50 ms b|g", "5XX b|g", "CPU % b|g"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column("sentence", ratio=1, overflow="fold")
    for record, minute in turns:
        table.add_row(
            f"{record.at:%H:%M:%S}", record.trigger.kind, record.phase or "?", f"{record.weight:.0%}", *_sides(minute),
            Text(record.verdict, COLOURS[record.verdict]), _shortened(record.sentence),
        )  # fmt: skip
    return table


def _shortened(sentence: str) -> str:
    return sentence if len(sentence) <= 160 else sentence[:157] + "…"


def _sides(minute: Minute | None) -> tuple[str, str, str, str]:
    """Blue and green side by side, of the latest minute that has settled."""
    if minute is None:
        return "", "", "", ""
    return (
        _pair(minute, "requests", 1),
        _pair(minute, "latency_p50", 1000),
        _pair(minute, "errors_5xx", 1),
        _pair(minute, "cpu", 1),
    )


def _pair(minute: Minute, field: str, factor: float) -> str:
    values = []
    for role in Role:
        colour = minute.blue if role is Role.BLUE else minute.green
        value = getattr(colour, field) if colour else None
        values.append("-" if value is None else f"{value * factor:.0f}")
    return " | ".join(values)


def _line(record: DecisionRecord, minute: Minute | None) -> str:
    requests, latency, errors, _ = _sides(minute)
    sides = f"req {requests}, p50 {latency} ms, 5XX {errors}" if minute else "no settled minute"
    when = f"{record.at:%H:%M:%S} {record.trigger.kind:<5} {record.weight:>4.0%}"
    return f"{when} [{sides}] {record.verdict}: {record.sentence}"


def ending(console: Console, result: Ending) -> None:
    """Print what happened, what AWS says, and whether that is how it must end."""
    console.print(Panel(_happened(result), title="What happened", title_align="left"))
    console.print(Panel(_aws(result), title="What AWS says afterwards", title_align="left"))
    wrong = problems(result)
    if not wrong:
        console.print(Text("As it must: ", "bold green") + Text(f"{result.scenario.expected.end}."))
    for problem in wrong:
        console.print(Text("Not as it must: ", "bold red") + Text(f"{problem}."))


def _facts(rows: list[tuple[str, str]]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column(overflow="fold")
    for name, value in rows:
        grid.add_row(name, value)
    return grid


def _happened(result: Ending) -> Table:
    decided, served = result.decided, f"{result.green_requests:,.0f}"
    if decided is None:
        last = result.records[-1].sentence if result.records else "nothing was decided"
        return _facts([("decision", "no rollback"), ("requests on green", served), ("last sentence", last)])
    because = f"{decided.pause.by} paused it" if decided.pause else f"the policy's mode is {decided.mode}"
    action = ", ".join(one.kind for one in decided.actions) or f"none: {because}"
    when = (
        f"in minute {decided.minute} of green's traffic, at {decided.weight:.0%}, because of {decided.signal}"
    )
    return _facts([
        ("decided", when),
        ("requests on green until then", served),
        ("action", action),
        ("sentence", _last_word(result)),
    ])  # fmt: skip


def _last_word(result: Ending) -> str:
    """Return the last sentence about the action, which says how it ended, or else the decision's."""
    told = [
        one.sentence for one in result.records if one.actions and one.deployment_id == result.deployment_id
    ]
    return told[-1] if told else result.decided.sentence if result.decided else ""


def _aws(result: Ending) -> Table:
    says = result.aws
    rows = [
        ("deployment", f"{result.deployment_id} {says.status}" + (f": {says.reason}" if says.reason else ""))
    ]
    if says.rollback_id:
        rows.append(
            (
                "rollback deployment",
                f"{says.rollback_id} {says.rollback_status}, creator {says.rollback_creator}",
            )
        )
    rows.append(("listener", ", ".join(f"{name} {share:.0%}" for name, share in says.weights.items())))
    rows.append(("StopDeployment", f"called {says.stops} times" if says.stops != 1 else "called once"))
    return _facts(rows)


def as_json(result: Ending) -> dict[str, object]:
    """Return the rehearsal's result as plain data."""
    decided, wrong, says = result.decided, problems(result), result.aws
    end = end_of(says)
    return {
        "scenario": result.scenario.name,
        "seed": result.seed,
        "as_it_must": not wrong,
        "problems": wrong,
        "end": end.value if end else None,
        "decision": None if decided is None else {
            "minute": decided.minute, "weight": decided.weight, "signal": decided.signal, "mode": decided.mode.value,
            "sentence": _last_word(result),
        },
        "green_requests": round(result.green_requests),
        "aws": {
            "deployment": result.deployment_id, "status": says.status, "rollback_deployment": says.rollback_id,
            "rollback_status": says.rollback_status, "listener": says.weights, "stop_deployment_calls": says.stops,
        },
        "turns": len(result.records),
    }  # fmt: skip


def summary(results: Sequence[Ending]) -> Table:
    """Return one row per rehearsal."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("scenario", "seed", "end", "decided", "signal", "green requests", ""):
        table.add_column(heading)
    for result in results:
        decided, wrong, end = result.decided, problems(result), end_of(result.aws)
        when = f"minute {decided.minute} at {decided.weight:.0%}" if decided else "-"
        table.add_row(
            result.scenario.name, str(result.seed), end.value if end else result.aws.status, when,
            (decided.signal or "-") if decided else "-", f"{result.green_requests:,.0f}",
            Text("as it must", "green") if not wrong else Text("; ".join(wrong), "bold red"),
        )  # fmt: skip
    return table
