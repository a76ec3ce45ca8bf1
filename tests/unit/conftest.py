"""Builders: small valid values that a test changes in the one place it is about."""

import copy
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from guardian import judge
from guardian.actions import Action
from guardian.decide import ActionKind
from guardian.model import (
    Colour,
    Deployment,
    Finding,
    Minute,
    Phase,
    Scope,
    Service,
    Shared,
    Side,
    TargetGroup,
    Verdict,
)
from guardian.policy import MetricSelector, Policy, parse_policy
from guardian.resolve import CodeDeployDescription
from guardian.watch import Watch

EVENTS = Path(__file__).parents[2] / "events"
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ARN = "arn:aws:elasticloadbalancing:us-east-1:111122223333:"
LISTENER = f"{ARN}listener/app/shop-alb/50dc6c495c0c9188/f2f7dc8efc522ab2"
GROUPS = {
    "checkout-tg-1": f"{ARN}targetgroup/checkout-tg-1/73e2d6bc24d8a067",
    "checkout-tg-2": f"{ARN}targetgroup/checkout-tg-2/09966783158cda59",
}


@pytest.fixture(scope="session")
def noon() -> datetime:
    """A whole minute at which tests begin."""
    return NOON


@pytest.fixture(scope="session")
def payload() -> Callable[[str], dict[str, Any]]:
    """Return a fresh copy of a payload file in events/, by name without `.json`."""

    def load(name: str) -> dict[str, Any]:
        data: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
        return data

    return load


@pytest.fixture(scope="session")
def arn() -> Callable[[str], str]:
    """Return the ARN of one of the two target groups, by name."""
    return GROUPS.__getitem__


@pytest.fixture(scope="session")
def listener_arn() -> str:
    """The production listener."""
    return LISTENER


@pytest.fixture(scope="session")
def a_service() -> Service:
    """The service that every builder belongs to."""
    return Service(application="AppECS-shop-checkout", deployment_group="DgpECS-shop-checkout")


@pytest.fixture(scope="session")
def a_policy() -> Callable[..., Policy]:
    """Build a policy from its keys."""
    return lambda **keys: parse_policy(keys, "test")


@pytest.fixture(scope="session")
def a_selector() -> Callable[..., MetricSelector]:
    """Build a metric selector of the shop's own namespace."""
    return lambda metric, **rest: MetricSelector(namespace="Shop", metric=metric, **rest)


# Replies of AWS


@pytest.fixture(scope="session")
def a_rule() -> Callable[..., dict[str, Any]]:
    """Build a listener rule that forwards with weights, given by target group name."""

    def build(weights: Mapping[str, int], *, default: bool = True) -> dict[str, Any]:
        groups = [
            {"TargetGroupArn": GROUPS.get(name, f"{ARN}targetgroup/{name}/1"), "Weight": weight}
            for name, weight in weights.items()
        ]
        action = {"Type": "forward", "Order": 1, "ForwardConfig": {"TargetGroups": groups}}
        return {"Priority": "default" if default else "10", "IsDefault": default, "Actions": [action]}

    return build


@pytest.fixture(scope="session")
def a_description(
    payload: Callable[[str], dict[str, Any]], a_rule: Callable[..., dict[str, Any]]
) -> Callable[..., CodeDeployDescription]:
    """Build what AWS says about the deployment of the payload files, blue being checkout-tg-1.

    `info` and `group` change single keys of the replies, `target` replaces the target, `rules` the listener's rules.
    """

    def build(
        *,
        target: Mapping[str, Any] | str | None = "api-get-deployment-target-canary-10pct",
        rules: Sequence[Mapping[str, Any]] | None = None,
        info: Mapping[str, Any] | None = None,
        group: Mapping[str, Any] | None = None,
    ) -> CodeDeployDescription:
        if isinstance(target, str):
            target = payload(target)["deploymentTarget"]["ecsTarget"]
        deployment = {
            "deploymentId": "d-A1B2C3D4E",
            "applicationName": "AppECS-shop-checkout",
            "deploymentGroupName": "DgpECS-shop-checkout",
            "deploymentConfigName": "CodeDeployDefault.ECSLinear10PercentEvery3Minutes",
            "computePlatform": "ECS",
            "status": "InProgress",
            "creator": "user",
        }
        pair = {
            "targetGroups": [{"name": name} for name in GROUPS],
            "prodTrafficRoute": {"listenerArns": [LISTENER]},
        }
        settings = {
            "deploymentGroupName": "DgpECS-shop-checkout",
            "computePlatform": "ECS",
            "ecsServices": [{"clusterName": "shop", "serviceName": "checkout"}],
            "loadBalancerInfo": {"targetGroupPairInfoList": [pair]},
        }
        return CodeDeployDescription(
            deployment=deployment | dict(info or {}),
            group=settings | dict(group or {}),
            target=copy.deepcopy(target),
            target_groups=[{"TargetGroupName": name, "TargetGroupArn": arn} for name, arn in GROUPS.items()],
            rules=[a_rule({"checkout-tg-1": 90, "checkout-tg-2": 10})] if rules is None else rules,
        )

    return build


# Values of the domain


@pytest.fixture(scope="session")
def a_side() -> Callable[..., Side]:
    """Build one side on a target group, with a weight that controller and listener agree on."""

    def build(name: str = "checkout-tg-2", weight: float = 0.1, **changes: Any) -> Side:
        group = TargetGroup(name=name, arn=GROUPS[name])
        values: dict[str, Any] = {"controller_weight": weight, "listener_weight": weight} | changes
        return Side(target_group=group, desired=4, running=4, **values)

    return build


@pytest.fixture(scope="session")
def a_deployment(a_side: Callable[..., Side], a_service: Service) -> Callable[..., Deployment]:
    """Build a deployment that shifts, green on checkout-tg-2 with the given weight."""

    def build(weight: float = 0.1, **changes: Any) -> Deployment:
        values: dict[str, Any] = {
            "id": "d-A1B2C3D4E",
            "service": a_service,
            "cluster": "shop",
            "ecs_service": "checkout",
            "phase": Phase.SHIFTING,
            "status": "InProgress",
            "strategy": "CodeDeployDefault.ECSLinear10PercentEvery3Minutes",
            "blue": a_side("checkout-tg-1", 1 - weight),
            "green": a_side("checkout-tg-2", weight),
            "load_balancer": "app/shop-alb/50dc6c495c0c9188",
            "listener_arn": LISTENER,
        }
        return Deployment(**values | changes)

    return build


@pytest.fixture(scope="session")
def a_watch(a_service: Service) -> Callable[..., Watch]:
    """Build a watch that has just been opened."""

    def build(**changes: Any) -> Watch:
        values: dict[str, Any] = {"deployment_id": "d-A1B2C3D4E", "service": a_service, "opened_at": NOON}
        return Watch(**values | changes)

    return build


@pytest.fixture(scope="session")
def a_verdict() -> Callable[..., Verdict]:
    """Build a verdict of one finding and scope."""

    def build(finding: Finding = Finding.DIVERGED, scope: Scope = Scope.COLOUR, **changes: Any) -> Verdict:
        values: dict[str, Any] = {
            "signal": "errors_5xx",
            "first_minute": 2,
            "last_minute": 6,
            "sentence": "green had 64 5XX answers in 3,200 requests",
        }
        return Verdict(finding=finding, scope=scope, **values | changes)

    return build


@pytest.fixture(scope="session")
def an_action() -> Callable[..., Action]:
    """Build an action that was intended and not yet asked for."""

    def build(**changes: Any) -> Action:
        values: dict[str, Any] = {
            "kind": ActionKind.STOP_DEPLOYMENT,
            "deployment_id": "d-A1B2C3D4E",
            "decided_by": "d-A1B2C3D4E-00007",
            "intended_at": NOON,
            "reason": "green had 64 5XX answers in 3,200 requests",
            "weight": 0.3,
            "blue": TargetGroup(name="checkout-tg-1", arn=GROUPS["checkout-tg-1"]),
            "green": TargetGroup(name="checkout-tg-2", arn=GROUPS["checkout-tg-2"]),
            "listener_arn": LISTENER,
        }
        return Action(**values | changes)

    return build


# Minutes for the judge


def _colour(rng: np.random.Generator, share: float, total: float, weather: float) -> Colour:
    """Draw one healthy colour: Poisson counts, latency that scatters less the more requests there are."""
    sent = float(rng.poisson(total * share))
    if sent == 0:
        return Colour(requests=0.0, errors_5xx=0.0, connection_errors=0.0, healthy_hosts=4)
    scatter = 1 / np.sqrt(sent)
    return Colour(
        requests=sent,
        errors_5xx=0.0,
        errors_4xx=float(rng.poisson(sent * 0.01)),
        connection_errors=0.0,
        latency_p50=float(0.080 * np.exp(weather + rng.normal(0, 0.8 * scatter + 0.01))),
        latency_avg=float(0.100 * np.exp(weather + rng.normal(0, 1.0 * scatter + 0.01))),
        latency_p90=float(0.200 * np.exp(weather + rng.normal(0, 1.5 * scatter + 0.01))),
        latency_p99=float(0.400 * np.exp(weather + rng.normal(0, 2.5 * scatter + 0.02))),
        latency_samples=sent,
        healthy_hosts=4,
        unhealthy_hosts=0,
        cpu=float(5 + 40 * sent / 6000 + rng.normal(0, 0.5)),
    )


@pytest.fixture(scope="session")
def a_history() -> Callable[..., list[Minute]]:
    """Build blue's hour before the shift, healthy, at `total` requests a minute."""

    def build(total: float = 6000, seed: int = 1, minutes: int = 60, **shared: float) -> list[Minute]:
        rng = np.random.default_rng([seed, 0])
        levels = {"db_connections": 80.0, "service_cpu": 45.0} | shared
        return [
            Minute(
                minute=index, seen_at=index + 2, weight=0.0,
                blue=_colour(rng, 1.0, total * rng.uniform(0.9, 1.1), rng.normal(0, 0.02)),
                shared=Shared(**levels),
            )
            for index in range(-minutes, 0)
        ]  # fmt: skip

    return build


@pytest.fixture(scope="session")
def a_shift() -> Callable[..., list[Minute]]:
    """Build healthy minutes of a shift at `total` requests a minute; `weight` is one share or one per minute."""

    def build(
        minutes: int = 20,
        weight: float | Sequence[float] = 0.5,
        total: float = 6000,
        seed: int = 1,
        **shared: float,
    ) -> list[Minute]:
        rng = np.random.default_rng([seed, 1])
        weights = [weight] * minutes if isinstance(weight, int | float) else list(weight)
        levels = {"db_connections": 85.0, "service_cpu": 45.0} | shared
        rows = []
        for index, share in enumerate(weights):
            weather, load = rng.normal(0, 0.02), total * rng.uniform(0.9, 1.1)
            blue, green = (_colour(rng, part, load, weather) for part in (1 - share, share))
            rows.append(
                Minute(
                    minute=index,
                    seen_at=index + 2,
                    weight=share,
                    blue=blue if share < 1 else None,
                    green=green if share > 0 else None,
                    shared=Shared(**levels),
                )
            )
        return rows

    return build


@pytest.fixture(scope="session")
def changed() -> Callable[..., list[Minute]]:
    """Change one colour of some minutes: `{field: factor}` multiplies, `{field: (value,)}` replaces."""

    def apply(
        rows: Iterable[Minute], colour: str = "green", since: int = -1000, until: int = 10**6, **fields: Any
    ) -> list[Minute]:
        return [
            row.model_copy(update={colour: _altered(getattr(row, colour), fields)})
            if since <= row.minute < until
            else row
            for row in rows
        ]

    return apply


def _altered(side: Colour | None, fields: Mapping[str, Any]) -> Colour | None:
    if side is None:
        return None
    values = {
        name: change[0] if isinstance(change, tuple) else getattr(side, name) * change
        for name, change in fields.items()
    }
    return side.model_copy(update=values)


@pytest.fixture(scope="session")
def slower() -> dict[str, float]:
    """Fields of a colour whose whole latency is half as slow again."""
    return dict.fromkeys(("latency_p50", "latency_avg", "latency_p90", "latency_p99"), 1.5)


@pytest.fixture(scope="session")
def failing(changed: Callable[..., list[Minute]]) -> Callable[..., list[Minute]]:
    """Let a share of a colour's requests answer 5XX, at random with a fixed seed."""

    def apply(
        rows: Iterable[Minute], rate: float, colour: str = "green", since: int = -1000, seed: int = 5
    ) -> list[Minute]:
        rng = np.random.default_rng(seed)
        out = []
        for row in rows:
            side = getattr(row, colour)
            errors = float(rng.binomial(int(side.requests), rate)) if side else 0.0
            out += changed([row], colour, since, errors_5xx=(errors,))
        return out

    return apply


@pytest.fixture(scope="session")
def judged() -> Callable[..., list[Verdict]]:
    """Fold minutes one after the other and return the verdict after each."""

    def run(
        history: Sequence[Minute], minutes: Iterable[Minute], policy: Policy | None = None
    ) -> list[Verdict]:
        state, rules = judge.begin(history), policy or Policy()
        verdicts = []
        for minute in minutes:
            state = judge.step(state, minute, rules)
            verdicts.append(judge.read(state, rules))
        return verdicts

    return run


@pytest.fixture(scope="session")
def first_diverged() -> Callable[[Iterable[Verdict]], Verdict | None]:
    """Return the first verdict that convicts green, None if none does."""
    return lambda verdicts: next((v for v in verdicts if v.finding is Finding.DIVERGED), None)


@pytest.fixture(scope="session")
def minute_start() -> Callable[[int], datetime]:
    """Return the start of a minute counted from noon."""
    return lambda index: NOON + timedelta(minutes=index)
