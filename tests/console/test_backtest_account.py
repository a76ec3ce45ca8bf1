"""`guardian backtest` of an account: over the wire from an emulated AWS, and what it says without anything to read."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from guardian.policy import parse_policy
from guardian_console.backtest_sources import from_account
from guardian_console.exits import Code
from guardian_console.main import app
from guardian_rehearsal.clock import SimulatedClock
from guardian_rehearsal.emulator.server import EmulatedAws
from guardian_rehearsal.traffic import BOTH, Colour, Dimensions, Profile, Traffic, Weights, publications
from guardian_rehearsal.world import World, build_world, deploy

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SETTLING = 2
"""Minutes that CloudWatch still revises, by the policy's default."""
BEFORE, SHIFT, AFTER = 200, 27, 100
"""Minutes that blue served alone, that both served (nine steps of three), and that green served alone."""
QUERIES = {
    "custom": [{
        "name": "query_time", "kind": "mean", "worse": "higher",
        "value": {"namespace": "Shop", "metric": "QueryTime", "dimensions": {"TargetGroup": "{target_group}"}},
    }]
}  # fmt: skip


class Account:
    """An account in which a service releases, and the command that reads it."""

    def __init__(self, aws: EmulatedAws, clock: SimulatedClock) -> None:
        self.aws, self.clock = aws, clock
        self.world: World = build_world(
            aws, hooks={}, alarm_action=f"arn:aws:lambda:{aws.region}:{aws.account_id}:function:alarm"
        )
        self.dimensions = Dimensions(
            self.world.load_balancer.partition(":loadbalancer/")[2],
            *(arn.rpartition(":")[2] for arn in self.world.target_groups.values()),
            cluster=self.world.cluster,
            service=self.world.service,
        )

    def release(self) -> None:
        """Deploy once, from the beginning to the end."""
        deployment, codedeploy = deploy(self.aws, self.world, "2"), self.aws.client("codedeploy")
        for _ in range(60):
            self.clock.move_to(self.clock.now() + timedelta(minutes=1))
            self.aws.codedeploy.advance()
            if codedeploy.get_deployment(deploymentId=deployment)["deploymentInfo"]["status"] == "Succeeded":
                return
        raise AssertionError("the deployment did not end within an hour")

    def serve(self) -> None:
        """Publish hours of traffic that end now: blue alone, the shift, green alone."""
        traffic, weights = Traffic(Profile(), seed=1), Weights.linear()
        begin = self.clock.now().replace(second=0, microsecond=0) - timedelta(minutes=SHIFT + AFTER)
        for number in range(-BEFORE, SHIFT + AFTER):
            present = (
                BOTH if 0 <= number < SHIFT else frozenset({Colour.BLUE if number < 0 else Colour.GREEN})
            )
            minute, start = traffic.minute(number, weights, present), begin + timedelta(minutes=number)
            for one in publications(minute, start, self.dimensions):
                self.aws.cloudwatch.record(
                    one.namespace, one.name, one.dimensions, one.timestamp, one.values, one.counts, one.unit
                )
            self._query(present, start)

    def _query(self, present: frozenset[Colour], start: datetime) -> None:
        rng = np.random.default_rng(int(start.timestamp()))
        for colour in present:
            where = {"TargetGroup": self.dimensions.target_group(colour) or ""}
            times = rng.exponential(0.03, 300)
            self.aws.cloudwatch.record("Shop", "QueryTime", where, start, times, unit="Seconds")

    def backtest(self, *arguments: str | Path, application: str = "", group: str = "") -> Result:
        """Run the command on the last day."""
        service = (
            *("--application", application or self.world.application),
            *("--deployment-group", group or self.world.deployment_group),
        )
        return CliRunner().invoke(app, ["backtest", *service, "--days", "1", *map(str, arguments)])


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """An account at noon, which boto3's own variables lead to, with a service that was never released."""
    with SimulatedClock(NOON) as clock, EmulatedAws() as aws:
        for name, value in aws.environment().items():
            monkeypatch.setenv(name, value)
        yield Account(aws, clock)


def test_placebos_are_cut_from_what_an_account_remembers(account: Account, tmp_path: Path) -> None:
    """The command finds the target groups, reads their minutes and leaves out those that both served."""
    account.release()
    account.serve()
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps(QUERIES))
    done = account.backtest("--placebos", "1", "--policy", policy, "--json")
    assert done.exit_code == Code.FINE, done.output
    report = json.loads(done.stdout)
    assert report["minutes"] == BEFORE + AFTER - SETTLING
    assert report["requests_per_minute"] == pytest.approx(Profile().requests_per_minute, rel=0.3)
    assert (report["placebos"], report["false_rollbacks"], report["notes"]) == (1, 0, [])
    assert {"latency", "latency_p99", "errors_5xx", "request_share"} <= set(report["smallest_noticed"][0])
    assert report["smallest_noticed"][5]["errors_5xx"] is not None
    assert [one.operation for one in account.aws.calls].count("GetMetricData") == 1


def test_a_mean_of_ones_own_is_read_with_its_samples(account: Account) -> None:
    """Whichever group served, each minute holds the sum and the number of its query times."""
    account.release()
    account.serve()
    policy = parse_policy(QUERIES, "test")
    material = from_account(account.world.application, account.world.deployment_group, 1, policy)
    pairs = [row.blue.custom["query_time"] for row in material.series.values() if row.blue]
    assert len(pairs) == BEFORE + AFTER - SETTLING
    assert {samples for _, samples in pairs} == {300.0}
    assert np.mean([total for total, _ in pairs if total]) == pytest.approx(300 * 0.03, rel=0.05)


def test_a_service_that_does_not_exist_is_wrong_usage(account: Account) -> None:
    """An unknown application or group ends with 2, names the region and says how to list those that exist."""
    for done in (account.backtest(application="shop"), account.backtest(group="web")):
        assert done.exit_code == Code.USAGE
        assert f"is no deployment group of this account in {account.aws.region}" in done.stderr
        assert "aws deploy list-applications" in done.stderr
        assert "AWS_PROFILE" in done.stderr


def test_a_group_that_never_deployed_has_nothing_to_read(account: Account) -> None:
    """Without any deployment the exit code is 3, and the message says to deploy once or to give tapes."""
    done = account.backtest()
    assert done.exit_code == Code.NOT_ENOUGH_DATA
    assert "has never deployed anything" in done.stderr
    assert "deploy once, or give tapes" in done.stderr


def test_a_group_without_metrics_has_nothing_to_read(account: Account) -> None:
    """Without a minute of requests the exit code is 3, and the message names the groups and what to look at."""
    account.release()
    done = account.backtest()
    assert done.exit_code == Code.NOT_ENOUGH_DATA
    assert all(name in done.stderr for name in account.world.target_groups)
    assert "RequestCount" in done.stderr
    assert "--days" in done.stderr


def test_too_few_minutes_ask_for_more_days(account: Account) -> None:
    """Minutes that hold no stretch for a placebo end with 3, and more days are asked for instead of a longer tape."""
    account.release()
    account.serve()
    account.clock.move_to(account.clock.now() + timedelta(hours=23))
    done = account.backtest()
    assert done.exit_code == Code.NOT_ENOUGH_DATA
    assert "read more days (--days, at most 15)" in done.stderr


def test_metrics_that_may_not_be_read_are_said(account: Account) -> None:
    """Where CloudWatch forbids a metric, the message tells so beside what to do."""
    account.release()
    account.serve()
    account.aws.cloudwatch.force_status("AWS/ApplicationELB", "RequestCount", "Forbidden", "not authorized")
    done = account.backtest()
    assert done.exit_code == Code.NOT_ENOUGH_DATA
    assert "CloudWatch answered Forbidden for RequestCount: not authorized" in done.stderr
