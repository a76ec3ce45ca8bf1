"""Creates the topics and the alarms of Guardian's template in the emulated AWS."""

from collections.abc import Mapping
from typing import Any

from guardian_rehearsal.emulator.server import EmulatedAws
from guardian_rehearsal.template import Resolver

TOPIC, ALARM = "AWS::SNS::Topic", "AWS::CloudWatch::Alarm"


def create_topics(aws: EmulatedAws, stack: str, resources: Mapping[str, Any]) -> dict[str, str]:
    """Create the template's topics without their subscriptions; return their ARNs by logical id."""
    sns = aws.client("sns")
    return {
        name: sns.create_topic(Name=f"{stack}-{name}")["TopicArn"]
        for name, resource in resources.items()
        if resource["Type"] == TOPIC
    }


def create_alarms(
    aws: EmulatedAws, stack: str, resources: Mapping[str, Any], resolver: Resolver
) -> dict[str, str]:
    """Create the template's alarms; return their names by logical id.

    The resource's properties are named as PutMetricAlarm's parameters are.
    """
    names = {}
    for logical_id, resource in resources.items():
        if resource["Type"] == ALARM:
            alarm = {"AlarmName": f"{stack}-{logical_id}", **resolver.value(resource["Properties"])}
            aws.client("cloudwatch").put_metric_alarm(**alarm)
            names[logical_id] = alarm["AlarmName"]
    return names
