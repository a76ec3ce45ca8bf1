"""The page that tells what guarding costs."""

from benchmarks.cost import prices
from benchmarks.cost.bill import (
    Bill,
    Usage,
    if_statistics_are_billed,
    of_a_task,
    of_an_hour,
    of_an_idle_month,
)
from benchmarks.cost.usage import PLAYED

LIMIT = 0.05
"""USD that an hour of guarding one deployment may cost."""

PAGE = """# What Guardian costs

Written by `make bench-cost`, which plays the scenario `{played}` ({minutes:.0f} minutes from first to last turn,
{tasks} tasks with CPU of their own, a database), counts what the functions ask of the emulated AWS, and multiplies
by list prices of {region} without free tiers. A test holds the sums against what the command says.

**A guarded hour of one deployment costs {hour:.3f} USD; the limit is {limit:.2f}.
An idle installation costs {month:.2f} USD a month.**

| a guarded hour, for | USD |
| --- | --- |
{hour_rows}

Most of it is GetMetricData. Each task with CPU of its own (Container Insights with enhanced observability) adds one
metric a turn, {task:.4f} USD an hour: **from {most} tasks on**, both colours together, an hour costs more than
{limit:.2f} USD. If CloudWatch bills each statistic and not up to five of one metric together
([assumption 11](assumptions.md)), an hour costs {more:.3f} USD more. What a deployment costs once, its hooks and the
hour of blue's history, is stretched with the rest, so a longer one costs a little less an hour.

| an idle month, for | USD |
| --- | --- |
{month_rows}

## Counted

| function | invocations | calls of AWS | metrics read | write units | read units | log bytes |
| --- | --- | --- | --- | --- | --- | --- |
{functions}

What a turn of the function `turn` calls, on average:

| call | times |
| --- | --- |
{calls}

## Believed

List prices as they are believed to be in {date}; AWS's own pages, below aws.amazon.com, are what counts:

| USD | for | page |
| --- | --- | --- |
{prices}

Lambda bills time, which an emulated AWS does not tell. Assumed are, at {memory:.0f} MB, {turn_seconds:.1f} s for a turn
and for a hook, {tick_seconds:.1f} s for a tick, and for one cold start of each function in each hour {cold:.0f} s more.
That is more than the processor time measured here, divided by the {share:.2f} processors that Lambda gives at this
memory, and {call:.0f} ms for each call of AWS (the command prints both). Lambda is assumed to poll the idle queue
{polls} times a minute. Not in it: data transfer, and what a subscription of the logs or a backup would cost.
"""


def page(usage: Usage) -> str:
    """Return the page."""
    hour = sum(of_an_hour(usage).values())
    return PAGE.format(
        played=PLAYED, minutes=usage.minutes, tasks=usage.tasks, region=prices.REGION, date=prices.DATE, limit=LIMIT,
        hour=hour, month=sum(of_an_idle_month(usage).values()),
        hour_rows=_bill(of_an_hour(usage), 5), month_rows=_bill(of_an_idle_month(usage), 3),
        task=of_a_task(), most=most_tasks(usage) + 1, more=if_statistics_are_billed(usage),
        functions=_functions(usage), calls=_calls(usage), prices=_prices(),
        memory=prices.MEMORY_GB * 1024, turn_seconds=prices.SECONDS["turn"], tick_seconds=prices.SECONDS["tick"],
        cold=prices.COLD_SECONDS, share=prices.SHARE_OF_A_PROCESSOR, call=prices.CALL_SECONDS * 1000,
        polls=prices.POLLS_PER_MINUTE,
    )  # fmt: skip


def most_tasks(usage: Usage) -> int:
    """Return the most tasks with which an hour stays within the limit."""
    return usage.tasks + int((LIMIT - sum(of_an_hour(usage).values())) / of_a_task())


def durations(usage: Usage) -> str:
    """Return for each function the seconds that an invocation is expected to take on Lambda, beside what is billed."""
    lines = []
    for name, one in usage.functions.items():
        processor, calls = one.seconds / one.invocations, one.calls.total() / one.invocations
        expected = processor / prices.SHARE_OF_A_PROCESSOR + calls * prices.CALL_SECONDS
        lines.append(
            f"{name}: {processor * 1000:.0f} ms of a processor here and {calls:.1f} calls, so about {expected:.2f} s; "
            f"billed {prices.SECONDS[name]:.1f} s"
        )
    return "\n".join(lines)


def _bill(bill: Bill, digits: int) -> str:
    return "\n".join(f"| {what} | {usd:.{digits}f} |" for what, usd in bill.items())


def _functions(usage: Usage) -> str:
    return "\n".join(
        f"| `{name}` | {one.invocations} | {one.calls.total()} | {one.metrics} | {one.write_units} | "
        f"{one.read_units} | {one.log_bytes:,} |"
        for name, one in usage.functions.items()
    )


def _calls(usage: Usage) -> str:
    turn = usage.functions["turn"]
    return "\n".join(
        f"| {call} | {times / turn.invocations:.1f} |" for call, times in turn.calls.most_common()
    )


def _prices() -> str:
    return "\n".join(f"| {one.usd:g} | {one.per:,.0f} {one.unit} | {one.page} |" for one in prices.PRICES)
