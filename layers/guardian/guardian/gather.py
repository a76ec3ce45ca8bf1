"""Gather what one turn needs to see: blue's history once, then the minutes that have settled since the last turn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce

from guardian import judge
from guardian.model import Deployment, Finding, History, Minute, Role, Verdict
from guardian.observe import Observation, Window, assemble, plan
from guardian.policy import Policy
from guardian.ports import Ports
from guardian.watch import Watch

HISTORY_FRESH = timedelta(minutes=10)
"""Age at which a history taken before the shift is taken anew, so that it ends close to the first step."""
LOOK_BACK_MINUTES = 180
"""Minutes that one turn reads at most; a watch that was blind for longer starts again from there."""
STALE_MINUTES = 5
"""Minutes without a newly settled one after which the last verdict no longer speaks of the present."""


@dataclass(frozen=True)
class Sight:
    """What a turn saw.

    Attributes:
        watch: The watch with every newly settled minute judged.
        verdict: What the judge makes of all of them.
        minutes: The newly settled minutes.
        notes: What could not be read, as sentences.
    """

    watch: Watch
    verdict: Verdict
    minutes: tuple[Minute, ...] = ()
    notes: tuple[str, ...] = ()


def look(watch: Watch, deployment: Deployment, policy: Policy, ports: Ports, now: datetime) -> Sight:
    """Read CloudWatch once and fold in what has settled.

    Raises:
        TemporaryError: CloudWatch could not answer; nothing was folded, so the next turn reads the same minutes.
    """
    watch = _knowing_cpu(watch, deployment, ports)
    history = _history(watch, deployment, policy, ports, now)
    if watch.origin is None:
        return Sight(watch, _before_traffic(history), notes=_history_notes(history))
    state = watch.judge or judge.begin(history.counted_from(watch.origin) if history else ())
    window = _window(watch, watch.origin, now)
    seen = _observe(watch, deployment, policy, ports, window)
    state = reduce(lambda folded, row: judge.step(folded, row, policy), seen.final, state)
    green = sum((row.green.requests or 0) for row in seen.final if row.green)
    judged_to = seen.final[-1].minute if seen.final else watch.judged_to
    watch = watch.model_copy(
        update={"judge": state, "judged_to": judged_to, "green_requests": watch.green_requests + green}
    )
    verdict = _current(judge.read(state, policy), judged_to, window, policy)
    return Sight(watch, verdict, seen.final, (*_history_notes(history), *seen.problems))


def _before_traffic(history: History | None) -> Verdict:
    minutes = sum(1 for row in history.rows if row.blue is not None) if history else 0
    known = f"; {minutes} minutes of blue are kept to compare it with" if minutes else ""
    return Verdict(finding=Finding.NO_DATA, sentence=f"green has no production traffic yet{known}")


def _window(watch: Watch, origin: datetime, now: datetime) -> Window:
    """Return the minutes that have not been judged yet."""
    tick = int((now - origin).total_seconds() // 60)
    after = 0 if watch.judged_to is None else watch.judged_to + 1
    return Window(origin, max(after, tick - LOOK_BACK_MINUTES), now)


def _current(verdict: Verdict, judged_to: int | None, window: Window, policy: Policy) -> Verdict:
    """Let a verdict speak only of the present: data that stopped coming is unknown, not healthy."""
    if judged_to is None:
        return verdict
    overdue = window.tick - 1 - judged_to - policy.window.settle_seconds // 60
    if overdue <= STALE_MINUTES or verdict.finding is Finding.DIVERGED:
        return verdict
    sentence = (
        f"the latest settled minute is {window.tick - judged_to} minutes old; nothing newer can be judged yet"
    )
    return verdict.model_copy(update={"finding": Finding.NO_DATA, "signal": None, "sentence": sentence})


def _observe(
    watch: Watch, deployment: Deployment, policy: Policy, ports: Ports, window: Window
) -> Observation:
    if window.first >= window.tick:
        return Observation((), (), ())
    queries = plan(deployment, policy, _tasks(watch, deployment, ports))
    series = ports.metrics.read(queries, window.start, window.origin + timedelta(minutes=window.tick))
    return assemble(series, window, policy.window, watch.weight_at)


def _tasks(watch: Watch, deployment: Deployment, ports: Ports) -> Mapping[Role, Sequence[str]]:
    return ports.fleet.tasks(deployment) if watch.per_task_cpu else {}


def _knowing_cpu(watch: Watch, deployment: Deployment, ports: Ports) -> Watch:
    if watch.per_task_cpu is not None:
        return watch
    return watch.model_copy(update={"per_task_cpu": ports.fleet.publishes_task_cpu(deployment.cluster)})


def _history(
    watch: Watch, deployment: Deployment, policy: Policy, ports: Ports, now: datetime
) -> History | None:
    """Return blue's history, reading it when there is none yet or when the shift has not begun and it has aged."""
    if watch.judge is not None or deployment.blue is None:
        return None
    known = ports.watches.history(watch.deployment_id)
    if known is not None and (watch.origin is not None or now - known.epoch < HISTORY_FRESH):
        return known
    epoch = watch.origin or now.replace(second=0, microsecond=0)
    window = Window(epoch, -policy.window.history_minutes, now)
    before = deployment.model_copy(update={"green": None})
    queries = plan(before, policy, _tasks(watch, deployment, ports))
    series = ports.metrics.read(queries, window.start, epoch)
    rows = tuple(
        row for row in assemble(series, window, policy.window, lambda _: 0.0).final if row.minute < 0
    )
    history = History(epoch=epoch, rows=rows, problem=_problem(rows, policy))
    ports.watches.save_history(watch.deployment_id, history)
    return history


def _problem(rows: Sequence[Minute], policy: Policy) -> str | None:
    served = [row for row in rows if row.blue and (row.blue.requests or 0) >= policy.latency.min_requests]
    if 2 * len(served) >= policy.window.history_minutes:
        return None
    return (
        f"unreliable baseline: blue had {policy.latency.min_requests} requests or more in only {len(served)} of the "
        f"{policy.window.history_minutes} minutes before"
    )


def _history_notes(history: History | None) -> tuple[str, ...]:
    return (history.problem,) if history and history.problem else ()
