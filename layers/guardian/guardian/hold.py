"""The hook AfterAllowTraffic held open: a turn answers it later, and always before CodeDeploy gives up waiting.

While it is held the deployment is not over for CodeDeploy, so a failing answer alone brings blue back.
"""

from datetime import datetime, timedelta

from guardian.decide import Decision, DecisionKind
from guardian.errors import AwsRefusedError, ConcurrentTurnError, TemporaryError
from guardian.model import Mode
from guardian.ports import Ports
from guardian.record import DecisionRecord
from guardian.watch import HeldHook, Watch


def begin(record: DecisionRecord, execution_id: str, ports: Ports) -> bool:
    """Hold a hook that would pass, if the service's policy wishes it; tell whether it is held.

    Only where Guardian may act: elsewhere a failing answer would never come, and the release would wait for nothing.

    Raises:
        ConcurrentTurnError: Another turn wrote the watch since it was read; the hook is not held.
        TemporaryError: AWS could not answer.
    """
    policy = ports.policies.find(record.service)
    minutes = policy.bake.hold_minutes if policy else 0
    watch = ports.watches.find(record.deployment_id) if minutes and record.mode is Mode.ENFORCE else None
    if watch is None or watch.closed is not None:
        return False
    if watch.held is None or watch.held.execution_id != execution_id:
        held = HeldHook(execution_id=execution_id, until=ports.clock.now() + timedelta(minutes=minutes))
        ports.watches.save(watch.model_copy(update={"held": held}))
    return True


def answer_due(watch: Watch, decision: Decision, now: datetime) -> bool | None:
    """Return what the held hook is to be answered with now; None while it is held on, or none is. Pure."""
    if watch.held is None:
        return None
    if decision.kind is DecisionKind.ROLL_BACK:
        return False
    return True if watch.closed is not None or now >= watch.held.until else None


def answer(watch: Watch, decision: Decision, now: datetime, ports: Ports) -> tuple[str, ...]:
    """Answer the held hook if that is due; return what became of it, as a note."""
    if watch.held is None:
        return ()
    passed = answer_due(watch, decision, now)
    if passed is None:
        return (f"the hook AfterAllowTraffic is held until {watch.held.until:%H:%M}",)
    word = "Succeeded" if passed else "Failed"
    try:
        ports.hooks.answer(watch.deployment_id, watch.held.execution_id, passed=passed)
    except TemporaryError as error:
        if watch.closed is not None:
            _change(watch, ports, closed=None)  # no turn looks at a closed watch, so nobody would answer
        return (
            f"the held hook AfterAllowTraffic could not be answered {word}, tried again next minute: {error}",
        )
    except AwsRefusedError as error:
        _change(watch, ports, held=None)  # trying again will not help
        return (f"the held hook AfterAllowTraffic could not be answered {word}: {error}",)
    _change(watch, ports, held=None)
    return (f"the held hook AfterAllowTraffic was answered {word}",)


def _change(watch: Watch, ports: Ports, **changes: None) -> None:
    """Save the watch; if another turn wrote it meanwhile, that one answers once more, which changes nothing."""
    try:
        ports.watches.save(watch.model_copy(update=changes))
    except (ConcurrentTurnError, TemporaryError, AwsRefusedError):
        return
