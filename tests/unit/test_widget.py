"""The dashboard's widget: what it lists, in which words, and that nothing foreign gets into its HTML."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from html import escape
from html.parser import HTMLParser
from typing import Any

import pytest
import yaml
from guardian_fakes import CHECKOUT

from guardian.decide import DecisionKind
from guardian.errors import RecordUnreadableError
from guardian.events import WidgetRequest
from guardian.listed import Glance, Listed, runs
from guardian.model import Pair, Service, TargetGroup
from guardian.widget import DARK, DESCRIPTION, LIGHT, Guarded, View, page, trouble

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PAIR = Pair(blue=TargetGroup(name="tg-two", arn="arn:2"), green=TargetGroup(name="tg-one", arn="arn:1"))
HOSTILE = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "</span></td></table><iframe src=//x>",
    "&lt;b&gt;",
    "' style='background: url(//x)",
)


def told(minute: int = 0, kind: DecisionKind = DecisionKind.NOTIFY, **fields: Any) -> Listed:
    """Return a decision about a deployment of the shop's."""
    given = {
        "sentence": f"Green is slow in minute {minute}.",
        "deployment_id": "d-ONE000001",
        "service": CHECKOUT,
    }
    return Listed.model_validate(given | {"at": NOON + timedelta(minutes=minute), "decision": kind} | fields)


def view(*found: Listed, guarded: Sequence[Guarded] = (), **fields: Any) -> View:
    return View(guarded=guarded, runs=runs(found), **({"looked": 3} | fields))


class _Seen(HTMLParser):
    """Which elements a browser would make of a page, with which attributes, and the text between them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def text(html: str) -> str:
    """Return what a person reads."""
    return " ".join(_Seen(html).texts)


def test_what_repeats_is_one_row_with_the_latest_numbers() -> None:
    """Turns that say the same are one run: the newest sentence, how many, since when."""
    (run,) = runs([told(5), told(4), told(3)])
    assert (run.newest, run.times, run.since) == (told(5), 3, NOON + timedelta(minutes=3))


@pytest.mark.parametrize(
    "between",
    [
        pytest.param({"kind": DecisionKind.PROCEED}, id="fine"),
        pytest.param({"kind": DecisionKind.ROLL_BACK}, id="another decision"),
        pytest.param({"signal": "errors_5xx"}, id="another signal"),
        pytest.param(
            {"kind": DecisionKind.PROCEED, "would": DecisionKind.ROLL_BACK}, id="held back by the mode"
        ),
    ],
)
def test_what_comes_between_ends_a_run(between: dict[str, Any]) -> None:
    """A decision of another kind, or over another signal, begins a run of its own."""
    found = runs([told(5), told(4, **between), told(3)])
    assert (found[0].newest, found[-1].newest) == (told(5), told(3))
    assert {run.times for run in found} == {1}


@pytest.mark.parametrize("kind", list(DecisionKind))
def test_only_what_somebody_should_look_at_is_listed(kind: DecisionKind) -> None:
    """Notify, roll back and escalate are listed; proceed and wait are not, unless a mode held more back."""
    quiet = kind in (DecisionKind.PROCEED, DecisionKind.WAIT)
    assert bool(runs([told(kind=kind)])) is not quiet
    assert runs([told(kind=kind, would=DecisionKind.ROLL_BACK)])


def test_the_sentences_are_those_of_the_records() -> None:
    """The list holds each decision's own sentence, its service and deployment, and the decision in a word."""
    shown = text(
        page(
            view(told(7, would=DecisionKind.ROLL_BACK), told(kind=DecisionKind.ESCALATE)), LIGHT, timedelta()
        )
    )
    assert "Green is slow in minute 7." in shown
    assert f"{CHECKOUT} d-ONE000001" in shown
    assert shown.index("would roll back") < shown.index("escalate")


def test_a_repeated_decision_tells_since_when() -> None:
    """A run says how many turns it is and when it began."""
    shown = text(page(view(told(5), told(4)), LIGHT, timedelta()))
    assert "(2 turns since 2026-11-20 12:04)" in shown


def test_open_watches_show_who_is_blue_and_green_now() -> None:
    """An open watch is shown with both target groups by role, their shares and its latest sentence, fine or not."""
    watch = Glance.model_validate(
        {
            "deployment_id": "d-ONE000001",
            "service": CHECKOUT,
            "pair": PAIR,
            "weights": [{"weight": 0.1}, {"weight": 0.3}],
        }
    )
    fine = told(3, DecisionKind.PROCEED, sentence="Fine at 30%: all is well.")
    shown = text(page(view(guarded=[Guarded(watch, fine)]), LIGHT, timedelta()))
    assert "tg-two, 70%" in shown
    assert "tg-one, 30%" in shown
    assert "Fine at 30%: all is well." in shown


def test_a_watch_that_was_just_opened_is_shown() -> None:
    """Before roles and decisions are known a watch is there all the same, and says so."""
    watch = Glance(deployment_id="d-ONE000001", service=CHECKOUT)
    shown = text(page(view(guarded=[Guarded(watch, None)]), LIGHT, timedelta()))
    assert shown.count("not known yet") == 2
    assert "none yet" in shown


@pytest.mark.parametrize(
    ("looked", "words"),
    [
        (0, "No deployment has been watched yet."),
        (1, "None: in the one deployment everything was fine"),
        (7, "None: in the latest 7 deployments everything was fine"),
    ],
)
def test_emptiness_is_said_in_words(looked: int, words: str) -> None:
    """Without an open watch and without a decision to look at the widget says so, and has no empty table."""
    html = page(view(looked=looked), LIGHT, timedelta())
    assert "No deployment is under guard now." in text(html)
    assert words in text(html)
    assert "table" not in _Seen(html).tags


def test_times_are_those_of_the_consoles_zone() -> None:
    """A time zone ahead of UTC moves the times and is named."""
    shown = text(page(view(told()), LIGHT, timedelta(hours=2)))
    assert "2026-11-20 14:00" in shown
    assert "time (UTC+02:00)" in shown


def test_light_and_dark_differ_in_colours_only() -> None:
    """Both themes hold the same words in the same elements."""
    light, dark = (page(view(told()), theme, timedelta()) for theme in (LIGHT, DARK))
    assert light != dark
    colourless = [re.sub(r"#[0-9a-f]{6}", "", html) for html in (light, dark)]
    assert colourless[0] == colourless[1]


def test_cells_inherit_no_colour() -> None:
    """Each cell of a table names its colour, since a table need not inherit that of what it stands in."""
    watch = Glance(deployment_id="d-ONE000001", service=CHECKOUT)
    html = page(view(told(), guarded=[Guarded(watch, told())]), DARK, timedelta())
    cells = re.findall(r"<t[hd] [^>]*>", html)
    assert cells
    assert all(f"; color: {DARK.text};" in one for one in cells)


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour (WCAG 2.2)."""
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(("theme", "ground"), [(LIGHT, "#ffffff"), (DARK, "#161d26")], ids=["light", "dark"])
def test_text_can_be_read_on_the_consoles_ground(theme: Any, ground: str) -> None:
    """Each colour of text has a contrast of at least 4.5 to the console's background (WCAG 2.2, AA)."""
    for colour in (theme.text, theme.quiet, theme.alert, theme.look):
        dark, light = sorted((luminance(colour), luminance(ground)))
        assert (light + 0.05) / (dark + 0.05) >= 4.5, colour


@pytest.mark.parametrize("hostile", HOSTILE)
def test_foreign_text_stays_text(hostile: str) -> None:
    """Whatever stands in a sentence, a name or an error: it is shown as it is and becomes no element or attribute."""
    service = Service(application=hostile, deployment_group=hostile)
    groups = TargetGroup(name=hostile, arn=hostile)
    watch = Glance(deployment_id=hostile, service=service, pair=Pair(blue=groups, green=groups))
    one = told(sentence=hostile, deployment_id=hostile, service=service)
    for html in (
        page(view(one, guarded=[Guarded(watch, one)], service=hostile), LIGHT, timedelta()),
        trouble(hostile, DARK),
    ):
        seen = _Seen(html)
        assert hostile in text(html)
        assert escape(hostile) in html
        assert set(seen.tags) <= {"div", "h3", "p", "table", "thead", "tbody", "tr", "th", "td", "span"}
        assert seen.attributes <= {"style", "scope"}
        assert seen.open == []
        assert "url(" not in re.sub(r">[^<]*<", "><", html)


def test_the_description_prefills_the_parameters() -> None:
    """The first yaml block of the description holds the widget's own parameters with their defaults."""
    block = re.findall(r"```yaml\n(.*?)```", DESCRIPTION, re.DOTALL)[0]
    given = yaml.safe_load(block)
    assert WidgetRequest.read(given) == WidgetRequest.read({})
    assert set(given) == set(WidgetRequest.model_fields) - {"describe", "context"}


@pytest.mark.parametrize(
    ("offset", "hours"), [("+00:00", 0), ("+05:30", 5.5), ("-08:00", -8), ("Z", 0), ("+99:00", 0)]
)
def test_a_time_zone_is_read(offset: str, hours: float) -> None:
    """The console's offset is read; one that is none counts as UTC."""
    request = WidgetRequest.read({"widgetContext": {"timezone": {"offsetISO": offset}}})
    assert request.ahead == timedelta(hours=hours)


def test_records_of_other_versions_are_shown() -> None:
    """A field that is not shown may be missing, unknown or of another shape."""
    stored = told().model_dump_json()[:-1] + ', "mode": 7, "from_a_later_version": {}}'
    assert Listed.read(stored, "here") == told()


def test_a_record_without_a_sentence_is_named() -> None:
    """What lacks a field that is shown is refused, and the message says which item it is."""
    with pytest.raises(RecordUnreadableError, match="the record d-1 cannot be read"):
        Listed.read("{}", "the record d-1")
