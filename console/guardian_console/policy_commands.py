"""`guardian policy`: read policies from files, and from and to Parameter Store."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, NoReturn

import boto3
import typer
import yaml
from pydantic import ValidationError
from rich.console import Console
from rich.text import Text
from yaml.constructor import ConstructorError

from guardian.aws.calls import CONFIG
from guardian.aws.policies import ParameterStorePolicies
from guardian.errors import PolicyInvalidError
from guardian.model import Service
from guardian.policy import Policy, parse_policy
from guardian_console import schemas
from guardian_console.exits import Code, NothingThereError, PolicyFileError, Problem, UsageError

PATH = "/guardian/policies"
"""The template's default for its parameter PolicyPath."""

app = typer.Typer(
    help="Check, store and show the policies that say what a service tolerates. push and show use the credentials "
    "and the region that the AWS CLI would use (AWS_PROFILE, AWS_REGION).",
    epilog="Exit codes: 0 fine; 2 an invalid policy, wrong usage, or AWS refuses; 3 no policy there, or AWS cannot "
    "answer now.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
StorePath = Annotated[str, typer.Option("--path", help="The stack's PolicyPath, without a slash at the end.")]


@app.command(epilog="Example: guardian policy validate examples/policy.yaml")
def validate(
    files: Annotated[list[Path], typer.Argument(help="Policies as YAML, or as JSON in files named *.json.")],
    as_json: AsJson = False,
) -> None:
    """Check policy files: every problem with its line and path, the digest when there is none; 2 if any is invalid."""
    reports = [_report(file) for file in files]
    if as_json:
        _print_json([report for report, _ in reports])
    else:
        for report, text in reports:
            _print(Text(text, style="green" if report["valid"] else "red"))
    if not all(report["valid"] for report, _ in reports):
        raise typer.Exit(int(Code.USAGE))


@app.command(epilog="Example: guardian policy push examples/policy.yaml --path /guardian/policies")
def push(
    file: Annotated[Path, typer.Argument(help="The policy; it must name application and deployment_group.")],
    path: StorePath = PATH,
    as_json: AsJson = False,
) -> None:
    """Check a policy file and store it in SSM Parameter Store, replacing the service's policy."""
    policy = read_policy(file)
    missing = [name for name in ("application", "deployment_group") if not getattr(policy, name)]
    if missing:
        raise UsageError(f"{file}: {' and '.join(missing)} must be set, to name the policy's service")
    service = _service(policy.application or "", policy.deployment_group or "")
    with _store(path) as policies:
        name = policies.push(service, policy)
    if as_json:
        _print_json({"parameter": name, "digest": policy.digest, "mode": policy.mode})
    else:
        _print(Text(f"{name} stored, digest {policy.digest}, mode {policy.mode}"))


@app.command(epilog="Example: guardian policy show ecommerce-bluegreen ecommerce-bluegreen-deployment-group")
def show(
    application: Annotated[str, typer.Argument(help="CodeDeploy application.")],
    deployment_group: Annotated[str, typer.Argument(help="CodeDeploy deployment group.")],
    path: StorePath = PATH,
    as_json: AsJson = False,
) -> None:
    """Print the policy in force, defaults filled in, as YAML; 3 if the service has none."""
    service = _service(application, deployment_group)
    with _store(path) as policies:
        name, policy = policies.name(service), policies.find(service)
    digest = policy.digest if policy else None
    keys = policy.model_dump(mode="json", by_alias=True) if policy else None
    if as_json:
        _print_json({"parameter": name, "digest": digest, "policy": keys})
    elif keys is not None:
        text = yaml.safe_dump(keys, sort_keys=False, allow_unicode=True)
        _print(Text(f"# {name}, digest {digest}\n{text}"), end="")
    if policy is None:
        raise NothingThereError(
            f"{service} has no policy at {name}: the defaults apply in mode observe; "
            "store one with guardian policy push"
        )


@app.command(epilog="Example: guardian policy schema > policy.schema.json")
def schema(
    as_json: Annotated[bool, typer.Option("--json", help="The schema is JSON in any case.")] = True,  # noqa: ARG001
) -> None:
    """Print the JSON Schema of a policy, for editors and other checkers."""
    _print_json(schemas.policy_schema())


def read_policy(file: Path) -> Policy:
    """Read a policy from a file: JSON if its name ends in `.json`, otherwise YAML.

    Raises:
        PolicyFileError: It cannot be read, is not YAML or JSON, or does not fit the schema.
    """
    keys, node = _parsed(file)
    if keys is None:
        _refuse(file, "is empty; {} is the policy that keeps every default")
    if not isinstance(keys, Mapping):
        _refuse(file, f"holds a {type(keys).__name__}; a policy is a mapping of keys to values")
    try:
        return parse_policy(keys, where=str(file))
    except PolicyInvalidError as error:
        if not isinstance(error.__cause__, ValidationError):
            raise
        raise PolicyFileError(file, list(_problems(error.__cause__, node))) from error


def _report(file: Path) -> tuple[dict[str, Any], str]:
    """Return what is to be said of a file, as data and as text."""
    try:
        policy = read_policy(file)
    except PolicyFileError as error:
        problems = [asdict(problem) for problem in error.problems]
        return {"file": str(file), "valid": False, "digest": None, "problems": problems}, str(error)
    report = {"file": str(file), "valid": True, "digest": policy.digest, "problems": []}
    return report, f"{file}: valid, digest {policy.digest}, mode {policy.mode}"


def _refuse(file: Path, message: str, line: int | None = None) -> NoReturn:
    raise PolicyFileError(file, [Problem("", line, message)])


def _parsed(file: Path) -> tuple[Any, yaml.Node | None]:
    """Return what a file holds and, for YAML, its nodes, which know their lines."""
    try:
        text = file.read_text(encoding="utf-8-sig")
        if file.suffix.lower() == ".json":
            return json.loads(text, object_pairs_hook=_unique), None
        return yaml.load(text, _PolicyLoader), yaml.compose(text, _PolicyLoader)  # noqa: S506 - a SafeLoader
    except OSError as error:
        _refuse(file, f"cannot be read: {error.strerror}")
    except UnicodeDecodeError:
        _refuse(file, "is not UTF-8 text")
    except json.JSONDecodeError as error:
        _refuse(file, f"is not JSON: {error.msg}", error.lineno)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        _refuse(file, f"is not YAML as policies use it: {error.problem}", mark.line + 1 if mark else None)
    except RecursionError:
        _refuse(file, "is nested too deeply")
    except (yaml.YAMLError, ValueError) as error:
        _refuse(file, f"is not a policy: {error}")


class _PolicyLoader(yaml.SafeLoader):
    """YAML without what a policy never means: a key given twice, yes and no."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if str(key.value) in seen:
                raise ConstructorError(
                    problem=f"the key {key.value} is given twice", problem_mark=key.start_mark
                )
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)

    def refuse_boolean(self, node: yaml.ScalarNode) -> NoReturn:
        problem = f"{node.value} is a boolean in YAML and no field takes one; a text needs quotes"
        raise ConstructorError(problem=problem, problem_mark=node.start_mark)


_PolicyLoader.add_constructor("tag:yaml.org,2002:bool", _PolicyLoader.refuse_boolean)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys: dict[str, Any] = {}
    for key, value in pairs:
        if key in keys:
            raise ValueError(f"the key {key} is given twice")
        if isinstance(value, bool):
            raise ValueError(f"{key} is a boolean and no field takes one")  # noqa: TRY004 - one family for the caller
        keys[key] = value
    return keys


def _problems(error: ValidationError, node: yaml.Node | None) -> Iterator[Problem]:
    for item in error.errors(include_url=False):
        path = ".".join(str(part) for part in item["loc"])
        message = "unknown key" if item["type"] == "extra_forbidden" else item["msg"]
        yield Problem(path or "(whole document)", _line(item["loc"], node), message)


def _line(location: Sequence[int | str], node: yaml.Node | None) -> int | None:
    """Return the line of the deepest part of a path that the document has, counted from 1."""
    line = None
    for part in location:
        if isinstance(node, yaml.MappingNode):
            found = [pair for pair in node.value if pair[0].value == str(part)]
            if not found:
                return line
            line, node = found[0][0].start_mark.line + 1, found[0][1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line


def _service(application: str, deployment_group: str) -> Service:
    try:
        return Service(application=application, deployment_group=deployment_group)
    except ValidationError as error:
        raise UsageError("the names of application and deployment group have 1 to 100 characters") from error


@contextmanager
def _store(path: str) -> Iterator[ParameterStorePolicies]:
    if not path.startswith("/") or path.endswith("/"):
        raise UsageError(
            f"--path {path}: a path of Parameter Store such as {PATH}, without a slash at the end"
        )
    with closing(boto3.Session().client("ssm", config=CONFIG)) as client:
        yield ParameterStorePolicies(client, path)


def _print(text: Text, end: str = "\n") -> None:
    Console(highlight=False).print(text, soft_wrap=True, end=end)


def _print_json(data: object) -> None:
    typer.echo(json.dumps(data, indent=2, ensure_ascii=False))
