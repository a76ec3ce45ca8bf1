"""Play one deployment tick by tick through the judge, the oracle and the peers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.decision_quality import faults
from benchmarks.decision_quality.generator import Deployment, Order, generate
from benchmarks.decision_quality.judged import PRODUCTION, Variant, judge_of
from benchmarks.decision_quality.oracle import Oracle
from benchmarks.decision_quality.peers import PEERS
from benchmarks.decision_quality.publish import Row
from benchmarks.decision_quality.world import visits

GUARDIAN, ORACLE = PRODUCTION.name, "oracle"
NOTHING_SAID: tuple[str | None, str] = (None, "")


@dataclass(frozen=True)
class Task:
    """One deployment to be played.

    Attributes:
        group: Name under which the result is counted.
        seed: Of the deployment.
        order: Which deployment.
        judge: `auto`, `plain` or `current`.
        peers: Whether the peers play along.
        oracle: Whether the oracle plays along.
        variants: The ways in which the judge under test is set up, each playing for itself.
    """

    group: str
    seed: int
    order: Order
    judge: str = "auto"
    peers: bool = True
    oracle: bool = True
    variants: tuple[Variant, ...] = (PRODUCTION,)


@dataclass(frozen=True)
class Call:
    """One rollback: the tick, green's weight then, and the requests that the fault had harmed by then."""

    tick: int
    weight: float
    harmed: float


@dataclass(frozen=True)
class Played:
    """What came of one deployment.

    Attributes:
        task: What was played.
        fault: What was wrong; None for a healthy green.
        requests: Requests a minute.
        plan: Name of the shift.
        calls: First rollback by name of the rule; absent when it never rolled back.
        harmed_in_all: Requests harmed when nobody rolls back.
        signal: Signal of the judge as it is deployed at its rollback.
        sentence: Its sentence then.
        visits: Nuisances by name.
    """

    task: Task
    fault: faults.Fault | None
    requests: float
    plan: str
    calls: dict[str, Call] = field(default_factory=dict)
    harmed_in_all: float = 0.0
    signal: str | None = None
    sentence: str = ""
    visits: tuple[str, ...] = ()

    def delay(self, name: str) -> int | None:
        """Return the minutes from the fault's start to the rollback; None without one, or when it came before."""
        if self.fault is None or name not in self.calls:
            return None
        delay = self.calls[name].tick - self.fault.start
        return delay if delay > 0 else None


def play(task: Task) -> Played:
    """Generate the task's deployment and let everyone decide on it."""
    deployment = generate(task.seed, task.order)
    calls: dict[str, Call] = {}
    told = {variant: _judge(deployment, task, variant, calls) for variant in task.variants}
    signal, sentence = told.get(PRODUCTION, NOTHING_SAID)
    if task.oracle:
        _oracle(deployment, task, calls)
    if task.peers:
        _peers(deployment, calls)
    return Played(
        task=task, fault=deployment.fault, requests=deployment.world.requests, plan=deployment.plan.name, calls=calls,
        harmed_in_all=deployment.harmed_until(None), signal=signal, sentence=sentence, visits=visits(deployment.world),
    )  # fmt: skip


def ticks(deployment: Deployment) -> Iterator[tuple[int, Sequence[Row]]]:
    """Yield every tick of the shift with the rows that become visible at it."""
    at, rows = 0, deployment.shift
    for tick in range(1, deployment.last_tick + 1):
        begin = at
        while at < len(rows) and rows[at]["seen_at"] <= tick:
            at += 1
        yield tick, rows[begin:at]


def _call(deployment: Deployment, tick: int) -> Call:
    weight = float(deployment.weights.at_end[min(tick, deployment.weights.at_end.size) - 1])
    return Call(tick, weight, deployment.harmed_until(tick))


def _judge(
    deployment: Deployment, task: Task, variant: Variant, calls: dict[str, Call]
) -> tuple[str | None, str]:
    past = [row for row in deployment.history if row["seen_at"] <= 0]
    late = [row for row in deployment.history if row["seen_at"] > 0]
    judge = judge_of(task.judge, deployment.header, past, variant)
    for tick, rows in ticks(deployment):
        answer = judge.tick(tick, [*(row for row in late if row["seen_at"] == tick), *rows])
        if answer.diverged:
            calls[variant.name] = _call(deployment, tick)
            return answer.signal, answer.sentence
    return NOTHING_SAID


def _oracle(deployment: Deployment, task: Task, calls: dict[str, Call]) -> None:
    """Let the oracle look for the deployment's fault, or in a healthy one for a fault that is not there."""
    sought = deployment.fault or faults.drawn(np.random.default_rng([task.seed, 1]))
    oracle = Oracle(deployment, sought)
    for tick, rows in ticks(deployment):
        if oracle.tick(rows):
            calls[ORACLE] = _call(deployment, tick)
            return


def _peers(deployment: Deployment, calls: dict[str, Call]) -> None:
    visible = {row["minute"]: row for row in deployment.history if row["seen_at"] <= 0}
    undecided = dict(PEERS)
    for tick, rows in ticks(deployment):
        visible.update((row["minute"], row) for row in rows)
        in_order = [visible[minute] for minute in sorted(visible)]
        for name, decide in list(undecided.items()):
            if decide(deployment.header, in_order, tick):
                calls[name] = _call(deployment, tick)
                del undecided[name]
