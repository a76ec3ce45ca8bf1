"""Report, explanation, notice and widget tell the same story of a deployment, with the same numbers."""

import io
import re
from datetime import timedelta
from html import unescape

from guardian_fakes.rehearsals import played, recorded
from rich.console import Console

from guardian.decide import LOUD
from guardian.record import DecisionRecord
from guardian.told import Told, runs
from guardian.widget import LIGHT, View, page
from guardian_console import explain_view
from guardian_console.report.material import material_of
from guardian_console.report.page import Where, page_of
from guardian_console.story import story_of
from guardian_rehearsal.ending import Ending
from guardian_rehearsal.scenarios import SCENARIOS

NUMBER = re.compile(r"\d[\d,.]*%?")


def last_word(ending: Ending) -> DecisionRecord | None:
    """Return the last record that was not fine; None where everything was."""
    return next(
        (one for one in reversed(ending.stored) if one.decision in LOUD or one.would is not None), None
    )


def report(ending: Ending) -> str:
    """Return the report as text."""
    html = page_of(material_of(recorded(ending)), Where(None, (), "guardian report"))
    return " ".join(unescape(re.sub(r"<[^>]*>", "", html)).split())


def explanation(ending: Ending) -> str:
    """Return what `guardian explain` prints on a pipe."""
    out = io.StringIO()
    explain_view.printed(Console(file=out, width=10_000), story_of(recorded(ending)), None, "")
    return " ".join(out.getvalue().split())


def widget(ending: Ending) -> str:
    """Return the widget's rows as text."""
    newest_first = [Told.read(one.to_json(), one.id) for one in reversed(ending.stored)]
    return unescape(page(View((), runs(newest_first), 1), LIGHT, timedelta()))


def notices(ending: Ending) -> str:
    """Return every text that people were sent."""
    return "\n".join(one.message for one in ending.notices if one.channel == "text")


if __name__ == "__main__":
    for one in SCENARIOS:
        e = played(one.name)
        w = last_word(e)
        if w is None:
            print(one.name, "fine")
            continue
        s = w.sentence
        print(one.name, w.decision, w.would, [s in t(e) for t in (report, explanation, widget, notices)], flush=True)
