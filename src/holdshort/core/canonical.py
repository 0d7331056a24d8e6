"""
One spelling for one value: JSON in the canonical form of RFC 8785, and its SHA-256.

An approval covers the digest of what a person saw, and the audit chain hashes what happened. Both need the same value
to give the same bytes on every machine: keys in order, no blanks, numbers as ECMAScript writes them.

Source: RFC 8785 (JSON Canonicalization Scheme); design 8; promise S5.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any

LARGEST_INT = 2**53 - 1
DEEPEST = 200
"""Levels of nesting. A fixed bound, so that what one program writes another one can read."""


class NotCanonical(ValueError):
    """The value has no canonical form; the message says where and why."""


def canonical_bytes(value: Any) -> bytes:
    """
    The canonical JSON of a value, as UTF-8.

    Args:
        value: plain JSON: mappings with text keys, lists or tuples, text, int, float, bool, None. Other types come
            in through `plain`.

    Raises:
        NotCanonical: another type, NaN or an infinity, an int beyond 2**53 - 1 (RFC 8785 calls for exact doubles),
            half a surrogate pair, or more than 200 levels.
    """
    out: list[str] = []
    _write(value, out, ())
    try:
        return "".join(out).encode("utf-8")
    except UnicodeEncodeError as error:
        raise NotCanonical(
            f"a text holds half a surrogate pair: {_shown(error.object, error.start)}"
        ) from error


def digest(value: Any) -> str:
    """The SHA-256 of the canonical bytes, as 64 lower-case hex digits."""
    return hashlib.sha256(canonical_bytes(value)).hexdigest()


def plain(value: Any) -> Any:
    """
    The value as plain JSON that has a canonical form and reads back from it as it was.

    Equal values of one type come out equal. Text, bool, None, small int and float stay. The rest becomes text:

    | value | text |
    |---|---|
    | Decimal | its digits without trailing zeros: `1.50` and `1.5` give `1.5`, `1E+3` gives `1000` |
    | datetime with a zone | UTC with microseconds: `2026-03-01T09:00:00.000000Z` |
    | date | `2026-03-01` |
    | int or float beyond 2**53 - 1 | its digits: `9007199254740993`, `1e+300` |
    | half a surrogate pair within a text | its name: `[U+D800]` |

    So a large number and the text of its digits count as the same.

    Raises:
        NotCanonical: NaN or an infinity, a datetime without a zone, a key that is no text, another type.
    """
    return _plain(value, ())


def utc_text(at: datetime) -> str:
    """
    An instant as it is hashed: UTC, always with microseconds, ending in Z.

    Raises:
        NotCanonical: the instant has no zone.
    """
    if at.tzinfo is None:
        raise NotCanonical(f"{at.isoformat()} has no zone")
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


# --- writing ----------------------------------------------------------------------------------------------

_Path = tuple[str | int, ...]


def _write(value: Any, out: list[str], path: _Path) -> None:
    kind = type(value)
    if kind is str:
        out.append(encode_basestring(value))
    elif value is None:
        out.append("null")
    elif value is True:
        out.append("true")
    elif value is False:
        out.append("false")
    elif kind is int:
        out.append(_int(value, path))
    elif kind is dict:
        _write_object(value, out, path)
    elif kind is list or kind is tuple:
        _write_array(value, out, path)
    elif kind is float:
        out.append(_float(value, path))
    else:
        _write_relative(value, out, path)


def _write_relative(value: Any, out: list[str], path: _Path) -> None:
    """Subclasses (a StrEnum, a named tuple) and mappings other than dict count as what they stand for."""
    if isinstance(value, str):
        out.append(encode_basestring(str.__str__(value)))
    elif isinstance(value, int):
        out.append(_int(int(value), path))
    elif isinstance(value, float):
        out.append(_float(float(value), path))
    elif isinstance(value, Mapping):
        _write_object(value, out, path)
    elif isinstance(value, list | tuple):
        _write_array(value, out, path)
    else:
        raise NotCanonical(f"{_place(path)} is of type {type(value).__name__}, which JSON does not have")


def _write_object(value: Mapping[Any, Any], out: list[str], path: _Path) -> None:
    _check_depth(path)
    out.append("{")
    comma = ""
    for key in _in_order(value, path):
        out.append(comma + encode_basestring(key) + ":")
        _write(value[key], out, (*path, key))
        comma = ","
    out.append("}")


def _write_array(value: Sequence[Any], out: list[str], path: _Path) -> None:
    _check_depth(path)
    out.append("[")
    for index, each in enumerate(value):
        if index:
            out.append(",")
        _write(each, out, (*path, index))
    out.append("]")


def _in_order(value: Mapping[Any, Any], path: _Path) -> list[str]:
    """The keys by their UTF-16 code units, which differs from Python's order above U+FFFF."""
    try:
        if all(map(str.isascii, value)):
            return sorted(value)
        return sorted(value, key=lambda key: key.encode("utf-16-be"))
    except TypeError as error:
        raise NotCanonical(f"{_place(path)} has a key that is no text") from error
    except UnicodeEncodeError as error:
        raise NotCanonical(f"{_place(path)} has a key with half a surrogate pair") from error


def _check_depth(path: _Path) -> None:
    if len(path) >= DEEPEST:
        raise NotCanonical(f"the value is nested in more than {DEEPEST} levels")


def _int(value: int, path: _Path) -> str:
    if not -LARGEST_INT <= value <= LARGEST_INT:
        raise NotCanonical(
            f"{_place(path)} is a whole number beyond 2**53 - 1, which not every reader of JSON keeps exactly; "
            "pass it as text"
        )
    return int.__repr__(value)


def _float(value: float, path: _Path) -> str:
    """As ECMAScript's Number::toString writes it; Python's shortest digits are the same ones."""
    if value != value or value in (float("inf"), float("-inf")):
        raise NotCanonical(f"{_place(path)} is {value}, which JSON does not have")
    if value == 0:
        return "0"
    if value < 0:
        return "-" + _float(-value, path)
    mantissa, _, exponent = float.__repr__(value).partition("e")
    whole, _, fraction = mantissa.partition(".")
    point = len(whole) + int(exponent or 0)
    digits = (whole + fraction).lstrip("0")
    point -= len(whole + fraction) - len(digits)
    digits = digits.rstrip("0")
    return _placed(digits, point)


def _placed(digits: str, point: int) -> str:
    """`digits` with the decimal point after `point` of them, as ECMA-262 6.1.6.1.20 lays them out."""
    count = len(digits)
    if count <= point <= 21:
        return digits + "0" * (point - count)
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    head = digits[0] + ("." + digits[1:] if count > 1 else "")
    return f"{head}e{point - 1:+d}"


# --- making plain -----------------------------------------------------------------------------------------


def _plain(value: Any, path: _Path) -> Any:
    if isinstance(value, str):
        return _whole_text(str.__str__(value))
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value) if abs(value) <= LARGEST_INT else int.__repr__(value)
    if isinstance(value, float):
        text = _float(float(value), path)
        return float(value) if abs(value) <= LARGEST_INT else text
    if isinstance(value, Decimal):
        return _decimal(value, path)
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        _check_depth(path)
        return {_plain_key(key, path): _plain(each, (*path, key)) for key, each in value.items()}
    if isinstance(value, list | tuple):
        _check_depth(path)
        return [_plain(each, (*path, index)) for index, each in enumerate(value)]
    raise NotCanonical(f"{_place(path)} is of type {type(value).__name__}, which JSON does not have")


def _plain_key(key: Any, path: _Path) -> str:
    if not isinstance(key, str):
        raise NotCanonical(f"{_place(path)} has a key that is no text")
    return _whole_text(str.__str__(key))


def _whole_text(text: str) -> str:
    if text.isascii():
        return text
    return "".join(f"[U+{ord(each):04X}]" if "\ud800" <= each <= "\udfff" else each for each in text)


def _decimal(value: Decimal, path: _Path) -> str:
    sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        raise NotCanonical(f"{_place(path)} is {value}, which JSON does not have")
    text = "".join(map(str, digits)).lstrip("0")
    kept = text.rstrip("0")
    if not kept:
        return "0"
    point = exponent + len(text)
    return ("-" if sign else "") + _placed(kept, point)


# --- saying where -----------------------------------------------------------------------------------------


def _place(path: _Path) -> str:
    text = ""
    for each in path:
        text += f"[{each}]" if isinstance(each, int) else f".{each}"
    return ascii(text.lstrip("."))[1:-1] if path else "the value"


def _shown(text: str, at: int) -> str:
    return ascii(text[max(0, at - 20) : at + 10])[1:-1]
