"""What can be said of one value: `is missing`, `is at least 100`, `is within 14 days of close date` …"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import NoReturn

from holdshort.core.diagnostics import did_you_mean
from holdshort.core.glossary import Name
from holdshort.core.rules import ast
from holdshort.core.rules.faults import RuleFault
from holdshort.core.rules.printer import is_plural, print_term
from holdshort.core.rules.reader import PREDICATE_WORDS, Reader, list_them
from holdshort.core.rules.vocabulary import Found, plural
from holdshort.core.text import fold

_NUMERIC = ("number", "money", "confidence")
_TEMPORAL = ("date", "time")
_PRESENCE: tuple[tuple[tuple[str, ...], ast.PresenceKind, bool], ...] = (
    (("missing",), "missing", False),
    (("blank",), "missing", False),
    (("absent",), "missing", False),
    (("present",), "present", False),
    (("known",), "present", False),
    (("assigned",), "present", False),
    (("filled",), "present", False),
    (("named",), "present", False),
    (("provided",), "provided", False),
    (("conflicting",), "conflicting", False),
    (("stale",), "stale", False),
    (("ambiguous",), "ambiguous", False),
)


def comparable(left: str, right: str) -> bool:
    """Whether values of two types can be told the same or different."""
    if left == right:
        return True
    families = ({"text", "choice", "name"}, {"number", "confidence"}, {"date", "time"})
    return any(left in family and right in family for family in families)


# What can be said of a value of each type, for whoever said something else.
_CAN_SAY: dict[str, str] = {
    "text": '`is missing`, `is "standard"` or `mentions "custom integration"`',
    "name": '`is missing`, `is "Northwind"` or `equals` another name',
    "email": "`is missing`, `is outside` a list of domains or `is in` a list",
    "zone": '`is missing` or `is "Europe/Berlin"`',
    "yes/no": "`is yes`, `is no` or `is missing`",
    "number": "`is missing`, `is at least 100` or `is between 5 and 10`",
    "confidence": "`is missing` or `is below 0.8`",
    "money": "`is missing`, `is at least 50,000 USD` or `differs from` another amount",
    "date": "`is missing`, `is before today` or `is within 14 days of` another date",
    "time": "`is missing`, `is before now` or `is more than 2 hours after` another time",
}
_WRITE: dict[str, str] = {
    "text": 'write a text in double quotes, such as `"standard"`',
    "name": 'write a name in double quotes, such as `"Northwind"`',
    "email": 'write an address in double quotes, such as `"ann@northwind.example"`',
    "zone": 'write a time zone in double quotes, such as `"Europe/Berlin"`',
    "yes/no": "write `yes` or `no`",
    "number": "write a number such as `100`",
    "confidence": "write a number from 0 to 1, such as `0.8`",
    "money": "write an amount with its currency, such as `50,000 USD`",
    "date": "write a date such as `2026-06-15`, or `today`",
    "time": "write a date such as `2026-06-15`, or `now`",
}


def a_(its_type: str) -> str:
    """The type with its article."""
    shown = {
        "email": "an address",
        "zone": "a time zone",
        "money": "an amount of money",
        "name": "a proper name",
        "yes/no": "a yes or no",
    }
    return shown.get(its_type, f"a {its_type}")


def _now(name: Name) -> ast.Today | ast.Now:
    """The moment of the record, as exact as the values of `name` are."""
    return ast.Now() if name.type == "time" else ast.Today()


def _either(types: tuple[str, ...]) -> str:
    *others, last = [a_(each) for each in types]
    return f"{', '.join(others)} or {last}" if others else last


def can_say(name: Name) -> str:
    """Predicates that fit `name`, as the end of a sentence."""
    if name.is_list:
        many = plural(name.item) if name.item else name.name
        are = "are" if is_plural(name.name) else "is"
        return f"`any {name.item or name.name} …`, `at least 2 {many} …`, `{name.name} {are} empty` or `has at least 3`"
    if name.type == "choice":
        first = name.options[0] if name.options else "…"
        return f"`is missing`, `is {first}` or `is one of` several"
    return _CAN_SAY[name.type]


@dataclass
class PredicateParser:
    """`begin` is the token with which the predicate at hand begins."""

    reader: Reader
    begin: int = 0

    def predicate(self, subject: ast.Reference, name: Name) -> ast.Condition:
        """Read one predicate about `subject`, whose values `name` describes."""
        reader = self.reader
        self.begin = reader.at
        if reader.take("does", "not") or reader.take("do", "not"):
            return self._verb(subject, name, negated=True)
        if reader.take("is") or reader.take("are") or reader.take("was") or reader.take("were"):
            negated = reader.take("not")
            return self._is(subject, name, negated)
        return self._verb(subject, name, negated=False)

    def bare(self, subject: ast.Reference, name: Name) -> ast.Condition:
        """A predicate after `has FIELD`, which needs no `is`: `has due date before today`."""
        self.begin = self.reader.at
        return self._is(subject, name, self.reader.take("not"))

    def is_overdue_ahead(self) -> bool:
        reader = self.reader
        return any(
            reader.peek(verb, *rest) for verb in ("is", "are") for rest in (("overdue",), ("not", "overdue"))
        )

    # --- other verbs ---

    def _verb(self, subject: ast.Reference, name: Name, *, negated: bool) -> ast.Condition:
        reader = self.reader
        if reader.take("mentions") or reader.take("mention"):
            self._need(name, ("text", "name", "choice", "email"), "mentions …")
            return self._mentions(subject, negated)
        if reader.take("contradicts") or reader.take("contradict"):
            self._need(name, ("text",), "contradicts …")
            return self._contradicts(subject, negated)
        if reader.take("equals") or reader.take("equal") or reader.take("matches") or reader.take("match"):
            return ast.Equals(subject, self._operand(name), negated)
        if reader.take("differs", "from") or reader.take("differ", "from"):
            return self._differs(subject, name, negated)
        if reader.take("exceeds") or reader.take("exceed"):
            self._need(name, _NUMERIC, "exceeds …")
            return ast.Compare(subject, "more than", self._operand(name), negated)
        if reader.take("has") or reader.take("have"):
            comparison = reader.comparison()
            if comparison is not None:
                reader.fail(
                    "RULE-019",
                    f"`{name.name}` is {a_(name.type)}, not a list: it has nothing to count",
                    f"of {a_(name.type)} you can say {can_say(name)}",
                )
        reader.fail(
            "RULE-022",
            f"nothing is said of `{name.name}`"
            if reader.token.kind == "end"
            else f"{reader.here()} is no way to go on about `{name.name}`",
            f"`{name.name}` is {a_(name.type)}; of it you can say {can_say(name)}",
        )

    def _differs(self, subject: ast.Reference, name: Name, negated: bool) -> ast.Condition:
        reader = self.reader
        other = self._operand(name)
        if not reader.take("by", "more", "than"):
            return ast.Equals(subject, other, not negated)
        self._need(name, _NUMERIC, "differs by more than …")
        token = reader.token
        if not isinstance(other, ast.NameRef | ast.FieldRef) or token.kind not in ("number", "money"):
            reader.fail(
                "RULE-018",
                "an amount is needed here",
                "write `differs from contract value by more than 1 USD`",
            )
        reader.advance()
        limit, currency = token.value if isinstance(token.value, tuple) else (token.value, "")
        assert isinstance(limit, Decimal)
        percent = not currency and (reader.take("%") or reader.take("percent"))
        return ast.DiffersBy(subject, other, limit, percent, currency, negated)

    def _mentions(self, subject: ast.Reference, negated: bool) -> ast.Condition:
        reader = self.reader
        reader.take("any", "of")
        phrases: list[str] = []
        while reader.token.kind == "text":
            if not str(reader.token.value).strip():
                reader.fail("RULE-023", "the text to look for is empty", "write the words between the quotes")
            phrases.append(str(reader.token.value))
            reader.advance()
            start = reader.at
            joined = reader.take(",") and (reader.take("or") or True)
            joined = joined or reader.take("or")
            if not joined or reader.token.kind != "text":
                reader.at = start
                break
        if phrases:
            return ast.Mentions(subject, tuple(phrases), "", negated)
        for found in reader.all_phrases(reader.vocabulary.record):
            if found.entry.kind == "word list":
                reader.at = found.end
                return ast.Mentions(subject, (), found.entry.name, negated)
        reader.fail(
            "RULE-023",
            "the sentence ends where the words to look for are needed"
            if reader.token.kind == "end"
            else f"{reader.here()} is neither a quoted text nor a word list",
            'put the words in double quotes, for instance `mentions "custom integration"`, '
            "or name a word list of the glossary",
        )

    def _contradicts(self, subject: ast.Reference, negated: bool) -> ast.Condition:
        reader = self.reader
        for found in reader.all_phrases(reader.vocabulary.record):
            if found.entry.kind == "name" and reader.glossary.names[found.entry.name].type == "choice":
                reader.at = found.end
                return ast.Contradicts(subject, found.entry.name, negated)
        choices = [each.name for each in reader.glossary.names.values() if each.type == "choice"]
        example = choices[0] if choices else "contract plan"
        reader.fail_unknown(
            "a name with listed choices",
            choices,
            f"only a choice can be contradicted: name one of the glossary, such as `{example}`",
        )

    # --- is … ---

    def _is(self, subject: ast.Reference, name: Name, negated: bool) -> ast.Condition:
        reader = self.reader
        if reader.peek("attached") and not self._is_choice_here(name):
            reader.fail(
                "RULE-015",
                f"`is attached` is said of a system such as the contract; `{name.name}` is {a_(name.type)}",
                f"write `{name.name} is {'not ' if negated else ''}present`",
            )
        for words, kind, flipped in _PRESENCE:
            if reader.peek(*words) and not self._is_choice_here(name):
                reader.take(*words)
                return ast.Presence(subject, kind, negated != flipped)
        if reader.take("recognised") or reader.take("recognized"):
            self._need(name, ("choice",), "is recognised")
            return ast.Recognised(subject, negated)
        if reader.take("a", "business", "day") or reader.take("a", "working", "day"):
            self._need(name, _TEMPORAL, "is a business day")
            return ast.BusinessDay(subject, negated)
        if reader.take("one", "of"):
            return ast.OneOf(subject, self._options(name), negated)
        if reader.take("none", "of"):
            return ast.OneOf(subject, self._options(name), not negated)
        if reader.take("outside"):
            return ast.InDomains(subject, self._domains(name), not negated)
        if reader.take("inside"):
            return ast.InDomains(subject, self._domains(name), negated)
        if reader.take("in", "the", "past"):
            return self._against_now(subject, name, "before", negated)
        if reader.take("in", "the", "future"):
            return self._against_now(subject, name, "after", negated)
        if reader.take("in"):
            return ast.InList(subject, self._value_list(), negated)
        if reader.take("between"):
            self._need(name, (*_NUMERIC, *_TEMPORAL), "is between …")
            low = self._operand(name)
            if not reader.take("and"):
                low_shown = print_term(low) or "5"
                reader.fail(
                    "RULE-024",
                    "`between` needs two bounds, joined by `and`",
                    f"write `between {low_shown} and …`, or `is at least {low_shown}`",
                )
            return ast.Between(subject, low, self._operand(name), negated)
        if reader.take("within"):
            return self._within(subject, name, negated)
        if reader.take("overdue"):
            return self._overdue(subject, name, negated)
        if reader.take("same", "as") or reader.take("the", "same", "as") or reader.take("equal", "to"):
            return ast.Equals(subject, self._operand(name), negated)
        if reader.take("different", "from"):
            return ast.Equals(subject, self._operand(name), not negated)
        if name.type in _TEMPORAL:
            order = self._order(subject, name, negated)
            if order is not None:
                return order
        comparison = reader.comparison()
        if comparison is not None:
            return self._comparison(subject, name, comparison, negated)
        return self._equals(subject, name, negated)

    def _is_choice_here(self, name: Name) -> bool:
        """A choice of the subject may itself be a word such as `missing`."""
        return name.type == "choice" and self.reader.longest(self.reader.vocabulary.choices(name)) is not None

    def _equals(self, subject: ast.Reference, name: Name, negated: bool) -> ast.Condition:
        if name.type == "yes/no":
            for words, truth in (("yes", True), ("true", True), ("no", False), ("false", False)):
                if self.reader.take(words):
                    return ast.Equals(subject, ast.YesNo(truth), negated)
        return ast.Equals(subject, self._operand(name), negated)

    def _against_now(self, subject: ast.Reference, name: Name, relation: str, negated: bool) -> ast.Condition:
        self._need(name, _TEMPORAL, f"is in the {'past' if relation == 'before' else 'future'}")
        return ast.Order(subject, relation, _now(name), negated)  # type: ignore[arg-type]

    def _order(self, subject: ast.Reference, name: Name, negated: bool) -> ast.Condition | None:
        reader = self.reader
        for words in (("on", "or", "before"), ("on", "or", "after"), ("before",), ("after",), ("on",)):
            if reader.take(*words):
                relation = " ".join(words)
                return ast.Order(subject, relation, self._moment(name), negated)  # type: ignore[arg-type]
        return None

    def _within(self, subject: ast.Reference, name: Name, negated: bool) -> ast.Condition:
        self._need(name, _TEMPORAL, "is within …")
        amount, unit = self._span()
        if not self.reader.take("of"):
            self.reader.fail(
                "RULE-025", "`within` needs a date to count from", "write `within 14 days of close date`"
            )
        other = self._moment(name)
        self._check_unit(name, unit, other)
        return ast.Within(subject, amount, unit, other, negated)

    def _overdue(self, subject: ast.Reference, name: Name, negated: bool) -> ast.Condition:
        self._need(name, _TEMPORAL, "is overdue")
        reader = self.reader
        if reader.take("by", "more", "than") or reader.take("by", "over"):
            amount, unit = self._span()
            self._check_unit(name, unit, ast.Now())
            return ast.Overdue(subject, amount, unit, negated)
        if reader.take("by"):
            reader.fail(
                "RULE-018",
                "`overdue by` needs `more than`",
                "write for instance `is overdue by more than 3 business days`",
                back=1,
            )
        return ast.Overdue(subject, Decimal(0), "days", negated)

    def _comparison(
        self, subject: ast.Reference, name: Name, comparison: ast.Comparison, negated: bool
    ) -> ast.Condition:
        reader = self.reader
        if name.type in _TEMPORAL:
            amount, unit = self._span()
            for side in ("before", "after"):
                if reader.take(side):
                    other = self._moment(name)
                    self._check_unit(name, unit, other)
                    return ast.Distance(subject, comparison, amount, unit, side, other, negated)
            if reader.take("old") or reader.take("ago"):
                now = _now(name)
                self._check_unit(name, unit, now)
                return ast.Distance(subject, comparison, amount, unit, "before", now, negated)
            reader.fail(
                "RULE-025",
                "a distance between dates needs `before` or `after` and another date",
                f"write `is {comparison} {amount} {unit} after close date`",
            )
        self._need(name, _NUMERIC, f"is {comparison} …")
        return ast.Compare(subject, comparison, self._operand(name), negated)

    def _check_unit(self, name: Name, unit: ast.Unit, other: ast.Term) -> None:
        """Hours and minutes lie between times; between days they could never be told."""
        reader = self.reader
        if unit not in ("hours", "minutes"):
            return
        day = "" if name.type == "time" else name.name
        match other:
            case ast.NameRef(found) if reader.glossary.names[found].type != "time":
                day = day or found
            case ast.FieldRef(found) if reader.glossary.fields_of(reader.scope)[found].type != "time":
                day = day or found
            case ast.Today() | ast.Day():
                day = day or print_term(other)
        if day:
            tokens, at = reader.tokens, reader.at
            raise RuleFault(
                "RULE-026",
                f"`{day}` is a day; {unit} can only be counted between times",
                (tokens[min(self.begin, at - 1)].start, tokens[at - 1].end),
                "count in `days`, `business days` or `weeks`, or compare two times",
            )

    def _span(self) -> tuple[Decimal, ast.Unit]:
        reader = self.reader
        token = reader.token
        if token.kind == "number" and isinstance(token.value, Decimal):
            amount = token.value
            reader.advance()
        else:
            count = reader.count()
            if count is None:
                reader.fail(
                    "RULE-018",
                    "the sentence ends where a number is needed"
                    if token.kind == "end"
                    else f"a number is needed here, not {reader.here()}",
                    "write how many, for instance `3 business days`",
                )
            amount = Decimal(count)
        unit = reader.unit()
        if unit is None:
            reader.fail(
                "RULE-026",
                f"the sentence ends where the unit of `{token.shown}` is needed"
                if reader.token.kind == "end"
                else f"{reader.here()} is no unit of time",
                "choose one of `days`, `business days`, `weeks`, `hours`, `minutes`",
            )
        return amount, unit

    # --- operands ---

    def _moment(self, name: Name) -> ast.Term:
        reader = self.reader
        if reader.take("today"):
            return ast.Today()
        if reader.take("now"):
            return _now(name)
        return self._operand(name)

    def _operand(self, name: Name) -> ast.Term:
        """A literal of the subject's type, or another name of a comparable type."""
        literal = self._literal(name)
        other = self._other_name(name, literal[1] if literal else self.reader.at)
        if other is not None:
            return other
        if literal is not None:
            self.reader.at = literal[1]
            return literal[0]
        self._fail_operand(name)

    def _literal(self, name: Name) -> tuple[ast.Literal_ | ast.Today | ast.Now, int] | None:
        """The literal that stands here and the index after it, without moving on."""
        reader, token = self.reader, self.reader.token
        after = reader.at + 1
        if name.type == "choice":
            found = reader.longest(reader.vocabulary.choices(name))
            if found is not None:
                return ast.Choice(found.entry.name), found.end
        if token.kind == "text":
            return self._text(name, str(token.value)), after
        if token.kind == "date" and name.type in _TEMPORAL:
            return ast.Day(token.value), after  # type: ignore[arg-type]
        if token.kind == "money" and name.type == "money":
            assert isinstance(token.value, tuple)
            return ast.MoneyLiteral(*token.value), after
        if token.kind == "number" and name.type in _NUMERIC:
            return ast.Number(token.value), after  # type: ignore[arg-type]
        if name.type in _TEMPORAL and token.word in ("today", "now"):
            return (ast.Today() if token.word == "today" else _now(name)), after
        if name.type in _NUMERIC:
            for threshold in reader.all_phrases(reader.vocabulary.record):
                if threshold.entry.kind == "threshold":
                    return ast.Threshold(threshold.entry.name), threshold.end
        return None

    def _text(self, name: Name, text: str) -> ast.Literal_:
        if name.type == "choice":
            start = self.reader.token.start
            self._refuse_choice(name, text, (start, self.reader.token.end))
        if name.type not in ("text", "name", "zone", "email"):
            self._fail_operand(name)
        return ast.Text(text)

    def _other_name(self, name: Name, literal_end: int) -> ast.Term | None:
        """A name that stands here, if it says more than the literal does."""
        reader = self.reader
        unlike: tuple[Name, Found] | None = None
        for found in self._names_here():
            if found.end <= literal_end and literal_end > reader.at:
                break
            is_field = found.entry.kind == "field"
            if found.entry.kind != "name" and not is_field:
                continue
            fields = reader.glossary.fields_of(reader.scope) if is_field else {}
            other = fields[found.entry.name] if is_field else reader.glossary.names[found.entry.name]
            if not comparable(name.type, other.type):
                unlike = unlike or (other, found)
                continue
            reader.at = found.end
            return ast.FieldRef(other.name) if is_field else ast.NameRef(other.name)
        if unlike is not None:
            self._refuse_unlike(name, *unlike)
        return None

    def _refuse_unlike(self, name: Name, other: Name, found: Found) -> NoReturn:
        tokens = self.reader.tokens
        raise RuleFault(
            "RULE-016",
            f"`{name.name}` is {a_(name.type)} and `{other.name}` is {a_(other.type)}; they cannot be compared",
            (tokens[found.start].start, tokens[found.end - 1].end),
            f"{_write(name)}, or name another value that is {a_(name.type)}",
        )

    def _names_here(self) -> list[Found]:
        """Names and, about a list's element, its fields that begin here, longest first and fields before names."""
        reader = self.reader
        found = reader.all_phrases(reader.vocabulary.record)
        if reader.scope:
            found = [*reader.all_phrases(reader.vocabulary.fields(reader.scope)), *found]
            found.sort(key=lambda each: -each.end)
        return found

    def _options(self, name: Name) -> tuple[ast.Literal_, ...]:
        reader = self.reader
        options: list[ast.Literal_] = []
        while True:
            literal = self._literal(name)
            if literal is None or isinstance(literal[0], ast.Today | ast.Now):
                self._fail_operand(name)
            options.append(literal[0])
            reader.at = literal[1]
            start = reader.at
            joined = reader.take(",")
            joined = reader.take("or") or joined
            if not joined or not self._option_follows(name):
                if joined and reader.tokens[reader.at - 1].word == ",":
                    self._fail_operand(name)
                reader.at = start
                self._refuse_and(name)
                return tuple(options)

    def _option_follows(self, name: Name) -> bool:
        """A literal that is not the beginning of a longer name: `… or customer risks is missing`."""
        literal = self._literal(name)
        if literal is None:
            return False
        longest = next(iter(self._names_here()), None)
        return longest is None or longest.end <= literal[1]

    def _refuse_and(self, name: Name) -> None:
        """`is one of A and B` where a choice, not a new condition, follows."""
        reader = self.reader
        start = reader.at
        if not reader.take("and"):
            return
        literal = self._literal(name)
        if literal is not None and reader.tokens[literal[1]].word not in PREDICATE_WORDS:
            reader.fail(
                "RULE-029",
                f"the choices of `{name.name}` are joined by `and`, but it has only one of them",
                "separate them by commas, or write `or`",
                back=1,
            )
        reader.at = start

    def _domains(self, name: Name) -> str:
        self._need(name, ("email", "text"), "is inside …")
        return self._value_list()

    def _value_list(self) -> str:
        reader = self.reader
        for found in reader.all_phrases(reader.vocabulary.record):
            if (
                found.entry.kind == "list"
                and reader.glossary.list_of(found.entry.name).value_type is not None
            ):
                reader.at = found.end
                return found.entry.name
        lists = [each.name for each in reader.glossary.names.values() if each.value_type is not None]
        for found in reader.all_phrases(reader.vocabulary.record):
            if found.entry.kind in ("name", "list") and found.entry.name not in lists:
                is_list = found.entry.kind == "list"
                self.reader.fail(
                    "RULE-017",
                    f"`{found.entry.name}` is "
                    + (
                        "a list of things, not of plain values"
                        if is_list
                        else f"{a_(reader.glossary.names[found.entry.name].type)}, not a list of values"
                    ),
                    list_them(lists),
                )
        reader.fail_unknown("a list of values", lists)

    # --- faults ---

    def _need(self, name: Name, types: tuple[str, ...], what: str) -> None:
        if name.type in types:
            return
        tokens, at = self.reader.tokens, self.reader.at
        begin = min(self.begin, at - 1)
        if name.is_list:
            self._refuse_list(name)
        raise RuleFault(
            "RULE-016",
            f"`{what}` is said of {_either(types)}; `{name.name}` is {a_(name.type)}",
            (tokens[begin].start, tokens[at - 1].end),
            f"of {a_(name.type)} you can say {can_say(name)}; or mend the type of `{name.name}` in the glossary",
        )

    def _refuse_list(self, name: Name) -> NoReturn:
        """A list is many things: a sentence says of how many of them it holds."""
        tokens, at = self.reader.tokens, self.reader.at
        raise RuleFault(
            "RULE-016",
            f"`{name.name}` is a list, and the sentence does not say of how many of them this holds",
            (tokens[min(self.begin, at)].start, max(tokens[at - 1].end, tokens[min(self.begin, at)].end)),
            f"write {can_say(name)}",
        )

    def _refuse_choice(self, name: Name, text: str, span: tuple[int, int]) -> NoReturn:
        options = ", ".join(f"`{each}`" for each in name.options)
        meant = name.spellings.get(fold(text))
        if meant is not None:
            raise RuleFault(
                "RULE-027",
                f"`{meant}` is a choice of `{name.name}` and stands without quotes",
                span,
                f"write `{meant}`",
            )
        near = did_you_mean(text, name.options)
        raise RuleFault(
            "RULE-027",
            f"`{text}` is not a choice of `{name.name}`",
            span,
            f"did you mean `{near}`, without quotes?" if near else f"choose one of {options}, without quotes",
        )

    def _fail_operand(self, name: Name) -> NoReturn:
        reader = self.reader
        if name.type == "choice":
            wanted = f"a choice of `{name.name}`"
            listed = list_them(name.options)
            self.reader.fail_unknown(
                wanted, list(name.options), f"{listed}; a new one is added in the glossary"
            )
        if name.is_list:
            self._refuse_list(name)
        reader.fail(
            "RULE-028",
            f"the sentence ends where the value of `{name.name}` is needed"
            if reader.token.kind == "end"
            else f"{reader.here()} cannot be compared with `{name.name}`, which is {a_(name.type)}",
            f"{_write(name)}, or name another value that is {a_(name.type)}",
        )


def _write(name: Name) -> str:
    if name.type == "choice":
        return f"write one of {', '.join(f'`{each}`' for each in name.options)}"
    return _WRITE.get(name.type, "write a value")
