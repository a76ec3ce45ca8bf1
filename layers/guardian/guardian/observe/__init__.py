"""Observe: from a deployment to metric queries, and from raw points to minutes. Both halves are pure."""

from guardian.observe.minutes import Observation, Window, assemble
from guardian.observe.queries import Column, MetricQuery, Reply, Series, plan

__all__ = ["Column", "MetricQuery", "Observation", "Reply", "Series", "Window", "assemble", "plan"]
