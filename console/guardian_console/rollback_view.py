"""How `guardian rollback` shows what would be done, and what was."""

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from botocore import xform_name

from guardian.aws.calls import AwsCall
from guardian.decide import DecisionKind
from guardian.model import Order
from guardian.record import DecisionRecord
from guardian_console.rollback_plan import LOST, Plan

CLI = {"codedeploy": "deploy"}
"""Services that the AWS CLI calls otherwise than boto3 does."""


def of_plan(plan: Plan, *, as_json: bool) -> str:
    """Return where the deployment stands, what would be done and why."""
    return json.dumps(_told(plan), indent=2, ensure_ascii=False) if as_json else "\n".join(_lines(plan))


def of_order(deployment: str, order: Order) -> str:
    """Return what happens next, once an order is kept."""
    return (
        f"The order is kept ({order.by}: {order.why}). Guardian's next turn over {deployment}, within a minute, acts "
        f"on it; it holds until {order.until:%Y-%m-%d %H:%M} UTC."
    )


def of_record(record: DecisionRecord) -> str:
    """Return what a turn made of the order, with what is left to a person."""
    return "\n".join((record.sentence, *(f"note: {note}" for note in record.notes)))


def of_silence(seconds: int) -> str:
    """Return what to do when no turn has answered."""
    return (
        f"No turn has answered within {seconds} s; the order stands. guardian rollback without --confirm shows where "
        "the deployment is; if no turn comes at all, the alarm WatchUnattended of docs/operations.md says what to do"
    )


def of_ordered(order: Order, record: DecisionRecord | None) -> str:
    """Return the order, and the record of the turn that answered it, as JSON."""
    told = {
        "order": order.model_dump(mode="json"),
        "record": json.loads(record.to_json()) if record else None,
    }
    return json.dumps(told, indent=2, ensure_ascii=False)


def rolls_back(record: DecisionRecord) -> bool:
    """Tell whether a record says that the deployment is rolled back, or is being rolled back."""
    lost = any(one.outcome in LOST for one in record.actions)
    return record.decision is DecisionKind.ROLL_BACK and not lost


def command(call: AwsCall) -> str:
    """Return a call as a command of the AWS CLI. Pure."""
    parts = ["aws", CLI.get(call.service, call.service), call.operation.replace("_", "-")]
    for name, value in call.parameters.items():
        parts.append(f"--{xform_name(name, '-')}")
        if value is not True:
            parts.append(shlex.quote(value if isinstance(value, str) else json.dumps(value)))
    return " ".join(parts)


def _lines(plan: Plan) -> Iterator[str]:
    at = plan.deployment
    weights = f"blue {1 - at.weight:.0%}, green {at.weight:.0%} of the traffic"
    yield f"{at.id} of {at.service} is {at.phase} ({at.status}): {weights}"
    if plan.decision is not None:
        action = f", {plan.decision.action}" if plan.decision.action else ""
        yield f"decision: {plan.decision.kind}{action}: {plan.decision.why}"
    yield f"{'refused: ' if plan.refused else ''}{plan.sentence}"
    if plan.calls:
        yield f"calls that Guardian {'would need' if plan.refused else 'would make'}:"
    yield from (f"  {command(call)}" for call in plan.calls)
    yield from (f"note: {note}" for note in plan.notes)
    yield _next(plan)


def _next(plan: Plan) -> str:
    if plan.begun is not None:
        return "Nothing is left to order."
    if plan.refused:
        return "Nothing was changed, and an order would change nothing now."
    return "Nothing was changed. With --confirm Guardian's next turn does it, within a minute."


def _told(plan: Plan) -> Mapping[str, Any]:
    at, decision = plan.deployment, plan.decision
    return {
        "deployment_id": at.id,
        "service": str(at.service),
        "phase": at.phase,
        "status": at.status,
        "weights": {"blue": round(1 - at.weight, 4), "green": round(at.weight, 4)},
        "refused": plan.refused,
        "sentence": plan.sentence,
        "decision": decision.kind if decision else None,
        "action": decision.action if decision else None,
        "why": decision.why if decision else None,
        "calls": _calls(plan.calls),
        "notes": plan.notes,
        "begun": plan.begun.model_dump(mode="json", exclude_none=True) if plan.begun else None,
    }


def _calls(calls: Sequence[AwsCall]) -> list[dict[str, Any]]:
    return [
        {
            "service": one.service,
            "operation": one.operation,
            "parameters": dict(one.parameters),
            "command": command(one),
        }
        for one in calls
    ]
