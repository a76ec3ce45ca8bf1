"""AWS CloudWatch series with labelled windows (Numenta Anomaly Benchmark): their files, on the clock."""

import csv
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

DATA = Path(__file__).parents[1] / "data" / "nab_aws"
STEP = 300
"""Seconds."""
DAY = 24 * 3600 // STEP
"""Steps."""
KNOWN = 0.9
"""Part of the steps that must be there for a stretch to be used."""


@dataclass(frozen=True)
class Series:
    """One file, read as one of a colour's metrics.

    Attributes:
        name: Of the file, without its ending.
        read_as: `cpu`, `latency` or `requests`.
    """

    name: str
    read_as: str


SERIES = (
    Series("cpu_utilization_asg_misconfiguration", "cpu"),
    Series("ec2_cpu_utilization_5f5533", "cpu"),
    Series("ec2_cpu_utilization_ac20cd", "cpu"),
    Series("grok_asg_anomaly", "cpu"),
    Series("rds_cpu_utilization_cc0c53", "cpu"),
    Series("rds_cpu_utilization_e47b3b", "cpu"),
    Series("ec2_request_latency_system_failure", "latency"),
    Series("ec2_request_latency_system_failure", "cpu"),
    Series("elb_request_count_8c0756", "requests"),
)
"""The latency series twice: its name says latency, its source's description says CPU."""


@dataclass(frozen=True)
class Measured:
    """A series on the clock: values by step, and the labelled windows as ranges of steps."""

    values: dict[int, float]
    windows: tuple[range, ...]

    def quiet(self, steps: range) -> bool:
        """Tell whether a stretch was measured and touches no labelled window."""
        clear = all(steps.stop <= window.start or steps.start >= window.stop for window in self.windows)
        return clear and sum(step in self.values for step in steps) >= KNOWN * len(steps)

    @property
    def last(self) -> int:
        """The last step."""
        return max(self.values)


def read_series(series: Series) -> Measured:
    """Return a series from its file; of a step that is there twice the first value counts."""
    values: dict[int, float] = {}
    with (DATA / f"{series.name}.csv").open(encoding="utf-8") as lines:
        known = [(_seconds(line["timestamp"]), float(line["value"])) for line in csv.DictReader(lines)]
    begin = known[0][0]
    for at, value in known:
        values.setdefault(round((at - begin) / STEP), value)
    labels = json.loads((DATA / "windows.json").read_text(encoding="utf-8"))[f"{series.name}.csv"]
    spans = [[round((_seconds(end) - begin) / STEP) for end in window] for window in labels]
    return Measured(values, tuple(range(first, last + 1) for first, last in spans))


def _seconds(stamp: str) -> float:
    return datetime.fromisoformat(f"{stamp}+00:00").timestamp()
