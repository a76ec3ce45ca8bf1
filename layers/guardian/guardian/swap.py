"""The change `swap_listener`: blue gets all of the traffic where no controller moves it, if it can carry it."""

from datetime import datetime, timedelta

from guardian.actions import Action, Outcome, SwapAftermath
from guardian.errors import AwsRefusedError, BlueCannotCarryError, ListenerChangedError, TemporaryError
from guardian.model import Capacity, Role, TargetGroup
from guardian.observe import Column, MetricQuery
from guardian.ports import Ports
from guardian.verification import must_be_reversed, verify_swap

ALL_TO_BLUE, ALL_TO_GREEN = (100, 0), (0, 100)
READ_BACK = timedelta(minutes=3)
"""How far back requests are read after a swap: CloudWatch shows a minute one to three minutes later."""
ALB = "AWS/ApplicationELB"


def make(action: Action, ports: Ports) -> str:
    """Give blue everything; return AWS's id of the last request.

    Raises:
        BlueCannotCarryError: Blue has fewer tasks than it needs, so it keeps none of the traffic.
        ListenerChangedError: Somebody else has moved the listener since the decision.
    """
    capacity = ports.fleet.capacity(action.cluster, action.ecs_service, action.blue)
    if not carries(capacity, action.needs):
        raise BlueCannotCarryError(
            f"blue has {capacity.running} running tasks in {action.blue.name} and needs {action.needs}: "
            "sending it the traffic would be an outage; deploy the previous revision"
        )
    expected, wanted = request(action)
    return ports.switch.route(action.listener_arn, expected, wanted)


def request(action: Action) -> tuple[dict[str, float], dict[str, int]]:
    """Return the shares that the listener must still have, and the weights that it is to get. Pure."""
    expected = {action.blue.arn: 1 - action.weight, action.green.arn: action.weight}
    return expected, _weights(action, ALL_TO_BLUE)


def carries(capacity: Capacity, needs: int) -> bool:
    """Tell whether a group could carry the traffic: enough registered targets with running tasks, none failing."""
    return min(capacity.registered, capacity.running) >= max(needs, 1) and capacity.unhealthy == 0


def look(action: Action, ports: Ports, now: datetime) -> Action:
    """Read AWS back; give traffic back to green, once, when blue cannot carry it."""
    after = _aftermath(action, ports, now)
    if action.reversed_at is None and action.requested_at is not None:
        why = must_be_reversed(after, action.needs, now - action.requested_at)
        if why is not None:
            return _reverse(action, after, why, ports, now)
    if action.reversed_at is not None:
        return _reversed(action, after, ports)
    outcome, detail = verify_swap(after, action.needs)
    if action.requested_at is None:
        # AWS has not taken the request: what became of asking stands, unless somebody else has done it.
        if outcome is Outcome.DONE:
            outcome = Outcome.ALREADY_DONE
        else:
            outcome, detail = action.outcome or Outcome.UNVERIFIED, action.detail or detail
    return action.model_copy(update={"after": after, "outcome": outcome, "detail": detail})


def _reverse(action: Action, after: SwapAftermath, why: str, ports: Ports, now: datetime) -> Action:
    """Write that it is to be reversed, then give green everything again."""
    begun = action.model_copy(
        update={
            "after": after,
            "reversed_at": now,
            "outcome": Outcome.UNVERIFIED,
            "detail": f"{why}, so traffic goes back to green",
        }
    )
    ports.ledger.conclude(begun)
    return _give_back(begun, ports)


def _give_back(action: Action, ports: Ports) -> Action:
    try:
        expected = {action.blue.arn: 1.0, action.green.arn: 0.0}
        ports.switch.route(action.listener_arn, expected, _weights(action, ALL_TO_GREEN))
    except (AwsRefusedError, TemporaryError, ListenerChangedError) as error:
        reason = action.detail.partition(":")[0]
        return action.model_copy(update={"detail": f"{reason}: {error}"})
    return action


def _reversed(action: Action, after: SwapAftermath, ports: Ports) -> Action:
    """See through a reversal that was begun; while blue has everything still, it has not taken effect."""
    seen = action.model_copy(update={"after": after})
    if after.blue_weight >= 1:
        return _give_back(seen, ports)
    if after.blue_weight > 0:
        return seen
    return seen.model_copy(update={"outcome": Outcome.REVERSED})


def _weights(action: Action, weights: tuple[int, int]) -> dict[str, int]:
    return dict(zip((action.blue.arn, action.green.arn), weights, strict=True))


def _aftermath(action: Action, ports: Ports, now: datetime) -> SwapAftermath:
    shares = ports.switch.weights(action.listener_arn, [action.blue.arn, action.green.arn])
    blue, errors, green = _requests(action, ports, now)
    return SwapAftermath(
        blue_weight=shares[action.blue.arn],
        blue=ports.fleet.capacity(action.cluster, action.ecs_service, action.blue),
        blue_requests=blue,
        blue_errors=errors or 0.0,
        green_requests=green or 0.0,
    )


def _requests(action: Action, ports: Ports, now: datetime) -> tuple[float | None, float | None, float | None]:
    """Return blue's requests, blue's 5XX and green's requests of the latest minute after the swap that is shown."""
    end = now.replace(second=0, microsecond=0)
    swapped = action.requested_at or action.intended_at
    start = max(swapped.replace(second=0, microsecond=0) + timedelta(minutes=1), end - READ_BACK)
    if start >= end:
        return None, None, None
    queries = [
        _query(action, Role.BLUE, action.blue, "requests", "RequestCount"),
        _query(action, Role.BLUE, action.blue, "errors_5xx", "HTTPCode_Target_5XX_Count"),
        _query(action, Role.GREEN, action.green, "requests", "RequestCount"),
    ]
    blue, errors, green = (one.points for one in ports.metrics.read(queries, start, end))
    if not blue:
        return None, None, None
    latest = max(blue)
    return blue[latest], errors.get(latest), green.get(latest)


def _query(action: Action, role: Role, group: TargetGroup, field: str, metric: str) -> MetricQuery:
    dimensions = (("LoadBalancer", action.load_balancer), ("TargetGroup", group.dimension))
    return MetricQuery(Column(role, field), ALB, metric, dimensions, "Sum")
