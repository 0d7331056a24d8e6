"""
Personal data stays here when a model is asked: it is replaced by labels on the way out and put back in the answer.

Names come from the facts that the glossary marks as personal; addresses, telephone, card and account numbers are found by
their form, card and account numbers by their check digits as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

_MAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")
_PHONE = re.compile(r"(?<![\w.])\+?\d[\d ()/.-]{6,18}\d(?![\w])")
_CARD = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)")
_ACCOUNT = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}\b")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./]\d{2,4}")
_SHORTEST = 3
_LABEL = re.compile(r"\[(?:person|mail|phone|card|account) \d{1,4}\]")


@dataclass
class Redactor:
    """
    Hides and reveals the personal data of one question. The same words get the same label throughout.

    Args:
        personal: Values of facts marked as personal, as they stand on record.
    """

    personal: Iterable[str] = ()
    _labels: dict[str, str] = field(default_factory=dict, init=False)
    _counts: dict[str, int] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        names = {each.strip() for each in self.personal if len(each.strip()) >= _SHORTEST}
        # The longest first, so that a whole name is not hidden by halves.
        ordered = sorted(names, key=lambda each: (-len(each), each))
        self._names = (
            re.compile("|".join(rf"(?<!\w){re.escape(each)}(?!\w)" for each in ordered)) if ordered else None
        )

    def hide(self, text: str) -> str:
        """The text with labels in place of personal data. A label that stands in the text already is broken up first."""
        text = _LABEL.sub(lambda found: found[0].replace("[", "(").replace("]", ")"), text)
        for pattern, kind in self._patterns():
            text = pattern.sub(lambda found, kind=kind: self._label(found[0], kind), text)  # type: ignore[misc]
        return text

    def reveal(self, text: str) -> str:
        """The answer with the words that stood behind the labels; a label that was never given out stays."""
        words = {label: said for said, label in self._labels.items()}
        return _LABEL.sub(lambda found: words.get(found[0], found[0]), text)

    def _patterns(self) -> Iterator[tuple[re.Pattern[str], str]]:
        yield _MAIL, "mail"
        if self._names is not None:
            yield self._names, "person"
        yield _ACCOUNT, "account"
        yield _CARD, "card"
        yield _PHONE, "phone"

    def _label(self, said: str, kind: str) -> str:
        if not _is(said, kind):
            return said
        label = self._labels.get(said)
        if label is None:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            label = self._labels[said] = f"[{kind} {self._counts[kind]}]"
        return label


def _is(said: str, kind: str) -> bool:
    digits = [int(each) for each in said if each.isdigit()]
    if kind == "card":
        return 13 <= len(digits) <= 19 and _luhn(digits)
    if kind == "account":
        return _mod_97(said)
    if kind == "phone":
        return (
            8 <= len(digits) <= 15 and _DATE.fullmatch(said) is None and bool(re.search(r"[ +()/-]|^0", said))
        )
    return True


def _luhn(digits: list[int]) -> bool:
    doubled = [sum(divmod(2 * each, 10)) for each in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _mod_97(said: str) -> bool:
    """ISO 13616: the check digits of an international account number."""
    plain = said.replace(" ", "")
    return int("".join(str(int(each, 36)) for each in plain[4:] + plain[:4])) % 97 == 1
