"""Real series as deployments."""

from benchmarks.decision_quality.real import EDGE, cases


def test_pairs_are_disjoint_and_faults_are_all_there() -> None:
    """341 fault-free pairs and 56 faults, each at the edge and at its pod, with an hour of history."""
    told = list(cases())
    assert sum(1 for case in told if case.fault is None) == 341
    assert sum(1 for case in told if case.fault and case.entity == EDGE) == 56
    assert all(len(case.history) == 60 for case in told)


def test_a_blank_is_unknown() -> None:
    """Pods have no measured success, so their errors are absent, not zero."""
    pod = next(case for case in cases() if case.entity != EDGE)
    assert "errors_5xx" not in pod.shift[0]["green"]
