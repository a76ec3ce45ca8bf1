"""Probes: requests filled with carried values, and answers held to what they must be."""

import json
from typing import Any

import pytest

from guardian.gates import fill, judge_answer
from guardian.model import Finding, HttpAnswer
from guardian.policy.gates import ProbePolicy

BASE = "http://shop.example.com:8080"


def _probe(**keys: Any) -> ProbePolicy:
    return ProbePolicy(**{"name": "create", "path": "/customers", **keys})


def _answer(body: Any = None, status: int = 200) -> HttpAnswer:
    return HttpAnswer(status=status, body=body if isinstance(body, str) else json.dumps(body))


def test_a_request_is_what_the_policy_says() -> None:
    """Method, URL, headers, body and patience come from the policy; a body of keys is sent as JSON."""
    probe = _probe(
        method="POST", headers={"Host": "shop"}, body={"city": "Berlin"}, timeout_seconds=3, retries=1
    )
    request = fill(probe, BASE, {})
    assert (request.method, request.url) == ("POST", f"{BASE}/customers")
    assert request.headers == {"Host": "shop", "Content-Type": "application/json"}
    assert json.loads(request.body or "") == {"city": "Berlin"}
    assert (request.seconds, request.retries) == (3, 1)


def test_a_text_body_is_sent_as_it_is() -> None:
    """Text is no JSON: it has the content type that the policy gives it, or none."""
    request = fill(_probe(method="POST", body="a=1", headers={"Content-Type": "text/plain"}), BASE, {})
    assert (request.body, request.headers) == ("a=1", {"Content-Type": "text/plain"})
    assert fill(_probe(), BASE, {}).body is None


def test_a72_a_header_names_the_host() -> None:
    """A72: a probe may say which host it means, and carry values into any header."""
    request = fill(_probe(headers={"Host": "shop.example.com", "X-Id": "c-${id}"}), BASE, {"id": 7})
    assert request.headers == {"Host": "shop.example.com", "X-Id": "c-7"}


def test_carried_values_go_where_they_are_named() -> None:
    """A carried value keeps its type where it stands alone in a JSON body, and is text elsewhere."""
    body = {"id": "${id}", "note": "customer ${id}", "tags": ["${tag}", 5]}
    request = fill(_probe(path="/customers/${id}?of=${tag}", body=body), BASE, {"id": 7, "tag": "a b"})
    assert request.url == f"{BASE}/customers/7?of=a%20b"
    assert json.loads(request.body or "") == {"id": 7, "note": "customer 7", "tags": ["a b", 5]}


@pytest.mark.parametrize("evil", ["../admin?x=1#", "a/b", "${other}", '"},{"admin":"yes', "\r\nX-Evil: 1"])
def test_no_answer_can_change_what_a_later_step_asks(evil: str) -> None:
    """What an answer carries stays one path segment and one JSON text, whatever is in it."""
    request = fill(
        _probe(path="/customers/${id}/orders", body={"of": "${id}"}), BASE, {"id": evil, "other": "no"}
    )
    assert request.url.removeprefix(f"{BASE}/customers/").removesuffix("/orders").isprintable()
    assert not set("/?#") & set(request.url.removeprefix(f"{BASE}/customers/").removesuffix("/orders"))
    assert json.loads(request.body or "") == {"of": evil}


def test_a36_an_answer_as_it_must_be_passes_and_carries() -> None:
    """A36: status and every named part fit, and the values that later steps use are taken."""
    probe = _probe(status=201, fields={"address.city": "Berlin", "length(tags)": 0}, carry={"id": "id"})
    step = judge_answer(probe, _answer({"id": 7, "address": {"city": "Berlin"}, "tags": []}, 201))
    assert (step.evidence.finding, step.carried) == (Finding.HEALTHY, {"id": 7})
    assert step.evidence.sentence == "probe 'create' (GET) answered 201 as it must"


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (_answer({"city": "Berlin"}, 500), "answered 500, not 200"),
        (_answer({"city": "Bonn"}), 'city is "Bonn", not "Berlin"'),
        (_answer({}), 'city is nothing, not "Berlin"'),
        (_answer("<html>"), 'city is nothing, not "Berlin"'),
        (_answer({"city": 1}), 'city is 1, not "Berlin"'),
    ],
    ids=["status", "value", "missing", "no JSON", "type"],
)
def test_a36_a_wrong_answer_fails(answer: HttpAnswer, says: str) -> None:
    """A36: another status, another value, a missing one or another type fails, and the sentence says which."""
    step = judge_answer(_probe(fields={"city": "Berlin"}), answer)
    assert step.evidence.finding is Finding.DIVERGED
    assert says in step.evidence.sentence


def test_true_is_not_one() -> None:
    """JSON's true and 1 are two values."""
    assert judge_answer(_probe(fields={"ok": True}), _answer({"ok": 1})).evidence.finding is Finding.DIVERGED
    assert (
        judge_answer(_probe(fields={"ok": True}), _answer({"ok": True})).evidence.finding is Finding.HEALTHY
    )


def test_a_field_may_be_expected_to_be_absent() -> None:
    """Null expects nothing there, such as an error."""
    assert judge_answer(_probe(fields={"error": None}), _answer({})).evidence.finding is Finding.HEALTHY
    assert (
        judge_answer(_probe(fields={"error": None}), _answer({"error": "x"})).evidence.finding
        is Finding.DIVERGED
    )


def test_what_later_steps_need_must_be_there() -> None:
    """An answer without the value that is carried fails; what else it carried is kept for cleaning up."""
    step = judge_answer(_probe(carry={"id": "id", "tag": "tag"}), _answer({"id": 7}))
    assert (step.evidence.finding, step.carried) == (Finding.DIVERGED, {"id": 7})
    assert "tag is missing, which later steps need" in step.evidence.sentence


def test_an_expression_that_does_not_fit_the_answer_finds_nothing() -> None:
    """A function applied to what is not there is a wrong answer, not a failure of Guardian."""
    step = judge_answer(_probe(fields={"length(items)": 2}), _answer({}))
    assert step.evidence.finding is Finding.DIVERGED
