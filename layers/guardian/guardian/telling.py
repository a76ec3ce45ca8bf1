"""Tells people what a turn changed, once, and sees to it that what could not be told is tried again.

What was told is saved after it was sent: whoever dies in between tells it once more, with the same id.
"""

from contextlib import suppress
from datetime import datetime, timedelta

from guardian.errors import AwsRefusedError, TemporaryError
from guardian.model import Deployment
from guardian.notices import Notice, after, channels_for, notice_of
from guardian.ports import Ports
from guardian.record import DecisionRecord
from guardian.watch import Channel, Watch

GIVE_UP_AFTER = timedelta(hours=1)
"""How long the end of a watch is tried to be told, a turn each minute; any other state is tried until it passes."""


def reopened(watch: Watch | None) -> Watch | None:
    """Return a watch whose end is still to be told as an open one, so that a turn closes it and tells again. Pure."""
    owed = watch is not None and watch.closed is not None and not watch.done
    return watch.model_copy(update={"closed": None}) if owed and watch is not None else watch


def tell(watch: Watch, record: DecisionRecord, deployment: Deployment | None, ports: Ports) -> None:
    """Tell what the turn changed, if anything; whatever fails here does not fail the turn."""
    notice = notice_of(watch, record, deployment)
    if notice is None or not (channels_for(watch.told, notice) or watch.owed_since):
        return
    stored = _latest(watch, ports)
    missing = _send(stored, notice, ports)
    told = {"told": after(stored.told, notice, missing), "owed_since": _owed(stored, missing, record)}
    with suppress(TemporaryError, AwsRefusedError):  # then the next turn tells it again, with the same id
        ports.watches.save(stored.model_copy(update=told))


def _latest(watch: Watch, ports: Ports) -> Watch:
    """Return the watch as it is kept: another turn, or this one when it answered a hook, may have written it since."""
    try:
        return ports.watches.find(watch.deployment_id) or watch
    except (TemporaryError, AwsRefusedError):
        return watch


def _send(stored: Watch, notice: Notice, ports: Ports) -> tuple[Channel, ...]:
    """Send it on the channels that lack it; return those on which it could not be."""
    channels = channels_for(stored.told, notice)
    if not channels:
        return ()
    failures = ports.notices.tell(notice, channels)
    ports.journal.told(notice, failures)
    return tuple(channel for channel in channels if channel in failures)


def _owed(stored: Watch, missing: tuple[Channel, ...], record: DecisionRecord) -> datetime | None:
    since = stored.owed_since
    return since if missing and since is not None and record.at - since < GIVE_UP_AFTER else None
