"""Makes the page: one HTML file with its style and its charts in it, and nothing that is fetched."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from guardian import __version__
from guardian_console.answers import State
from guardian_console.report.charts import Frame, growth_chart, plot_chart
from guardian_console.report.links import insights_link, queries_of
from guardian_console.report.material import Material
from guardian_console.report.series import growths_of, plots_of
from guardian_console.report.tables import (
    Table,
    action_table,
    clock,
    evidence_table,
    facts,
    grown,
    growth_table,
    moment,
    odds,
    plot_table,
    summary,
)

TONES = {
    State.ROLLED_BACK: "bad", State.ROLLING_BACK: "bad", State.NOT_ROLLED_BACK: "bad", State.HOOK_FAILED: "bad",
    State.ESCALATED: "bad", State.HELD_BACK: "warn", State.LOOK: "warn", State.BLIND: "warn", State.ENDED: "plain",
    State.WATCHING: "good", State.TAPE: "plain",
}  # fmt: skip
"""How loud the state is shown; the words say it too."""


@dataclass(frozen=True)
class Where:
    """Where a reader finds more: the console's region, the functions' log groups, and the command for the same page."""

    region: str | None
    groups: Sequence[str]
    command: str


@dataclass(frozen=True)
class Figure:
    """A chart with its title, its legend and its values."""

    title: str
    unit: str
    sides: Sequence[str]
    drawing: Markup
    table: Table
    about: str = ""


def page_of(material: Material, where: Where) -> str:
    """Return the page as HTML."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {"moment": moment}
    story, judgement = material.story, material.judgement
    frame = frame_of(material)
    return environment.get_template("report.html").render(
        story=story, answers=story.answers, tone=TONES[story.answers.state],
        state=str(story.answers.state).replace("_", " "),
        judgement=judgement, judged_at=_judged_at(material), material=material,
        points=[(_time(one.at, one.minute), one) for one in story.points],
        plots=list(_plots(material, frame)) if frame else [], growths=list(_growths(material, frame)) if frame else [],
        evidence=evidence_table(judgement.evidence) if judgement else None,
        sentences=judgement.evidence if judgement else (),
        facts=facts(judgement.record) if judgement and judgement.record else (), actions=action_table(material.actions),
        links=list(_links(material, where)), where=where, version=__version__,
    )  # fmt: skip


def frame_of(material: Material) -> Frame | None:
    """Return the axes of time that all charts share; None without a minute to show. Pure."""
    if not material.rows:
        return None
    judgement = material.judgement
    decided = judgement.minute if judgement and judgement.decided else None
    moments = (*(one.minute for one in material.weighings), *(minute for minute, _ in material.steps))
    last = max(material.rows[-1].minute + 1, *moments, decided or 0.0, 0.0)
    first = min(material.rows[0].minute, decided or 0.0)
    return Frame(first, last, material.steps, decided, material.origin)


def _plots(material: Material, frame: Frame) -> Iterator[Figure]:
    for number, plot in enumerate(plots_of(material.rows, material.weighings)):
        drawing = plot_chart(plot, frame, f"m{number}-", summary(plot, material.origin))
        yield Figure(
            plot.title, plot.unit, tuple(plot.lines), Markup(drawing), plot_table(plot, material.origin),  # noqa: S704 - our own drawing
            about=", ".join(plot.signals),
        )  # fmt: skip


def _growths(material: Material, frame: Frame) -> Iterator[Figure]:
    for number, growth in enumerate(growths_of(material.weighings)):
        drawing = growth_chart(growth, frame, f"e{number}-", grown(growth, material.origin))
        limit = f"limit {odds(growth.needed)}" if growth.needed else "no limit is recorded"
        yield Figure(growth.signal, limit, (), Markup(drawing), growth_table(growth, material.origin))  # noqa: S704 - the same


def _links(material: Material, where: Where) -> Iterator[tuple[str, str, str]]:
    """Yield title, text and address of each query; the address is empty where no region or no time is known."""
    for query in queries_of(material.story.deployment_id):
        address = ""
        if where.region and material.began and material.ended:
            address = insights_link(query.text, material.began, material.ended, where.region, where.groups)
        yield query.title, query.text, address


def _judged_at(material: Material) -> str:
    judgement = material.judgement
    if judgement is None:
        return ""
    if judgement.at is not None:
        return f"{moment(judgement.at.astimezone(UTC))} UTC"
    return f"minute {clock(judgement.minute or 0.0, None)}"


def _time(at: datetime | None, minute: int | None) -> str:
    return moment(at) if at else f"minute {minute}"
