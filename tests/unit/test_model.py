"""Values of the domain that compute something."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from guardian.model import Colour, Deployment, History, Minute, Side, TargetGroup


def test_a_target_group_knows_its_cloudwatch_dimension(arn: Callable[[str], str]) -> None:
    """The dimension is what follows the last colon of the ARN."""
    group = TargetGroup(name="checkout-tg-1", arn=arn("checkout-tg-1"))
    assert group.dimension == "targetgroup/checkout-tg-1/73e2d6bc24d8a067"


def test_the_weight_is_the_listeners(
    a_deployment: Callable[..., Deployment], a_side: Callable[..., Side]
) -> None:
    """The listener routes, so a deployment's weight is green's share at the listener."""
    green = a_side(controller_weight=0.5, listener_weight=0.2)
    assert a_deployment(green=green).weight == 0.2
    assert a_deployment(green=None).weight == 0.0


def test_a_row_can_be_counted_from_another_origin() -> None:
    """Moving the origin later makes the row's minute and its tick earlier by as much."""
    row = Minute(minute=-3, seen_at=-1, weight=0.0).moved(10)
    assert (row.minute, row.seen_at) == (-13, -11)


@pytest.mark.parametrize(
    ("later", "expected"),
    [(0, [-3, -2, -1]), (5, [-8, -7, -6]), (-2, [-1])],
    ids=["same-origin", "shift-began-later", "shift-began-before-it-was-read"],
)
def test_history_is_recounted_from_the_shift(noon: datetime, later: int, expected: list[int]) -> None:
    """History counts from when the shift began, and rows after that are no history."""
    rows = tuple(Minute(minute=n, seen_at=n + 2, weight=0.0) for n in (-3, -2, -1))
    history = History(epoch=noon, rows=rows)
    assert [row.minute for row in history.counted_from(noon + timedelta(minutes=later))] == expected


def test_a_value_refuses_fields_it_does_not_know() -> None:
    """A misspelt field is an error, not silently lost."""
    with pytest.raises(ValueError, match="wieght"):
        Minute.model_validate({"minute": 0, "seen_at": 2, "weight": 0.1, "wieght": 0.2})


def test_a_minute_round_trips_through_json(a_shift: Callable[..., list[Minute]]) -> None:
    """A row written to a tape is the row that is read back, to the last digit."""
    for row in a_shift(minutes=3):
        assert Minute.model_validate_json(row.model_dump_json()) == row


def test_values_keep_microseconds_and_no_more() -> None:
    """Observed values keep six decimals, so that a tape holds no digits that only say how a computer divides."""
    side = Colour(latency_p50=0.1 + 0.2, cpu=100 / 3, custom={"checkout": (1 / 3, 2.0)})
    assert (side.latency_p50, side.cpu, side.custom["checkout"]) == (0.3, 33.333333, (0.333333, 2.0))
