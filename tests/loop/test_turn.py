"""One turn of the loop: what it reads, folds, decides and writes down."""

from datetime import timedelta

import pytest
from guardian_fakes import BLUE, CHECKOUT, GREEN, Shop

from guardian.decide import DecisionKind
from guardian.errors import (
    AwsRefusedError,
    ConcurrentTurnError,
    DeploymentUnknownError,
    NotGuardableError,
    TemporaryError,
)
from guardian.model import Finding, Mode, Phase, Reach
from guardian.observe import Reply
from guardian.triggers import TriggerKind

ALB = "AWS/ApplicationELB"
THROTTLED = TemporaryError("cloudwatch:GetMetricData was answered with Throttling: Rate exceeded")


def folded(shop: Shop) -> list[int]:
    """Return every minute that any turn has judged for the first time, in the order of the records."""
    return [row.minute for record in shop.records for row in record.minutes]


# What is written down


def test_each_turn_writes_one_record_to_ledger_and_journal(shifting: Shop) -> None:
    """Every turn writes exactly one record, the same to the ledger and to the journal, with rising ids."""
    for _ in range(5):
        shifting.turn()
        shifting.minutes(1)
    assert shifting.table.records(shifting.release) == shifting.journal.records
    assert [one.id for one in shifting.records] == [f"{shifting.release}-{n:05d}" for n in range(1, 7)]


def test_a_record_names_its_trigger_and_its_policy(shifting: Shop) -> None:
    """A record says who asked for the turn and which policy it was judged by."""
    record = shifting.turn(TriggerKind.ALARM)
    policy = shifting.policies.find(CHECKOUT)
    assert record is not None
    assert policy is not None
    assert (record.trigger.kind, record.policy_digest) == (TriggerKind.ALARM, policy.digest)


def test_weights_and_origin_are_remembered(installed: Shop) -> None:
    """The watch keeps the minute in which the shift began and every weight from when it was first read."""
    began = installed.clock.now()
    installed.shift(0.1)
    installed.minutes(2)
    installed.turn()
    installed.turn()
    installed.shift(0.2)
    second = installed.clock.now()
    installed.turn()
    watch = installed.table.find(installed.release)
    assert watch is not None
    assert watch.origin == began.replace(second=0)
    assert [(change.at, change.weight) for change in watch.weights] == [(began, 0.1), (second, 0.2)]


def test_a_minute_has_the_weight_of_its_own_time(installed: Shop) -> None:
    """A minute that is judged after a further step keeps the weight that had been seen when it ended."""
    installed.shift(0.1)
    for _ in range(3):
        installed.minutes(1)
        installed.turn()
    installed.shift(0.2)
    for _ in range(4):
        installed.minutes(1)
        installed.turn()
    weights = {row.minute: row.weight for record in installed.records for row in record.minutes}
    assert weights == {0: 0.1, 1: 0.1, 2: 0.1, 3: 0.1, 4: 0.2}  # the step was first seen in minute 4


def test_disagreeing_weights_are_noted_and_the_listener_is_believed(shifting: Shop) -> None:
    """When CodeDeploy and the listener weigh green differently, the listener counts and the record says so."""
    shifting.codedeploy.drifted = 0.7
    record = shifting.decide()
    assert record.weight == 0.5
    assert any("70% of the traffic for CodeDeploy but 50% at the listener" in note for note in record.notes)


# What is read


def test_the_window_begins_on_a_whole_minute(shifting: Shop) -> None:
    """Metrics are asked for from a whole minute on, and never for a minute that has not ended."""
    shifting.turn()
    read = shifting.metrics.reads[-1]
    assert (read.start.second, read.start.microsecond) == (0, 0)
    assert read.end == shifting.clock.now().replace(second=0)


def test_every_settled_minute_is_folded_once(installed: Shop) -> None:
    """Over a shift with a turn every minute and some more between them, each minute is judged exactly once."""
    installed.shift(0.5)
    for number in range(10):
        installed.minutes(1)
        installed.turn()
        if number % 3 == 0:
            installed.turn(TriggerKind.ALARM)
    assert folded(installed) == list(range(8))


def test_blind_minutes_are_folded_when_data_returns(shifting: Shop) -> None:
    """While CloudWatch throttles the verdict is no_data, and afterwards the same minutes are judged, each once."""
    shifting.turn()
    shifting.metrics.fail("read", THROTTLED)
    for _ in range(3):
        shifting.minutes(1)
        record = shifting.decide()
        assert (record.verdict, record.decision, record.minutes) == (Finding.NO_DATA, DecisionKind.WAIT, ())
        assert "Rate exceeded" in record.sentence
    shifting.metrics.heal()
    shifting.minutes(1)
    record = shifting.decide()
    assert folded(shifting) == list(range(6))
    assert len(record.minutes) == 4
    assert record.verdict is Finding.HEALTHY


@pytest.mark.parametrize("reply", [Reply.PARTIAL_DATA, Reply.INTERNAL_ERROR], ids=str)
def test_an_incomplete_series_is_waited_for(shifting: Shop, reply: Reply) -> None:
    """While a series came back incomplete for a reason that may pass, no minute is judged and the record says so."""
    shifting.metrics.force(ALB, "HTTPCode_Target_5XX_Count", reply, "try again")
    record = shifting.decide()
    assert record.minutes == ()
    assert any("HTTPCode_Target_5XX_Count" in note and "try again" in note for note in record.notes)
    shifting.metrics.heal()
    assert [row.minute for row in shifting.decide().minutes] == [0, 1]


def test_forbidden_errors_are_unknown_not_zero(shifting: Shop) -> None:
    """A metric that Guardian may not read is unknown in the judged minutes, named, and green is not healthy."""
    shifting.metrics.force(ALB, "HTTPCode_Target_5XX_Count", Reply.FORBIDDEN, "not authorized")
    shifting.minutes(3)
    record = shifting.decide()
    assert {row.green.errors_5xx for row in record.minutes if row.green} == {None}
    assert any("not authorized" in note for note in record.notes)


def test_requests_that_cannot_be_read_are_no_data(shifting: Shop) -> None:
    """While the requests of both colours cannot be read nothing is judged by older minutes: the verdict is no_data."""
    shifting.minutes(3)
    assert shifting.decide().verdict is Finding.HEALTHY
    shifting.metrics.force(ALB, "RequestCount", Reply.INTERNAL_ERROR)
    for _ in range(12):
        shifting.minutes(1)
        record = shifting.decide()
        assert record.verdict is Finding.NO_DATA
        assert "no requests of either colour" in record.sentence


def test_a_signal_that_stopped_coming_is_not_called_healthy(shifting: Shop) -> None:
    """Green is healthy by a metric that cannot be read any more until its last known minute is five minutes old."""
    shifting.minutes(3)
    shifting.turn()
    shifting.metrics.force(ALB, "TargetResponseTime", Reply.INTERNAL_ERROR)
    verdicts = []
    for _ in range(12):
        shifting.minutes(1)
        verdicts.append(shifting.decide().verdict)
    assert (
        verdicts == [Finding.HEALTHY] * 3 + [Finding.INCONCLUSIVE] * 9
    )  # two minutes are not final at first


def test_history_is_read_once_while_it_is_fresh(installed: Shop) -> None:
    """Within ten minutes before the shift blue's history is read once."""
    first = installed.table.history(installed.release)
    installed.minutes(9)
    installed.turn()
    assert installed.table.history(installed.release) is first


def test_an_old_history_is_read_again_before_the_shift(installed: Shop) -> None:
    """Before the shift a history of ten minutes or more is read anew, so that it ends close to the first step."""
    installed.minutes(10)
    installed.turn()
    history = installed.table.history(installed.release)
    assert history is not None
    assert history.epoch == installed.clock.now().replace(second=0)


def test_history_is_not_read_again_once_green_has_traffic(installed: Shop) -> None:
    """After the shift began the history from before it stays, however old."""
    first = installed.table.history(installed.release)
    installed.shift(0.5)
    installed.minutes(12)
    installed.turn()
    assert installed.table.history(installed.release) is first


def test_a_poor_history_is_called_unreliable(shop: Shop) -> None:
    """When blue had next to no users before the shift, every record says that the baseline is unreliable."""
    shop.clock.wait(hours=3)
    shop.codedeploy.begin(shop.release)
    assert any("unreliable baseline" in note for note in shop.decide().notes)


def test_a_long_blind_watch_reads_three_hours_at_most(shifting: Shop) -> None:
    """A watch that was blind for longer than three hours starts again from three hours ago."""
    shifting.turn()
    shifting.clock.wait(hours=10)
    shifting.turn()
    read = shifting.metrics.reads[-1]
    assert read.end - read.start == timedelta(minutes=180)


@pytest.mark.parametrize(
    ("cluster", "tasks"), [("shop", {"task-b", "task-g"}), ("other", set())], ids=["enhanced", "not enhanced"]
)
def test_cpu_is_asked_per_task_where_it_is_published(shop: Shop, cluster: str, tasks: set[str]) -> None:
    """CPU is asked for each colour's tasks where the cluster publishes it, and nowhere else."""
    shop.fleet.enhanced.add(cluster)
    shop.fleet.registered = {BLUE.arn: ["task-b"], GREEN.arn: ["task-g"]}
    shop.shift(0.5)
    shop.minutes(4)
    shop.turn()
    queries = shop.metrics.reads[-1].queries
    assert {one.column.part for one in queries if one.column.field == "cpu"} == tasks


# Policies


def test_without_a_policy_the_defaults_apply_in_mode_observe(diverging: Shop) -> None:
    """A service without a policy is watched by the defaults, nothing is done, and the record says why."""
    diverging.policies.stored.clear()
    record = diverging.decide()
    assert (record.mode, record.verdict, record.would) == (
        Mode.OBSERVE,
        Finding.DIVERGED,
        DecisionKind.ROLL_BACK,
    )
    assert any("has no policy" in note for note in record.notes)
    assert diverging.codedeploy.stops == []


def test_an_invalid_policy_means_observe_and_names_the_path(diverging: Shop) -> None:
    """With an unusable policy the turns go on in mode observe, and the record names the path that is wrong."""
    diverging.policies.stored[CHECKOUT] = '{"mode":"enforce","latency":{"limit":"fast"}}'
    record = diverging.decide()
    assert (record.mode, record.would) == (Mode.OBSERVE, DecisionKind.ROLL_BACK)
    assert any("latency.limit" in note and "mode observe" in note for note in record.notes)
    assert diverging.codedeploy.stops == []


def test_a_forbidden_policy_means_observe(diverging: Shop) -> None:
    """A policy that Guardian may not read is like none: mode observe, and the record names the permission."""
    diverging.policies.fail("find", AwsRefusedError("ssm:GetParameter is not allowed"))
    record = diverging.decide()
    assert record.mode is Mode.OBSERVE
    assert any("ssm:GetParameter is not allowed" in note for note in record.notes)


def test_a_policy_that_cannot_be_read_now_folds_nothing(diverging: Shop) -> None:
    """While the policy cannot be read nothing is judged, so that later minutes are judged by it and not by defaults."""
    diverging.policies.fail("find", TemporaryError("ssm:GetParameter was answered with Throttling"), times=1)
    record = diverging.decide()
    assert (record.verdict, record.minutes, record.decision) == (Finding.NO_DATA, (), DecisionKind.WAIT)
    assert diverging.decide().decision is DecisionKind.ROLL_BACK
    assert folded(diverging) == [0, 1, 2]


@pytest.mark.parametrize(
    ("mode", "decision"),
    [(Mode.OBSERVE, DecisionKind.PROCEED), (Mode.NOTIFY, DecisionKind.NOTIFY)],
    ids=["observe", "notify"],
)
def test_a_mode_that_may_not_act_says_what_it_would_do(
    diverging: Shop, mode: Mode, decision: DecisionKind
) -> None:
    """In the modes observe and notify green is judged the same, nothing is done, and the record says what would be."""
    diverging.policies.put(CHECKOUT, mode=mode.value)
    record = diverging.decide()
    assert (record.decision, record.would) == (decision, DecisionKind.ROLL_BACK)
    assert record.verdict is Finding.DIVERGED
    assert (record.actions, diverging.codedeploy.stops) == ((), [])
    assert diverging.table.intended(diverging.release) is None


# Deployments that cannot be judged


def test_an_unknown_deployment_is_raised_and_leaves_no_watch(shop: Shop) -> None:
    """A deployment that CodeDeploy does not know is reported to the caller; no watch is opened for it."""
    shop.release = "d-NOWHERE00"
    with pytest.raises(DeploymentUnknownError):
        shop.turn()
    assert shop.table.open() == []


def test_another_platform_is_not_guarded(shop: Shop) -> None:
    """A deployment of the EC2 platform is refused by name; no watch is opened for it."""
    shop.codedeploy.create(CHECKOUT, "d-SERVER000", platform="Server")
    shop.release = "d-SERVER000"
    with pytest.raises(NotGuardableError, match="Server"):
        shop.turn()
    assert shop.table.open() == []


def test_a_listener_with_neither_group_is_no_data(diverging: Shop) -> None:
    """With neither colour behind the listener nobody knows who gets traffic: no_data, named, and nothing is stopped."""
    diverging.codedeploy.strangers = (
        "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/maintenance/1"
    )
    record = diverging.decide()
    assert (record.verdict, record.decision) == (Finding.NO_DATA, DecisionKind.WAIT)
    assert "targetgroup/maintenance/1" in record.sentence
    assert diverging.codedeploy.stops == []
    diverging.codedeploy.strangers = None
    assert diverging.decide().decision is DecisionKind.ROLL_BACK


def test_a_first_look_that_fails_is_tried_again(shop: Shop) -> None:
    """When AWS cannot describe a deployment that Guardian has never seen, the error goes to the caller, who retries."""
    shop.codedeploy.fail("describe", TemporaryError("codedeploy:GetDeployment was answered with Throttling"))
    with pytest.raises(TemporaryError):
        shop.turn()
    assert shop.records == []


@pytest.mark.parametrize(
    "error",
    [TemporaryError("throttled"), AwsRefusedError("codedeploy:GetDeployment is not allowed")],
    ids=repr,
)
def test_a_later_look_that_fails_is_no_data(shifting: Shop, error: Exception) -> None:
    """When AWS cannot describe a deployment under guard, the record says so and the watch stays open."""
    shifting.codedeploy.fail("describe", error)
    record = shifting.decide()
    assert (record.verdict, record.decision, record.phase) == (Finding.NO_DATA, DecisionKind.WAIT, None)
    assert str(error) in record.sentence
    assert [one.deployment_id for one in shifting.table.open()] == [shifting.release]


def test_a_deployment_that_has_not_begun_is_watched(shop: Shop) -> None:
    """A deployment that CodeDeploy has only accepted is put under guard without looking at metrics."""
    record = shop.decide()
    assert (record.verdict, record.phase) == (Finding.NO_DATA, Phase.PREPARING)
    assert shop.metrics.reads == []
    assert [one.deployment_id for one in shop.table.open()] == [shop.release]


# Ends


@pytest.mark.parametrize("status", ["Failed", "Stopped"])
def test_an_ended_deployment_closes_its_watch(shifting: Shop, status: str) -> None:
    """A deployment that ended by itself closes its watch with the reason; further turns do nothing."""
    shifting.codedeploy.end(shifting.release, status, because="as it happens.")  # CodeDeploy's own full stop
    record = shifting.decide()
    assert record.sentence.endswith(f"{status}: as it happens.")
    assert shifting.table.open() == []
    written = len(shifting.records)
    assert shifting.turn() is None
    assert len(shifting.records) == written


def test_a_rollback_deployment_is_neither_judged_nor_stopped(shifting: Shop) -> None:
    """A deployment that CodeDeploy makes to undo another one gets one record, is closed, and is never stopped."""
    shifting.errors = 0.5
    undone, rollback = (
        shifting.release,
        shifting.codedeploy.roll_back(shifting.release, "Stopped", rollback_status="InProgress"),
    )
    shifting.release = rollback
    record = shifting.decide()
    assert "neither judged nor stopped" in record.sentence
    assert (record.decision, shifting.codedeploy.stops) == (DecisionKind.PROCEED, [])
    assert rollback not in {one.deployment_id for one in shifting.table.open()}
    shifting.turn()
    assert len(shifting.records) == 1
    assert shifting.table.records(undone)[-1].sentence.startswith("The deployment has ended: Stopped")


# Turns that meet


def test_the_slower_of_two_turns_writes_nothing(shifting: Shop) -> None:
    """A turn that finds the watch written by another one throws its state away and writes no record."""
    before = shifting.table.records(shifting.release)
    shifting.table.overtaken = 1
    with pytest.raises(ConcurrentTurnError):
        shifting.turn()
    assert shifting.table.records(shifting.release) == before
    assert shifting.journal.records == before


def test_the_slower_of_two_turns_does_not_act(diverging: Shop) -> None:
    """A turn that lost the watch to another one neither writes an intent nor stops the deployment."""
    diverging.table.overtaken = 1
    with pytest.raises(ConcurrentTurnError):
        diverging.turn()
    assert diverging.codedeploy.stops == []
    assert diverging.table.intended(diverging.release) is None


# Which services may be acted on


def test_a_service_that_the_installation_does_not_name_is_observed(diverging: Shop) -> None:
    """Whatever its policy says: it is judged, nothing is stopped, and the record says what to add where."""
    diverging.reach = Reach(patterns=("another/group",))
    record = diverging.decide()
    assert (record.verdict, record.mode, record.would) == (
        Finding.DIVERGED, Mode.OBSERVE, DecisionKind.ROLL_BACK,
    )  # fmt: skip
    assert any("GuardedDeploymentGroups" in note for note in record.notes)
    assert diverging.codedeploy.stops == []


def test_a_service_in_mode_observe_need_not_be_named(shifting: Shop) -> None:
    """Nothing is said of the setting where it makes no difference."""
    shifting.reach = Reach(patterns=())
    shifting.policies.put(CHECKOUT, mode="observe")
    assert not any("GuardedDeploymentGroups" in note for note in shifting.decide().notes)
