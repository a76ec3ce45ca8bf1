"""What every `Databases` does: the fake and RDS."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from guardian_fakes import FakeDatabases

from guardian.aws.databases import RdsDatabases
from guardian.errors import TemporaryError
from guardian.ports import Databases
from guardian_rehearsal.clock import SimulatedClock
from guardian_rehearsal.emulator.server import EmulatedAws

INSTANCE = "shop-db"


@dataclass
class Stage:
    """A database that has never been switched over.

    Attributes:
        databases: What is tested.
        switch_over: Switches an instance over and returns the id of the blue/green deployment.
        throttle: Answer every call with `Rate exceeded`.
    """

    databases: Databases
    switch_over: Callable[[str], str]
    throttle: Callable[[], None]


def _fake() -> Stage:
    databases = FakeDatabases()

    def switch_over(instance: str) -> str:
        databases.switched.setdefault(instance, set()).add("bgd-1")
        return "bgd-1"

    return Stage(
        databases, switch_over, lambda: databases.fail("switchovers", TemporaryError("Rate exceeded"))
    )


def _real(aws: EmulatedAws) -> Stage:
    rds = aws.client("rds")

    def switch_over(instance: str) -> str:
        source = rds.create_db_instance(
            DBInstanceIdentifier=instance, DBInstanceClass="db.t3.micro", Engine="postgres", AllocatedStorage=20,
            MasterUsername="app", MasterUserPassword="long-enough-password", BackupRetentionPeriod=7,
        )["DBInstance"]["DBInstanceArn"]  # fmt: skip
        made = rds.create_blue_green_deployment(BlueGreenDeploymentName=f"bg-{instance}", Source=source)
        found: str = made["BlueGreenDeployment"]["BlueGreenDeploymentIdentifier"]
        rds.describe_blue_green_deployments()  # the emulated deployment becomes AVAILABLE when it is looked at
        rds.switchover_blue_green_deployment(BlueGreenDeploymentIdentifier=found)
        rds.describe_blue_green_deployments()
        return found

    return Stage(RdsDatabases(rds), switch_over, lambda: aws.faults.throttle("rds", "*"))


@pytest.fixture(params=["fake", "rds"])
def stage(request: pytest.FixtureRequest, clock: SimulatedClock) -> Iterator[Stage]:  # noqa: ARG001 - time stands still
    """A database, in memory or of an emulated RDS."""
    if request.param == "fake":
        yield _fake()
        return
    with EmulatedAws() as aws:
        yield _real(aws)


def test_a_database_that_was_never_switched_over(stage: Stage) -> None:
    """Without a blue/green deployment there is no switchover."""
    assert stage.databases.switchovers(INSTANCE) == frozenset()


def test_a_switchover_is_seen_under_the_name_that_went_over(stage: Stage) -> None:
    """The new instance takes the old one's name, and the deployment is found by it."""
    made = stage.switch_over(INSTANCE)
    assert stage.databases.switchovers(INSTANCE) == {made}


def test_somebody_elses_switchover_is_not_ours(stage: Stage) -> None:
    """A switchover of another instance says nothing about this one."""
    stage.switch_over("billing-db")
    assert stage.databases.switchovers(INSTANCE) == frozenset()


def test_a_throttled_answer_is_temporary(stage: Stage) -> None:
    """A throttled call is temporary; it does not mean that nothing was switched over."""
    stage.throttle()
    with pytest.raises(TemporaryError):
        stage.databases.switchovers(INSTANCE)
