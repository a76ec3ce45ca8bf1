"""While blue has no traffic: judge green by the same hours of earlier days, read once per clock hour."""

from datetime import datetime, timedelta

from guardian import judge
from guardian.errors import AwsRefusedError, TemporaryError
from guardian.judge import JudgeState
from guardian.model import Deployment, EarlierDays, Minute, Season
from guardian.observe import Reply, days_of, earlier, plan, windows
from guardian.policy import Policy
from guardian.ports import Ports
from guardian.watch import Watch

FEWEST_DAYS, FEWEST_MINUTES = 2, 60
"""Earlier days and usable minutes without which the reference stays as it is."""


def in_season(
    watch: Watch, state: JudgeState, deployment: Deployment, policy: Policy, ports: Ports, now: datetime
) -> tuple[Watch, JudgeState, tuple[str, ...]]:
    """Return (the watch, the state with the habits of this hour, what green is judged against).

    Nothing changes before every minute that is judged from here on has green alone. What cannot be read leaves the
    reference as it is, is noted, and is read again by the next turn.
    """
    if not _alone(watch):
        return watch, state, ()
    hour, known = now.replace(minute=0, second=0, microsecond=0), watch.season
    if known is None or known.hour != hour:
        try:
            earlier_days = _same_hours(watch, deployment, policy, ports, hour)
        except (TemporaryError, AwsRefusedError) as error:
            return watch, state, (*notes(known), f"the same hours of earlier days could not be read: {error}")
        watch, state = seasoned(watch, state, earlier_days, hour)
    return watch, state, notes(watch.season)


def seasoned(
    watch: Watch, state: JudgeState, earlier_days: EarlierDays, hour: datetime
) -> tuple[Watch, JudgeState]:
    """Return the watch and the state with the habits of these rows, unless there are too few of them. Pure."""
    days, minutes = days_of(earlier_days.rows, earlier_days.epoch, hour), len(earlier_days.rows)
    found = Season(hour=hour, of=hour, days=days, minutes=minutes)
    if days < FEWEST_DAYS or minutes < FEWEST_MINUTES:
        # An earlier hour of this bake stays too: it is nearer than the hour before the shift.
        kept = watch.season if watch.season and watch.season.of else found.model_copy(update={"of": None})
        return watch.model_copy(update={"season": kept.model_copy(update={"hour": hour})}), state
    return watch.model_copy(update={"season": found}), judge.rebased(state, earlier_days.rows)


def notes(season: Season | None) -> tuple[str, ...]:
    """Return what green is judged against. Pure."""
    before = "judged against blue's last hour before the shift"
    if season is None:
        return (before,)
    found = f"{season.days} earlier days ({season.minutes} minutes)"
    if season.of is None:
        return (f"{before}: {f'there are only {found}' if season.days else 'no earlier days'}",)
    if season.of != season.hour:
        hour = f"{season.of:%H}:00 UTC"
        return (f"judged against {found} around {hour}, since blue has no traffic and this hour has too few",)
    return (f"judged against the same hours of {found}, since blue has no traffic",)


def _alone(watch: Watch) -> bool:
    """Tell whether green has all of the traffic in every minute that is yet to be folded in."""
    if watch.origin is None or watch.full_since is None:
        return False
    following = 0 if watch.judged_to is None else watch.judged_to + 1
    return watch.origin + timedelta(minutes=following) >= watch.full_since


def _same_hours(
    watch: Watch, deployment: Deployment, policy: Policy, ports: Ports, hour: datetime
) -> EarlierDays:
    """Read the same hours of earlier days and keep them, or return them as another turn kept them.

    Raises:
        TemporaryError: CloudWatch or the table could not answer, or answered in part.
        AwsRefusedError: One of them refused.
    """
    kept = ports.watches.season(watch.deployment_id, hour)
    if kept is not None:
        return kept
    origin = watch.origin or hour
    queries = plan(deployment, _without_colours(policy), {})
    rows: list[Minute] = []
    for start, end in windows(hour):
        series = ports.metrics.read(queries, start, end)
        missing = next((one for one in series if one.reply is not Reply.COMPLETE), None)
        if missing is not None:
            raise TemporaryError(f"CloudWatch answered {missing.reply} for {missing.query.metric}")
        rows.extend(earlier(series, start, end, origin, policy.window))
    return ports.watches.save_season(watch.deployment_id, hour, EarlierDays(epoch=origin, rows=tuple(rows)))


def _without_colours(policy: Policy) -> Policy:
    """Leave out metrics that are named by colour: a group that is green's today was blue's on some of these days."""
    custom = tuple(
        metric for metric in policy.custom
        if not any("{colour}" in value for one in metric.halves.values() for value in one.dimensions.values())
    )  # fmt: skip
    return policy.model_copy(update={"custom": custom})
