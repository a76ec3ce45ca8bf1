"""What is drawn: minutes as they were seen last, gaps as gaps, evidence on the scale of its limit."""

from collections.abc import Callable

import pytest

from guardian.model import Colour, Evidence, Finding, Minute, Shared
from guardian_console.recordings import Recording
from guardian_console.report.material import decisive, material_of
from guardian_console.report.series import Weighing, growths_of, needed_odds, plots_of, rows_of, steps_of

Recorded = Callable[[str], Recording]


def minute(number: int, seen_at: int | None = None, weight: float = 0.1, **green: float) -> Minute:
    return Minute(
        minute=number, seen_at=number + 3 if seen_at is None else seen_at, weight=weight, blue=Colour(requests=900),
        green=Colour(**green) if green else None, shared=Shared(db_connections=40),
    )  # fmt: skip


def said(signal: str, unit: str = "", strength: float | None = None, sentence: str = "") -> Evidence:
    return Evidence(signal=signal, finding=Finding.HEALTHY, unit=unit, strength=strength, sentence=sentence)


def test_a_minute_is_shown_as_it_was_seen_last() -> None:
    """Of rows of the same minute the latest counts, in whatever order they come."""
    late, early = minute(0, 3, requests=100.0), minute(0, 1, requests=40.0)
    for seen in ([late, early], [early, late]):
        assert rows_of(seen, ()) == [late]


def test_the_history_is_as_long_as_the_shift_and_ten_minutes_at_least() -> None:
    """An hour of blue before five minutes of green would leave no room for green."""
    history = [minute(number) for number in range(-60, 0)]
    assert rows_of([minute(0), minute(4)], history)[0].minute == -10
    assert rows_of([minute(0), minute(29)], history)[0].minute == -30
    assert rows_of([minute(0), minute(300)], history)[0].minute == -60


def test_a_minute_that_nobody_saw_is_a_gap() -> None:
    """No line leads over it."""
    rows = [minute(0, requests=100.0), minute(3, requests=130.0)]
    (plot, *_) = plots_of(rows, [Weighing(3, [said("green_present")])])
    assert list(plot.lines["green"].minutes) == [0, 1, 2, 3]
    assert list(plot.lines["green"].values) == [100, None, None, 130]


def test_only_what_a_signal_judges_is_drawn() -> None:
    """A metric that no signal of the records speaks of has no chart; nor has one without any value."""
    rows = [minute(0, requests=100.0, latency_p50=0.2, latency_p90=0.4)]
    plots = list(
        plots_of(rows, [Weighing(1, [said("latency_p50"), said("latency_p99"), said("db_connections")])])
    )
    assert [plot.title for plot in plots] == ["Median response time", "Database connections"]
    assert plots[0].lines["green"].values == [200]
    assert plots[1].lines["both"].values == [40]


def test_errors_are_a_share_of_their_colours_requests() -> None:
    """So that a small green can be held against a large blue; without requests nothing is known."""
    rows = [minute(0, requests=200.0, errors_5xx=3.0), minute(1, requests=0.0, errors_5xx=0.0)]
    (plot,) = plots_of(rows, [Weighing(1, [said("errors_5xx")])])
    assert plot.lines["green"].values == [1.5, None]


@pytest.mark.parametrize(("unit", "value"), [("ratio", 50.0), ("mean", 0.5)])
def test_the_policys_own_metrics_are_portions_or_means(unit: str, value: float) -> None:
    """A ratio is shown in percent, a mean as it is."""
    row = minute(0).model_copy(update={"green": Colour(custom={"checkout": (3.0, 6.0)})})
    (plot,) = plots_of([row], [Weighing(1, [said("checkout", unit)])])
    assert (plot.title, plot.lines["green"].values) == ("checkout", [value])


def test_a_step_is_where_the_weight_changes() -> None:
    """History has none."""
    rows = [minute(-1, weight=0.0), minute(0), minute(1), minute(2, weight=0.2), minute(3, weight=0.2)]
    assert steps_of(rows) == [(0, 0.1), (2, 0.2)]


def test_what_came_after_the_last_minute_is_as_turns_read_it() -> None:
    """The step before the decision and the way back to blue are there although no minute of theirs was seen."""
    readings = [(0.4, 0.1), (1.4, 0.2), (2.4, 0.3), (3.4, 0.3), (3.8, 0.0)]
    assert steps_of([minute(0), minute(1)], readings) == [(0, 0.1), (2.4, 0.3), (3.8, 0.0)]


def test_the_band_ends_where_the_rollback_left_it(recorded: Recorded) -> None:
    """Green's share is 0 in the end, and what it was when it was decided before that."""
    material = material_of(recorded("latency"))
    assert [share for _, share in material.steps] == [0.1, 0.2, 0.0]


def test_evidence_grows_in_odds() -> None:
    """`strength` is a logarithm; while there is none the line has a gap."""
    turns = [
        Weighing(1, [said("cpu")]),
        Weighing(2, [said("cpu", strength=4.60517)]),
        Weighing(3, [said("share")]),
    ]
    (growth,) = growths_of(turns)
    assert growth.signal == "cpu"
    assert growth.minutes == [1, 2, 3]
    assert growth.odds[0] is growth.odds[2] is None
    assert growth.odds[1] == pytest.approx(100, abs=0.01)


def test_the_limit_is_that_of_the_sentences(recorded: Recorded) -> None:
    """Every signal of the rehearsal with evidence names 200:1, which a budget of 0.005 asks for."""
    weighings = material_of(recorded("latency")).weighings
    assert needed_odds(weighings) == 200
    told = [one for each in weighings for one in each.evidence if one.strength is not None]
    assert len(told) >= 3
    assert all("of 200:1 needed" in one.sentence for one in told)
    assert needed_odds([Weighing(1, [said("cpu")])]) is None


def test_the_decision_is_the_one_that_was_acted_on(recorded: Recorded) -> None:
    """The moment on the page is that of the record by which the action was decided, not of its follow-ups."""
    records = recorded("latency").records
    decided = decisive(records)
    assert decided is not None
    assert decided.id == records[-1].actions[0].decided_by
    assert decided.evidence
    judgement = material_of(recorded("latency")).judgement
    assert judgement is not None
    assert (judgement.at, judgement.decided, judgement.record) == (decided.at, True, decided)


def test_a_good_release_has_no_moment_of_decision(recorded: Recorded) -> None:
    """The latest record that judged is shown instead, and not called a decision."""
    judgement = material_of(recorded("healthy")).judgement
    assert judgement is not None
    assert judgement.decided is False
    assert judgement.evidence


def test_notes_that_count_down_are_one(recorded: Recorded) -> None:
    """`baking, 23.9 of 24 h left` is noted every minute and listed once, as it was last, with when it was first."""
    notes = material_of(recorded("healthy")).notes
    baking = [one for one in notes if one.text.startswith("baking")]
    assert len(baking) == 1
    assert baking[0].first < baking[0].last
