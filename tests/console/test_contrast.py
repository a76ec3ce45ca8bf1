"""Another policy over what the loop recorded."""

from datetime import timedelta

import pytest
from guardian_fakes import CHECKOUT, Shop

from guardian.decide import DecisionKind
from guardian.model import Pause
from guardian.policy import Policy, parse_policy
from guardian_console.contrast import contrasted
from guardian_console.recordings import Recording, with_shelf

LENIENT = parse_policy({"errors": {"tolerance": 90, "limit": 99}}, "a test")


def failing(mode: str, pause: Pause | None = None) -> Recording:
    """Return the recording of a release whose green fails a fifth of its requests, under a policy of some mode."""
    shop = Shop()
    shop.policies.put(CHECKOUT, mode=mode)
    shop.codedeploy.create(CHECKOUT, shop.release)
    shop.codedeploy.begin(shop.release)
    shop.turn()
    if pause is not None:
        shop.pauses.set_pause(shop.release, pause)
    shop.shift(0.5)
    shop.errors = 0.2
    for _ in range(8):
        shop.minutes(1)
        shop.turn()
    return with_shelf(Recording(shop.release, tuple(shop.records)), shop.table)


def test_what_a_mode_held_back_is_a_difference_too() -> None:
    """In mode observe both policies proceed; that one of them would have rolled back is the difference."""
    found = contrasted(failing("observe"), LENIENT)
    assert found.recorded is not None
    assert found.other is not None
    assert found.recorded.decision is found.other.decision is DecisionKind.PROCEED
    assert found.recorded.would is DecisionKind.ROLL_BACK is not found.other.would
    assert (found.recorded_rollback, found.other_rollback) == (None, None)


@pytest.mark.parametrize(
    ("policy", "would"),
    [(Policy(), DecisionKind.ROLL_BACK), (parse_policy({"mode": "enforce"}, "a test"), None)],
    ids=["as-recorded", "as-the-policy-sets-it"],
)
def test_the_mode_is_the_recorded_one_unless_the_policy_sets_it(
    policy: Policy, would: DecisionKind | None
) -> None:
    """A policy without a mode is compared in the mode of the time, so that only its limits differ."""
    found = contrasted(failing("observe"), policy)
    assert (found.recorded is None) is (would is not None)
    assert (found.other_rollback is None) is (would is not None)


def test_a_pause_holds_under_the_other_policy_too() -> None:
    """A person's pause would have held the other policy back as well."""
    now = Shop().clock.now()
    pause = Pause(by="anna", why="x", at=now, until=now + timedelta(hours=1))
    found = contrasted(failing("enforce", pause), Policy())
    assert (found.recorded, found.other_rollback) == (None, None)
