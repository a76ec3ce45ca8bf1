"""The emulated AWS as a server: start, stop, connections and what it remembers."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from werkzeug.serving import WSGIRequestHandler

from guardian_rehearsal.emulator.deliveries import BusEvent
from guardian_rehearsal.emulator.server import EmulatedAws

Factory = Callable[[str], Any]


def create_table(client: Factory) -> None:
    """Create the table `t` with the key `id`."""
    client("dynamodb").create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


def test_a_second_aws_starts_clean() -> None:
    """Tables, metrics, faults, calls and deliveries of a stopped AWS are not in the next one."""
    with EmulatedAws() as first:
        create_table(first.client)
        first.cloudwatch.record("N", "M", {}, datetime.now(UTC), [1.0])
        first.faults.throttle("dynamodb", "*", times=99)
        first.outbox.put(BusEvent(datetime.now(UTC), {}))
    with EmulatedAws() as second:
        assert second.client("dynamodb").list_tables()["TableNames"] == []
        assert second.client("cloudwatch").list_metrics()["Metrics"] == []
        assert list(second.outbox.take_all()) == []
        assert [one.operation for one in second.calls] == ["ListTables", "ListMetrics"]


def test_only_one_aws_runs_per_process(aws: EmulatedAws) -> None:
    """Starting another while one runs is refused with the running one's address, which keeps running."""
    with pytest.raises(RuntimeError, match=aws.endpoint):
        EmulatedAws().start()
    assert aws.client("dynamodb").list_tables()["TableNames"] == []


def test_the_port_is_free_after_stopping() -> None:
    """After stop, which may be called twice, nobody answers, even on connections that were kept."""
    running = EmulatedAws().start()
    port = int(running.endpoint.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as kept:
        running.client("dynamodb").list_tables()
        running.stop()
        running.stop()
        assert kept.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    with pytest.raises(RuntimeError, match="Start"):
        _ = running.endpoint


def test_calls_are_remembered_by_service_and_operation(aws: EmulatedAws, client: Factory) -> None:
    """Every request is listed with boto3's service name and the API's operation name, in its order."""
    client("dynamodb").list_tables()
    client("elbv2").describe_load_balancers()
    client("cloudwatch").describe_alarms()
    client("lambda").list_functions()
    client("sts").get_caller_identity()
    assert [(one.service, one.operation) for one in aws.calls] == [
        ("dynamodb", "ListTables"),
        ("elbv2", "DescribeLoadBalancers"),
        ("cloudwatch", "DescribeAlarms"),
        ("lambda", "ListFunctions"),
        ("sts", "GetCallerIdentity"),
    ]


def test_clients_belong_to_the_account_and_region(aws: EmulatedAws, client: Factory) -> None:
    """Callers are in account 123456789012, resources in the region, and `cloudwatch` is that region's backend."""
    assert client("sts").get_caller_identity()["Account"] == aws.account_id == "123456789012"
    client("cloudwatch").put_metric_data(Namespace="N", MetricData=[{"MetricName": "M", "Value": 1.0}])
    assert [each.name for each in aws.cloudwatch.metric_data] == ["M"]
    assert aws.region == "eu-west-1"
    assert (aws.codedeploy.account_id, aws.codedeploy.region_name) == (aws.account_id, aws.region)


def test_clients_ignore_the_environment(aws: EmulatedAws, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither profile, keys, endpoint nor proxy of the process reach a client."""
    elsewhere = {
        "AWS_PROFILE": "production",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ACCESS_KEY_ID": "AKIAPRODUCTION",
        "AWS_DEFAULT_REGION": "us-west-2",
        "HTTP_PROXY": "http://127.0.0.1:1",
        "http_proxy": "http://127.0.0.1:1",
    }
    for name, value in elsewhere.items():
        monkeypatch.setenv(name, value)
    client = aws.client("ecs")
    assert client.meta.region_name == "eu-west-1"
    assert client.list_clusters()["clusterArns"] == []


def test_the_environment_points_another_process_here(aws: EmulatedAws) -> None:
    """A process with `environment()` and no arguments to its clients talks to this AWS."""
    program = "import boto3; boto3.client('ssm').put_parameter(Name='/a', Value='1', Type='String')"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment = inherited | aws.environment() | {"NO_PROXY": "127.0.0.1"}
    command = [sys.executable, "-c", program]
    subprocess.run(command, env=environment, check=True, timeout=60)  # noqa: S603 - our own program
    assert aws.client("ssm").get_parameter(Name="/a")["Parameter"]["Value"] == "1"


def test_a_connection_is_kept_between_calls(
    aws: EmulatedAws, client: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many calls of one client use one connection."""
    opened: list[Any] = []
    setup = WSGIRequestHandler.setup
    monkeypatch.setattr(WSGIRequestHandler, "setup", lambda self: opened.append(self) or setup(self))
    for _ in range(20):
        client("dynamodb").list_tables()
    assert len(aws.calls) == 20
    assert len(opened) == 1


def test_a_connection_that_is_not_kept_is_said_to_close(aws: EmulatedAws) -> None:
    """Who asks for `Connection: close` is told so in the answer, and the connection ends after it."""
    with socket.create_connection(("127.0.0.1", int(aws.endpoint.rpartition(":")[2]))) as connection:
        connection.sendall(b"GET /moto-api/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert b"\r\nConnection: close\r\n" in answer.partition(b"\r\n\r\n")[0] + b"\r\n"


def test_a_call_costs_a_few_milliseconds(client: Factory) -> None:
    """The median GetItem takes less than the 40 ms that one delayed acknowledgement costs."""
    create_table(client)
    spent = []
    for _ in range(21):
        begin = time.perf_counter()
        client("dynamodb").get_item(TableName="t", Key={"id": {"S": "1"}})
        spent.append(time.perf_counter() - begin)
    assert sorted(spent)[10] < 0.02


def test_replies_without_a_body_keep_the_connection_usable(client: Factory) -> None:
    """HEAD, an upload, and an error from the service can follow each other on one client."""
    s3 = client("s3")
    s3.create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="bucket", Key="k", Body=b"hello")
    assert s3.head_object(Bucket="bucket", Key="k")["ContentLength"] == 5
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket="bucket", Key="none")
    assert s3.get_object(Bucket="bucket", Key="k")["Body"].read() == b"hello"


def test_what_moto_lacks_is_an_answer(
    aws: EmulatedAws, client: Factory, caplog: pytest.LogCaptureFixture
) -> None:
    """An operation that moto does not implement is a 500 with its name in the log, and the server goes on."""
    with pytest.raises(ClientError) as failed:
        client("ssm").start_automation_execution(DocumentName="AWS-RestartEC2Instance")
    assert failed.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert "start_automation_execution action has not been implemented" in caplog.text
    assert client("ssm").describe_parameters()["Parameters"] == []
    assert len(aws.calls) == 2


def test_many_threads_are_served_at_once(aws: EmulatedAws, client: Factory) -> None:
    """Concurrent writers all succeed."""
    create_table(client)
    dynamodb = client("dynamodb")

    def write(number: int) -> None:
        dynamodb.put_item(TableName="t", Item={"id": {"S": str(number)}})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(40)))
    assert dynamodb.scan(TableName="t")["Count"] == 40
    assert [one.operation for one in aws.calls].count("PutItem") == 40
