"""The topics and alarms of a template come to be in the emulated AWS."""

from typing import Any

from guardian_rehearsal.emulator.server import EmulatedAws
from guardian_rehearsal.own_alarms import create_alarms, create_topics
from guardian_rehearsal.template import Resolver

RESOURCES: dict[str, Any] = {
    "People": {"Type": "AWS::SNS::Topic", "Properties": {"KmsMasterKeyId": "alias/aws/sns"}},
    "Queue": {"Type": "AWS::SQS::Queue"},
    "Unserved": {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmDescription": "More came in than went out.",
            "AlarmActions": [{"Ref": "People"}],
            "Metrics": [
                {"Id": "e1", "Expression": "IF(m1 > 1, 1, 0)"},
                {
                    "Id": "m1",
                    "ReturnData": False,
                    "MetricStat": {
                        "Metric": {
                            "Namespace": "Shop",
                            "MetricName": "Came",
                            "Dimensions": [{"Name": "shop", "Value": {"Ref": "AWS::StackName"}}],
                        },
                        "Period": 60,
                        "Stat": "Sum",
                    },
                },
            ],
            "EvaluationPeriods": 5,
            "Threshold": 1,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "TreatMissingData": "breaching",
        },
    },
}


def test_an_alarm_of_a_template_watches_and_tells_what_the_template_says() -> None:
    """References are resolved, the topic exists, and everything else is as it stands in the template."""
    with EmulatedAws() as aws:
        topics = create_topics(aws, "stack", RESOURCES)
        assert topics == {"People": f"arn:aws:sns:{aws.region}:{aws.account_id}:stack-People"}
        names = create_alarms(aws, "stack", RESOURCES, Resolver({"AWS::StackName": "stack", **topics}, {}))
        assert names == {"Unserved": "stack-Unserved"}
        (alarm,) = aws.client("cloudwatch").describe_alarms()["MetricAlarms"]
        assert (alarm["AlarmActions"], alarm["TreatMissingData"]) == ([topics["People"]], "breaching")
        stat = alarm["Metrics"][1]["MetricStat"]["Metric"]
        assert stat["Dimensions"] == [{"Name": "shop", "Value": "stack"}]
        assert [one["TopicArn"] for one in aws.client("sns").list_topics()["Topics"]] == [topics["People"]]
