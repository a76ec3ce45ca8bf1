"""Gets the minutes in which blue served alone, from tapes or from CloudWatch."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from rich.console import Console
from rich.progress import Progress

from guardian.aws.calls import CONFIG
from guardian.aws.cloudwatch import CloudWatchMetrics
from guardian.aws.codedeploy import CodeDeploy
from guardian.model import Deployment, Minute, Side, TargetGroup
from guardian.observe import Window, assemble, plan
from guardian.policy import Policy
from guardian.ports import Metrics
from guardian.resolve import resolve
from guardian.tape import TapeHeader
from guardian_console.deployment_groups import read_group
from guardian_console.exits import NothingThereError
from guardian_console.tapes import Tape, files_of, read_tapes

if TYPE_CHECKING:
    from mypy_boto3_codedeploy import CodeDeployClient
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client

POINTS_PER_CALL = 100_800
"""Datapoints that one GetMetricData returns (CloudWatch API reference)."""
KEPT_DAYS = 15
"""Days for which CloudWatch keeps values of one minute."""
APART = 10_000_000
"""Minutes between the series of two tapes, so that no placebo spans both."""
BULK = CONFIG.merge(Config(read_timeout=60, retries={"mode": "standard", "total_max_attempts": 8}))
"""A person waits here, not a turn: patience for large answers."""


@dataclass(frozen=True)
class Material:
    """What placebos are cut from.

    Attributes:
        series: Blue's minutes, by minute.
        header: Names what they were recorded of.
        policy: Judges the placebos.
        longer: What to do for more minutes.
        notes: What could not be read, as sentences.
    """

    series: Mapping[int, Minute]
    header: TapeHeader
    policy: Policy
    longer: str
    notes: Sequence[str] = ()


def from_tapes(tapes: Sequence[Tape], policy: Policy | None = None) -> Material:
    """Return what tapes say of blue while green had no traffic; of a minute seen twice the later row counts."""
    series: dict[int, Minute] = {}
    for number, tape in enumerate(tapes):
        for row in sorted(tape.minutes, key=lambda row: row.seen_at):
            if row.weight == 0 and row.blue is not None:
                series[row.minute + number * APART] = row.moved(-number * APART)
    return Material(series, tapes[0].header, policy or tapes[0].policy, "record a longer tape")


def tapes(sources: Sequence[Path]) -> list[Tape]:
    found = []
    for file in files_of(sources):
        for tape in read_tapes(file):
            if not isinstance(tape, Tape):
                raise tape
            found.append(tape)
    return found


def from_account(application: str, group: str, days: int, policy: Policy) -> Material:
    session = boto3.Session()
    with (
        closing(session.client("codedeploy", config=CONFIG)) as codedeploy,
        closing(session.client("elbv2", config=CONFIG)) as elbv2,
        closing(session.client("cloudwatch", config=BULK)) as cloudwatch,
    ):
        deployment = latest(codedeploy, elbv2, application, group)
        return from_metrics(CloudWatchMetrics(cloudwatch), deployment, policy, datetime.now(UTC), days)


def latest(
    codedeploy: "CodeDeployClient", elbv2: "ElasticLoadBalancingv2Client", application: str, group: str
) -> Deployment:
    """Return the deployment group's latest deployment, which names the two target groups. Which is blue is left open.

    Raises:
        UsageError: There is no such deployment group.
        NothingThereError: It never deployed anything.
    """
    found = read_group(codedeploy, application, group)
    attempted = found.get("lastAttemptedDeployment", {}).get("deploymentId")
    if not attempted:
        raise NothingThereError(
            f"{application}/{group} has never deployed anything, and its latest deployment is what names the load "
            "balancer and the target groups to read: deploy once, or give tapes"
        )
    description = CodeDeploy(codedeploy, elbv2).describe(attempted)
    sides = [
        Side(target_group=TargetGroup(name=one["TargetGroupName"], arn=one["TargetGroupArn"]),
             controller_weight=0, listener_weight=0, desired=0, running=0)
        for one in description.target_groups
    ]  # fmt: skip
    if len(sides) != 2:
        raise NothingThereError(f"{application}/{group} has {len(sides)} target groups; blue/green needs two")
    return resolve(description).model_copy(update={"blue": sides[0], "green": sides[1]})


def from_metrics(
    metrics: Metrics, deployment: Deployment, policy: Policy, now: datetime, days: int
) -> Material:
    """Read the minutes of the last days in which only one of the two target groups had requests; that one is blue.

    Raises:
        NothingThereError: There is no such minute.
    """
    queries = plan(deployment, policy, {})
    end = now.replace(second=0, microsecond=0) - timedelta(seconds=policy.window.settle_seconds)
    origin = max(end - timedelta(days=days), now - timedelta(days=KEPT_DAYS)).replace(second=0, microsecond=0)
    total = int((end - origin).total_seconds() // 60)
    chunk = min(POINTS_PER_CALL // len(queries), 24 * 60)
    settling = timedelta(minutes=1, seconds=policy.window.settle_seconds)
    series: dict[int, Minute] = {}
    notes: dict[str, None] = {}
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        for first in progress.track(range(0, total, chunk), description="reading CloudWatch"):
            start, last = (origin + timedelta(minutes=at) for at in (first, min(first + chunk, total)))
            read = metrics.read(queries, start, last)
            seen = assemble(read, Window(start, 0, last + settling), policy.window, lambda _: 0.0)
            rows = (alone(row.moved(-first)) for row in (*seen.final, *seen.open))
            series |= {row.minute: row for row in rows if row is not None}
            notes |= dict.fromkeys(seen.problems)
    if not series:
        raise NothingThereError(_silence(deployment, days, notes))
    header = TapeHeader(id=deployment.id, strategy="linear", max_connections=policy.database.max_connections)
    longer = f"read more days (--days, at most {KEPT_DAYS}), or wait until there are more"
    return Material(series, header, policy, longer, tuple(notes))


def _silence(deployment: Deployment, days: int, notes: Iterable[str]) -> str:
    names = " and ".join(side.target_group.name for side in (deployment.blue, deployment.green) if side)
    span = "the last day" if days == 1 else f"the last {days} days"
    said = (
        f"CloudWatch has no minute of {span} in which one of {names} served requests and the other did not: read more "
        f"days (--days, at most {KEPT_DAYS}), or look whether {deployment.load_balancer} has RequestCount at all"
    )
    return "; ".join([said, *notes])


def alone(row: Minute) -> Minute | None:
    """Return the minute with its only serving colour as blue; None when both served, or neither did."""
    serving = [colour for colour in (row.blue, row.green) if colour is not None and colour.requests]
    return row.model_copy(update={"blue": serving[0], "green": None}) if len(serving) == 1 else None
