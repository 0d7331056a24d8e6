"""Which function of `operations` a predicate calls where it cannot be written out, and with which arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from holdshort.core.glossary import Name
from holdshort.core.presence import Truth
from holdshort.core.rules import ast, fast_predicates, operations
from holdshort.core.rules.source import Source


class Terms(Protocol):
    """Writes terms as expressions."""

    @property
    def source(self) -> Source: ...

    def term(self, term: ast.Term, scope: str | None) -> str: ...

    def described(self, term: ast.Reference, scope: str | None) -> Name: ...


def operation(
    node: ast.Predicate, scope: str | None, terms: Terms, others: list[str] | None = None
) -> tuple[Callable[..., Truth], list[str]]:
    """
    Return the function, and expressions for all its arguments after the value itself.

    Args:
        node: The predicate.
        scope: The list whose element it speaks of, if any.
        terms: Writes the terms on its other side.
        others: Expressions to use for those instead.
    """
    bind = terms.source.bind
    calendar = bind(terms.source.calendar, "calendar")

    def other(term: ast.Term) -> str:
        return others[0] if others else terms.term(term, scope)

    match node:
        case ast.Presence(_, kind, negated):
            return operations.presence, [repr(kind), str(negated)]
        case ast.Equals(_, right, negated):
            return operations.equal_values, [other(right), str(negated)]
        case ast.DiffersBy(_, right, limit, percent, currency, negated):
            return operations.differs_by, [
                other(right),
                bind(limit, "limit"),
                str(percent),
                repr(currency),
                str(negated),
            ]
        case ast.BusinessDay(_, negated):
            return operations.business_day, [str(negated), calendar]
        case ast.OneOf(_, options, negated):
            listed = "".join(terms.term(option, scope) + ", " for option in options)
            return operations.one_of, [f"({listed})", str(negated)]
        case ast.Recognised(term, negated):
            return operations.recognised, [bind(terms.described(term, scope), "name"), str(negated)]
        case ast.Compare(_, comparison, right, negated):
            return operations.compare, [repr(comparison), other(right), str(negated)]
        case ast.Between(_, low, high, negated):
            return operations.between, [terms.term(low, scope), terms.term(high, scope), str(negated)]
        case ast.Order(_, relation, right, negated):
            return operations.order, [repr(relation), other(right), str(negated), calendar]
        case ast.Within(_, amount, unit, right, negated):
            return operations.within, [
                bind(amount, "amount"),
                repr(unit),
                other(right),
                str(negated),
                calendar,
            ]
        case ast.Distance(_, comparison, amount, unit, side, right, negated):
            return operations.apart, [
                repr(comparison),
                bind(amount, "amount"),
                repr(unit),
                repr(side),
                other(right),
                str(negated),
                calendar,
            ]
        case ast.Overdue(_, amount, unit, negated):
            return operations.overdue, [bind(amount, "amount"), repr(unit), str(negated), "now", calendar]
        case ast.Mentions(_, phrases, word_list, negated):
            words = phrases or terms.source.glossary.word_lists[word_list]
            return fast_predicates.Mention(words, negated), []
        case ast.Contradicts(_, name, negated):
            on_record = terms.term(ast.NameRef(name), None)
            entry = terms.source.glossary.names[name]
            return operations.contradiction, [on_record, bind(entry, "name"), str(negated)]
        case ast.InDomains(_, domains, negated):
            return fast_predicates.in_domains, [terms.term(ast.NameRef(domains), scope), str(negated)]
        case ast.InList(_, values, negated):
            return fast_predicates.in_list, [terms.term(ast.NameRef(values), scope), str(negated)]
