"""Business hours: when a place is open, and how much of that time lies between two instants."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from holdshort.core.dates import FIRST_YEAR, LAST_YEAR, Calendar, is_zone

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_NONE = timedelta()


@dataclass(frozen=True)
class BusinessHours:
    """
    The hours in which a business works, on the business days of its calendar.

    A business day is open from the first moment at which the clocks of the calendar's zone show `opens` to the last
    one before they show `closes`; `closes` at 00:00 is the end of the day. In between real time is counted: a day on
    which the clocks go forward is an hour shorter, one on which they go back an hour longer. An opening or closing
    time that the clocks skip is the moment at which they skip it; of one that comes twice, opening is the first and
    closing the second.

    Times come and go as aware instants, out always in UTC. A year is worked out once and kept, so that a jump over ten
    years looks at ten years and not at their days.

    Raises:
        ValueError: The hours are never open, are not whole minutes, or the zone is not known.
    """

    calendar: Calendar
    opens: time = time(9)
    closes: time = time(17)

    def __post_init__(self) -> None:
        for said in (self.opens, self.closes):
            if said.second or said.microsecond or said.tzinfo:
                raise ValueError(f"`{said}` is no whole minute of a wall clock")
        if self.closes != time(0) and self.opens >= self.closes:
            raise ValueError(f"hours from {self.opens:%H:%M} to {self.closes:%H:%M} are never open")
        if not is_zone(self.calendar.zone):
            raise ValueError(f"`{self.calendar.zone}` is no time zone")

    @property
    def day(self) -> timedelta:
        """How long a business day is, but for days on which the clocks change."""
        until = self.closes.hour * 60 + self.closes.minute or 24 * 60
        return timedelta(minutes=until - self.opens.hour * 60 - self.opens.minute)

    def is_open(self, moment: datetime) -> bool:
        """Say whether `moment` lies in business hours; the closing instant itself does not."""
        moment = _in_utc(moment)
        return any(_spans(self, year).holds(moment) for year in _years(moment, moment))

    def next_open(self, moment: datetime) -> datetime:
        """
        Return `moment` where it lies in business hours, else the next opening.

        Raises:
            OverflowError: It never opens again before the year 2200 ends.
        """
        moment = _in_utc(moment)
        for year in range(_years(moment, moment).start, LAST_YEAR + 1):
            spans = _spans(self, year)
            place = bisect_right(spans.closings, moment)
            if place < len(spans.openings):
                return max(spans.openings[place], moment)
        raise OverflowError(f"there are no business hours from {moment:%Y-%m-%d} to the end of {LAST_YEAR}")

    def add_business_time(self, start: datetime, amount: timedelta) -> datetime:
        """
        Return the first moment at which `amount` of business time has passed since `start`.

        A whole day's worth ends at closing time, not at the next opening; nothing to add gives `start`.

        Raises:
            ValueError: `amount` is negative, or `start` has no zone or lies outside the years 1970 to 2200.
            OverflowError: The moment lies past the year 2200.
        """
        start = _in_utc(start)
        if amount < _NONE:
            raise ValueError("business time is added, not taken away")
        if amount == _NONE:
            return start
        left = amount
        for year in range(_years(start, start).start, LAST_YEAR + 1):
            spans = _spans(self, year)
            wanted = spans.before(start) + left
            if wanted <= spans.total:
                return spans.moment(wanted)
            left = wanted - spans.total
        raise OverflowError(
            f"{amount} of business time from {start:%Y-%m-%d} ends after the year {LAST_YEAR}"
        )

    def business_time_between(self, start: datetime, end: datetime) -> timedelta:
        """
        Count the business time from `start` to `end`; negative when `end` is earlier.

        Raises:
            ValueError: A moment has no zone or lies outside the years 1970 to 2200.
        """
        start, end = _in_utc(start), _in_utc(end)
        if end < start:
            return -self.business_time_between(end, start)
        pages = (_spans(self, year) for year in _years(start, end))
        return sum((page.before(end) - page.before(start) for page in pages), _NONE)


class _Spans(NamedTuple):
    """The open spans of one year of local days, in order; `sums` is the business time before each, and after all."""

    openings: tuple[datetime, ...]
    closings: tuple[datetime, ...]
    sums: tuple[timedelta, ...]

    @property
    def total(self) -> timedelta:
        return self.sums[-1]

    def holds(self, moment: datetime) -> bool:
        place = bisect_right(self.openings, moment)
        return place > 0 and moment < self.closings[place - 1]

    def before(self, moment: datetime) -> timedelta:
        """How much of the spans lies before `moment`."""
        place = bisect_right(self.openings, moment)
        if place == 0:
            return _NONE
        return self.sums[place - 1] + min(moment, self.closings[place - 1]) - self.openings[place - 1]

    def moment(self, wanted: timedelta) -> datetime:
        """The first moment before which `wanted` of the spans lies; more than nothing, and not more than all."""
        place = bisect_left(self.sums, wanted) - 1
        return self.openings[place] + (wanted - self.sums[place])


@lru_cache(maxsize=256)
def _spans(hours: BusinessHours, year: int) -> _Spans:
    zone = ZoneInfo(hours.calendar.zone)
    openings: list[datetime] = []
    closings: list[datetime] = []
    sums = [_NONE]
    day = date(year, 1, 1)
    while day.year == year:
        if hours.calendar.is_business_day(day):
            closes_on = day + _DAY if hours.closes == time(0) else day
            opening = _first_at(datetime.combine(day, hours.opens, zone))
            closing = _last_before(datetime.combine(closes_on, hours.closes, zone))
            # Where the clocks go back over midnight, the day before may still be open.
            opening = max(opening, closings[-1]) if closings else opening
            if opening < closing:
                openings.append(opening)
                closings.append(closing)
                sums.append(sums[-1] + (closing - opening))
        day += _DAY
    return _Spans(tuple(openings), tuple(closings), tuple(sums))


def _years(start: datetime, end: datetime) -> range:
    """Every year to which local days around these instants may belong, wherever on earth."""
    return range((start - 2 * _DAY).year, (end + 2 * _DAY).year + 1)


def _first_at(shown: datetime) -> datetime:
    """The first instant at which the clocks of its zone show this, or at which they skip it."""
    first, second = _readings(shown)
    return _skip(second, first, shown.tzinfo) if first > second else first


def _last_before(shown: datetime) -> datetime:
    """The end of the last moment at which the clocks of its zone show less than this, or the instant they skip it."""
    first, second = _readings(shown)
    if first > second:
        return _skip(second, first, shown.tzinfo)
    # Clocks that go back to this very time never show less a second time.
    if first < second and _wall(second - _SECOND, shown.tzinfo) >= shown.replace(tzinfo=None):
        return first
    return second


def _readings(shown: datetime) -> tuple[datetime, datetime]:
    """
    What a time on the clock means by what they were set to before a change, and after it.

    They are the same but for a time that comes twice, where they are its two instants in order, and for one that is
    skipped, where the first lies after the change and the second before it.
    """
    return shown.astimezone(UTC), shown.replace(fold=1).astimezone(UTC)


def _skip(before: datetime, after: datetime, zone: tzinfo | None) -> datetime:
    """The instant between these two at which the clocks of `zone` go forward; they do so on a whole second."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // (2 * _SECOND) * _SECOND
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after


def _wall(moment: datetime, zone: tzinfo | None) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"`{moment}` has no time zone")
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(f"`{moment}` lies outside the years {FIRST_YEAR} to {LAST_YEAR}")
    return moment.astimezone(UTC)
