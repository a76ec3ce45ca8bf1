"""How many requests each colour had lately: what CloudWatch is asked, and what its answer means."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from guardian.contract_check.facts import Requests
from guardian.model import Deployment, Role
from guardian.observe import Column, MetricQuery, Reply, Series
from guardian.observe.queries import ALB
from guardian.policy import Policy

EVERYBODY = Column("shared", "requests")
"""The requests of the load balancer as a whole, which show that the metrics are there."""


def queries(deployment: Deployment) -> tuple[MetricQuery, ...]:
    """Return the series to ask for; none while the colours are not known."""
    if deployment.blue is None or deployment.green is None or not deployment.load_balancer:
        return ()
    balancer = ("LoadBalancer", deployment.load_balancer)
    sides = ((Role.BLUE, deployment.blue), (Role.GREEN, deployment.green))
    return (
        MetricQuery(EVERYBODY, ALB, "RequestCount", (balancer,), "Sum"),
        *(
            MetricQuery(
                Column(role, "requests"), ALB, "RequestCount",
                (balancer, ("TargetGroup", side.target_group.dimension)), "Sum",
            )
            for role, side in sides
        ),
    )  # fmt: skip


def span(policy: Policy, now: datetime) -> tuple[datetime, datetime]:
    """Return the beginning and the end of the latest minutes that CloudWatch no longer revises."""
    end = (now - timedelta(seconds=policy.window.settle_seconds)).replace(second=0, microsecond=0)
    return end - timedelta(minutes=policy.contract.quiet_minutes), end


def counted(series: Sequence[Series], minutes: int) -> Requests:
    """Return the requests of each colour.

    RequestCount is published only while requests flow (ELB user guide, "CloudWatch metrics"), so an empty series of one
    colour is zero where the load balancer has points, and where it has none nobody can tell.
    """
    unread = next((one for one in series if one.reply is not Reply.COMPLETE), None)
    if unread is not None:
        detail = f": {unread.message}" if unread.message else ""
        return Requests(
            minutes=minutes, problem=f"CloudWatch answered {unread.reply} for {unread.query.metric}{detail}"
        )
    sums = {one.query.column: sum(one.points.values()) for one in series if one.points}
    if EVERYBODY not in sums:
        said = f"CloudWatch has no requests of the load balancer in the last {minutes} minutes: unknown is not zero"
        return Requests(minutes=minutes, problem=said)
    return Requests(
        minutes=minutes,
        blue=sums.get(Column(Role.BLUE, "requests"), 0.0),
        green=sums.get(Column(Role.GREEN, "requests"), 0.0),
    )
