"""The policy: published defaults, refusals with their path, and its digest."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from guardian.errors import PolicyInvalidError
from guardian.model import Mode
from guardian.policy import Policy, canonical, parse_policy

SELECTOR = {"namespace": "Shop", "metric": "Checkouts", "dimensions": {"TargetGroup": "{target_group}"}}
CUSTOM = {"name": "checkout", "numerator": SELECTOR, "denominator": SELECTOR}
TASK = "arn:aws:ecs:eu-west-1:111122223333:task/shop/0a1b2c3d"
SITE = {"test_url": "http://shop.example.com:8080"}
PROBE = {"name": "read", "path": "/customers/1"}
MEAN = {"name": "query_time", "kind": "mean", "value": SELECTOR}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("latency.tolerance", 1.10),
        ("latency.limit", 1.20),
        ("errors.limit", 2.0),
        ("database.instance", None),
        ("window.settle_seconds", 120),
        ("window.history_minutes", 60),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_the_defaults_are_the_published_thresholds(path: str, value: object) -> None:
    """A policy that sets nothing holds the published thresholds."""
    found: Any = Policy()
    for name in path.split("."):
        found = getattr(found, name)
    assert found == value


def test_nothing_is_enforced_unless_it_was_asked_for() -> None:
    """Without a mode Guardian only observes."""
    assert Policy().mode is Mode.OBSERVE


@pytest.mark.parametrize(
    ("keys", "path"),
    [
        ({"latncy": {}}, "latncy"),
        ({"latency": {"limitt": 1.2}}, "latency.limitt"),
        ({"steps": [{"up_to": 1.1}]}, "steps.0.up_to"),
        ({"steps": [{"up_to": 0.1, "latency": {}}]}, "steps.0.latency"),
        ({"custom": [CUSTOM | {"limt": 1}]}, "custom.0.limt"),
        ({"custom": [CUSTOM | {"numerator": SELECTOR | {"stat": "Sum"}}]}, "custom.0.numerator.stat"),
        ({"schema": "guardian.policy/2"}, "schema"),
        ({"mode": "enforced"}, "mode"),
        ({"latency": {"limit": 0.9}}, "latency.limit"),
        ({"errors": {"min_errors": 0}}, "errors.min_errors"),
        ({"errors": {"min_rate": 1.5}}, "errors.min_rate"),
        ({"traffic": {"share_limit": 1}}, "traffic.share_limit"),
        ({"database": {"max_connections": 0}}, "database.max_connections"),
        ({"contract": {"peaks": [9, 24]}}, "contract.peaks.1"),
        ({"contract": {"peaks": [True]}}, "contract.peaks.0"),
        ({"contract": {"jobs": ["Weekly report"]}}, "contract.jobs.0"),
        ({"contract": {"jobs": ["weekly", "weekly"]}}, "contract"),
        ({"gates": {"migration": {}}}, "gates.migration"),
        ({"gates": {"migration": {"task": "shop-migrate"}}}, "gates.migration.task"),
        ({"gates": {"migration": {"task": TASK, "tag": {"key": "a", "value": "b"}}}}, "gates.migration"),
        ({"gates": {"test_url": "http://shop.example.com/path"}}, "gates.test_url"),
        ({"gates": {"test_url": "file:///etc/passwd"}}, "gates.test_url"),
        ({"gates": {"health": {}}}, "gates"),
        ({"gates": {"probes": [PROBE]}}, "gates"),
        ({"gates": SITE | {"health": {"version": "a b"}}}, "gates.health.version"),
        ({"gates": SITE | {"probes": [PROBE | {"path": "customers"}]}}, "gates.probes.0.path"),
        ({"gates": SITE | {"probes": [PROBE | {"path": "/a b"}]}}, "gates.probes.0.path"),
        ({"gates": SITE | {"probes": [PROBE | {"headers": {"X": "a\r\nY: b"}}]}}, "gates.probes.0.headers.X"),
        ({"gates": SITE | {"probes": [PROBE | {"when": "never"}]}}, "gates.probes.0.when"),
        ({"bake": {"hold_minutes": 56}}, "bake.hold_minutes"),
        ({"window": {"settle_seconds": 30}}, "window.settle_seconds"),
        ({"window": {"minutes": 2.5}}, "window.minutes"),
        ({"custom": [CUSTOM | {"name": "Check out"}]}, "custom.0.name"),
        ({"custom": [CUSTOM | {"worse": "lowest"}]}, "custom.0.worse"),
        ({"custom": [CUSTOM | {"numerator": SELECTOR | {"statistic": "p99"}}]}, "custom.0.numerator.statistic"),
        ({"custom": [CUSTOM | {"name": f"m{n}"} for n in range(11)]}, "custom"),
        ({"custom": [CUSTOM | {"kind": "average"}]}, "custom.0.kind"),
        ({"custom": [CUSTOM | {"action": "rollback"}]}, "custom.0.action"),
        ({"custom": [MEAN | {"value": SELECTOR | {"statistic": "Sum"}}]}, "custom.0.value.statistic"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)  # fmt: skip
@pytest.mark.parametrize("form", ["data", "json"])
def test_what_does_not_fit_is_refused_with_its_path(keys: dict[str, Any], path: str, form: str) -> None:
    """A typing error or a value out of range never becomes a default: it is refused by its path."""
    with pytest.raises(PolicyInvalidError) as raised:
        parse_policy(json.dumps(keys) if form == "json" else keys, "/guardian/shop/checkout")
    lines = str(raised.value).splitlines()
    assert lines[0] == "/guardian/shop/checkout is not a valid policy:"
    assert any(line.startswith(f"  {path}: ") for line in lines[1:]), lines


@pytest.mark.parametrize(
    ("probes", "says"),
    [
        ([PROBE | {"path": "/customers/${id}"}], "'read' uses id, which no earlier step carries"),
        ([PROBE | {"body": {"of": ["${id}"]}}], "'read' uses id"),
        ([PROBE | {"headers": {"X-Id": "${id}"}}], "'read' uses id"),
        ([PROBE | {"path": "/${id}", "carry": {"id": "id"}}], "'read' uses id"),
        ([PROBE | {"path": "/a$"}], "write $$"),
    ],
    ids=["path", "body", "header", "its own", "dollar"],
)
def test_a_probe_uses_only_what_was_carried_before(probes: list[dict[str, Any]], says: str) -> None:
    """A value that no earlier step carries is refused with the policy, not found missing in a release."""
    with pytest.raises(PolicyInvalidError, match=re.escape(says)):
        parse_policy({"gates": SITE | {"probes": probes}}, "policy")


def test_probes_carry_values_from_step_to_step() -> None:
    """A value may be used by every later step."""
    steps = [PROBE | {"carry": {"id": "id"}}, PROBE | {"path": "/customers/${id}?$$top=1"}]
    policy = parse_policy({"gates": SITE | {"probes": steps}}, "policy")
    assert [probe.needs for probe in policy.gates.probes] == [frozenset(), frozenset({"id"})]


@pytest.mark.parametrize(
    ("latency", "word"),
    [({"tolerance": 1.3}, "tolerance"), ({"p99_tolerance": 1.6}, "tolerance")],
    ids=["median", "p99"],
)
def test_a_tolerance_above_its_limit_is_refused(latency: dict[str, float], word: str) -> None:
    """A tolerance may not be wider than the limit it belongs to."""
    with pytest.raises(PolicyInvalidError, match=word):
        parse_policy({"latency": latency}, "policy.yaml")


def test_two_custom_metrics_of_one_name_are_refused() -> None:
    """Names of custom metrics must differ, because records tell them apart by name."""
    with pytest.raises(PolicyInvalidError, match="same name"):
        parse_policy({"custom": [CUSTOM, CUSTOM]}, "policy.yaml")


@pytest.mark.parametrize(
    ("metric", "advice"),
    [
        ({"name": "m"}, "a ratio is made of numerator and denominator alone: give numerator and denominator"),
        ({"name": "m", "numerator": SELECTOR}, "alone: give denominator"),
        (CUSTOM | {"value": SELECTOR}, "alone: leave out value, or write kind: mean"),
        ({"name": "m", "value": SELECTOR}, "give numerator and denominator; leave out value, or write kind: mean"),
        ({"name": "m", "kind": "mean"}, "a mean is made of value alone: give value"),
        (MEAN | {"numerator": SELECTOR}, "alone: leave out numerator, or write kind: ratio"),
        (CUSTOM | {"kind": "mean"}, "give value; leave out numerator and denominator, or write kind: ratio"),
    ],
    ids=["nothing", "half", "ratio-and-mean", "mean-without-its-kind", "no-value", "mean-and-half", "ratio-as-mean"],
)  # fmt: skip
def test_a_custom_metric_has_what_its_kind_needs(metric: dict[str, Any], advice: str) -> None:
    """A ratio has numerator and denominator, a mean has a value; anything else is refused with what to write."""
    with pytest.raises(PolicyInvalidError) as raised:
        parse_policy({"custom": [metric]}, "policy.yaml")
    line = str(raised.value).splitlines()[1]
    assert line.startswith("  custom.0: ")
    assert advice in line


def test_a_limit_that_nothing_can_fall_below_is_refused() -> None:
    """A fall has a limit below 1, a rise need not."""
    with pytest.raises(PolicyInvalidError, match="give a limit below 1, or write worse: higher"):
        parse_policy({"custom": [MEAN | {"limit": 1.0}]}, "policy.yaml")
    assert parse_policy({"custom": [MEAN | {"limit": 1.0, "worse": "higher"}]}, "policy.yaml").custom


def test_a_custom_metric_is_a_ratio_that_may_roll_back_unless_it_says_otherwise() -> None:
    """Policies from before there were means keep their meaning."""
    (metric,) = parse_policy({"custom": [CUSTOM]}, "policy.yaml").custom
    assert (metric.kind, metric.action) == ("ratio", "diverge")


def test_every_mistake_is_reported_at_once() -> None:
    """The message has one line for each mistake, so that a person corrects them in one go."""
    with pytest.raises(PolicyInvalidError) as raised:
        parse_policy({"mode": "loud", "latency": {"limit": 0.5}, "alarm": []}, "policy.yaml")
    assert len(str(raised.value).splitlines()) == 4


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '"enforce"'], ids=["empty", "cut", "list", "null", "word"]
)
def test_a_text_that_is_no_policy_is_refused(text: str) -> None:
    """Text that is not an object is refused as a whole document."""
    with pytest.raises(PolicyInvalidError, match="whole document"):
        parse_policy(text, "policy.yaml")


def test_a_policy_cannot_be_changed_in_place() -> None:
    """A policy is frozen: what was judged by it cannot shift under the record."""
    with pytest.raises(ValueError, match="frozen"):
        Policy().mode = Mode.ENFORCE  # type: ignore[misc]


def test_the_digest_is_of_what_applies(a_policy: Callable[..., Policy]) -> None:
    """Setting a value to its default changes nothing, so the digest stays; any other value changes it."""
    assert a_policy(latency={"limit": 1.2}).digest == Policy().digest
    assert a_policy(latency={"limit": 1.21}).digest != Policy().digest
    assert a_policy(mode="enforce").digest != Policy().digest


def test_the_digest_does_not_depend_on_the_order_of_keys(a_policy: Callable[..., Policy]) -> None:
    """Two files that say the same in another order have the same digest of 12 hexadecimal digits."""
    one = a_policy(mode="notify", latency={"limit": 1.3, "tolerance": 1.2})
    two = a_policy(latency={"tolerance": 1.2, "limit": 1.3}, mode="notify")
    assert one.digest == two.digest
    assert len(one.digest) == 12
    assert int(one.digest, 16) >= 0


def test_only_what_was_set_is_stored(a_policy: Callable[..., Policy]) -> None:
    """A stored policy leaves out defaults, so that the version that reads it supplies its own."""
    policy = a_policy(mode="enforce", latency={"limit": 1.3})
    assert json.loads(policy.stored()) == {"mode": "enforce", "latency": {"limit": 1.3}}


def test_a_stored_policy_reads_back_the_same(a_policy: Callable[..., Policy]) -> None:
    """Storing and reading loses nothing."""
    policy = a_policy(
        mode="enforce", application="shop", deployment_group="checkout", alarms=["5xx"],
        database={"instance": "shop-db", "max_connections": 400}, custom=[CUSTOM, MEAN],
    )  # fmt: skip
    again = parse_policy(policy.stored(), "stored")
    assert (again, again.digest) == (policy, policy.digest)


def test_canonical_text_is_equal_for_equal_data() -> None:
    """Keys are sorted, spaces left out and letters kept as they are."""
    assert canonical({"b": [1, {"d": 1, "c": "ü"}], "a": None}) == '{"a":null,"b":[1,{"c":"ü","d":1}]}'


def test_every_setting_says_what_it_means() -> None:
    """Each number that a person may set carries a description for the generated schema."""
    definitions = Policy.model_json_schema(by_alias=True)["$defs"]
    bare = [
        f"{name}.{key}"
        for name, part in definitions.items()
        for key, setting in part.get("properties", {}).items()
        if "description" not in setting and "$ref" not in setting
    ]
    assert bare == []


def test_a_step_replaces_what_it_names_up_to_its_weight() -> None:
    """The first entry whose weight is not exceeded holds; what it leaves out stays as it is; above all it ends."""
    steps = [{"up_to": 0.1, "min_errors": 1, "min_rate": 0}, {"up_to": 0.5, "latency_limit": 1.15}]
    policy = parse_policy({"errors": {"min_errors": 9}, "steps": steps}, "here")
    first, second, rest = policy.at(0.1), policy.at(0.3), policy.at(0.6)
    assert (first.errors.min_errors, first.errors.min_rate, first.latency.limit) == (1, 0, 1.2)
    assert (second.errors.min_errors, second.latency.limit, second.latency.tolerance) == (9, 1.15, 1.1)
    assert rest == policy


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([{"up_to": 0.5}, {"up_to": 0.1}], "order of up_to"),
        ([{"up_to": 0.1}, {"up_to": 0.1}], "order of up_to"),
        ([{"up_to": 0.1, "latency_limit": 1.05}], "tolerance may not be above its limit"),
    ],
    ids=["falling", "twice", "limit below the tolerance"],
)
def test_steps_that_contradict_are_refused(steps: list[dict[str, float]], message: str) -> None:
    """Steps out of order, and a step whose limit is below what is tolerated, are refused with the reason."""
    with pytest.raises(PolicyInvalidError, match=message):
        parse_policy({"steps": steps}, "here")
