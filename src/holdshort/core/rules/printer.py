"""Write a tree as the sentence it is; parsing that sentence gives the tree again."""

from __future__ import annotations

from decimal import Decimal

from holdshort.core.glossary import Glossary, Name
from holdshort.core.rules import ast
from holdshort.core.rules.tokens import words_of
from holdshort.core.rules.vocabulary import plural


def print_condition(condition: ast.Condition, glossary: Glossary) -> str:
    """The canonical sentence of `condition`, in the words of `glossary`."""
    return _Printer(glossary).condition(condition)


def print_term(term: ast.Term) -> str:
    match term:
        case ast.NameRef(name):
            return name
        case ast.Threshold(name):
            return f"the {name}"
        case ast.FieldRef(field):
            return field
        case ast.ItemRef() | ast.ItRef():
            return ""
        case ast.Today():
            return "today"
        case ast.Now():
            return "now"
        case ast.Number(value):
            return _number(value)
        case ast.MoneyLiteral(amount, currency):
            return f"{_number(amount)} {currency}"
        case ast.Text(value):
            return _quoted(value)
        case ast.Choice(value):
            return value
        case ast.YesNo(value):
            return "yes" if value else "no"
        case ast.Day(value):
            return value.isoformat()


class _Printer:
    """Writes conditions with a glossary's words for list elements."""

    def __init__(self, glossary: Glossary) -> None:
        self.glossary = glossary
        names = (
            *glossary.names.values(),
            *(f for name in glossary.names.values() for f in name.fields.values()),
        )
        self._named_like_presence = frozenset(
            each.name for each in names for word in each.spellings if word in _OTHER_WORD
        )

    def condition(self, condition: ast.Condition) -> str:
        match condition:
            case ast.Always(truth):
                return "always" if truth else "never"
            case ast.Or(parts):
                return self._joined(" or ", parts, [self._or_part(p, last=p is parts[-1]) for p in parts])
            case ast.And(parts):
                return self._joined(" and ", parts, [self._and_part(p, last=p is parts[-1]) for p in parts])
            case ast.Unless(part, exception):
                if isinstance(part, ast.And):
                    texts = [self._and_part(each, last=False) for each in part.parts]
                    left = self._joined(" and ", part.parts, texts)
                elif isinstance(part, ast.Unless) and not _is_greedy(part):
                    left = self.condition(part)
                else:
                    left = self._and_part(part, last=False)
                return f"{left} unless {self._and_part(exception, last=True)}"
            case ast.Not(part):
                return f"not {self._not_part(part)}"
            case ast.Defined(name):
                return name
            case ast.Attached(system, negated):
                return f"{system} {'is not' if negated else 'is'} attached"
            case ast.Agree(names, negated):
                return f"{_names(names, 'and')} {'disagree' if negated else 'agree'}"
            case ast.Group(quantifier, count, names, body):
                shown = "none" if quantifier == "no" else _quantifier(quantifier, count)
                return f"{shown} of {_names(names, 'or')} {self._body(body)}"
            case ast.Quantified():
                return self._quantified(condition)
            case ast.ListSize(term, "exactly", 0):
                return f"{print_term(term)} {_are(term)} empty"
            case ast.ListSize(ast.NameRef() as term, "at least", 1):
                return f"{print_term(term)} {_are(term)} not empty"
            case ast.ListSize(term, comparison, count):
                return f"{print_term(term)} has {comparison} {count:,}"
            case ast.Include(name, items, joined):
                wanted = f" {joined} ".join(_included(*item) for item in items)
                return f"{name} include {wanted}"
            case ast.DistinctValues(term, comparison, count, field):
                return f"{print_term(term)} on {comparison} {count} {field if count == 1 else plural(field)}"
            case ast.Presence(ast.NameRef() | ast.FieldRef() as named, kind) if (
                print_term(named) in self._named_like_presence
            ):
                shown = _OTHER_WORD.get(kind, kind)
                return f"{print_term(named)} {'is not' if condition.negated else 'is'} {shown}"
            case ast.Mentions(ast.NameRef(name)) if is_plural(name):
                return f"{name} {_many(_said(condition))}"
            case _:
                return f"{_subject(condition)}{_said(condition)}"

    def _joined(self, word: str, parts: tuple[ast.Condition, ...], texts: list[str]) -> str:
        """A predicate of the element itself would be read as one of the subject before it; brackets part them."""
        for place in range(1, len(parts)):
            if _is_about_item(parts[place]) and not _is_about_item(parts[place - 1]):
                texts[place] = f"({texts[place]})"
        return word.join(texts)

    def _quantified(self, condition: ast.Quantified) -> str:
        text = f"{_quantifier(condition.quantifier, condition.count)} {self._item(condition)}"
        if condition.where is not None:
            where = self.condition(condition.where)
            open_ended = condition.body is not None and _takes_more(condition.where)
            open_ended = open_ended or not _stays_with_element(condition.where)
            text += f" whose ({where})" if open_ended else f" whose {where}"
        if condition.body is not None:
            said = self._body(condition.body, self.glossary.list_of(condition.list))
            text += f" {said if self._speaks_of_one(condition) else _many(said)}"
        return text

    def _speaks_of_one(self, condition: ast.Quantified) -> bool:
        return condition.quantifier in ("any", "every", "no") or condition.count == 1

    def _item(self, condition: ast.Quantified) -> str:
        """The list's own word for its elements: `any task`, `at least 2 tasks`."""
        item = self.glossary.names[condition.list].item
        if not item:
            return condition.list
        return item if self._speaks_of_one(condition) else plural(item)

    def _body(self, body: ast.Condition, owner: Name | None = None) -> str:
        match body:
            case ast.Or(parts):
                return " or ".join(self._body(part, owner) for part in parts)
            case ast.And(parts):
                return " and ".join(self._body(part, owner) for part in parts)
            case ast.ListSize(term, "exactly", 0):
                return f"has no {print_term(term)}"
            case ast.ListSize() | ast.DistinctValues():
                text = self.condition(body)
                return (
                    f"has {text.replace(' has ', ' ', 1)}"
                    if isinstance(body, ast.ListSize)
                    else f"has {text}"
                )
            case ast.Overdue(ast.FieldRef(field)) if owner is not None and owner.fields[field].due:
                return _said(body)
            case ast.Equals(ast.FieldRef(field), ast.Choice(value)) if owner is not None and _only(
                owner, field, value
            ):
                return _said(body)
            case ast.Equals(ast.FieldRef(field), ast.YesNo(value), False) if owner is not None and _only(
                owner, field, field
            ):
                return f"is {'' if value else 'not '}{field}"
            case ast.Mentions(ast.FieldRef("text")) | ast.Contradicts(ast.FieldRef("text")):
                return _said(body)
            case _:
                text = self.condition(body)
                about = getattr(body, "term", None)
                return f"has {text}" if isinstance(about, ast.FieldRef) else text

    def _or_part(self, part: ast.Condition, *, last: bool) -> str:
        # Brackets around `and` within `or` are not needed to parse it, but to read it.
        if isinstance(part, ast.Or | ast.And | ast.Unless) or (not last and _is_greedy(part)):
            return f"({self.condition(part)})"
        return self.condition(part)

    def _and_part(self, part: ast.Condition, *, last: bool) -> str:
        if isinstance(part, ast.Or | ast.And | ast.Unless) or (
            _is_greedy(part) and not (last and isinstance(part, ast.Quantified))
        ):
            return f"({self.condition(part)})"
        return self.condition(part)

    def _not_part(self, part: ast.Condition) -> str:
        if isinstance(part, ast.Defined | ast.Not) or (
            isinstance(part, ast.Quantified) and not _is_greedy(part)
        ):
            return self.condition(part)
        return f"({self.condition(part)})"


def _stays_with_element(where: ast.Condition) -> bool:
    """Whether each part after the first begins with the element, as a `whose` without brackets needs it."""
    match where:
        case ast.And(parts) | ast.Or(parts):
            return _stays_with_element(parts[0]) and all(_is_about_element(part) for part in parts[1:])
        case ast.Unless(part, exception):
            return _stays_with_element(part) and _is_about_element(exception)
        case _:
            return True


def _is_about_element(part: ast.Condition) -> bool:
    """Whether the printed part begins with a field of the element or a predicate of it."""
    match part:
        case ast.And(parts) | ast.Or(parts):
            return _is_about_element(parts[0])
        case ast.Not(inner) | ast.Unless(inner, _):
            return _is_about_element(inner)
        case _:
            return isinstance(getattr(part, "term", None), ast.FieldRef | ast.ItemRef)


def _only(owner: Name, field: str, value: str) -> bool:
    """Whether no other field of the elements knows this choice, so that it can be said of the element itself."""
    words = words_of(value)
    return words[0] != "overdue" and not any(
        words_of(phrase) == words
        for other in owner.fields.values()
        if other.name != field
        for phrase in (other.name, plural(other.name), *other.synonyms, *other.options, *other.spellings)
    )


def _subject(condition: ast.Predicate) -> str:
    subject = print_term(condition.term)
    return f"{subject} " if subject else ""


def _said(condition: ast.Predicate) -> str:
    """The predicate without its subject."""
    is_ = "is not" if condition.negated else "is"
    match condition:
        case ast.Presence(_, kind):
            return f"{is_} {kind}"
        case ast.Equals(_, ast.NameRef() | ast.FieldRef() as other):
            return f"{'differs from' if condition.negated else 'equals'} {print_term(other)}"
        case ast.Equals(_, other):
            return f"{is_} {print_term(other)}"
        case ast.DiffersBy(_, other, limit, percent, currency):
            verb = "does not differ" if condition.negated else "differs"
            unit = "%" if percent else f" {currency}" if currency else ""
            return f"{verb} from {print_term(other)} by more than {_number(limit)}{unit}"
        case ast.BusinessDay():
            return f"{is_} a business day"
        case ast.OneOf(_, options):
            listed = ", ".join(print_term(option) for option in options)
            return f"is {'none' if condition.negated else 'one'} of {listed}"
        case ast.Recognised():
            return f"{is_} recognised"
        case ast.Compare(_, comparison, other):
            return f"{is_} {comparison} {print_term(other)}"
        case ast.Between(_, low, high):
            return f"{is_} between {print_term(low)} and {print_term(high)}"
        case ast.Order(_, "before" | "after" as side, ast.Now()):
            return f"{is_} in the {'past' if side == 'before' else 'future'}"
        case ast.Order(_, relation, other):
            return f"{is_} {relation} {print_term(other)}"
        case ast.Within(_, amount, unit, other):
            return f"{is_} within {_span(amount, unit)} of {print_term(other)}"
        case ast.Distance(_, comparison, amount, unit, side, other):
            return f"{is_} {comparison} {_span(amount, unit)} {side} {print_term(other)}"
        case ast.Overdue(_, amount, unit):
            plain = not amount and unit == "days"
            return f"{is_} overdue" + ("" if plain else f" by more than {_span(amount, unit)}")
        case ast.Mentions(_, phrases, word_list):
            verb = "does not mention" if condition.negated else "mentions"
            if word_list:
                return f"{verb} {word_list}"
            quoted = ", ".join(_quoted(phrase) for phrase in phrases)
            return f"{verb} any of {quoted}" if len(phrases) > 1 else f"{verb} {quoted}"
        case ast.Contradicts(_, name):
            return f"{'does not contradict' if condition.negated else 'contradicts'} {name}"
        case ast.InDomains(_, domains):
            return f"is {'outside' if condition.negated else 'inside'} {domains}"
        case ast.InList(_, values):
            return f"{is_} in {values}"


def _is_about_item(part: ast.Condition) -> bool:
    return isinstance(getattr(part, "term", None), ast.ItemRef)


def _quoted(text: str) -> str:
    return f"“{text}”" if '"' in text else f'"{text}"'


def _are(term: ast.Term) -> str:
    return "are" if is_plural(print_term(term)) else "is"


def is_plural(name: str) -> bool:
    last = name.rsplit(" ", 1)[-1]
    return last.endswith("s") and not last.endswith(("ss", "us", "is", "SSO"))


_MANY = {"is": "are", "has": "have", "mentions": "mention", "does": "do", "contradicts": "contradict"}


def _many(said: str) -> str:
    """The predicate with its first verb in the plural."""
    verb, blank, rest = said.partition(" ")
    return f"{_MANY.get(verb, verb)}{blank}{rest}"


# For a choice that is itself called `missing` or `present`.
_OTHER_WORD = {"missing": "blank", "present": "filled"}


def _takes_more(where: ast.Condition) -> bool:
    """Whether a predicate after `where` would be read as a part of it."""
    match where:
        case ast.Defined():
            return True
        case ast.And(parts) | ast.Or(parts):
            return _takes_more(parts[-1])
        case ast.Not(inner) if not isinstance(inner, ast.Or | ast.And | ast.Unless):
            return _takes_more(inner)
        case ast.Unless(_, exception):
            return _takes_more(exception)
        case _:
            return _is_greedy(where)


def _is_greedy(part: ast.Condition) -> bool:
    """A sentence whose `whose` part would swallow what follows it."""
    match part:
        case ast.Quantified(_, _, _, where, body):
            return where is not None and body is None
        case ast.And(parts) | ast.Or(parts):
            return _is_greedy(parts[-1])
        case ast.Not(inner):
            return False if isinstance(inner, ast.Or | ast.And | ast.Unless) else _is_greedy(inner)
        case ast.Unless(_, exception):
            return _is_greedy(exception)
        case _:
            return False


def _quantifier(quantifier: ast.Quantifier, count: int) -> str:
    return quantifier if quantifier in ("any", "every", "no") else f"{quantifier} {count}"


def _included(quantifier: ast.Quantifier, count: int, value: str) -> str:
    if quantifier == "no":
        return f"no {value}"
    if quantifier == "at least" and count == 1:
        return value
    return f"{quantifier} {count} {value}"


def _names(names: tuple[str, ...], joiner: str) -> str:
    if len(names) == 1:
        return names[0]
    return f"{', '.join(names[:-1])} {joiner} {names[-1]}"


def _span(amount: Decimal, unit: ast.Unit) -> str:
    shown = _number(amount)
    return f"{shown} {unit.removesuffix('s')}" if amount == 1 else f"{shown} {unit}"


def _number(value: Decimal) -> str:
    whole = value == value.to_integral_value()
    return f"{int(value):,}" if whole else f"{value.normalize():f}"
