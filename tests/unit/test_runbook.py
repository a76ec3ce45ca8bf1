"""What a person reads when blue no longer fits the schema."""

import shlex
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from guardian.model import Contract, Deployment, Service, Snapshot
from guardian.runbook import restore_steps


@pytest.fixture
def steps(a_deployment: Callable[..., Deployment], noon: datetime) -> Callable[..., tuple[str, ...]]:
    """Return the steps at noon, with a snapshot of forty minutes before unless told otherwise."""

    def build(
        snapshot: Snapshot | None, instance: str | None = "shop-db", *, marked: bool = True
    ) -> tuple[str, ...]:
        mark = Contract(
            service=Service(application="a", deployment_group="g"), deployment_id="d-A1B2C3D4E", at=noon, by="bot",
            snapshot=snapshot,
        )  # fmt: skip
        return restore_steps(mark if marked else None, instance, a_deployment(), noon)

    return build


def test_a21_the_snapshot_its_age_and_what_is_lost(
    steps: Callable[..., tuple[str, ...]], noon: datetime
) -> None:
    """A21: id, age and the window of lost writes are named, and the commands hold them."""
    found = steps(Snapshot(id="pre-contract-7", instance="shop-db", taken_at=noon - timedelta(minutes=40)))
    assert any(
        "pre-contract-7" in step and "writes of the last 40 minutes are lost" in step for step in found
    )
    assert (
        "aws rds restore-db-instance-from-db-snapshot --db-instance-identifier shop-db-restored "
        "--db-snapshot-identifier pre-contract-7"
    ) in found
    assert any("connection strings" in step for step in found)


def test_a53_fixing_forward_comes_first_and_nothing_is_said_to_be_restored(
    steps: Callable[..., tuple[str, ...]],
) -> None:
    """A53: the way forward is the first step, and no step promises that data comes back."""
    found = steps(None)
    assert found[0].startswith("fix forward")
    assert "lost" in found[1]


@pytest.mark.parametrize("marked", [True, False], ids=["no snapshot", "no mark"])
def test_without_a_snapshot_the_steps_say_how_to_find_one(
    steps: Callable[..., tuple[str, ...]], marked: bool
) -> None:
    """An unknown snapshot is a place to fill in, with the command that lists what there is."""
    found = steps(None, marked=marked)
    assert any(
        step.startswith("aws rds describe-db-snapshots --db-instance-identifier shop-db") for step in found
    )
    assert any("--db-snapshot-identifier SNAPSHOT" in step for step in found)


def test_what_is_printed_for_a_shell_is_quoted(steps: Callable[..., tuple[str, ...]]) -> None:
    """A name with a blank and a semicolon stays one argument."""
    found = steps(Snapshot(id="x; rm -rf /", instance="shop-db"))
    (command,) = [step for step in found if "restore-db-instance" in step]
    assert shlex.split(command)[-1] == "x; rm -rf /"
