"""Whether what AWS reports amounts to traffic being back on blue. Pure."""

from datetime import timedelta

from guardian.actions import Aftermath, Outcome, SwapAftermath

TIME_TO_CARRY = timedelta(seconds=150)
"""Age of a swap at which blue must have healthy targets: targets of a group without traffic are `unused`, and the
usual health check (every 30 s, two in a row) needs a minute from the moment at which the group is used again."""
FEWEST_ANSWERS = 20
"""Answers of blue below which its share of errors says nothing."""
MOSTLY_FAILING = 0.5
"""Share of 5XX in blue's answers beyond which blue plainly cannot serve."""
TAIL = 0.1
"""Green's requests over blue's up to which traffic has left green: sticky sessions and connections stay a while."""


def verify_stop(after: Aftermath, *, ours: bool) -> tuple[Outcome, str]:
    """Judge a stop with rollback.

    Args:
        after: What AWS reports.
        ours: Whether it was Guardian's request that AWS took.
    """
    if after.status == "Succeeded":
        return (
            Outcome.REFUSED,
            "the deployment had succeeded and blue is gone; deploy the previous revision to undo it",
        )
    if after.status not in ("Stopped", "Failed"):
        told = "was told to stop and" if ours else "has not taken StopDeployment yet and"
        return Outcome.UNVERIFIED, f"the deployment {told} is still {after.status}"
    if after.rollback_id is None:
        return (
            Outcome.UNVERIFIED,
            f"the deployment is {after.status} and no rollback deployment has appeared yet",
        )
    if after.rollback_status != "Succeeded":
        return Outcome.UNVERIFIED, f"rollback deployment {after.rollback_id} is {after.rollback_status}"
    if after.blue_weight < 1:
        return (
            Outcome.UNVERIFIED,
            f"{after.rollback_id} succeeded but blue has {after.blue_weight:.0%} at the listener",
        )
    done = (
        f"deployment {after.status}, rollback deployment {after.rollback_id} Succeeded, listener 100% on blue"
    )
    return (Outcome.DONE if ours else Outcome.ALREADY_DONE), done


def verify_swap(after: SwapAftermath, needs: int) -> tuple[Outcome, str]:
    """Judge a swap of the listener: weights, blue's health, and that green's requests fall.

    Args:
        after: What AWS reports.
        needs: Healthy tasks that blue must have.
    """
    if after.blue_weight < 1:
        return Outcome.UNVERIFIED, f"blue has {after.blue_weight:.0%} at the listener"
    if after.blue.healthy < needs:
        return (
            Outcome.UNVERIFIED,
            f"the listener gives blue everything, and {after.blue.healthy} of the {needs} tasks it needs are healthy",
        )
    if after.blue_requests is None:
        return (
            Outcome.UNVERIFIED,
            "the listener gives blue everything and blue is healthy; its requests are not counted yet",
        )
    if after.green_requests > TAIL * after.blue_requests:
        return (
            Outcome.UNVERIFIED,
            (
                f"the listener gives blue everything, and green still answered {after.green_requests:,.0f} requests "
                f"beside blue's {after.blue_requests:,.0f}"
            ),
        )
    return (
        Outcome.DONE,
        (
            f"listener 100% on blue, {after.blue.healthy} tasks of blue healthy, green's requests have fallen to "
            f"{after.green_requests:,.0f} beside blue's {after.blue_requests:,.0f}"
        ),
    )


def must_be_reversed(after: SwapAftermath, needs: int, age: timedelta) -> str | None:
    """Return why traffic must go back to green, since blue cannot carry it; None when it need not.

    Args:
        after: What AWS reports.
        needs: Healthy tasks that blue must have.
        age: Time since the listener was asked to swap.
    """
    if after.blue_weight < 1:
        return None
    if min(after.blue.registered, after.blue.running) == 0:
        return "blue has no task left"
    answered = after.blue_requests or 0.0
    if answered >= FEWEST_ANSWERS and after.blue_errors > MOSTLY_FAILING * answered:
        return f"blue answers {after.blue_errors / answered:.0%} of its requests with 5XX"
    if age >= TIME_TO_CARRY and after.blue.healthy < needs:
        seconds = age.total_seconds()
        return f"{after.blue.healthy} of the {needs} tasks that blue needs are healthy after {seconds:.0f} s"
    return None
