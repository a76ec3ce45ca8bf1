"""Observe: from a deployment to metric queries, and from raw points to minutes. Both halves are pure."""

from guardian.observe.minutes import Observation, Window, assemble
from guardian.observe.queries import Column, MetricQuery, Reply, Series, plan
from guardian.observe.season import days_of, earlier, windows

__all__ = [
    "Column", "MetricQuery", "Observation", "Reply", "Series", "Window", "assemble",
    "days_of", "earlier", "plan", "windows",
]  # fmt: skip
