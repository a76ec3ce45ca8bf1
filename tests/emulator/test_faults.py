"""Faults that the emulated server answers instead of a service, as boto3 sees them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from botocore.exceptions import ClientError

from guardian_rehearsal.emulator.server import EmulatedAws

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
Factory = Callable[[str], Any]


def metric_data(client: Factory) -> Any:
    """Ask CloudWatch for nothing in particular."""
    metric = {"Metric": {"Namespace": "N", "MetricName": "M"}, "Period": 60, "Stat": "Sum"}
    return client("cloudwatch").get_metric_data(
        MetricDataQueries=[{"Id": "m1", "MetricStat": metric}],
        StartTime=datetime.now(UTC) - timedelta(hours=1),
        EndTime=datetime.now(UTC),
    )


CALLS: dict[str, tuple[str, str, str, Callable[[Factory], Any]]] = {
    "json with query codes": ("cloudwatch", "GetMetricData", "Throttling", metric_data),
    "json 1.1": (
        "codedeploy",
        "ListApplications",
        "ThrottlingException",
        lambda client: client("codedeploy").list_applications(),
    ),
    "json 1.0": (
        "dynamodb",
        "ListTables",
        "ThrottlingException",
        lambda client: client("dynamodb").list_tables(),
    ),
    "json ssm": (
        "ssm",
        "DescribeParameters",
        "ThrottlingException",
        lambda client: client("ssm").describe_parameters(),
    ),
    "json sqs": ("sqs", "ListQueues", "RequestThrottled", lambda client: client("sqs").list_queues()),
    "query": (
        "elbv2",
        "DescribeLoadBalancers",
        "Throttling",
        lambda client: client("elbv2").describe_load_balancers(),
    ),
    "ec2": ("ec2", "DescribeVpcs", "RequestLimitExceeded", lambda client: client("ec2").describe_vpcs()),
    "rest json": (
        "lambda",
        "ListFunctions",
        "TooManyRequestsException",
        lambda client: client("lambda").list_functions(),
    ),
    "rest xml": ("s3", "ListBuckets", "Throttling", lambda client: client("s3").list_buckets()),
}


@pytest.mark.parametrize(("service", "operation", "code", "call"), CALLS.values(), ids=CALLS.keys())
def test_throttling_reaches_the_client_in_every_protocol(
    aws: EmulatedAws, client: Factory, service: str, operation: str, code: str, call: Callable[[Factory], Any]
) -> None:
    """A throttled operation raises the service's own throttling code once, and then works."""
    aws.faults.throttle(service, operation, times=1)
    with pytest.raises(ClientError) as throttled:
        call(client)
    assert throttled.value.response["Error"]["Code"] == code
    assert throttled.value.response["Error"]["Message"] == "Rate exceeded"
    assert throttled.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    call(client)


def test_a_fault_is_raised_as_the_modelled_exception(aws: EmulatedAws, client: Factory) -> None:
    """A code that the service's model knows becomes its typed exception."""
    aws.faults.fail("dynamodb", "GetItem", "ProvisionedThroughputExceededException", 'too <fast> & "often"')
    dynamodb = client("dynamodb")
    with pytest.raises(dynamodb.exceptions.ProvisionedThroughputExceededException, match="too <fast>"):
        dynamodb.get_item(TableName="t", Key={"id": {"S": "1"}})


def test_messages_survive_xml(aws: EmulatedAws, client: Factory) -> None:
    """Characters that XML reserves arrive as they were given."""
    aws.faults.fail("elbv2", "DescribeLoadBalancers", "Odd", 'a < b & "c"', http_status=503)
    with pytest.raises(ClientError) as failed:
        client("elbv2").describe_load_balancers()
    assert failed.value.response["Error"]["Message"] == 'a < b & "c"'
    assert failed.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503


def test_faults_hit_only_their_operation(aws: EmulatedAws, client: Factory) -> None:
    """Other operations of the service, and other services, go through; `*` means all of one service."""
    aws.faults.fail("dynamodb", "ListTables", "InternalServerError", http_status=500)
    client("dynamodb").describe_limits()
    client("ssm").describe_parameters()
    aws.faults.fail("ssm", "*", "InternalServerError", http_status=500)
    with pytest.raises(ClientError):
        client("ssm").describe_parameters()


def test_a_fault_lasts_until_its_moment(aws: EmulatedAws, client: Factory) -> None:
    """A fault with an end is answered before it and not at it."""
    with time_machine.travel(NOON, tick=False) as clock:
        aws.faults.throttle("codedeploy", "ListApplications", until=NOON + timedelta(minutes=5))
        clock.move_to(NOON + timedelta(minutes=4, seconds=59))
        with pytest.raises(ClientError):
            client("codedeploy").list_applications()
        clock.move_to(NOON + timedelta(minutes=5))
        client("codedeploy").list_applications()


def test_a_window_opens_and_closes(aws: EmulatedAws, client: Factory) -> None:
    """An outage planned ahead is answered from its start until before its end, as a 500."""
    with time_machine.travel(NOON, tick=False) as clock:
        begin, end = NOON + timedelta(minutes=1), NOON + timedelta(minutes=2)
        aws.faults.fail_between(begin, end, "cloudwatch", "GetMetricData")
        metric_data(client)
        clock.move_to(begin)
        with pytest.raises(ClientError) as failed:
            metric_data(client)
        assert failed.value.response["Error"]["Code"] == "InternalFailure"
        assert failed.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
        clock.move_to(end)
        metric_data(client)


def test_clear_lets_everything_through(aws: EmulatedAws, client: Factory) -> None:
    """After clear nothing fails any more."""
    aws.faults.throttle("dynamodb", "*")
    aws.faults.clear()
    assert client("dynamodb").list_tables()["TableNames"] == []


def test_faulted_calls_never_reach_the_service(aws: EmulatedAws, client: Factory) -> None:
    """A refused write leaves nothing behind."""
    aws.faults.throttle("ssm", "PutParameter", times=1)
    with pytest.raises(ClientError):
        client("ssm").put_parameter(Name="/a", Value="1", Type="String")
    assert client("ssm").describe_parameters()["Parameters"] == []
