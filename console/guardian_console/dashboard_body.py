"""The body of a dashboard of one guarded service: blue on the left, green on the right, laid out alike. Pure.

Format: CloudWatch API reference, "Dashboard body structure and syntax". The series are those that a turn asks for
(`guardian.observe.plan`), so that people see the numbers that decisions rest on.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from guardian.model import Deployment, Role
from guardian.observe import MetricQuery, plan
from guardian.policy import Policy

Widget = dict[str, Any]
WIDTH = 12
"""Half of the grid's 24 columns."""
HEIGHT = 6
HEAD, DECISIONS = 3, 8
"""Rows of the text on top, and of the custom widget below it."""
COLUMNS = {Role.BLUE: 0, Role.GREEN: WIDTH}
PANELS = (
    ("Requests a minute", ("requests",)),
    ("Response time in seconds", ("latency_p50", "latency_p90", "latency_p99")),
    ("Errors a minute", ("errors_5xx", "errors_4xx", "connection_errors")),
    ("Targets", ("healthy_hosts", "unhealthy_hosts")),
)
"""What is shown of each colour, from top to bottom; below it the policy's own metrics."""
SHARED = (
    ("Errors of the load balancer itself, a minute", ("elb_5xx",)),
    ("CPU of the service in percent", ("service_cpu",)),
    ("Connections of the database", ("db_connections",)),
    ("CPU of the database in percent", ("db_cpu",)),
)
"""What both colours share; the database where the policy names one."""


def body(
    deployment: Deployment, why: str, policy: Policy, region: str, widget_arn: str | None
) -> dict[str, Any]:
    """Return the dashboard's body.

    Args:
        deployment: With both sides.
        why: How the roles are known, in words.
        policy: Names the custom metrics and the database.
        region: Of the metrics.
        widget_arn: ARN of the function DashboardWidget; None: the dashboard does without the custom widget.
    """
    queries = plan(deployment, policy, {})
    top = [_words(deployment, why), *([_decisions(deployment, widget_arn)] if widget_arn else ())]
    y = HEAD + (DECISIONS if widget_arn else 0)
    colours = [one for role in Role for one in colour(role, queries, policy, region, y)]
    below = max(one["y"] for one in colours) + HEIGHT
    return {"widgets": [*top, *colours, *_shared(queries, region, below)]}


def colour(
    role: Role, queries: Sequence[MetricQuery], policy: Policy, region: str, y: int
) -> Iterator[Widget]:
    """Yield the widgets of one colour from row `y` on; those of the other differ in column, name and group only."""
    custom = tuple((metric.name, (metric.name,)) for metric in policy.custom)
    for row, (title, fields) in enumerate((*PANELS, *custom)):
        series = [one for one in queries if one.column.side is role and one.column.field in fields]
        yield _metric(f"{role}: {title}", COLUMNS[role], y + row * HEIGHT, series, region)


def _shared(queries: Sequence[MetricQuery], region: str, y: int) -> Iterator[Widget]:
    shown = [
        (title, series)
        for title, fields in SHARED
        if (series := [one for one in queries if one.column.side == "shared" and one.column.field in fields])
    ]
    for place, (title, series) in enumerate(shown):
        yield _metric(title, place % 2 * WIDTH, y + place // 2 * HEIGHT, series, region)


def _metric(title: str, x: int, y: int, queries: Sequence[MetricQuery], region: str) -> Widget:
    metrics = [
        [
            one.namespace, one.metric, *(part for pair in one.dimensions for part in pair),
            {"stat": one.statistic, "label": " ".join(filter(None, (one.column.field, one.column.part)))},
        ]
        for one in queries
    ]  # fmt: skip
    return {
        "type": "metric", "x": x, "y": y, "width": WIDTH, "height": HEIGHT,
        "properties": {
            "title": title, "region": region, "view": "timeSeries", "period": 60, "metrics": metrics,
            "yAxis": {"left": {"min": 0}},
        },
    }  # fmt: skip


def _words(deployment: Deployment, why: str) -> Widget:
    named = {role: side.target_group.name for role, side in _sides(deployment)}
    lines = (
        f"## {_plain(str(deployment.service))}",
        f"**blue** is {_plain(named[Role.BLUE])}, **green** is {_plain(named[Role.GREEN])}: {_plain(why)}.",
        "Every deployment trades the groups: put this dashboard again with `guardian dashboard --put` when one begins.",
    )
    return {
        "type": "text", "x": 0, "y": 0, "width": 2 * WIDTH, "height": HEAD,
        "properties": {"markdown": "\n\n".join(lines)},
    }  # fmt: skip


def _decisions(deployment: Deployment, widget_arn: str) -> Widget:
    return {
        "type": "custom", "x": 0, "y": HEAD, "width": 2 * WIDTH, "height": DECISIONS,
        "properties": {
            "title": "Roles now, and decisions that were not fine", "endpoint": widget_arn,
            "params": {"limit": 10, "service": str(deployment.service)},
            "updateOn": {"refresh": True, "resize": False, "timeRange": False},
        },
    }  # fmt: skip


def _sides(deployment: Deployment) -> Iterator[tuple[Role, Any]]:
    yield from ((Role.BLUE, deployment.blue), (Role.GREEN, deployment.green))


def _plain(words: str) -> str:
    """Return words that Markdown shows as they are."""
    return re.sub(r"([^\w\s,.:/-]|(?<=\w)_)", r"\\\1", words)
