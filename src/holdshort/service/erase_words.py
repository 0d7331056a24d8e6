"""
Finding a person in what was written down, however it is spelt, and taking them out of it.

Only what identifies them goes: e-mail addresses, the name and the phone numbers that stand beside them, and texts that
whoever erases has named. The rest of a sentence stays, so that a decision can still be understood.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

ERASED = "[erased]"
_FEWEST_DIGITS = 7
_NAMES = ("name", "full_name", "fullname", "display_name", "contact_name")
_FIRST = ("first_name", "firstname", "given_name")
_LAST = ("last_name", "lastname", "surname", "family_name")
_PHONES = ("phone", "mobile", "telephone", "tel", "phone_number", "mobile_phone", "cell", "fax")
_EMAILS = ("email_address", "e_mail", "email", "mail", "address")
_AT = r"(?:@|%40|&#0?64;|&commat;)"
_NAMED = r"([^\W\d_][\w'’.\-]*(?: [^\W\d_][\w'’.\-]*){{1,3}})\"?\s*[<(]{}[>)]"
_PARTICLES = frozenset("von van der den de del della di da dos du la le bin al ter".split())
_BETWEEN = r"[\s().\-/\u00a0\u2010-\u2015]{0,3}"


class Words:
    """What of a text is a person: compiled once, used on every private part."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.texts = tuple(dict.fromkeys(text for each in texts if (text := " ".join(each.split()))))
        parts = [form for each in sorted(self.texts, key=len, reverse=True) for form in _patterns(each)]
        self._pattern = re.compile("|".join(parts), re.IGNORECASE) if parts else None

    def found_in(self, value: Any) -> int:
        """How many places of a value name the person; keys count as well."""
        return sum(1 for text in _texts(value) if self._is_in(text))

    def without(self, value: Any) -> Any:
        """The same value with the person taken out."""
        if isinstance(value, str):
            return self._pattern.sub(ERASED, value) if self._pattern else value
        if isinstance(value, Mapping):
            return {self.without(key): self.without(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.without(each) for each in value]
        if isinstance(value, int | float) and not isinstance(value, bool) and self._is_in(str(value)):
            return ERASED
        return value

    def _is_in(self, text: str) -> bool:
        return self._pattern is not None and self._pattern.search(text) is not None


def known_beside(value: Any, marks: Iterable[str]) -> Iterator[str]:
    """
    What else identifies a person: names, phones and addresses that belong to one of the `marks` already known.

    In an object that has the mark as `email`, these are its `name` and `phone`; beside a `billing_contact_email` they are
    `billing_contact_name`, `billing_contact` and `billing_contact_phone`. Also the name in `Dana Kim <dana@customer.example>`.
    """
    known = [_bare(each) for each in marks]
    yield from _beside(value, known)


def _beside(value: Any, known: list[str]) -> Iterator[str]:
    if isinstance(value, str):
        yield from _name_before(value, known)
    elif isinstance(value, Mapping):
        said = {_key(key): _plain(inner) for key, inner in value.items()}
        for key, text in said.items():
            if text and _bare(text) in known:
                for lead in _leads(key):
                    yield from _identity(said, lead)
        for each in value.values():
            yield from _beside(each, known)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _beside(each, known)


def _leads(key: str) -> Iterator[str]:
    """What stands before `email` or `name` in a key: `billing_contact_`, or nothing."""
    for ending in (*_EMAILS, *_NAMES):
        if key == ending:
            yield ""
            return
        if key.endswith(f"_{ending}"):
            yield key.removesuffix(ending)
            return


def _identity(said: Mapping[str, str], lead: str) -> Iterator[str]:
    names = [said.get(f"{lead}{key}", "") for key in _NAMES] + (
        [said.get(lead.rstrip("_"), "")] if lead else []
    )
    yield from (each for each in names if _is_name(each))
    first = next((said[f"{lead}{key}"] for key in _FIRST if said.get(f"{lead}{key}")), "")
    last = next((said[f"{lead}{key}"] for key in _LAST if said.get(f"{lead}{key}")), "")
    if first and last:
        yield f"{first} {last}"
        yield f"{last}, {first}"
    for key in _PHONES:
        if sum(each.isdigit() for each in said.get(f"{lead}{key}", "")) >= _FEWEST_DIGITS:
            yield said[f"{lead}{key}"]
    for key in _EMAILS:
        if "@" in said.get(f"{lead}{key}", "") and " " not in said[f"{lead}{key}"]:
            yield said[f"{lead}{key}"]


def _key(key: Any) -> str:
    return str(key).casefold().replace(" ", "_").replace("-", "_")


def _plain(value: Any) -> str:
    """A fact may carry its value with a time: `{"value": …, "as_of": …}`."""
    if isinstance(value, Mapping):
        value = value.get("value")
    if isinstance(value, bool) or value is None:
        return ""
    return str(value).strip() if isinstance(value, str | int | float) else ""


def _is_name(text: str) -> bool:
    """Two words at least: one word alone is too often also something else. Such a one is named with `--text`."""
    return len(text.split()) >= 2 and "@" not in text and not any(each.isdigit() for each in text)


def _name_before(text: str, known: list[str]) -> Iterator[str]:
    for email in known:
        if "@" in email and email in _bare(text):
            for found in re.finditer(_NAMED.format(_address(email)), text, re.I):
                yield from _capitalised(found[1])


def _capitalised(text: str) -> Iterator[str]:
    """`Dana Kim` of `Sent by Dana Kim`; with a third capital it may belong to the name or not, so both are taken."""
    words = text.split()
    named = [each[0].isupper() or each in _PARTICLES for each in words]
    first = next((n for n in range(len(words)) if all(named[n:])), len(words))
    yield from (" ".join(words[n:]) for n in range(first, len(words) - 1))


# --- patterns -----------------------------------------------------------------------------------------------


def _patterns(text: str) -> Iterator[str]:
    if "@" in text:
        yield rf"(?<![\w.+\-]){_address(text)}(?![\w\-])"
        return
    digits = [each for each in text if each.isdigit()]
    if len(digits) >= _FEWEST_DIGITS and not any(each.isalpha() for each in text):
        yield r"(?<!\d)(?:\+|00)?" + _BETWEEN.join(re.escape(each) for each in digits) + r"(?!\d)"
        return
    for form in dict.fromkeys((text, unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text))):
        words = r"[\s\u00a0_]+".join(re.escape(each) for each in form.split())
        yield rf"(?<!\w){words}(?!\w)"


def _address(email: str) -> str:
    local, _, domain = email.partition("@")
    return re.escape(local) + _AT + re.escape(domain)


def _bare(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _texts(key)
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)
