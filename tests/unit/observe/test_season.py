"""The same hours of earlier days: their windows, and the service out of two target groups that trade places."""

from datetime import UTC, datetime, timedelta

from guardian.model import Minute, Role
from guardian.observe import Column, MetricQuery, Reply, Series, days_of, earlier, windows
from guardian.policy import WindowPolicy

HOUR = datetime(2026, 11, 20, 12, tzinfo=UTC)
START, END = HOUR - timedelta(days=1, minutes=30), HOUR - timedelta(days=1) + timedelta(minutes=90)


def requests(role: Role, each: float, reply: Reply = Reply.COMPLETE) -> Series:
    """Return a group's requests, the same in each minute of yesterday's window."""
    query = MetricQuery(Column(role, "requests"), "AWS/ApplicationELB", "RequestCount", (), "Sum")
    points = {START + timedelta(minutes=number): each for number in range(120)} if each else {}
    return Series(query, points, reply)


def rows(blue: Series, green: Series, origin: datetime = HOUR) -> tuple[Minute, ...]:
    """Return yesterday's minutes of the service."""
    return earlier([blue, green], START, END, origin, WindowPolicy())


def test_windows_are_the_clock_hour_with_half_an_hour_on_both_sides() -> None:
    """Seven earlier days, oldest first, yesterday last."""
    found = windows(HOUR)
    assert (len(found), found[-1]) == (7, (START, END))
    assert found[0][0] == HOUR - timedelta(days=7, minutes=30)


def test_the_group_that_served_stands_for_the_service() -> None:
    """Whichever group had the traffic on that day, its minutes are blue's."""
    for found in (
        rows(requests(Role.BLUE, 600), requests(Role.GREEN, 0)),
        rows(requests(Role.BLUE, 6), requests(Role.GREEN, 600)),
    ):
        assert {(row.blue.requests, row.green) for row in found if row.blue} == {(600.0, None)}
        assert [row.minute for row in found] == list(range(-24 * 60 - 30, -24 * 60 + 90))


def test_minutes_of_another_shift_are_left_out() -> None:
    """With less than 95 % on one group another deployment was shifting, or nothing was known."""
    assert rows(requests(Role.BLUE, 600), requests(Role.GREEN, 60)) == ()
    assert rows(requests(Role.BLUE, 600), requests(Role.GREEN, 0, Reply.INTERNAL_ERROR)) == ()
    assert rows(requests(Role.BLUE, 0), requests(Role.GREEN, 0)) == ()


def test_green_is_never_its_own_reference() -> None:
    """In a bake of more than a day, minutes from the first step on are no earlier day."""
    found = rows(requests(Role.BLUE, 600), requests(Role.GREEN, 0), START + timedelta(minutes=50))
    assert [row.minute for row in found] == list(range(-50, 0))


def test_a_window_is_of_one_day() -> None:
    """The half hour before the clock hour belongs to the same day as the hour."""
    found = rows(requests(Role.BLUE, 600), requests(Role.GREEN, 0))
    assert days_of(found, HOUR, HOUR) == 1
