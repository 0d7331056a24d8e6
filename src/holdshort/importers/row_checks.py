"""
What looks wrong in one mapped row, as a careful RevOps person would see it.

Each check looks at field names, so it works for any mapping that uses them. A check only speaks; the one thing
that it may take away is a value that the export itself contradicts (`unset`).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Any

from holdshort.core.diagnostics import Severity


@dataclass(frozen=True, slots=True)
class Finding:
    code: str
    fields: tuple[str, ...]
    """Fields that it is about; the first is shown."""
    message: str
    mend: str
    severity: Severity = "warning"
    unset: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """What a check may know beside the row."""

    today: date
    typical: Mapping[str, float]
    """Median of the positive amounts of a field in this table."""


Check = Callable[[Mapping[str, Any], Table], Iterator[Finding]]

_AMOUNT_FIELDS = ("amount", "total", "value", "arr")
_LARGE_FROM = 10_000_000
_LARGE_TIMES = 100
_TEST = re.compile(
    r"\b(tests?|tested|tester|testing?|testins?|test\d+|demo|dummy|sample\w*|do not use|please ignore|delete me|asdf|qa|z{3,})\b"
)
_SAID = re.compile(r"[$€£]\s?(\d[\d,.]*)\s?([kmb])?\b", re.IGNORECASE)
_PLAIN_NUMBER = re.compile(r"[$€£]?\s?(-?\d{1,3}(?:,\d{3})+(?:\.\d+)?|-?\d+(?:\.\d+)?)")
_ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_ZIP = re.compile(r"\d{4,5}(-\d{3,4})?")
_COUNTRIES = frozenset(
    "us usa u.s. u.s.a. uk gb canada germany deutschland france spain italy netherlands australia india ireland "
    "singapore japan brazil mexico sweden switzerland".split()
) | {"united states", "united kingdom", "united states of america", "great britain"}
_NOTHING = {
    "d41d8cd98f00b204e9800998ecf8427e": "an empty text",
    "1B2M2Y8AsgTpgAmY7PhCfg==": "an empty text",
    "37a6259cc0c1dae299a7866489dff0bd": "the word `null`",
    "N6YlnMDB2uKZp4Zkid/wvQ==": "the word `null`",
}
_ID_FIELD = re.compile(r"(^|[._])id$")


def amounts_in(texts: list[Any]) -> list[float]:
    """The plain positive numbers among cells."""
    return [number for number in (plain_number(each) for each in texts) if number is not None and number > 0]


def typical(texts: list[Any]) -> float:
    """The median of the positive amounts among cells; 0 where fewer than three can be read."""
    numbers = amounts_in(texts)
    return median(numbers) if len(numbers) >= 3 else 0.0


def is_amount(field: str) -> bool:
    return field.rpartition(".")[2] in _AMOUNT_FIELDS


def plain_number(value: Any) -> float | None:
    """A number that can be read in one way only; for remarks, never for the record."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return float(value)
    match = _PLAIN_NUMBER.fullmatch(str(value).strip())
    return float(match[1].replace(",", "")) if match else None


def look(fields: Mapping[str, Any], table: Table) -> list[Finding]:
    """Say everything that looks wrong in a mapped row."""
    return [finding for check in _CHECKS for finding in check(fields, table)]


def _test_names(fields: Mapping[str, Any], table: Table) -> Iterator[Finding]:
    for name in ("deal_name", "account_name", "legal_entity", "customer_name", "name", "company"):
        value = fields.get(name)
        if isinstance(value, str) and _TEST.search(value.casefold().replace("_", " ")):
            yield Finding(
                "ROW-101", (name,), f"`{_short(value)}` looks like a test, not a customer",
                "leave it out of the export, or rename it if it is real",
            )  # fmt: skip


def _large_amounts(fields: Mapping[str, Any], table: Table) -> Iterator[Finding]:
    for name, value in fields.items():
        number = plain_number(value) if is_amount(name) else None
        if number is None:
            continue
        usual = table.typical.get(name, 0.0)
        if number >= _LARGE_FROM or (usual and number > usual * _LARGE_TIMES):
            compared = f"; half of the amounts here are at most {usual:,.0f}" if usual else ""
            yield Finding(
                "ROW-102", (name,), f"the amount {number:,.0f} is unusually large{compared}",
                "compare it with the signed order form; a decimal point may be lost",
            )  # fmt: skip
        elif 0 < number <= 1:
            yield Finding(
                "ROW-102", (name,), f"the amount {number:g} looks like a stand-in for one not known",
                "enter the amount of the order form, or leave it empty",
            )  # fmt: skip


def _name_against_amount(fields: Mapping[str, Any], table: Table) -> Iterator[Finding]:
    said = _SAID.search(str(fields.get("deal_name") or ""))
    amount = plain_number(fields.get("amount"))
    number = plain_number(said[1].rstrip(".,")) if said else None
    if said is None or number is None or not amount:
        return
    number *= {"k": 1e3, "m": 1e6, "b": 1e9}.get((said[2] or "").lower(), 1)
    if number and not 0.5 <= amount / number <= 2:
        yield Finding(
            "ROW-103", ("amount", "deal_name"),
            f"the name says `{said[0].strip()}`, the amount is {amount:,.0f}",
            "compare both with the signed order form",
        )  # fmt: skip


def _probability(fields: Mapping[str, Any], table: Table) -> Iterator[Finding]:
    number = plain_number(str(fields.get("probability") or "").rstrip("% ") or None)
    if number is not None and not 0 <= number <= 100:
        yield Finding(
            "ROW-104", ("probability",), f"the probability {number:g} is not between 0 and 100",
            "correct it in the CRM; until then it says nothing",
        )  # fmt: skip


def _won_against_itself(fields: Mapping[str, Any], table: Table) -> Iterator[Finding]:
    if fields.get("stage_is_won") is not True:
        return
    if fields.get("is_closed") is False:
        yield Finding(
            "ROW-105", ("stage_is_won", "is_closed"), "the deal is marked as won and as not closed",
            "look at the stage in the CRM; whether it is won is left open", unset=("stage_is_won",),
        )  # fmt: skip
    chance = plain_number(fields.get("stage_probability"))
    if chance is not None and chance not in (1, 100):
        yield Finding(
            "ROW-105", ("stage_is_won", "stage_probability"),
            f"the stage is flagged as won, but its probability is {chance:g}",
            "the flag of some exports means closed, won or lost; whether it is won is left open",
            unset=("stage_is_won",),
        )  # fmt: skip


def _activated_order(fields: Mapping[str, Any], table: Table) -> Iterator[Finding]:
    if str(fields.get("status") or "").strip().casefold() != "activated":
        return
    what = "an order or contract that is activated"
    for name, words in (("contract_id", "names no contract"), ("end_date", "has no end date")):
        if name in fields and _blank(fields[name]):
            yield Finding("ROW-106", (name,), f"{what} {words}", "ask finance for the signed contract")
    if "total" in fields and plain_number(fields["total"]) == 0:
        yield Finding(
            "ROW-106",
            ("total",),
            f"{what} has the total 0",
            "ask finance whether it is an amendment or unfinished",
        )


def _shifted_address(fields: Mapping[str, Any], table: Table) -> Iterator[Finding]:
    for name in fields:
        lead, dot, last = name.rpartition(".")
        if last != "state":
            continue
        state, postal = (
            str(fields.get(f"{lead}{dot}{part}") or "").strip() for part in ("state", "postal_code")
        )
        zip_in_state = bool(_ZIP.fullmatch(state))
        country_in_postal = postal.casefold() in _COUNTRIES
        if zip_in_state or country_in_postal:
            seen = [f"the state is `{_short(state)}`"] if zip_in_state else []
            seen += [f"the postal code is `{_short(postal)}`"] if country_in_postal else []
            yield Finding(
                "ROW-107", (name, f"{lead}{dot}postal_code"),
                " and ".join(seen) + "; the address looks shifted by one column",
                "correct the address in its system; nothing was moved",
            )  # fmt: skip


def _ended_subscription(fields: Mapping[str, Any], table: Table) -> Iterator[Finding]:
    status = str(fields.get("status") or "").strip().casefold()
    if status not in ("active", "trialing"):
        return
    for name in ("ended_at", "cancel_at"):
        day = _day(fields.get(name))
        if not _blank(fields.get(name)) and (day is None or name == "ended_at" or day <= table.today):
            word = "ended" if name == "ended_at" else "is cancelled as of"
            yield Finding(
                "ROW-108", (name, "status"), f"the subscription is `{status}` but {word} `{_short(str(fields[name]))}`",
                "ask finance which of the two is true",
            )  # fmt: skip
    if not _blank(fields.get("canceled_at")) and _blank(fields.get("ended_at")):
        yield Finding(
            "ROW-108", ("canceled_at", "status"),
            f"the subscription is `{status}`, and its cancellation was asked for at `{_short(str(fields['canceled_at']))}`",
            "ask the account owner before onboarding goes on",
        )  # fmt: skip


def _paid_invoice(fields: Mapping[str, Any], table: Table) -> Iterator[Finding]:
    remaining = plain_number(fields.get("amount_remaining"))
    if str(fields.get("status") or "").casefold() == "paid" and remaining:
        yield Finding(
            "ROW-109", ("amount_remaining", "status"), f"the invoice is `paid`, but {remaining:,.2f} remains",
            "ask finance which of the two is true",
        )  # fmt: skip


def _test_mode(fields: Mapping[str, Any], table: Table) -> Iterator[Finding]:
    if fields.get("livemode") is False or fields.get("test_mode") is True:
        name = "livemode" if "livemode" in fields else "test_mode"
        yield Finding("ROW-110", (name,), "the row comes from test mode", "export from live mode")


def _merged(fields: Mapping[str, Any], table: Table) -> Iterator[Finding]:
    for name in ("merged_into", "account_merged_into", "merged_object_ids"):
        if not _blank(fields.get(name)):
            words = "takes in other rows" if name == "merged_object_ids" else "was merged into another row"
            yield Finding(
                "ROW-111", (name,), f"the row {words}: `{_short(str(fields[name]))}`",
                "look whether the other row has an onboarding already", "note",
            )  # fmt: skip


def _mangled(fields: Mapping[str, Any], table: Table) -> Iterator[Finding]:
    for name, value in fields.items():
        if value is None or not _is_id(name):
            continue
        text = str(value or "")
        if re.fullmatch(r"\d(\.\d+)?[eE]\+\d+", text.strip()) or (
            isinstance(value, int) and abs(value) >= 10**15
        ):
            yield Finding(
                "ROW-112", (name,), f"`{text}` was cut by a spreadsheet, so its last digits are lost",
                "export it as text; until then it joins with nothing",
            )  # fmt: skip
        elif text != text.strip() or " " in text.strip():
            yield Finding(
                "ROW-112", (name,), f"the ID `{_short(text)}` has a space in it",
                "export it again; until then it joins with nothing",
            )  # fmt: skip


def _hash_of_nothing(fields: Mapping[str, Any], table: Table) -> Iterator[Finding]:
    for name, value in fields.items():
        word = _NOTHING.get(value) if isinstance(value, str) else None
        if word is not None:
            yield Finding(
                "ROW-113", (name,), f"`{value}` is the MD5 of {word}: the export is scrambled, and nothing stood there",
                "export the field unscrambled", "note",
            )  # fmt: skip


_CHECKS: tuple[Check, ...] = (
    _test_names,
    _large_amounts,
    _name_against_amount,
    _probability,
    _won_against_itself,
    _activated_order,
    _shifted_address,
    _ended_subscription,
    _paid_invoice,
    _test_mode,
    _merged,
    _mangled,
    _hash_of_nothing,
)


@functools.lru_cache(maxsize=1000)
def _is_id(name: str) -> bool:
    return name == "po_number" or bool(_ID_FIELD.search(name))


def _blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _day(value: Any) -> date | None:
    match = _ISO_DAY.match(str(value or ""))
    try:
        return date(int(match[1]), int(match[2]), int(match[3])) if match else None
    except ValueError:
        return None


def _short(text: str) -> str:
    shown = "".join(letter if letter.isprintable() else "?" for letter in text[:61])
    return shown if len(text) <= 60 else shown[:59] + "…"
