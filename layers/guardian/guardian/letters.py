"""A notice as people read it: a text for mail and phones, and a card for chat. Pure.

What a sentence quotes (an answer over HTTP, a person's reason, words of AWS) was written by others: it is made harmless
for each medium, and what follows from a notice stands in lines of our own.
"""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from datetime import timedelta

from guardian.model import Service, Value
from guardian.notices import Notice, State

TITLES: Mapping[State, str] = {
    State.FINE: "Fine again",
    State.NOTIFY: "Look at green",
    State.ESCALATE: "A person must act",
    State.ROLLING_BACK: "Rolling back",
    State.REFUSED: "Rollback refused, a person must act",
    State.FAILED: "Rollback failed, a person must act",
    State.REVERSED: "Rollback reversed, a person must act",
    State.ROLLED_BACK: "Rolled back",
    State.RELEASED: "Released",
    State.CLOSED: "No longer watched",
}

NEXT: Mapping[State, str] = {
    State.FINE: "Nothing to do.",
    State.NOTIFY: "Guardian changes nothing. Compare green with blue.",
    State.ESCALATE: "Guardian changes nothing. Act now.",
    State.ROLLING_BACK: "Nothing yet. Guardian looks until blue has the traffic, and tells.",
    State.REFUSED: "Guardian does nothing more. See who has the traffic, and deploy the previous revision.",
    State.FAILED: "Guardian goes on trying while the deployment does. Roll it back in CodeDeploy yourself.",
    State.REVERSED: "Green has the traffic again, since blue could not carry it. Deploy the previous revision.",
    State.ROLLED_BACK: "Blue has the traffic. Find out what was wrong with green before the next release.",
    State.RELEASED: "Nothing to do.",
    State.CLOSED: "Guardian looks no more. See in CodeDeploy who has the traffic.",
}

WITH_REASON = frozenset({State.NOTIFY, State.ESCALATE, State.ROLLING_BACK})
"""States whose reason, as the decision table gives it, helps to decide what to do."""
WITH_NOTES = frozenset({State.ESCALATE, State.REFUSED, State.FAILED, State.REVERSED, State.ROLLED_BACK})
"""States after which somebody works by the record's notes, such as the steps of a runbook."""

SUBJECT = 99
"""Characters of a subject (SNS: "less than 100 characters long")."""
SENTENCE, STEPS = 2000, 6000
"""Characters of a text's parts: gates quote answers, and nobody reads more in the night."""
CARD_TITLE, CARD_TEXT, CARD_ITEM = 250, 8000, 1000
"""Characters of a card's title and description (limits of custom notifications), and of one next step."""
LOG_AFTER = timedelta(hours=1)
"""Until when after a notice the console shows log lines."""

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
"""Characters that break lines, or turn what is read around."""
MARKUP = re.compile(r"([*_~`@\]]|://)")
QUOTE = "\u2019"
BREAK = "\u200b"
"""A space without width: what stands before it is no markup, no mention and no link any more, and reads the same."""

CONSOLES = {"aws-cn": "console.amazonaws.cn", "aws-us-gov": "console.amazonaws-us-gov.com"}


class Place(Value):
    """Where this installation stands.

    Attributes:
        partition: Of AWS.
        region: The Region.
        account: The account's number.
        table: Guardian's table.
        log_groups: In which turns leave their lines.
    """

    partition: str
    region: str
    account: str
    table: str
    log_groups: tuple[str, ...]


def addressed(notice: Notice, place: Place) -> Notice:
    """Return the notice with the commands and the address that lead on from it."""
    deployment, table = shlex.quote(notice.deployment_id), shlex.quote(place.table)
    commands = {
        "report": f"guardian report {deployment} --table {table} -o report.html",
        "explain": f"guardian explain {deployment} --table {table}",
    }
    return notice.model_copy(update={**commands, "log": _log(notice, place)})


def deployment_group(service: Service, place: Place) -> str:
    """Return the ARN of the service's deployment group."""
    return f"arn:{place.partition}:codedeploy:{place.region}:{place.account}:deploymentgroup:{service}"


def title(notice: Notice) -> str:
    """Return a few words: what happened, and to which service."""
    would = f"Would {notice.would.replace('_', ' ')}" if notice.would else TITLES[notice.state]
    return _line(f"{would}: {notice.service}")


def subject(notice: Notice) -> str:
    """Return the title as SNS takes a subject: one line of ASCII."""
    return title(notice).encode("ascii", "replace").decode()[:SUBJECT]


def text(notice: Notice) -> str:
    """Return all that a person needs in the night, the most important first."""
    steps = "".join(f"\n- {step}" for step in _steps(notice))
    return (
        f"{_cut(_line(notice.sentence), SENTENCE)}\n\n"
        f"What now: {NEXT[notice.state]}{_cut(steps, STEPS)}\n\n"
        f"Deployment {notice.deployment_id}, {notice.at:%Y-%m-%d %H:%M:%S} UTC\n"
        f"Report: {notice.report}\nExplain: {notice.explain}\nLog: {notice.log}\n"
    )


def card(notice: Notice, group: str) -> str:
    """Return the custom notification that AWS's chat integration renders, one thread for each deployment.

    Source: Amazon Q Developer in chat applications, administrator guide, "Custom notifications".

    Args:
        notice: What to show.
        group: ARN of the deployment group.
    """
    steps = (NEXT[notice.state], *map(_item, _steps(notice)))
    commands = (f"`{notice.report}`", f"`{notice.explain}`", f"Log lines: <{notice.log}>")
    content = {
        "textType": "client-markdown",
        "title": _cut(_plain(title(notice)), CARD_TITLE),
        "description": _cut(_plain(_line(notice.sentence)), CARD_TEXT),
        "nextSteps": [*steps, *commands],
        "keywords": [_plain(one) for one in (str(notice.service), notice.decision, notice.signal) if one],
    }
    metadata = {
        "threadId": notice.deployment_id,
        "summary": _cut(_plain(title(notice)), CARD_TITLE),
        "eventType": notice.state,
        "relatedResources": [notice.deployment_id, group],
    }
    body = {"version": "1.0", "source": "custom", "id": notice.id, "content": content, "metadata": metadata}
    return json.dumps(body, ensure_ascii=False)


def _steps(notice: Notice) -> Iterator[str]:
    if notice.state in WITH_REASON:
        yield _line(notice.why)
    if notice.state in WITH_NOTES:
        yield from (_cut(_line(note), CARD_ITEM) for note in notice.notes)


def _line(words: str) -> str:
    """Return words of others on one line, without characters that steer a terminal or a reader."""
    return CONTROL.sub(" ", words).strip()


def _item(step: str) -> str:
    """Return a step; a command of a runbook is code, so that it can be copied as it is."""
    return f"`{_escaped(step).replace('`', QUOTE)}`" if step.startswith("aws ") else _plain(step)


def _plain(words: str) -> str:
    """Return words that a chat shows as they are: no tag, no mention, no link, no emphasis."""
    return MARKUP.sub(rf"\1{BREAK}", _escaped(words))


def _escaped(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _cut(words: str, length: int) -> str:
    return words if len(words) <= length else f"{words[: length - 1]}…"


def _log(notice: Notice, place: Place) -> str:
    """Return the address of Logs Insights with the deployment's lines around the notice."""
    query = (
        "fields @timestamp, message\n"
        f'| filter correlation_id = "{notice.deployment_id}"\n| sort @timestamp asc'
    )
    begin, end = notice.since, notice.at + LOG_AFTER
    groups = "".join(f"~'{_quoted(one)}" for one in place.log_groups)
    detail = (
        f"~(end~'{_quoted(f'{end:%Y-%m-%dT%H:%M:%S}.000Z')}~start~'{_quoted(f'{begin:%Y-%m-%dT%H:%M:%S}.000Z')}"
        f"~timeType~'ABSOLUTE~tz~'UTC~editorString~'{_quoted(query)}~source~({groups}))"
    )
    console = CONSOLES.get(place.partition, "console.aws.amazon.com")
    return (
        f"https://{place.region}.{console}/cloudwatch/home?region={place.region}"
        f"#logsV2:logs-insights$3FqueryDetail$3D{detail}"
    )


def _quoted(words: str) -> str:
    """Quote as the console's addresses do: `*` and two hexadecimal digits."""
    return "".join(
        one
        if one.isascii() and (one.isalnum() or one in "-._")
        else "".join(f"*{byte:02x}" for byte in one.encode())
        for one in words
    )
