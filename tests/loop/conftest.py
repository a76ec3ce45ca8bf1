"""A guarded shop on fakes, at four moments of a release."""

import pytest
from guardian_fakes import CHECKOUT, Shop


@pytest.fixture
def shop() -> Shop:
    """A release that CodeDeploy has accepted, of a service whose policy says enforce."""
    shop = Shop()
    shop.policies.put(CHECKOUT, mode="enforce", alarms=["checkout-tg-2-5xx"])
    shop.codedeploy.create(CHECKOUT, shop.release)
    return shop


@pytest.fixture
def installed(shop: Shop) -> Shop:
    """Green is installed and has no traffic; one turn has been taken."""
    shop.codedeploy.begin(shop.release)
    shop.turn()
    return shop


@pytest.fixture
def shifting(installed: Shop) -> Shop:
    """Green got half of the traffic four minutes ago, and nobody has looked since."""
    installed.shift(0.5)
    installed.minutes(4)
    return installed


@pytest.fixture
def diverging(installed: Shop) -> Shop:
    """Green got half of the traffic five minutes ago and fails; the next turn finds that out."""
    installed.errors = 0.2
    installed.shift(0.5)
    installed.minutes(5)
    return installed
