"""What each HTTP status says about a POST that was sent once."""

from datetime import UTC, datetime

import pytest

from holdshort.connectors.write.statuses import outcome_of, read_retry_after

DONE = {200, 201, 202, 204}
FAILED = {307, 308, 429, 451} | (set(range(400, 432)) - {408, 409, 419, 420, 425, 427, 430})
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("status", range(100, 600))
def test_a_status_is_done_or_known_not_to_have_happened_only_where_it_says_so(status):
    expected = "done" if status in DONE else "failed" if status in FAILED else "uncertain"
    assert outcome_of(status, "hooks.vendor.example").state == expected


@pytest.mark.parametrize("status", range(500, 600))
def test_a_server_that_broke_may_have_acted(status):
    assert outcome_of(status, "x").state == "uncertain"


@pytest.mark.parametrize("status", [408, 409, 425])
def test_a_refusal_that_may_mean_still_under_way_is_uncertain(status):
    assert outcome_of(status, "x").state == "uncertain"


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_redirect_that_many_systems_send_after_acting_is_uncertain(status):
    assert outcome_of(status, "x").state == "uncertain"


def test_too_many_requests_has_not_happened_and_says_when_to_come_back():
    outcome = outcome_of(429, "hooks.vendor.example", 30)
    assert outcome.state == "failed"
    assert "retry after 30 s" in outcome.why
    assert "retry after" not in outcome_of(429, "x").why


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30", 30),
        (" 0 ", 0),
        ("999999999", 366 * 86400),
        ("Sun, 01 Mar 2026 12:02:00 GMT", 120),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0),
        ("soon", None),
        ("", None),
        ("-5", None),
        ("1e9", None),
        ("٣٠", None),
        ("9" * 5000, None),
        ("Sun, 99 Mar 2026 12:02:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_or_nothing(text, seconds):
    assert read_retry_after(text, NOW) == seconds
