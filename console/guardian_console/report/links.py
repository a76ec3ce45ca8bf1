"""Deep links into the CloudWatch console: Logs Insights with its query, its log groups and its time filled in. Pure.

The console keeps a query in the address behind `#`, as JSURL: an object is ~(key~value~…), a string begins with ', and
what is neither letter nor digit is * and two hexadecimal digits; `$3F` and `$3D` are the `?` and `=` of that inner
address.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from string import ascii_letters, digits

PLAIN = frozenset(ascii_letters + digits + "-._")
DOMAINS: Mapping[str, str] = {"cn-": "console.amazonaws.cn", "us-gov-": "console.amazonaws-us-gov.com"}
"""Hosts of the console by the beginning of the region; everywhere else it is console.aws.amazon.com."""
MARGIN = timedelta(minutes=5)
"""How much longer than the records the time of a query is, on both sides."""


@dataclass(frozen=True)
class Query:
    """One query: what it shows, and its text in the language of Logs Insights."""

    title: str
    text: str


def queries_of(deployment_id: str) -> tuple[Query, ...]:
    """Return the queries that help with one deployment."""
    keys = ("decision", "verdict", "signal", "weight", "minute")
    told = f"fields @timestamp, message, {', '.join(f'decision.{key}' for key in keys)}"
    own = f'filter correlation_id = "{deployment_id}"'
    oldest_first = "sort @timestamp asc\n| limit 10000"
    not_fine = 'filter decision.decision in ["notify", "roll_back", "escalate"] or ispresent(decision.would)'
    errors = 'filter level = "ERROR" or @message like /Task timed out|Runtime exited/'
    return (
        Query("every decision about this deployment", f"{told}\n| {own}\n| {oldest_first}"),
        Query("its decisions that were not fine", f"{told}\n| {own}\n| {not_fine}\n| {oldest_first}"),
        Query(
            "errors of Guardian itself at that time",
            f"fields @timestamp, function_name, correlation_id, message, exception_name\n| {errors}\n| {oldest_first}",
        ),
    )


def insights_link(query: str, began: datetime, ended: datetime, region: str, groups: Sequence[str]) -> str:
    """Return the address of Logs Insights with a query in it.

    Args:
        query: In the language of Logs Insights.
        began: From when.
        ended: Until when.
        region: The region, for example eu-west-1.
        groups: Names of log groups; without any the reader chooses them in the console.
    """
    host = next(
        (host for start, host in DOMAINS.items() if region.startswith(start)), "console.aws.amazon.com"
    )
    parts = {
        "end": _told(_moment(ended + MARGIN)), "start": _told(_moment(began - MARGIN)), "timeType": _told("ABSOLUTE"),
        "tz": _told("UTC"), "editorString": _told(query),
        "source": "~(" + "".join(f"~{_told(group)}" for group in groups) + ")" if groups else "",
    }  # fmt: skip
    detail = "".join(
        f"~{key}{value if value.startswith('~') else f'~{value}'}" for key, value in parts.items() if value
    )
    address = f"https://{region}.{host}/cloudwatch/home?region={region}#logsV2:logs-insights"
    return f"{address}$3FqueryDetail$3D~({detail.removeprefix('~')})"


def _told(text: str) -> str:
    return "'" + "".join(one if one in PLAIN else _escaped(one) for one in text)


def _escaped(one: str) -> str:
    code = ord(one)
    return f"*{code:02x}" if code < 256 else f"**{code:04x}"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.000Z"
