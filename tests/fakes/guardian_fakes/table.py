"""The table of watches, intents and decisions, in memory."""

from datetime import datetime

from guardian.actions import SETTLED, Action
from guardian.errors import ConcurrentTurnError
from guardian.listed import Glance, Listed
from guardian.model import EarlierDays, History
from guardian.record import DecisionRecord
from guardian.triggers import OpenWatch
from guardian.watch import Watch
from guardian_fakes.failing import Failing


class FakeTable(Failing):
    """Implements `Watches`, `Ledger` and `Board`.

    Attributes:
        overtaken: Before so many of the next saves another turn writes the same watch.
    """

    def __init__(self, calls: list[str] | None = None) -> None:
        super().__init__(calls)
        self.overtaken = 0
        self._watches: dict[str, Watch] = {}
        self._histories: dict[str, History] = {}
        self._seasons: dict[tuple[str, datetime], EarlierDays] = {}
        self._actions: dict[str, Action] = {}
        self._records: dict[str, DecisionRecord] = {}

    def find(self, deployment_id: str) -> Watch | None:
        self._called("find")
        return self._watches.get(deployment_id)

    def save(self, watch: Watch) -> Watch:
        self._called("save")
        if self.overtaken:
            self.overtaken -= 1
            self._overtake(watch)
        stored = self._watches.get(watch.deployment_id)
        if watch.version != (stored.version if stored else 0):
            raise ConcurrentTurnError(f"another turn over {watch.deployment_id} was faster")
        saved = watch.model_copy(update={"version": watch.version + 1})
        self._watches[watch.deployment_id] = saved
        return saved

    def open(self) -> list[OpenWatch]:
        self._called("open")
        watches = (one for one in self._watches.values() if not one.done)
        return [OpenWatch(deployment_id=one.deployment_id, service=one.service) for one in watches]

    def history(self, deployment_id: str) -> History | None:
        return self._histories.get(deployment_id)

    def save_history(self, deployment_id: str, history: History) -> None:
        self._called("save_history")
        self._histories[deployment_id] = history

    def season(self, deployment_id: str, hour: datetime) -> EarlierDays | None:
        return self._seasons.get((deployment_id, hour))

    def save_season(self, deployment_id: str, hour: datetime, days: EarlierDays) -> EarlierDays:
        self._called("save_season")
        stored = EarlierDays.model_validate_json(days.model_dump_json())  # rounded as the table has them
        return self._seasons.setdefault((deployment_id, hour), stored)

    def intended(self, deployment_id: str) -> Action | None:
        return self._actions.get(deployment_id)

    def intend(self, action: Action) -> Action:
        self._called("intend")
        return self._actions.setdefault(action.deployment_id, action)

    def conclude(self, action: Action) -> None:
        self._called("conclude")
        standing = self._actions.get(action.deployment_id)
        if standing is not None and standing.outcome not in SETTLED:
            self._actions[action.deployment_id] = action

    def write(self, record: DecisionRecord) -> None:
        self._called("write")
        self._records[record.id] = record

    def records(self, deployment_id: str, first: str = "") -> list[DecisionRecord]:
        """Return every decision about one deployment, oldest first; or those from the record `first` on."""
        mine = (one for one in self._records.values() if one.deployment_id == deployment_id)
        return sorted((one for one in mine if one.id >= first), key=lambda one: one.id)

    def closed(self, most: int) -> list[OpenWatch]:
        self._called("closed")
        watches = sorted(
            (one for one in self._watches.values() if one.closed),
            key=lambda one: (one.opened_at, one.deployment_id),
            reverse=True,
        )
        return [OpenWatch(deployment_id=one.deployment_id, service=one.service) for one in watches[:most]]

    def glance(self, deployment_id: str) -> Glance | None:
        self._called("glance")
        watch = self._watches.get(deployment_id)
        return Glance.read(watch.model_dump_json(), "the watch") if watch else None

    def latest(self, deployment_id: str, most: int) -> list[Listed]:
        self._called("latest")
        newest = self.records(deployment_id)[::-1][:most]
        return [Listed.read(one.to_json(), "the record") for one in newest]

    def _overtake(self, watch: Watch) -> None:
        rival = self._watches.get(watch.deployment_id, watch)
        version = self._watches[watch.deployment_id].version if watch.deployment_id in self._watches else 0
        self._watches[watch.deployment_id] = rival.model_copy(update={"version": version + 1})
