"""Notices as people read them: texts for phones and cards for chat."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from guardian.decide import DecisionKind
from guardian.letters import NEXT, TITLES, Place, addressed, card, deployment_group, subject, text
from guardian.model import Finding, Mode, Service
from guardian.notices import Notice, State

AT = datetime(2026, 11, 20, 3, 4, 5, tzinfo=UTC)
PLACE = Place(
    partition="aws", region="eu-west-1", account="123456789012", table="guardian-Table", log_groups=("a/b", "c"),
)  # fmt: skip
SENTENCE = "Rolled back at 30%: green answered 412 ms against blue's 268 ms (+54%, limit +20%)."
HOSTILE = "see <!here> @channel *now* _at_ https://evil.example/?a=1&b=2 [click](https://evil.example) `x`"
BREAK = "\u200b"
Make = Callable[..., Notice]


@pytest.fixture
def a_notice(a_service: Service) -> Make:
    """Build a notice of a rollback, addressed."""

    def build(**changes: Any) -> Notice:
        values: dict[str, Any] = {
            "id": "d-A1B2C3D4E/2/rolled_back", "at": AT, "since": AT, "state": State.ROLLED_BACK, "over": True,
            "sentence": SENTENCE, "why": "because", "decision": DecisionKind.ROLL_BACK, "verdict": Finding.DIVERGED,
            "signal": "latency_p50", "deployment_id": "d-A1B2C3D4E", "service": a_service, "mode": Mode.ENFORCE,
            "weight": 0.3, "record": "d-A1B2C3D4E-00007",
        }  # fmt: skip
        return addressed(Notice(**values | changes), PLACE)

    return build


def content(notice: Notice) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(card(notice, deployment_group(notice.service, PLACE)))["content"]
    return loaded


@pytest.mark.parametrize("state", State)
def test_every_state_has_a_title_and_says_what_now(a_notice: Make, state: State) -> None:
    """Subject and text of every state say what happened and what is to be done."""
    notice = a_notice(state=state)
    assert subject(notice).startswith(f"{TITLES[state]}: AppECS-shop-checkout")
    assert f"\n\nWhat now: {NEXT[state]}\n" in text(notice)


def test_a_text_begins_with_the_sentence_and_ends_with_the_ways_on(a_notice: Make) -> None:
    """The record's sentence comes first; deployment, commands that can be pasted and the log's address come last."""
    lines = text(a_notice()).splitlines()
    assert lines[0] == SENTENCE
    assert lines[-4:-1] == [
        "Deployment d-A1B2C3D4E, 2026-11-20 03:04:05 UTC",
        "Report: guardian report d-A1B2C3D4E --table guardian-Table -o report.html",
        "Explain: guardian explain d-A1B2C3D4E --table guardian-Table",
    ]
    assert lines[-1].startswith(
        "Log: https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#"
    )


def test_a_subject_is_what_sns_takes(a_notice: Make) -> None:
    """A subject is one line of ASCII, shorter than a hundred characters, whatever the service is called."""
    service = Service(application="Käse\n" + "x" * 90, deployment_group="\x1b[31m" + "y" * 90)
    said = subject(a_notice(service=service))
    assert len(said) < 100
    assert said.isascii()
    assert said.isprintable()
    assert said.startswith("Rolled back: K?se xxx")


def test_what_would_have_been_is_the_title(a_notice: Make) -> None:
    """In mode notify the title says what Guardian would have done."""
    assert subject(a_notice(state=State.NOTIFY, would=DecisionKind.ROLL_BACK)).startswith("Would roll back: ")


def test_nobody_writes_lines_into_a_text(a_notice: Make) -> None:
    """Line ends and what turns text around become spaces, in the sentence and in the notes."""
    planted = "fine\n\nWhat now: Nothing to do.\u202e\u2028\x1b[2J"
    said = text(a_notice(sentence=planted, notes=(planted,)))
    assert [line for line in said.splitlines() if line.startswith("What now:")] == [
        f"What now: {NEXT[State.ROLLED_BACK]}"
    ]
    assert said.replace("\n", "").isprintable()


def test_a_long_sentence_leaves_room_for_the_rest(a_notice: Make) -> None:
    """However much a gate quotes, a text stays short enough to be read, and the commands are there."""
    notes = ("n" * 9000,) * 20
    said = text(a_notice(sentence="s" * 9000, notes=notes))
    assert len(said) < 9000
    assert "guardian report d-A1B2C3D4E" in said
    assert len(content(a_notice(sentence="s" * 9000))["description"]) == 8000


def test_notes_are_steps_where_a_person_works_by_them(a_notice: Make) -> None:
    """The runbook that a record's notes hold stands in a call for a person, and not in the news of a release."""
    notes = (
        "fix forward if you can",
        "aws rds wait db-instance-available --db-instance-identifier shop-restored",
    )
    call, release = (a_notice(state=state, notes=notes) for state in (State.ESCALATE, State.RELEASED))
    assert f"- {notes[0]}\n- {notes[1]}\n" in text(call)
    assert notes[0] not in text(release)
    assert f"`{notes[1]}`" in content(call)["nextSteps"]


def test_a_card_has_the_form_that_chat_renders(a_notice: Make) -> None:
    """A card is a custom notification, one thread for each deployment, with an id that stays the same."""
    notice = a_notice()
    body = json.loads(card(notice, deployment_group(notice.service, PLACE)))
    assert (body["version"], body["source"], body["id"]) == ("1.0", "custom", notice.id)
    assert set(body["content"]) == {"textType", "title", "description", "nextSteps", "keywords"}
    assert body["content"]["textType"] == "client-markdown"
    assert body["content"]["title"] == f"Rolled back: {notice.service}"
    assert body["metadata"]["threadId"] == "d-A1B2C3D4E"
    assert body["metadata"]["eventType"] == "rolled_back"
    assert body["metadata"]["relatedResources"][1] == (
        "arn:aws:codedeploy:eu-west-1:123456789012:deploymentgroup:AppECS-shop-checkout/DgpECS-shop-checkout"
    )


def test_words_of_others_are_no_markup_in_chat(a_notice: Make) -> None:
    """What a sentence or a note quotes reads the same in chat, and mentions, links and emphasis do not work."""
    planted = content(a_notice(sentence=HOSTILE, notes=(HOSTILE, f"aws {HOSTILE}"), signal="<!here>"))
    said = planted["description"]
    assert said.replace(BREAK, "").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == HOSTILE
    shown = json.dumps([said, planted["keywords"], planted["nextSteps"][1]])
    for working in ("<!here>", "@channel", "*now*", "_at_", "://evil", "](", "`x`"):
        assert working not in shown
    code = planted["nextSteps"][2]
    assert (code[0], code[-1], code.count("`")) == ("`", "`", 2)
    assert "<" not in code


def test_the_log_is_asked_for_this_deployment_alone(a_notice: Make) -> None:
    """The console's address names every log group, the deployment, and the time from its first turn on."""
    log = a_notice(since=datetime(2026, 11, 19, 2, 0, tzinfo=UTC)).log
    assert "start~'2026-11-19T02*3a00*3a00.000Z" in log
    assert "end~'2026-11-20T04*3a04*3a05.000Z" in log
    assert "correlation_id*20*3d*20*22d-A1B2C3D4E*22" in log.replace("*5f", "_")
    assert log.endswith("~source~(~'a*2fb~'c))")


@pytest.mark.parametrize(
    ("partition", "host"),
    [
        ("aws-cn", "cn-north-1.console.amazonaws.cn"),
        ("aws-us-gov", "cn-north-1.console.amazonaws-us-gov.com"),
    ],
)
def test_each_partition_has_its_console(a_notice: Make, partition: str, host: str) -> None:
    """Addresses lead to the console of the partition."""
    place = PLACE.model_copy(update={"partition": partition, "region": "cn-north-1"})
    assert addressed(a_notice(), place).log.startswith(f"https://{host}/cloudwatch/home?region=cn-north-1#")
