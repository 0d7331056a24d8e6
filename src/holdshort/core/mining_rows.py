"""
From a mechanism to a row in the register's own words, with a test that proves it.

A proposed row holds what the kind of outcome usually calls for. A person accepts, edits or drops it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

from holdshort.core.action_words import phrases
from holdshort.core.actions import Catalogue
from holdshort.core.columns import DEFAULT_AUDIT_FIELDS
from holdshort.core.glossary import Glossary
from holdshort.core.paths import ABSENT, follow
from holdshort.core.rules import ast
from holdshort.core.rules.printer import print_condition
from holdshort.core.rules.walk import names_in
from holdshort.core.shadow_outcomes import OutcomeKind

_AI = "summarise missing fields; draft internal questions for sales"


@dataclass(frozen=True)
class ProposedTest:
    """What a row's test changes in a record: in the words of the test, or in a record of its own."""

    record: str
    changes: tuple[str, ...] = ()
    own_record: Mapping[str, Any] = field(default_factory=dict)
    """A change of `record` that words cannot say; it becomes a record of the playbook, of the name `name`."""
    name: str = ""

    def given(self) -> str:
        if self.own_record:
            return self.name
        return f"{self.record} with {' and '.join(self.changes)}"


def case_id(condition: ast.Condition, glossary: Glossary) -> str:
    """The same condition always has the same ID."""
    digest = sha256(print_condition(condition, glossary).encode()).hexdigest()
    return f"CO-MINED-{int(digest[:8], 16) % 10_000:04}"


def cells(
    condition: ast.Condition,
    kind: OutcomeKind,
    test: ProposedTest,
    scenario: str,
    sources: Sequence[str],
    glossary: Glossary,
    catalogue: Catalogue,
) -> dict[str, str]:
    """The fifteen cells of a row against a mechanism, by column key, and where it comes from."""
    held = [each for each in kind.holds if each in catalogue.kinds]
    said = ", ".join(phrases(held, catalogue))
    names = [name for name in names_in(condition, glossary) if name in glossary.names]
    check = opposite(condition)
    until = f"until {print_condition(check, glossary)} or {kind.owner} approves an exception" if check else ""
    return {
        "id": case_id(condition, glossary),
        "scenario": scenario,
        "lane": "any",
        "work_area": kind.work_area,
        "segment": "any",
        "trigger": print_condition(condition, glossary),
        "tier": kind.tier,
        "evidence": "; ".join(names) or "none",
        "checks": print_condition(check, glossary) if check else "none",
        "ai": _AI if kind.tier != "hold" else "summarise missing fields",
        "review": f"{kind.owner} confirms before {said}",
        "owner": kind.owner,
        "escalation": kind.escalation,
        "action": f"hold {said}; draft internal questions",
        "audit": DEFAULT_AUDIT_FIELDS,
        "test": f"given {test.given()}, {said} {'are' if len(held) > 1 else 'is'} held {until}".strip(),
        "sources": "; ".join(sources),
    }


def opposite(condition: ast.Condition) -> ast.Condition | None:
    """What has to be so before the row's hold ends, where a plain sentence says it."""
    match condition:
        case ast.Presence(term, "missing", False):
            return ast.Presence(term, "present")
        case ast.Agree(names, True):
            return ast.Agree(names)
        case ast.Include(list_, (("no", 0, option),)):
            return ast.Include(list_, (("at least", 1, option),))
        case ast.And((first, *_)):
            return opposite(first)
        case _:
            return None


def proposed_test(
    condition: ast.Condition,
    base_name: str,
    base: Mapping[str, Any],
    example: Mapping[str, Any],
    glossary: Glossary,
    name: str,
) -> ProposedTest | None:
    """
    How a record on which nothing is wrong becomes one on which `condition` holds; None where no way is known.

    Args:
        base: A record of the playbook on which no row finds anything.
        example: A record in which the mechanism was at work; only single choices, numbers and dates are taken from it.
        name: What a record of its own would be called.
    """
    maker = _Maker(base, example, glossary)
    if not maker.make(condition):
        return None
    if maker.needs_own:
        return ProposedTest(base_name, (), maker.own_record(), name)
    return ProposedTest(base_name, tuple(maker.changes)) if maker.changes else None


class _Maker:
    def __init__(self, base: Mapping[str, Any], example: Mapping[str, Any], glossary: Glossary) -> None:
        self.base, self.example, self.glossary = base, example, glossary
        self.changes: list[str] = []
        self.raws: list[tuple[str, Any]] = []
        self.needs_own = False

    def make(self, condition: ast.Condition) -> bool:
        match condition:
            case ast.And(parts):
                return all(self.make(part) for part in parts)
            case ast.Presence(ast.NameRef(name), "missing", False):
                return self._change(name, "blank", None)
            case ast.Equals(ast.NameRef(name), ast.YesNo(truth), False):
                return self._change(name, f"set to {'yes' if truth else 'no'}", truth)
            case ast.Equals(ast.NameRef(name), ast.Choice(value), False):
                return self._change(name, f"set to {_quoted(value)}", value)
            case ast.Compare(ast.NameRef(name), "at least" | "at most", ast.Number(limit)):
                return self._change(name, f"set to {limit:f}", _plain(limit))
            case ast.Compare(ast.NameRef(name), "at least" | "at most", ast.MoneyLiteral(limit, _)):
                return self._change(name, f"set to {limit:f}", _plain(limit))
            case ast.Agree((left, right), True):
                return self._differ(left, right)
            case ast.Order(ast.NameRef(name), "before", ast.Today()):
                return self._date(name, -3)
            case ast.Quantified("any", _, list_, None, ast.Mentions(ast.FieldRef("text"), phrases, words)):
                spoken = phrases or self.glossary.word_lists.get(words, ())
                said = next((each for each in spoken if not set("*{") & set(each)), "")
                return bool(said) and self._say(list_, said)
            case ast.Include(list_, (("no", 0, option),)):
                return self._without(list_, option)
            case ast.ListSize(ast.NameRef(name), "exactly", 0):
                return self._own(name, [])
        return False

    def _change(self, name: str, words: str, raw: Any) -> bool:
        entry = self.glossary.names[name]
        if not entry.paths or not entry.paths[0].is_plain:
            return False
        self.changes.append(f"{name} {words}")
        self.raws.append((name, raw))
        return True

    def _differ(self, left: str, right: str) -> bool:
        """Set the first name to something else than the second has."""
        entry, other = self.glossary.names[left], self.glossary.names[right]
        standing = self._raw(right, self.base)
        for raw in (self._raw(left, self.example), *self._other_values(left, standing)):
            if raw is None or str(raw).casefold() == str(standing).casefold() or isinstance(raw, dict | list):
                continue
            if entry.type in ("number", "money") and other.type in ("number", "money"):
                return self._change(left, f"set to {raw}", raw)
            if entry.type in ("choice", "date", "text", "name"):
                shown = str(raw) if entry.type == "date" else _quoted(str(raw))
                return self._change(left, f"set to {shown}", raw)
        return False

    def _other_values(self, name: str, standing: Any) -> Iterator[Any]:
        entry = self.glossary.names[name]
        yield from entry.options
        if entry.type in ("number", "money") and isinstance(standing, int | float):
            yield standing + 10
        if entry.type == "date" and isinstance(standing, str):
            try:
                yield (date.fromisoformat(standing[:10]) + timedelta(days=7)).isoformat()
            except ValueError:
                return

    def _date(self, name: str, days: int) -> bool:
        try:
            today = date.fromisoformat(str(self.base.get("as_of"))[:10])
        except ValueError:
            return False
        raw = (today + timedelta(days=days)).isoformat()
        return self._change(name, f"set to {raw}", raw)

    def _say(self, list_: str, words: str) -> bool:
        """A list whose one element says the words; what people really wrote stays out of the playbook."""
        root = self.glossary.list_of(list_)
        standing = self._raw(root.name, self.base)
        first = (
            standing[0] if isinstance(standing, list) and standing and isinstance(standing[0], dict) else {}
        )
        path = root.fields["text"].paths[0] if root.fields["text"].paths else None
        field_name = path.steps[0].key if path is not None else "text"
        return self._own(root.name, [{**first, field_name: f"They spoke of this: {words}."}])

    def _without(self, list_: str, option: str) -> bool:
        root = self.glossary.list_of(list_)
        standing = self._raw(root.name, self.base)
        field_ = root.fields[root.named_by]
        if not isinstance(standing, list) or not field_.paths:
            return False
        kept = []
        for each in standing:
            raw = follow(field_.paths[0], each)[0] if isinstance(each, dict) else None
            spelt = field_.spellings.get(" ".join(str(raw).replace("_", " ").split()).casefold(), raw)
            if spelt != option and raw != option:
                kept.append(each)
        return len(kept) < len(standing) and self._own(root.name, kept)

    def _own(self, name: str, raw: Any) -> bool:
        """Set what no words of a test can set, so that the test gets a record of its own."""
        entry = self.glossary.names[name]
        if not entry.paths or any(step.pick is not None for step in entry.paths[0].steps):
            return False
        self.raws.append((name, raw))
        self.needs_own = True
        return True

    def own_record(self) -> dict[str, Any]:
        """Every change as one change of the base record."""
        found: dict[str, Any] = {}
        for name, raw in self.raws:
            *above, last = self.glossary.names[name].paths[0].steps
            target = found
            for step in above:
                target = target.setdefault(step.key, {})
            target[last.key] = raw
        return found

    def _raw(self, name: str, record: Mapping[str, Any]) -> Any:
        entry = self.glossary.names[name]
        value = follow(entry.paths[0], record)[0] if entry.paths else ABSENT
        if isinstance(value, dict) and "value" in value:
            value = value["value"]
        return None if value is ABSENT else value


def _quoted(value: str) -> str:
    words = value.split()
    plain = all(word.isalpha() for word in words) and not {"and", "or"} & {word.casefold() for word in words}
    return value if plain else '"' + value.replace('"', "'") + '"'


def _plain(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)
