"""Read a sentence of the rule language into its tree, checking types against the glossary on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, NoReturn

from holdshort.core.glossary import Name
from holdshort.core.rules import ast
from holdshort.core.rules.faults import RuleFault
from holdshort.core.rules.predicates import PredicateParser, a_, comparable
from holdshort.core.rules.reader import COUNT_FIRST, COUNT_WORDS, PREDICATE_WORDS, Reader, list_them
from holdshort.core.rules.tokens import tokenise
from holdshort.core.rules.vocabulary import Found, Vocabulary, plural

# Deep enough for any sentence a person can follow, shallow enough for Python's stack.
MAX_DEPTH = 40
MAX_LENGTH = 20_000
# Said of a system that is not there.
_GONE = ("missing", "blank", "absent")


def parse_condition(text: str, vocabulary: Vocabulary, list_name: str = "") -> ast.Condition:
    """
    Return the tree of the one condition that `text` is.

    Args:
        text: A sentence of docs/reference/language.md.
        vocabulary: The phrases of the playbook's glossary.
        list_name: The list whose elements the sentence speaks about, for a glossary's `where`.

    Raises:
        RuleFault: The text is no such sentence; the span covers the words at fault.
    """
    if len(text) > MAX_LENGTH:
        raise RuleFault(
            "RULE-004",
            f"the text is {len(text):,} characters long; a rule may have {MAX_LENGTH:,}",
            (MAX_LENGTH, MAX_LENGTH + 1),
            "split the row in two, or give a part of it a name under `definitions` in the glossary",
        )
    parser = ConditionParser(Reader(tokenise(text), vocabulary))
    condition = parser.condition(list_name)
    parser.reader.expect_end()
    return condition


@dataclass
class ConditionParser:
    """Recursive descent over `or`, `and`/`unless`, `not` and the sentences about values and lists."""

    reader: Reader
    depth: int = 0

    def condition(self, scope: str = "", *, of_element: bool = False) -> ast.Condition:
        """
        Read as much of a condition as stands here.

        `of_element`: it is a `whose` without brackets; it goes on after `and`, `or` and `unless` only where something
        is said of the element again, so that it cannot swallow the rest of the sentence.
        """
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.reader.fail(
                "RULE-005",
                "the sentence is nested too deeply",
                "give a part of it a name under `definitions`",
            )
        with self._within(scope):
            parts = [self._all_of(scope, of_element)]
            while self._goes_on("or", scope, of_element):
                parts.append(self._all_of(scope, of_element))
        self.depth -= 1
        return parts[0] if len(parts) == 1 else ast.Or(_flat(parts, ast.Or))

    def _all_of(self, scope: str, of_element: bool) -> ast.Condition:
        result = self._not(scope)
        while True:
            if self._goes_on("and", scope, of_element):
                more = self._not(scope)
                result = ast.And(_flat([result, more], ast.And))
            elif self._goes_on("unless", scope, of_element):
                result = ast.Unless(result, self._not(scope))
            else:
                return result

    def _goes_on(self, joiner: str, scope: str, of_element: bool) -> bool:
        start = self.reader.at
        if not self.reader.take(joiner):
            return False
        if of_element and not self._element_follows(scope):
            self.reader.at = start
            return False
        return True

    def _element_follows(self, scope: str) -> bool:
        """Whether the next words, brackets and `not` aside, are about the element of `scope`."""
        reader = self.reader
        start = reader.at
        while reader.take("(") or reader.take("not"):
            pass
        fields = reader.all_phrases(reader.vocabulary.fields(scope))
        names = reader.all_phrases(reader.vocabulary.record)
        follows = self._predicate_follows() or bool(fields and (not names or fields[0].end >= names[0].end))
        reader.at = start
        return follows

    def _not(self, scope: str) -> ast.Condition:
        if self.reader.take("not"):
            self.depth += 1
            if self.depth > MAX_DEPTH:
                self.reader.fail("RULE-005", "the sentence is nested too deeply", "take some `not` away")
            inner = self._not(scope)
            self.depth -= 1
            return ast.Not(inner)
        return self._sentence(scope)

    def _sentence(self, scope: str) -> ast.Condition:
        reader = self.reader
        if reader.take("("):
            opened = reader.at - 1
            inner = self.condition(scope)
            if not reader.take(")"):
                self._fail_bracket(opened)
            return inner
        for word, truth in (("always", True), ("never", False)):
            if reader.take(word):
                return ast.Always(truth)
        quantifier = self._quantifier()
        if quantifier is not None:
            return self._quantified(*quantifier, scope)
        return self._about(scope)

    def _fail_bracket(self, opened: int) -> NoReturn:
        reader = self.reader
        if reader.token.kind == "end":
            reader.at = opened
            reader.fail("RULE-006", "a bracket is not closed", "close it with `)`")
        reader.fail(
            "RULE-006",
            f"a bracket is not closed before {reader.here()}",
            "close it with `)`, or join two conditions with `and` or `or`",
        )

    # --- quantifiers ---

    def _quantifier(self) -> tuple[ast.Quantifier, int] | None:
        reader = self.reader
        start = reader.at
        for phrase, quantifier in COUNT_WORDS if reader.token.word in COUNT_FIRST else ():
            if reader.take(*phrase):
                count = reader.count()
                if count is not None:
                    return quantifier, count
                reader.at = start
        simple: Mapping[str, ast.Quantifier] = {
            "any": "any",
            "some": "any",
            "every": "every",
            "each": "every",
            "all": "every",
            "no": "no",
            "none": "no",
        }
        word = reader.token.word
        if word in simple and reader.token.kind == "word":
            # A name may itself begin with such a word.
            if reader.longest(reader.vocabulary.record) is not None and not reader.peek(word, "of"):
                return None
            reader.advance()
            return simple[word], 0
        return None

    def _quantified(self, quantifier: ast.Quantifier, count: int, scope: str) -> ast.Condition:
        reader = self.reader
        if reader.take("of"):
            return self._group(quantifier, count)
        found = self._list_at()
        if found is None:
            self._fail_no_list()
        reader.at = found.end
        list_name = found.entry.name
        if reader.take("'s"):
            said = self._body(list_name, starts_with_field=True)
            if quantifier == "every":
                return ast.Quantified(quantifier, count, list_name, None, said)
            # `any project's opportunity is …` says the same as `any project whose opportunity is …`.
            return ast.Quantified(quantifier, count, list_name, said, None)
        where = None
        if reader.take("whose") or reader.take("where"):
            where = self.condition(list_name, of_element=True)
        body: ast.Condition | None = None
        if self._predicate_follows() or (where is None and self._field_follows(list_name)):
            body = self._body(list_name)
        if body is None and (where is None or quantifier == "every"):
            self._fail_says_nothing(list_name, where is not None)
        return ast.Quantified(quantifier, count, list_name, where, body)

    def _fail_no_list(self) -> NoReturn:
        reader = self.reader
        for found in reader.all_phrases(reader.vocabulary.record):
            if found.entry.kind == "name":
                reader.at = found.start
                reader.fail(
                    "RULE-017",
                    f"`{found.entry.name}` is one value, not a list",
                    f"leave the counting word away, or write `any of {found.entry.name}, … is …` for several names",
                )
        lists = [each for each in reader.glossary.names.values() if each.is_list]
        items = [word for each in lists for word in (each.item, each.name) if word]
        reader.fail_unknown("a list", items, list_them([each.item or each.name for each in lists]))

    def _fail_says_nothing(self, list_name: str, every_whose: bool) -> NoReturn:
        item = self.reader.glossary.names[list_name].item or list_name
        if every_whose:
            message = f"what holds for every such `{item}` is not said"
            mend = "go on with `is …` or `has …`, for instance `every task whose owner is customer is done`"
        else:
            message = f"nothing is said of `{item}`"
            mend = f"go on with `is …`, `has …` or `whose …`, for instance `any {item} whose … is …`"
        self.reader.fail("RULE-014", message, mend)

    def _list_at(self) -> Found | None:
        for found in self.reader.all_phrases(self.reader.vocabulary.record):
            if found.entry.kind == "list":
                return found
        return None

    def _group(self, quantifier: ast.Quantifier, count: int) -> ast.Condition:
        """`any of A, B or C PREDICATES`: the predicate must fit every one of the names."""
        reader = self.reader
        names = [self._scalar_name()]
        while reader.take(",") or reader.take("or") or reader.take("and"):
            reader.take("or")
            names.append(self._scalar_name())
        start = reader.at
        bodies: list[ast.Condition] = []
        for name in names:
            reader.at = start
            bodies.append(self._predicates(ast.ItRef(), reader.glossary.names[name]))
            if bodies[-1] != bodies[0]:
                raise RuleFault(
                    "RULE-016",
                    f"these words mean one thing for `{names[0]}` and another for `{name}`",
                    (reader.tokens[start].start, reader.tokens[reader.at - 1].end),
                    "say them of each name on its own, joined with `and` or `or`",
                )
        return ast.Group(quantifier, count, tuple(names), bodies[0])

    def _scalar_name(self) -> str:
        reader = self.reader
        for found in reader.all_phrases(reader.vocabulary.record):
            if found.entry.kind in ("name", "list"):
                reader.at = found.end
                return found.entry.name
        reader.fail_no_subject()

    def _predicate_follows(self) -> bool:
        return self.reader.token.kind == "word" and self.reader.token.word in PREDICATE_WORDS

    def _field_follows(self, list_name: str) -> bool:
        return bool(self.reader.all_phrases(self.reader.vocabulary.fields(list_name)))

    def _body(self, list_name: str, starts_with_field: bool = False) -> ast.Condition:
        """What is said of the elements: predicates of the element or, after `has`, of one of its fields."""
        with self._within(list_name):
            return self._joined(lambda first: self._element_predicate(list_name, first and starts_with_field))

    @contextmanager
    def _within(self, scope: str) -> Iterator[None]:
        """Names are looked up among the fields of `scope` first, as long as this lasts."""
        outer, self.reader.scope = self.reader.scope, scope
        try:
            yield
        finally:
            self.reader.scope = outer

    def _element_predicate(self, list_name: str, field_must_follow: bool) -> ast.Condition:
        reader = self.reader
        fields = reader.glossary.fields_of(list_name)
        has = not field_must_follow and (reader.peek("has") or reader.peek("have"))
        start = reader.at
        if has:
            reader.advance()
            counted = self._counted_field(list_name)
            if counted is not None:
                return counted
            without = reader.take("no")
        else:
            without = False
        for found in reader.all_phrases(reader.vocabulary.fields(list_name)):
            field = fields[found.entry.name]
            reader.at = found.end
            if field.is_list and without:
                return ast.ListSize(ast.FieldRef(field.name), "exactly", 0)
            if without:
                return ast.Presence(ast.FieldRef(field.name), "missing")
            if field.is_list:
                return self._inner_list(field)
            if has and not self._predicate_follows() and reader.token.kind != "end":
                return PredicateParser(reader).bare(ast.FieldRef(field.name), field)
            return self._one_predicate(ast.FieldRef(field.name), field)
        reader.at = start
        if has or field_must_follow:
            reader.advance() if has else None
            item = reader.glossary.names[list_name].item or list_name
            reader.fail_unknown(f"a field of `{item}`", list(fields))
        return self._about_element(list_name)

    def _counted_field(self, list_name: str) -> ast.Condition | None:
        """`has at least 2 touches`, the same as `has touches at least 2`."""
        reader = self.reader
        start = reader.at
        comparison, count = reader.comparison(), reader.count()
        if comparison is not None and count is not None:
            for found in reader.all_phrases(reader.vocabulary.fields(list_name)):
                if reader.glossary.fields_of(list_name)[found.entry.name].is_list:
                    reader.at = found.end
                    return ast.ListSize(ast.FieldRef(found.entry.name), comparison, count)
        reader.at = start
        return None

    def _inner_list(self, field: Name) -> ast.Condition:
        reader = self.reader
        start = reader.at
        if reader.take("is") or reader.take("are"):
            negated = reader.take("not")
            if reader.take("empty"):
                return ast.ListSize(
                    ast.FieldRef(field.name), "at least" if negated else "exactly", int(negated)
                )
            reader.at = start
        if reader.take("on") or reader.take("with"):
            comparison = reader.comparison() or self._fail_count(field)
            count = reader.need_count()
            reader.take("different")
            wanted = reader.longest(reader.vocabulary_of(field))
            if wanted is None:
                reader.fail_unknown(f"a field of `{field.name}`", list(field.fields))
            reader.at = wanted.end
            return ast.DistinctValues(ast.FieldRef(field.name), comparison, count, wanted.entry.name)
        return self._size(ast.FieldRef(field.name), field)

    def _fail_count(self, name: Name) -> NoReturn:
        distinct = f", or `{name.name} on at least 2 {plural(name.named_by)}`" if name.named_by else ""
        self.reader.fail(
            "RULE-020",
            f"how many `{name.name}` is not said",
            f"write `at least 2`, `exactly 1` or `none` after `{name.name} has`{distinct}",
        )

    def _about_element(self, list_name: str) -> ast.Condition:
        """A predicate whose subject is the element: its value, its due date, or the field that has that choice."""
        reader = self.reader
        owner = reader.glossary.list_of(list_name)
        if owner.value_type is not None:
            plain = Name(
                owner.item or list_name, owner.value_type, options=owner.options, spellings=owner.spellings
            )
            return self._one_predicate(ast.ItemRef(), plain)
        predicates = PredicateParser(reader)
        if predicates.is_overdue_ahead():
            due = next((each for each in owner.fields.values() if each.due), None)
            if due is None:
                reader.fail(
                    "RULE-021",
                    f"`{list_name}` have no field marked as due",
                    "mark one with `due: yes` in the glossary",
                )
            return self._one_predicate(ast.FieldRef(due.name), due)
        if reader.token.word in ("mentions", "mention", "does", "do", "contradicts", "contradict"):
            text = next(
                (each for each in owner.fields.values() if each.type == "text" and each.due is False), None
            )
            text = owner.fields.get("text", text)
            if text is not None:
                return self._one_predicate(ast.FieldRef(text.name), text)
        return self._choice_of_some_field(owner)

    def _choice_of_some_field(self, owner: Name) -> ast.Condition:
        """`no task is open`: the field that lists `open`; `is active`: the yes/no field of that name."""
        reader = self.reader
        start = reader.at
        reader.take("is") or reader.take("are") or reader.take("was") or reader.take("were")
        negated = reader.take("not")
        best: tuple[int, ast.Condition] | None = None
        for field in owner.fields.values():
            if field.type == "choice":
                found = reader.longest(reader.vocabulary.choices(field))
                if found is not None and (best is None or found.end > best[0]):
                    best = (
                        found.end,
                        ast.Equals(ast.FieldRef(field.name), ast.Choice(found.entry.name), negated),
                    )
            elif field.type == "yes/no":
                for phrase in reader.all_phrases(reader.vocabulary_of(owner)):
                    if phrase.entry.name == field.name and (best is None or phrase.end > best[0]):
                        best = phrase.end, ast.Equals(ast.FieldRef(field.name), ast.YesNo(not negated), False)
        if best is None:
            self._fail_element(owner, start)
        reader.at = best[0]
        return best[1]

    def _fail_element(self, owner: Name, start: int) -> NoReturn:
        reader = self.reader
        choices = [option for field in owner.fields.values() for option in field.options]
        fields = ", ".join(f"`{each}`" for each in owner.fields)
        item = owner.item or owner.name
        said = f", one of its choices ({', '.join(f'`{each}`' for each in choices)})" if choices else ""
        mend = f"say `is overdue`{said} or `has FIELD …` with one of its fields ({fields})"
        if not any(field.due for field in owner.fields.values()):
            mend = mend.replace("`is overdue`, ", "").replace("`is overdue` or ", "")
        if reader.token.kind != "word" or reader.at == start:
            reader.fail("RULE-014", f"what is said of `{item}` is not clear at {reader.here()}", mend)
        reader.fail_unknown(
            f"what is said of `{item}`", choices, mend, f"{{}} is nothing that can be said of `{item}`"
        )

    # --- sentences about names ---

    def _about(self, scope: str) -> ast.Condition:
        reader = self.reader
        if scope and self._predicate_follows():
            return self._element_predicate(scope, False)
        candidates = reader.all_phrases(reader.vocabulary.record)
        if scope:
            candidates = [*reader.all_phrases(reader.vocabulary.fields(scope)), *candidates]
            candidates.sort(key=lambda found: -found.end)
        furthest: RuleFault | None = None
        start = reader.at
        only: Found | None = None
        for found in candidates:
            reader.at = found.end
            try:
                return self._about_entry(found, scope)
            except _NotThis:
                only = only or found
                reader.at = start
            except RuleFault as fault:
                # Keep the reading that understood most of the sentence.
                if furthest is None or fault.span[0] > furthest.span[0]:
                    furthest = fault
                reader.at = start
        if furthest is not None:
            raise furthest
        if only is not None:
            self._fail_no_value(only)
        reader.fail_no_subject(list(reader.glossary.fields_of(scope)) if scope else ())

    def _fail_no_value(self, found: Found) -> NoReturn:
        """The words are known, but as something that no predicate can follow."""
        entry, tokens = found.entry, self.reader.tokens
        span = (tokens[found.start].start, tokens[found.end - 1].end)
        if entry.kind == "definition":
            rest = (tokens[found.end].start, max(tokens[-1].start, tokens[found.end].end))
            raise RuleFault(
                "RULE-030",
                f"`{entry.name}` is a whole condition already; nothing more is said of it",
                rest,
                f"write `{entry.name}` or `not {entry.name}` alone, and join the next condition with `and` or `or`",
            )
        if entry.kind == "threshold":
            raise RuleFault(
                "RULE-030",
                f"`{entry.name}` is a number of playbook.toml, not a value of the record",
                span,
                f"turn it round: write `NAME is at least the {entry.name}`",
            )
        raise RuleFault(
            "RULE-030",
            f"`{entry.name}` is a list of words to look for, not a value of the record",
            span,
            f"turn it round: write `NAME mentions {entry.name}`",
        )

    def _about_entry(self, found: Found, scope: str) -> ast.Condition:
        reader, entry = self.reader, found.entry
        if entry.kind == "definition":
            if self._predicate_follows():
                raise _NotThis
            return ast.Defined(entry.name)
        if entry.kind == "system":
            return self._attached(entry.name)
        if entry.kind == "field":
            field = reader.glossary.fields_of(scope)[entry.name]
            if field.is_list:
                reader.take("has") or reader.take("have")
                return self._inner_list(field)
            return self._predicates(ast.FieldRef(field.name), field)
        if entry.kind not in ("name", "list"):
            raise _NotThis
        agreement = self._agreement(entry.name, scope)
        if agreement is not None:
            return agreement
        name = reader.glossary.names[entry.name]
        if name.is_list:
            return self._about_list(name)
        return self._predicates(ast.NameRef(name.name), name)

    def _attached(self, system: str) -> ast.Condition:
        reader = self.reader
        if reader.take("is") or reader.take("are"):
            negated = reader.take("not")
            if reader.take("attached") or reader.take("on", "file"):
                return ast.Attached(system, negated)
        key = reader.glossary.systems[system].key
        values = [each.name for each in reader.glossary.names.values() if each.system == key]
        such = f" such as `{values[0]}`" if values else ""
        reader.fail(
            "RULE-015",
            f"`{system}` is a system; only `is attached` or `is not attached` can be said of it",
            f"write `{system} is {'not ' if reader.token.word in _GONE else ''}attached`, "
            f"or name one of its values{such}",
        )

    def _agreement(self, first: str, scope: str) -> ast.Condition | None:
        """`A, B and C disagree`; None where no such list of names stands here."""
        reader = self.reader
        start = reader.at
        names = [first]
        while reader.take(",") or reader.take("and"):
            reader.take("and")
            found = next(
                (each for each in reader.all_phrases(reader.vocabulary.record) if each.entry.kind == "name"),
                None,
            )
            if found is None:
                self._check_name_of_agreement(start)
                break
            reader.at = found.end
            names.append(found.entry.name)
        for words, negated in (
            (("disagree",), True),
            (("do", "not", "agree"), True),
            (("differ",), True),
            (("agree",), False),
        ):
            if len(names) > 1 and reader.take(*words):
                self._check_comparable(names)
                return ast.Agree(tuple(names), negated)
        reader.at = start
        return None

    def _check_name_of_agreement(self, start: int) -> None:
        """An unknown word in `A, B and C disagree`: the fault is that word, not the comma."""
        reader = self.reader
        verbs = [place for place, token in enumerate(reader.tokens) if token.word in ("agree", "disagree")]
        at_comma = reader.tokens[start].word == "," and reader.token.kind == "word"
        if at_comma and any(place > reader.at for place in verbs):
            reader.fail_unknown(
                "a name",
                [name.name for name in reader.glossary.names.values() if not name.is_list],
                "name values of the glossary that are of one type",
            )

    def _check_comparable(self, names: list[str]) -> None:
        types = [self.reader.glossary.names[name].type for name in names]
        for name, its_type in zip(names[1:], types[1:], strict=True):
            if not comparable(types[0], its_type):
                self.reader.fail(
                    "RULE-016",
                    f"`{names[0]}` is {a_(types[0])} and `{name}` is {a_(its_type)}; "
                    "they can neither agree nor disagree",
                    f"name only values that are {a_(types[0])}",
                    back=1,
                )

    def _about_list(self, name: Name) -> ast.Condition:
        reader = self.reader
        if reader.take("include") or reader.take("includes"):
            return self._include(name)
        if reader.peek("has") or reader.peek("have"):
            return self._size(ast.NameRef(name.name), name)
        if reader.token.word in ("mention", "mentions", "do", "does", "contradict", "contradicts"):
            negated = reader.peek("do", "not") or reader.peek("does", "not")
            if negated:
                reader.advance(2)
            body = self._about_element(name.name)
            return ast.Quantified("no" if negated else "any", 0, name.name, None, body)
        start = reader.at
        if reader.take("is") or reader.take("are"):
            negated = reader.take("not")
            if reader.take("empty"):
                return ast.ListSize(
                    ast.NameRef(name.name), "at least" if negated else "exactly", int(negated)
                )
            reader.at = start
        return self._predicates(ast.NameRef(name.name), name)

    def _size(self, term: ast.NameRef | ast.FieldRef, name: Name) -> ast.Condition:
        reader = self.reader
        reader.take("has") or reader.take("have")
        if reader.take("none"):
            return ast.ListSize(term, "exactly", 0)
        comparison = reader.comparison()
        if comparison is None:
            self._fail_count(name)
        return ast.ListSize(term, comparison, reader.need_count())

    def _include(self, name: Name) -> ast.Condition:
        reader = self.reader
        named_by = reader.glossary.fields_of(name.name).get(reader.glossary.list_of(name.name).named_by)
        if named_by is None:
            reader.fail(
                "RULE-017",
                f"the glossary does not say what `{name.name}` are named by",
                "add `named by: FIELD` to the list in the glossary",
            )
        if named_by.type != "choice":
            item = name.item or name.name
            reader.fail(
                "RULE-017",
                f"`{name.name}` are named by `{named_by.name}`, which is {a_(named_by.type)} and lists no choices",
                f'write for instance `any {item} whose {named_by.name} is "…"`',
            )
        items = [self._included(named_by)]
        joined: Literal["", "and", "or"] = ""
        while True:
            start = reader.at
            comma = reader.take(",")
            word: Literal["", "and", "or"] = (
                "or" if reader.take("or") else "and" if reader.take("and") else ""
            )
            if not (comma or word):
                break
            try:
                items.append(self._included(named_by))
            except RuleFault:
                reader.at = start
                break
            if word and joined and word != joined:
                self._fail_mixed(start)
            joined = word or joined
        return ast.Include(name.name, tuple(items), joined or "or")

    def _fail_mixed(self, start: int) -> NoReturn:
        token = self.reader.tokens[start]
        raise RuleFault(
            "RULE-031",
            "`and` and `or` are mixed after `include`",
            (token.start, token.end),
            "write two sentences in brackets, as in `(stakeholders include A or B) and stakeholders include C`",
        )

    def _included(self, named_by: Name) -> tuple[ast.Quantifier, int, str]:
        reader = self.reader
        quantifier: ast.Quantifier = "at least"
        count = 1
        if reader.take("no"):
            quantifier, count = "no", 0
        else:
            for phrase, counted in COUNT_WORDS:
                if reader.take(*phrase):
                    quantifier, count = counted, reader.need_count()
                    break
        for end_of_plural in (False, True):
            found = reader.longest_choice(named_by, end_of_plural)
            if found is not None:
                reader.at = found[1]
                return quantifier, count, found[0]
        reader.fail_unknown(f"a {named_by.name}", list(named_by.options))

    # --- predicates ---

    def _predicates(self, subject: ast.Reference, name: Name) -> ast.Condition:
        return self._joined(lambda first: self._one_predicate(subject, name))

    def _one_predicate(self, subject: ast.Reference, name: Name) -> ast.Condition:
        return PredicateParser(self.reader).predicate(subject, name)

    def _joined(self, one: Callable[[bool], ast.Condition]) -> ast.Condition:
        """Predicates of one subject, joined by `and` and `or` as long as a predicate follows."""
        alternatives: list[list[ast.Condition]] = [[one(True)]]
        while True:
            start = self.reader.at
            word = "and" if self.reader.take("and") else "or" if self.reader.take("or") else ""
            if not word or not self._predicate_follows():
                self.reader.at = start
                break
            if word == "and":
                alternatives[-1].append(one(False))
            else:
                alternatives.append([one(False)])
        parts = [each[0] if len(each) == 1 else ast.And(tuple(each)) for each in alternatives]
        return parts[0] if len(parts) == 1 else ast.Or(tuple(parts))


class _NotThis(Exception):
    """This reading of the words does not fit; try the next."""


def _flat(parts: list[ast.Condition], kind: type[ast.And] | type[ast.Or]) -> tuple[ast.Condition, ...]:
    flat: list[ast.Condition] = []
    for part in parts:
        if isinstance(part, kind):
            flat.extend(part.parts)
        else:
            flat.append(part)
    return tuple(flat)
