"""Plays one deployment and counts what guarding it asks of AWS."""

from collections.abc import Mapping
from typing import Any

from benchmarks.cost.bill import Usage
from benchmarks.cost.counting import CountingHost
from guardian_rehearsal.host import Code
from guardian_rehearsal.play import play
from guardian_rehearsal.scenarios import scenario
from guardian_rehearsal.template import TEMPLATE, load_template

PLAYED = "healthy"
"""The longest of the scenarios: green takes all steps and is watched until blue is gone."""


def count() -> Usage:
    """Return what guarding the played deployment asks."""
    hosts: list[CountingHost] = []

    def host(environment: Mapping[str, str]) -> CountingHost:
        hosts.append(CountingHost(environment))
        return hosts[-1]

    ending = play(scenario(PLAYED), seed=1, code=Code(TEMPLATE, host))
    (counting,) = hosts
    own = {one for one in counting.series if any(part.startswith("service_name=") for part in one)}
    resources = load_template()["Resources"].values()
    return Usage(
        minutes=(ending.records[-1].at - ending.records[0].at).total_seconds() / 60,
        tasks=counting.tasks,
        functions=counting.counted,
        messages=sum(one.calls["sqs:SendMessage"] for one in counting.counted.values()),
        own_metrics=len(own),
        fixed_metrics=len(counting.series - own),
        alarm_metrics=sum(map(_metrics, resources)),
        dashboards=sum(one["Type"] == "AWS::CloudWatch::Dashboard" for one in resources),
    )


def _metrics(resource: Mapping[str, Any]) -> int:
    """Return how many metrics an alarm of the template reads; each is billed."""
    if resource["Type"] != "AWS::CloudWatch::Alarm":
        return 0
    queries = resource["Properties"].get("Metrics")
    return sum("MetricStat" in query for query in queries) if queries else 1
