"""What the bake must have lived through: its time, the hours of a day and a night, and the jobs."""

from datetime import UTC, datetime, timedelta

from guardian.contract_check.facts import Facts, Item
from guardian.model import Finding
from guardian.policy import Policy

HOUR = timedelta(hours=1)
UNSEEN = "Guardian has not seen green with all of the traffic"


def bake(facts: Facts, policy: Policy, now: datetime) -> Item:
    """Tell whether the bake time is over."""
    if facts.since is None:
        return Item(name="bake", fulfilled=None, sentence=UNSEEN)
    served = (now - facts.since) / HOUR
    left = policy.bake.hours - served
    said = f"green has had all of the traffic for {served:.1f} of {policy.bake.hours:g} hours"
    return Item(
        name="bake", fulfilled=left <= 0, sentence=said if left <= 0 else f"{said}, {left:.1f} are left"
    )


def hours(facts: Facts, policy: Policy, now: datetime) -> Item:
    """Tell whether every hour of the day that matters has passed whole with green alone, and was looked at."""
    night = policy.contract.night
    wanted = sorted({*policy.contract.peaks, *(() if night is None else (night,))})
    if not wanted:
        return Item(name="hours", fulfilled=True, sentence="the policy asks for no hours of the day")
    if facts.since is None:
        return Item(name="hours", fulfilled=None, sentence=UNSEEN)
    passed = _whole_hours(facts.since, now)
    judged = {one.at.astimezone(UTC).hour for one in facts.baked if one.verdict is not Finding.NO_DATA}
    missing = [hour for hour in wanted if hour not in passed]
    blind = [hour for hour in wanted if hour in passed and hour not in judged]
    if missing:
        said = f"green has not been alone for the whole hour from {_clock(missing)} UTC"
        return Item(name="hours", fulfilled=False, sentence=said)
    if blind:
        said = f"in the hour from {_clock(blind)} UTC no minute of green was judged"
        return Item(name="hours", fulfilled=None, sentence=said)
    return Item(
        name="hours", fulfilled=True, sentence=f"green was alone in the hours from {_clock(wanted)} UTC"
    )


def jobs(facts: Facts, policy: Policy) -> Item:
    """Tell whether every named job was ticked off while green was alone."""
    wanted, since = policy.contract.jobs, facts.since
    if not wanted:
        return Item(name="jobs", fulfilled=True, sentence="the policy names no jobs")
    if since is None:
        return Item(name="jobs", fulfilled=None, sentence=UNSEEN)
    ticks = {tick.job: tick for tick in facts.ticks}
    said = []
    for job in wanted:
        tick = ticks.get(job)
        if tick is None:
            said.append(f"{job} has no tick")
        elif tick.at < since:
            said.append(f"{job} was ticked at {tick.at:%Y-%m-%d %H:%M}, before green was alone")
        else:
            said.append(f"{job} was ticked at {tick.at:%Y-%m-%d %H:%M} by {tick.by}")
    done = all(job in ticks and ticks[job].at >= since for job in wanted)
    return Item(name="jobs", fulfilled=done, sentence="; ".join(said))


def _whole_hours(since: datetime, now: datetime) -> set[int]:
    """Return the hours of the day (UTC) that lie whole between the two moments on some day."""
    first = since.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    if first < since:
        first += HOUR
    whole = max(0, (now - first) // HOUR)
    return {(first + number * HOUR).hour for number in range(min(whole, 24))}


def _clock(hours: list[int]) -> str:
    return ", ".join(f"{hour:02d}:00" for hour in hours)
