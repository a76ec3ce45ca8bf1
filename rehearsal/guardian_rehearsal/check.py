"""Says whether a rehearsal ended as it must, by what AWS says and by what Guardian wrote down."""

from collections.abc import Iterator

from guardian.actions import Outcome
from guardian.decide import DecisionKind
from guardian_rehearsal.ending import Ending
from guardian_rehearsal.readback import LAST_HOOK, AwsSays
from guardian_rehearsal.scenario import End

_VERIFIED = {
    End.SWAPPED: Outcome.DONE,
    End.ROLLED_BACK: Outcome.DONE,
    End.ROLLED_BACK_FOR_GUARDIAN: Outcome.ALREADY_DONE,
}
"""The outcome with which Guardian must have closed its action."""


_BEFORE_USERS = frozenset({"BeforeInstall", "AfterInstall", "AfterAllowTestTraffic", "BeforeAllowTraffic"})
"""Hooks that CodeDeploy waits for while no user reaches green."""


def end_of(aws: AwsSays) -> End | None:
    """Return how AWS says that the deployment ended; None if it is none of the known ends."""
    weights = tuple(aws.weights.values())
    if aws.status == "Failed":
        return _refusal(aws)
    if aws.status == "Succeeded" and weights == (0.0, 1.0) and aws.stops == 0:
        return End.RELEASED
    if aws.status == "Succeeded" and weights == (1.0, 0.0) and aws.stops == 0:
        return End.SWAPPED
    rolled_back = aws.status == "Stopped" and aws.rollback_status == "Succeeded" and weights == (1.0, 0.0)
    if not rolled_back or aws.rollback_creator != "codeDeployRollback":
        return None
    if aws.code == "ALARM_ACTIVE":
        return End.ROLLED_BACK_FOR_GUARDIAN if aws.stops else End.ROLLED_BACK_BY_CODEDEPLOY
    return End.ROLLED_BACK if aws.stops == 1 else None


def _refusal(aws: AwsSays) -> End | None:
    """Return which hook's failure ended the deployment; None if something else did, or if it was not undone.

    A failure in BeforeInstall leaves nothing to undo, so that CodeDeploy makes no rollback deployment for it.
    """
    on_blue = tuple(aws.weights.values()) == (1.0, 0.0)
    if aws.code != "HOOK_EXECUTION_FAILURE" or not on_blue:
        return None
    undone = (aws.rollback_creator, aws.rollback_status) == ("codeDeployRollback", "Succeeded")
    if aws.failed_in == LAST_HOOK and undone:
        return End.REFUSED_WHILE_HELD
    nothing_to_undo = aws.failed_in == "BeforeInstall" and aws.rollback_id is None
    refused = aws.failed_in in _BEFORE_USERS and not aws.stops and (undone or nothing_to_undo)
    return End.REFUSED if refused else None


def problems(ending: Ending) -> list[str]:
    """Return in what the rehearsal did not end as it must, each in a sentence; empty when it did."""
    return [
        *_aws_problems(ending),
        *_guardian_problems(ending),
        *_record_problems(ending),
        *_alarm_problems(ending),
        *_hook_problems(ending),
    ]


def _aws_problems(ending: Ending) -> Iterator[str]:
    wanted, aws = ending.scenario.expected.end, ending.aws
    if end_of(aws) is not wanted:
        weights = ", ".join(f"{name} {share:.0%}" for name, share in aws.weights.items())
        yield f"should end {wanted!s}, but AWS says {aws.status}, {weights}, StopDeployment called {aws.stops} times"


def _guardian_problems(ending: Ending) -> Iterator[str]:
    expected, own = (
        ending.scenario.expected,
        [one for one in ending.records if one.deployment_id == ending.deployment_id],
    )
    seen = {one.verdict for one in own}
    if missing := expected.seen - seen:
        yield f"the verdict {', '.join(sorted(missing))} never came"
    if wrong := expected.unseen & seen:
        yield f"the verdict {', '.join(sorted(wrong))} came and must not"
    if expected.would and all(one.would is not expected.would for one in own):
        yield f"no record says that it would {expected.would}"
    decided = ending.decided
    if expected.signals and (decided is None or decided.signal not in expected.signals):
        wanted = ", ".join(sorted(expected.signals))
        yield f"the decision should rest on {wanted}, it rests on {decided and decided.signal}"
    if expected.by_minute is not None and decided and (decided.minute or 0) > expected.by_minute:
        yield f"decided in minute {decided.minute}, must be by minute {expected.by_minute}"
    verified = _VERIFIED.get(expected.end)
    if verified and not any(action.outcome is verified for one in own for action in one.actions):
        yield "no record says that the rollback was verified"
    if ending.failures:
        yield f"a handler failed: {ending.failures[0]}"


def _record_problems(ending: Ending) -> Iterator[str]:
    expected = ending.scenario.expected
    own = [one for one in ending.records if one.deployment_id == ending.deployment_id]
    asked = {one.phase for one in own if one.decision is DecisionKind.ESCALATE}
    if asked != ({expected.refused} if expected.refused else set()):
        wanted = expected.refused or "no phase"
        yield f"a person should be asked in {wanted}, is in {', '.join(str(one) for one in asked) or 'none'}"
    told = " ".join(words for one in own for words in (one.sentence, *one.notes))
    for words in expected.noted:
        if words not in told:
            yield f"no record says that {words}"


def _alarm_problems(ending: Ending) -> Iterator[str]:
    expected = ending.scenario.expected.rings
    rang = {one.alarm: one for one in ending.alarms if one.state == "ALARM"}
    if missing := expected - rang.keys():
        yield f"the alarm {', '.join(sorted(missing))} never rang"
    for name in sorted(rang.keys() - expected):
        yield f"the alarm {name} rang at {rang[name].at:%H:%M} and must not: {rang[name].reason}"


def _hook_problems(ending: Ending) -> Iterator[str]:
    expected = ending.scenario.expected
    decided = ending.decided
    refused = expected.end in (End.REFUSED, End.REFUSED_WHILE_HELD)
    if refused and (decided is None or decided.decision is not DecisionKind.ROLL_BACK):
        yield "no record says that a hook was to fail"  # without an answer for an hour CodeDeploy fails it too
    if expected.end is End.REFUSED and ending.green_requests:
        yield f"{ending.green_requests:.0f} requests of users reached a green that was refused"
    if ending.aws.held < expected.held:
        yield f"the last hook was answered after {ending.aws.held:.0f} minutes, must be held for {expected.held}"
    if ending.customers != expected.customers:
        yield f"the probes should create {expected.customers} customers, they created {ending.customers}"
    if ending.left:
        yield f"the probes left {ending.left} customers behind"
