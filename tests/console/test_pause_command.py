"""`guardian pause` and `guardian resume`."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner, Result

from guardian.aws.pauses import TablePauses
from guardian.aws.table import Table
from guardian.model import Pause, Service
from guardian.watch import Watch
from guardian_console.main import app
from guardian_rehearsal.emulator.server import EmulatedAws
from guardian_rehearsal.installation import install

RELEASE = "d-A1B2C3D4E"
SERVICE = Service(application="a", deployment_group="g")


class Account:
    """An account with Guardian in it, which watches one deployment."""

    def __init__(self, aws: EmulatedAws) -> None:
        self._aws, self.table = aws, install(aws).table
        self.watches = Table(aws.client("dynamodb"), self.table)
        self.watch = self.watches.save(
            Watch(deployment_id=RELEASE, service=SERVICE, opened_at=datetime.now(UTC))
        )

    def run(self, command: str, *more: str, release: str = RELEASE) -> Result:
        """Run a command about a deployment."""
        return CliRunner().invoke(app, [command, release, "--table", self.table, "--by", "anna", *more])

    def pause(self) -> Pause | None:
        """Return the pause that stands."""
        return TablePauses(self._aws.client("dynamodb"), self.table).pause(RELEASE)


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """An account that the process's credential chain leads to."""
    with EmulatedAws() as aws:
        for name, value in aws.environment().items():
            monkeypatch.setenv(name, value)
        yield Account(aws)


def test_a_pause_is_kept_with_who_why_and_until_when(account: Account) -> None:
    """The wish is in the table, and the answer says from when on Guardian acts again."""
    result = account.run("pause", "--why", "load test", "--minutes", "45")
    assert result.exit_code == 0, result.stderr
    pause = account.pause()
    assert pause is not None
    assert (pause.by, pause.why, (pause.until - pause.at).total_seconds()) == ("anna", "load test", 45 * 60)
    assert f"{pause.until:%H:%M} UTC" in result.stdout


def test_a_pause_may_not_be_longer_than_the_policy_allows(account: Account) -> None:
    """More than overrides.pause_minutes is refused with the number, and nothing is written."""
    result = account.run("pause", "--why", "x", "--minutes", "61")
    assert result.exit_code == 2
    assert "the policy allows 60 minutes" in result.stderr
    assert account.pause() is None


def test_resume_ends_the_pause(account: Account) -> None:
    """After resume the pause holds no longer."""
    account.run("pause", "--why", "load test")
    assert account.run("resume").exit_code == 0
    pause = account.pause()
    assert pause is not None
    assert not pause.holds(datetime.now(UTC))


def test_a_deployment_that_is_not_watched(account: Account) -> None:
    """An unknown or closed deployment cannot be held back: 3, and the reason."""
    unknown = account.run("pause", "--why", "x", release="d-OTHER1234")
    assert (unknown.exit_code, "unknown to Guardian" in unknown.stderr) == (3, True)
    account.watches.save(account.watch.model_copy(update={"closed": "Succeeded"}))
    closed = account.run("pause", "--why", "x")
    assert (closed.exit_code, "is closed: Succeeded" in closed.stderr) == (3, True)


def test_close_asks_for_the_end_of_the_watch(account: Account) -> None:
    """The wish is in the table with who and why; the turn closes the watch, not the console."""
    result = account.run("close", "--why", "a drill")
    assert result.exit_code == 0, result.stderr
    assert f"The next turn closes the watch of {RELEASE} (anna: a drill)" in result.stdout
    wish = account.pause()
    assert wish is not None
    assert (wish.closes, wish.by, wish.why) == (True, "anna", "a drill")
    watch = account.watches.find(RELEASE)
    assert watch is not None
    assert watch.closed is None


def test_close_tells_a_pipeline_its_wish(account: Account) -> None:
    """With --json the answer is the wish as it is kept."""
    result = account.run("close", "--why", "a drill", "--json")
    assert Pause.model_validate_json(result.stdout) == account.pause()


def test_an_unwatched_deployment_cannot_be_closed(account: Account) -> None:
    """Nothing is there to close: 3, and the reason."""
    unknown = account.run("close", "--why", "x", release="d-OTHER1234")
    assert (unknown.exit_code, "unknown to Guardian" in unknown.stderr) == (3, True)


@pytest.mark.parametrize("command", ["pause", "resume", "close"])
@pytest.mark.parametrize("why", ["", "x" * 501])
def test_a_reason_that_cannot_be_kept_is_refused(account: Account, command: str, why: str) -> None:
    """An empty or endless reason is wrong usage, said with the limits, and nothing is written."""
    result = account.run(command, "--why", why)
    assert (result.exit_code, "--why 1 to 500" in result.stderr) == (2, True)
    assert account.pause() is None
