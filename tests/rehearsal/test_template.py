"""The rehearsal runs what template.yaml describes."""

from pathlib import Path

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


def test_outside_a_checkout_the_message_says_what_to_do(tmp_path: Path) -> None:
    """Without template.yaml there is nothing to rehearse."""
    with pytest.raises(FileNotFoundError, match="runs from a checkout"):
        load_template(tmp_path / "template.yaml")
