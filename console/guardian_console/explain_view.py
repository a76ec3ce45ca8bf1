"""How `guardian explain` tells a story: on a terminal with tables and colours, on a pipe as plain lines."""

import json
from collections.abc import Iterator
from datetime import datetime

from rich import box
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from guardian.model import Finding
from guardian_console.contrast import Contrast, Step
from guardian_console.story import Story, Stretch, Told, stretches
from guardian_console.turning_points import Kind, TurningPoint
from guardian_console.visible import visible

STYLES = {
    Finding.HEALTHY: "green",
    Finding.INVESTIGATE: "yellow",
    Finding.DIVERGED: "bold red",
    Finding.INCONCLUSIVE: "dim",
    Finding.NO_DATA: "dim",
}
LOUD = {Kind.DIVERGED: "bold red", Kind.INVESTIGATE: "yellow", Kind.OUTCOME: "bold", Kind.BLIND: "yellow"}


def printed(console: Console, story: Story, contrast: Contrast | None, policy: str) -> None:
    """Print a story, and what another policy (named `policy`) would have done."""
    if console.is_terminal:
        _on_terminal(console, story)
    else:
        for line in _lines(story):
            _plain(console, line)
    if contrast is not None:
        for line in contrasts(contrast, policy):
            _plain(console, line)


def as_json(story: Story, contrast: Contrast | None) -> str:
    """Return a story, and what another policy would have done, as one JSON object."""
    data = story.model_dump(mode="json")
    if contrast is not None:
        data["other_policy"] = contrast.model_dump(mode="json")
    return json.dumps(data, ensure_ascii=False)


def contrasts(contrast: Contrast, policy: str) -> Iterator[str]:
    """Yield what another policy would have done, line by line."""
    if contrast.recorded is None or contrast.other is None:
        yield f"Under {policy}: the same decision in each of the {contrast.turns} turns that judged."
    else:
        yield f"Under {policy}: another decision from minute {contrast.other.minute} on."
        yield f"  recorded: {_step(contrast.recorded)}"
        yield f"  instead:  {_step(contrast.other)}"
        yield f"  rollback: {_rollback(contrast)}"
    for note in contrast.notes:
        yield f"  note: {note}"


def _step(step: Step) -> str:
    would = f", would {step.would}" if step.would else ""
    return f"{step.decision}{would} at {step.weight:.0%}: {step.verdict}: {step.sentence}"


def _rollback(contrast: Contrast) -> str:
    then, instead = contrast.recorded_rollback, contrast.other_rollback
    was = f"recorded in minute {then.minute} at {then.weight:.0%}" if then else "none recorded"
    if instead is not None:
        return f"{was}, instead in minute {instead.minute} at {instead.weight:.0%}"
    return f"{was}, instead none up to minute {contrast.last_minute}, after which nothing was judged"


def _on_terminal(console: Console, story: Story) -> None:
    answers = Table.grid(padding=(0, 2))
    answers.add_column(no_wrap=True, style="dim")
    answers.add_column(overflow="fold")
    for question, answer in _answers(story):
        answers.add_row(question, _clean(answer))
    console.print(Panel(answers, title=_clean(_title(story)), title_align="left"))
    points = Table(
        box=box.SIMPLE_HEAD, pad_edge=False, expand=True, title="What changed", title_justify="left"
    )
    for heading in ("time", "minute", "green", "what"):
        points.add_column(heading, no_wrap=True)
    points.add_column("in words", ratio=1, overflow="fold")
    for one in story.points:
        kind = Text(one.kind, LOUD.get(one.kind, ""))
        points.add_row(_time(one.at, story), _minute(one), f"{one.weight:.0%}", kind, _clean(one.text))
    console.print(points)
    turns = Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        expand=True,
        title="Why it was or was not enough",
        title_justify="left",
    )
    for heading in ("time", "turns", "green", "verdict", "decision"):
        turns.add_column(heading, no_wrap=True)
    turns.add_column("in words, and what was left out", ratio=1, overflow="fold")
    for stretch in stretches(story.turns):
        verdict = Text(stretch.last.verdict, STYLES[stretch.last.verdict])
        words = "\n".join((stretch.last.sentence, *(f"left out: {why}" for why in stretch.dropped)))
        turns.add_row(
            _span(stretch, story),
            str(stretch.turns),
            f"{stretch.last.weight:.0%}",
            verdict,
            _decision(stretch.last),
            _clean(words),
        )
    console.print(turns)


def _lines(story: Story) -> Iterator[str]:
    yield _title(story)
    for question, answer in _answers(story):
        yield f"{question}: {answer}"
    yield ""
    yield "What changed:"
    for one in story.points:
        yield f"  {_time(one.at, story)} minute {_minute(one)} {one.weight:.0%} {one.kind}: {one.text}"
    yield ""
    yield "Why it was or was not enough:"
    for stretch in stretches(story.turns):
        last = stretch.last
        yield (
            f"  {_span(stretch, story)} {last.weight:.0%} {'enough' if last.enough else 'not enough'}, "
            f"{last.verdict}, {_decision(last)}: {last.sentence}"
        )
        yield from (f"    left out: {why}" for why in stretch.dropped)
    yield ""


def _answers(story: Story) -> Iterator[tuple[str, str]]:
    answers = story.answers
    yield "what happened", answers.happened
    yield "when", answers.when
    yield "why", answers.why
    yield "is it over", answers.over
    for step in answers.now:
        yield "what now", step
    for note in answers.notes:
        yield "note", note


def _title(story: Story) -> str:
    return (
        f"{story.deployment_id} of {story.service}"
        if story.service
        else f"{story.deployment_id}, from a tape"
    )


def _decision(turn: Told) -> str:
    return f"{turn.decision}, would {turn.would}" if turn.would else str(turn.decision)


def _time(at: datetime | None, story: Story, clock: str = "%H:%M:%S") -> str:
    """Return a time of day, with the date on every other day than the first: bakes last for days."""
    if at is None:
        return "-"
    first = story.turns[0].at
    return format(at, clock if first is not None and at.date() == first.date() else f"%m-%d {clock}")


def _minute(point: TurningPoint | Told) -> str:
    return "-" if point.minute is None else str(point.minute)


def _span(stretch: Stretch, story: Story) -> str:
    ends = (stretch.first, stretch.last)
    first, last = (_time(one.at, story, "%H:%M") if one.at else _minute(one) for one in ends)
    told = first if stretch.turns == 1 else f"{first}-{last}"
    return told if stretch.first.at else f"minute {told}"


def _clean(text: str) -> Text:
    return Text("\n".join(map(visible, text.split("\n"))))


def _plain(console: Console, line: str) -> None:
    console.print(visible(line), soft_wrap=True, highlight=False, markup=False)
