"""The custom widget of a CloudWatch dashboard: reads the table, and answers in words whatever happens."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from guardian.errors import AwsRefusedError, MalformedEventError, RecordUnreadableError, TemporaryError
from guardian.events import WidgetRequest
from guardian.listed import Glance, Run, runs
from guardian.triggers import OpenWatch
from guardian.widget import DARK, DESCRIPTION, LIGHT, Guarded, Theme, View, page, trouble
from guardian.widget_ports import Board

CLOSED = 20
"""How many closed watches are looked into, newest first."""
TURNS = 120
"""How many of a deployment's latest turns are looked at: two hours of one a minute, some 400 kB."""


@dataclass(frozen=True)
class Shown:
    """What the console gets, and what kept the widget from showing more; None when nothing did."""

    html: str
    problem: str | None = None


class DashboardWidget:
    """Answers the console. Changes nothing."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def answer(self, event: Mapping[str, Any]) -> Shown:
        """Return the widget as HTML, or its description as Markdown when the console asks for that."""
        try:
            request = WidgetRequest.read(event)
        except MalformedEventError as error:
            return _failed(f"The widget's parameters cannot be used: {error}.", LIGHT)
        if request.describe:
            return Shown(DESCRIPTION)
        theme = DARK if request.dark else LIGHT
        try:
            view = self._look(request)
        except (TemporaryError, AwsRefusedError, RecordUnreadableError) as error:
            return _failed(f"Guardian's table cannot be read: {error}.", theme)
        return Shown(page(view, theme, request.ahead))

    def _look(self, request: WidgetRequest) -> View:
        opened = [one for one in self._board.open() if request.wants(one.service)]
        closed = [one for one in self._board.closed(CLOSED) if request.wants(one.service)]
        guarded: list[Guarded] = []
        found: list[Run] = []
        for one in (*opened, *closed):
            latest = self._board.latest(one.deployment_id, TURNS)
            found += runs(latest)
            if one in opened:
                guarded.append(Guarded(self._glance(one), latest[0] if latest else None))
        found.sort(key=lambda run: run.newest.at, reverse=True)
        guarded.sort(key=_at, reverse=True)
        return View(guarded, found[: request.limit], len(opened) + len(closed), request.service)

    def _glance(self, one: OpenWatch) -> Glance:
        """Return the watch; the list of open ones is enough where it was closed and deleted meanwhile."""
        found = self._board.glance(one.deployment_id)
        return found or Glance(deployment_id=one.deployment_id, service=one.service)


def _at(one: Guarded) -> datetime:
    """Return when the latest decision was made; a watch without one has just been opened and comes first."""
    return one.latest.at if one.latest else datetime.max.replace(tzinfo=UTC)


def _failed(problem: str, theme: Theme) -> Shown:
    return Shown(trouble(problem, theme), problem)
