"""A Lambda service that counts what each function does: invocations, calls of AWS and their sizes, time, log bytes."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from time import thread_time
from typing import Any, cast

import boto3

from guardian_rehearsal.host import FunctionHost
from guardian_rehearsal.installation import Function

STATISTICS_PER_METRIC = 5
"""Statistics of one metric in one GetMetricData that are billed as one metric (CloudWatch pricing page)."""
WRITE_UNIT, READ_UNIT = 1024, 4096
"""Bytes of an item that one write or one strongly consistent read unit covers (DynamoDB pricing page)."""


@dataclass
class Counted:
    """What one kind of function did.

    Attributes:
        invocations: How often it was called.
        seconds: Processor time of this machine in its handlers.
        calls: Calls of AWS by `service:Operation`.
        metrics: Metrics that GetMetricData bills, up to five statistics of one as one.
        statistics: The same if every statistic is billed.
        write_units: DynamoDB write request units.
        read_units: DynamoDB read request units.
        kept_bytes: Of decision records, which the table keeps.
        log_bytes: What it wrote, embedded metrics included.
    """

    invocations: int = 0
    seconds: float = 0.0
    calls: Counter[str] = field(default_factory=Counter)
    metrics: int = 0
    statistics: int = 0
    write_units: int = 0
    read_units: int = 0
    kept_bytes: int = 0
    log_bytes: int = 0


class CountingHost(FunctionHost):
    """Runs the functions as every rehearsal does, and counts.

    Attributes:
        counted: By the name of the function's folder.
        tasks: Most tasks whose CPU one GetMetricData asked for.
        series: Names and dimensions of every metric of its own that Guardian published.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        super().__init__(environment)
        self.counted: dict[str, Counted] = {}
        self.series: set[tuple[str, ...]] = set()
        self.tasks = 0
        self._running = Counted()
        self._lines: list[str] = []
        # Clients that the functions make from now on tell their session's handlers of every call.
        self._events = cast("boto3.Session", boto3.DEFAULT_SESSION).events  # the host has just made it
        self._events.register("provide-client-params.*.*", self._asked)
        self._events.register("after-call.*.*", self._answered)

    def invoke(self, function: Function, event: Any) -> Any:
        self._running = self.counted.setdefault(function.code.name, Counted())
        self._running.invocations += 1
        began = thread_time()
        try:
            return super().invoke(function, event)
        finally:
            self._running.seconds += thread_time() - began
            self._read(super().log_lines())

    def log_lines(self) -> list[str]:
        lines, self._lines = self._lines, []
        return lines

    def close(self) -> None:
        super().close()
        self._events.unregister("provide-client-params.*.*", self._asked)
        self._events.unregister("after-call.*.*", self._answered)

    def _read(self, lines: list[str]) -> None:
        self._lines.extend(lines)
        for line in lines:
            self._running.log_bytes += (
                len(line.encode()) + 26
            )  # CloudWatch Logs bills 26 bytes for each event
            if '"_aws"' in line:
                self.series |= _series(json.loads(line))

    def _asked(self, params: Mapping[str, Any], model: Any, **_: Any) -> None:
        self._running.calls[f"{model.service_model.service_name}:{model.name}"] += 1
        if model.name == "GetMetricData":
            self._metrics_asked(params["MetricDataQueries"])
        elif model.name == "PutItem":
            self._running.write_units += units(params["Item"], WRITE_UNIT)
            if params["Item"]["sk"]["S"].startswith("TURN#"):
                self._running.kept_bytes += size(params["Item"])
        elif model.name == "TransactWriteItems":  # a transaction costs twice
            puts = [item["Put"]["Item"] if "Put" in item else {} for item in params["TransactItems"]]
            self._running.write_units += sum(2 * units(put, WRITE_UNIT) for put in puts)

    def _metrics_asked(self, queries: list[dict[str, Any]]) -> None:
        self._running.metrics += billed_metrics(queries)
        self._running.statistics += len(queries)
        names = [query["MetricStat"]["Metric"]["MetricName"] for query in queries]
        self.tasks = max(self.tasks, names.count("TaskCpuUtilization"))

    def _answered(self, parsed: Mapping[str, Any], model: Any, **_: Any) -> None:
        if model.name == "GetItem":
            self._running.read_units += units(parsed.get("Item", {}), READ_UNIT)
        elif model.name == "Query":
            self._running.read_units += max(ceil(sum(map(size, parsed["Items"])) / READ_UNIT), 1)


def billed_metrics(queries: list[dict[str, Any]]) -> int:
    """Return how many metrics one GetMetricData is billed for: five statistics of one metric count once."""
    asked = Counter(json.dumps(query["MetricStat"]["Metric"], sort_keys=True) for query in queries)
    return sum(ceil(statistics / STATISTICS_PER_METRIC) for statistics in asked.values())


def units(item: Mapping[str, Any], unit: int) -> int:
    """Return the units of one item; a missing one costs a unit too."""
    return max(ceil(size(item) / unit), 1)


def size(item: Mapping[str, Any]) -> int:
    """Return the bytes of an item: its names and its values."""
    return sum(
        len(name) + sum(len(str(value).encode()) for value in typed.values()) for name, typed in item.items()
    )


def _series(embedded: Mapping[str, Any]) -> set[tuple[str, ...]]:
    """Return what one line of embedded metric format publishes: name and dimensions with their values."""
    return {
        (metric["Name"], *(f"{name}={embedded[name]}" for name in sorted(dimensions)))
        for directive in embedded["_aws"]["CloudWatchMetrics"]
        for dimensions in directive["Dimensions"]
        for metric in directive["Metrics"]
    }
