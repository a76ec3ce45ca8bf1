"""What the lifecycle hooks check besides metrics: the migration task, the health page and the probes of the policy.

A wrong answer fails the hook. What cannot be reached or read is unknown: it is noted and fails nothing, so that a hung
TLS handshake does not roll a good release back.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from guardian.errors import AwsRefusedError, PolicyInvalidError, TemporaryError, UnreachableError
from guardian.gates import Versions, fill, judge_answer, judge_health, judge_migration
from guardian.gates.health import SIGNAL as HEALTH
from guardian.gates.migration import SIGNAL as MIGRATION
from guardian.gates.probes import says
from guardian.model import Deployment, Evidence, Finding, HttpAnswer, HttpRequest, Role, Verdict
from guardian.policy.gates import GatesPolicy, ProbePolicy
from guardian.ports import Ports
from guardian.resolve import resolve
from guardian.triggers import Hook

TIME = timedelta(seconds=45)
"""For all questions over HTTP of one hook, well within its function's timeout."""
TO_CLEAN_UP = timedelta(seconds=15)
"""Further time for the steps that run whatever happened."""


@dataclass(frozen=True)
class Gated:
    """What the gates of one hook came to.

    Attributes:
        failed: The verdict against the release; None when no gate speaks against it.
        notes: What passed and what is not known, as sentences.
    """

    failed: Verdict | None = None
    notes: tuple[str, ...] = ()


NOTHING = Gated()
"""What the gates come to where none is checked."""


@dataclass(frozen=True)
class _Site:
    """What the gates of one hook work on."""

    deployment: Deployment
    policy: GatesPolicy
    ports: Ports
    until: datetime


def check_gates(deployment_id: str, hook: Hook, ports: Ports) -> Gated:
    """Check what the policy wants checked in this hook.

    Raises:
        NotGuardableError: It is not an ECS blue/green deployment.
    """
    if hook not in GATES:
        return NOTHING
    try:
        deployment = resolve(ports.controller.describe(deployment_id))
        policy = ports.policies.find(deployment.service)
    except PolicyInvalidError:
        return NOTHING  # the turn says so, and the hook fails for it
    except (TemporaryError, AwsRefusedError) as error:
        return Gated(notes=(f"the gates were not checked, since AWS could not be read: {error}",))
    if policy is None or deployment.is_rollback or deployment.ended:
        return NOTHING
    site = _Site(deployment, policy.gates, ports, ports.clock.now() + TIME)
    return gated(tuple(GATES[hook](site)))


def gated(evidence: tuple[Evidence, ...]) -> Gated:
    """Return what several looks come to: one wrong answer fails the release, unknown is noted. Pure."""
    bad = [one for one in evidence if one.finding is Finding.DIVERGED]
    if bad:
        verdict = Verdict(
            finding=Finding.DIVERGED,
            signal=bad[0].signal,
            evidence=evidence,
            sentence=bad[0].sentence,
        )
        return Gated(failed=verdict)
    return Gated(notes=tuple(_noted(evidence)))


def _noted(evidence: tuple[Evidence, ...]) -> Iterator[str]:
    for signal in dict.fromkeys(one.signal for one in evidence):
        mine = [one for one in evidence if one.signal == signal]
        yield from (one.sentence for one in mine if one.finding is Finding.NO_DATA)
        fine = [one.sentence for one in mine if one.finding is Finding.HEALTHY]
        if fine:
            yield fine[0] if len(fine) == 1 else f"{len(fine)} times well: {fine[-1]}"


def _before_traffic(site: _Site) -> Iterator[Evidence]:
    """The migration has ended well, and blue, which serves, still fits the schema."""
    if site.policy.migration is not None:
        yield _migration(site)
    if site.policy.production_url is not None:
        yield from _health(site, site.policy.production_url, Role.BLUE)


def _on_test_listener(site: _Site) -> Iterator[Evidence]:
    if site.policy.test_url is not None:
        yield from _at(site, site.policy.test_url)


def _after_traffic(site: _Site) -> Iterator[Evidence]:
    base = site.policy.production_url or site.policy.test_url
    if base is not None:
        yield from _at(site, base)


def _at(site: _Site, base: str) -> Iterator[Evidence]:
    """Ask for the health page, and only where it is not wrong go on to the probes."""
    health = tuple(_health(site, base, Role.GREEN))
    yield from health
    if not any(one.finding is Finding.DIVERGED for one in health):
        yield from _probes(site, base)


GATES: Mapping[Hook, Callable[[_Site], Iterator[Evidence]]] = {
    Hook.BEFORE_INSTALL: _before_traffic,
    Hook.AFTER_INSTALL: _before_traffic,
    Hook.AFTER_ALLOW_TEST_TRAFFIC: _on_test_listener,
    Hook.AFTER_ALLOW_TRAFFIC: _after_traffic,
}


def _migration(site: _Site) -> Evidence:
    """A task that may not be read fails the hook: somebody meant to have it checked, and nobody has seen green."""
    policy = site.policy.migration
    if policy is None:
        raise ValueError("the policy names no migration")
    cluster = policy.cluster or site.deployment.cluster
    try:
        tasks = site.ports.tasks.find(cluster, policy)
    except TemporaryError as error:
        return _unknown(MIGRATION, f"whether the migration has ended cannot be read now: {error}")
    except AwsRefusedError as error:
        sentence = f"the migration task may not be read in the cluster {cluster}: {error}"
        return Evidence(signal=MIGRATION, finding=Finding.DIVERGED, sentence=sentence)
    return judge_migration(tasks, policy, site.ports.clock.now())


def _health(site: _Site, base: str, role: Role) -> Iterator[Evidence]:
    policy = site.policy.health
    if policy is None:
        return
    versions, problem = _versions(site, role)
    if problem:
        yield _unknown(HEALTH, problem)
    request = HttpRequest(method="GET", url=base + policy.path, seconds=policy.timeout_seconds)
    for _ in range(policy.times if role is Role.GREEN else 1):
        answer = _ask(site, request, site.until)
        if isinstance(answer, str):
            yield _unknown(HEALTH, f"the health page of {role} {answer}")
            return
        yield judge_health(answer, policy, role, versions)


def _versions(site: _Site, role: Role) -> tuple[Versions, str]:
    """Return the versions of both colours, and what could not be read of them."""
    policy = site.policy.health
    if role is Role.BLUE or policy is None or policy.version is None:
        return Versions(), ""
    try:
        versions = site.ports.fleet.versions(site.deployment, policy.version_variable)
    except (TemporaryError, AwsRefusedError) as error:
        return Versions(), f"which version is being released cannot be read: {error}"
    if versions.green is None:
        source = f"variable {policy.version_variable}" if policy.version_variable else "image tag"
        return versions, f"green's task definition has no {source}, so the answered version is not judged"
    return versions, ""


def _probes(site: _Site, base: str) -> Iterator[Evidence]:
    """Go through the steps in order; after one that did not pass, only those that run always."""
    carried: dict[str, Any] = {}
    passed = True
    for probe in site.policy.probes:
        if not passed and probe.when == "passed":
            continue
        if missing := probe.needs - carried.keys():
            yield says(
                Finding.NO_DATA,
                probe,
                f"was not sent: no earlier step has carried {', '.join(sorted(missing))}",
            )
            continue
        evidence, taken = _step(site, probe, base, carried)
        carried |= taken
        passed = passed and evidence.finding is Finding.HEALTHY
        yield evidence


def _step(
    site: _Site, probe: ProbePolicy, base: str, carried: Mapping[str, Any]
) -> tuple[Evidence, Mapping[str, Any]]:
    until = site.until + TO_CLEAN_UP if probe.when == "always" else site.until
    answer = _ask(site, fill(probe, base, carried), until)
    if isinstance(answer, str):
        return says(Finding.NO_DATA, probe, answer), {}
    step = judge_answer(probe, answer)
    return step.evidence, step.carried


def _ask(site: _Site, request: HttpRequest, until: datetime) -> HttpAnswer | str:
    """Return the answer, or why there is none."""
    left = (until - site.ports.clock.now()).total_seconds()
    if left <= 0:
        return f"was not asked: the {TIME.total_seconds():.0f} s for all questions of one hook are used up"
    seconds = min(request.seconds, left / (request.retries + 1))
    try:
        return site.ports.web.ask(request.model_copy(update={"seconds": seconds}))
    except UnreachableError as error:
        return f"did not answer, which is unknown and fails nothing: {error}"


def _unknown(signal: str, sentence: str) -> Evidence:
    return Evidence(signal=signal, finding=Finding.NO_DATA, sentence=sentence)
