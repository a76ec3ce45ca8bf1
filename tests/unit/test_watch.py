"""The watch: when green first had traffic, and which weight it had when."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from pydantic import ValidationError

from guardian.model import Deployment
from guardian.watch import Watch, read_watch

A_Watch = Callable[..., Watch]
A_Deployment = Callable[..., Deployment]
SECONDS = timedelta(seconds=1)


def test_there_is_no_minute_zero_before_green_has_traffic(
    a_watch: A_Watch, a_deployment: A_Deployment, noon: datetime
) -> None:
    """While green has no weight a watch has no origin and no weights."""
    watch = a_watch().seeing(a_deployment(weight=0.0), noon)
    assert (watch.origin, watch.weights, watch.weight_at(noon)) == (None, (), 0.0)


def test_minute_zero_is_when_the_controller_began(
    a_watch: A_Watch, a_deployment: A_Deployment, noon: datetime
) -> None:
    """The origin is the whole minute in which the controller began to shift, not when Guardian looked."""
    began = noon + 132 * SECONDS
    watch = a_watch().seeing(a_deployment(weight=0.1, shift_began=began), noon + timedelta(minutes=5))
    assert watch.origin == noon + timedelta(minutes=2)
    assert [(change.at, change.weight) for change in watch.weights] == [(began, 0.1)]


def test_without_the_controllers_word_minute_zero_is_now(
    a_watch: A_Watch, a_deployment: A_Deployment, noon: datetime
) -> None:
    """When nobody says when the shift began, it began when it was first seen."""
    seen = noon + 290 * SECONDS
    watch = a_watch().seeing(a_deployment(weight=0.1), seen)
    assert watch.origin == noon + timedelta(minutes=4)
    assert watch.weights[0].at == seen


def test_minute_zero_never_moves(a_watch: A_Watch, a_deployment: A_Deployment, noon: datetime) -> None:
    """Later looks, a later report of the start and even a return to zero leave the origin where it was."""
    watch = a_watch().seeing(a_deployment(weight=0.1), noon)
    for weight in (0.2, 0.0, 0.5):
        watch = watch.seeing(
            a_deployment(weight=weight, shift_began=noon + timedelta(minutes=3)), noon + timedelta(minutes=9)
        )
    assert watch.origin == noon


def test_each_step_is_kept_with_the_time_it_was_seen(
    a_watch: A_Watch, a_deployment: A_Deployment, noon: datetime
) -> None:
    """A new weight is written down once, at the look that first saw it; an unchanged one is not."""
    watch = a_watch()
    for minute, weight in enumerate((0.1, 0.1, 0.2, 0.2, 0.0)):
        watch = watch.seeing(a_deployment(weight=weight), noon + timedelta(minutes=minute))
    assert [change.weight for change in watch.weights] == [0.1, 0.2, 0.0]
    assert [change.at - noon for change in watch.weights] == [timedelta(minutes=m) for m in (0, 2, 4)]


@pytest.mark.parametrize(
    ("seconds", "weight"),
    [(-60, 0.0), (0, 0.0), (1, 0.1), (179, 0.1), (180, 0.1), (181, 0.2), (9999, 0.2)],
    ids=["before", "at-the-step", "just-after", "late", "at-the-second", "after-the-second", "long-after"],
)
def test_the_weight_at_a_time_is_the_last_one_before(
    a_watch: A_Watch, a_deployment: A_Deployment, noon: datetime, seconds: int, weight: float
) -> None:
    """A step counts from just after it was seen; before the first step green has nothing."""
    watch = a_watch().seeing(a_deployment(weight=0.1), noon)
    watch = watch.seeing(a_deployment(weight=0.2), noon + timedelta(minutes=3))
    assert watch.weight_at(noon + seconds * SECONDS) == weight


def test_looking_returns_a_new_watch(a_watch: A_Watch, a_deployment: A_Deployment, noon: datetime) -> None:
    """The watch that looked is left as it was."""
    before = a_watch()
    after = before.seeing(a_deployment(weight=0.1), noon)
    assert before == a_watch()
    assert after != before


def test_a_watch_survives_the_table(a_watch: A_Watch, a_deployment: A_Deployment, noon: datetime) -> None:
    """A watch written as JSON is the watch that is read back."""
    watch = a_watch().seeing(a_deployment(weight=0.1), noon)
    assert Watch.model_validate_json(watch.model_dump_json()) == watch


def test_a_judges_state_of_another_version_is_judged_anew(
    a_watch: A_Watch, a_deployment: A_Deployment, noon: datetime
) -> None:
    """After an update in the middle of a deployment the watch goes on, and its minutes are judged from the start."""
    watch = a_watch().seeing(a_deployment(weight=0.1), noon)
    stored = json.loads(watch.model_dump_json())
    stored |= {"judge": {"of": "another version"}, "judged_to": 7, "green_requests": 900}
    read = read_watch(json.dumps(stored))
    assert read == watch
    assert (read.judge, read.judged_to, read.green_requests) == (None, None, 0.0)


def test_a_watch_that_makes_no_sense_is_an_error() -> None:
    """Only the judge's part may be of another version."""
    with pytest.raises(ValidationError):
        read_watch('{"deployment_id": 3}')
