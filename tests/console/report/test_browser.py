"""The page in a real browser: what a person sees, hears and reaches with the keyboard."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from guardian_console.recordings import Recording
from guardian_console.report.material import material_of
from guardian_console.report.page import Where, page_of

Recorded = Callable[[str], Recording]
SCREENS = pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 800)], ids=["phone", "desktop"])
SCENARIOS = pytest.mark.parametrize("name", ["latency", "healthy", "contracted", "migration-failed"])
SCHEMES = pytest.mark.parametrize("scheme", ["light", "dark"])

CONTRASTS = (Path(__file__).parent / "contrasts.js").read_text(encoding="utf-8")
TEXTS = "dt, dd, p, a, h1, h2, h3, span, strong, summary, caption, th, td, li, pre, code, svg text"
LINES = ", ".join(f'svg path[style*="--{one}"]' for one in ("blue", "green", "both", "mark"))
FOCUS = """(at => [at.tagName, at.className, at.getAttribute("href"), at.textContent.slice(0, 40)])"""


@pytest.fixture(scope="session")
def shown(recorded: Recorded, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return the page of a scenario as a file."""
    folder = tmp_path_factory.mktemp("pages")

    def page(name: str) -> Path:
        file = folder / f"{name}.html"
        if not file.exists():
            where = Where("eu-west-1", ["/aws/lambda/turn"], "guardian report d-X --table T")
            file.write_text(page_of(material_of(recorded(name)), where), encoding="utf-8")
        return file

    return page


def bottom(chromium: Any, selector: str) -> float:
    value: float = chromium.ask(f"document.querySelector({selector!r}).getBoundingClientRect().bottom")
    return value


def contrasts(chromium: Any, selector: str, looked_at: str) -> list[tuple[float, str]]:
    found: list[tuple[float, str]] = chromium.ask(
        f"({CONTRASTS})({json.dumps(selector)}, {json.dumps(looked_at)})"
    )
    return found


def quiet(chromium: Any, page: Path) -> bool:
    """Tell whether the browser asked for nothing but the page and said nothing on its console."""
    asked = {one["request"]["url"] for one in chromium.heard("Network.requestWillBeSent")}
    complaints = ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown")
    return {url for url in asked if not url.startswith("data:")} == {page.as_uri()} and not any(
        chromium.heard(one) for one in complaints
    )


@SCENARIOS
def test_the_page_loads_without_a_complaint_and_without_a_network(
    name: str, shown: Callable[[str], Path], chromium: Any
) -> None:
    """The browser's console stays empty, nothing is thrown, and nothing but the file itself is fetched."""
    page = shown(name)
    chromium.open(page, 1280, 800)
    assert quiet(chromium, page)


def test_hostile_text_does_nothing_in_a_browser(
    hostile: tuple[str, Recording], tmp_path: Path, chromium: Any
) -> None:
    """Nothing runs, nothing is asked for, nothing is even blocked; the text is read as it is, and fits the screen."""
    text, recording = hostile
    page = tmp_path / "page.html"
    page.write_text(page_of(material_of(recording), Where("eu-west-1", (text,), text)), encoding="utf-8")
    chromium.open(page, 390, 844)
    assert quiet(chromium, page)
    assert text in chromium.ask("document.querySelector('.lead').textContent")
    assert chromium.ask("document.querySelectorAll('script, img').length") == 0
    assert chromium.ask("document.documentElement.scrollWidth") == 390


@SCREENS
@SCENARIOS
def test_the_first_screen_answers(
    name: str, width: int, height: int, shown: Callable[[str], Path], chromium: Any
) -> None:
    """What happened, when, whether it is over and what now stand in the first 800 pixels."""
    chromium.open(shown(name), width, height)
    assert bottom(chromium, ".state") <= 800
    assert bottom(chromium, ".lead") <= 800
    questions = chromium.ask("[...document.querySelectorAll('.answers dt')].map(one => one.textContent)")
    assert questions == ["When", "Is it over", "What now", "Why"]
    ends = chromium.ask(
        "[...document.querySelectorAll('.answers dd')].slice(0, 3).map(one => one.getBoundingClientRect().bottom)"
    )
    assert max(ends) <= 800


@pytest.mark.parametrize("width", [320, 390, 1280])
@SCENARIOS
def test_nothing_scrolls_sideways(name: str, width: int, shown: Callable[[str], Path], chromium: Any) -> None:
    """The page is as wide as the screen, its tables opened too; only a table scrolls in itself."""
    chromium.open(shown(name), width, 800)
    chromium.ask("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert chromium.ask("document.documentElement.scrollWidth") <= width


@SCHEMES
@SCENARIOS
def test_every_text_is_legible(name: str, scheme: str, shown: Callable[[str], Path], chromium: Any) -> None:
    """Each text, in the charts too, has a contrast of 4.5:1 with what is behind it (WCAG 2.2, 1.4.3)."""
    chromium.open(shown(name), 390, 844, scheme)
    found = contrasts(chromium, TEXTS, "fill")
    assert len(found) > 20
    assert [one for one in found if one[0] < 4.5] == []


@SCHEMES
def test_every_line_is_visible(scheme: str, shown: Callable[[str], Path], chromium: Any) -> None:
    """Blue, green, evidence, limit and decision have a contrast of 3:1 with the page (WCAG 2.2, 1.4.11)."""
    chromium.open(shown("latency"), 390, 844, scheme)
    found = contrasts(chromium, LINES, "stroke")
    assert len(found) > 20
    assert [one for one in found if one[0] < 3] == []


def test_dark_is_dark_and_light_is_light(shown: Callable[[str], Path], chromium: Any) -> None:
    """The page and the lines of its charts follow what the reader prefers."""
    seen = []
    for scheme in ("light", "dark"):
        chromium.open(shown("latency"), 390, 844, scheme)
        line = "document.querySelector('svg path[style*=\"--green\"]')"
        seen.append(chromium.ask(
            f"[getComputedStyle(document.body).backgroundColor, getComputedStyle({line}).stroke]"
        ))  # fmt: skip
    assert seen[0][0] == "rgb(255, 255, 255)"
    assert seen[0][0] != seen[1][0]
    assert seen[0][1] != seen[1][1]


def test_the_keyboard_reaches_every_link_and_shows_where_it_is(
    shown: Callable[[str], Path], chromium: Any
) -> None:
    """Tab goes through the skip link, the sections, the tables and the links to the logs; each shows its focus."""
    chromium.open(shown("latency"), 1280, 800)
    wanted = chromium.ask(f"[...document.querySelectorAll('a, summary')].map{FOCUS}")
    seen, outlines = [], set()
    for _ in range(len(wanted) + 20):
        chromium.press("Tab", 9)
        seen.append(chromium.ask(f"{FOCUS}(document.activeElement)"))
        if seen[-1][0] != "BODY":
            outlines.add(chromium.ask("getComputedStyle(document.activeElement).outlineStyle"))
    assert seen[0][2] == "#charts"
    assert [one for one in wanted if one not in seen] == []
    assert sum(1 for one in wanted if str(one[2]).startswith("https://")) == 3
    assert "none" not in outlines


def test_a_screen_reader_finds_its_way(shown: Callable[[str], Path], chromium: Any) -> None:
    """The tree that assistive technology reads has the landmarks, a name for each picture, and headings in order."""
    chromium.open(shown("latency"), 1280, 800)
    nodes = chromium.call("Accessibility.getFullAXTree")["nodes"]
    roles = [one["role"]["value"] for one in nodes if not one.get("ignored")]
    assert {"banner", "main", "navigation", "contentinfo"} <= set(roles)
    pictures = [one["name"]["value"] for one in nodes if one.get("role", {}).get("value") in ("image", "img")]
    assert len(pictures) == chromium.ask("document.querySelectorAll('svg').length") > 8
    assert all("table after the chart" in name for name in pictures)
    assert len(set(pictures)) == len(pictures)


def test_it_prints_without_what_only_a_screen_needs(shown: Callable[[str], Path], chromium: Any) -> None:
    """On paper there is no navigation, no dark background, and no table cut off."""
    chromium.open(shown("latency"), 794, 1123, "dark", media="print")
    assert chromium.ask("getComputedStyle(document.querySelector('nav')).display") == "none"
    assert chromium.ask("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert chromium.ask("getComputedStyle(document.querySelector('#record .scroll')).overflowX") == "visible"
    assert chromium.ask("document.querySelector('#record table').scrollWidth") <= 794
    assert chromium.call("Page.printToPDF")["data"]
