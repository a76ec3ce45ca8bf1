"""In-memory stand-ins for every port of `guardian.ports`; `tests/contract` holds them to what the adapters do."""

from guardian_fakes.clock import HandClock
from guardian_fakes.cloudwatch import FakeMetrics
from guardian_fakes.codedeploy import BLUE, GREEN, LISTENER, FakeCodeDeploy
from guardian_fakes.contract_notes import FakeContractNotes
from guardian_fakes.contracts import FakeContracts
from guardian_fakes.databases import FakeDatabases
from guardian_fakes.failing import Failing
from guardian_fakes.fleet import FakeFleet
from guardian_fakes.journal import FakeJournal
from guardian_fakes.notices import FakeNotices
from guardian_fakes.orders import FakeOrders
from guardian_fakes.pauses import FakePauses
from guardian_fakes.policies import FakePolicies
from guardian_fakes.shop import CHECKOUT, Shop
from guardian_fakes.snapshots import FakeSnapshots
from guardian_fakes.switch import FakeSwitch
from guardian_fakes.table import FakeTable
from guardian_fakes.tasks import FakeTasks
from guardian_fakes.turns import FakeTurns
from guardian_fakes.web import FakeWeb

__all__ = [
    "BLUE",
    "CHECKOUT",
    "GREEN",
    "LISTENER",
    "Failing",
    "FakeCodeDeploy",
    "FakeContractNotes",
    "FakeContracts",
    "FakeDatabases",
    "FakeFleet",
    "FakeJournal",
    "FakeMetrics",
    "FakeNotices",
    "FakeOrders",
    "FakePauses",
    "FakePolicies",
    "FakeSnapshots",
    "FakeSwitch",
    "FakeTable",
    "FakeTasks",
    "FakeTurns",
    "FakeWeb",
    "HandClock",
    "Shop",
]
