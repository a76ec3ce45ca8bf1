"""What a protection is worth, counted on the same deployments with it and without it."""

from collections import Counter
from dataclasses import fields, replace

import pytest
from benchmarks.decision_quality.ablation import ablation_text, worths
from benchmarks.decision_quality.faults import Fault, Kind
from benchmarks.decision_quality.generator import Order, generate
from benchmarks.decision_quality.judged import Variant, judge_of, policy_of
from benchmarks.decision_quality.play import GUARDIAN, ORACLE, Call, Played, Task, play
from benchmarks.decision_quality.run import main
from benchmarks.decision_quality.shifts import LINEAR_3
from benchmarks.decision_quality.tasks import ABLATED_FAULTY, ABLATED_HEALTHY, FULL, NOTHING, tasks, without

from guardian.judge import Protections

FIRST = fields(Protections)[0].name
WITHOUT = without(FIRST).name
SLOW = Fault(Kind.LATENCY, 2.0)


def played(fault: Fault | None, **ticks: int) -> Played:
    """Return a deployment in which the named variants rolled back at these ticks."""
    calls = {name: Call(tick, 0.5, 0.0) for name, tick in ticks.items()}
    return Played(Task("any", 1, Order()), fault, 600, "linear", calls)


def test_every_protection_has_its_line() -> None:
    """The table has one line with all protections on and one for each field, whatever the fields are."""
    lines = worths([played(None)], [played(SLOW)])
    assert [line.taken_away for line in lines] == [None, *(field.name for field in fields(Protections))]
    assert all(line.taken_away is None or line.taken_away in ablation_text(lines) for line in lines)


def test_a_factor_compares_the_same_deployments() -> None:
    """Four false rollbacks against two are a factor of two, of which the counts prove next to nothing."""
    healthy = [
        *[played(None, **{GUARDIAN: 9, WITHOUT: 8})] * 2,
        *[played(None, **{WITHOUT: 7})] * 2,
        played(None),
    ]
    line = next(line for line in worths(healthy, []) if line.taken_away == FIRST)
    assert (line.false.count, line.false.total, line.factor) == (4, 5, 2.0)
    assert 0.2 < line.factor_at_least < 0.5


def test_from_none_there_is_a_bound_and_no_factor() -> None:
    """Ten false rollbacks where there were none are infinitely many times more, and at least 2.9 times."""
    healthy = [played(None, **{WITHOUT: 8})] * 10
    line = next(line for line in worths(healthy, []) if line.taken_away == FIRST)
    assert line.factor is None
    assert line.factor_at_least == pytest.approx(2.86, abs=0.01)


def test_a_cost_counts_faults_caught_both_ways() -> None:
    """A delay of four minutes with the protection and two without costs two; a fault caught one way only costs none."""
    faulty = [played(SLOW, **{GUARDIAN: 4, WITHOUT: 2}), played(SLOW, **{WITHOUT: 3}), played(SLOW)]
    line = next(line for line in worths([], faulty) if line.taken_away == FIRST)
    assert (line.caught, line.faulty, line.both, line.delayed) == (2, 3, 1, 1)
    assert (line.delay_ratio, line.minutes) == (2.0, 2.0)


def test_each_variant_plays_for_itself() -> None:
    """The judge with a protection and without it each get their own rollback of the same gross fault, no oracle."""
    order = Order(fault=Fault(Kind.ERRORS, 0.5), plan=LINEAR_3, requests=6000, nuisances=False)
    task = Task("gross", 3, order, peers=False, oracle=False, variants=(without(FIRST), Variant(GUARDIAN)))
    one = play(task)
    assert set(one.calls) == {GUARDIAN, without(FIRST).name}
    assert one.sentence
    assert ORACLE not in one.calls


def test_an_unknown_protection_is_refused() -> None:
    """A protection that the judge does not have cannot be taken away, and the message names those that can."""
    deployment = generate(1)
    with pytest.raises(LookupError, match="no protection 'prayer', only "):
        judge_of("auto", deployment.header, deployment.history, without("prayer"))


def test_a_setting_replaces_the_policys_own() -> None:
    """A variant changes one setting and leaves the rest of the tape's policy as it is."""
    header = {"policy": {"latency": {"limit": 1.3}}, "max_connections": 50}
    policy = policy_of(header, Variant("tight", setting=("latency", "tolerance", 1.05)))
    assert (policy.latency.tolerance, policy.latency.limit) == (1.05, 1.3)
    assert policy.database.max_connections == 50


def test_the_cost_is_measured_on_at_most_four_hundred_faults() -> None:
    """The healthy deployments of the full run are 3,000, the faulty ones 400, and the judge plays alone."""
    todo = list(tasks(1_000_000, replace(NOTHING, ablation=FULL.ablation), "auto", peers=True))
    assert Counter(task.group for task in todo) == {ABLATED_HEALTHY: 3000, ABLATED_FAULTY: 400}
    assert all(not task.peers and not task.oracle for task in todo)


def test_the_ablation_runs_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """Asked for the ablation only, the benchmark prints its table and no other."""
    assert main(["--ablation", "1", "--processes", "1"]) == 0
    told = capsys.readouterr().out
    assert "taken away" in told
    assert "MISSED" not in told
    assert "not played" not in told
