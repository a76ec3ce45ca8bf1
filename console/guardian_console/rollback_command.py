"""`guardian rollback`: show what a rollback would be, or order it; Guardian's own turn carries it out."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from pydantic import ValidationError

from guardian.decide import DecisionKind
from guardian.model import Order
from guardian.record import DecisionRecord, record_id
from guardian.watch import Watch
from guardian_console import rollback_view as view
from guardian_console.exits import Code, NothingThereError, UsageError
from guardian_console.policy_commands import PATH
from guardian_console.rollback_plan import planned
from guardian_console.rollback_session import Account, connected, limits_of

Deployment = Annotated[str, typer.Argument(help="d-…, as CodeDeploy names it.")]
TableName = Annotated[str, typer.Option("--table", help="The stack's output TableName.")]
By = Annotated[str, typer.Option(help="Who orders it.")]
Why = Annotated[str, typer.Option(help="Why; it stands in the records as the reason.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be done, as without --confirm.")]
Confirm = Annotated[bool, typer.Option("--confirm", help="Order it.")]
Wait = Annotated[
    int, typer.Option(min=0, metavar="SECONDS", help="How long to wait for Guardian's answer; 0: not at all.")
]
Stack = Annotated[str | None, typer.Option(help="Guardian's stack, to tell what it may change.")]
StorePath = Annotated[str, typer.Option("--path", help="The stack's PolicyPath.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]

PAUSE_SECONDS = 2.0
"""Between two looks at the table."""


def rollback(
    deployment: Deployment,
    table: TableName,
    by: By,
    why: Why,
    dry_run: DryRun = False,
    confirm: Confirm = False,
    wait: Wait = 120,
    stack: Stack = None,
    path: StorePath = PATH,
    as_json: AsJson = False,
) -> None:
    """Show what a rollback would be, down to the exact calls; or, with --confirm, order it.

    Guardian carries the order out in its next turn, with its own role and the same safeguards; this command changes
    one item of the table. Exit code 0: it can be done, or is being done; 1: it is refused; 3: nobody has answered yet.
    """
    if dry_run and confirm:
        raise UsageError("--dry-run and --confirm exclude each other")
    order = _ordered(by, why)
    with connected(table, path) as account:
        watch = _watched(deployment, account)
        if confirm and account.table.intended(deployment) is None:
            code = _confirm(order, watch, account, wait, as_json=as_json)
        else:
            plan = planned(order, watch, account, limits_of(stack) if stack else None, order.at)
            typer.echo(view.of_plan(plan, as_json=as_json))
            code = Code.DIVERGED if plan.refused else Code.FINE
    if code is not Code.FINE:
        raise typer.Exit(int(code))


def answer_to(
    order: Order,
    look: Callable[[], tuple[bool, Sequence[DecisionRecord]]],
    longest: timedelta,
    now: Callable[[], datetime],
    pause: Callable[[], None],
) -> DecisionRecord | None:
    """Wait for the record of the turn that answers an order; None when there is none in time.

    Args:
        order: Which.
        look: Tells whether the watch is closed, and the records since the order, oldest first.
        longest: How long to wait.
        now: Tells the time.
        pause: Lets time pass between two looks.
    """
    until = now() + longest
    while True:
        closed, records = look()
        answer = next((one for one in records if _answers(one, order)), None)
        if answer is not None:
            return answer
        if closed:
            return records[-1] if records else None
        if now() >= until:
            return next((one for one in reversed(records) if one.order == order), None)
        pause()


def _answers(record: DecisionRecord, order: Order) -> bool:
    """Tell whether a turn has decided on the order, or on a later one in its place, or acted before it could.

    One that waits has not.
    """
    heard = record.order is not None and record.order.at >= order.at
    return record.decision is not DecisionKind.WAIT and (heard or bool(record.actions))


def _ordered(by: str, why: str) -> Order:
    try:
        return Order(by=by, why=why, at=datetime.now(UTC))
    except ValidationError as error:
        raise UsageError("--by takes 1 to 200 characters, --why 1 to 500") from error


def _watched(deployment: str, account: Account) -> Watch:
    watch = account.table.find(deployment)
    if watch is None or watch.closed:
        state = f"closed: {watch.closed}" if watch else "unknown to Guardian"
        raise NothingThereError(f"{deployment} is {state}; there is nothing to roll back")
    return watch


def _confirm(order: Order, watch: Watch, account: Account, wait: int, *, as_json: bool) -> Code:
    """Order the rollback, wait for the turn that answers, and tell what it says."""
    deployment = watch.deployment_id
    account.orders.set_order(deployment, order)
    if not as_json:
        typer.echo(view.of_order(deployment, order))
    first = record_id(watch.model_copy(update={"version": watch.version + 1}))

    def look() -> tuple[bool, list[DecisionRecord]]:
        found = account.table.find(deployment)
        return found is None or found.closed is not None, account.table.records(deployment, first)

    record = None
    if wait:
        longest = timedelta(seconds=wait)
        record = answer_to(order, look, longest, lambda: datetime.now(UTC), lambda: time.sleep(PAUSE_SECONDS))
    if as_json:
        typer.echo(view.of_ordered(order, record))
    elif wait:
        typer.echo(view.of_record(record) if record else view.of_silence(wait))
    return _code(record) if wait else Code.FINE


def _code(record: DecisionRecord | None) -> Code:
    if record is None or record.decision is DecisionKind.WAIT:
        return Code.NOT_ENOUGH_DATA
    return Code.FINE if view.rolls_back(record) else Code.DIVERGED
