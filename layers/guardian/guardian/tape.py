"""The tape: one recorded deployment as JSON Lines, a header and then minutes in the order in which they were seen."""

from collections.abc import Iterable, Iterator
from typing import Any, Literal

from pydantic import Field

from guardian.model import Minute, Value


class TapeHeader(Value):
    """The first line of a tape.

    Attributes:
        id: The deployment.
        strategy: `linear`, `canary`, `all_at_once`, or the name of a configuration that is none of them.
        max_connections: The database's maximum; None when it is not known.
        policy: The policy's keys that were set.
    """

    type: Literal["deployment"] = "deployment"
    schema_: Literal["guardian.tape/1"] = Field("guardian.tape/1", alias="schema")
    id: str
    strategy: str
    max_connections: int | None = None
    policy: dict[str, Any] = {}


def tape_lines(header: TapeHeader, history: Iterable[Minute], minutes: Iterable[Minute]) -> Iterator[str]:
    """Yield the tape's lines without their line ends: the header, blue's history, the shift as it was seen."""
    yield header.model_dump_json(by_alias=True)
    for minute in (*history, *minutes):
        yield '{"type":"minute",' + minute.model_dump_json().removeprefix("{")


def sightings(rows: Iterable[Minute], settle_seconds: int) -> Iterator[Minute]:
    """Yield the rows that a tape needs, out of all that were seen, in their order: whatever tells something new.

    News is a minute that was not seen before, one with other values, and one that has settled since.
    """
    known: dict[int, Minute] = {}
    for row in rows:
        before = known.get(row.minute)
        if (
            before is None
            or before.model_copy(update={"seen_at": row.seen_at}) != row
            or before.has_settled(settle_seconds) is not row.has_settled(settle_seconds)
        ):
            yield row
        known[row.minute] = row


def strategy_of(configuration: str) -> str:
    """Return the kind of shift of a predefined ECS deployment configuration (CodeDeploy user guide)."""
    kinds = {"ECSLinear": "linear", "ECSCanary": "canary", "ECSAllAtOnce": "all_at_once"}
    return next((kind for part, kind in kinds.items() if part in configuration), configuration)
