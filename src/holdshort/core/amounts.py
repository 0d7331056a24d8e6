"""Numbers and money as records write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from holdshort.core.text import clean
from holdshort.core.unreadable import Unreadable, locale_parts, quoted

LARGEST = Decimal(10) ** 15
"""Beyond this an amount is a mistake: a serial number, an overflow, a pasted account."""

_LONGEST = 60
_MOST_DIGITS = 24
_DOLLARS = frozenset({"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "TWD", "BRL", "CLP", "COP", "ARS"})
_CODES = _DOLLARS | frozenset(
    "AED BGN CHF CNY CZK DKK EGP EUR GBP HUF IDR ILS INR ISK JPY KES KRW MAD MYR NGN NOK PEN PHP PKR PLN QAR "
    "RON RSD SAR SEK THB TRY UAH UYU VND ZAR".split()
)
_SIGNS = {
    "$": _DOLLARS,
    "€": frozenset({"EUR"}),
    "£": frozenset({"GBP"}),
    "¥": frozenset({"JPY", "CNY"}),
    "₹": frozenset({"INR"}),
    "₩": frozenset({"KRW"}),
    "₪": frozenset({"ILS"}),
    "₺": frozenset({"TRY"}),
    "zł": frozenset({"PLN"}),
    "kr": frozenset({"SEK", "NOK", "DKK", "ISK"}),
    "us$": frozenset({"USD"}),
    "ca$": frozenset({"CAD"}),
    "c$": frozenset({"CAD"}),
    "au$": frozenset({"AUD"}),
    "a$": frozenset({"AUD"}),
    "nz$": frozenset({"NZD"}),
    "s$": frozenset({"SGD"}),
    "hk$": frozenset({"HKD"}),
    "r$": frozenset({"BRL"}),
}
_ONE_CURRENCY = "|".join(
    [*(re.escape(sign) for sign in sorted(_SIGNS, key=len, reverse=True)), *sorted(_CODES)]
)
_CURRENCY = re.compile(_ONE_CURRENCY, re.IGNORECASE)
_SCALES = {"": 1, "k": 10**3, "m": 10**6, "mm": 10**6, "bn": 10**9}
_AMOUNT = re.compile(
    rf"(?P<open>\()? ?(?P<sign>[-+−])? ?(?P<before>(?:(?:{_ONE_CURRENCY}) ?){{0,2}})(?P<inner>[-+−])?"
    r"(?P<body>[0-9](?:[0-9.,'’ ]*[0-9])?|[.,][0-9]+)"
    rf" ?(?P<scale>k|mm?|bn)?(?P<percent> ?%)?(?P<after> ?(?:{_ONE_CURRENCY}))? ?(?P<close>\))?",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"[0-9]+")
# What most exports write: nothing in it depends on a locale where none is stated.
_EVERYDAY = re.compile(r"(\$?)([0-9]{1,3}(?:,[0-9]{3})+\.[0-9]{1,4}|[0-9]{1,15})")
_BLANK_GROUPS = re.compile(r"[0-9]{1,3}(?:([ '])[0-9]{3})(?:\1[0-9]{3})*(?:([.,])[0-9]+)?")
_SIGN_GROUPS = re.compile(r"[0-9]{1,3}(?:([.,])[0-9]{3})(?:\1[0-9]{3})*(?:(?!\1)([.,])[0-9]+)?")
_INDIAN_GROUPS = re.compile(r"[0-9]{1,2}(?:(,)[0-9]{2})+,[0-9]{3}(?:(\.)[0-9]+)?")
_DECIMAL = re.compile(r"[0-9]*([.,])[0-9]+")

_COMMA_LANGUAGES = frozenset(
    "be bg bs ca cs da de el es et eu fi fr gl hr hu hy id is it ka kk lt lv mk nb nl nn no pl pt ro ru sk sl sq "
    "sr sv tr uk vi".split()
)
_POINT_REGIONS = frozenset(
    {("de", "CH"), ("de", "LI"), ("it", "CH")}
    | {("es", region) for region in ("MX", "US", "PR", "GT", "HN", "NI", "PA", "SV", "DO", "PE")}
)
_POINT_LANGUAGES = frozenset({"en", "zh", "ja", "ko", "th", "he", "hi", "ms", "ta", "te", "ur", "cy", "ga"})


@dataclass(frozen=True, slots=True)
class Money:
    """An amount with its currency."""

    amount: Decimal
    """In whole units of the currency, not in cents."""
    currency: str
    """ISO code; '' where none is stated."""


def read_number(raw: object, locale: str = "") -> Decimal | Unreadable:
    """
    Read a number; a currency sign or `%` beside it is passed over (`75%` is 75).

    Args:
        raw: Any JSON value. Text may group digits, shorten (`250k`, `1.2m`) or put a negative in brackets;
            a word after the number (`12 months`) makes it no number.
        locale: Settles `48.000`. A separator that the locale uses otherwise is not read at all.

    Returns:
        The number, or Unreadable with both readings or the reason.

    Source: situations S048 and S049; `semantics.md` 1.
    """
    if isinstance(raw, str):
        if not locale and (everyday := _everyday(raw)) is not None:
            return everyday[1]
        found = _matched(raw)
        return found if isinstance(found, Unreadable) else _amount(raw, found, locale)
    return _plain_number(raw)


def read_money(raw: object, currency: str = "", locale: str = "") -> Money | Unreadable:
    """
    Read an amount of money.

    Args:
        raw: As for `read_number`, without `%`.
        currency: ISO code from the field's pair; '' where the record states none.
        locale: As for `read_number`.

    Returns:
        Money, or Unreadable: also where the text and `currency` name different currencies, or a sign such
        as `¥` could be two. `$` alone takes any dollar from `currency`, and stays '' without one.
    """
    code = currency.strip().upper()
    if code and not re.fullmatch(r"[A-Z]{3}", code):
        return Unreadable(f"{quoted(currency)} is not a currency code")
    if not isinstance(raw, str):
        number = _plain_number(raw)
        return number if isinstance(number, Unreadable) else Money(number, code)
    if not locale and (everyday := _everyday(raw)) is not None:
        sign, plain_amount = everyday
        if not sign or not code or code in _DOLLARS:
            return Money(plain_amount, code)
    found = _matched(raw)
    if isinstance(found, Unreadable):
        return found
    if found["percent"]:
        return Unreadable(f"{quoted(raw)} is a share, not an amount of money")
    settled = _currency(raw, found, code)
    amount = _amount(raw, found, locale)
    if isinstance(amount, Unreadable):
        return amount
    return settled if isinstance(settled, Unreadable) else Money(amount, settled)


def _everyday(raw: str) -> tuple[str, Decimal] | None:
    """The dollar sign, if any, and the amount of a text such as `$48,388.00`; None where it is written otherwise."""
    found = _EVERYDAY.fullmatch(raw)
    if found is None:
        return None
    amount = Decimal(found[2].replace(",", ""))
    return (found[1], amount) if amount <= LARGEST else None


def _plain_number(raw: object) -> Decimal | Unreadable:
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal):
        return Unreadable(f"{quoted(raw)} is not a number")
    if isinstance(raw, int):
        return Decimal(raw) if abs(raw) <= 10**15 else _too_large(raw)
    number = Decimal(repr(raw)) if isinstance(raw, float) else raw
    if not number.is_finite():
        return Unreadable(f"{quoted(raw)} is not a number")
    return number if abs(number) <= LARGEST else _too_large(raw)


def _too_large(raw: object) -> Unreadable:
    return Unreadable(f"{quoted(raw)} is too large to be meant")


def _matched(raw: str) -> re.Match[str] | Unreadable:
    text = clean(raw) if len(raw) <= 4 * _LONGEST else ""
    found = _AMOUNT.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None or bool(found["open"]) != bool(found["close"]):
        return Unreadable(f"{quoted(raw)} is not a number")
    signs = [found[name] for name in ("open", "sign", "inner") if found[name]]
    return found if len(signs) < 2 else Unreadable(f"{quoted(raw)} has more than one sign")


def _amount(raw: str, found: re.Match[str], locale: str) -> Decimal | Unreadable:
    read = _digits(found["body"].replace("’", "'"), locale)
    if isinstance(read, Unreadable):
        return read
    if len(read) > _MOST_DIGITS:
        return _too_large(raw)
    number = Decimal(read) * _SCALES[(found["scale"] or "").lower()]
    if number > LARGEST:
        return _too_large(raw)
    negative = (
        found["open"] or "-" in (found["sign"], found["inner"]) or "−" in (found["sign"], found["inner"])
    )
    return -number if negative else number


# --- separators -------------------------------------------------------------------------------------------


def _digits(body: str, locale: str) -> str | Unreadable:
    """Bring the digits to `1234.56`, or say why that cannot be done without guessing."""
    if _PLAIN.fullmatch(body):
        return body
    point = _decimal_sign(locale)
    if match := _BLANK_GROUPS.fullmatch(body):
        return _read(body, match[1], match[2], point, locale)
    if match := _INDIAN_GROUPS.fullmatch(body):
        return _read(body, match[1], match[2], point, locale)
    grouped, fraction = _SIGN_GROUPS.fullmatch(body), _DECIMAL.fullmatch(body)
    if grouped and fraction and not body.startswith("0"):
        return _lone_separator(body, fraction[1], point)
    if fraction:
        return _read(body, None, fraction[1], point, locale)
    if grouped:
        return _read(body, grouped[1], grouped[2], point, locale)
    return Unreadable(f"{quoted(body)} groups its digits like no number")


def _read(body: str, group: str | None, decimal: str | None, point: str, locale: str) -> str | Unreadable:
    if point and (group == point or (decimal or point) != point):
        return Unreadable(f"{quoted(body)} is not written as {quoted(locale)} writes numbers")
    bare = body.replace(group, "") if group else body
    return bare.replace(decimal, ".") if decimal else bare


def _lone_separator(body: str, sign: str, point: str) -> str | Unreadable:
    """`48.000`: three digits after the only separator, so both readings are sound."""
    whole, fraction = body.replace(sign, ""), body.replace(sign, ".")
    if not point:
        return Unreadable(f"{quoted(body)} could be {whole} or {fraction}; no locale settles it")
    return fraction if sign == point else whole


def _decimal_sign(locale: str) -> str:
    language, region = locale_parts(locale)
    if (language, region) in _POINT_REGIONS or language in _POINT_LANGUAGES:
        return "."
    return "," if language in _COMMA_LANGUAGES else ""


# --- currency ---------------------------------------------------------------------------------------------


def _currency(raw: str, found: re.Match[str], stated: str) -> str | Unreadable:
    names = _CURRENCY.findall(found["before"] + " " + (found["after"] or ""))
    possible: frozenset[str] | None = None
    for name in names:
        codes = _SIGNS.get(name.lower(), frozenset({name.upper()}))
        possible = codes if possible is None else possible & codes
    if possible is None:
        return stated
    if not possible:
        return Unreadable(f"{quoted(raw)} names two currencies")
    if stated:
        if stated in possible or (possible == _DOLLARS and stated.endswith("D") and stated not in _CODES):
            return stated
        return Unreadable(f"{quoted(raw)} contradicts the currency `{stated}` beside it")
    if possible == _DOLLARS:
        return ""
    if len(possible) > 1:
        return Unreadable(f"{quoted(raw)} could be {' or '.join(sorted(possible))}; no currency is given")
    return next(iter(possible))
