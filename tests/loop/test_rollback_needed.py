"""When CodeDeploy is to roll back in Guardian's stead: decided, and no order taken by AWS."""

import pytest
from guardian_fakes import CHECKOUT, Shop

from guardian.errors import AwsRefusedError, TemporaryError
from guardian.journal import rollback_needed

REFUSALS = [AwsRefusedError("codedeploy:StopDeployment is not allowed"), TemporaryError("throttled")]


def needed(shop: Shop) -> bool:
    """Take a turn and tell what its record says."""
    return rollback_needed(shop.decide())


def test_a_stop_that_aws_takes_needs_nobody_else(diverging: Shop) -> None:
    """From the accepted order to the verified end it is never needed."""
    assert not needed(diverging)
    diverging.minutes(1)
    assert not needed(diverging)
    diverging.codedeploy.settle()
    assert not needed(diverging)


@pytest.mark.parametrize("error", REFUSALS, ids=["denied", "throttled"])
def test_a_stop_that_aws_does_not_take_is_needed_until_it_does(diverging: Shop, error: Exception) -> None:
    """Every turn says so, those between two attempts too, until one attempt is taken."""
    diverging.codedeploy.fail("stop", error)
    assert needed(diverging)
    diverging.minutes(1)
    assert needed(diverging)
    diverging.codedeploy.heal()
    diverging.minutes(1)
    assert not needed(diverging)


@pytest.mark.parametrize("error", REFUSALS, ids=["denied", "throttled"])
def test_it_is_over_with_the_deployment(diverging: Shop, error: Exception) -> None:
    """When CodeDeploy has stopped the deployment its rollback is not disturbed, whatever became of the order."""
    diverging.codedeploy.fail("stop", error)
    assert needed(diverging)
    diverging.codedeploy.roll_back(diverging.release, "Stopped", rollback_status="InProgress")
    diverging.minutes(1)
    assert not needed(diverging)


def test_a_service_that_is_only_observed_needs_no_rollback(diverging: Shop) -> None:
    """What mode observe would have done is nobody's order."""
    diverging.policies.put(CHECKOUT, mode="observe")
    record = diverging.decide()
    assert record.would is not None
    assert not rollback_needed(record)
