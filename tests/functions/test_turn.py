"""The function turn, as the queue calls it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from guardian.record import DecisionRecord
from guardian.triggers import Trigger, TriggerKind, TurnRequest

Event = Callable[[str], dict[str, Any]]


@pytest.fixture
def guarded(site: Any) -> tuple[Any, str]:
    """A release that has just begun, and its id."""
    site.push_policy(mode="enforce")
    release = site.release()
    site.run(seconds=10)
    return site, release


def test_a_message_becomes_a_decision(guarded: tuple[Any, str]) -> None:
    """A message takes one turn, which writes one record to the table, and is not sent back."""
    site, release = guarded
    assert site.invoke("Turn", {"Records": [site.message(release)]}) == {"batchItemFailures": []}
    (record,) = site.table.records(release)
    assert record.id == f"{release}-00001"


def test_a_decision_is_one_line_of_log(guarded: tuple[Any, str]) -> None:
    """A decision is one line: the sentence as message, the deployment as correlation id, the whole record."""
    site, release = guarded
    site.invoke("Turn", {"Records": [site.message(release)]})
    (line,) = [one for one in site.log() if "decision" in one]
    (record,) = site.table.records(release)
    assert DecisionRecord.model_validate(line["decision"]) == record
    assert (line["message"], line["correlation_id"], line["level"]) == (record.sentence, release, "INFO")


def test_a_decision_is_one_line_of_metrics(guarded: tuple[Any, str]) -> None:
    """A decision counts for its service in one embedded-metrics line, and for the installation in another."""
    site, release = guarded
    site.invoke("Turn", {"Records": [site.message(release)]})
    line, every = (one for one in site.log() if "_aws" in one)
    assert (line["Turns"], line["Diverged"], line["Blind"], line["RollbackNeeded"]) == ([1], [0], [1], [0])
    assert line["service_name"] == str(site.service)
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert {one["Name"] for one in directive["Metrics"]} == {
        "Turns", "Diverged", "Blind", "RollbackNeeded",
    }  # fmt: skip
    assert (every["Turns"], every["_aws"]["CloudWatchMetrics"][0]["Dimensions"]) == ([1], [["service"]])
    assert any("service_name" in dimensions for dimensions in directive["Dimensions"])


def test_each_turn_has_its_own_lines(guarded: tuple[Any, str]) -> None:
    """Two messages in a warm function leave two decisions and two metric lines."""
    site, release = guarded
    for number in (1, 2):
        site.invoke("Turn", {"Records": [site.message(release, number)]})
    lines = site.log()
    assert [one["decision"]["id"] for one in lines if "decision" in one] == [
        f"{release}-0000{n}" for n in (1, 2)
    ]
    assert [one["Turns"] for one in lines if "service_name" in one] == [[1], [1]]


def test_a_rollback_and_what_it_undoes_have_their_own_correlation_ids(guarded: tuple[Any, str]) -> None:
    """A turn over a rollback also looks at the deployment that it undoes; each decision carries its own id."""
    site, release = guarded
    for hook in ("BeforeInstall", "AfterInstall"):
        site.invoke(hook, site.next_hook().payload)
    codedeploy = site.aws.client("codedeploy")
    codedeploy.stop_deployment(deploymentId=release, autoRollbackEnabled=True)
    site.run(minutes=2)
    rollback = codedeploy.get_deployment(deploymentId=release)["deploymentInfo"]["rollbackInfo"]
    site.log()
    site.invoke("Turn", {"Records": [site.message(rollback["rollbackDeploymentId"])]})
    lines = [one for one in site.log() if "decision" in one]
    assert [one["correlation_id"] for one in lines] == [rollback["rollbackDeploymentId"], release]
    assert [one["decision"]["deployment_id"] for one in lines] == [one["correlation_id"] for one in lines]


def test_malformed_messages_are_reported(site: Any, event: Event) -> None:
    """Messages that are no requests are reported as failed, so that they reach the dead-letter queue."""
    batch = event("sqs-batch-eventbridge")
    ids = [{"itemIdentifier": record["messageId"]} for record in batch["Records"]]
    assert site.invoke("Turn", batch) == {"batchItemFailures": ids}
    lines = site.log()
    assert [one["TurnFailed"] for one in lines if "_aws" in one] == [[1.0]] * len(ids)
    logged = [one for one in lines if "goes back to the queue" in one.get("message", "")]
    assert [one["message_id"] for one in logged] == [one["itemIdentifier"] for one in ids]
    assert all("MalformedEventError" in one["exception_name"] for one in logged)


def test_a_malformed_message_takes_no_other_with_it(guarded: tuple[Any, str], event: Event) -> None:
    """Beside a malformed message a good one is taken as ever."""
    site, release = guarded
    poison = event("sqs-batch-eventbridge")["Records"][1]
    answer = site.invoke("Turn", {"Records": [poison, site.message(release)]})
    assert answer == {"batchItemFailures": [{"itemIdentifier": poison["messageId"]}]}
    assert len(site.table.records(release)) == 1


def test_a_malformed_message_ends_in_the_dead_letter_queue(site: Any) -> None:
    """A message that never becomes a turn is tried five times and then kept in the dead-letter queue."""
    site.aws.client("sqs").send_message(
        QueueUrl=site.installation.queue_url, MessageBody="poison", MessageGroupId="g", MessageDeduplicationId="1"
    )  # fmt: skip
    for _ in range(7):
        site.lambdas.pump()
        site.run(seconds=121)
    assert len(site.lambdas.failures) == 5
    assert site.waiting(site.installation.queue_url) == 0
    assert site.waiting(site.installation.dead_letter_url) == 1


def test_an_unknown_deployment_is_logged_and_not_asked_again(site: Any) -> None:
    """A message about a deployment that CodeDeploy does not know is logged and taken off the queue."""
    assert site.invoke("Turn", {"Records": [site.message("d-NOWHERE00")]}) == {"batchItemFailures": []}
    (line,) = site.log()
    assert (line["message"], line["level"], line["correlation_id"]) == (
        "no such deployment", "WARNING", "d-NOWHERE00",
    )  # fmt: skip


def test_a_throttled_first_look_comes_again(guarded: tuple[Any, str]) -> None:
    """When CodeDeploy is throttled on the first look, the message goes back and the turn is taken later."""
    site, release = guarded
    site.aws.faults.throttle("codedeploy", "GetDeployment")
    batch = {"Records": [site.message(release)]}
    assert site.invoke("Turn", batch) == {"batchItemFailures": [{"itemIdentifier": "message-1"}]}
    site.aws.faults.clear()
    assert site.invoke("Turn", batch) == {"batchItemFailures": []}
    assert len(site.table.records(release)) == 1


def test_without_a_policy_the_record_says_so(site: Any) -> None:
    """A release of a service without a policy is observed by the defaults, and its record says so."""
    release = site.release()
    site.run(seconds=10)
    site.invoke("Turn", {"Records": [site.message(release)]})
    (record,) = site.table.records(release)
    assert record.mode == "observe"
    assert any("has no policy" in note for note in record.notes)


def test_the_table_holds_items_for_a_year_and_a_month(guarded: tuple[Any, str]) -> None:
    """Watch, history and record of a release expire four hundred days later."""
    site, release = guarded
    site.invoke("Turn", {"Records": [site.message(release)]})
    items = site.aws.client("dynamodb").scan(TableName=site.installation.table)["Items"]
    soon = (site.clock.now() + timedelta(days=399)).timestamp()
    late = (site.clock.now() + timedelta(days=401)).timestamp()
    expiries = {
        item["sk"]["S"].partition("#")[0]: int(item["expires_at"]["N"])
        for item in items
        if "expires_at" in item
    }
    assert set(expiries) == {"WATCH", "HISTORY", "TURN"}
    assert all(soon < expiry < late for expiry in expiries.values())


def test_a_message_cannot_lend_a_deployment_to_another_service(guarded: tuple[Any, str]) -> None:
    """The service of a turn is what CodeDeploy says of the deployment; the message's only orders the queue."""
    site, release = guarded
    lent = TurnRequest(
        deployment_id=release,
        service=site.service.model_copy(update={"application": "planted"}),
        trigger=Trigger(kind=TriggerKind.TICK),
    )
    site.invoke("Turn", {"Records": [site.message(release) | {"body": lent.to_json()}]})
    (record,) = site.table.records(release)
    assert (record.service, record.mode) == (site.service, "enforce")
