"""The dashboard's widget on fakes: what it reads, what it lists, and what it says when it cannot."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from guardian_fakes import CHECKOUT, FakeTable

from guardian.dashboard_widget import CLOSED, TURNS, DashboardWidget
from guardian.decide import Decision, DecisionKind
from guardian.errors import AwsRefusedError, GuardianError, RecordUnreadableError, TemporaryError
from guardian.model import Finding, Service, Verdict
from guardian.policy import Policy
from guardian.record import write_record
from guardian.triggers import Trigger, TriggerKind
from guardian.watch import Watch
from guardian.widget import DARK, DESCRIPTION, LIGHT

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SEARCH = Service(application="search", deployment_group="eu")


@pytest.fixture
def table() -> FakeTable:
    """A table in which nothing stands yet."""
    return FakeTable()


def watched(table: FakeTable, number: int, service: Service = CHECKOUT, *, closed: bool = False) -> Watch:
    """Put a watch into the table; those with greater numbers were opened later."""
    opened = Watch(
        deployment_id=f"d-WIDGET{number:04d}", service=service, opened_at=NOON + timedelta(hours=number)
    )
    return table.save(opened.model_copy(update={"closed": "Succeeded"} if closed else {}))


def decided(table: FakeTable, watch: Watch, minute: int, kind: DecisionKind = DecisionKind.NOTIFY) -> str:
    """Put a decision into the table and return its sentence."""
    turn = watch.model_copy(update={"version": minute, "closed": None})
    verdict = Verdict(finding=Finding.INVESTIGATE, sentence=f"{watch.deployment_id} in minute {minute}")
    record = write_record(
        turn, Trigger(kind=TriggerKind.TICK), watch.opened_at + timedelta(minutes=minute), Policy(), verdict,
        Decision(kind=kind, why="a test"), deployment=None,
    )  # fmt: skip
    table.write(record)
    return record.sentence


def shown(table: FakeTable, **event: Any) -> str:
    answer = DashboardWidget(table).answer(event)
    assert answer.problem is None
    return answer.html


def test_decisions_of_open_and_of_closed_watches_are_listed_newest_first(table: FakeTable) -> None:
    """What was decided last stands first, whether or not its deployment is over."""
    over, open_ = watched(table, 1, closed=True), watched(table, 2)
    first, second, third = (
        decided(table, over, 1),
        decided(table, over, 100, DecisionKind.ESCALATE),
        decided(table, open_, 1),
    )
    html = shown(table).partition("Latest decisions")[2]
    assert html.index(second) < html.index(third) < html.index(first)


def test_an_open_watch_shows_its_latest_sentence_even_if_all_is_fine(table: FakeTable) -> None:
    """Above the list each open watch stands with what its last turn said."""
    watch = watched(table, 1)
    decided(table, watch, 1)
    fine = decided(table, watch, 2, DecisionKind.PROCEED)
    above, _, below = shown(table).partition("Latest decisions")
    assert fine in above
    assert fine not in below


def test_open_watches_stand_newest_first_too(table: FakeTable) -> None:
    """The watch whose last turn is the latest stands on top, after one that had no turn yet."""
    first, second, fresh = watched(table, 1), watched(table, 2), watched(table, 3)
    decided(table, second, 1)
    decided(table, first, 90)
    above = shown(table).partition("Latest decisions")[0]
    places = [above.index(one.deployment_id) for one in (fresh, first, second)]
    assert places == sorted(places)


def test_the_limit_ends_the_list(table: FakeTable) -> None:
    """No more decisions are listed than the parameter says, the newest of all."""
    sentences = [decided(table, watched(table, number, closed=True), 1) for number in range(1, 6)]
    html = shown(table, limit=2)
    assert [one for one in sentences if one in html] == sentences[-2:]


@pytest.mark.parametrize("asked", [str(SEARCH), SEARCH.application])
def test_one_service_can_be_asked_for(table: FakeTable, asked: str) -> None:
    """With the parameter service only its deployments are listed, open or closed, and no other one is read."""
    others = [watched(table, 1), watched(table, 2, closed=True)]
    ours = [watched(table, 3, SEARCH), watched(table, 4, SEARCH, closed=True)]
    for watch in (*others, *ours):
        decided(table, watch, 1)
    html = shown(table, service=asked)
    assert all(one.deployment_id in html for one in ours)
    assert not any(one.deployment_id in html for one in others)
    assert table.calls.count("latest") == len(ours)


def test_reading_ends(table: FakeTable) -> None:
    """However much the table holds, so many closed watches and so many turns of each are read at most."""
    for number in range(CLOSED + 5):
        watched(table, number, closed=True)
    watch = watched(table, 99)
    sentences = [decided(table, watch, minute) for minute in range(TURNS + 5)]
    html = shown(table)
    assert table.calls.count("latest") == CLOSED + 1
    assert f"({TURNS} turns since" in html
    assert sentences[-1] in html


def test_a_table_without_watches_is_no_trouble(table: FakeTable) -> None:
    """Before the first deployment the widget says that there is none."""
    html = shown(table)
    assert "No deployment is under guard now." in html
    assert "No deployment has been watched yet." in html


def test_the_description_reads_nothing(table: FakeTable) -> None:
    """Asked to describe itself the widget answers with Markdown and leaves the table alone."""
    assert shown(table, describe=True) == DESCRIPTION
    assert table.calls == []


@pytest.mark.parametrize("method", ["open", "closed", "glance", "latest"])
@pytest.mark.parametrize(
    "error",
    [
        TemporaryError("dynamodb:Query was answered with ThrottlingException: slow <down>"),
        AwsRefusedError("dynamodb:Query is not allowed: add it to the function's role (no)"),
        RecordUnreadableError("the record TURN#1 cannot be read: update Guardian"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_aws_refuses_is_said_in_words(table: FakeTable, method: str, error: GuardianError) -> None:
    """A call that fails becomes a sentence in the widget, escaped, and the log is told of it; nothing is raised."""
    watched(table, 1)
    table.fail(method, error)
    answer = DashboardWidget(table).answer({"widgetContext": {"theme": "dark"}})
    assert "Guardian&#x27;s decisions cannot be shown" in answer.html
    assert "Traceback" not in answer.html
    assert str(error).partition(" <")[0].replace("'", "&#x27;") in answer.html
    assert "<down>" not in answer.html
    assert answer.problem is not None
    assert str(error) in answer.problem
    assert DARK.text in answer.html


@pytest.mark.parametrize(
    "event",
    [{"limit": 0}, {"limit": 51}, {"limit": "many"}, {"service": ["a"]}, {"widgetContext": "dark"}],
    ids=str,
)
def test_parameters_that_cannot_be_used_are_said_in_words(table: FakeTable, event: dict[str, Any]) -> None:
    """A parameter of another shape or size is named, and nothing is read."""
    answer = DashboardWidget(table).answer(event)
    assert "parameters cannot be used" in answer.html
    assert next(iter(event)) in answer.html
    assert table.calls == []


def test_the_theme_is_the_consoles(table: FakeTable) -> None:
    """In the console's dark look the widget is dark, in every other it is light."""
    colours = {
        theme: shown(table, widgetContext={"theme": theme}) for theme in ("light", "dark", "a later one")
    }
    assert DARK.text in colours["dark"]
    assert LIGHT.text in colours["light"]
    assert colours["a later one"] == colours["light"]
