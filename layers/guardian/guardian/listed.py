"""What lists show of decisions and watches: a few fields, read leniently, so that those of other versions show too.

A decision record holds far more (`record.py`) and is refused when a field of it is not known; a list over months holds
records of several versions and leaves out what it does not show.
"""

from collections.abc import Sequence
from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from guardian.decide import LOUD, DecisionKind
from guardian.errors import RecordUnreadableError
from guardian.model import Pair, Service


class _Stored(BaseModel):
    """A part of an item of the table."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    @classmethod
    def read(cls, text: str, where: str) -> Self:
        """Read it from stored JSON.

        Raises:
            RecordUnreadableError: A field is missing or says what this version does not know.
        """
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise RecordUnreadableError(
                f"{where} cannot be read: look at the item, and update Guardian if it is from a later version"
            ) from error


class Listed(_Stored):
    """A decision as a list shows it; the fields are those of the decision record."""

    at: AwareDatetime
    sentence: str
    decision: DecisionKind
    would: DecisionKind | None = None
    signal: str | None = None
    deployment_id: str
    service: Service

    @property
    def loud(self) -> bool:
        """Whether somebody should look: anything but fine, also where the mode held it back."""
        return self.decision in LOUD or self.would is not None


class _Weight(_Stored):
    weight: float


class Glance(_Stored):
    """A watch as a list shows it; the fields are those of the watch."""

    deployment_id: str
    service: Service
    pair: Pair | None = None
    weights: tuple[_Weight, ...] = ()

    @property
    def weight(self) -> float:
        """Green's share of production traffic as it was last seen, 0 to 1."""
        return self.weights[-1].weight if self.weights else 0.0


class Run(BaseModel):
    """Decisions of one deployment that say the same turn after turn.

    Attributes:
        newest: The last of them, whose sentence has the latest numbers.
        since: When the first of them was made, as far as was read.
        times: How many they are.
    """

    model_config = ConfigDict(frozen=True)

    newest: Listed
    since: AwareDatetime
    times: int = 1


def runs(told: Sequence[Listed]) -> tuple[Run, ...]:
    """Put the loud ones of one deployment's decisions together, newest first as they are given. Pure."""
    found: list[Run] = []
    before: Listed | None = None
    for one in told:
        if one.loud and before is not None and _kind(one) == _kind(before):
            found[-1] = found[-1].model_copy(update={"since": one.at, "times": found[-1].times + 1})
        elif one.loud:
            found.append(Run(newest=one, since=one.at))
        before = one
    return tuple(found)


def _kind(told: Listed) -> tuple[DecisionKind, DecisionKind | None, str | None]:
    return told.decision, told.would, told.signal
