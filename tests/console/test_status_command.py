"""`guardian status`: the open watches, one line each."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from guardian_fakes import CHECKOUT, Shop
from typer.testing import CliRunner, Result

from guardian.aws.pauses import TablePauses
from guardian.aws.table import Table
from guardian.model import Pause, Service
from guardian.watch import HeldHook, Watch
from guardian_console.main import app
from guardian_console.status_command import line_of, standing
from guardian_rehearsal.emulator.server import EmulatedAws
from guardian_rehearsal.installation import install

OTHER = Service(application="other", deployment_group="group")


class Account:
    """An account with Guardian in it, whose watches are those of a shop."""

    def __init__(self, aws: EmulatedAws) -> None:
        self.table, self._dynamodb = install(aws).table, aws.client("dynamodb")
        self.watches = Table(aws.client("dynamodb"), self.table)
        self.pauses = TablePauses(aws.client("dynamodb"), self.table)

    def keep(self, shop: Shop) -> Watch:
        """Write a shop's watch and records into the table."""
        watch = shop.table.find(shop.release)
        assert watch is not None
        for record in shop.records:
            self.watches.write(record)
        return self.watches.save(watch.model_copy(update={"version": 0}))

    def list_open(self, release: str) -> None:
        """Put a deployment on the list of open watches."""
        item = {"pk": {"S": "OPEN"}, "sk": {"S": release}, "body": {"S": OTHER.model_dump_json()}}
        self._dynamodb.put_item(TableName=self.table, Item=item)

    def status(self, *more: str) -> Result:
        return CliRunner().invoke(app, ["status", "--table", self.table, *more])


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """An account that the process's credential chain leads to."""
    with EmulatedAws() as aws:
        for name, value in aws.environment().items():
            monkeypatch.setenv(name, value)
        yield Account(aws)


@pytest.fixture
def shop() -> Shop:
    """A release at half of the traffic that has been judged for six minutes."""
    shop = Shop()
    shop.policies.put(CHECKOUT, mode="enforce")
    shop.codedeploy.create(CHECKOUT, shop.release)
    shop.codedeploy.begin(shop.release)
    shop.turn()
    shop.shift(0.5)
    for _ in range(6):
        shop.minutes(1)
        shop.turn()
    return shop


def test_without_a_watch_it_says_so(account: Account) -> None:
    """0, and a sentence; as JSON nothing."""
    assert (account.status().exit_code, account.status("--json").stdout) == (0, "")
    assert account.status().stdout == "Guardian watches no deployment now.\n"


def test_each_open_watch_is_one_line(account: Account, shop: Shop) -> None:
    """Deployment, service, phase, weight, verdict and the latest sentence; closed watches are not listed."""
    account.keep(shop)
    now = datetime.now(UTC)
    account.watches.save(Watch(deployment_id="d-NEW000001", service=OTHER, opened_at=now))
    closed = account.watches.save(Watch(deployment_id="d-OLD000001", service=OTHER, opened_at=now))
    account.watches.save(closed.model_copy(update={"closed": "Succeeded"}))
    account.list_open("d-OLD000001")  # as it is for who read the list before the watch was closed
    result = account.status()
    assert result.exit_code == 0, result.stderr
    new, known = sorted(result.stdout.splitlines(), key=lambda line: shop.release in line)
    latest = shop.records[-1]
    for part in (shop.release, str(CHECKOUT), "shifting", "50%", f"healthy: {latest.sentence}"):
        assert part in known
    assert "d-NEW000001" in new
    assert "no turn has been taken yet" in new


def test_as_json_it_is_one_object_per_watch(account: Account, shop: Shop) -> None:
    """The fields have the record's values, with the time of the latest turn."""
    account.keep(shop)
    (line,) = account.status("--json").stdout.splitlines()
    one, latest = json.loads(line), shop.records[-1]
    assert (one["deployment_id"], one["sentence"]) == (shop.release, latest.sentence)
    assert (one["phase"], one["weight"], one["verdict"]) == ("shifting", 0.5, "healthy")
    assert datetime.fromisoformat(one["turned_at"]) == latest.at
    assert (one["pause"], one["held"]) == (None, None)


def test_a_pause_that_holds_and_a_held_hook_stand_beside_it(account: Account, shop: Shop) -> None:
    """Who paused it and until when, and until when CodeDeploy waits for the hook."""
    watch, now = account.keep(shop), datetime.now(UTC)
    until = now + timedelta(minutes=20)
    account.pauses.set_pause(shop.release, Pause(by="anna", why="load test", at=now, until=until))
    held = HeldHook(execution_id="eyJ", until=until)
    account.watches.save(watch.model_copy(update={"held": held}))
    line = account.status().stdout
    assert f"[paused until {until:%H:%M} UTC by anna: load test]" in line
    assert f"[hook held until {until:%H:%M} UTC]" in line


def test_a_pause_that_is_over_and_hostile_text_do_no_harm(shop: Shop) -> None:
    """A pause holds no longer than it says, and a sentence cannot move the cursor."""
    watch, latest = shop.table.find(shop.release), shop.records[-1]
    assert watch is not None
    now = shop.clock.now()
    over = Pause(by="anna", why="x", at=now - timedelta(hours=1), until=now - timedelta(minutes=1))
    evil = latest.model_copy(update={"sentence": "\x1b[2Jevil\n"})
    one = standing(watch, evil, over, now)
    assert one.pause is None
    assert one.minutes == (now - watch.opened_at).total_seconds() // 60
    assert "\\x1b[2Jevil\\n" in line_of(one)
    closing = over.model_copy(update={"closes": True})
    assert "[closing by anna: x]" in line_of(standing(watch, latest, closing, now))
