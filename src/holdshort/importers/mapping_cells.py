"""One cell of an export as a value of a record: kept as it stands, unless its rule says otherwise."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from holdshort.core.diagnostics import Severity
from holdshort.importers.mapping_file import ColumnRule
from holdshort.importers.tables import Cell

YES = frozenset({"true", "yes", "y", "1", "t", "x"})
NO = frozenset({"false", "no", "n", "0", "f"})
_NUMBER = re.compile(r"-?\d{1,30}(\.\d{1,30})?")
_NO_MINOR = frozenset("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split())
"""Currencies whose smallest unit is the unit itself, as Stripe counts them (it counts UGX and ISK in hundredths)."""
_THREE_DIGITS = frozenset("bhd jod kwd omr tnd".split())


class Unset:
    """No value at all, as opposed to an empty one."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<unset>"


UNSET: Final = Unset()


@dataclass(frozen=True, slots=True)
class Remark:
    """What is to be said about one cell."""

    code: str
    message: str
    mend: str
    severity: Severity = "warning"


Converted = tuple[Any, Remark | None]


def convert(cell: Cell, rule: ColumnRule, currency: str = "") -> Converted:
    """
    Return the value of a cell and what is to be said about it.

    Args:
        cell: As exported; empty gives None.
        rule: What the mapping says of its column.
        currency: The code in the rule's currency column, for amounts that count the smallest unit.
    """
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None, None
    if rule.true_when is not None:
        return text_of(cell).casefold() in {word.casefold() for word in rule.true_when}, None
    if rule.smallest_unit_of or rule.scale is not None:
        return _scaled(cell, rule, currency)
    return _CONVERTERS[rule.type](cell, rule)


def text_of(cell: Any) -> str:
    """The trimmed text of a cell; empty for none."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return str(cell).strip()


def json_of(text: str) -> Any:
    """What a JSON cell holds, None where it is no JSON; one packed as a text once more is unpacked."""
    for _ in range(2):
        try:
            value = json.loads(text, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            return None
        if not isinstance(value, str):
            return value
        text = value
    return None


def short(value: Any, most: int = 40) -> str:
    """A value for a message: one line, printable, cut."""
    text = str(value)
    shown = "".join(letter if letter.isprintable() else "?" for letter in text[: most + 1])
    return shown if len(text) <= most else shown[: most - 1] + "…"


def _scaled(cell: Cell, rule: ColumnRule, currency: str) -> Converted:
    text, digits = text_of(cell), 0
    if rule.smallest_unit_of and text not in ("0", "0.0"):
        code = currency.casefold()
        if not re.fullmatch("[a-z]{3}", code):
            return UNSET, Remark(
                "ROW-005",
                f"`{short(text)}` counts the smallest unit of a currency that is not stated; the field is not set",
                f"export column `{rule.smallest_unit_of}`, filled, as well",
            )
        digits = 0 if code in _NO_MINOR else 3 if code in _THREE_DIGITS else 2
    if not _NUMBER.fullmatch(text):
        return UNSET, Remark(
            "ROW-006",
            f"`{short(text)}` is no plain number, so its unit cannot be changed; the field is not set",
            "export it without separators",
        )
    amount = Decimal(text).scaleb(-digits)
    if rule.scale is not None:
        amount *= Decimal(str(rule.scale))
    return (int(amount) if amount == amount.to_integral_value() else float(amount)), None


def _as_is(cell: Cell, rule: ColumnRule) -> Converted:
    return cell, None


def _as_text(cell: Cell, rule: ColumnRule) -> Converted:
    return (cell if isinstance(cell, str) else text_of(cell)), None


def _yes_no(cell: Cell, rule: ColumnRule) -> Converted:
    if isinstance(cell, bool):
        return cell, None
    folded = text_of(cell).casefold()
    if folded in YES or folded in NO:
        return folded in YES, None
    message = f"`{short(cell)}` is neither yes nor no, so it was kept as it is"
    return cell, Remark("ROW-006", message, "write true or false")


def _as_json(cell: Cell, rule: ColumnRule) -> Converted:
    value = json_of(text_of(cell))
    if isinstance(value, dict | list):
        return value, None
    return cell, Remark("ROW-006", f"`{short(cell)}` is no JSON, so it was kept as it is", "", "note")


def _as_list(cell: Cell, rule: ColumnRule) -> Converted:
    parts = text_of(cell).split(rule.split_at or ";")
    return [part.strip() for part in parts if part.strip()], None


_CONVERTERS: dict[str, Callable[[Cell, ColumnRule], Converted]] = {
    "as is": _as_is,
    "text": _as_text,
    "yes/no": _yes_no,
    "json": _as_json,
    "list": _as_list,
}


def _no_constant(name: str) -> Any:
    raise ValueError(name)
