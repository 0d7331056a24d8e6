"""Days, instants and business days: one reading or none."""

import time
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdshort.core.dates import Calendar, days_between, is_zone, read_date, read_instant
from holdshort.core.unreadable import Unreadable

DAYS = st.dates(min_value=date(1970, 1, 2), max_value=date(2200, 12, 30))
NEAR_DAYS = st.dates(min_value=date(2025, 1, 1), max_value=date(2028, 1, 1))
CALENDARS = st.builds(
    Calendar,
    name=st.just("any"),
    weekend=st.frozensets(st.integers(0, 6), max_size=6),
    holidays=st.frozensets(NEAR_DAYS, max_size=12),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)
DATEISH = st.text(alphabet="0123456789-/.:TZ +,MarchJuly", max_size=26)


@pytest.mark.parametrize(
    "raw",
    [
        "2026-03-01", "2026/03/01", "20260301", "March 1, 2026", "1 Mar 2026", "Mar 1st 2026", "1st of March 2026",
        "1-Mar-2026", "Sunday, March 1, 2026", "2026-03-01T23:59:59Z", "2026-03-01 6:49:18",
        "2026-03-01 05:18:21.205000 UTC", "March 1, 2026 at 5:00 PM", 1772323200000, "1772323200000", 1772323200,
        1772323200000.0, date(2026, 3, 1), datetime(2026, 3, 1, 23, 30), " 2026-03-01\u200b", "<b>1</b>&nbsp;March 2026",
    ],
)  # fmt: skip
def test_one_day_is_read_however_it_was_typed(raw):
    """Situation S018."""
    assert read_date(raw) == date(2026, 3, 1)


def test_a_slash_date_with_two_readings_names_both():
    """Situation S017."""
    assert read_date("04/05/2026") == Unreadable("`04/05/2026` could be 4 May or 5 April; no locale is given")


@pytest.mark.parametrize("locale", ["xx", "english", "en", "en-CA", "nowhere-US", ""])
def test_a_locale_that_settles_no_order_is_no_locale(locale):
    assert isinstance(read_date("04/05/2026", locale), Unreadable)


@pytest.mark.parametrize(
    ("raw", "locale", "day"),
    [
        ("04/05/2026", "en-US", date(2026, 4, 5)),
        ("04/05/2026", "en_US.UTF-8", date(2026, 4, 5)),
        ("04/05/2026", "en-GB", date(2026, 5, 4)),
        ("04-05-2026", "de", date(2026, 5, 4)),
        ("3/1/2017", "en-US", date(2017, 3, 1)),
        ("2026/05/04", "ja-JP", date(2026, 5, 4)),
        ("2026. 5. 4".replace(" ", ""), "ko", date(2026, 5, 4)),
        ("10/01/2026 3:45 PM", "en-US", date(2026, 10, 1)),
    ],
)
def test_a_locale_settles_the_order(raw, locale, day):
    assert read_date(raw, locale) == day


@pytest.mark.parametrize(
    ("raw", "day"),
    [
        ("04/04/2026", date(2026, 4, 4)),
        ("13/05/2026", date(2026, 5, 13)),
        ("05/13/2026", date(2026, 5, 13)),
        ("04.05.2026", date(2026, 5, 4)),
    ],
)
def test_without_a_locale_the_only_possible_order_counts(raw, day):
    assert read_date(raw) == day


def test_dots_under_a_month_first_locale_have_two_readings():
    assert isinstance(read_date("04.05.2026", "en-US"), Unreadable)


def test_a_day_impossible_in_the_stated_order_is_not_turned_round():
    """Situation S019: 07/30/2023 read day first became 7 June 2025."""
    answer = read_date("07/30/2023", "de")
    assert isinstance(answer, Unreadable)
    assert "`de`" in answer.reason


@pytest.mark.parametrize(
    "raw",
    [
        "2026-02-30", "31/04/2026", "13/13/2026", "3/1/17", "1 Mar 26", "1969-12-31", "2201-01-01", "9999999999999",
        float("nan"), float("inf"), True, False, None, {}, [], "", "TBD", 45000, -1, 10**5000, "9" * 10**6,
        "2026-01-01T24:00", "2026-01-01 13:00 PM", "2026-01-01 10:00 EST", "Smarch 1, 2026", date(1, 1, 1),
        datetime(1, 1, 1, tzinfo=UTC), "04/05/26",
    ],
    ids=lambda raw: type(raw).__name__,
)  # fmt: skip
def test_what_is_no_day_has_a_reason(raw):
    answer = read_date(raw)
    assert isinstance(answer, Unreadable)
    assert answer.reason


def test_an_instant_belongs_to_the_day_of_the_zone():
    assert read_date("2026-03-18T23:30:00Z", zone="Australia/Sydney") == date(2026, 3, 19)
    assert read_date("2026-03-18T23:30:00-05:00") == date(2026, 3, 19)
    assert isinstance(read_date("2026-03-18T23:30:00Z", zone="Nowhere/Else"), Unreadable)


@given(DAYS)
def test_a_printed_day_reads_back(day):
    for text in (day.isoformat(), f"{day:%B} {day.day}, {day.year}", f"{day.day} {day:%b} {day.year}"):
        assert read_date(text) == day
    assert read_date(f"{day:%d/%m}/{day.year}", "en-GB") == day
    assert read_date(f"{day:%m/%d}/{day.year}", "en-US") == day
    assert read_date(f"{day:%d.%m}.{day.year}") == day


@given(DAYS)
def test_a_slash_day_without_locale_is_right_or_unread(day):
    for text in (f"{day:%d/%m}/{day.year}", f"{day:%m/%d}/{day.year}"):
        assert isinstance(read_date(text), Unreadable) or read_date(text) == day


@given(
    JSON | DATEISH,
    st.sampled_from(["", "de", "en-US", "ja", "??"]),
    st.sampled_from(["", "UTC", "Asia/Tokyo", "x"]),
)
def test_no_value_makes_the_readers_fail(raw, locale, zone):
    day, instant = read_date(raw, locale, zone), read_instant(raw, zone, locale)
    assert isinstance(day, date | Unreadable)
    assert not isinstance(day, datetime)
    assert isinstance(instant, Unreadable) or instant.tzinfo is UTC


def test_a_zoned_time_reads_by_itself():
    expected = datetime(2026, 8, 3, 2, 0, tzinfo=UTC)
    assert read_instant("2026-08-03T14:00:00+12:00") == expected
    assert read_instant("2026-08-03 02:00 UTC", "Pacific/Auckland") == expected
    assert read_instant(1785722400000) == expected
    assert read_instant(datetime(2026, 8, 3, 2, tzinfo=UTC)) == expected


def test_a_wall_clock_needs_its_zone():
    """Situation S020."""
    assert read_instant("2026-08-03T14:00:00", "Pacific/Auckland") == datetime(2026, 8, 3, 2, tzinfo=UTC)
    for zone in ("", "Nowhere/Else", "AEST-ish"):
        answer = read_instant("2026-08-03T14:00:00", zone)
        assert isinstance(answer, Unreadable)
        assert "zone" in answer.reason


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("2026-03-29T02:30:00", "does not exist"),
        ("2026-10-25T02:30:00", "comes twice"),
        ("2026-10-25", "a day, not a time"),
        (date(2026, 10, 25), "a day, not a time"),
        (None, "not a time"),
        (True, "not a time"),
    ],
)
def test_a_time_that_is_none_or_two_is_not_read(raw, words):
    answer = read_instant(raw, "Europe/Berlin")
    assert isinstance(answer, Unreadable)
    assert words in answer.reason


def test_only_iana_names_are_zones():
    assert is_zone("Europe/Berlin")
    assert is_zone("UTC")
    for name in ("", "Europe", "../etc/passwd", "localtime", "a" * 5000, "\0", "é", "CEST-DST"):
        assert not is_zone(name)


def slow_count(calendar, start, end):
    return sum(
        calendar.is_business_day(start + timedelta(days=step)) for step in range(1, (end - start).days + 1)
    )


@given(CALENDARS, NEAR_DAYS, NEAR_DAYS)
def test_business_days_between_agrees_with_counting_them(calendar, start, end):
    if start <= end:
        assert calendar.business_days_between(start, end) == slow_count(calendar, start, end)
    else:
        assert calendar.business_days_between(start, end) == -slow_count(calendar, end, start)


@given(CALENDARS, NEAR_DAYS, st.integers(1, 400))
def test_adding_business_days_undoes_counting_them(calendar, day, n):
    later = calendar.add_business_days(day, n)
    assert calendar.is_business_day(later)
    assert calendar.business_days_between(day, later) == n
    earlier = calendar.add_business_days(day, -n)
    assert calendar.is_business_day(earlier)
    assert slow_count(calendar, earlier - timedelta(days=1), day - timedelta(days=1)) == n
    if calendar.is_business_day(day):
        assert calendar.business_days_between(day, earlier) == -n


def test_a_business_day_is_neither_weekend_nor_holiday():
    gulf = Calendar("gulf", "Asia/Riyadh", frozenset({4, 5}), frozenset({date(2026, 6, 1)}))
    assert [gulf.is_business_day(date(2026, 5, 29) + timedelta(days=step)) for step in range(4)] == [
        False, False, True, False,
    ]  # fmt: skip
    plain = Calendar("plain")
    assert plain.add_business_days(date(2026, 6, 5), 1) == date(2026, 6, 8)
    assert plain.add_business_days(date(2026, 6, 7), -1) == date(2026, 6, 5)
    assert plain.add_business_days(date(2026, 6, 6), 0) == date(2026, 6, 6)


def test_a_century_is_counted_at_once():
    calendar = Calendar("plain", holidays=frozenset({date(2050, 1, 3)}))
    start, end = date(1970, 1, 1), date(2200, 1, 1)
    expected = slow_count(calendar, start, end)
    started = time.perf_counter()
    assert all(calendar.business_days_between(start, end) == expected for _ in range(2_000))
    assert time.perf_counter() - started < 1


def test_a_calendar_without_a_working_day_is_refused():
    with pytest.raises(ValueError, match="at least one day"):
        Calendar("never", weekend=frozenset(range(7)))


def test_days_between_is_signed():
    assert days_between(date(2026, 3, 1), date(2026, 3, 15)) == 14
    assert days_between(date(2026, 3, 15), date(2026, 3, 1)) == -14
