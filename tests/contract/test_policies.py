"""What every `Policies` does: the fake and Parameter Store."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from guardian_fakes import FakePolicies

from guardian.aws.policies import ParameterStorePolicies
from guardian.errors import AwsRefusedError, PolicyInvalidError, TemporaryError
from guardian.model import Mode, Service
from guardian.policy import Policy
from guardian.ports import Policies
from guardian_rehearsal.emulator.server import EmulatedAws

PATH = "/guardian/policies"


@dataclass
class Store:
    """A store of policies, and how a test fills and breaks it."""

    policies: Policies
    put: Callable[[Service, str], None]
    throttle: Callable[[], None]
    deny: Callable[[], None]


def _fake() -> Store:
    fake = FakePolicies()

    def fail(error: Exception) -> None:
        fake.fail("find", error)
        fake.fail("services", error)

    return Store(
        fake,
        fake.stored.__setitem__,
        lambda: fail(TemporaryError("ssm was answered with ThrottlingException")),
        lambda: fail(AwsRefusedError("ssm is not allowed")),
    )


@pytest.fixture
def _parameter_store(aws: EmulatedAws) -> Store:
    aws.faults.clear()
    ssm = aws.client("ssm")
    names = [one["Name"] for one in ssm.describe_parameters()["Parameters"]]
    if names:
        ssm.delete_parameters(Names=names)

    def put(service: Service, text: str) -> None:
        name = f"{PATH}/{service.application}/{service.deployment_group}"
        ssm.put_parameter(Name=name, Value=text, Type="String")

    def throttle() -> None:
        aws.faults.throttle("ssm", "*")

    def deny() -> None:
        aws.faults.fail("ssm", "*", "AccessDeniedException", "User is not authorized")

    return Store(ParameterStorePolicies(ssm, PATH), put, throttle, deny)


@pytest.fixture(params=["fake", "parameter store"])
def store(request: pytest.FixtureRequest) -> Store:
    """The fake, or Parameter Store."""
    made: Store = _fake() if request.param == "fake" else request.getfixturevalue("_parameter_store")
    return made


def service(name: str) -> Service:
    return Service(application=f"AppECS-{name}", deployment_group=f"DgpECS-{name}")


def test_a_service_without_a_policy_has_none(store: Store) -> None:
    """A service for which nothing is stored has no policy."""
    assert store.policies.find(service("shop")) is None
    assert list(store.policies.services()) == []


def test_a_stored_policy_is_found(store: Store) -> None:
    """What is stored comes back as a policy, the rest of it being the defaults."""
    store.put(service("shop"), '{"mode":"enforce"}')
    assert store.policies.find(service("shop")) == Policy(mode=Mode.ENFORCE)
    assert store.policies.find(service("other")) is None


@pytest.mark.parametrize(
    ("text", "path"),
    [('{"latency":{"limt":1.3}}', "latency.limt"), ('{"mode":"on"}', "mode"), ("nonsense", "whole document")],
    ids=["unknown key", "wrong value", "not JSON"],
)
def test_an_invalid_policy_is_raised_with_its_path(store: Store, text: str, path: str) -> None:
    """A policy that does not fit is raised with where it is stored and the path of what is wrong."""
    store.put(service("shop"), text)
    with pytest.raises(PolicyInvalidError) as raised:
        store.policies.find(service("shop"))
    assert path in str(raised.value)
    assert "AppECS-shop/DgpECS-shop" in str(raised.value)


def test_every_service_with_a_policy_is_listed(store: Store) -> None:
    """Services with a policy are listed, those with an invalid one and those on later pages too."""
    services = {service(f"shop-{number}") for number in range(23)}
    for one in services:
        store.put(one, "{}")
    store.put(service("broken"), "nonsense")
    assert set(store.policies.services()) == services | {service("broken")}


def test_a_throttled_store_is_temporary(store: Store) -> None:
    """A store that is throttled says so, rather than that there is no policy."""
    store.put(service("shop"), "{}")
    store.throttle()
    with pytest.raises(TemporaryError):
        store.policies.find(service("shop"))
    with pytest.raises(TemporaryError):
        store.policies.services()


def test_a_forbidden_store_is_refused(store: Store) -> None:
    """A store that may not be read says so, rather than that there is no policy."""
    store.deny()
    with pytest.raises(AwsRefusedError, match="not allowed"):
        store.policies.find(service("shop"))
