"""The one snapshot of a contract migration: noted, asked for, waited for."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from guardian_fakes import CHECKOUT, Shop

from guardian.errors import SnapshotFailedError, TemporaryError
from guardian.model import Snapshot, SnapshotState
from guardian_console.contract_snapshot import FAILED, chosen_id, take, wait_for

RELEASE = "d-A1B2C3D4E"
HOUR = timedelta(hours=1)


@pytest.fixture
def shop() -> Shop:
    """A service whose snapshots are found `creating` three times."""
    shop = Shop()
    shop.snapshots.takes = 3
    return shop


def taken(shop: Shop, *, again: bool = False) -> Snapshot:
    return take(shop.gate_ports, CHECKOUT, RELEASE, "shop-db", again=again)


def waited(shop: Shop, snapshot: Snapshot, longest: timedelta = HOUR) -> SnapshotState:
    return wait_for(shop.gate_ports, snapshot, longest, lambda: shop.clock.wait(seconds=15))


def test_g6_only_the_noted_id_is_asked_for_and_waited_for(shop: Shop) -> None:
    """G6: however long it takes and however the clock moves on, there is one id."""
    noted = taken(shop)
    state = waited(shop, noted)
    assert state.available
    assert shop.snapshots.asked == [noted.id]
    assert shop.snapshots.looked_up == [noted.id] * 4
    assert shop.notes.snapshot(CHECKOUT, RELEASE) == noted


def test_g6_the_id_is_noted_before_it_is_asked_for(shop: Shop) -> None:
    """G6: who dies between the two, or is refused, leaves the id that the next one goes on with."""
    shop.snapshots.fail("create", TemporaryError("Rate exceeded"), times=1)
    with pytest.raises(TemporaryError):
        taken(shop)
    noted = shop.notes.snapshot(CHECKOUT, RELEASE)
    assert noted is not None
    shop.clock.wait(minutes=3)
    assert taken(shop) == noted
    assert set(shop.snapshots.asked) == {noted.id}


def test_whoever_waits_no_longer_is_told_how_far_it_is(shop: Shop) -> None:
    """When the time is over the state is what it is, and a later look goes on from there."""
    noted = taken(shop)
    assert waited(shop, noted, timedelta(0)).status == "creating"
    assert waited(shop, noted).available


@pytest.mark.parametrize("status", sorted(FAILED))
def test_a_snapshot_that_will_never_be_is_not_waited_for(shop: Shop, status: str) -> None:
    """A failed one is named with what to do."""
    shop.snapshots.ends = status
    noted = taken(shop)
    with pytest.raises(
        SnapshotFailedError, match=f"{noted.id} is {status}: .* take another one with --again"
    ):
        waited(shop, noted)


def test_another_one_takes_its_place_on_purpose(shop: Shop) -> None:
    """A failed or aged snapshot is replaced when somebody asks for that, and not otherwise."""
    first = taken(shop)
    shop.clock.wait(minutes=1)
    second = taken(shop, again=True)
    assert second.id != first.id
    assert shop.notes.snapshot(CHECKOUT, RELEASE) == second
    assert taken(shop) == second


def test_a_noted_snapshot_of_another_database_is_not_taken_for_this_one(shop: Shop) -> None:
    """When the policy has come to name another database, the old note is refused."""
    shop.notes.note_snapshot(CHECKOUT, RELEASE, Snapshot(id="guardian-1", instance="old-db"))
    with pytest.raises(
        SnapshotFailedError, match="guardian-1 is of old-db, the policy's database is shop-db"
    ):
        taken(shop)
    assert shop.snapshots.asked == []


def test_the_id_is_one_that_rds_takes() -> None:
    """Letters, digits and single hyphens, a letter first, at most 255 (RDS API reference, CreateDBSnapshot)."""
    found = chosen_id("d-A1B2C3D4E", datetime(2026, 11, 20, 12, 0, 5, tzinfo=UTC))
    assert found == "guardian-d-a1b2c3d4e-20261120120005"
    assert re.fullmatch(r"[a-z](?!.*--)[a-z0-9-]{0,253}[a-z0-9]", found)
