"""Real series as deployments."""

import json
from collections import Counter

import pytest
from benchmarks.decision_quality import boutique, nab
from benchmarks.decision_quality.boutique import EDGE
from benchmarks.decision_quality.measured import HISTORY, SHIFT, Call, Case, laid_out, rollback
from benchmarks.decision_quality.nab_series import DATA, SERIES, Measured, read_series

CASES = list(nab.cases())


def test_pairs_are_disjoint_and_faults_are_all_there() -> None:
    """341 fault-free pairs and 56 faults, each at the edge and at its pod, with an hour of history."""
    told = list(boutique.cases())
    assert sum(1 for case in told if case.fault is None) == 341
    assert sum(1 for case in told if case.fault and case.entity == EDGE) == 56
    assert all(len(case.history) == HISTORY for case in told)


def test_a_blank_is_unknown() -> None:
    """Pods have no measured success, so their errors are absent, not zero."""
    pod = next(case for case in boutique.cases() if case.entity != EDGE)
    assert "errors_5xx" not in pod.shift[0]["green"]


def test_every_labelled_window_is_held_against_a_day_without_one() -> None:
    """Each window of each series is made into at least one deployment of full length."""
    expected = sum(len(read_series(series).windows) for series in SERIES)
    windows = {(case.entity, case.fault) for case in CASES if case.fault not in (None, nab.APART)}
    assert len(windows) == expected == 18
    assert all(len(case.history) == HISTORY and len(case.shift) == SHIFT for case in CASES)


def test_every_file_has_its_windows() -> None:
    """A series without an entry in windows.json would pass for quiet throughout."""
    labels = json.loads((DATA / "windows.json").read_text(encoding="utf-8"))
    assert (
        set(labels)
        == {path.name for path in DATA.glob("*.csv")}
        == {f"{series.name}.csv" for series in SERIES}
    )
    assert all(labels.values())


def test_a_quiet_stretch_touches_no_window_and_was_measured() -> None:
    """Neither a step of a window nor a gap of more than a tenth is in a stretch that counts as fault-free."""
    measured = Measured({step: 1.0 for step in range(100) if step not in range(60, 64)}, (range(20, 30),))
    assert measured.quiet(range(20))
    assert measured.quiet(range(30, 60))
    assert not measured.quiet(range(21))
    assert not measured.quiet(range(29, 60))
    assert not measured.quiet(range(50, 70))


def test_a_split_stretch_gives_each_value_to_one_colour() -> None:
    """Blue and green of an A/A pair are neighbours in time: every other value of the series, in order."""
    case = next(
        case for case in CASES if case.fault is None and case.entity.startswith("ec2_cpu_utilization_5f5533")
    )
    values = read_series(SERIES[1]).values
    assert [row["blue"]["cpu"] for row in case.history] == [values[2 * i] for i in range(HISTORY)]
    assert [(row["blue"]["cpu"], row["green"]["cpu"]) for row in case.shift] == [
        (values[2 * i], values[2 * i + 1]) for i in range(HISTORY, HISTORY + SHIFT)
    ]


def test_a_coin_routes_requests_and_loses_none() -> None:
    """Both colours of a step together get what was measured, and a step that was not measured is unknown on both."""
    values = read_series(SERIES[-1]).values
    for case in (case for case in CASES if case.entity.endswith("as requests")):
        begin = int(case.name.rsplit(" ", 1)[1])
        for row in case.shift:
            measured = values.get(begin + row["minute"])
            if measured is None:
                assert row["blue"] is row["green"] is None
            else:
                assert row["blue"]["requests"] + row["green"]["requests"] == measured


@pytest.mark.parametrize(
    ("cpu", "visible"),
    [([50, 50, 30, 50, 50], False), ([50, 50, 50, 30, 30], True), ([38, 38, 38, 38, 38], False)],
    ids=["never three in a row", "three in a row", "within the limit"],
)
def test_worse_is_visible_in_three_steps_in_a_row(cpu: list[float], visible: bool) -> None:
    """The crude check wants green over the policy's limit in three successive steps; a gap ends a row."""
    pairs = [({"cpu": 30.0}, {"cpu": used}) for used in cpu]
    assert nab.visibly_worse(SERIES[0], pairs) is visible
    assert not nab.visibly_worse(SERIES[0], [*pairs[:1], (None, {"cpu": 50.0}), *pairs[1:2]])


def test_a_green_that_needs_twice_the_cpu_is_rolled_back() -> None:
    """What is laid out is judged as a tape: at half the weight, with blue's history before minute 0."""
    usual, twice = {"requests": 600.0, "cpu": 30.0}, {"requests": 600.0, "cpu": 60.0}
    same = Case("same", "made", None, False, *laid_out([usual] * HISTORY, [(usual, usual)] * SHIFT))
    sick = Case("sick", "made", "cpu", True, *laid_out([usual] * HISTORY, [(usual, twice)] * SHIFT))
    assert rollback(same, "auto") is None
    call = rollback(sick, "auto")
    assert call is not None
    assert call.sentence.startswith("cpu: ")


def test_a_window_is_caught_once_however_many_deployments_lie_in_it() -> None:
    """Windows and days are counted apart, each with what is visible, what is rolled back, and what is both."""

    def case(fault: str | None, visible: bool = False) -> Case:
        return Case("any", "series", fault, visible, [], [])

    call = Call(9, "cpu: much")
    judged = [
        (case(None), None), (case(None), call), (case("window 1", True), None), (case("window 1"), call),
        (case("window 2", True), None), (case(nab.APART, True), call), (case(nab.APART), None),
    ]  # fmt: skip
    told = nab.told(judged)
    assert told.data["aws"]["series"] == [
        {
            "series": "series", "pairs": 2, "false": 1, "windows": 2, "windows_visible": 2, "windows_caught": 1,
            "windows_both": 1, "days": 2, "days_visible": 1, "days_rolled_back": 1, "days_both": 1,
        }
    ]  # fmt: skip
    assert told.missed
    assert "1 rollbacks of 2 fault-free pairs" in told.text


def test_series_are_told_by_what_they_are_read_as() -> None:
    """The latency series counts once as its name says and once as its source says."""
    entities = Counter(case.entity for case in CASES)
    assert len(entities) == len(SERIES)
    latency = "ec2_request_latency_system_failure"
    assert entities[f"{latency} as latency"] == entities[f"{latency} as cpu"] > 0
