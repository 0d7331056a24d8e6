"""From a raw JSON value to a value of its glossary type, or to the reason why there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from holdshort.core.amounts import read_money, read_number
from holdshort.core.dates import is_zone, read_date, read_instant
from holdshort.core.glossary import Glossary, Name, blank_key
from holdshort.core.paths import ABSENT, Path, follow
from holdshort.core.presence import (
    AI_ONLY,
    MISSING,
    NOT_EXPECTED,
    NOT_ON_FILE,
    NOT_PROVIDED,
    OPTIONAL_BLANK,
    STALE,
    NotKnown,
    conflicting,
    unreadable,
)
from holdshort.core.text import clean, company, fold
from holdshort.core.unreadable import Unreadable

# What a value may be once read: text and choices as str, names folded, numbers as int or Decimal, …
Value = Any
_UNSURE = ("known", "stale", "conflicting")
_NOTHING: dict[str, Any] = {}
_NONE_WORDS = ("none", "n a", "n/a", "not applicable", "not in scope", "nothing", "no ")


class RecordReader:
    """Reads the values of one glossary from records. Holds no state of any record."""

    def __init__(self, glossary: Glossary, zone: str = "UTC") -> None:
        self.glossary = glossary
        self.zone = zone
        self.longest_placeholder = max(map(len, glossary.placeholders), default=0)

    def read(self, name: Name, record: Mapping[str, Any]) -> Value | NotKnown:
        """The value of `name` in `record`; for a name within a list element, `record` is that element."""
        if len(name.paths) == 1 and not name.else_paths and name.ai_path is None:
            return self._at(name, name.paths[0], record)
        found = [self._at(name, path, record) for path in name.paths]
        if name.else_paths and all(_is_silent(each) for each in found):
            for path in name.else_paths:
                other = self._at(name, path, record)
                if not _is_silent(other):
                    found = [other]
                    break
        result = self._settle(name, found)
        if (
            name.ai_path is not None
            and isinstance(result, NotKnown)
            and (result.missing or _is_silent(result))
        ):
            said, _ = follow(name.ai_path, record)
            if said is not ABSENT and not self.is_blank(name, said):
                return AI_ONLY
        return result

    def raw(self, name: Name, record: Mapping[str, Any]) -> Any:
        """What stands in the record, unread: for showing to a person."""
        for path in (*name.paths, *name.else_paths):
            value, _ = follow(path, record)
            if value is not ABSENT:
                return _unwrap(value)
        return None

    def path_used(self, name: Name, record: Mapping[str, Any]) -> Path | None:
        for path in (*name.paths, *name.else_paths):
            value, _ = follow(path, record)
            if value is not ABSENT:
                return path
        return name.paths[0] if name.paths else None

    # --- one path ---

    def _at(self, name: Name, path: Path, record: Mapping[str, Any]) -> Value | NotKnown:
        raw, system_absent = follow(path, record)
        system = record.get(path.steps[0].key)
        about = system if system.__class__ is dict else _NOTHING
        if name.type == "confidence":
            return _confidence(raw, about, system == {} and _leans_on_ai(record))
        if system_absent:
            return MISSING if name.expected else NOT_ON_FILE
        if raw is ABSENT:
            return NOT_PROVIDED if name.expected else NOT_EXPECTED
        as_of = about.get("_as_of")
        if raw.__class__ is dict and "value" in raw:
            as_of = raw.get("as_of", as_of)
            raw = raw["value"]
        if self.is_blank(name, raw):
            return MISSING if name.expected else OPTIONAL_BLANK
        if name.fresh_for_days is not None and self._is_stale(name.fresh_for_days, as_of, record):
            return STALE
        return self.value(name, raw, about, record)

    def is_blank(self, name: Name, raw: Any) -> bool:
        """Whether `raw` stands for nothing: null, an empty text or a placeholder."""
        if raw is None:
            return True
        if isinstance(raw, list) and name.type != "list":
            return bool(raw) and all(self.is_blank(name, each) for each in raw)
        if not isinstance(raw, str):
            return False
        text = clean(raw)
        if len(text) > self.longest_placeholder and text:
            return False  # folding a text never makes it shorter
        if name.none_is_an_answer and is_none(text):
            return False
        if name.spellings and fold(text) in name.spellings:
            return False  # `pending` is blank in most fields, but an answer where the glossary lists it
        return not text or blank_key(text) in self.glossary.placeholders

    def _is_stale(self, limit_days: int, as_of: Any, record: Mapping[str, Any]) -> bool:
        if as_of is None:
            return False
        then, now = read_date(as_of, zone=self.zone), read_date(record.get("as_of"), zone=self.zone)
        if isinstance(then, Unreadable) or isinstance(now, Unreadable):
            return True  # an age that cannot be told is no proof of freshness
        return (now - then).days > limit_days

    def _settle(self, name: Name, found: list[Value | NotKnown]) -> Value | NotKnown:
        if len(found) == 1:
            return found[0]
        if name.is_list:
            return _union(found)
        unsure = [each for each in found if isinstance(each, NotKnown) and each.state in _UNSURE]
        if unsure:
            return unsure[0]  # a source that says something nobody can read may say something else
        known = [each for each in found if not isinstance(each, NotKnown)]
        if not known:
            return found[0] if found else NOT_EXPECTED
        if all(same(name, known[0], each) for each in known[1:]):
            return known[0]
        shown = ", ".join(
            f"{path} says {_show(value)}"
            for path, value in zip(name.paths, found, strict=False)
            if not isinstance(value, NotKnown)
        )
        return conflicting(f"its sources differ: {shown}")

    # --- one type ---

    def value(
        self, name: Name, raw: Any, about: Mapping[str, Any] = {}, record: Mapping[str, Any] = {}
    ) -> Value | NotKnown:
        """Read `raw`, which is not blank, as the type of `name`."""
        return _READERS[name.type](self, name, raw, about, record)

    def text_value(self, name: Name, raw: str) -> Value | NotKnown:
        """
        The same for a text that may be blank, as `read` finds it where nothing else bears on the value: one path,
        no age, and a system that states no locale or zone. Not for money.
        """
        if name.type == "text" and not name.none_is_an_answer:
            text = clean(raw)
            if len(text) > self.longest_placeholder:
                return text
        if self.is_blank(name, raw):
            return MISSING if name.expected else OPTIONAL_BLANK
        return _READERS[name.type](self, name, raw, _NOTHING, _NOTHING)

    def locale_of(self, about: Mapping[str, Any]) -> str:
        said = about.get("locale") or about.get("date_locale") or ""
        return said if isinstance(said, str) and said else self.glossary.locale


def _union(found: list[Value | NotKnown]) -> Value | NotKnown:
    """Several paths of a list gather its elements; it is known as soon as one of them is."""
    unsure = [each for each in found if isinstance(each, NotKnown) and each.state in _UNSURE]
    if unsure:
        return unsure[0]
    known = [each for each in found if not isinstance(each, NotKnown)]
    return [element for each in known for element in each] if known else (found[0] if found else NOT_EXPECTED)


def is_none(text: str) -> bool:
    """Whether a text says that there is nothing: `None known`, `N/A - not in scope`."""
    folded = fold(text)
    return folded == "no" or any(
        folded == word.strip() or folded.startswith(word.strip() + " ") for word in _NONE_WORDS
    )


def same(name: Name, left: Value, right: Value) -> bool:
    """Whether two read values of one type are the same."""
    if isinstance(left, str) and isinstance(right, str) and name.type == "text":
        return fold(left) == fold(right)
    if isinstance(left, datetime) != isinstance(right, datetime):
        return bool(_day(left) == _day(right))
    return bool(left == right)


def _day(value: Any) -> Any:
    return value.date() if isinstance(value, datetime) else value


def _is_silent(value: Value | NotKnown) -> bool:
    return isinstance(value, NotKnown) and value.state == "not_provided"


def _unwrap(raw: Any) -> Any:
    return raw["value"] if isinstance(raw, dict) and "value" in raw else raw


def _show(value: Any) -> str:
    return str(value)


def _leans_on_ai(record: Mapping[str, Any]) -> bool:
    """A message or a proposal comes with the record: then AI output that says nothing is AI that is not sure of it."""
    return any(record.get(key) for key in ("proposed_actions", "messages"))


def _confidence(raw: Any, about: Mapping[str, Any], is_silent: bool = False) -> Value | NotKnown:
    """
    Only a real number from 0 to 1 is a confidence; anything else that AI output says counts as none at all.

    `is_silent`: AI was asked about what the record brings along, and its output is empty.
    """
    if raw is ABSENT and not about and not is_silent:
        return NOT_EXPECTED
    if raw is None and not about:
        return NOT_ON_FILE
    raw = _unwrap(raw)
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not 0 <= raw <= 1:
        return Decimal(0)
    return Decimal(str(raw))


def _text(reader: RecordReader, name: Name, raw: Any, *_: Any) -> Value | NotKnown:
    if isinstance(raw, str):
        return "none" if name.none_is_an_answer and is_none(clean(raw)) else clean(raw)
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return _list_as_text(raw) if isinstance(raw, list) else _not_a("text", raw)
    return str(raw)


def _list_as_text(raw: list[Any]) -> Value | NotKnown:
    if all(isinstance(each, str) for each in raw):
        return "; ".join(clean(each) for each in raw) or "none"
    return _not_a("text", raw)


def _choice(reader: RecordReader, name: Name, raw: Any, *_: Any) -> Value | NotKnown:
    if isinstance(raw, bool):
        key = "yes" if raw else "no"
    elif isinstance(raw, str | int | float):
        key = fold(str(raw))
    else:
        return _not_a("choice", raw)
    if key in name.read_as:
        return name.read_as[key]
    return name.spellings.get(key, key)


def _name(reader: RecordReader, name: Name, raw: Any, *_: Any) -> Value | NotKnown:
    return company(raw) if isinstance(raw, str) else _not_a("name", raw)


def _email(reader: RecordReader, name: Name, raw: Any, *_: Any) -> Value | NotKnown:
    return clean(raw).casefold() if isinstance(raw, str) else _not_a("address", raw)


def _zone(reader: RecordReader, name: Name, raw: Any, *_: Any) -> Value | NotKnown:
    if isinstance(raw, str) and is_zone(raw.strip()):
        return raw.strip()
    return unreadable(f"`{_short(raw)}` is no time zone")


_TRUTHS = {
    "yes": True,
    "true": True,
    "y": True,
    "1": True,
    "no": False,
    "false": False,
    "n": False,
    "0": False,
}


def _yes_no(reader: RecordReader, name: Name, raw: Any, *_: Any) -> Value | NotKnown:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, int | float) and raw in (0, 1):
        return bool(raw)
    if isinstance(raw, str):
        text = clean(raw)
        key = fold(text)
        if key in name.read_as:
            return str(name.read_as[key]) == "yes"
        if key in _TRUTHS:
            return bool(_TRUTHS[key])
        if (name.none_is_an_answer or name.any_answer_means_yes) and is_none(text):
            return False
        if name.any_answer_means_yes:
            return True
    if isinstance(raw, list) and name.any_answer_means_yes:
        return bool(raw)
    return _not_a("yes or no", raw)


def _number(
    reader: RecordReader, name: Name, raw: Any, about: Mapping[str, Any], record: Mapping[str, Any]
) -> Value | NotKnown:
    return _or_reason(read_number(raw, reader.locale_of(about)))


def _money(
    reader: RecordReader, name: Name, raw: Any, about: Mapping[str, Any], record: Mapping[str, Any]
) -> Value | NotKnown:
    currency = reader.glossary.currency
    if name.currency_path is not None:
        stated = _unwrap(follow(name.currency_path, record)[0])
        currency = stated.strip().upper() if isinstance(stated, str) and stated.strip() else currency
    return _or_reason(read_money(raw, currency, reader.locale_of(about)))


def _date(
    reader: RecordReader, name: Name, raw: Any, about: Mapping[str, Any], record: Mapping[str, Any]
) -> Value | NotKnown:
    return _or_reason(read_date(raw, reader.locale_of(about), _zone_of(reader, about)))


def _time(
    reader: RecordReader, name: Name, raw: Any, about: Mapping[str, Any], record: Mapping[str, Any]
) -> Value | NotKnown:
    zone = about.get("timezone") if isinstance(about.get("timezone"), str) else ""
    if name.zone_path is not None:
        stated = _unwrap(follow(name.zone_path, record)[0])
        zone = stated.strip() if isinstance(stated, str) else zone
    return _or_reason(read_instant(raw, zone or "", reader.locale_of(about)))


def _zone_of(reader: RecordReader, about: Mapping[str, Any]) -> str:
    said = about.get("timezone")
    return said if isinstance(said, str) and is_zone(said) else reader.zone


def _list(reader: RecordReader, name: Name, raw: Any, *_: Any) -> Value | NotKnown:
    if isinstance(raw, list):
        return raw
    if name.value_type is not None and isinstance(raw, str):
        return [raw]
    return _not_a("list", raw)


def _or_reason(value: date | datetime | Decimal | Any) -> Value | NotKnown:
    return unreadable(value.reason) if isinstance(value, Unreadable) else value


def _not_a(kind: str, raw: Any) -> NotKnown:
    return unreadable(f"`{_short(raw)}` cannot be read as {kind}")


def _short(raw: Any) -> str:
    text = clean(str(raw))
    return text if len(text) <= 40 else text[:39] + "…"


_READERS: dict[str, Callable[..., Value | NotKnown]] = {
    "text": _text,
    "choice": _choice,
    "name": _name,
    "email": _email,
    "zone": _zone,
    "yes/no": _yes_no,
    "number": _number,
    "money": _money,
    "date": _date,
    "time": _time,
    "list": _list,
}
