"""What a missing permission does to production, played with a template that lacks it."""

import json
from pathlib import Path
from typing import Any

from guardian.actions import Outcome
from guardian.decide import DecisionKind
from guardian.model import Finding
from guardian_rehearsal.ending import Ending
from guardian_rehearsal.host import Code, FunctionHost
from guardian_rehearsal.play import play
from guardian_rehearsal.scenarios import scenario
from guardian_rehearsal.template import ROOT, load_template


def played_without(action: str, name: str, folder: Path) -> Ending:
    """Play a scenario with the action taken out of every policy of the template."""
    template = load_template()
    for document in documents(template["Resources"]):
        for statement in document["Statement"]:
            actions = statement["Action"]
            listed = actions if isinstance(actions, list) else [actions]
            statement["Action"] = [one for one in listed if one != action]
    (folder / "template.yaml").write_text(json.dumps(template))
    for code in ("functions", "layers"):
        (folder / code).symlink_to(ROOT / code)
    return play(scenario(name), code=Code(folder / "template.yaml", FunctionHost))


def documents(resources: dict[str, Any]) -> list[dict[str, Any]]:
    properties = [one.get("Properties", {}) for one in resources.values()]
    attached = [one["PolicyDocument"] for one in properties if "Statement" in one.get("PolicyDocument", {})]
    inline = [policy["PolicyDocument"] for one in properties for policy in one.get("Policies", [])]
    return attached + inline


def test_without_metrics_a_release_goes_on_unjudged(tmp_path: Path) -> None:
    """Without GetMetricData no minute is judged, a slow release is never called healthy, and each record says why."""
    ending = played_without("cloudwatch:GetMetricData", "latency", tmp_path)
    assert (ending.aws.status, ending.aws.stops) == ("Succeeded", 0)
    assert {one.verdict for one in ending.records} == {Finding.NO_DATA}
    judging = [one for one in ending.records if one.decision is DecisionKind.WAIT]
    assert judging
    for record in judging:
        assert "cloudwatch:GetMetricData is not allowed: add it to the function's role" in record.sentence


def test_without_the_stop_the_alarm_on_rollback_needed_brings_blue_back(tmp_path: Path) -> None:
    """Without StopDeployment Guardian's order is denied and said to be, and CodeDeploy rolls back on its alarm."""
    ending = played_without("codedeploy:StopDeployment", "latency", tmp_path)
    failed = [one for one in ending.records if any(each.outcome is Outcome.FAILED for each in one.actions)]
    assert failed
    for record in failed:
        assert "codedeploy:StopDeployment is not allowed: add it to the function's role" in record.sentence
    assert ending.aws.stops > 0
    assert (ending.aws.status, ending.aws.code) == ("Stopped", "ALARM_ACTIVE")
    assert ending.aws.rollback_creator == "codeDeployRollback"
    assert tuple(ending.aws.weights.values()) == (1.0, 0.0)
    assert ending.failures == ()


def test_without_the_answer_codedeploy_fails_the_release_after_an_hour(tmp_path: Path) -> None:
    """Without PutLifecycleEventHookExecutionStatus a good release fails before users see green, an hour later."""
    ending = played_without("codedeploy:PutLifecycleEventHookExecutionStatus", "healthy", tmp_path)
    assert ending.aws.status == "Failed"
    assert tuple(ending.aws.weights.values()) == (1.0, 0.0)
    assert len(ending.failures) == 3
    assert "codedeploy:PutLifecycleEventHookExecutionStatus is not allowed" in ending.failures[0]
    last = ending.records[-1]
    assert last.at.hour - ending.records[0].at.hour == 1
    assert "The deployment has ended: Failed" in last.sentence
