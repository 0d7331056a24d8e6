"""Say how a row is understood: every cell, every name, what fires it and what nearly does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from holdshort.core.acceptance import Record
from holdshort.core.action_words import phrase
from holdshort.core.clauses import AcceptanceTest, AskedAction, Change, Expectation, ReviewRule
from holdshort.core.columns import COLUMNS
from holdshort.core.examples import Example, ExampleFinder, Examples
from holdshort.core.glossary import Glossary, Name
from holdshort.core.paths import ABSENT
from holdshort.core.playbook import Playbook
from holdshort.core.register import EdgeCase
from holdshort.core.roles import TITLES
from holdshort.core.rules import ast
from holdshort.core.rules.printer import print_condition
from holdshort.core.rules.walk import definitions_in, names_in, nodes, systems_in

_TIERS = {
    "low": "Low: AI may propose the tidy-up, the owner confirms. It stops only what the row itself names.",
    "medium": "Medium: a named person confirms the route. It stops only what the row itself names.",
    "high": "High: the owner decides. It stops only what the row itself names.",
    "hold": "Hold: every customer-facing action and every system write of the onboarding waits for a person.",
}
_AI_USES = {
    "H1": "classify the lane",
    "H2": "extract what the sources say",
    "H3": "summarise gaps and conflicts, and say what is uncertain",
    "H4": "suggest a reviewer or queue",
    "H5": "draft internal questions and missing-info tasks",
    "H6": "draft customer messages, which a person sends",
    "H7": "prepare a packet with citations",
    "H8": "cluster cases that people have decided",
}
_NOT_FOR_AI = {
    "H1": "classify",
    "H2": "extract",
    "H3": "summarise",
    "H4": "suggest a reviewer",
    "H5": "draft internal questions",
    "H6": "draft a customer message",
    "H7": "prepare the packet",
    "H8": "cluster",
}
"""As a test writes it: the shortest words that read back."""


@dataclass(frozen=True)
class CellReading:
    """One cell: as written, as it is understood, and what else a reader should know of it."""

    column: str
    text: str
    read: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class NameReading:
    """One name that the row looks at: what it is and where its value lives."""

    name: str
    type: str
    where: tuple[str, ...]
    expected: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Explanation:
    case: str
    scenario: str
    is_active: bool
    cells: tuple[CellReading, ...]
    definitions: tuple[tuple[str, str], ...]
    """Definitions and parts of lists that the row uses, each with its sentence."""
    names: tuple[NameReading, ...]
    examples: Examples

    @property
    def found_nothing(self) -> str:
        """What to say where no record fires the row, else nothing."""
        if self.examples.fires:
            return ""
        return f"no record found that fires it within {self.examples.tries} tries"

    def to_json(self) -> dict[str, Any]:
        return {
            "case": self.case,
            "scenario": self.scenario,
            "active": self.is_active,
            "cells": [
                {"column": each.column, "text": each.text, "read": list(each.read), "notes": list(each.notes)}
                for each in self.cells
            ],
            "definitions": [{"name": name, "means": means} for name, means in self.definitions],
            "names": [
                {
                    "name": each.name,
                    "type": each.type,
                    "where": list(each.where),
                    "expected": each.expected,
                    "notes": list(each.notes),
                }
                for each in self.names
            ],
            "fires": [_example_json(each) for each in self.examples.fires],
            "near_misses": [_example_json(each) for each in self.examples.misses],
            "cannot_tell": [_example_json(each) for each in self.examples.unsure],
            "tries": self.examples.tries,
        }


def _example_json(example: Example) -> dict[str, Any]:
    return {
        "base": example.base,
        "changes": list(example.changes),
        "why": list(example.why),
        "beside": example.of,
        "record": example.record,
    }


def explain(case: EdgeCase, playbook: Playbook, records: Mapping[str, Record], now: datetime) -> Explanation:
    """
    Explain one row.

    Args:
        case: The row.
        playbook: Whose words it uses.
        records: The playbook's records by name, from which examples are made.
        now: The moment of the evaluation (UTC) for a record that states no `as_of`.
    """
    glossary = playbook.glossary
    conditions = (case.trigger, *case.checks)
    return Explanation(
        case=case.case,
        scenario=case.scenario,
        is_active=case.is_active,
        cells=read_cells(case, playbook),
        definitions=tuple(_definitions(conditions, glossary)),
        names=tuple(_names(conditions, glossary)),
        examples=ExampleFinder(playbook, records, now).find(case),
    )


def read_cells(case: EdgeCase, playbook: Playbook) -> tuple[CellReading, ...]:
    """How each cell of a row is understood, in the order of the columns."""
    return tuple(_CellReader(case, playbook).cells())


# --- cells ------------------------------------------------------------------------------------------------


class _CellReader:
    """Puts each cell's reading into words."""

    def __init__(self, case: EdgeCase, playbook: Playbook) -> None:
        self.case = case
        self.playbook = playbook
        self.glossary = playbook.glossary

    def cells(self) -> Iterator[CellReading]:
        for column in COLUMNS:
            text = self.case.texts.get(column.key, "").strip()
            read = tuple(each for each in self._read(column.key) if each)
            if column.key not in ("id", "scenario") and (text or read):
                yield CellReading(column.title, text, read, tuple(self._notes(column.key, text)))

    def _read(self, key: str) -> Iterable[str]:
        case = self.case
        match key:
            case "lane":
                return [", ".join(case.lanes) or "every lane"]
            case "segment":
                return [", ".join(case.segments) or "every segment"]
            case "trigger":
                return [print_condition(case.trigger, self.glossary)]
            case "tier":
                return [_TIERS.get(case.tier, case.tier)]
            case "evidence":
                return [f"{each.name} is there" for each in case.evidence]
            case "checks":
                return [print_condition(each, self.glossary) for each in case.checks]
            case "ai":
                return list(dict.fromkeys(_AI_USES[each.capability] for each in case.ai)) or [
                    "AI does nothing here"
                ]
            case "review":
                return [_review(each) for each in case.review] or ["nobody has to decide"]
            case "owner":
                return [self._who(case.owner)]
            case "escalation":
                return [self._who(case.escalation)]
            case "action":
                return list(self._action())
            case "audit":
                return [", ".join(case.audit)]
            case "test":
                return [_test(each, self.glossary) for each in case.tests] or [
                    "none, so the row is not active"
                ]
            case "work_area":
                return [case.work_area]
            case "sources":
                return [case.sources]
        return []

    def _who(self, role: str) -> str:
        people = ", ".join(self.playbook.settings.people.get(role, ()))
        title = TITLES.get(role, role) if role not in ("", "none") else "nobody"
        return f"{title}: {people}" if people else title

    def _action(self) -> Iterator[str]:
        action = self.case.action
        if action.holds:
            yield f"does not run meanwhile: {_phrases(action.holds)}"
        if action.asks:
            yield f"asked for: {'; '.join(_asked(each) for each in action.asks)}"
        if action.stops_evaluation:
            yield "once this row matches, no other row is looked at"
        if not action.holds and not self.case.holds and self.case.tier != "hold":
            yield "nothing stops; the finding is shown"

    def _notes(self, key: str, text: str) -> Iterator[str]:
        """Which actions exactly a group in the cell stands for."""
        if key not in ("action", "review", "test", "tier"):
            return
        said = " ".join(text.casefold().split())
        groups = self.playbook.catalogue.groups()
        for group, kinds in groups.items():
            if group.casefold() in said and key != "tier":
                yield f"{group} = {_phrases(kinds)}"
        if key == "tier" and self.case.tier == "hold":
            stopped = (kind.kind for kind in self.playbook.catalogue.kinds.values() if kind.stopped_by_hold)
            yield f"these are {_phrases(stopped)}"


def _phrases(kinds: Iterable[str]) -> str:
    return ", ".join(phrase(kind) for kind in kinds)


def _titles(roles: Iterable[str]) -> list[str]:
    return [TITLES.get(role, role) for role in roles]


def _review(rule: ReviewRule) -> str:
    steps = []
    for step in rule.steps:
        roles = _titles(step.roles)
        if len(roles) == 1:
            steps.append(roles[0])
        elif step.needed == 1:
            steps.append(" or ".join(roles))
        elif step.needed == len(roles):
            steps.append(" and ".join(roles) + " (all of them)")
        else:
            steps.append(f"{step.needed} of {', '.join(roles)}")
    verb = rule.verb if rule.verb.endswith("s") else f"{rule.verb}s"
    waits = (
        f"; until then these wait: {_phrases(rule.actions)}" if rule.actions else "; no action waits for it"
    )
    return f"{', then '.join(steps)} {verb}{waits}"


def _asked(ask: AskedAction) -> str:
    said = phrase(ask.kind)
    if ask.quoted:
        said += f" “{ask.quoted}”"
    if ask.role:
        said += f" for {TITLES.get(ask.role, ask.role)}"
    if ask.once:
        said += ", once"
    return f"after {ask.after[0]} {ask.after[1]}: {said}" if ask.after else said


def _test(test: AcceptanceTest, glossary: Glossary) -> str:
    changes = " and ".join(_changed(each, glossary) for each in test.changes)
    given = f"given {test.record}" + (f" with {changes}" if changes else "")
    until = [print_condition(test.until, glossary)] if test.until is not None else []
    if test.until_role:
        until.append(f"{TITLES.get(test.until_role, test.until_role)} approves an exception")
    expected = " and ".join(_expected(each, glossary) for each in test.expectations)
    return f"{given}, {expected}" + (f" until {' or '.join(until)}" if until else "")


def _expected(expectation: Expectation, glossary: Glossary) -> str:
    match expectation.subject:
        case "case":
            return f"the case is {expectation.wanted}"
        case "decider":
            return f"the case is decided by {TITLES.get(expectation.wanted, expectation.wanted)}"
        case "asks":
            return f"the case asks to {_phrases(expectation.kinds)}"
        case "people":
            return f"{expectation.wanted} people decide the case"
        case "tier":
            return f"the tier is {expectation.wanted}"
        case "lacks":
            return f"the case lacks {' and '.join(expectation.kinds)}"
        case "check" if expectation.condition is not None:
            return f'the check "{print_condition(expectation.condition, glossary)}" fails'
        case "ai":
            return f"AI may not {_NOT_FOR_AI[expectation.wanted]}"
    if expectation.subject == "reviewer":
        return f"the reviewer is {TITLES.get(expectation.wanted, expectation.wanted)}"
    many = len(expectation.kinds) > 1
    if expectation.wanted == "needs review":
        return f"{_phrases(expectation.kinds)} {'need' if many else 'needs'} review"
    return f"{_phrases(expectation.kinds)} {'are' if many else 'is'} {expectation.wanted}"


def _changed(change: Change, glossary: Glossary) -> str:
    if change.value is ABSENT:
        return f"{change.name} not provided"
    if change.value is None:
        return f"{change.name} {'blank' if change.name in glossary.names else 'not on file'}"
    return f"{change.name} set to {_plain(change.value)}"


def _plain(value: Any) -> str:
    return "yes" if value is True else "no" if value is False else str(value)


# --- words ------------------------------------------------------------------------------------------------


def _definitions(conditions: Iterable[ast.Condition], glossary: Glossary) -> Iterator[tuple[str, str]]:
    """Definitions, parts of lists and word lists, those inside others after them."""
    waiting: list[object] = list(conditions)
    seen: set[str] = set()
    while waiting:
        node = waiting.pop(0)
        for name in definitions_in(node):
            if name not in seen:
                seen.add(name)
                waiting.append(glossary.definitions[name])
                yield name, print_condition(glossary.definitions[name], glossary)
        for name in _parts_of_lists(node, glossary):
            if name not in seen:
                seen.add(name)
                waiting.append(glossary.list_filters[name])
                parent = glossary.names[name].parent
                yield (
                    name,
                    f"those {parent} of which {print_condition(glossary.list_filters[name], glossary)}",
                )
        for each in nodes(node):
            if isinstance(each, ast.Mentions) and each.word_list and each.word_list not in seen:
                seen.add(each.word_list)
                words = glossary.word_lists[each.word_list]
                more = f" and {len(words) - 12} more" if len(words) > 12 else ""
                yield each.word_list, ", ".join(words[:12]) + more
            if isinstance(each, ast.Threshold) and each.name not in seen:
                seen.add(each.name)
                yield each.name, f"{glossary.thresholds[each.name]} (playbook.toml)"


def _parts_of_lists(node: object, glossary: Glossary) -> Iterator[str]:
    for each in nodes(node):
        name = each.list if isinstance(each, ast.Quantified | ast.Include) else getattr(each, "name", "")
        while name in glossary.names and glossary.names[name].parent:
            yield name
            name = glossary.names[name].parent


def _names(conditions: Iterable[ast.Condition], glossary: Glossary) -> Iterator[NameReading]:
    read = tuple(conditions)
    for system in systems_in(read):
        entry = glossary.systems[system]
        notes = () if entry.expected else ("quiet where no source says whether there is one",)
        yield NameReading(system, "system", (entry.key,), entry.expected, notes)
    for each in names_in(read, glossary):
        name = glossary.names[each]
        if name.paths:
            yield NameReading(each, _type(name), tuple(_where(name)), name.expected, tuple(_name_notes(name)))
    for list_name, field in dict.fromkeys(_fields(read, glossary)):
        owner = glossary.list_of(list_name)
        entry_of = owner.fields[field]
        where = tuple(f"{owner.paths[0]}[].{path}" for path in entry_of.paths[:1])
        said = f"{owner.item or owner.name}: {field}"
        yield NameReading(said, _type(entry_of), where, entry_of.expected, tuple(_name_notes(entry_of)))


def _fields(conditions: Iterable[object], glossary: Glossary) -> Iterator[tuple[str, str]]:
    """The fields of list elements that conditions look at, definitions and parts of lists unfolded."""
    waiting: list[tuple[object, str]] = [(each, "") for each in conditions]
    seen: set[str] = set()
    while waiting:
        node, outer = waiting.pop(0)
        for each in nodes(node):
            match each:
                case ast.Quantified(_, _, name, where, body):
                    owner = glossary.list_of(name).name
                    yield from (
                        (owner, field.field)
                        for field in nodes((where, body))
                        if isinstance(field, ast.FieldRef)
                    )
                case ast.Include(name):
                    yield glossary.list_of(name).name, glossary.list_of(name).named_by
                case ast.Defined(name) if name not in seen:
                    seen.add(name)
                    waiting.append((glossary.definitions[name], ""))
                case ast.FieldRef(field) if outer:
                    yield outer, field
        for name in _parts_of_lists(node, glossary):
            if name not in seen:
                seen.add(name)
                waiting.append((glossary.list_filters[name], glossary.list_of(name).name))


def _type(name: Name) -> str:
    if name.is_list:
        return f"list of {name.value_type}" if name.value_type else "list"
    return name.type


def _where(name: Name) -> Iterator[str]:
    yield from (str(path) for path in name.paths)
    if name.else_paths:
        more = " …" if len(name.else_paths) > 3 else ""
        yield f"else {', '.join(str(path) for path in name.else_paths[:3])}{more}"


def _name_notes(name: Name) -> Iterator[str]:
    if name.options and not name.is_list:
        yield f"one of {', '.join(name.options[:8])}" + (" …" if len(name.options) > 8 else "")
    if len(name.paths) > 1 and not name.is_list:
        yield "all of these have to agree"
    if not name.expected:
        yield "quiet where no source gives it"
    if name.fresh_for_days is not None:
        yield f"stale after {name.fresh_for_days} days"
    if name.ai_path is not None:
        yield f"what only AI found ({name.ai_path}) does not count"
    if name.personal:
        yield "personal data"
