"""What a claim of AI cites, with the source's own text beside it: nobody has to believe a quote."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from holdshort.core.packet_values import as_text

_NAMES = ("id", "document_id", "task_id", "project_id")
_PROSE = ("text", "body", "description", "comment", "title")
_REFERENCES = ("source", "id", "ref", "document", "field")
_QUOTES = ("quote", "text", "words")
_LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Source:
    """
    One citation. `before`, `marked` and `after` are the source's text with the quoted words in the middle.

    `doubt` says what is wrong: there is no such source, or the quoted words do not stand in it.
    """

    reference: str
    quote: str
    before: str = ""
    marked: str = ""
    after: str = ""
    doubt: str = ""

    @property
    def has_text(self) -> bool:
        return bool(self.before or self.marked or self.after)


@dataclass(frozen=True, slots=True)
class Claim:
    text: str
    confidence: str
    sources: tuple[Source, ...]


def claims_of(record: Mapping[str, Any]) -> tuple[Claim, ...]:
    """The claims of `ai_output`, each citation led back to the record; nothing in it is trusted."""
    said = record.get("ai_output")
    claims = said.get("claims") if isinstance(said, Mapping) else None
    return tuple(_claim(each, record) for each in claims) if isinstance(claims, list) else ()


def _claim(raw: Any, record: Mapping[str, Any]) -> Claim:
    if not isinstance(raw, Mapping):
        return Claim(as_text(raw), "", ())
    cited = raw.get("citations")
    cited = cited if isinstance(cited, list) else [cited] if cited else []
    return Claim(
        as_text(raw.get("text")),
        as_text(raw.get("confidence")),
        tuple(_source(each, record) for each in cited),
    )


def _source(raw: Any, record: Mapping[str, Any]) -> Source:
    if isinstance(raw, Mapping):
        reference = _first(raw, _REFERENCES)
        if raw.get("system") and raw.get("field"):
            reference = f"{as_text(raw['system'])}.{as_text(raw['field'])}"
        quote = _first(raw, _QUOTES)
    else:
        reference, quote = as_text(raw), ""
    text = _text_of(reference, record)
    if text is None:
        return Source(reference, quote, doubt="no source of this name is in the record")
    if not quote:
        return Source(reference, "", before=text[:_LONGEST])
    at = text.find(quote)
    if at < 0:
        return Source(
            reference, quote, before=text[:_LONGEST], doubt="these words do not stand in the source"
        )
    return Source(reference, quote, text[:at], quote, text[at + len(quote) : at + len(quote) + _LONGEST])


def _first(raw: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    return next((as_text(raw[key]) for key in keys if raw.get(key) not in (None, "")), "")


def _text_of(reference: str, record: Mapping[str, Any]) -> str | None:
    """`notes.N1` is the element N1 of the list, `crm.plan` a field, `N1` an element of any list; None: there is none."""
    head, dot, rest = reference.partition(".")
    place = record.get(head)
    if dot and isinstance(place, list):
        return _element(place, rest)
    if dot and isinstance(place, Mapping):
        return _field(place, rest)
    if not dot and reference:
        found = (_element(each, reference) for each in record.values() if isinstance(each, list))
        return next((each for each in found if each is not None), None)
    return None


def _element(items: list[Any], name: str) -> str | None:
    for item in items:
        if isinstance(item, Mapping) and any(as_text(item.get(key)) == name for key in _NAMES):
            return "\n".join(_prose(item)) or as_text(item)
    return None


def _prose(item: Mapping[Any, Any]) -> Iterator[str]:
    for key in _PROSE:
        if isinstance(item.get(key), str) and item[key].strip():
            yield item[key]


def _field(place: Any, path: str) -> str | None:
    for name in path.split("."):
        if not isinstance(place, Mapping) or name not in place:
            return None
        place = place[name]
    return as_text(place)
