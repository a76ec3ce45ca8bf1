"""Plays one deployment: simulated time moves from one due thing to the next; AWS and Guardian do the rest."""

import heapq
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from guardian.aws.table import Table
from guardian.decide import DecisionKind
from guardian.record import DecisionRecord
from guardian_rehearsal.application import Customers
from guardian_rehearsal.ending import Ending, tape_of
from guardian_rehearsal.host import SOURCES, Code, Host
from guardian_rehearsal.interventions import Scene
from guardian_rehearsal.lambda_service import LambdaService, decisions
from guardian_rehearsal.migration import Migration, begin_migration, end_migration
from guardian_rehearsal.readback import AlarmChange, alarm_changes, ask_aws, listener_weights
from guardian_rehearsal.road import MINUTE
from guardian_rehearsal.scenario import Scenario
from guardian_rehearsal.stage import BEGIN, Stage, set_stage
from guardian_rehearsal.world import deploy

TICK_SECOND = 23
"""Second of the minute at which the schedule fires; EventBridge Scheduler keeps the minute, not its beginning."""
ALARM_SECOND = 8
"""Second of the minute at which CloudWatch evaluates alarms."""
MIGRATE_AFTER, MIGRATED_AFTER = timedelta(seconds=4), timedelta(seconds=33)
"""When, after the beginning, the release's pipeline runs the migration, and when that ends."""
RELEASE_AFTER = timedelta(seconds=41)
"""When, after the beginning, somebody releases green."""
VERSION = "2"
"""What is released."""
LONGEST = timedelta(minutes=90)
"""When a rehearsal that has not ended is given up."""
ENDED = frozenset({"Succeeded", "Failed", "Stopped"})
"""Statuses in which a deployment stays."""

Watcher = Callable[[DecisionRecord], None]
"""Is told of every decision as soon as it is made."""


def play(
    scenario: Scenario, seed: int = 1, watcher: Watcher = lambda _: None, code: Code = SOURCES
) -> Ending:
    """Build the world, release green, and let time pass until everything is over."""
    with (
        set_stage(scenario, seed, code.template) as stage,
        closing(code.host(stage.aws.environment())) as host,
    ):
        return _Play(scenario, seed, stage, host, watcher).run()


@dataclass
class _Play:
    scenario: Scenario
    seed: int
    stage: Stage
    host: Host
    watcher: Watcher
    records: list[DecisionRecord] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    weight: float = 0.0
    over_at: datetime | None = None
    deployment_id: str = ""

    def __post_init__(self) -> None:
        self._agenda: list[tuple[datetime, int, Callable[[], None]]] = []
        self._entries = 0
        self._lambda = LambdaService(self.stage.aws, self.stage.installation, self.host, self._at)

    def run(self) -> Ending:
        if self.scenario.migration is not None:
            self._at(BEGIN + MIGRATE_AFTER, partial(self._migrate, self.scenario.migration))
        self._at(BEGIN + RELEASE_AFTER, self._release)
        for second, action in (
            (60, self._end_minute),
            (60 + ALARM_SECOND, self._alarms),
            (TICK_SECOND, self._tick),  # Guardian ran before: its alarms know of a tick when they first look
        ):
            self._every_minute(BEGIN + timedelta(seconds=second), action)
        while not self._is_over():
            self._step()
        return self._ending()

    def _at(self, moment: datetime, action: Callable[[], None]) -> None:
        self._entries += 1
        heapq.heappush(self._agenda, (moment, self._entries, action))

    def _every_minute(self, moment: datetime, action: Callable[[], None]) -> None:
        def again() -> None:
            self._at(moment + MINUTE, lambda: self._every_minute(moment + MINUTE, action))
            action()

        self._at(moment, again)

    def _step(self) -> None:
        """Move to the next thing that is due, let it happen, and carry what AWS sends out because of it."""
        codedeploy, road = self.stage.aws.codedeploy, self.stage.road
        shift, metrics, planned = codedeploy.next_due(), road.next_due(), self._agenda[0][0]
        moment = min(due for due in (shift, metrics, planned) if due is not None)
        self.stage.clock.move_to(moment)
        if shift is not None and shift <= moment:
            codedeploy.advance()
            self._route()
        road.deliver(moment)
        if planned <= moment:
            heapq.heappop(self._agenda)[2]()
        self._deliver()
        self._route()  # also what Guardian or somebody else has done to the listener

    def _migrate(self, migration: Migration) -> None:
        task = begin_migration(self.stage.aws, self.stage.world, VERSION)
        self._at(BEGIN + MIGRATED_AFTER, partial(end_migration, task, migration))

    def _release(self) -> None:
        self.deployment_id = deploy(self.stage.aws, self.stage.world, VERSION)

    def _end_minute(self) -> None:
        dimensions = self.stage.dimensions()
        green = dimensions.green_target_group is not None
        self.stage.road.end_minute(self.stage.clock.now(), dimensions, green=green)

    def _alarms(self) -> None:
        self.stage.aws.cloudwatch.evaluate_alarms()

    def _tick(self) -> None:
        self._lambda.tick(self.stage.clock.now())
        self._lambda.pump()

    def _route(self) -> None:
        """Let users go where the listener sends them."""
        weight = listener_weights(self.stage.aws, self.stage.world)[self.stage.green]
        if weight == self.weight:
            return
        if self.stage.road.origin is None:
            self._begin_refusals()
            self._begin_interventions()
        self.weight = weight
        self.stage.road.set_weight(self.stage.clock.now(), weight)
        if self.stage.site is not None:
            self.stage.site.route(weight)

    def _begin_refusals(self) -> None:
        now = self.stage.clock.now()
        for one in self.scenario.refusals:
            self.stage.aws.faults.fail_between(
                now + one.first * MINUTE, now + one.last * MINUTE, one.service, one.operation,
                code=one.code, message=one.message, http_status=400,
            )  # fmt: skip

    def _begin_interventions(self) -> None:
        scene = Scene(self.stage.aws, self.stage.world, self.stage.installation, self.deployment_id)
        for one in self.scenario.interventions:
            self._at(self.stage.clock.now() + one.minute * MINUTE, partial(one.deed, scene))

    def _deliver(self) -> None:
        """Carry deliveries and messages until nothing is waiting, then tell of the decisions."""
        while deliveries := list(self.stage.aws.outbox.take_all()):
            for delivery in deliveries:
                self._lambda.carry(delivery)
            self._lambda.pump()
        lines = self.host.log_lines()
        self.log.extend(lines)
        self.stage.aws.cloudwatch.read_log(lines)
        for decision in decisions(lines):
            record = DecisionRecord.model_validate(decision)
            self.records.append(record)
            self.watcher(record)

    def _is_over(self) -> bool:
        now = self.stage.clock.now()
        if now - BEGIN >= LONGEST:
            return True
        if self.over_at is None and now.second == 0 and self.deployment_id and self._has_ended():
            self.over_at = now
        return self.over_at is not None and now - self.over_at >= self.scenario.watched * MINUTE

    def _has_ended(self) -> bool:
        """Tell whether the deployment is over, and its rollback too if there is one."""
        says = ask_aws(self.stage.aws, self.stage.world, self.deployment_id)
        return says.status in ENDED and (says.rollback_id is None or says.rollback_status in ENDED)

    def _ending(self) -> Ending:
        decided = next(
            (one for one in self.records if DecisionKind.ROLL_BACK in (one.decision, one.would)), None
        )
        until = decided.at if decided else self.stage.clock.now()
        table = Table(self.stage.aws.client("dynamodb"), self.stage.installation.table)
        stored = tuple(table.records(self.deployment_id))
        history = table.history(self.deployment_id)
        customers = self.stage.site.customers if self.stage.site else Customers()
        return Ending(
            scenario=self.scenario, seed=self.seed, deployment_id=self.deployment_id, records=tuple(self.records),
            stored=stored, aws=ask_aws(self.stage.aws, self.stage.world, self.deployment_id), decided=decided,
            green_requests=self.stage.road.green_requests(until), log=tuple(self.log),
            failures=tuple(self._lambda.failures), accesses=self.stage.aws.iam.decisions,
            alarms=self._own_alarms(),
            tape=tuple(tape_of(self.stage, self.deployment_id, history, stored)),
            customers=customers.created, left=len(customers.kept), notices=tuple(self.stage.people.heard()),
        )  # fmt: skip

    def _own_alarms(self) -> tuple[AlarmChange, ...]:
        names = {*self.stage.installation.alarms.values(), self.stage.world.rollback_alarm}
        return tuple(one for one in alarm_changes(self.stage.aws) if one.alarm in names)
