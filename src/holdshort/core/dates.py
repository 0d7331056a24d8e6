"""Days and instants as records write them, and the calendar that counts business days."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

from holdshort.core.text import clean
from holdshort.core.unreadable import Unreadable, locale_parts, quoted

FIRST_YEAR, LAST_YEAR = 1970, 2200
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_MONTH_OF = {name.lower(): number for number, name in enumerate(_MONTHS, 1)}
_MONTH_OF |= {name[:3].lower(): number for number, name in enumerate(_MONTHS, 1)} | {"sept": 9}
_LONGEST = 80
_WHOLE = re.compile(
    r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6},? )?(?P<day>[^:]{5,30}?)"
    r"(?:(?:T|,? (?:at )?)(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,](?P<part>[0-9]{1,9}))?)?"
    r" ?(?P<half>[ap]\.?m\.?)? ?(?P<zone>Z|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?)?)?",
    re.IGNORECASE,
)
_YEAR_FIRST = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})|([0-9]{4})([0-9]{2})([0-9]{2})")
_NUMERIC = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})")
_MONTH_FIRST = re.compile(
    r"([a-z]{3,9})\.? ([0-9]{1,2})(?:st|nd|rd|th)?,? ([0-9]{4}|[0-9]{2})", re.IGNORECASE
)
_DAY_FIRST = re.compile(
    r"([0-9]{1,2})(?:st|nd|rd|th|\.)?[ -](?:of )?([a-z]{3,9})\.?,?[ -]([0-9]{4}|[0-9]{2})", re.IGNORECASE
)
_EPOCH = re.compile(r"[0-9]{10}|[0-9]{13}")
_MONTH_FIRST_REGIONS = frozenset({"US", "PH", "PR", "GU", "AS", "VI", "UM", "MP"})


def read_date(raw: object, locale: str = "", zone: str = "UTC") -> date | Unreadable:
    """
    Read one calendar day.

    Args:
        raw: Any JSON value, date or datetime. Text may be an ISO day or instant, `March 1, 2026`, `1 Mar 2026`
            or numbers; epoch seconds have 10 digits, milliseconds 13.
        locale: Settles `04/05/2026`: `en-US` puts the month first, other locales the day. `en` alone and
            `en-CA` settle nothing, because both orders are in use there; an unknown locale counts as none.
        zone: Where an instant's day is read (IANA name, '' is UTC). A wall-clock time keeps its own day.

    Returns:
        The day, or Unreadable with the reason: two readings, impossible day, two-digit year, a year outside
        1970 to 2200. Numeric dates with dots are day first without a locale too, as wherever they are used.

    Source: situations S017 to S019; `semantics.md` 1.
    """
    if isinstance(raw, datetime):
        return _day_in(raw, zone) if raw.tzinfo else _in_range(raw.date())
    if isinstance(raw, date):
        return _in_range(raw)
    instant = _epoch(raw)
    if instant is None:
        if not isinstance(raw, str):
            return Unreadable(f"{quoted(raw)} is not a date")
        parts = _parts(raw, locale)
        if isinstance(parts, Unreadable):
            return parts
        if not (isinstance(parts, datetime) and parts.tzinfo):
            return parts.date() if isinstance(parts, datetime) else parts
        instant = parts
    return instant if isinstance(instant, Unreadable) else _day_in(instant, zone)


def read_instant(raw: object, zone: str = "", locale: str = "") -> datetime | Unreadable:
    """
    Read one instant, in UTC.

    Args:
        raw: Any JSON value or datetime; text as for `read_date`, with a time.
        zone: IANA name of the place whose clock shows a time without offset. Never guessed.
        locale: As for `read_date`.

    Returns:
        The instant, or Unreadable: a day without a time, a clock without a known zone, a time that the
        clocks skip or show twice.

    Source: situation S020.
    """
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return Unreadable(f"{quoted(raw)} is a day, not a time")
    read: date | Unreadable | None = raw if isinstance(raw, datetime) else _epoch(raw)
    if read is None:
        if not isinstance(raw, str):
            return Unreadable(f"{quoted(raw)} is not a time")
        read = _parts(raw, locale)
    if isinstance(read, Unreadable):
        return read
    if not isinstance(read, datetime):
        return Unreadable(f"{quoted(raw)} is a day, not a time")
    return _to_utc(read) if read.tzinfo else _from_wall_clock(read, zone)


@lru_cache(maxsize=1024)
def is_zone(name: str) -> bool:
    """Say whether `name` is an IANA time zone such as `Europe/Berlin`."""
    return _zone(name) is not None


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo | None:
    # These exist on some machines only, and mean something else on each.
    if not name or name in ("localtime", "posixrules", "Factory") or name.startswith(("posix/", "right/")):
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not found, `../x`, a folder such as `Europe`
        return None


# --- parts ------------------------------------------------------------------------------------------------


def _epoch(raw: object) -> datetime | Unreadable | None:
    """The instant of epoch seconds or milliseconds; None when `raw` is not a number at all."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal | str):
        return None
    if isinstance(raw, str):
        text = raw.strip()
        if not _EPOCH.fullmatch(text):
            return None
    else:
        whole = _whole_number(raw)
        text = str(whole) if whole is not None and 0 <= whole < 10**13 else ""
    if not _EPOCH.fullmatch(text):
        return Unreadable(f"{quoted(raw)} is a number, not a date")
    number = int(text)
    moment = datetime(1970, 1, 1, tzinfo=UTC)
    moment += timedelta(milliseconds=number) if len(text) == 13 else timedelta(seconds=number)
    day = _in_range(moment.date())
    return day if isinstance(day, Unreadable) else moment


def _whole_number(raw: int | float | Decimal) -> int | None:
    """`1470145673504.0` is what a spreadsheet makes of a whole number; NaN and fractions are none."""
    if isinstance(raw, int):
        return raw
    text = str(raw)
    return int(text.partition(".")[0]) if re.fullmatch(r"[0-9]{1,20}(?:\.0*)?", text) else None


def _parts(raw: str, locale: str) -> date | Unreadable:
    """A day, or a datetime (with a zone where the text states one)."""
    text = clean(raw) if len(raw) <= 4 * _LONGEST else raw
    whole = _WHOLE.fullmatch(text) if len(text) <= _LONGEST else None
    day = _day(whole["day"], locale) if whole else Unreadable(f"{quoted(raw)} is not a date")
    if isinstance(day, Unreadable) or whole is None or whole["hour"] is None:
        return day
    clock = _clock(whole)
    if clock is None:
        return Unreadable(f"{quoted(text)} names no time of the day")
    return datetime(day.year, day.month, day.day, tzinfo=_offset(whole["zone"])) + clock


def _clock(whole: re.Match[str]) -> timedelta | None:
    hour, minute, second = int(whole["hour"]), int(whole["minute"]), int(whole["second"] or 0)
    if whole["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if whole["half"][0] in "pP" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    microsecond = int((whole["part"] or "").ljust(6, "0")[:6])
    return timedelta(hours=hour, minutes=minute, seconds=second, microseconds=microsecond)


def _offset(zone: str | None) -> timezone | None:
    if not zone:
        return None
    if zone[0] not in "+-":
        return UTC
    digits = zone[1:].replace(":", "").ljust(4, "0")
    minutes = min(int(digits[:2]) * 60 + int(digits[2:]), 24 * 60 - 1)
    return timezone(timedelta(minutes=minutes if zone[0] == "+" else -minutes))


def _day(text: str, locale: str) -> date | Unreadable:
    if match := _YEAR_FIRST.fullmatch(text):
        year, month, day = (match[1], match[3], match[4]) if match[1] else (match[5], match[6], match[7])
        return _made(text, year, int(month), int(day))
    if match := _NUMERIC.fullmatch(text):
        return _numeric(text, match, locale)
    if match := _MONTH_FIRST.fullmatch(text):
        return _made(text, match[3], _MONTH_OF.get(match[1].lower(), 0), int(match[2]))
    if match := _DAY_FIRST.fullmatch(text):
        return _made(text, match[3], _MONTH_OF.get(match[2].lower(), 0), int(match[1]))
    return Unreadable(f"{quoted(text)} is not a date")


def _made(text: str, year: str, month: int, day: int) -> date | Unreadable:
    if len(year) == 2:
        return Unreadable(f"{quoted(text)} has a year of two digits")
    try:
        return _in_range(date(int(year), month, day))
    except ValueError:
        return Unreadable(f"{quoted(text)} is not a day of the calendar")


def _numeric(text: str, match: re.Match[str], locale: str) -> date | Unreadable:
    first, second, year = int(match[1]), int(match[3]), match[4]
    day_first = _made(text, year, second, first)
    month_first = _made(text, year, first, second)
    order = _order(locale)
    if order and not (order == "month" and match[2] == "."):
        return _in_order(
            text, locale, *((day_first, month_first) if order == "day" else (month_first, day_first))
        )
    if isinstance(day_first, Unreadable) or isinstance(month_first, Unreadable):
        # Only the order that a number above 12 leaves open counts: 31.04. is no day, not 4 the 31st.
        return month_first if second > 12 >= first else day_first
    if day_first == month_first or (match[2] == "." and not order):
        return day_first
    return Unreadable(
        f"{quoted(text)} could be {_spoken(day_first)} or {_spoken(month_first)}; {_why_unsettled(locale, order)}"
    )


def _in_order(text: str, locale: str, read: date | Unreadable, other: date | Unreadable) -> date | Unreadable:
    if isinstance(read, Unreadable) and not isinstance(other, Unreadable):
        return Unreadable(f"{quoted(text)} is not a day of the calendar in the order of {quoted(locale)}")
    return read


def _order(locale: str) -> str:
    language, region = locale_parts(locale)
    if not language or (language == "en" and region in ("", "CA")):
        return ""
    return (
        "month" if language in ("en", "es") and region in _MONTH_FIRST_REGIONS and language == "en" else "day"
    )


def _why_unsettled(locale: str, order: str) -> str:
    if order:
        return f"{quoted(locale)} does not write dates with dots"
    if not locale.strip():
        return "no locale is given"
    return f"the locale {quoted(locale)} does not settle it"


def _spoken(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]}"


def _in_range(day: date) -> date | Unreadable:
    if FIRST_YEAR <= day.year <= LAST_YEAR:
        return day
    return Unreadable(f"`{day.isoformat()}` lies outside the years {FIRST_YEAR} to {LAST_YEAR}")


def _day_in(instant: datetime, zone: str) -> date | Unreadable:
    place = _zone(zone or "UTC")
    if place is None:
        return Unreadable(f"the time zone {quoted(zone)} is not known")
    outside = _in_range(instant.date())
    return outside if isinstance(outside, Unreadable) else instant.astimezone(place).date()


def _to_utc(instant: datetime) -> datetime | Unreadable:
    outside = _in_range(instant.date())
    return outside if isinstance(outside, Unreadable) else instant.astimezone(UTC)


def _from_wall_clock(clock: datetime, zone: str) -> datetime | Unreadable:
    place = _zone(zone)
    shown = f"`{clock.isoformat(sep=' ')}`"
    if place is None:
        which = f"the time zone {quoted(zone)} is not known" if zone else "no time zone is given"
        return Unreadable(f"{shown} is a time on a clock; {which}")
    outside = _in_range(clock.date())
    if isinstance(outside, Unreadable):
        return outside
    early, late = (clock.replace(tzinfo=place, fold=fold) for fold in (0, 1))
    instant = early.astimezone(UTC)
    if instant == late.astimezone(UTC):
        return instant
    if instant.astimezone(place).replace(tzinfo=None, fold=0) != clock.replace(fold=0):
        return Unreadable(f"{shown} does not exist in {zone}: the clocks go forward over it")
    return Unreadable(f"{shown} comes twice in {zone}: the clocks go back over it")


# --- business days ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Calendar:
    """
    The days on which a business works.

    Counting takes the same time for a week and for a century: whole weeks are multiplied, holidays looked up.
    """

    name: str
    zone: str = "UTC"
    """IANA name of the zone whose days these are."""
    weekend: frozenset[int] = frozenset({5, 6})
    """Weekdays off; Monday is 0."""
    holidays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if not self.weekend < frozenset(range(7)):
            raise ValueError("a weekend is made of days 0 to 6 and leaves at least one day to work")

    @cached_property
    def _days_off(self) -> tuple[date, ...]:
        return tuple(sorted(day for day in self.holidays if day.weekday() not in self.weekend))

    def is_business_day(self, day: date) -> bool:
        """Say whether `day` is neither weekend nor holiday."""
        return day.weekday() not in self.weekend and day not in self.holidays

    def business_days_between(self, start: date, end: date) -> int:
        """Count the business days after `start` up to and including `end`; negative when `end` is earlier."""
        if end < start:
            return -self.business_days_between(end, start)
        weeks, rest = divmod((end - start).days, 7)
        first = start.weekday() + 1
        count = weeks * (7 - len(self.weekend))
        count += sum((first + step) % 7 not in self.weekend for step in range(rest))
        return count - bisect_right(self._days_off, end) + bisect_right(self._days_off, start)

    def add_business_days(self, day: date, n: int) -> date:
        """
        Return the n-th business day after `day`, or before it for a negative `n`; `day` itself for 0.

        Raises:
            OverflowError: the result lies past the last or first date that there is.
        """
        if n == 0:
            return day
        step = 1 if n > 0 else -1
        wanted, per_week = abs(n), 7 - len(self.weekend)
        # No n business days take longer: the closed days among them, then whole weeks, then one to spare.
        near, far = 0, ((wanted + len(self._days_off)) // per_week + 2) * 7
        while far - near > 1:
            middle = (near + far) // 2
            if self._passed(day, step * middle) >= wanted:
                far = middle
            else:
                near = middle
        return day + timedelta(days=step * far)

    def _passed(self, day: date, days: int) -> int:
        """Count the business days met when walking `days` days on from `day`, which itself does not count."""
        other = day + timedelta(days=days)
        if days >= 0:
            return self.business_days_between(day, other)
        # Walking back meets `other` and not `day`, so shift the half-open span by one.
        one = timedelta(days=1)
        return self.business_days_between(other - one, day - one)


def days_between(a: date, b: date) -> int:
    """Count the days from `a` to `b`; negative when `b` is earlier."""
    return (b - a).days
