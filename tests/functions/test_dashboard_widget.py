"""The function dashboard_widget, as a CloudWatch dashboard calls it."""

from collections.abc import Callable
from dataclasses import replace
from html import escape
from typing import Any

import pytest

from guardian_rehearsal.world import deploy

Event = Callable[[str], dict[str, Any]]


@pytest.mark.parametrize("name", ["dashboard-widget", "custom-widget"])
def test_the_documented_events_are_answered_with_html(site: Any, event: Event, name: str) -> None:
    """Each documented event is answered with HTML in a string, which no script is part of."""
    html = site.invoke("DashboardWidget", event(name))
    assert html.startswith("<div")
    assert "<script" not in html


def test_the_console_is_told_what_the_parameters_are(site: Any, event: Event) -> None:
    """Asked with describe, the function answers with Markdown whose first yaml block holds its parameters."""
    markdown = site.invoke("DashboardWidget", event("custom-widget-describe"))
    assert markdown.partition("```yaml\n")[2].partition("```")[0] == 'limit: 10\nservice: ""\n'


def test_a_release_under_guard_is_shown(site: Any, event: Event) -> None:
    """A release that a turn has looked at is listed with the sentence of its record and with its target groups."""
    site.push_policy()
    release = deploy(site.aws, replace(site.world, appspec_hooks={}), "2")
    for _ in range(5):
        site.run(minutes=1)
        site.invoke("Turn", {"Records": [site.message(release)]})
    watch = site.table.find(release)
    html = site.invoke("DashboardWidget", event("dashboard-widget"))
    assert release in html
    assert escape(site.table.records(release)[-1].sentence) in html
    assert watch.pair.blue.name in html
    assert watch.pair.green.name in html


def test_a_table_that_may_not_be_read_is_said_in_words(site: Any, event: Event) -> None:
    """Without the permission the widget names it, and so does a warning in the log; the function does not fail."""
    site.aws.faults.fail("dynamodb", "Query", "AccessDeniedException", "not authorized")
    html = site.invoke("DashboardWidget", event("dashboard-widget"))
    assert "dynamodb:Query is not allowed" in html
    (line,) = [line for line in site.log() if "problem" in line]
    assert (line["level"], "dynamodb:Query is not allowed" in line["problem"]) == ("WARNING", True)
