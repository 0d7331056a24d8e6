"""
Comparisons written out in place for values of the plain Python type that their glossary type reads as.

Each gives a guard and an answer; where the guard fails, the evaluator calls the function of `operations`. Answers agree
with that function for every pair of values that passes the guard.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from holdshort.core.presence import Truth
from holdshort.core.rules import ast, operations
from holdshort.core.text import beginning_of, fold, is_plain

SIGNS = {"at least": ">=", "at most": "<=", "more than": ">", "less than": "<", "exactly": "=="}
_ORDER = {"before": "<", "after": ">", "on": "==", "on or before": "<=", "on or after": ">="}
_TEXTS = ("text", "choice", "name", "email", "zone")
Bind = Callable[[object, str], str]


def against_name(
    node: ast.Predicate, its_type: str, left: str, right: str, bind: Bind
) -> tuple[str, str] | None:
    """Guard and answer for `node` whose subject is `left` and whose other side is the value `right`; None: no such form."""
    match node:
        case ast.Equals(_, _, negated) if its_type in _TEXTS:
            # Equal texts are the same; different ones may still be after folding.
            return f"{left}.__class__ is str and {left} == {right}", str(not negated)
        case ast.Equals(_, _, negated) if its_type == "date":
            return _both(left, right, "DATE"), f"{left} {'!=' if negated else '=='} {right}"
        case ast.Compare(_, comparison, _, negated) if its_type == "number":
            return _both(left, right, "int"), _signed(f"{left} {SIGNS[comparison]} {right}", negated)
        case ast.Compare(_, comparison, _, negated) if its_type == "money":
            answer = f"{left}.amount {SIGNS[comparison]} {right}.amount"
            return _same_currency(left, right), _signed(answer, negated)
        case ast.DiffersBy(_, _, limit, percent, currency, negated) if its_type == "money" and limit >= 0:
            allowed = bind(limit, "limit")
            if percent:
                allowed = f"abs({right}.amount) * {allowed} / 100"
            differ = f"{left}.amount != {right}.amount and abs({left}.amount - {right}.amount) > {allowed}"
            guard = _same_currency(left, right) + (
                f" and {left}.currency == {currency!r}" if currency else ""
            )
            return guard, _signed(differ, negated)
        case ast.Order(_, relation, _, negated) if its_type == "date":
            return _both(left, right, "DATE"), _signed(f"{left} {_ORDER[relation]} {right}", negated)
        case ast.Within(_, amount, "days", _, negated) if its_type == "date" and _whole(amount):
            return _both(left, right, "DATE"), _signed(
                f"abs(({left} - {right}).days) <= {int(amount)}", negated
            )
        case ast.Distance(_, "more than" | "at least" as how, amount, "days", side, _, negated) if (
            its_type == "date" and _whole(amount)
        ):
            first, second = (left, right) if side == "after" else (right, left)
            answer = f"({first} - {second}).days {SIGNS[how]} {int(amount)}"
            return _both(left, right, "DATE"), _signed(answer, negated)
        case ast.Distance(_, "more than", amount, "business days", side, _, negated) if (
            its_type == "date" and _whole(amount)
        ):
            # There are never more business days than days.
            first, second = (left, right) if side == "after" else (right, left)
            return f"{_both(left, right, 'DATE')} and ({first} - {second}).days <= {int(amount)}", str(
                negated
            )
        case _:
            return None


def alone(node: ast.Predicate, its_type: str, value: str, bind: Bind) -> tuple[str, str] | None:
    """The same for a predicate that has no other side but constants."""
    match node:
        case ast.OneOf(_, options, negated) if its_type == "number" and all(
            isinstance(each, ast.Number) and _whole(each.value) for each in options
        ):
            numbers = frozenset(int(each.value) for each in options if isinstance(each, ast.Number))
            return (
                f"{value}.__class__ is int",
                f"{value} {'not in' if negated else 'in'} {bind(numbers, 'numbers')}",
            )
        case ast.Compare(_, comparison, ast.MoneyLiteral(amount, currency), negated) if its_type == "money":
            answer = f"{value}.amount {SIGNS[comparison]} {_number(amount, bind)}"
            return f"{value}.__class__ is MONEY and {value}.currency == {currency!r}", _signed(
                answer, negated
            )
        case ast.Overdue(_, amount, "days", negated) if its_type == "date" and _whole(amount):
            return f"{value}.__class__ is DATE", _signed(f"(today - {value}).days > {int(amount)}", negated)
        case ast.Overdue(_, amount, "business days", negated) if its_type == "date" and _whole(amount):
            return f"{value}.__class__ is DATE and (today - {value}).days <= {int(amount)}", str(negated)
        case _:
            return None


def of_amount(
    node: ast.Predicate, amount: str, currency: str, right: tuple[str, str, str] | None, bind: Bind
) -> tuple[str, str] | None:
    """
    The same for a whole amount in a currency; `amount` and `currency` are None where it is anything else.

    `right` are amount, currency and value of the other side, where that is money too.
    """
    match node:
        case ast.Compare(_, comparison, ast.MoneyLiteral(limit, unit), negated):
            answer = f"{amount} {SIGNS[comparison]} {_number(limit, bind)}"
            return f"{currency} == {unit!r}", _signed(answer, negated)
        case ast.Compare(_, comparison, _, negated) if right is not None:
            answer = f"{amount} {SIGNS[comparison]} {right[0]}"
            return _same_amounts(amount, currency, right), _signed(answer, negated)
        case ast.DiffersBy(_, _, limit, percent, unit, negated) if right is not None and limit >= 0:
            allowed = _number(limit, bind)
            if percent:
                allowed = f"abs({right[0]}) * {bind(limit, 'limit')} / 100"
            differ = f"{amount} != {right[0]} and abs({amount} - {right[0]}) > {allowed}"
            guard = _same_amounts(amount, currency, right) + (f" and {currency} == {unit!r}" if unit else "")
            return guard, _signed(differ, negated)
        case _:
            return None


def _same_amounts(amount: str, currency: str, right: tuple[str, str, str]) -> str:
    return f"{amount} is not None and {currency} == {right[1]}"


def _both(left: str, right: str, kind: str) -> str:
    return f"{left}.__class__ is {kind} and {right}.__class__ is {kind}"


def _same_currency(left: str, right: str) -> str:
    return f"{_both(left, right, 'MONEY')} and {left}.currency == {right}.currency"


def _signed(answer: str, negated: bool) -> str:
    return f"not ({answer})" if negated else answer


def _whole(amount: Decimal) -> bool:
    return amount == int(amount) and amount >= 0


def _number(amount: Decimal, bind: Bind) -> str:
    return repr(int(amount)) if amount == int(amount) else bind(amount, "amount")


class Mention:
    """`operations.mention` for one set of phrases; most texts are told at once to hold none of them."""

    def __init__(self, phrases: tuple[str, ...], negated: bool) -> None:
        self._phrases = phrases
        self._negated = negated
        wanted = [_beginnings(phrase) for phrase in phrases]
        self._wanted = tuple(wanted) if all(wanted) else None
        """For each phrase what a plain text has to hold; None where a phrase does not say."""

    def __call__(self, value: Any) -> Truth:
        if self._wanted is not None and value.__class__ is str and is_plain(value):
            text = value.lower()
            for beginnings in self._wanted:
                for each in beginnings:
                    if each not in text:
                        break
                else:
                    break  # this phrase may be there
            else:
                return self._negated
        return operations.mention(value, self._phrases, self._negated)


def _beginnings(phrase: str) -> tuple[str, ...]:
    """Letters that stand, in either case, wherever a plain text mentions the phrase."""
    words = re.split(r"[\s*_{-]+", re.sub(r"\{[a-z]+\}", " ", phrase))
    return tuple(beginning for word in words if (beginning := _beginning(word)))


def _beginning(word: str) -> str:
    if word.isascii() and word.isalpha():
        return beginning_of(word)
    letters = re.match(r"[A-Za-z]*", word)
    # Of other words the forms change from the fourth letter on; `golive` is also written `go live`.
    beginning = letters[0].lower()[:3] if letters else ""
    return "go" if beginning == "gol" else beginning


_ADDRESS = re.compile(r"[a-z0-9._+-]{1,60}@((?:[a-z0-9](?:[a-z0-9-]{0,60}[a-z0-9])?\.){1,3}[a-z]{2,60})")


def in_domains(value: Any, domains: Any, negated: bool) -> Truth:
    """`operations.in_domains`, at once where an everyday address has one of the domains as it is written."""
    if value.__class__ is str and domains.__class__ is list:
        address = _ADDRESS.fullmatch(value)
        if address is not None and address[1] in domains:
            return not negated
    return operations.in_domains(value, domains, negated)


def in_list(value: Any, values: Any, negated: bool) -> Truth:
    """`operations.in_list` over texts."""
    if value.__class__ is not str or values.__class__ is not list:
        return operations.in_list(value, values, negated)
    if value in values:
        return not negated
    wanted, end = fold(value), _plain_end(value)
    for each in values:
        text = each if each.__class__ is str else str(each)
        if end and (its_end := _plain_end(text)) and its_end != end:
            continue  # numbered texts mostly differ in their last letter, and folding keeps it
        if fold(text) == wanted:
            return not negated
    return negated


def _plain_end(text: str) -> str:
    """The last letter or digit of a text that folding surely leaves there; empty where it may not."""
    end = text[-1:].lower()
    return end if end.isascii() and end.isalnum() and "<" not in text and "&" not in text else ""
