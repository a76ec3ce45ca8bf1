"""What policies come to, without a request."""

from typing import Any

import pytest

from guardian_rehearsal.emulator.iam import Access, decide, statements_of

TABLE = "arn:aws:dynamodb:eu-west-1:123456789012:table/t"
REGION = (("aws:RequestedRegion", "eu-west-1"),)


def allow(action: str | list[str], resource: str | list[str] = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def allowed(access: Access, *statements: dict[str, Any]) -> bool:
    return decide(list(statements_of({"Statement": list(statements)})), access).allowed


def test_nothing_is_allowed_by_silence() -> None:
    """Without a statement that speaks of it an access is denied, and no statement is to blame."""
    decision = decide([], Access("dynamodb:GetItem", TABLE))
    assert (decision.allowed, decision.statement) == (False, None)


@pytest.mark.parametrize(
    ("pattern", "resource", "matches"),
    [
        ("*", TABLE, True),
        ("*", "*", True),
        (TABLE, TABLE, True),
        (TABLE, f"{TABLE}2", False),
        (TABLE, TABLE.upper(), False),
        (f"{TABLE}*", f"{TABLE}/index/i", True),
        (TABLE.replace("table/t", "table/?"), TABLE, True),
        (TABLE.replace("table/t", "table/??"), TABLE, False),
        ("arn:aws:dynamodb:*:*:table/t", TABLE, True),
        ("arn:aws:dynamodb:eu-west-1:123456789012:table/[t]", TABLE, False),
        (TABLE.replace("1:", "."), TABLE, False),
        (TABLE, "*", False),
    ],
)
def test_resources_match_as_iam_matches_them(pattern: str, resource: str, matches: bool) -> None:
    """`*` is any characters, `?` is one, everything else is itself, case included."""
    assert allowed(Access("dynamodb:GetItem", resource), allow("dynamodb:GetItem", pattern)) is matches


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("dynamodb:GetItem", True),
        ("dynamodb:getitem", True),
        ("dynamodb:Get*", True),
        ("*", True),
        ("dynamodb:PutItem", False),
        ("ssm:*", False),
        ("dynamodb:GetIte", False),
    ],
)
def test_actions_match_without_regard_to_case(pattern: str, matches: bool) -> None:
    """Actions have wildcards too, and their case does not count."""
    assert allowed(Access("dynamodb:GetItem", TABLE), allow(pattern, TABLE)) is matches


def test_a_deny_wins_wherever_it_stands() -> None:
    """An explicit deny beats every allow, before or after it, and is named as the reason."""
    deny = {"Sid": "Never", "Effect": "Deny", "Action": "dynamodb:*", "Resource": TABLE}
    for statements in ([deny, allow("*")], [allow("*"), deny]):
        read = list(statements_of({"Statement": statements}))
        decision = decide(read, Access("dynamodb:GetItem", TABLE))
        assert not decision.allowed
        assert decision.statement is not None
        assert decision.statement.sid == "Never"
    assert allowed(Access("dynamodb:GetItem", f"{TABLE}2"), deny, allow("*"))


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}, True),
        ({"StringEquals": {"AWS:requestedregion": ["us-east-1", "eu-west-1"]}}, True),
        ({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}, False),
        ({"StringEquals": {"aws:RequestedRegion": "eu-*"}}, False),
        ({"StringLike": {"aws:RequestedRegion": "eu-*"}}, True),
        ({"StringEquals": {"aws:PrincipalTag/team": "a"}}, False),
        ({"StringEquals": {"aws:RequestedRegion": "eu-west-1", "aws:SourceIp": "x"}}, False),
    ],
)
def test_all_conditions_must_hold(condition: dict[str, Any], holds: bool) -> None:
    """One of a key's values is enough, every key must hold, and a key that the request lacks does not."""
    access = Access("dynamodb:GetItem", TABLE, REGION)
    assert allowed(access, allow("dynamodb:GetItem", TABLE, Condition=condition)) is holds


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}, "NotAction"),
        (allow("s3:*", Principal="*"), "Principal"),
        (allow("s3:*", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}), "IpAddress"),
        (allow("s3:*", "arn:aws:s3:::${aws:username}"), "username"),
        ({"Effect": "Permit", "Action": "s3:*", "Resource": "*"}, "Permit"),
    ],
)
def test_what_is_not_decided_here_is_refused(statement: dict[str, Any], named: str) -> None:
    """A policy that says more than is understood is an error that names it; it is never half read."""
    with pytest.raises(ValueError, match=named):
        list(statements_of({"Statement": statement}))
