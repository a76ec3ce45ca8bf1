"""The page as text: what it says, how it is built, what it keeps out, how large it gets."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from html.parser import HTMLParser
from itertools import pairwise
from random import Random
from time import monotonic

import pytest

from guardian.model import Colour
from guardian.record import DecisionRecord
from guardian_console.recordings import Recording
from guardian_console.report.material import material_of
from guardian_console.report.page import Where, page_of
from guardian_console.tapes import tapes
from guardian_rehearsal.ending import Ending

Recorded = Callable[[str], Recording]
HERE = Where(
    "eu-west-1", ("/aws/lambda/guardian-TurnLogs-1",), "guardian report d-1 --table T -o report.html"
)
SCENARIOS = pytest.mark.parametrize("name", ["latency", "healthy", "contracted", "migration-failed"])


class Elements(HTMLParser):
    """Every element of a page with its attributes, and the text that is shown."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.shown: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self.shown.append(" " if tag in ("td", "dd") else "")

    def handle_data(self, data: str) -> None:
        self.shown.append(data)

    def named(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.found if tag in tags]

    @property
    def text(self) -> str:
        return " ".join("".join(self.shown).split())


@pytest.fixture(scope="session")
def shown(recorded: Recorded) -> Callable[[str], str]:
    """Return the page of a scenario."""
    return lambda name: page_of(material_of(recorded(name)), HERE)


@SCENARIOS
def test_the_page_says_what_the_records_say(
    name: str, recorded: Recorded, shown: Callable[[str], str]
) -> None:
    """The last sentence about the matter, each signal's sentence and each note stand on the page word for word."""
    text, records = Elements(shown(name)).text, recorded(name).records
    grave = [one for one in records if one.actions or one.decision in ("roll_back", "escalate")]
    told = (grave or records)[-1]
    assert told.sentence in text
    decided = grave[0] if grave else [one for one in records if one.evidence][-1]
    assert all(one.sentence in text and one.signal in text for one in decided.evidence)
    assert all(note in text for note in records[-1].notes)
    assert decided.to_json() in text
    assert f"policy digest {decided.policy_digest}" in text


def test_an_action_stands_with_awss_own_ids(recorded: Recorded, shown: Callable[[str], str]) -> None:
    """The table of actions has AWS's request id, the outcome and when it was verified."""
    text, action = Elements(shown("latency")).text, recorded("latency").records[-1].actions[0]
    assert action.request_id is not None
    assert action.verified_at is not None
    assert f"{action.request_id} done {action.detail} {action.verified_at:%Y-%m-%d %H:%M:%S}" in text


@SCENARIOS
def test_nothing_on_the_page_is_fetched(name: str, shown: Callable[[str], str]) -> None:
    """No script, no frame, no form, no import; links lead within the page or to the console, when they are clicked."""
    page = Elements(shown(name))
    assert (
        page.named("script", "iframe", "object", "embed", "form", "img", "base", "image", "foreignobject")
        == []
    )
    assert [one["href"] for one in page.named("link")] == ["data:,"]
    for _, attributes in page.found:
        assert not {
            key for key in attributes if key.startswith("on") or key in ("src", "srcset", "xlink:href")
        }
    for one in page.named("a"):
        assert re.match(r"#|https://eu-west-1\.console\.aws\.amazon\.com/", one["href"] or "")
    assert all((one["href"] or "").startswith("#") for one in page.named("use"))
    for address in re.findall(r"url\(([^)]*)\)|@import", shown(name)):
        assert address.startswith("#")
    (policy,) = [one["content"] for one in page.named("meta") if "http-equiv" in one]
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")


@SCENARIOS
def test_the_page_is_built_for_those_who_do_not_see_it(name: str, shown: Callable[[str], str]) -> None:
    """Landmarks, one h1, headings without a gap, tables with caption and scopes, named pictures, unique ids."""
    page = Elements(shown(name))
    tags = [tag for tag, _ in page.found]
    assert page.named("html")[0]["lang"] == "en"
    assert [tags.count(one) for one in ("header", "main", "nav", "footer", "h1")] == [1, 1, 1, 1, 1]
    levels = [int(tag[1]) for tag in tags if re.fullmatch("h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert tags.count("table") == tags.count("caption")
    assert {one.get("scope") for one in page.named("th")} <= {"col", "row"}
    assert all(one.get("role") == "img" and one.get("aria-label") for one in page.named("svg"))
    assert tags.count("svg") == tags.count("figure") == tags.count("figcaption")
    ids = [one["id"] for _, one in page.found if "id" in one]
    assert len(ids) == len(set(ids))
    pointed = {one["href"] for one in page.named("a", "use") if (one.get("href") or "").startswith("#")}
    assert {str(one).removeprefix("#") for one in pointed} <= set(ids)
    assert set(re.findall(r"url\(#([\w.-]+)\)", shown(name))) <= set(ids)


def test_text_in_a_drawing_stays_text(shown: Callable[[str], str]) -> None:
    """Charts have their writing as text in the page's own font, and none of their own colours."""
    page = Elements(shown("latency"))
    assert len(page.named("text")) > 50
    styles = " ".join(one.get("style") or "" for tag, one in page.found if tag in ("path", "text", "use"))
    assert "font-family" not in styles
    assert set(re.findall(r"#[0-9a-f]{6}", styles)) == set()
    assert {"var(--blue)", "var(--green)", "var(--mark)"} <= set(re.findall(r"var\(--\w+\)", styles))


def test_hostile_text_is_shown_as_text(hostile: tuple[str, Recording]) -> None:
    """A sentence, a note, a signal's name, an action's detail and an id that are markup are read, not obeyed."""
    text, recording = hostile
    page = Elements(page_of(material_of(recording), Where(None, (text,), text)))
    assert page.named("script", "img") == []
    assert all(not key.startswith("on") for _, attributes in page.found for key in attributes)
    assert "".join(page.shown).count(text) > 10


def test_the_same_recording_is_the_same_page(recorded: Recorded) -> None:
    """Two pages of one recording are equal to the byte: nothing on them is today's date or chance."""
    first, second = (page_of(material_of(recorded("latency")), HERE) for _ in range(2))
    assert first == second


def test_without_a_region_there_are_no_links_and_the_page_says_so(recorded: Recorded) -> None:
    """The queries stand there all the same, to be copied."""
    page = Elements(page_of(material_of(recorded("latency")), Where(None, (), "guardian report")))
    assert [one["href"] for one in page.named("a") if (one["href"] or "").startswith("http")] == []
    assert "No region is known" in page.text
    assert 'filter correlation_id = "d-' in page.text


def test_a_tape_makes_a_page_without_a_clock(recorded: Recorded, played: Callable[[str], Ending]) -> None:
    """A tape is judged again; minutes stand where times would, and nothing is claimed of actions."""
    ending = played("latency")
    (tape,) = tapes((line.encode() for line in ending.tape), "latency")
    recording = Recording(tape.header.id, history=recorded("latency").history, tape=tape)
    page = Elements(page_of(material_of(recording), HERE))
    assert "Times are minutes since green first had traffic." in page.text
    assert "The upright line is the moment of the decision, minute 4." in page.text
    assert "17,239:1 of 200:1 needed" in page.text
    assert len(page.named("svg")) > 8


def test_a_day_of_baking_stays_small_and_quick(recorded: Recorded) -> None:
    """The page of 1,440 minutes is below 3 MB and made in below 20 seconds."""
    recording = recorded("healthy")
    day = Recording(
        recording.deployment_id, (*recording.records, *_baking(recording.records[-1])), recording.history
    )
    began = monotonic()
    page = page_of(material_of(day), HERE)
    assert monotonic() - began < 20
    assert 300_000 < len(page.encode()) < 3_000_000
    assert page.count("<tr>") > 8 * 1440


def _baking(last: DecisionRecord) -> Iterator[DecisionRecord]:
    chance, row, minute = Random(1), last.minutes[-1], last.minute or 0
    for number in range(1, 1441):
        seen = {"minute": row.minute + number, "seen_at": minute + number}
        sides = {"blue": _moved(row.blue or row.green, chance), "green": _moved(row.green, chance)}
        weighed = [
            one.model_copy(update={"strength": round(chance.uniform(0, 4), 6)}) if one.limit else one
            for one in last.evidence
        ]
        yield last.model_copy(update={
            "id": f"{last.deployment_id}-{1000 + number:05d}", "at": last.at + timedelta(minutes=number),
            "minute": minute + number, "minutes": (row.model_copy(update=seen | sides),), "open_minutes": (),
            "evidence": tuple(weighed), "notes": (f"baking, {24 - number / 60:.1f} of 24 h left",),
        })  # fmt: skip


def _moved(colour: Colour | None, chance: Random) -> Colour | None:
    if colour is None:
        return None
    names = ("requests", "latency_p50", "latency_avg", "latency_p99", "cpu")
    values = {one: round((getattr(colour, one) or 1.0) * chance.uniform(0.85, 1.15), 6) for one in names}
    errors = {"errors_4xx": float(chance.randint(0, 9)), "errors_5xx": float(chance.randint(0, 1))}
    return colour.model_copy(update=values | errors)
