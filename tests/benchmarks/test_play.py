"""Rules playing on deployments whose truth is known."""

import pytest
from benchmarks.decision_quality import faults
from benchmarks.decision_quality.faults import Fault, Kind
from benchmarks.decision_quality.generator import Order, generate
from benchmarks.decision_quality.judged import judge_of
from benchmarks.decision_quality.oracle import Oracle
from benchmarks.decision_quality.peers import PEERS
from benchmarks.decision_quality.play import GUARDIAN, ORACLE, Call, Played, Task, play, ticks
from benchmarks.decision_quality.scores import score
from benchmarks.decision_quality.shifts import LINEAR_3
from benchmarks.decision_quality.tasks import CASES, Case, case_order

GROSS = Order(fault=Fault(Kind.ERRORS, 0.5), plan=LINEAR_3, requests=6000, nuisances=False)


def test_each_row_is_handed_over_once_and_never_early() -> None:
    """At tick t come the rows that became visible since the last tick."""
    deployment = generate(11)
    handed = [(tick, row) for tick, rows in ticks(deployment) for row in rows]
    assert all(row["seen_at"] <= tick for tick, row in handed)
    late = [row for row in deployment.shift if row["seen_at"] > deployment.last_tick]
    assert len(handed) + len(late) == len(deployment.shift)


@pytest.mark.parametrize("name", PEERS)
def test_every_rule_sees_half_of_greens_answers_fail(name: str) -> None:
    """Fifty percent errors at 6,000 requests a minute escape nobody."""
    assert name in play(Task("gross", 3, GROSS)).calls


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_oracle_is_within_the_target(case: Case) -> None:
    """What a target asks for can be reached by one who knows the fault."""
    delays = []
    for seed in range(9):
        deployment = generate(seed, case_order(case))
        oracle = Oracle(deployment)
        delays.append(next((tick for tick, rows in ticks(deployment) if oracle.tick(rows)), 99))
    assert sorted(delays)[4] <= case.target


def test_the_oracle_leaves_green_at_the_tolerance_alone() -> None:
    """A green that is ten percent slower is not rolled back, whatever size is looked for."""
    order = Order(fault=Fault(Kind.LATENCY, 1.10), plan=LINEAR_3, nuisances=False)
    for seed in range(40):
        deployment = generate(seed, order)
        oracle = Oracle(deployment, Fault(Kind.LATENCY, 1.6))
        assert not any(oracle.tick(rows) for _, rows in ticks(deployment))


def test_an_oracle_needs_a_fault() -> None:
    """Without a fault there is nothing to know."""
    with pytest.raises(ValueError, match="needs a fault"):
        Oracle(generate(1))


def test_the_judge_under_test_answers_every_tick() -> None:
    """Whatever the judge looks like, it answers at every tick and takes revised rows."""
    deployment = generate(12)
    judge = judge_of("auto", deployment.header, deployment.history)
    answers = [judge.tick(tick, rows) for tick, rows in ticks(deployment)]
    assert all(answer.sentence for answer in answers)


def test_a_score_counts_only_what_the_oracle_catches() -> None:
    """A fault that even the oracle misses is nobody's miss, and a rollback before the fault is none of its catches."""
    task, fault = Task("faulty", 1, Order()), faults.Fault(Kind.LATENCY, 2.0, start=10)

    def played(**calls: int) -> Played:
        made = {name: Call(tick, 0.5, tick) for name, tick in calls.items()}
        return Played(task, fault, 600, "linear", made, harmed_in_all=100.0)

    faulty = [
        played(**{ORACLE: 12, GUARDIAN: 14}),
        played(**{ORACLE: 12, GUARDIAN: 5}),
        played(**{GUARDIAN: 20}),
    ]
    line = score(GUARDIAN, [], faulty)
    assert (line.caught, line.eligible, line.early) == (1, 2, 1)
    assert (line.delay, line.ratio) == (4, 2)
