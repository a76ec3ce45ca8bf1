"""Links into the CloudWatch console."""

from datetime import UTC, datetime

import pytest

from guardian_console.report.links import insights_link, queries_of

BEGAN, ENDED = datetime(2026, 3, 2, 9, 0, 46, tzinfo=UTC), datetime(2026, 3, 2, 9, 6, 46, tzinfo=UTC)


def test_a_link_is_written_as_the_console_writes_it() -> None:
    """The console's own form, with five minutes more on both sides: compared with an address that it has made."""
    link = insights_link(
        'fields @timestamp\n| filter a = "b"', BEGAN, ENDED, "eu-west-1", ["/aws/lambda/turn", "x"]
    )
    assert link == (
        "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:logs-insights$3FqueryDetail$3D"
        "~(end~'2026-03-02T09*3a11*3a46.000Z~start~'2026-03-02T08*3a55*3a46.000Z~timeType~'ABSOLUTE~tz~'UTC"
        "~editorString~'fields*20*40timestamp*0a*7c*20filter*20a*20*3d*20*22b*22~source~(~'*2faws*2flambda*2fturn~'x))"
    )


def test_without_log_groups_the_reader_chooses_them() -> None:
    """Then the link names no source."""
    assert "source" not in insights_link("fields a", BEGAN, ENDED, "eu-west-1", [])


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-west-1", "https://eu-west-1.console.aws.amazon.com/"),
        ("us-gov-west-1", "https://us-gov-west-1.console.amazonaws-us-gov.com/"),
        ("cn-north-1", "https://cn-north-1.console.amazonaws.cn/"),
    ],
)
def test_other_partitions_have_other_consoles(region: str, host: str) -> None:
    """China and GovCloud are reached where they are."""
    assert insights_link("fields a", BEGAN, ENDED, region, []).startswith(host)


def test_nothing_in_a_query_can_end_it() -> None:
    """Quotes, parentheses, tildes, stars and letters beyond Latin are escaped."""
    link = insights_link("')~*(é…", BEGAN, ENDED, "eu-west-1", [])
    assert link.endswith("editorString~'*27*29*7e*2a*28*e9**2026)")


def test_each_query_is_about_the_deployment_or_its_time() -> None:
    """Two are of the deployment, found by its correlation id; the errors of Guardian itself have none."""
    told, not_fine, errors = queries_of("d-1")
    assert 'filter correlation_id = "d-1"' in told.text
    assert 'filter correlation_id = "d-1"' in not_fine.text
    assert "ERROR" in errors.text
