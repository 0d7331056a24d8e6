"""Read the cells beside the trigger: each column has its own small grammar over the shared words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NoReturn, TypeVar

from holdshort.core.actions import Catalogue
from holdshort.core.clauses import (
    AcceptanceTest,
    AiUse,
    AskedAction,
    Capability,
    Change,
    Evidence,
    Expectation,
    ReviewRule,
    Step,
    SystemAction,
)
from holdshort.core.columns import TIERS
from holdshort.core.diagnostics import did_you_mean
from holdshort.core.glossary import Glossary
from holdshort.core.paths import ABSENT
from holdshort.core.roles import ROLES
from holdshort.core.rules.ast import Condition
from holdshort.core.rules.faults import RuleFault
from holdshort.core.rules.parser import ConditionParser, parse_condition
from holdshort.core.rules.reader import Reader, list_them
from holdshort.core.rules.tokens import Token, tokenise, words_of
from holdshort.core.rules.vocabulary import Vocabulary
from holdshort.core.rules.walk import broken_definitions
from holdshort.core.text import fold

T = TypeVar("T")
_HOLD_WORDS = ("hold", "block", "suppress")
_REVIEW_VERBS = ("approve", "approves", "confirm", "confirms", "decide", "decides", "review", "reviews")
_STATES = (
    ("released", ("is", "released")),
    ("released", ("are", "released")),
    ("not due", ("is", "not", "due")),
    ("not due", ("are", "not", "due")),
    ("needs review", ("needs", "review")),
    ("needs review", ("need", "review")),
    ("held", ("is", "held")),
    ("held", ("are", "held")),
)
# The first words of an AI cell's part, and which of the eight uses they mean.
_AI_WORDS: tuple[tuple[tuple[str, ...], Capability], ...] = (
    (("classify",), "H1"),
    (("extract",), "H2"),
    (("summarise",), "H3"),
    (("summarize",), "H3"),
    (("say", "what", "is", "uncertain"), "H3"),
    (("name", "the", "missing"), "H3"),
    (("suggest", "reviewer"), "H4"),
    (("suggest", "a", "reviewer"), "H4"),
    (("suggest", "queue"), "H4"),
    (("suggest", "the", "queue"), "H4"),
    (("draft", "internal", "questions"), "H5"),
    (("draft", "questions"), "H5"),
    (("draft", "the", "missing"), "H5"),
    (("draft", "missing"), "H5"),
    (("draft", "task"), "H5"),
    (("draft", "the", "task"), "H5"),
    (("draft", "customer", "message"), "H6"),
    (("draft", "a", "customer", "message"), "H6"),
    (("draft", "the", "customer", "message"), "H6"),
    (("prepare", "packet"), "H7"),
    (("prepare", "the", "packet"), "H7"),
    (("prepare", "the", "review", "packet"), "H7"),
    (("cluster",), "H8"),
)
_NEXT_PART = "begin a new part with `;` or on a new line, or take these words away"
# Words for letting an action run, which no cell can do.
_RELEASE_WORDS = ("release", "allow", "permit", "run", "execute")
AUDIT_FIELDS = ("trigger", "AI suggestion", "reviewer decision", "edits", "timestamp")


@dataclass(frozen=True)
class Part:
    """One part of a cell, with where it begins."""

    text: str
    start: int


def parts_of(text: str) -> Iterator[Part]:
    """The parts of a cell, separated by `;` or a line break outside quotes and brackets."""
    start = at = depth = 0
    quoted = False
    for at, char in enumerate(text + ";"):
        if char in '"“”':
            quoted = not quoted
        elif char in "()":
            depth += 1 if char == "(" else -1
        # A quotation does not run over a line, so that one forgotten quote cannot swallow the cell.
        if char == "\n":
            quoted, depth = False, 0
        if char in ";\n" and not quoted and depth <= 0:
            piece = text[start:at]
            lead = len(piece) - len(piece.lstrip())
            if piece.strip():
                yield Part(piece.strip(), start + lead)
            start = at + 1
    if text[start:].strip():
        piece = text[start:]
        yield Part(piece.strip(), start + len(piece) - len(piece.lstrip()))


def says_none(text: str) -> bool:
    return text.strip().casefold() in ("", "none", "no", "-", "nothing")


class ClauseParser:
    """Reads cells for one playbook: its glossary, its catalogue and its lanes."""

    def __init__(self, vocabulary: Vocabulary, catalogue: Catalogue) -> None:
        self.vocabulary = vocabulary
        self.catalogue = catalogue
        self._roles = _by_words(
            {word: role for role, words in ROLES.items() for word in words}
            | {r.replace("_", " "): r for r in ROLES}
        )
        self._actions = _by_words(self._action_phrases())
        self._group_kinds = catalogue.groups()

    def _action_phrases(self) -> dict[str, tuple[str, ...]]:
        phrases: dict[str, tuple[str, ...]] = {}
        for group, kinds in self.catalogue.groups().items():
            phrases[group] = kinds
            for plain in (group.removeprefix("every "), group.removeprefix("every ") + "s"):
                phrases.setdefault(plain, kinds)
        for kind in self.catalogue.kinds.values():
            for phrase in (kind.phrase, *kind.synonyms):
                phrases[phrase] = (kind.kind,)
        return phrases

    # --- columns ---

    def conditions(self, text: str) -> list[tuple[Part, Condition | RuleFault]]:
        """Deterministic checks: one condition a part."""
        return self._each(text, self.condition)

    def condition(self, text: str) -> Condition:
        found = parse_condition(text, self.vocabulary)
        refuse_broken_definitions(found, self.vocabulary.glossary, text)
        return found

    def evidence(self, text: str) -> list[tuple[Part, Evidence | RuleFault]]:
        return self._each(text, self._evidence)

    def ai_uses(self, text: str) -> list[tuple[Part, AiUse | RuleFault]]:
        return self._each(text, self._ai_use)

    def role(self, text: str) -> str:
        reader = Reader(tokenise(text), self.vocabulary)
        role = self._role(reader, {})
        reader.expect_end("name one role alone; who else decides is said in the human review rule")
        return role

    def review(self, text: str, owner: str, escalation: str) -> list[tuple[Part, ReviewRule | RuleFault]]:
        stand_for = {"owner": owner, "escalation owner": escalation}
        return self._each(text, lambda part: self._review(part, stand_for))

    def system_action(self, text: str) -> tuple[SystemAction, list[tuple[Part, RuleFault]]]:
        holds: dict[str, None] = {}
        asks: list[AskedAction] = []
        stops = False
        faults: list[tuple[Part, RuleFault]] = []
        for part in parts_of(text):
            if says_none(part.text):
                continue
            try:
                reader = Reader(tokenise(part.text), self.vocabulary)
                if reader.take("stop", "evaluation"):
                    reader.expect_end(_NEXT_PART)
                    stops = True
                elif any(reader.take(word) for word in _HOLD_WORDS):
                    holds.update(dict.fromkeys(self._action_list(reader)))
                    reader.expect_end(_NEXT_PART)
                else:
                    asks.extend(self._asked(reader))
            except RuleFault as fault:
                faults.append((part, fault))
        return SystemAction(tuple(holds), tuple(asks), stops), faults

    def tests(self, text: str, stand_for: Mapping[str, str]) -> list[tuple[Part, AcceptanceTest | RuleFault]]:
        return self._each(text, lambda part: self._test(part, stand_for))

    def _each(self, text: str, read: Callable[[str], T]) -> list[tuple[Part, T | RuleFault]]:
        """Read every part on its own, so that one fault does not hide the next."""
        found: list[tuple[Part, T | RuleFault]] = []
        for part in parts_of(text):
            if says_none(part.text):
                continue
            try:
                found.append((part, read(part.text)))
            except RuleFault as fault:
                found.append((part, fault))
        return found

    # --- evidence and AI ---

    def _evidence(self, text: str) -> Evidence:
        reader = Reader(tokenise(text), self.vocabulary)
        reader.take("signed") if not reader.all_phrases(self.vocabulary.record) else None
        known = [
            each
            for each in reader.all_phrases(self.vocabulary.record)
            if each.entry.kind in ("system", "name", "list", "definition")
        ]
        for found in known:
            if reader.tokens[found.end].kind == "end" and found.entry.kind != "definition":
                return Evidence(found.entry.name, found.entry.kind == "system")
        if known and known[0].entry.kind == "definition":
            reader.fail(
                "EVID-001",
                f"`{known[0].entry.name}` is a condition, not something that can lie before a reviewer",
                "name the values or systems to be shown; a condition belongs in the deterministic checks",
                to_end=True,
            )
        if known:
            reader.at = known[0].end
            reader.fail(
                "EVID-001",
                f"evidence is a name alone, and {reader.here()} follows `{known[0].entry.name}`",
                "separate names by `;`; a condition belongs in the deterministic checks",
                to_end=True,
            )
        reader.fail_unknown(
            "a name or system",
            [*self.vocabulary.glossary.names, *self.vocabulary.glossary.systems],
            "name a value or a system of the glossary, for instance "
            + " or ".join(f"`{each}`" for each in _first_of(self.vocabulary)),
        )

    def _ai_use(self, text: str) -> AiUse:
        reader = Reader(tokenise(text), self.vocabulary)
        for words, capability in _AI_WORDS:
            if reader.peek(*words):
                return AiUse(capability, text)
        reader.fail(
            "AI-001",
            f"{reader.here()} is none of the eight things AI may do",
            "write `classify …`, `extract …`, `summarise …`, `suggest reviewer`, `draft internal questions …`, "
            "`draft customer message …`, `prepare packet` or `cluster decided cases`; or `none`",
            to_end=True,
        )

    # --- roles and reviews ---

    def _role(self, reader: Reader, stand_for: Mapping[str, str]) -> str:
        reader.take("the")
        for words in ("escalation owner", "owner"):
            if words in stand_for and reader.take(*words.split()):
                role = stand_for[words]
                if not role:
                    reader.fail(
                        "ROLE-002", f"the row names no {words}", f"fill the column of the {words}", back=1
                    )
                return role
        found = _longest(self._roles, reader)
        if found is None:
            self._fail_role(reader)
        reader.at = found[1]
        return found[0]

    def _fail_role(self, reader: Reader) -> NoReturn:
        titles = [words[0] for words in ROLES.values()]
        mend = f"{list_them(titles)}; playbook.toml says who fills a role"
        reader.fail_unknown("a role", titles, mend, stop=_REVIEW_VERBS)

    def _review(self, text: str, stand_for: Mapping[str, str]) -> ReviewRule:
        reader = Reader(tokenise(text), self.vocabulary)
        steps: list[Step] = []
        reader.take("first")
        steps.append(self._step(reader, stand_for))
        while True:
            start = reader.at
            reader.take(",")
            if not reader.take("then"):
                reader.at = start
                break
            steps.append(self._step(reader, stand_for))
        reader.take("must")
        verb = reader.token.word
        if verb not in _REVIEW_VERBS:
            reader.fail(
                "REV-001",
                "the sentence ends before it says what the reviewer does"
                if reader.token.kind == "end"
                else f"what the reviewer does is not said before {reader.here()}",
                "write `approves`, `confirms`, `decides` or `reviews` after who does it",
            )
        reader.advance()
        kinds: tuple[str, ...] = ()
        if reader.take("before"):
            kinds = self._action_list(reader)
        elif reader.token.kind == "word":
            reader.fail(
                "REV-003",
                f"{reader.here()} does not say which actions wait",
                "write `before` and the actions, for instance `before provision access`, or nothing at all",
                to_end=True,
            )
        reader.expect_end("separate actions by commas, and begin another rule with `;` or on a new line")
        return ReviewRule(tuple(steps), verb.rstrip("s"), kinds, text)

    def _step(self, reader: Reader, stand_for: Mapping[str, str]) -> Step:
        needed = reader.count()
        if needed is not None and not reader.take("of"):
            reader.fail(
                "REV-002",
                f"`{needed}` is not followed by `of` and the roles",
                f"write for instance `{needed} of RevOps, finance, legal`",
                back=1,
            )
        first = reader.at
        roles = [self._role(reader, stand_for)]
        both = False
        while True:
            start = reader.at
            if reader.take(",") or reader.take("or"):
                reader.take("or")
            elif reader.take("and"):
                both = True
            else:
                break
            if (
                _longest(self._roles, reader) is None
                and not reader.peek("owner")
                and not reader.peek("escalation")
            ):
                if reader.peek("then"):
                    reader.at = start
                    break
                self._fail_role(reader)
            roles.append(self._role(reader, stand_for))
        if reader.take("both") or reader.take("all"):
            both = True
        if needed is not None and not 1 <= needed <= len(roles):
            tokens = reader.tokens
            raise RuleFault(
                "REV-002",
                f"{needed} of {len(roles)} roles cannot agree",
                (tokens[first - 2].start, tokens[reader.at - 1].end),
                f"ask for a number from 1 to {len(roles)}, or name more roles",
            )
        return Step(tuple(dict.fromkeys(roles)), needed or (len(roles) if both else 1))

    # --- actions ---

    def _action_list(self, reader: Reader) -> tuple[str, ...]:
        kinds: dict[str, None] = {}
        while True:
            found = _longest(self._actions, reader)
            if found is None:
                self._fail_action(reader)
            kinds.update(dict.fromkeys(found[0]))
            reader.at = found[1]
            start = reader.at
            if not (reader.take(",") or reader.take("and") or reader.take("or")):
                return tuple(kinds)
            reader.take("and") or reader.take("or")
            if _longest(self._actions, reader) is None and reader.token.kind == "end":
                reader.at = start
                return tuple(kinds)

    def _fail_action(self, reader: Reader) -> NoReturn:
        phrases = [kind.phrase for kind in self.catalogue.kinds.values()]
        group = max(self._group_kinds, key=lambda each: each.startswith("every"), default="everything")
        reader.fail_unknown(
            "an action",
            [*self._group_kinds, *phrases],
            f"name an action of actions.yaml, for instance `{phrases[0]}`, or a group such as `{group}`",
            stop=("is", "are", "needs", "need"),
        )

    def _asked(self, reader: Reader) -> list[AskedAction]:
        asked = [self._one_asked(reader, None)]
        while reader.take(",", "then") or reader.take("then"):
            after: tuple[Decimal, str] | None = None
            if reader.take("after"):
                count = reader.need_count("3 business days")
                unit = reader.unit()
                if unit is None:
                    reader.fail(
                        "RULE-026",
                        "the sentence ends where a unit of time is needed"
                        if reader.token.kind == "end"
                        else f"`{reader.token.shown}` is no unit of time",
                        f"write for instance `{count} business days`",
                    )
                after = Decimal(count), unit
            asked.append(self._one_asked(reader, after))
        reader.expect_end(_NEXT_PART)
        return asked

    def _one_asked(self, reader: Reader, after: tuple[Decimal, str] | None) -> AskedAction:
        kind = self._asked_kind(reader)
        quoted = ""
        if reader.token.kind == "text":
            quoted = str(reader.token.value)
            reader.advance()
        role = ""
        if reader.take("for") or reader.take("to"):
            role = self._role(reader, {})
        once = reader.take("once")
        return AskedAction(kind, role, quoted, after, once)

    def _asked_kind(self, reader: Reader) -> str:
        if reader.token.word in _RELEASE_WORDS:
            reader.fail(
                "ACT-005",
                f"`{reader.token.shown}` cannot be said here: no row releases an action",
                "leave it out; an action runs once no finding holds it and whoever has to approve has done so",
            )
        found = _longest(self._actions, reader)
        if found is not None and len(found[0]) > 1:
            begin = reader.token.start
            raise RuleFault(
                "ACT-005",
                "what happens to this group of actions is not said",
                (begin, reader.tokens[found[1] - 1].end),
                "write `hold` before it",
            )
        if found is not None and len(found[0]) == 1:
            self._refuse_asking(reader, found[0][0], found[1])
            reader.at = found[1]
            return found[0][0]
        # `create needs-info task for sales`, `notify finance`, `route to legal`: kinds that a prefix covers.
        for prefix in self.catalogue.prefixes:
            words = prefix.rstrip("_").split("_")
            if reader.peek(*words):
                start = reader.at
                taken = []
                while reader.token.kind == "word" and reader.token.word not in ("then", "once", "for"):
                    taken.append(reader.token.word)
                    reader.advance()
                if len(taken) > len(words):
                    return "_".join(taken)
                reader.at = start
        kinds = self.catalogue.kinds.values()
        inside = [kind.phrase for kind in kinds if not kind.stopped_by_hold] or [
            kind.phrase for kind in kinds
        ]
        reader.fail_unknown(
            "an action",
            [kind.phrase for kind in kinds],
            f"begin with `hold` and an action, or ask for one inside the house such as `{inside[0]}`",
        )

    def _refuse_asking(self, reader: Reader, kind: str, end: int) -> None:
        """A row may ask for work inside the house and for messages that go automatically, for nothing else."""
        known = self.catalogue.kinds[kind]
        automatic = (
            known.action_class.customer_facing
            and not known.person_first
            and "draft-first" not in known.person_in
        )
        if known.action_class.system_write or (known.action_class.customer_facing and not automatic):
            raise RuleFault(
                "ACT-006",
                f"a row cannot ask for `{known.phrase}`, which reaches the customer or a system of record",
                (reader.token.start, reader.tokens[end - 1].end),
                f"write `hold {known.phrase}` if the row is to stop it",
            )

    # --- tests ---

    def _test(self, text: str, stand_for: Mapping[str, str]) -> AcceptanceTest:
        reader = Reader(tokenise(text), self.vocabulary)
        if not reader.take("given"):
            reader.fail(
                "TEST-001",
                "a test begins with the record it is about",
                "write `given RECORD, ACTION is held until …`",
            )
        record, changes = self._given(reader, text)
        expectations = [self._expectation(reader)]
        while reader.take("and") or reader.take(","):
            reader.take("and")
            expectations.append(self._expectation(reader))
        until, role = None, ""
        if reader.take("until"):
            until, role = self._until(reader, stand_for)
        reader.expect_end()
        return AcceptanceTest(record, changes, tuple(expectations), until, role, text)

    def _given(self, reader: Reader, text: str) -> tuple[str, tuple[Change, ...]]:
        start = reader.token
        while reader.token.kind != "end" and not reader.peek(","):
            if reader.peek("with") and text[: reader.token.start][-1:].isspace():
                break  # `with` inside a name, as in `signed-with-stamp`, does not begin a change
            reader.advance()
        record = text[start.start : reader.tokens[max(reader.at - 1, 0)].end].strip()
        if reader.token is start:
            reader.fail(
                "TEST-002",
                "the test does not say which record it is about",
                "name a file of the records folder: `given RECORD, ACTION is held`",
            )
        changes: list[Change] = []
        if reader.take("with"):
            changes.append(self._change(reader))
            while reader.take("and") or (reader.peek(",") and not self._expectation_follows(reader)):
                reader.take(",")
                changes.append(self._change(reader))
        if not reader.take(","):
            reader.fail(
                "TEST-002",
                f"a comma is missing after `{record}`"
                if not changes
                else f"a comma is missing before {reader.here()}",
                "write `given RECORD, ACTION is held`, with a comma before what is expected",
            )
        return record, tuple(changes)

    def _expectation_follows(self, reader: Reader) -> bool:
        start = reader.at
        reader.take(",")
        follows = (
            reader.peek("the", "case")
            or reader.peek("the", "reviewer")
            or reader.peek("the", "tier")
            or reader.peek("the", "check")
            or reader.peek("ai", "may", "not")
            or self._people(Reader(reader.tokens[reader.at :], self.vocabulary)) is not None
            or _longest(self._actions, reader) is not None
        )
        reader.at = start
        return follows

    def _change(self, reader: Reader) -> Change:
        for found in reader.all_phrases(self.vocabulary.record):
            if found.entry.kind == "system":
                start, reader.at = reader.at, found.end
                if reader.take("not", "on", "file"):
                    return Change(found.entry.name, None)
                if reader.take("not", "provided"):
                    return Change(found.entry.name, ABSENT)
                reader.at = start
            if found.entry.kind in ("name", "list"):
                reader.at = found.end
                if reader.take("blank"):
                    return Change(found.entry.name, None)
                if reader.take("not", "provided"):
                    return Change(found.entry.name, ABSENT)
                if reader.take("set", "to"):
                    return Change(found.entry.name, self._raw_value(reader))
                reader.fail(
                    "TEST-005",
                    f"what the test changes about `{found.entry.name}` is not said",
                    f"write `{found.entry.name} blank`, `… not provided` or `… set to VALUE`",
                )
        example = next(iter(reader.glossary.names), "contract plan")
        reader.fail_unknown(
            "a name",
            list(reader.glossary.names),
            f"change a value of the glossary, for instance `with {example} blank`",
            stop=("blank", "set", "not"),
        )

    def _raw_value(self, reader: Reader) -> object:
        token = reader.token
        if token.kind in ("mark", "end"):
            reader.fail(
                "TEST-005",
                "the value is missing after `set to`",
                "write a number, a date, a choice or a text in double quotes",
                back=1,
            )
        reader.advance()
        if token.kind == "number" and isinstance(token.value, Decimal):
            whole = token.value == token.value.to_integral_value()
            return int(token.value) if whole else float(token.value)
        if token.kind in ("text", "date"):
            return str(token.value)
        if token.word in ("yes", "no"):
            return token.word == "yes"
        words = [token.word]
        while reader.token.kind == "word" and reader.token.word not in ("and",):
            words.append(reader.token.word)
            reader.advance()
        return " ".join(words)

    def _expectation(self, reader: Reader) -> Expectation:
        if reader.take("the", "case", "lacks"):
            return Expectation("lacks", self._lacking(reader), "lacks")
        if reader.take("the", "case", "asks", "to"):
            return Expectation("asks", self._action_list(reader), "asked for")
        if reader.take("the", "case", "is", "decided", "by"):
            return Expectation("decider", (), self._role(reader, {}))
        if reader.take("the", "case"):
            reader.take("is")
            for wanted in ("matched", "clear"):
                if reader.take(wanted):
                    return Expectation("case", (), wanted)
            if reader.take("unknown") or reader.take("cannot", "tell"):
                return Expectation("case", (), "unknown")
            reader.fail(
                "TEST-003",
                f"a case is not {reader.here()}",
                "write `the case is matched` or `the case is clear`",
            )
        if reader.take("the", "reviewer", "is"):
            return Expectation("reviewer", (), self._role(reader, {}))
        if reader.take("the", "tier", "is"):
            return Expectation("tier", (), self._tier(reader))
        if reader.take("the", "check"):
            return self._failing_check(reader)
        if reader.take("ai", "may", "not"):
            return self._not_for_ai(reader)
        if (people := self._people(reader)) is not None:
            return people
        kinds = self._action_list(reader)
        for state, words in _STATES:
            if reader.take(*words):
                return Expectation("actions", kinds, state)
        reader.fail(
            "TEST-004",
            "the sentence ends before it says what the action should be"
            if reader.token.kind == "end"
            else f"what the action should be is not said before {reader.here()}",
            "write `is held`, `is released`, `needs review` or `is not due`",
        )

    def _lacking(self, reader: Reader) -> tuple[str, ...]:
        """`contract`, `PO number and contract`: systems and names that are not there."""
        found: list[str] = []
        while True:
            entry = next(
                (
                    each
                    for each in reader.all_phrases(self.vocabulary.record)
                    if each.entry.kind in ("name", "list", "system")
                ),
                None,
            )
            if entry is None:
                reader.fail(
                    "TEST-020",
                    f"what the case lacks is not said before {reader.here()}",
                    f"name what the evidence cell asks for, such as `the case lacks {_first_of(self.vocabulary)[-1]}`",
                )
            reader.at = entry.end
            found.append(entry.entry.name)
            start = reader.at
            if not (reader.take("and") or reader.take(",") or reader.take("or")):
                return tuple(found)
            if not any(
                each.entry.kind in ("name", "list", "system")
                for each in reader.all_phrases(self.vocabulary.record)
            ):
                reader.at = start
                return tuple(found)

    def _people(self, reader: Reader) -> Expectation | None:
        """`2 people decide the case`; nothing is read where something else stands here."""
        start = reader.at
        count = reader.count()
        if count and reader.take("people", "decide", "the", "case"):
            return Expectation("people", (), str(count))
        reader.at = start
        return None

    def _tier(self, reader: Reader) -> str:
        for tier in TIERS:
            if reader.take(tier):
                return tier
        reader.fail(
            "TEST-021",
            f"a tier is not {reader.here()}",
            "write `the tier is low`, `medium`, `high` or `hold`",
        )

    def _failing_check(self, reader: Reader) -> Expectation:
        """`the check "contract is attached" fails`: the sentence stands in quotes, as the checks cell has it."""
        token = reader.token
        if token.kind != "text":
            reader.fail(
                "TEST-022",
                "the check that fails is not quoted",
                'quote it as the checks cell has it: `the check "contract is attached" fails`',
            )
        said = str(token.value)
        condition = parse_condition(said, self.vocabulary)
        refuse_broken_definitions(condition, self.vocabulary.glossary, said)
        reader.advance()
        if not reader.take("fails"):
            reader.fail(
                "TEST-022",
                f"what becomes of the check is not said before {reader.here()}",
                'write `the check "…" fails`',
            )
        return Expectation("check", (), "fails", condition)

    def _not_for_ai(self, reader: Reader) -> Expectation:
        for words, capability in _AI_WORDS:
            if reader.take(*words):
                while reader.token.kind == "word" and not reader.peek("and") and not reader.peek("until"):
                    reader.advance()
                return Expectation("ai", (), capability)
        reader.fail(
            "TEST-023",
            f"{reader.here()} is nothing that AI does here",
            "write for instance `AI may not draft a customer message`",
        )

    def _until(self, reader: Reader, stand_for: Mapping[str, str]) -> tuple[Condition | None, str]:
        """`CONDITION or ROLE approves an exception`, either part alone too."""
        start = reader.at
        end = self._exception_start(reader)
        if end == start:
            role = self._exception_role(reader, stand_for)
            return None, role
        if end is None:
            self._check_exception(reader)
        whole = reader.tokens
        cut = end if end is not None else len(whole) - 1
        if end is not None:
            cut = end - 1  # the `or` before the role
        inner = Reader(
            (*whole[start:cut], Token("end", "", whole[cut].start, whole[cut].start)), self.vocabulary
        )
        condition = ConditionParser(inner).condition()
        inner.expect_end()
        reader.at = cut
        role = ""
        if end is not None:
            reader.at = end
            role = self._exception_role(reader, stand_for)
        return condition, role

    def _check_exception(self, reader: Reader) -> None:
        """`… approves` without a role that could: say so, rather than that the words are no condition."""
        start, begin = reader.at, reader.at
        for at in range(start, len(reader.tokens)):
            word = reader.tokens[at].word
            if word in ("or", "and"):
                begin = at + 1
            if word not in ("approve", "approves"):
                continue
            reader.at = begin
            if _longest(self._roles, reader) is not None and begin > start:
                reader.fail(
                    "TEST-006",
                    "who may approve an exception stands last, after `or`",
                    "write `until CONDITION or RevOps approves an exception`",
                    back=1,
                )
            self._fail_role(reader)
        reader.at = start

    def _exception_start(self, reader: Reader) -> int | None:
        """Where `ROLE approves …` begins: at the start, or after the last `or`."""
        start = reader.at
        candidates = [start] + [
            index + 1
            for index in range(len(reader.tokens) - 1, start, -1)
            if reader.tokens[index].word == "or"
        ]
        for at in candidates:
            reader.at = at
            reader.take("the")
            found = _longest(self._roles, reader)
            after = found[1] if found else None
            if reader.peek("owner"):
                after = reader.at + 1
            elif reader.peek("escalation", "owner"):
                after = reader.at + 2
            reader.at = start
            if after is not None and reader.tokens[after].word in _REVIEW_VERBS:
                return at
        return None

    def _exception_role(self, reader: Reader, stand_for: Mapping[str, str]) -> str:
        role = self._role(reader, stand_for)
        reader.advance()
        if reader.take("an", "exception") or reader.take("the", "exception") or reader.take("it"):
            return role
        # `RevOps approves` and `finance names the plan` read the same: a named person decides.
        while reader.token.kind != "end":
            reader.advance()
        return role


def refuse_broken_definitions(condition: Condition, glossary: Glossary, text: str) -> None:
    """A sentence built on a definition that has a fault of its own cannot be told."""
    for name in broken_definitions(condition, glossary):
        start = max(text.casefold().find(name.casefold()), 0)
        raise RuleFault(
            "RULE-032",
            f"the definition `{name}` could not be read",
            (start, min(start + len(name), len(text)) or 1),
            "mend it under `definitions` in glossary.yaml",
        )


def lanes(text: str, known: Mapping[str, str]) -> tuple[str, ...] | RuleFault:
    """The lanes or segments of a cell; empty for `any`. `known` maps a folded spelling to its name."""
    if fold(text) in ("", "any", "all", "every"):
        return ()
    found = []
    at = 0
    for piece in text.replace(";", ",").replace("\n", ",").split(","):
        start = text.find(piece, at)
        at = start + len(piece)
        key = fold(piece)
        if not key:
            continue
        if key not in known:
            near = did_you_mean(piece.strip(), known.values())
            mend = (
                f"did you mean `{near}`?"
                if near
                else "choose from "
                + ", ".join(f"`{each}`" for each in dict.fromkeys(known.values()))
                + ", or `any`"
            )
            lead = len(piece) - len(piece.lstrip())
            return RuleFault(
                "LANE-001",
                f"`{piece.strip()}` is not listed in clean-path.yaml",
                (start + lead, start + len(piece.rstrip())),
                mend,
            )
        found.append(known[key])
    return tuple(dict.fromkeys(found))


def _first_of(vocabulary: Vocabulary) -> list[str]:
    """A system and a value, as examples."""
    glossary = vocabulary.glossary
    return [*list(glossary.systems)[:1], *list(glossary.names)[:1]]


def _by_words(phrases: Mapping[str, T]) -> dict[str, list[tuple[tuple[str, ...], T]]]:
    table: dict[str, list[tuple[tuple[str, ...], T]]] = {}
    for phrase, meaning in phrases.items():
        words = words_of(phrase)
        table.setdefault(words[0], []).append((words, meaning))
    for entries in table.values():
        entries.sort(key=lambda entry: -len(entry[0]))
    return table


def _longest(
    table: Mapping[str, Sequence[tuple[tuple[str, ...], T]]], reader: Reader
) -> tuple[T, int] | None:
    for words, meaning in table.get(reader.token.word, ()):
        if reader.peek(*words):
            return meaning, reader.at + len(words)
    return None
