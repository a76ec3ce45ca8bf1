"""The health page: judged by what it says about database, schema and version, not by `status` or by 200 alone."""

from collections.abc import Iterator
from typing import Any

from guardian.gates.answer import found, parsed, same, shown
from guardian.model import Evidence, Finding, HttpAnswer, Role, Value
from guardian.policy.gates import HealthPolicy

SIGNAL = "health_page"


class Versions(Value):
    """Which version each colour runs, as its task definition says; None where that is not known."""

    blue: str | None = None
    green: str | None = None


def judge_health(answer: HttpAnswer, policy: HealthPolicy, role: Role, versions: Versions) -> Evidence:
    """Return whether the page says that a colour is well.

    A page that is no JSON object tells about a load balancer, a firewall or a login more than about the colour: it
    convicts nobody unless the status is 5XX. Blue is not held to fields that its version did not have.
    """
    document = parsed(answer)
    if not isinstance(document, dict):
        if answer.status >= 500:
            return _says(Finding.DIVERGED, f"the health page answered {answer.status} and no JSON object")
        return _says(
            Finding.NO_DATA,
            f"the health page answered {answer.status} and no JSON object, which says nothing about {role}",
        )
    wrong = [*_fields(document, policy, role), *_version(document, policy, role, versions)]
    if not wrong and answer.status >= 500:
        wrong = [f"its fields are fine but it answered {answer.status}"]
    if wrong:
        return _says(
            Finding.DIVERGED, f"the health page of {role} answered {answer.status}: {'; '.join(wrong)}"
        )
    return _says(
        Finding.HEALTHY, f"the health page of {role} is fine{_also(document, policy, role, versions)}"
    )


def _fields(document: Any, policy: HealthPolicy, role: Role) -> Iterator[str]:
    for path, wanted in policy.fields.items():
        value = found(path, document)
        if value is None and wanted is not None and role is Role.BLUE:
            continue
        if value is None and wanted is not None:
            yield f"it has no {path}, which must be {shown(wanted)} (the policy's gates.health.fields)"
        elif not same(value, wanted):
            yield f"{path} is {shown(value)}, not {shown(wanted)}"


def _version(document: Any, policy: HealthPolicy, role: Role, versions: Versions) -> Iterator[str]:
    if policy.version is None or role is Role.BLUE or versions.green is None:
        return
    value = found(policy.version, document)
    answered = value if isinstance(value, str) else shown(value)
    if answered == versions.green:
        return
    yield f"{policy.version} is {shown(value)}, but {shown(versions.green)} is being released"
    if answered == versions.blue:
        yield "that is blue's version: the hook is judging the wrong colour, look at where the listener forwards to"


def _also(document: Any, policy: HealthPolicy, role: Role, versions: Versions) -> str:
    if role is Role.BLUE:
        return ""
    if policy.version is None or versions.green is None:
        return "; which version answered was not judged"
    return f", version {shown(found(policy.version, document))}"


def _says(finding: Finding, sentence: str) -> Evidence:
    return Evidence(signal=SIGNAL, finding=finding, sentence=sentence)
