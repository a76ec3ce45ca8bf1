"""The dashboard's custom widget as HTML: open watches, and the latest decisions that were not fine. Pure.

CloudWatch shows the HTML inside its own page and takes out scripts and frames (CloudWatch user guide, "Details about
custom widgets"). Here nothing is put in that it would have to take out: no script, no link, inline styles only, and
every text that comes from elsewhere goes through `_text`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from html import escape

from guardian.decide import DecisionKind
from guardian.listed import Glance, Listed, Run

DESCRIPTION = """\
## Guardian's decisions

Lists the deployments under guard, each with the target groups that are blue and green in it and with its latest
sentence, and below them the latest decisions that were not fine, newest first.

### Parameters

| parameter | what it does |
| --- | --- |
| `limit` | how many decisions are listed, 1 to 50 |
| `service` | an application, or `application/deployment group`: lists only these; empty: all |

```yaml
limit: 10
service: ""
```
"""
"""What the console shows to whoever edits the widget; it fills in the parameters from the first yaml block."""


@dataclass(frozen=True)
class Theme:
    """Colours as CSS, those of the console's light or dark look."""

    text: str
    quiet: str
    line: str
    alert: str
    look: str


LIGHT = Theme(text="#16191f", quiet="#545b64", line="#d5dbdb", alert="#b01c0f", look="#8a5300")
DARK = Theme(text="#eaeded", quiet="#aab7b8", line="#414d5c", alert="#ff8f80", look="#ffc35c")


@dataclass(frozen=True)
class Guarded:
    """A watch that is open, and its latest decision, None before the first."""

    watch: Glance
    latest: Listed | None


@dataclass(frozen=True)
class View:
    """All that the widget shows.

    Attributes:
        guarded: Open watches.
        runs: The latest decisions that were not fine, newest first.
        looked: In how many deployments they were looked for.
        service: Which service was asked for; empty for all.
    """

    guarded: Sequence[Guarded]
    runs: Sequence[Run]
    looked: int
    service: str = ""


def page(view: View, theme: Theme, offset: timedelta) -> str:
    """Return the widget; times are those of the console's time zone, `offset` ahead of UTC."""
    zone = timezone(offset)
    watches = [_guarded(one, theme, zone) for one in view.guarded]
    decisions = [_run(one, theme, zone) for one in view.runs]
    time = f"time ({zone.tzname(None)})"
    of = f" of {view.service}" if view.service else ""
    return _page(
        theme,
        _title(f"Under guard{of}"),
        _table(("deployment", "blue", "green", time, "latest decision"), watches, theme)
        or _words("No deployment is under guard now.", theme),
        _title(f"Latest decisions that were not fine{of}"),
        _table((time, "deployment", "decision", "why"), decisions, theme) or _words(_nothing(view), theme),
        _words("guardian explain DEPLOYMENT tells the whole story of one deployment.", theme),
    )


def trouble(problem: str, theme: Theme) -> str:
    """Return what is shown in place of the widget when it cannot be: what is wrong, in words."""
    return _page(theme, _title("Guardian's decisions cannot be shown"), _words(problem, theme))


def _nothing(view: View) -> str:
    if not view.looked:
        return "No deployment has been watched yet."
    deployments = "the one deployment" if view.looked == 1 else f"the latest {view.looked} deployments"
    return f"None: in {deployments} everything was fine, as far back as this list looks."


def _guarded(one: Guarded, theme: Theme, zone: timezone) -> Sequence[str]:
    pair, weight = one.watch.pair, one.watch.weight
    blue, green = (pair.blue.name, pair.green.name) if pair else ("not known yet", "not known yet")
    latest = one.latest
    return (
        _text(f"{one.watch.service} {one.watch.deployment_id}"),
        _text(f"{blue}, {1 - weight:.0%}"),
        _text(f"{green}, {weight:.0%}"),
        _text(_time(latest.at, zone) if latest else "none yet"),
        _span(latest.sentence, _colour(latest, theme)) if latest else "",
    )


def _run(run: Run, theme: Theme, zone: timezone) -> Sequence[str]:
    newest = run.newest
    again = f" ({run.times} turns since {_time(run.since, zone)})" if run.times > 1 else ""
    return (
        _text(_time(newest.at, zone)),
        _text(f"{newest.service} {newest.deployment_id}"),
        _span(_word(newest), _colour(newest, theme), weight="bold"),
        _text(newest.sentence) + _span(again, theme.quiet),
    )


def _word(told: Listed) -> str:
    word = (told.would or told.decision).replace("_", " ")
    return f"would {word}" if told.would else word


def _colour(told: Listed, theme: Theme) -> str:
    if not told.loud:
        return theme.text
    return theme.look if told.would or told.decision is DecisionKind.NOTIFY else theme.alert


def _time(at: datetime, zone: timezone) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def _page(theme: Theme, *parts: str) -> str:
    return f'<div style="color: {theme.text}; font-size: 14px; line-height: 1.4">{"".join(parts)}</div>'


def _title(words: str) -> str:
    return f'<h3 style="margin: 8px 0 4px; font-size: 16px">{_text(words)}</h3>'


def _words(words: str, theme: Theme) -> str:
    return f'<p style="margin: 4px 0; color: {theme.quiet}">{_text(words)}</p>'


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], theme: Theme) -> str:
    """Return a table of cells that are HTML already; empty without a row."""
    if not rows:
        return ""
    # The console styles tables itself, and not every page lets them inherit: colour and size stand on each cell.
    cell = (
        f"padding: 4px 8px; text-align: left; vertical-align: top; border-bottom: 1px solid {theme.line}; "
        f"color: {theme.text}; font-size: 14px"
    )
    head = "".join(f'<th scope="col" style="{cell}">{_text(one)}</th>' for one in heads)
    lines = ("".join(f'<td style="{cell}">{one}</td>' for one in row) for row in rows)
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    style = "width: 100%; border-collapse: collapse"
    return f'<table style="{style}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _span(words: str, colour: str, weight: str = "normal") -> str:
    return f'<span style="color: {colour}; font-weight: {weight}">{_text(words)}</span>' if words else ""


def _text(words: str) -> str:
    return escape(words, quote=True)
