"""The tape: which of the rows that were seen it needs."""

from guardian.model import Colour, Minute
from guardian.tape import sightings

SETTLE = 120


def row(minute: int, seen_at: int, requests: float = 9.0) -> Minute:
    """Build a row of a minute with green's requests in it."""
    return Minute(minute=minute, seen_at=seen_at, weight=0.1, green=Colour(requests=requests))


def test_a_minute_is_written_again_when_it_was_revised() -> None:
    """Rows come in the order in which they were seen, and one without news is left out."""
    seen = [row(0, 1, 5.0), row(0, 2, 9.0), row(1, 2, 5.0), row(0, 2, 9.0), row(1, 2, 6.0)]
    assert list(sightings(seen, SETTLE)) == [seen[0], seen[1], seen[2], seen[4]]


def test_a_minute_is_written_again_when_it_has_settled() -> None:
    """The first row since a minute has settled is news whatever it says: from then on what is absent counts."""
    seen = [row(0, at) for at in (1, 2, 3, 4, 5)]
    assert [one.seen_at for one in sightings(seen, SETTLE)] == [1, 3]
    assert [one.seen_at for one in sightings(seen, 61)] == [1, 3]
    assert [one.seen_at for one in sightings(seen, 60)] == [1, 2]
