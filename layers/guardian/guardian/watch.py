"""Guardian's record of one deployment that it guards: a value, and the pure steps that change it."""

import json
from datetime import datetime
from enum import StrEnum

from pydantic import AwareDatetime, ValidationError

from guardian.judge import JudgeState
from guardian.model import Deployment, Pair, Season, Service, Value

JUDGED = frozenset({"judge", "judged_to", "green_requests", "green_open", "season"})
"""Fields of a watch that follow from the minutes judged so far."""

ALL = 0.995
"""Share from which on green has all of the traffic; listeners' weights are whole numbers."""


class WeightChange(Value):
    """Green's weight, from the moment at which Guardian first read it."""

    at: AwareDatetime
    weight: float


class HeldHook(Value):
    """A lifecycle hook that CodeDeploy still waits for.

    Attributes:
        execution_id: CodeDeploy's id of the hook's execution.
        until: When it is answered at the latest.
    """

    execution_id: str
    until: AwareDatetime


class Channel(StrEnum):
    """A way on which notices go out."""

    TEXT = "text"
    CHAT = "chat"
    EVENT = "event"


class Told(Value):
    """What has been told about a deployment.

    Attributes:
        states: What was told, oldest first, since all was last told to be fine.
        count: How many notices that were, in all.
        missing: Channels on which the last of them could not be told.
    """

    states: tuple[str, ...]
    count: int
    missing: tuple[Channel, ...] = ()


class Watch(Value):
    """One deployment under guard, from the first trigger that saw it until it is closed.

    Attributes:
        deployment_id: Which deployment.
        service: Whose.
        opened_at: When the first trigger saw it.
        origin: Start of the first minute in which green has production traffic; None before.
        judged_to: Last final minute, which has been folded into `judge`; None before the first.
        judge: The judge's state over all final minutes, those up to `judged_to`.
        season: The earlier days whose habits `judge` has since green has all of the traffic; None before.
        pair: Blue's and green's target groups; None before both are known.
        weights: When green's weight was seen to change, oldest first.
        green_requests: Requests that green has answered in the final minutes.
        green_open: Requests that green has answered in the newer minutes, as they were last seen.
        per_task_cpu: Whether the cluster publishes CPU per task; None until it was asked.
        switchovers: Switchovers of the database that were done before green had all of the traffic; None: not known.
        held: The hook that a later turn answers; None when CodeDeploy waits for none.
        undoes: The deployment that this one rolls back; then it is never judged.
        told: What people were told; None before the first notice.
        closed: Why the watch was closed; None while it is open.
        owed_since: Since when its end is to be told; until that is done the watch stays among the open ones.
        version: Counts writes, so that two turns cannot overwrite each other.
    """

    deployment_id: str
    service: Service
    opened_at: AwareDatetime
    origin: AwareDatetime | None = None
    judged_to: int | None = None
    judge: JudgeState | None = None
    season: Season | None = None
    pair: Pair | None = None
    weights: tuple[WeightChange, ...] = ()
    green_requests: float = 0.0
    green_open: float = 0.0
    per_task_cpu: bool | None = None
    switchovers: frozenset[str] | None = None
    held: HeldHook | None = None
    undoes: str | None = None
    told: Told | None = None
    closed: str | None = None
    owed_since: AwareDatetime | None = None
    version: int = 0

    @property
    def done(self) -> bool:
        """Whether nobody needs to look at it any more."""
        return self.closed is not None and self.owed_since is None

    @property
    def green_answered(self) -> float:
        """Requests that green has answered as far as is known; the newest may not be counted yet."""
        return self.green_requests + self.green_open

    @property
    def full_since(self) -> datetime | None:
        """When green was first seen with all of the traffic that it still has; None while it has less."""
        last = self.weights[-1] if self.weights else None
        return last.at if last is not None and last.weight >= ALL else None

    def closing(self, why: str, now: datetime) -> "Watch":
        """Return the watch closed, its end still to be told."""
        return self.model_copy(update={"closed": why, "owed_since": self.owed_since or now})

    def seeing(self, deployment: Deployment, now: datetime) -> "Watch":
        """Return the watch after reading the deployment's weight at `now`."""
        origin = self.origin
        if origin is None and deployment.weight > 0:
            origin = (deployment.shift_began or now).replace(second=0, microsecond=0)
        last = self.weights[-1].weight if self.weights else 0.0
        weights = self.weights
        if deployment.weight != last:
            # The first step happened when the controller says the shift began, not when Guardian looked.
            began = deployment.shift_began if not weights and deployment.shift_began else now
            weights = (*weights, WeightChange(at=began, weight=deployment.weight))
        pair = self.pair or deployment.pair
        return self.model_copy(update={"origin": origin, "weights": weights, "pair": pair})

    def weight_at(self, at: datetime) -> float:
        """Return green's weight as last seen before `at`, 0 to 1."""
        return next((change.weight for change in reversed(self.weights) if change.at < at), 0.0)


def read_watch(text: str) -> Watch:
    """Read a stored watch; a judge's state of another version is left out, so that every minute is judged anew.

    That happens once, to a deployment under way while Guardian is updated. CloudWatch still has its minutes.
    """
    try:
        return Watch.model_validate_json(text)
    except ValidationError:
        keys = json.loads(text)
        return Watch.model_validate_json(json.dumps({key: keys[key] for key in keys if key not in JUDGED}))
