"""Metrics that log lines carry in embedded metric format. Pure: no store, no clock.

Source: CloudWatch User Guide, "Specification: Embedded metric format".
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .metrics import MINUTE, SeriesKey

MAX_DIMENSIONS = 30
"""Dimensions in one set ("DimensionSet array")."""

MAX_VALUES = 100
"""Values in one target member ("Target members")."""


class EmbeddedMetricsError(ValueError):
    """A log line announces metrics and does not hold them as the specification says."""


@dataclass(frozen=True)
class Observations:
    """What one log line says of one metric.

    Attributes:
        key: The metric.
        second: When it was observed, in seconds since 1970.
        values: The observations.
        unit: A CloudWatch unit; None where the line names none.
        resolution: Seconds per datapoint, 1 or 60.
    """

    key: SeriesKey
    second: int
    values: tuple[float, ...]
    unit: str | None
    resolution: int


def embedded(line: str) -> Iterator[Observations]:
    """Yield what a log line says of metrics: nothing where it announces none in `_aws.CloudWatchMetrics`.

    Raises:
        EmbeddedMetricsError: It announces metrics that cannot be read. AWS drops them and counts the line in
            `AWS/Logs` `EMFValidationErrors`; here they are an error, so that nobody takes them for published.
    """
    document = _document(line)
    metadata = document.get("_aws")
    if not isinstance(metadata, dict) or "CloudWatchMetrics" not in metadata:
        return
    try:
        second = int(metadata["Timestamp"]) // 1000
        for directive in metadata["CloudWatchMetrics"]:
            yield from _directive(directive, document, second)
    except (KeyError, TypeError, ValueError) as error:
        raise EmbeddedMetricsError(
            f"the log line is no valid embedded metric format ({type(error).__name__}: {error}): {line}"
        ) from error


def _document(line: str) -> dict[str, Any]:
    try:
        document = json.loads(line)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _directive(
    directive: Mapping[str, Any], document: Mapping[str, Any], second: int
) -> Iterator[Observations]:
    """Yield one metric per set of dimensions and definition."""
    for names in directive["Dimensions"]:
        dimensions = _dimensions(names, document)
        for definition in directive["Metrics"]:
            name = definition["Name"]
            key = SeriesKey.of(directive["Namespace"], name, dimensions)
            resolution = definition.get("StorageResolution", MINUTE)
            yield Observations(key, second, _values(name, document[name]), definition.get("Unit"), resolution)


def _dimensions(names: list[str], document: Mapping[str, Any]) -> dict[str, str]:
    if len(names) > MAX_DIMENSIONS:
        raise ValueError(f"more than {MAX_DIMENSIONS} dimensions")
    dimensions = {name: document[name] for name in names}
    if wrong := [name for name, value in dimensions.items() if not isinstance(value, str)]:
        raise TypeError(f"the value of dimension {wrong[0]} is not a string")
    return dimensions


def _values(name: str, member: Any) -> tuple[float, ...]:
    values = member if isinstance(member, list) else [member]
    if len(values) > MAX_VALUES:
        raise ValueError(f"{name} has more than {MAX_VALUES} values")
    if any(isinstance(value, bool) or not isinstance(value, int | float) for value in values):
        raise TypeError(f"{name} is not a number")
    return tuple(float(value) for value in values)
