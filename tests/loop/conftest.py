"""A guarded shop on fakes, at four moments of a release."""

import pytest
from guardian_fakes import BLUE, CHECKOUT, GREEN, Shop

from guardian.model import Capacity

FOUR = Capacity(registered=4, healthy=4, unhealthy=0, running=4)
UNUSED = Capacity(registered=4, healthy=0, unhealthy=0, running=4)


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


@pytest.fixture
def baking(installed: Shop) -> Shop:
    """Green has had all of the traffic for four minutes, judged each minute; CodeDeploy waits to delete blue."""
    installed.shift(0.5)
    installed.minutes(4)
    installed.turn()
    installed.shift(1.0)
    for _ in range(4):
        installed.turn()
        installed.minutes(1)
    return installed


@pytest.fixture
def standby(baking: Shop) -> Shop:
    """CodeDeploy has finished, and blue still runs behind a group that no rule gives traffic to."""
    baking.codedeploy.end(baking.release)
    baking.fleet.behind = {BLUE.arn: UNUSED, GREEN.arn: FOUR}
    return baking


@pytest.fixture
def sick(standby: Shop) -> Shop:
    """Green fails after CodeDeploy has finished; the next turn finds that out."""
    standby.errors = 0.4
    standby.minutes(6)
    return standby
