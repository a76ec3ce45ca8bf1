"""What there is to say about one rehearsal when it is over."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from guardian.model import History
from guardian.record import DecisionRecord
from guardian.tape import TapeHeader, sightings, strategy_of, tape_lines
from guardian_rehearsal.emulator.iam import Access, Decision
from guardian_rehearsal.listening import Heard
from guardian_rehearsal.readback import AlarmChange, AwsSays
from guardian_rehearsal.scenario import Scenario
from guardian_rehearsal.stage import Stage


@dataclass(frozen=True)
class Ending:
    """All that there is to say about one rehearsal.

    Attributes:
        scenario: What was played.
        seed: With which chance.
        deployment_id: The guarded deployment.
        records: Every decision, oldest first, as logged.
        stored: The decisions about the guarded deployment, as they are in the table.
        aws: What AWS says afterwards.
        decided: The decision to act, or what would have been one in mode enforce; None without.
        green_requests: Requests that green had answered by then; without a decision, by the end.
        log: Every line that the functions wrote.
        failures: Exceptions that left a handler, and messages that went back to the queue.
        accesses: What each role asked AWS for, by the role's name, and what came of it.
        alarms: Changes of state of the alarms on Guardian itself, oldest first.
        tape: The deployment as a tape, line by line.
        customers: How many customers probes created.
        left: How many of them are left behind.
        notices: What arrived where people and pipelines are told, oldest first on each channel.
    """

    scenario: Scenario
    seed: int
    deployment_id: str
    records: tuple[DecisionRecord, ...]
    stored: tuple[DecisionRecord, ...]
    aws: AwsSays
    decided: DecisionRecord | None
    green_requests: float
    log: tuple[str, ...]
    failures: tuple[str, ...]
    accesses: Mapping[str, Mapping[Access, Decision]]
    alarms: tuple[AlarmChange, ...]
    tape: tuple[str, ...]
    customers: int = 0
    left: int = 0
    notices: tuple[Heard, ...] = ()


def tape_of(
    stage: Stage, deployment_id: str, history: History | None, records: Sequence[DecisionRecord]
) -> Iterator[str]:
    """Yield the deployment as a tape, put together from what Guardian stored."""
    origin = stage.road.origin
    header = TapeHeader(
        id=deployment_id,
        strategy=strategy_of(next((one.strategy for one in records if one.strategy), "")),
        max_connections=stage.policy.database.max_connections,
        policy=stage.policy.model_dump(mode="json", by_alias=True, exclude_unset=True),
    )
    before = history.counted_from(origin) if history and origin else ()
    seen = (minute for one in records for minute in (*one.minutes, *one.open_minutes))
    return tape_lines(header, before, sightings(seen, stage.policy.window.settle_seconds))
