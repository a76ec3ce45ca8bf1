"""Gates in the lifecycle hooks: what is checked in which hook, and what it does to the release."""

import io
import json
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from aws_lambda_powertools import Logger
from guardian_fakes import BLUE, CHECKOUT, GREEN, Shop

from guardian.errors import AwsRefusedError, TemporaryError, UnreachableError
from guardian.hooks import HookAnswers
from guardian.model import HttpAnswer, HttpRequest, OneOffTask, TaskContainer
from guardian.record import DecisionRecord
from guardian.triggers import Hook

NUMBERS = count()
TEST, PRODUCTION = "http://test.shop.example.com:8080", "https://shop.example.com"
HEALTHY = {"status": "healthy", "version": "2", "database": "connected", "schema": "compatible"}
MIGRATION = {"tag": {"key": "migrates", "value": "shop"}}
BEFORE = [Hook.BEFORE_INSTALL, Hook.AFTER_INSTALL]
LISTENERS = [Hook.AFTER_ALLOW_TEST_TRAFFIC, Hook.AFTER_ALLOW_TRAFFIC]
CRUD = [
    {"name": "create", "method": "POST", "path": "/customers", "body": {"city": "Bonn"}, "status": 201,
     "carry": {"id": "id"}},
    {"name": "read back", "path": "/customers/${id}", "fields": {"city": "Bonn"}},
    {"name": "update", "method": "PUT", "path": "/customers/${id}", "body": {"city": "Rom"}, "fields": {"city": "Rom"}},
    {"name": "delete", "method": "DELETE", "path": "/customers/${id}", "status": 204, "when": "always"},
]  # fmt: skip
Gate = Callable[..., str]


class Customers:
    """An application that keeps customers; what it forgets or refuses is up to the test."""

    def __init__(self, shop: Shop, base: str = TEST) -> None:
        self.kept: dict[str, dict[str, Any]] = {}
        self.forgets: set[str] = set()
        self.refuses: set[str] = set()
        shop.web.serve("POST", f"{base}/customers", self._create)
        for method, page in (("GET", self._read), ("PUT", self._update), ("DELETE", self._delete)):
            shop.web.serve(method, f"{base}/customers/c-1", page)

    def _create(self, request: HttpRequest) -> HttpAnswer:
        return self._keep(request, 201)

    def _update(self, request: HttpRequest) -> HttpAnswer:
        return self._keep(request, 200)

    def _keep(self, request: HttpRequest, status: int) -> HttpAnswer:
        self._check(request)
        sent = json.loads(request.body or "{}")
        self.kept["c-1"] = {"id": "c-1"} | {
            key: value for key, value in sent.items() if key not in self.forgets
        }
        return HttpAnswer(status=status, body=json.dumps(self.kept["c-1"]))

    def _read(self, request: HttpRequest) -> HttpAnswer:
        self._check(request)
        return HttpAnswer(status=200, body=json.dumps(self.kept["c-1"]))

    def _delete(self, request: HttpRequest) -> HttpAnswer:
        self._check(request)
        del self.kept["c-1"]
        return HttpAnswer(status=204)

    def _check(self, request: HttpRequest) -> None:
        if request.method in self.refuses:
            raise UnreachableError("ReadTimeoutError: Read timed out")


@pytest.fixture
def gate(installed: Shop) -> Gate:
    """Call a hook of the installed release under a policy with these gates, and return the answer."""

    def call(hook: Hook, mode: str = "enforce", **gates: Any) -> str:
        installed.policies.put(CHECKOUT, mode=mode, gates=gates)
        execution = installed.codedeploy.call_hook(installed.release, f"execution-{next(NUMBERS)}")
        event = {"DeploymentId": installed.release, "LifecycleEventHookExecutionId": execution}
        logger = Logger(service=f"gates-{next(NUMBERS)}", stream=io.StringIO())
        if hook is Hook.AFTER_ALLOW_TRAFFIC:
            installed.shift(1)
        return HookAnswers(hook, installed.ports, logger).answer(event)

    installed.fleet.environment = {BLUE.arn: {"APP_VERSION": "1"}, GREEN.arn: {"APP_VERSION": "2"}}
    installed.web.put("GET", f"{TEST}/health", 200, HEALTHY)
    return call


def _migrated(shop: Shop, code: int | None = 0, status: str = "STOPPED") -> None:
    arn = "arn:aws:ecs:eu-west-1:111122223333:task/shop/0a1b2c3d"
    containers = (TaskContainer(name="app", exit_code=code),)
    task = OneOffTask(arn=arn, status=status, created=shop.clock.now(), containers=containers)
    shop.tasks.run("shop", task, migrates="shop")


def _last(shop: Shop) -> DecisionRecord:
    return shop.records[-1]


@pytest.mark.parametrize("hook", BEFORE, ids=str)
def test_a46_a_failed_migration_fails_the_hook(installed: Shop, gate: Gate, hook: Hook) -> None:
    """A46: a migration container that ended with another code than 0 fails the hook, and the record says which."""
    _migrated(installed, code=1)
    assert gate(hook, migration=MIGRATION) == "Failed"
    record = _last(installed)
    assert (record.decision, record.signal) == ("roll_back", "migration")
    assert "container app ended with 1" in record.sentence
    assert installed.codedeploy.stops == []


@pytest.mark.parametrize("hook", BEFORE, ids=str)
def test_a46_a_migration_that_ended_well_is_noted(installed: Shop, gate: Gate, hook: Hook) -> None:
    """A46: a migration that ended well passes the hook, and the record has it in its notes."""
    _migrated(installed)
    assert gate(hook, migration=MIGRATION) == "Succeeded"
    assert any("every container ended with 0" in note for note in _last(installed).notes)


def test_a_migration_in_another_cluster_is_looked_for_there(installed: Shop, gate: Gate) -> None:
    """The policy may name another cluster than the service's; a task in the wrong one does not count."""
    _migrated(installed)
    assert gate(Hook.BEFORE_INSTALL, migration=MIGRATION | {"cluster": "jobs"}) == "Failed"
    assert gate(Hook.BEFORE_INSTALL, migration=MIGRATION | {"cluster": "shop"}) == "Succeeded"


def test_a_migration_that_cannot_be_read_now_is_unknown(installed: Shop, gate: Gate) -> None:
    """Throttling is no failed migration: the hook passes and says that nobody looked."""
    installed.tasks.fail("find", TemporaryError("ecs:ListTasks was answered with Throttling"))
    assert gate(Hook.BEFORE_INSTALL, migration=MIGRATION) == "Succeeded"
    assert any("cannot be read now: ecs:ListTasks" in note for note in _last(installed).notes)


def test_a_migration_that_may_not_be_read_fails(installed: Shop, gate: Gate) -> None:
    """A gate that can never be looked at is no gate: the hook fails before users see green, and says why."""
    installed.tasks.fail(
        "find", AwsRefusedError("ecs:ListTasks is not allowed: add it to the function's role")
    )
    assert gate(Hook.BEFORE_INSTALL, migration=MIGRATION) == "Failed"
    assert "ecs:ListTasks is not allowed" in _last(installed).sentence


@pytest.mark.parametrize("hook", LISTENERS, ids=str)
def test_a35_the_test_listener_is_probed(installed: Shop, gate: Gate, hook: Hook) -> None:
    """A35, A40: a health page that fits passes the hook and is noted."""
    assert gate(hook, test_url=TEST, health={}) == "Succeeded"
    assert [request.url for request in installed.web.asked] == [f"{TEST}/health"]
    assert 'the health page of green is fine, version "2"' in _last(installed).notes


@pytest.mark.parametrize("field", ["database", "schema"])
def test_a35_a_wrong_answer_on_the_test_listener_fails_the_hook(
    installed: Shop, gate: Gate, field: str
) -> None:
    """A35, G8: one wrong field fails the hook before users see green; nothing is stopped, CodeDeploy undoes it."""
    installed.web.put("GET", f"{TEST}/health", 503, HEALTHY | {field: "broken"})
    assert gate(Hook.AFTER_ALLOW_TEST_TRAFFIC, test_url=TEST, health={}) == "Failed"
    record = _last(installed)
    assert (record.signal, record.phase) == ("health_page", "preparing")
    assert f'{field} is "broken"' in record.sentence
    assert installed.codedeploy.stops == []


def test_a_wrong_answer_after_the_shift_stops_the_deployment_too(installed: Shop, gate: Gate) -> None:
    """After the shift the table stops the deployment, and the failing answer alone would undo it."""
    installed.web.put("GET", f"{TEST}/health", 200, HEALTHY | {"schema": "incompatible"})
    assert gate(Hook.AFTER_ALLOW_TRAFFIC, test_url=TEST, health={}) == "Failed"
    assert installed.codedeploy.stops == [installed.release]


def test_a39_the_version_of_blue_is_the_wrong_colour(installed: Shop, gate: Gate) -> None:
    """A39: the listener answers blue's version: the hook is judging the wrong colour and says so."""
    installed.web.put("GET", f"{TEST}/health", 200, HEALTHY | {"version": "1"})
    assert gate(Hook.AFTER_ALLOW_TEST_TRAFFIC, test_url=TEST, health={}) == "Failed"
    assert "the hook is judging the wrong colour" in _last(installed).sentence


def test_the_image_tag_can_be_the_version(installed: Shop, gate: Gate) -> None:
    """Without a variable the version is the tag of green's image."""
    installed.fleet.images = {GREEN.arn: "2", BLUE.arn: "1"}
    assert (
        gate(Hook.AFTER_ALLOW_TEST_TRAFFIC, test_url=TEST, health={"version_variable": None}) == "Succeeded"
    )
    assert 'the health page of green is fine, version "2"' in _last(installed).notes


@pytest.mark.parametrize(
    ("trouble", "says"),
    [
        (
            lambda shop: shop.fleet.fail("versions", TemporaryError("Rate exceeded")),
            "cannot be read: Rate exceeded",
        ),
        (lambda shop: shop.fleet.environment.clear(), "green's task definition has no variable APP_VERSION"),
    ],
    ids=["unread", "no variable"],
)
def test_a_version_that_nobody_knows_is_noted(
    installed: Shop, gate: Gate, trouble: Callable[[Shop], None], says: str
) -> None:
    """The other fields are judged, and the record says that the version was not."""
    trouble(installed)
    assert gate(Hook.AFTER_ALLOW_TEST_TRAFFIC, test_url=TEST, health={}) == "Succeeded"
    assert any(says in note for note in _last(installed).notes)
    installed.web.put("GET", f"{TEST}/health", 200, HEALTHY | {"schema": "incompatible"})
    assert gate(Hook.AFTER_ALLOW_TEST_TRAFFIC, test_url=TEST, health={}) == "Failed"


def test_a38_production_is_asked_ten_times(installed: Shop, gate: Gate) -> None:
    """A38: after the shift production answers the released version as often as the policy wants it."""
    answers = iter([HEALTHY] * 9 + [HEALTHY | {"version": "1"}])
    page = lambda _: HttpAnswer(status=200, body=json.dumps(next(answers, HEALTHY)))  # noqa: E731
    installed.web.serve("GET", f"{PRODUCTION}/health", page)
    gates = {"test_url": TEST, "production_url": PRODUCTION, "health": {"times": 10}}
    assert gate(Hook.AFTER_ALLOW_TRAFFIC, **gates) == "Failed"
    assert [request.url for request in installed.web.asked] == [f"{PRODUCTION}/health"] * 10


def test_a45_blue_must_fit_the_expanded_schema(installed: Shop, gate: Gate) -> None:
    """A45: before the release the page of blue, which serves, is judged: an expansion that broke it stops all."""
    gates = {"test_url": TEST, "production_url": PRODUCTION, "health": {}}
    installed.web.put("GET", f"{PRODUCTION}/health", 200, HEALTHY | {"version": "1"})
    assert gate(Hook.BEFORE_INSTALL, **gates) == "Succeeded"
    installed.web.put(
        "GET", f"{PRODUCTION}/health", 503, HEALTHY | {"version": "1", "schema": "incompatible"}
    )
    assert gate(Hook.BEFORE_INSTALL, **gates) == "Failed"
    assert "the health page of blue answered 503" in _last(installed).sentence


@pytest.mark.parametrize("hook", LISTENERS, ids=str)
def test_a37_a_customer_is_created_read_updated_and_deleted(installed: Shop, gate: Gate, hook: Hook) -> None:
    """A36, A37: the same steps run in both hooks, each with what the one before carried, and leave nothing behind."""
    customers = Customers(installed)
    assert gate(hook, test_url=TEST, probes=CRUD) == "Succeeded"
    assert [request.method for request in installed.web.asked] == ["POST", "GET", "PUT", "DELETE"]
    assert customers.kept == {}
    assert "4 times well: probe 'delete' (DELETE) answered 204 as it must" in _last(installed).notes


def test_a36_a_wrong_answer_cleans_up_and_fails(installed: Shop, gate: Gate) -> None:
    """A36: green loses what it was given: the hook fails, later steps are left out, what was created is deleted."""
    customers = Customers(installed)
    customers.forgets = {"city"}
    assert gate(Hook.AFTER_ALLOW_TEST_TRAFFIC, test_url=TEST, probes=CRUD) == "Failed"
    assert [request.method for request in installed.web.asked] == ["POST", "GET", "DELETE"]
    assert customers.kept == {}
    record = _last(installed)
    assert record.signal == "probes"
    assert "probe 'read back' (GET) city is nothing, not \"Bonn\"" in record.sentence


def test_a_wrong_answer_is_not_asked_for_again(installed: Shop, gate: Gate) -> None:
    """A wrong answer is final, whatever the retries are for."""
    installed.web.put("GET", f"{TEST}/x", 500)
    probe = {"name": "x", "path": "/x", "retries": 5}
    assert gate(Hook.AFTER_ALLOW_TEST_TRAFFIC, test_url=TEST, probes=[probe]) == "Failed"
    assert len(installed.web.asked) == 1


@pytest.mark.parametrize("hook", LISTENERS, ids=str)
def test_no_answer_fails_nothing(installed: Shop, gate: Gate, hook: Hook) -> None:
    """A hung TLS handshake or an unreachable listener rolls no good release back; the record says it is unknown."""
    installed.web.fail("ask", UnreachableError("SSLError: The handshake operation timed out"))
    assert gate(hook, test_url=TEST, health={}, probes=CRUD) == "Succeeded"
    notes = "; ".join(_last(installed).notes)
    assert "the health page of green did not answer, which is unknown and fails nothing: SSLError" in notes
    assert "probe 'create' (POST) did not answer, which is unknown and fails nothing" in notes
    assert "probe 'delete' (DELETE) was not sent: no earlier step has carried id" in notes


def test_a_step_without_an_answer_still_cleans_up(installed: Shop, gate: Gate) -> None:
    """When a later step gets no answer the created record is deleted, and nothing fails."""
    customers = Customers(installed)
    customers.refuses = {"GET"}
    assert gate(Hook.AFTER_ALLOW_TEST_TRAFFIC, test_url=TEST, probes=CRUD) == "Succeeded"
    assert [request.method for request in installed.web.asked] == ["POST", "GET", "DELETE"]
    assert customers.kept == {}


def test_all_questions_of_a_hook_end_in_time(installed: Shop, gate: Gate) -> None:
    """Slow answers use up the hook's time: later steps are not asked, the cleaning up still is, and nothing fails."""
    customers = Customers(installed)

    def slow(_: HttpRequest) -> HttpAnswer:
        installed.clock.wait(seconds=50)
        return HttpAnswer(status=200, body=json.dumps(customers.kept["c-1"]))

    installed.web.serve("GET", f"{TEST}/customers/c-1", slow)
    assert gate(Hook.AFTER_ALLOW_TEST_TRAFFIC, test_url=TEST, probes=CRUD) == "Succeeded"
    assert customers.kept == {}
    assert any("'update' (PUT) was not asked: the 45 s" in note for note in _last(installed).notes)


def test_one_question_gets_no_more_time_than_is_left(installed: Shop, gate: Gate) -> None:
    """The attempts of one request share what is left of the hook's time."""
    probe = {"name": "x", "path": "/x", "timeout_seconds": 30, "retries": 2}
    gate(Hook.AFTER_ALLOW_TEST_TRAFFIC, test_url=TEST, probes=[probe])
    assert [request.seconds for request in installed.web.asked] == [15]


@pytest.mark.parametrize(("mode", "decision"), [("observe", "proceed"), ("notify", "notify")])
def test_a_mode_that_may_not_act_fails_no_hook_for_a_gate(
    installed: Shop, gate: Gate, mode: str, decision: str
) -> None:
    """In the modes observe and notify the hook passes, and the record says what mode enforce would have done."""
    _migrated(installed, code=1)
    assert gate(Hook.BEFORE_INSTALL, mode=mode, migration=MIGRATION) == "Succeeded"
    assert (_last(installed).decision, _last(installed).would) == (decision, "roll_back")


def test_a_failed_gate_counts_although_no_metric_can_be_read(installed: Shop, gate: Gate) -> None:
    """Throttled metrics cannot turn a failed migration into a pass."""
    _migrated(installed, code=1)
    installed.metrics.fail("read", TemporaryError("cloudwatch:GetMetricData was answered with Throttling"))
    assert gate(Hook.BEFORE_INSTALL, migration=MIGRATION) == "Failed"


def test_a_failed_gate_counts_although_the_listener_tells_no_colours(installed: Shop, gate: Gate) -> None:
    """A listener that forwards to neither group blinds the judge, not the gate: the failed migration fails the hook."""
    _migrated(installed, code=1)
    installed.codedeploy.strangers = (
        "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/stranger/0a"
    )
    assert gate(Hook.BEFORE_INSTALL, migration=MIGRATION) == "Failed"


def test_a_turn_taken_twice_asks_once(installed: Shop, gate: Gate) -> None:
    """A hook that loses to another turn takes its turn again with what the gates have found, and probes once."""
    installed.web.put("GET", f"{TEST}/health", 503, HEALTHY)
    installed.table.overtaken = 1
    assert gate(Hook.AFTER_ALLOW_TEST_TRAFFIC, test_url=TEST, health={}) == "Failed"
    assert len(installed.web.asked) == 1


def test_the_rollback_of_a_release_is_not_probed(installed: Shop, gate: Gate) -> None:
    """CodeDeploy calls the same hooks for a rollback, which nothing may hold up."""
    installed.release = installed.codedeploy.roll_back(
        installed.release, "Stopped", rollback_status="InProgress"
    )
    installed.web.put("GET", f"{TEST}/health", 503, HEALTHY)
    assert gate(Hook.AFTER_ALLOW_TEST_TRAFFIC, test_url=TEST, health={}) == "Succeeded"
    assert installed.web.asked == []


@pytest.mark.parametrize("times", [1, None], ids=["for a moment", "for longer"])
def test_aws_that_cannot_be_read_leaves_the_gates_unchecked(
    installed: Shop, gate: Gate, times: int | None
) -> None:
    """When the deployment itself cannot be read the hook passes, and the record says that no gate was checked."""
    _migrated(installed, code=1)
    throttled = TemporaryError("codedeploy:GetDeployment was answered with Throttling")
    installed.codedeploy.fail("describe", throttled, times=times)
    assert gate(Hook.BEFORE_INSTALL, migration=MIGRATION) == "Succeeded"
    assert any("the gates were not checked" in note for note in _last(installed).notes)


def test_a_policy_without_gates_asks_nothing(installed: Shop, gate: Gate) -> None:
    """Nothing is asked that the policy does not name."""
    for hook in Hook:
        assert gate(hook) == "Succeeded"
    assert (installed.web.asked, installed.tasks.calls) == ([], [])
