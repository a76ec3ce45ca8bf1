"""The health page is judged by its fields."""

import json
from typing import Any

import pytest

from guardian.gates import Versions, judge_health
from guardian.model import Evidence, Finding, HttpAnswer, Role
from guardian.policy.gates import HealthPolicy

FINE = {
    "status": "healthy",
    "version": "2",
    "environment": "green",
    "database": "connected",
    "schema": "compatible",
}
VERSIONS = Versions(blue="1", green="2")


def _judged(
    status: int = 200, role: Role = Role.GREEN, versions: Versions = VERSIONS, policy: HealthPolicy | None = None,
    **changes: Any,
) -> Evidence:  # fmt: skip
    page = {key: value for key, value in (FINE | changes).items() if value is not ...}
    return judge_health(
        HttpAnswer(status=status, body=json.dumps(page)), policy or HealthPolicy(), role, versions
    )


def test_a40_a_page_whose_fields_fit_passes() -> None:
    """A40: database, schema and version as they must be: well, and the sentence names the version."""
    found = _judged()
    assert (found.finding, found.sentence) == (
        Finding.HEALTHY,
        'the health page of green is fine, version "2"',
    )


@pytest.mark.parametrize("status", [200, 503])
@pytest.mark.parametrize(
    ("field", "value"),
    [("database", "disconnected"), ("schema", "incompatible"), ("schema", True), ("schema", ...)],
)
def test_g8_a_page_is_judged_by_its_fields(status: int, field: str, value: Any) -> None:
    """G8: `status: healthy` and 200 excuse no field: a wrong or a missing one fails the release."""
    found = _judged(status, **{field: value})
    assert found.finding is Finding.DIVERGED
    assert field in found.sentence


def test_a_page_that_answers_503_fails_although_its_fields_fit() -> None:
    """The status counts as well: a load balancer would take such a task out."""
    assert _judged(503).finding is Finding.DIVERGED
    assert "its fields are fine but it answered 503" in _judged(503).sentence


def test_a39_blues_version_is_the_wrong_colour() -> None:
    """A39: a page that answers the version being replaced is blue's: the hook is judging the wrong colour."""
    found = _judged(version="1")
    assert found.finding is Finding.DIVERGED
    assert 'version is "1", but "2" is being released' in found.sentence
    assert "the hook is judging the wrong colour" in found.sentence


def test_another_version_fails_without_naming_a_colour() -> None:
    """A version that is neither blue's nor green's fails; nobody knows whose it is."""
    found = _judged(version="1.9")
    assert found.finding is Finding.DIVERGED
    assert "wrong colour" not in found.sentence


def test_a_version_may_be_a_number() -> None:
    """A page that answers its version as a JSON number is compared by its text."""
    assert _judged(version=2).finding is Finding.HEALTHY
    assert _judged(version=3).finding is Finding.DIVERGED


@pytest.mark.parametrize(
    ("versions", "policy"),
    [(Versions(), HealthPolicy()), (VERSIONS, HealthPolicy(version=None))],
    ids=["not known", "not wanted"],
)
def test_a_version_that_cannot_be_judged_is_said(versions: Versions, policy: HealthPolicy) -> None:
    """Where nobody knows the released version, or the policy wants none, the rest is judged, and it says so."""
    found = _judged(version="9", versions=versions, policy=policy)
    assert found.finding is Finding.HEALTHY
    assert found.sentence.endswith("which version answered was not judged")


@pytest.mark.parametrize(("status", "finding"), [
    (200, Finding.NO_DATA), (301, Finding.NO_DATA), (403, Finding.NO_DATA), (404, Finding.NO_DATA),
    (502, Finding.DIVERGED), (503, Finding.DIVERGED),
])  # fmt: skip
@pytest.mark.parametrize("body", ["<html>nginx</html>", "", "[1]", '"healthy"', "{"])
def test_what_is_no_page_of_the_application_convicts_nobody(status: int, finding: Finding, body: str) -> None:
    """A login, a firewall or a redirect says nothing about green; a 5XX does, whoever wrote it."""
    found = judge_health(HttpAnswer(status=status, body=body), HealthPolicy(), Role.GREEN, VERSIONS)
    assert found.finding is finding
    assert f"answered {status} and no JSON object" in found.sentence


def test_a50_a_policy_may_expect_other_fields() -> None:
    """A50: the version of the migration tool, in a page of another shape, by JMESPath."""
    policy = HealthPolicy(fields={"checks.db.migration": 42}, version=None)
    right, wrong = (
        HttpAnswer(status=200, body=f'{{"checks": {{"db": {{"migration": {n}}}}}}}') for n in (42, 41)
    )
    assert judge_health(right, policy, Role.GREEN, VERSIONS).finding is Finding.HEALTHY
    found = judge_health(wrong, policy, Role.GREEN, VERSIONS)
    assert found.finding is Finding.DIVERGED
    assert "checks.db.migration is 41, not 42" in found.sentence


def test_a45_blue_is_held_to_what_it_says_after_the_expansion() -> None:
    """A45: blue's page fails on a field that is wrong, not on one its version never had, nor on its version."""
    assert _judged(role=Role.BLUE, schema="incompatible").finding is Finding.DIVERGED
    assert _judged(role=Role.BLUE, schema=..., version="1").finding is Finding.HEALTHY


def test_what_a_page_answers_is_repeated_short() -> None:
    """A page cannot fill a record: what it answered is repeated on one line of at most eighty characters."""
    found = _judged(schema="x\n" * 500)
    assert "\n" not in found.sentence
    assert len(found.sentence) < 250
