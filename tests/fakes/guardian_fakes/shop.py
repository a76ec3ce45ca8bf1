"""One guarded service on the fakes, with users."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from guardian.actions import Action
from guardian.contract_ports import GatePorts
from guardian.decide import ActionKind
from guardian.model import Reach, Service
from guardian.ports import Ports
from guardian.record import DecisionRecord
from guardian.triggers import Trigger, TriggerKind
from guardian.turn import take_turn
from guardian_fakes.clock import HandClock
from guardian_fakes.cloudwatch import FakeMetrics
from guardian_fakes.codedeploy import BLUE, GREEN, LISTENER, FakeCodeDeploy
from guardian_fakes.contract_notes import FakeContractNotes
from guardian_fakes.contracts import FakeContracts
from guardian_fakes.databases import FakeDatabases
from guardian_fakes.fleet import FakeFleet
from guardian_fakes.journal import FakeJournal
from guardian_fakes.notices import FakeNotices
from guardian_fakes.orders import FakeOrders
from guardian_fakes.pauses import FakePauses
from guardian_fakes.policies import FakePolicies
from guardian_fakes.snapshots import FakeSnapshots
from guardian_fakes.switch import FakeSwitch
from guardian_fakes.table import FakeTable
from guardian_fakes.tasks import FakeTasks
from guardian_fakes.turns import FakeTurns
from guardian_fakes.web import FakeWeb

CHECKOUT = Service(application="AppECS-shop-checkout", deployment_group="DgpECS-shop-checkout")
ALB = "AWS/ApplicationELB"
BALANCER = "/".join(LISTENER.partition(":listener/")[2].split("/")[:3])
HISTORY_MINUTES = 75
REQUESTS = 6000.0
"""Requests a minute of both colours together: enough for the judge to be quick and sure."""


@dataclass
class Shop:
    """All fakes together, a release of the service `CHECKOUT`, and the traffic that its users make.

    Attributes:
        calls: Calls of CodeDeploy and of the table in one list, oldest first.
        reach: Which services the installation names.
        release: Id of the deployment.
        errors: Share of green's requests that are answered with 5XX.
        refused: Connections to green that fail, as a share of its requests.
        blue_errors: Share of blue's requests that are answered with 5XX.
        slower: How many times as long green takes to answer.
        shown: Share of a minute's requests that CloudWatch shows at its end, by colour; all where it names none.
        late: Minutes after which CloudWatch shows the rest.
    """

    calls: list[str] = field(default_factory=list)
    clock: HandClock = field(default_factory=HandClock)
    metrics: FakeMetrics = field(default_factory=FakeMetrics)
    policies: FakePolicies = field(default_factory=FakePolicies)
    fleet: FakeFleet = field(default_factory=FakeFleet)
    journal: FakeJournal = field(default_factory=FakeJournal)
    people: FakeNotices = field(default_factory=FakeNotices)
    contracts: FakeContracts = field(default_factory=FakeContracts)
    notes: FakeContractNotes = field(default_factory=FakeContractNotes)
    databases: FakeDatabases = field(default_factory=FakeDatabases)
    pauses: FakePauses = field(default_factory=FakePauses)
    tasks: FakeTasks = field(default_factory=FakeTasks)
    web: FakeWeb = field(default_factory=FakeWeb)
    orders: FakeOrders = field(default_factory=FakeOrders)
    reach: Reach = field(default_factory=lambda: Reach(patterns=("*",)))
    release: str = "d-A1B2C3D4E"
    errors: float = 0.0
    refused: float = 0.0
    blue_errors: float = 0.0
    slower: float = 1.0
    shown: dict[str, float] = field(default_factory=dict)
    late: int = 1

    def __post_init__(self) -> None:
        self._rest: list[tuple[int, Callable[[], None]]] = []
        self.codedeploy = FakeCodeDeploy(self.clock, self.calls)
        self.table = FakeTable(self.calls)
        self.switch = FakeSwitch(self.codedeploy, self.calls)
        self.turns = FakeTurns(self.clock)
        self.snapshots = FakeSnapshots(self.clock)
        now = self.clock.now().replace(second=0)
        for number in range(-HISTORY_MINUTES, 0):
            self.publish(now + timedelta(minutes=number))

    @property
    def ports(self) -> Ports:
        """The fakes as the loop takes them."""
        return Ports(
            reach=self.reach,
            clock=self.clock, controller=self.codedeploy, actuator=self.codedeploy, fleet=self.fleet,
            metrics=self.metrics, watches=self.table, policies=self.policies, ledger=self.table, journal=self.journal,
            switch=self.switch, contracts=self.contracts, databases=self.databases, pauses=self.pauses,
            hooks=self.codedeploy, tasks=self.tasks, web=self.web, orders=self.orders, notices=self.people,
        )  # fmt: skip

    @property
    def gate_ports(self) -> GatePorts:
        """The fakes as the contract gate takes them."""
        return GatePorts(
            clock=self.clock, controller=self.codedeploy, releases=self.codedeploy, story=self.table,
            policies=self.policies, metrics=self.metrics, contracts=self.contracts, notes=self.notes,
            snapshots=self.snapshots,
        )  # fmt: skip

    @property
    def records(self) -> list[DecisionRecord]:
        """Every decision about the release in the ledger, oldest first."""
        return self.table.records(self.release)

    def turn(self, kind: TriggerKind = TriggerKind.TICK) -> DecisionRecord | None:
        """Take one turn over the release."""
        return take_turn(self.release, Trigger(kind=kind), self.ports)

    def decide(self) -> DecisionRecord:
        """Take one turn over the release, which must be under guard."""
        record = self.turn()
        if record is None:
            raise AssertionError("the watch is closed")
        return record

    def shift(self, weight: float) -> None:
        """Give green a share of production traffic."""
        self.codedeploy.shift(self.release, weight)

    def intent(self) -> Action:
        """Return the intent to stop the release as a turn that decides now would write it."""
        return Action(
            kind=ActionKind.STOP_DEPLOYMENT, deployment_id=self.release, decided_by=f"{self.release}-00007",
            intended_at=self.clock.now(), reason="green fails", signal="errors_5xx", weight=0.5,
            blue=BLUE, green=GREEN, listener_arn=LISTENER,
        )  # fmt: skip

    def minutes(self, count: int) -> None:
        """Let so many minutes pass with users in each."""
        for _ in range(count):
            due = [show for left, show in self._rest if left <= 1]
            self._rest = [(left - 1, show) for left, show in self._rest if left > 1]
            for show in due:
                show()
            self.publish(self.clock.now().replace(second=0))
            self.clock.wait(minutes=1)

    def publish(self, minute: datetime) -> None:
        """Publish what users of one minute leave in CloudWatch: a part of it at once, the rest later."""
        weight, wobble = (
            self.codedeploy.weight,
            1 + 0.01 * (minute.minute * 7 % 5 - 2),
        )  # the same in every run
        blue = partial(self._publish, BLUE.dimension, minute, wobble, errors=self.blue_errors)
        green = partial(
            self._publish, GREEN.dimension, minute, wobble,
            errors=self.errors, refused=self.refused, slower=self.slower,
        )  # fmt: skip
        everybody = round(REQUESTS * wobble)
        self.metrics.put(ALB, "RequestCount", {"LoadBalancer": BALANCER}, "Sum", minute, everybody)
        for colour, share, publish in (("blue", 1 - weight, blue), ("green", weight, green)):
            part, requests = self.shown.get(colour, 1.0), REQUESTS * share * wobble
            if share > 0 and part > 0:
                publish(round(requests * part))
            if share > 0 and part < 1:
                self._rest.append((self.late, partial(publish, round(requests))))

    def _publish(
        self, group: str, minute: datetime, wobble: float, requests: float,
        *, errors: float = 0.0, refused: float = 0.0, slower: float = 1.0,
    ) -> None:  # fmt: skip
        sums = {
            "RequestCount": requests,
            "HTTPCode_Target_5XX_Count": round(requests * errors),
            "TargetConnectionErrorCount": round(requests * refused),
        }
        response = {"Average": 0.1, "p50": 0.08, "p90": 0.2, "p99": 0.4}
        values = {(metric, "Sum"): value for metric, value in sums.items() if value}
        values |= {("TargetResponseTime", one): value * wobble * slower for one, value in response.items()}
        values |= {("HealthyHostCount", "Minimum"): 2.0, ("UnHealthyHostCount", "Maximum"): 0.0}
        dimensions = {"LoadBalancer": BALANCER, "TargetGroup": group}
        for (metric, statistic), value in values.items():
            self.metrics.put(ALB, metric, dimensions, statistic, minute, value)
