"""What the dashboard's widget tells of whole deployments is what their records say."""

from datetime import timedelta
from html import escape

import pytest
from guardian_fakes.rehearsals import played

from guardian.decide import LOUD
from guardian.listed import Listed, runs
from guardian.widget import LIGHT, View, page
from guardian_rehearsal.ending import Ending


def newest_first(ending: Ending) -> list[Listed]:
    """Return the stored decisions as the widget's adapter reads them."""
    return [Listed.read(one.to_json(), one.id) for one in reversed(ending.stored)]


@pytest.mark.parametrize("name", ["latency", "observe"])
def test_every_loud_decision_is_in_one_row_with_the_latest_sentence(name: str) -> None:
    """No decision that was not fine is left out or counted twice, and each row has a record's own sentence."""
    ending = played(name)
    loud = [one for one in ending.stored if one.decision in LOUD or one.would is not None]
    found = runs(newest_first(ending))
    assert sum(one.times for one in found) == len(loud) > 0
    assert found[0].newest.sentence == loud[-1].sentence
    html = page(View((), found, 1), LIGHT, timedelta())
    assert [one.newest.sentence for one in found if escape(one.newest.sentence) not in html] == []


def test_a_rollback_ends_as_its_last_record_says() -> None:
    """The row of a rollback that is done says what became of it, with the numbers that it was decided on."""
    ending = played("latency")
    assert ending.decided is not None
    last = runs(newest_first(ending))[0].newest
    assert last.sentence.startswith("Rolled back at")
    assert ending.decided.actions[0].reason in last.sentence


def test_a_good_release_has_nothing_to_look_at() -> None:
    """A release that was fine from beginning to end is no row at all."""
    assert runs(newest_first(played("healthy"))) == ()
