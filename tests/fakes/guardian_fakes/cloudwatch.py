"""CloudWatch in memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from guardian.observe import MetricQuery, Reply, Series
from guardian_fakes.failing import Failing

Key = tuple[str, str, frozenset[tuple[str, str]], str]
"""Namespace, metric, exact dimensions, statistic."""


@dataclass(frozen=True)
class Read:
    """One call of `read`."""

    queries: tuple[MetricQuery, ...]
    start: datetime
    end: datetime


class FakeMetrics(Failing):
    """Implements `Metrics`: a value for each metric, statistic and minute that was put.

    Attributes:
        reads: What was asked for, oldest first.
    """

    def __init__(self) -> None:
        super().__init__()
        self.reads: list[Read] = []
        self._points: dict[Key, dict[datetime, float]] = {}
        self._forced: dict[tuple[str, str], tuple[Reply, str, str]] = {}

    def read(self, queries: Sequence[MetricQuery], start: datetime, end: datetime) -> list[Series]:
        self.reads.append(Read(tuple(queries), start, end))
        self._called("read")
        return [self._series(query, start, end) for query in queries]

    def put(
        self,
        namespace: str,
        metric: str,
        dimensions: dict[str, str],
        statistic: str,
        at: datetime,
        value: float,
    ) -> None:
        """Publish one statistic of one minute."""
        key = (namespace, metric, frozenset(dimensions.items()), statistic)
        self._points.setdefault(key, {})[at] = value

    def force(self, namespace: str, metric: str, reply: Reply, message: str = "", of: str = "") -> None:
        """Answer about a metric like this from now on, where a dimension has the value `of` if it is given.

        Without data unless the reply is partial.
        """
        self._forced[namespace, metric] = (reply, message, of)

    def heal(self) -> None:
        super().heal()
        self._forced.clear()

    def _series(self, query: MetricQuery, start: datetime, end: datetime) -> Series:
        reply, message, of = self._forced.get((query.namespace, query.metric), (Reply.COMPLETE, "", ""))
        if of and of not in dict(query.dimensions).values():
            reply, message = Reply.COMPLETE, ""
        key = (query.namespace, query.metric, frozenset(query.dimensions), query.statistic)
        points = {at: value for at, value in self._points.get(key, {}).items() if start <= at < end}
        silent = reply not in (Reply.COMPLETE, Reply.PARTIAL_DATA)
        return Series(query, {} if silent else points, reply, message)
