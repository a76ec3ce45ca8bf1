"""`guardian policy`: what it accepts, what it says about the rest, and what reaches Parameter Store."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from botocore.exceptions import ClientError, NoCredentialsError, NoRegionError
from typer.testing import CliRunner, Result

from guardian.errors import NotGuardableError, PolicyInvalidError
from guardian.policy import Policy, parse_policy
from guardian_console.exits import Code, advice
from guardian_console.main import app
from guardian_rehearsal.emulator.server import EmulatedAws

EXAMPLE = Path(__file__).parents[2] / "examples" / "policy.yaml"
NAMES = ("ecommerce-bluegreen", "ecommerce-bluegreen-deployment-group")
PARAMETER = "/guardian/policies/" + "/".join(NAMES)


def guardian(*arguments: str | Path) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(autouse=True)
def no_forced_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where tests run, colours may be forced; what a pipe gets is asked here."""
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[EmulatedAws]:
    """An empty AWS that the process's credential chain leads to."""
    with EmulatedAws() as running:
        for name, value in running.environment().items():
            monkeypatch.setenv(name, value)
        yield running


@pytest.fixture
def no_account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine on which nobody ever configured AWS."""
    for name in (
        "AWS_PROFILE",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def test_the_example_is_valid() -> None:
    """The example names the companion stack, watches only, and its digest is printed."""
    result = guardian("policy", "validate", EXAMPLE)
    policy = parse_policy(yaml.safe_load(EXAMPLE.read_text()), str(EXAMPLE))
    assert result.exit_code == Code.FINE
    assert result.stdout == f"{EXAMPLE}: valid, digest {policy.digest}, mode observe\n"
    assert (policy.application, policy.deployment_group) == NAMES


def test_an_empty_mapping_keeps_every_default(tmp_path: Path) -> None:
    """`{}` is a policy, since somebody wrote it; its digest is that of the defaults."""
    file = tmp_path / "policy.yaml"
    file.write_text("{}")
    assert f"digest {Policy().digest}" in guardian("policy", "validate", file).stdout


REFUSED = {
    "unknown key": ("latency:\n  tolerence: 1.1\n", ":2: latency.tolerence: unknown key"),
    "unknown key in a list": (
        "custom:\n- name: a\n  numerator: {namespace: n, metric: m, dims: 1}\n  denominator: {namespace: n, metric: o}",
        ":3: custom.0.numerator.dims: unknown key",
    ),
    "missing key": ("mode: observe\ncustom:\n- kind: ratio\n", ":3: custom.0.name: Field required"),
    "halves of the other kind": (
        "custom:\n- name: b\n  kind: mean\n  numerator: {namespace: n, metric: m}\n",
        ":2: custom.0: Value error, a mean is made of value alone: give value",
    ),
    "wrong type": ("errors:\n  limit: [2]\n", ":2: errors.limit: Input should be a valid number"),
    "out of range": ("latency:\n  limit: 0.9\n", ":2: latency.limit: Input should be greater than 1"),
    "unknown mode": ("mode: enforced\n", ":1: mode: Input should be 'observe', 'notify' or 'enforce'"),
    "tolerance above limit": (
        "latency:\n  tolerance: 1.5\n",
        ":1: latency: Value error, a tolerance may not be",
    ),
    "section without keys": (
        "mode: observe\ndatabase:\n",
        ":2: database: Input should be a valid dictionary",
    ),
    "another format": ("schema: guardian.policy/2\n", ":1: schema: Input should be 'guardian.policy/1'"),
    "duplicate key": (
        "mode: observe\nmode: enforce\n",
        ":2: is not YAML as policies use it: the key mode is given",
    ),
    "duplicate key below": (
        "errors:\n  limit: 2\n  limit: 3\n",
        ":3: is not YAML as policies use it: the key limit",
    ),
    "boolean": ("window:\n  history_minutes: yes\n", ":2: is not YAML as policies use it: yes is a boolean"),
    "infinity": (
        "traffic:\n  silent_due: .inf\n",
        ":2: traffic.silent_due: Input should be less than or equal to 1000",
    ),
    "infinity in words": (
        "traffic:\n  silent_due: Infinity\n",
        ":2: traffic.silent_due: Input should be less than or equal to 1000",
    ),
    "not a number": (
        "traffic:\n  silent_due: .nan\n",
        ":2: traffic.silent_due: Input should be less than or equal to 1000",
    ),
    "not YAML": ("mode: [observe\n", ":2: is not YAML as policies use it:"),
    "key of keys": ("? {a: 1}\n: 2\n", ":1: is not YAML as policies use it: found unhashable key"),
    "control character": ("mode: \x01\n", ": is not a policy: unacceptable character"),
    "two documents": (
        "mode: observe\n---\nmode: enforce\n",
        ":2: is not YAML as policies use it: but found another",
    ),
    "too deep": ("a: " + "[" * 5_000, ": is nested too deeply"),
    "empty": ("# nothing yet\n", ": is empty"),
    "list": ("- mode: observe\n", ": holds a list; a policy is a mapping"),
    "text": ("observe\n", ": holds a str; a policy is a mapping"),
}


@pytest.mark.parametrize(("text", "said"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_fit_is_refused(tmp_path: Path, text: str, said: str) -> None:
    """The message starts with file, line and path, the exit code is 2, and nothing is a traceback."""
    file = tmp_path / "policy.yaml"
    file.write_text(text)
    result = guardian("policy", "validate", file)
    assert result.exit_code == Code.USAGE
    assert f"{file}{said}" in result.stdout
    assert "Traceback" not in result.output


REFUSED_JSON = {
    "syntax": ('{\n"mode": observe}', ":2: is not JSON: Expecting value"),
    "duplicate key": (
        '{"mode": "observe", "mode": "enforce"}',
        ": is not a policy: the key mode is given twice",
    ),
    "boolean": ('{"latency": {"min_requests": true}}', ": is not a policy: min_requests is a boolean"),
    "infinity": (
        '{"traffic": {"silent_due": Infinity}}',
        ": traffic.silent_due: Input should be less than or equal to 1000",
    ),
    "too deep": ("[" * 100_000, ": is nested too deeply"),
    "unknown key": ('{"mood": "observe"}', ": mood: unknown key"),
    "empty": ("", ":1: is not JSON: Expecting value"),
    "null": ("null", ": is empty"),
}


@pytest.mark.parametrize(("text", "said"), REFUSED_JSON.values(), ids=REFUSED_JSON)
def test_json_is_read_as_strictly(tmp_path: Path, text: str, said: str) -> None:
    """A file named *.json is refused for the same reasons as YAML."""
    file = tmp_path / "policy.json"
    file.write_text(text)
    result = guardian("policy", "validate", file)
    assert result.exit_code == Code.USAGE
    assert f"{file}{said}" in result.stdout


def test_json_and_yaml_mean_the_same(tmp_path: Path) -> None:
    """The same policy has the same digest in both notations, tabs and a byte order mark included."""
    data = yaml.safe_load(EXAMPLE.read_text())
    file = tmp_path / "policy.json"
    file.write_text(json.dumps(data, indent="\t"), encoding="utf-8-sig")
    reports = json.loads(guardian("policy", "validate", EXAMPLE, file, "--json").stdout)
    assert reports[0]["digest"] == reports[1]["digest"] is not None


def test_files_that_cannot_be_read_are_problems_like_others(tmp_path: Path) -> None:
    """A missing file, a directory and a file that is not text are reported, and valid files beside them still are."""
    missing, binary = tmp_path / "none.yaml", tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\xfa")
    result = guardian("policy", "validate", missing, tmp_path, binary, EXAMPLE)
    assert result.exit_code == Code.USAGE
    assert f"{missing}: cannot be read: No such file or directory" in result.stdout
    assert f"{tmp_path}: cannot be read: Is a directory" in result.stdout
    assert f"{binary}: is not UTF-8 text" in result.stdout
    assert f"{EXAMPLE}: valid" in result.stdout


def test_problems_as_json(tmp_path: Path) -> None:
    """With --json every problem is an object with path, line and message, all of them at once."""
    file = tmp_path / "policy.yaml"
    file.write_text("mood: x\nerrors:\n  limit: 0\n")
    result = guardian("policy", "validate", file, "--json")
    assert result.exit_code == Code.USAGE
    assert json.loads(result.stdout) == [
        {
            "file": str(file), "valid": False, "digest": None,
            "problems": [
                {"path": "errors.limit", "line": 3, "message": "Input should be greater than 1"},
                {"path": "mood", "line": 1, "message": "unknown key"},
            ],
        }
    ]  # fmt: skip


def test_push_stores_what_was_set(aws: EmulatedAws) -> None:
    """The parameter holds canonical JSON of the file's keys, and its name and digest are printed."""
    result = guardian("policy", "push", EXAMPLE)
    stored = aws.client("ssm").get_parameter(Name=PARAMETER)["Parameter"]
    policy = parse_policy(stored["Value"], PARAMETER)
    assert result.stdout == f"{PARAMETER} stored, digest {policy.digest}, mode observe\n"
    assert stored["Type"] == "String"
    assert json.loads(stored["Value"]) == yaml.safe_load(EXAMPLE.read_text())
    assert '"min_requests"' not in stored["Value"]


def test_push_replaces_and_show_tells(aws: EmulatedAws, tmp_path: Path) -> None:
    """What show prints as YAML is a valid policy with every default and the digest that push printed."""
    file = tmp_path / "policy.yaml"
    file.write_text(EXAMPLE.read_text().replace("mode: observe", "mode: enforce"))
    assert guardian("policy", "push", EXAMPLE, "--path", "/elsewhere").exit_code == Code.FINE
    pushed = json.loads(guardian("policy", "push", file, "--path", "/elsewhere", "--json").stdout)
    shown = guardian("policy", "show", *NAMES, "--path", "/elsewhere")
    file.write_text(shown.stdout)
    assert shown.stdout.startswith(f"# /elsewhere/{'/'.join(NAMES)}, digest {pushed['digest']}\n")
    assert pushed["mode"] == yaml.safe_load(shown.stdout)["mode"] == "enforce"
    assert yaml.safe_load(shown.stdout)["latency"]["min_requests"] == 20
    assert f"digest {pushed['digest']}" in guardian("policy", "validate", file).stdout
    assert {one.operation for one in aws.calls} == {"PutParameter", "GetParameter"}


def test_show_as_json(aws: EmulatedAws) -> None:
    """With --json the parameter, the digest and the policy in force are one object."""
    guardian("policy", "push", EXAMPLE)
    shown = json.loads(guardian("policy", "show", *NAMES, "--json").stdout)
    assert shown["parameter"] == PARAMETER
    assert parse_policy(shown["policy"], "shown").digest == shown["digest"]
    assert "GetParameter" in [one.operation for one in aws.calls]


@pytest.mark.usefixtures("aws")
def test_a_service_without_policy() -> None:
    """Show says on stderr that there is none and what applies, and ends with 3; as JSON the policy is null."""
    plain, as_json = guardian("policy", "show", "a", "b"), guardian("policy", "show", "a", "b", "--json")
    assert (plain.exit_code, as_json.exit_code) == (Code.NOT_ENOUGH_DATA, Code.NOT_ENOUGH_DATA)
    assert "a/b has no policy at /guardian/policies/a/b: the defaults apply in mode observe" in plain.stderr
    assert plain.stdout == ""
    assert json.loads(as_json.stdout) == {
        "parameter": "/guardian/policies/a/b",
        "digest": None,
        "policy": None,
    }


def test_a_stored_policy_that_does_not_fit(aws: EmulatedAws) -> None:
    """Show names the parameter and the key that somebody else stored, and ends with 2."""
    aws.client("ssm").put_parameter(Name="/guardian/policies/a/b", Value='{"mood": 1}', Type="String")
    result = guardian("policy", "show", "a", "b")
    assert result.exit_code == Code.USAGE
    assert "guardian: /guardian/policies/a/b is not a valid policy:\n  mood: Extra inputs" in result.stderr


UNNAMED = {
    "neither": ("mode: observe", "application and deployment_group must be set"),
    "no group": ("application: a", ": deployment_group must be set"),
    "empty": (
        "{application: '', deployment_group: b}",
        ": application: String should have at least 1 character",
    ),
    "too long": (
        f"{{application: {'a' * 101}, deployment_group: b}}",
        ": application: String should have at most 100 characters",
    ),
    "slash": ("{application: a/b, deployment_group: b}", "'a/b' cannot be part of a parameter's name"),
    "invalid": ("{application: a, deployment_group: b, mood: x}", ":1: mood: unknown key"),
}


@pytest.mark.parametrize(("text", "said"), UNNAMED.values(), ids=UNNAMED)
def test_push_needs_a_valid_policy_with_names(aws: EmulatedAws, tmp_path: Path, text: str, said: str) -> None:
    """Nothing is stored without usable names of the service, and stderr says which one is missing."""
    file = tmp_path / "policy.yaml"
    file.write_text(text)
    result = guardian("policy", "push", file)
    assert result.exit_code == Code.USAGE
    assert said in result.stderr
    assert aws.calls == []


@pytest.mark.parametrize("path", ["guardian/policies", "/guardian/", "/", ""])
def test_a_path_that_parameter_store_has_not(path: str) -> None:
    """A path without a slash at its beginning, or with one at its end, is refused before AWS is asked."""
    result = guardian("policy", "show", "a", "b", "--path", path)
    assert result.exit_code == Code.USAGE
    assert "--path" in result.stderr


@pytest.mark.usefixtures("no_account")
def test_no_region_and_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each says in one line what is missing and where it is set, and ends with 2."""
    no_region = guardian("policy", "show", "a", "b")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    no_credentials = guardian("policy", "push", EXAMPLE)
    for result, said in ((no_region, "specify a region"), (no_credentials, "Unable to locate credentials")):
        assert result.exit_code == Code.USAGE
        assert said in result.stderr
        assert "AWS_PROFILE" in result.stderr
        assert result.stderr.count("\n") == 1


def test_aws_forbids_or_is_busy(aws: EmulatedAws) -> None:
    """A missing permission ends with 2 and names the call; throttling ends with 3 and says to try again."""
    aws.faults.fail("ssm", "PutParameter", "AccessDeniedException", "not authorized")
    forbidden = guardian("policy", "push", EXAMPLE)
    aws.faults.throttle("ssm", "GetParameter", times=9)
    busy = guardian("policy", "show", *NAMES)
    assert forbidden.exit_code == Code.USAGE
    assert "guardian: AWS does not allow PutParameter with your credentials" in forbidden.stderr
    assert busy.exit_code == Code.NOT_ENOUGH_DATA
    assert "try again" in busy.stderr


def test_nobody_answers(monkeypatch: pytest.MonkeyPatch, aws: EmulatedAws) -> None:
    """An address where nothing listens ends with 3."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    result = guardian("policy", "show", *NAMES)
    assert result.exit_code == Code.NOT_ENOUGH_DATA
    assert "guardian: AWS cannot be reached" in result.stderr
    assert aws.calls == []


ADVICE = {
    "invalid policy": (PolicyInvalidError("x"), Code.USAGE, "x"),
    "not guardable": (NotGuardableError("x"), Code.USAGE, "x"),
    "no region": (NoRegionError(), Code.USAGE, "AWS_REGION"),
    "no credentials": (NoCredentialsError(), Code.USAGE, "AWS_PROFILE"),
    "refused": (
        ClientError({"Error": {"Code": "ExpiredToken", "Message": "m"}}, "Op"),
        Code.USAGE,
        "ExpiredToken",
    ),
    "no extra": (
        ModuleNotFoundError(name="moto.server"),
        Code.USAGE,
        "package moto, .*guardian\\[rehearsal\\]",
    ),
}


@pytest.mark.parametrize(("error", "code", "said"), ADVICE.values(), ids=ADVICE)
def test_every_expected_failure_has_advice(error: Exception, code: Code, said: str) -> None:
    """A failure that people can mend has a code and a sentence."""
    known = advice(error)
    assert known is not None
    assert known[0] is code
    assert re.search(said, known[1])


@pytest.mark.parametrize("error", [ModuleNotFoundError(name="guardian.judge"), ValueError("x")], ids=repr)
def test_a_defect_has_no_advice(error: Exception) -> None:
    """What only a developer can mend keeps its traceback."""
    assert advice(error) is None


def test_a_defect_does_not_end_like_a_verdict() -> None:
    """A crash ends the process with 70 and a traceback, since 1 means that green has diverged."""
    program = (
        "import sys, guardian_console.schemas as s, guardian_console.main as m\n"
        "s.decision_table = lambda: 1 / 0\nsys.argv[1:] = ['decisions']\nm.run()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)  # noqa: S603 - our own program
    assert done.returncode == Code.DEFECT
    assert "ZeroDivisionError" in done.stderr


def test_policies_do_not_need_the_rehearsal() -> None:
    """Help and `guardian policy` work without the extra `rehearsal`; `rehearse` then says what to install."""
    program = (
        "import sys\nsys.modules['moto'] = sys.modules['time_machine'] = None\n"
        "import guardian_console.main as m\nm.run()\n"
    )

    def without_extra(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", program, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own program

    assert without_extra("--help").returncode == Code.FINE
    assert without_extra("policy", "validate", str(EXAMPLE)).returncode == Code.FINE
    refused = without_extra("rehearse", "--list")
    assert refused.returncode == Code.USAGE
    assert "pip install 'guardian[rehearsal]'" in refused.stderr
    assert "Traceback" not in refused.stderr


COMMANDS = [
    ("policy", "validate"),
    ("policy", "push"),
    ("policy", "show"),
    ("policy", "schema"),
    ("decisions",),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_has_an_example(command: tuple[str, ...]) -> None:
    """The help of each command shows how to call it."""
    result = guardian(*command, "--help")
    assert result.exit_code == Code.FINE
    assert f"Example: guardian {' '.join(command)}" in result.stdout


def test_version_as_text_and_as_json() -> None:
    """`--version` needs no command."""
    assert guardian("--version").stdout == "guardian 0.1.0\n"
    assert json.loads(guardian("--version", "--json").stdout) == {"version": "0.1.0"}


@pytest.mark.parametrize(
    "arguments", [(), ("--json",), ("nope",), ("policy",), ("policy", "validate")], ids=str
)
def test_wrong_usage_ends_with_two(arguments: tuple[str, ...]) -> None:
    """A command line that makes no sense ends with 2, whatever is wrong with it."""
    assert guardian(*arguments).exit_code == Code.USAGE


def test_a_pipe_gets_plain_lines(tmp_path: Path) -> None:
    """Output on a pipe has no colours and is not wrapped at a terminal's width."""
    file = tmp_path / f"{'long' * 40}.yaml"
    file.write_text("{}")
    result = guardian("policy", "validate", file)
    assert "\x1b" not in result.stdout
    assert result.stdout.count("\n") == 1


def test_json_has_no_colours_even_when_forced(monkeypatch: pytest.MonkeyPatch) -> None:
    """FORCE_COLOR colours text for people and leaves JSON readable for programs; NO_COLOR wins over it."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" in guardian("policy", "validate", EXAMPLE).stdout
    assert json.loads(guardian("policy", "validate", EXAMPLE, "--json").stdout)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[3" not in guardian("policy", "validate", EXAMPLE).stdout
