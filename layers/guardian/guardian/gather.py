"""Gather what one turn needs to see: blue's history once, then every minute that is not final yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce

from guardian import judge
from guardian.judge import JudgeState
from guardian.model import Deployment, Finding, History, Minute, Role, Season, Verdict
from guardian.observe import Observation, Window, assemble, plan
from guardian.policy import Policy
from guardian.ports import Ports
from guardian.season import in_season
from guardian.watch import Watch

HISTORY_FRESH = timedelta(minutes=10)
"""Age at which a history taken before the shift is taken anew, so that it ends close to the first step."""
LOOK_BACK_MINUTES = 180
"""Minutes that one turn reads at most; a watch that was blind for longer starts again from there."""


@dataclass(frozen=True)
class Sight:
    """What a turn saw.

    Attributes:
        watch: The watch with every final minute folded in.
        verdict: What the judge makes of these and of the open minutes on top of them.
        minutes: The minutes that have become final.
        open_minutes: The newer ones, which the next turn reads again.
        reference: The earlier days whose habits the judge took on before these minutes; None when it kept its own.
        notes: What could not be read, as sentences.
    """

    watch: Watch
    verdict: Verdict
    minutes: tuple[Minute, ...] = ()
    open_minutes: tuple[Minute, ...] = ()
    reference: Season | None = None
    notes: tuple[str, ...] = ()


def look(watch: Watch, deployment: Deployment, policy: Policy, ports: Ports, now: datetime) -> Sight:
    """Read CloudWatch once, keep what is final and judge what is open on top of it.

    Raises:
        TemporaryError: CloudWatch could not answer; nothing was folded, so the next turn reads the same minutes.
    """
    watch = _knowing_cpu(watch, deployment, ports)
    history = _history(watch, deployment, policy, ports, now)
    if watch.origin is None:
        return Sight(watch, _before_traffic(history), notes=_history_notes(history))
    state = watch.judge or judge.begin(history.counted_from(watch.origin) if history else ())
    before, window = state, _window(watch, watch.origin, now)
    watch, state, against = in_season(watch, state, deployment, policy, ports, now)
    taken = watch.season if state is not before else None
    seen = _observe(watch, deployment, policy, ports, window)
    state, verdict = judged(state, seen.final, seen.open, policy)
    return Sight(
        watch.model_copy(update={
            "judge": state,
            "judged_to": seen.final[-1].minute if seen.final else watch.judged_to,
            "green_requests": watch.green_requests + _on_green(seen.final),
            "green_open": _on_green(seen.open),
        }),
        verdict, seen.final, seen.open, taken, (*_history_notes(history), *against, *seen.problems),
    )  # fmt: skip


def judged(
    state: JudgeState, final: Sequence[Minute], still_open: Sequence[Minute], policy: Policy
) -> tuple[JudgeState, Verdict]:
    """Return (the state with the final minutes in it, the verdict with the open ones on top). Pure.

    Only final minutes stay in the state, so that each counts once and as it was last seen. From one that has not
    settled the judge takes what lies in proportions, never that something is absent or little.
    """
    kept = reduce(lambda folded, row: judge.step(folded, row, policy), final, state)
    seconds = policy.window.settle_seconds
    ahead = reduce(
        lambda folded, row: judge.step(folded, row, policy, settled=row.has_settled(seconds)),
        still_open,
        kept,
    )
    return kept, judge.read(ahead, policy)


def _on_green(rows: Sequence[Minute]) -> float:
    return sum((row.green.requests or 0.0) for row in rows if row.green)


def _before_traffic(history: History | None) -> Verdict:
    minutes = sum(1 for row in history.rows if row.blue is not None) if history else 0
    known = f"; {minutes} minutes of blue are kept to compare it with" if minutes else ""
    return Verdict(finding=Finding.NO_DATA, sentence=f"green has no production traffic yet{known}")


def _window(watch: Watch, origin: datetime, now: datetime) -> Window:
    """Return the minutes that are not final yet."""
    tick = int((now - origin).total_seconds() // 60)
    after = 0 if watch.judged_to is None else watch.judged_to + 1
    return Window(origin, max(after, tick - LOOK_BACK_MINUTES), now)


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
