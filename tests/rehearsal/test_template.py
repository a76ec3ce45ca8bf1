"""The rehearsal runs what template.yaml describes."""

from pathlib import Path
from typing import Any

import pytest

from guardian_rehearsal.template import Resolver, load_template


def test_short_forms_become_long_ones(tmp_path: Path) -> None:
    """`!Ref`, `!GetAtt` and `!Sub` are read as CloudFormation means them."""
    path = tmp_path / "template.yaml"
    path.write_text(
        "a: !Ref Table\nb: !GetAtt Queue.Arn\nc: !Sub x-${Table}\nd: !Join ['', [a, !Ref Table]]\n"
    )
    assert load_template(path) == {
        "a": {"Ref": "Table"},
        "b": {"Fn::GetAtt": "Queue.Arn"},
        "c": {"Fn::Sub": "x-${Table}"},
        "d": {"Fn::Join": ["", ["a", {"Ref": "Table"}]]},
    }


def test_references_are_resolved_wherever_they_stand() -> None:
    """Names, attributes and substitutions are replaced inside lists and maps."""
    resolver = Resolver({"Table": "t", "AWS::Region": "eu-west-1"}, {"Queue.Arn": "arn:q"})
    node = {
        "x": [{"Ref": "Table"}, {"Fn::GetAtt": ["Queue", "Arn"]}],
        "y": {"Fn::Sub": "${AWS::Region}-${Table}"},
    }
    assert resolver.value(node) == {"x": ["t", "arn:q"], "y": "eu-west-1-t"}


def test_a_reference_that_leads_nowhere_is_an_error() -> None:
    """A name that the template does not define stops the rehearsal."""
    with pytest.raises(KeyError, match="Missing"):
        Resolver({}, {}).value({"Ref": "Missing"})


TERMS = {"Yes": {"Fn::Equals": [{"Ref": "Scope"}, "wide"]}, "No": {"Fn::Not": [{"Condition": "Yes"}]}}


@pytest.mark.parametrize(
    ("node", "value"),
    [
        ({"Fn::Join": ["-", ["a", {"Ref": "Scope"}]]}, "a-wide"),
        ({"Fn::Join": [",", {"Ref": "Groups"}]}, "x,y"),
        ({"Fn::Split": [",", {"Fn::Join": [",", {"Ref": "Groups"}]}]}, ["x", "y"]),
        ({"Fn::Select": ["1", {"Ref": "Groups"}]}, "y"),
        ({"Fn::If": ["Yes", "*", {"Ref": "Groups"}]}, "*"),
        ({"Fn::If": ["No", "*", {"Ref": "Groups"}]}, ["x", "y"]),
        ({"Fn::And": [{"Condition": "Yes"}, {"Condition": "No"}]}, False),
        ({"Fn::Or": [{"Condition": "Yes"}, {"Condition": "No"}]}, True),
        ([1, {"Fn::If": ["No", 2, {"Ref": "AWS::NoValue"}]}, 3], [1, 3]),
        ({"a": {"Ref": "AWS::NoValue"}, "b": 2}, {"b": 2}),
        ({"Fn::Sub": "${Queue.Arn}/${!Kept}"}, "arn:q/${Kept}"),
        ({"Fn::Sub": ["${Scope}-${own}", {"own": {"Ref": "Scope"}}]}, "wide-wide"),
        ({"Condition": {"StringEquals": {"k": "v"}}}, {"Condition": {"StringEquals": {"k": "v"}}}),
        ({}, {}),
    ],
)  # fmt: skip
def test_intrinsic_functions_are_resolved_as_cloudformation_does(node: Any, value: Any) -> None:
    """Joins, choices and conditions come out as values; what has no value is left out of what holds it."""
    resolver = Resolver({"Scope": "wide", "Groups": ["x", "y"]}, {"Queue.Arn": "arn:q"}, TERMS)
    assert resolver.value(node) == value


def test_an_intrinsic_function_that_is_not_known_is_an_error() -> None:
    """It is never passed on as if it were a value."""
    with pytest.raises(ValueError, match="Fn::ImportValue is not resolved here"):
        Resolver({}, {}).value({"a": [{"Fn::ImportValue": "x"}]})


def test_outside_a_checkout_the_message_says_what_to_do(tmp_path: Path) -> None:
    """Without template.yaml there is nothing to rehearse."""
    with pytest.raises(FileNotFoundError, match="runs from a checkout"):
        load_template(tmp_path / "template.yaml")
