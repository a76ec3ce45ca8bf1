"""The built artifact, deployed by SAM into MiniStack: an emulated AWS that nobody here wrote.

MiniStack runs what `sam deploy` uploads: it translates the template, makes the resources, unpacks the zips, and checks
each call of a function against the policies of the function's role. It has its own interpreter instead of the Runtime
of the template; the artifact is therefore built for this machine's Python.
"""

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from botocore.config import Config

from guardian_rehearsal.template import load_template

ROOT = Path(__file__).parents[2]
HERE = ROOT / ".aws-sam" / "here"
REGION = "eu-west-1"
MINISTACK = [
    "--python", sys.executable, "--from", "ministack==1.5.33", "--with", "aws-sam-translator", "--with", "boto3",
]  # fmt: skip
PATIENCE = 90.0
"""Seconds after which something that should have happened in an emulator has not."""


def uv() -> str:
    found = os.environ.get("UV") or shutil.which("uv") or str(ROOT / ".boot" / "bin" / "uv")
    return found if Path(found).exists() else pytest.skip("uv is neither on the PATH nor in .boot")


def tool(*arguments: str) -> list[str]:
    """Return the command that runs a published tool; skip where the registry cannot be reached.

    Only the making of the tool's environment may fail: what the tool itself does wrong fails the test.
    """
    command = [uv(), "tool", "run", "--quiet", *arguments]
    tried = subprocess.run([*command, "python", "-c", ""], capture_output=True, text=True, check=False)  # noqa: S603
    if tried.returncode != 0:
        pytest.skip(f"{' '.join(arguments)} cannot be had: {tried.stderr.strip()[-300:]}")
    return command


def clean() -> dict[str, str]:
    """Return this process's environment without anything that leads to a real account."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    return kept | nowhere | {"AWS_EC2_METADATA_DISABLED": "true", "SAM_CLI_TELEMETRY": "0"}


def until(look: Callable[[], Any], what: str) -> Any:
    """Look again and again until something is there."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if seen := look():
            return seen
        time.sleep(0.2)
    raise AssertionError(f"{what} did not happen within {PATIENCE:g} seconds")


class MiniStack:
    """One MiniStack process on a free port of this machine, with everything it writes in one directory."""

    def __init__(self, directory: Path, elsewhere: Mapping[str, str]) -> None:
        """Start it.

        Args:
            directory: Where it keeps its state, its buckets and the unpacked functions.
            elsewhere: `AWS_ENDPOINT_URL_...` of services that the functions find somewhere else.
        """
        self.directory = directory
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            port = free.getsockname()[1]
        self.endpoint = f"http://localhost:{port}"  # SAM's uploads need the name and not the address
        places = {name: str(directory / name.lower()) for name in ("STATE_DIR", "S3_DATA_DIR", "TMPDIR")}
        for place in places.values():
            Path(place).mkdir(parents=True)
        settings = {
            "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "MINISTACK_REGION": REGION, "IOT_MTLS_ENABLED": "0",
            "LAMBDA_EXECUTOR": "local",
            "AUTH": "true", # check every call against the caller's policies
        }  # fmt: skip
        with (directory / "ministack.log").open("w") as log:
            self._process = subprocess.Popen(  # noqa: S603 - a pinned tool
                [*tool(*MINISTACK), "ministack"], env=clean() | settings | places | dict(elsewhere),
                stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        until(self._answers, f"the start of MiniStack ({directory / 'ministack.log'})")

    def stop(self) -> None:
        """End it and the functions that it runs."""
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(PATIENCE)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a person who works with this account."""
        return clean() | {
            "AWS_ENDPOINT_URL": self.endpoint, "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
        }  # fmt: skip

    def client(self, service: str) -> Any:
        return boto3.Session().client(
            service,  # type: ignore[call-overload]
            region_name=REGION, endpoint_url=self.endpoint, aws_access_key_id="test", aws_secret_access_key="test",
            config=Config(proxies={}),
        )  # fmt: skip

    def run(self, command: list[str], answers: str = "") -> str:
        """Run a person's command and return what it prints; fail with that if the command fails."""
        done = subprocess.run(  # noqa: S603 - pinned tools and our own command
            command, env=self.environment, cwd=ROOT, input=answers, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-3000:]
        return done.stdout

    def sam(self, *arguments: str, answers: str = "") -> str:
        """Run SAM CLI, in the version that the Makefile names."""
        version = re.search(r"aws-sam-cli==[\d.]+", (ROOT / "Makefile").read_text())
        assert version
        return self.run([*tool("--from", version.group()), "sam", *arguments], answers)

    def guardian(self, *arguments: str) -> str:
        """Run the `guardian` command."""
        return self.run([str(Path(sys.executable).with_name("guardian")), *arguments])

    def deploy(self, name: str, **parameters: str) -> str:
        """Run `sam deploy` as a pipeline would, with the defaults of samconfig.toml; return what it prints."""
        return self.sam(
            "deploy", "--template-file", str(HERE / "accepted.yaml"), "--config-file", str(ROOT / "samconfig.toml"),
            "--stack-name", name, "--no-confirm-changeset", "--no-progressbar", "--no-fail-on-empty-changeset",
            "--parameter-overrides", *(f"{key}={value}" for key, value in parameters.items()),
        )  # fmt: skip

    @staticmethod
    def accepts(template: Path) -> Path:
        """Return a copy of a built template without what MiniStack refuses."""
        return accepted(template)

    @staticmethod
    def knows(template: Path) -> Path:
        """Return a copy of a built template without the types that MiniStack has never heard of."""
        built = load_template(template)
        return written(template, "known.yaml", built, unknown(built))

    @staticmethod
    def answers(name: str, template: Mapping[str, Any], groups: str) -> str:
        """Return what a person types at `sam deploy --guided`: an empty line keeps what is offered."""
        given = {"GuardedDeploymentGroups": groups}
        parameters = [given.get(parameter, "") for parameter in template["Parameters"]]
        confirm_changes, may_make_roles, disable_rollback, save, file, environment = (
            "n",
            "y",
            "n",
            "y",
            "",
            "",
        )
        lines = [
            name, REGION, *parameters,
            confirm_changes, may_make_roles, disable_rollback, save, file, environment,
        ]  # fmt: skip
        return "\n".join(lines) + "\n"

    @staticmethod
    def aws() -> str:
        """Return a shell script that is the AWS CLI."""
        return f'#!/bin/sh\nexec {shlex.join(tool("--from", "awscli==1.46.3"))} aws "$@"\n'

    def stack(self, name: str) -> "Stack":
        return Stack(self, name)

    def _answers(self) -> bool:
        if self._process.poll() is not None:
            raise AssertionError((self.directory / "ministack.log").read_text()[-3000:])
        with closing(socket.socket()) as probe:
            return probe.connect_ex(("127.0.0.1", int(self.endpoint.rpartition(":")[2]))) == 0


class Stack:
    """A deployed stack."""

    def __init__(self, account: MiniStack, name: str) -> None:
        self.account, self.name = account, name
        self.invoked: Counter[str] = Counter()
        found = account.client("cloudformation")
        self.resources: dict[str, str] = {
            one["LogicalResourceId"]: one["PhysicalResourceId"]
            for one in found.describe_stack_resources(StackName=name)["StackResources"]
        }
        (stack,) = found.describe_stacks(StackName=name)["Stacks"]
        self.outputs: dict[str, str] = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
        self.parameters: dict[str, str] = {
            one["ParameterKey"]: one["ParameterValue"] for one in stack["Parameters"]
        }

    def invoke(self, logical: str, event: Mapping[str, Any]) -> Any:
        """Invoke a function and return its answer; an error of the function fails the test."""
        self.invoked[logical] += 1
        reply = self.account.client("lambda").invoke(
            FunctionName=self.resources[logical], Payload=json.dumps(event)
        )
        answer = json.loads(reply["Payload"].read())
        assert "FunctionError" not in reply, answer
        return answer

    def send(self, logical: str, event: Mapping[str, Any]) -> None:
        """Invoke a function without waiting for an answer, as CodeDeploy, alarms and rules do."""
        self.account.client("lambda").invoke(
            FunctionName=self.resources[logical], Payload=json.dumps(event), InvocationType="Event"
        )

    def received(self, logical: str) -> dict[str, Any]:
        """Return the next message of a queue, once there is one."""
        sqs, url = self.account.client("sqs"), self.resources[logical]
        (message,) = until(
            lambda: sqs.receive_message(QueueUrl=url).get("Messages"), f"a message in {logical}"
        )
        body: dict[str, Any] = json.loads(message["Body"])
        return body

    def eventually_logged(self, logical: str) -> list[dict[str, Any]]:
        """Return the structured lines of a log group once there is one."""
        return list(until(lambda: self.log(logical), f"a line in {logical}"))

    def started(self, logical: str) -> list[str]:
        """Return the lines that the runtime writes into a log group when it begins an invocation."""
        return [line for line in self._lines(logical) if line.startswith("START ")]

    def log(self, logical: str) -> list[dict[str, Any]]:
        """Return the structured lines of a log group."""
        lines = [json.loads(line) for line in self._lines(logical) if line.startswith("{")]
        return [line for line in lines if "_aws" not in line]

    def _lines(self, logical: str) -> list[str]:
        found = self.account.client("logs").filter_log_events(logGroupName=self.resources[logical])["events"]
        return [line for one in found for line in one["message"].splitlines()]


def accepted(template: Path) -> Path:
    """Write beside a built template what MiniStack takes of it.

    That is all but the alarms on metric math, the saved queries, and what shows those alarms: the dashboard, and its
    output. That it refuses nothing else is a test of its own.
    """
    built = load_template(template)
    resources = built["Resources"]
    refused = unknown(built) | {name for name, one in resources.items() if _on_math(one)}
    refused |= {name for name, one in resources.items() if _shows(one, refused)}
    return written(template, "accepted.yaml", built, refused)


def unknown(built: Mapping[str, Any]) -> set[str]:
    """Return the resources of a type that MiniStack does not know."""
    return {name for name, one in built["Resources"].items() if one["Type"] == "AWS::Logs::QueryDefinition"}


def written(template: Path, name: str, built: dict[str, Any], left_out: Collection[str]) -> Path:
    """Write beside a template what it is without some resources and without the outputs that name them."""
    for part in ("Resources", "Outputs"):
        built[part] = {
            key: one
            for key, one in built[part].items()
            if key not in left_out and not any(f"'Ref': '{other}'" in str(one) for other in left_out)
        }
    less = template.with_name(name)
    less.write_text(yaml.safe_dump(built, sort_keys=False))
    return less


def _on_math(resource: Mapping[str, Any]) -> bool:
    return resource["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in resource["Properties"]


def _shows(resource: Mapping[str, Any], names: Collection[str]) -> bool:
    """Tell whether a resource is a dashboard of one of these."""
    text = str(resource)
    return resource["Type"] == "AWS::CloudWatch::Dashboard" and any(
        f"${{{one}.Arn}}" in text for one in names
    )


@pytest.fixture(scope="session")
def artifact() -> dict[str, Any]:
    """Build the artifact for this machine; return the built template without what MiniStack refuses."""
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    done = subprocess.run(  # noqa: S603 - our own Makefile
        ["make", "build-here", f"UV={uv()}"],  # noqa: S607 - looked up above
        cwd=ROOT, env=clean(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]
    return load_template(accepted(HERE / "template.yaml"))


@pytest.fixture(scope="module")
def start(
    artifact: dict[str, Any],  # noqa: ARG001 - nothing starts before it is built
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[..., MiniStack]]:
    """Return what starts a MiniStack; all are ended with the module."""
    started: list[MiniStack] = []

    def one(elsewhere: Mapping[str, str] | None = None) -> MiniStack:
        started.append(MiniStack(tmp_path_factory.mktemp("ministack"), elsewhere or {}))
        return started[-1]

    yield one
    for each in started:
        each.stop()


@pytest.fixture(scope="session")
def eventually() -> Callable[[Callable[[], Any], str], Any]:
    """Return what looks again and again until something is there."""
    return until
