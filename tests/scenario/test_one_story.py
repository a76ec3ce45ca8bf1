"""Report, explanation, notice and widget tell the same story of a deployment, with the same numbers."""

import io
import re
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from html import unescape

import pytest
from guardian_fakes.rehearsals import played, recorded
from rich.console import Console

from guardian.decide import LOUD
from guardian.listed import Listed, runs
from guardian.model import Mode
from guardian.record import DecisionRecord
from guardian.widget import LIGHT, View, page
from guardian_console import explain_view
from guardian_console.report.material import material_of
from guardian_console.report.page import Where, page_of
from guardian_console.story import story_of
from guardian_rehearsal.ending import Ending
from guardian_rehearsal.scenario import End
from guardian_rehearsal.scenarios import SCENARIOS

UNDONE = {End.ROLLED_BACK, End.SWAPPED, End.ROLLED_BACK_FOR_GUARDIAN, End.REFUSED, End.REFUSED_WHILE_HELD}


def last_word(ending: Ending) -> DecisionRecord | None:
    """Return the last record that was not fine; None where everything was."""
    return next(
        (one for one in reversed(ending.stored) if one.decision in LOUD or one.would is not None), None
    )


def alike(ending: Ending, last: DecisionRecord) -> Iterator[str]:
    """Yield what the records say that say the same as the last one, with the numbers of their own turn.

    Without what comes before: a list of events begins a line with the event.
    """
    kind = (last.decision, last.would, last.signal)
    same = (one for one in ending.stored if (one.decision, one.would, one.signal) == kind)
    return (one.sentence.partition(": ")[2].removesuffix(".") for one in same)


@cache
def report(name: str) -> str:
    """Return the report as text."""
    ending = played(name)
    html = page_of(material_of(recorded(ending)), Where(None, (), "guardian report"))
    return " ".join(unescape(re.sub(r"<[^>]*>", "", html)).split())


def explanation(ending: Ending) -> str:
    """Return what `guardian explain` prints on a pipe."""
    out = io.StringIO()
    explain_view.printed(Console(file=out, width=10_000), story_of(recorded(ending)), None, "")
    return " ".join(out.getvalue().split())


def widget(ending: Ending) -> str:
    """Return the widget's rows as text."""
    newest_first = [Listed.read(one.to_json(), one.id) for one in reversed(ending.stored)]
    return unescape(page(View((), runs(newest_first), 1), LIGHT, timedelta()))


def notices(ending: Ending) -> str:
    """Return every text that people were sent."""
    return "\n".join(one.message for one in ending.notices if one.channel == "text")


@pytest.mark.parametrize("name", [one.name for one in SCENARIOS])
def test_all_four_say_the_same_sentence(name: str) -> None:
    """One record's sentence, numbers and all, stands in report, explanation and notice; the last one in the widget.

    Where all was fine the widget is empty. Mode observe tells nobody but the log; of what lasts people hear once,
    with the numbers of its first turn.
    """
    ending = played(name)
    last = last_word(ending)
    if last is None:
        assert runs([Listed.read(one.to_json(), one.id) for one in ending.stored]) == ()
        return
    pages = [report(name), explanation(ending)]
    if last.mode is not Mode.OBSERVE:
        pages.append(notices(ending))
    assert any(all(sentence in one for one in pages) for sentence in alike(ending, last))
    assert last.sentence in explanation(ending)
    assert last.sentence in widget(ending)


@pytest.mark.parametrize("name", [one.name for one in SCENARIOS if one.expected.end in UNDONE])
def test_the_end_of_a_rollback_is_the_same_to_the_letter(name: str) -> None:
    """What Guardian undid is told by all four with the last record's sentence: the numbers, and how it ended."""
    ending = played(name)
    last = last_word(ending)
    assert last is not None
    for told in (report(name), explanation(ending), widget(ending), notices(ending)):
        assert last.sentence in told
