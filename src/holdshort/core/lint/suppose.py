"""
Can a condition ever be matched, and can it ever not be? A bounded search over what values may be.

Only values that a rule can tell apart are tried: the literals that stand in it, what lies just above, below and
between them, another choice, a blank, no source. Comparisons of two values, searches for words and lists count as
free to be true or false, so the search sees more situations than there are. A condition that it finds impossible is
impossible; where the budget ends first, it says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any

from holdshort.core.dates import Calendar
from holdshort.core.glossary import Glossary, Name
from holdshort.core.lint.possible import (
    NOW,
    GaveUp,
    Key,
    dates_are_comparable,
    is_settled,
    keys_of,
    possible_values,
)
from holdshort.core.presence import (
    AI_ONLY,
    MISSING,
    NOT_EXPECTED,
    NOT_ON_FILE,
    NOT_PROVIDED,
    NotKnown,
    Truth,
    kleene_and,
    kleene_not,
    kleene_or,
)
from holdshort.core.reading import RecordReader
from holdshort.core.rules import ast, operations
from holdshort.core.rules.reference import Situation, evaluate

STEPS_PER_ROW = 2_000
STEPS_IN_ALL = 20_000


@dataclass
class Supposer:
    """Answers for one playbook; its budget is shared by all rows."""

    glossary: Glossary
    calendar: Calendar
    steps_left: int = STEPS_IN_ALL

    def can_match(self, condition: ast.Condition) -> bool | None:
        """Whether some record can match it; None where that was not settled within the budget."""
        return self._settle(condition, wanted=True)

    def always_matches(self, condition: ast.Condition) -> bool | None:
        """Whether every record matches it; None where that was not settled within the budget."""
        nothing = Situation({}, RecordReader(self.glossary, self.calendar.zone), self.calendar, NOW)
        if evaluate(condition, nothing) is not True:
            return False
        other = self._settle(condition, wanted=False)
        return None if other is None else not other

    def _settle(self, condition: ast.Condition, wanted: bool, scope: str = "") -> bool | None:
        search = _Search(self, scope, wanted)
        try:
            return search.exists(condition)
        except GaveUp:
            return None

    def element_can_match(self, condition: ast.Quantified) -> bool:
        """Whether some element of the list can be what is said of it; in doubt yes."""
        parts = [part for part in (condition.where, condition.body) if part is not None]
        name = condition.list
        while self.glossary.names[name].parent:
            parts += [self.glossary.list_filters[name]] if name in self.glossary.list_filters else []
            name = self.glossary.names[name].parent
        return self._settle(ast.And(tuple(parts)), wanted=True, scope=condition.list) is not False

    def spend(self) -> None:
        self.steps_left -= 1
        if self.steps_left < 0:
            raise GaveUp


class _Supposed(RecordReader):
    """Gives one supposed value, whatever name is asked for."""

    supposed: Any = None

    def read(self, name: Name, record: Any) -> Any:
        return self.supposed


# --- the condition with every definition and group unfolded ---


@dataclass(frozen=True, slots=True)
class _Atom:
    """A part of the condition that is true or false as a whole; `at` is its number."""

    at: int


@dataclass(frozen=True, slots=True)
class _Counted:
    """So many of these parts hold."""

    quantifier: str
    count: int
    parts: tuple[Any, ...]


_Choice = dict[int, Truth]
"""What one supposition about a value makes of the atoms about it."""


@dataclass
class _Subject:
    """One value and the atoms about it."""

    key: Key
    name: Name | None = None
    settled: list[int] = field(default_factory=list)
    """Atoms that the value alone decides."""
    loose: list[int] = field(default_factory=list)
    """Atoms that may be either once the value is known."""
    options: list[tuple[Any, _Choice]] | None = None


class _Search:
    def __init__(self, supposer: Supposer, scope: str, wanted: bool) -> None:
        self.supposer = supposer
        self.glossary = supposer.glossary
        self.scope = scope
        self.wanted = wanted
        self.atoms: list[ast.Condition] = []
        self.signs: list[int] = []
        self.subjects: dict[Key, _Subject] = {}
        self.joint: list[tuple[int, tuple[Key, ...]]] = []
        self.free: list[tuple[int, tuple[Truth, ...]]] = []
        self.inner: dict[int, bool] = {}
        self.steps = STEPS_PER_ROW
        self.reader = _Supposed(supposer.glossary, supposer.calendar.zone)
        self.situation = Situation({}, self.reader, supposer.calendar, NOW, item={}, list_name=scope, it=None)

    def exists(self, condition: ast.Condition) -> bool:
        """Whether a supposition makes the condition matched (or, where not wanted, anything but matched)."""
        tree = self._unfold(condition, 1)
        self.tree = tree
        self._sort_subjects()
        self.truths: list[Truth] = [None] * len(self.atoms)
        self.twins = self._opposites()
        self.states: dict[Key, Any] = {}
        return self._assign(self._ordered(), 0)

    # --- unfolding ---

    def _unfold(self, node: Any, sign: int) -> Any:
        match node:
            case ast.Always(truth):
                return truth
            case ast.And(parts) | ast.Or(parts):
                return type(node)(tuple(self._unfold(part, sign) for part in parts))
            case ast.Not(part):
                return ast.Not(self._unfold(part, -sign))
            case ast.Unless(part, exception):
                return ast.And((self._unfold(part, sign), ast.Not(self._unfold(exception, -sign))))
            case ast.Defined(name):
                return self._unfold(self.glossary.definitions[name], sign)
            case ast.Group(quantifier, count, names, body):
                own = -sign if quantifier in ("no", "at most", "fewer than") else sign
                parts = tuple(self._unfold(_about(body, name), own) for name in names)
                return _Counted(quantifier, count, parts)
            case _:
                if node in self.atoms:
                    return _Atom(self.atoms.index(node))
                self.atoms.append(node)
                self.signs.append(sign)
                return _Atom(len(self.atoms) - 1)

    # --- which atoms hang together ---

    def _sort_subjects(self) -> None:
        for at, atom in enumerate(self.atoms):
            keys = keys_of(atom)
            if keys is None:
                self.free.append((at, (True, False, None)))
            elif len(keys) > 1:
                for key in keys:
                    self._subject(key)
                self.joint.append((at, keys))
            else:
                self._subject(keys[0]).settled.append(at)
        for subject in self.subjects.values():
            if subject.name is not None:
                self._part_loose(subject)

    def _opposites(self) -> dict[int, int]:
        """Joint atoms that say the opposite of each other (`agree`, `disagree`): never both of them hold."""
        found: dict[int, int] = {}
        for number, _ in self.joint:
            atom: Any = self.atoms[number]
            opposite = replace(atom, negated=not atom.negated)
            if opposite in self.atoms:
                found[number] = self.atoms.index(opposite)
        return found

    def _subject(self, key: Key) -> _Subject:
        if key not in self.subjects:
            kind, name = key
            entry = None
            if kind == "name":
                entry = self.glossary.names[name]
            elif kind == "field":
                entry = self.glossary.fields_of(self.scope)[name]
            self.subjects[key] = _Subject(key, entry)
        return self.subjects[key]

    def _part_loose(self, subject: _Subject) -> None:
        assert subject.name is not None
        atoms = [self.atoms[at] for at in subject.settled]
        relative_dates = dates_are_comparable(atoms)
        keep: list[int] = []
        for at in subject.settled:
            (keep if is_settled(self.atoms[at], subject.name, relative_dates) else subject.loose).append(at)
        subject.settled = keep

    def _ordered(self) -> list[_Subject]:
        """Systems first: what a system lacks, its values lack too."""
        return sorted(self.subjects.values(), key=lambda each: each.key[0] != "system")

    # --- what may be supposed of one subject ---

    def _options(self, subject: _Subject) -> list[tuple[Any, _Choice]]:
        """Suppositions that differ in what they make of the atoms, the promising ones first; made when first needed."""
        if subject.options is None:
            subject.options = self._promising(self._suppositions(subject))
        return subject.options

    def _suppositions(self, subject: _Subject) -> list[tuple[Any, _Choice]]:
        found: dict[tuple[Any, ...], tuple[Any, _Choice]] = {}
        if subject.key[0] == "system":
            system = self.glossary.systems[subject.key[1]]
            records: tuple[tuple[str, dict[str, Any]], ...] = (
                ("there", {system.key: {"x": 1}}),
                ("null", {system.key: None}),
                ("absent", {system.key: {}}),
                ("absent", {}),
            )
            for state, record in records:
                situation = replace(self.situation, record=record)
                choice = {at: evaluate(self.atoms[at], situation) for at in subject.settled}
                found[(state, *choice.values())] = (state, choice)
            return list(found.values())
        assert subject.name is not None
        tied = len(self._systems_of(subject)) > 0
        joint = any(subject.key in keys for _, keys in self.joint)
        if not tied and not joint and self._may_be_either(subject):
            number = subject.settled[0]
            truths: list[Truth] = [True, False]
            if not self.wanted and not isinstance(self.atoms[number], ast.Presence):
                truths.append(None)
            return [("x", {number: truth}) for truth in truths]
        atoms = [self.atoms[at] for at in subject.settled]
        for value in possible_values(subject.name, atoms, self.glossary, self.supposer.calendar):
            choice = self._judge(subject, value)
            unknown = value.__class__ is NotKnown
            mark = (id(value) if unknown and tied else 0, unknown and value.truth if joint else 0, unknown)
            found.setdefault((*mark, *choice.values()), (value, choice))
        return list(found.values())

    def _may_be_either(self, subject: _Subject) -> bool:
        """The common case, taken without trying values: one plain comparison and nothing else of this value."""
        if len(subject.settled) != 1 or subject.loose:
            return False
        atom = self.atoms[subject.settled[0]]
        if isinstance(atom, ast.Presence):
            return atom.kind in ("missing", "present")
        confidence = subject.name is not None and subject.name.type == "confidence"
        return isinstance(atom, ast.Equals | ast.OneOf | ast.Compare) and not confidence

    def _judge(self, subject: _Subject, value: Any) -> _Choice:
        self.reader.supposed = value
        choice: _Choice = {at: self._truth(self.atoms[at], subject, value) for at in subject.settled}
        unknown = value.__class__ is NotKnown
        for at in subject.loose:
            atom = self.atoms[at]
            if unknown:
                choice[at] = False if value.truth is False else None
            elif value == [] and isinstance(atom, ast.Quantified):
                choice[at] = operations.counted([], atom.quantifier, atom.count)
            elif value == [] and isinstance(atom, ast.Include):
                choice[at] = evaluate(atom, self.situation)
        return choice

    def _truth(self, atom: ast.Condition, subject: _Subject, value: Any) -> Truth:
        if isinstance(atom, ast.Presence) and subject.name is not None and subject.name.is_list:
            return operations.presence(value, atom.kind, atom.negated)
        return evaluate(atom, self.situation)

    def _promising(self, options: list[tuple[Any, _Choice]]) -> list[tuple[Any, _Choice]]:
        def score(option: tuple[Any, _Choice]) -> int:
            # Matched parts weigh most; where the opposite is wanted, unmatched ones.
            good = sum((truth is True) == (self.signs[at] > 0) for at, truth in option[1].items())
            return -good if self.wanted else good

        return sorted(options, key=score)

    def _systems_of(self, subject: _Subject) -> list[Key]:
        """The system on whose absence this value hangs, where the condition asks for it."""
        name = subject.name
        if name is None or subject.key[0] != "name" or len(name.paths) != 1 or name.else_paths or name.parent:
            return []
        path = name.paths[0]
        return [
            key
            for key in self.subjects
            if key[0] == "system"
            and self.glossary.systems[key[1]].key == path.system
            and len(path.steps) > 1
            and path.steps[0].pick is None
        ]

    # --- the search ---

    def _assign(self, subjects: list[_Subject], at: int) -> bool:
        self._spend()
        answer = self._value(self.tree)
        if (answer is True) if self.wanted else (answer is False):
            return True
        if (answer is False) if self.wanted else (answer is True):
            return False
        if at == len(subjects):
            return self._assign_rest(self._rest(), 0)
        subject = subjects[at]
        systems = self._systems_of(subject) if subject.key[0] == "name" else []
        for value, choice in self._options(subject):
            if any(not _fits(value, subject.name, self.states.get(system)) for system in systems):
                continue
            self.states[subject.key] = value
            for number, truth in choice.items():
                self.truths[number] = truth
            if self._assign(subjects, at + 1):
                return True
            for number in choice:
                self.truths[number] = None
        self.states.pop(subject.key, None)
        return False

    def _rest(self) -> list[tuple[int, tuple[Truth, ...]]]:
        """Atoms that may still be either, given what has been supposed of the values."""
        rest = list(self.free)
        for subject in self.subjects.values():
            value = self.states.get(subject.key)
            if value.__class__ is NotKnown:
                continue
            rest += [
                (number, self._free_truths(number, value))
                for number in subject.loose
                if not (value == [] and isinstance(self.atoms[number], ast.Quantified | ast.Include))
            ]
        for number, keys in self.joint:
            unknown = [self.states[key] for key in keys if self.states[key].__class__ is NotKnown]
            rest.append((number, _joint_truths(self.atoms[number], unknown, len(keys))))
        return rest

    def _free_truths(self, number: int, value: Any) -> tuple[Truth, ...]:
        atom = self.atoms[number]
        if not isinstance(atom, ast.Quantified) or atom.quantifier in ("every", "no"):
            return (True, False, None)
        if number not in self.inner:
            self.inner[number] = self.supposer.element_can_match(atom)
        needs_one = atom.quantifier == "any" or (
            operations.counted_between(0, 0, atom.quantifier, atom.count) is False
        )
        return (False, None) if needs_one and not self.inner[number] else (True, False, None)

    def _assign_rest(self, rest: list[tuple[int, tuple[Truth, ...]]], at: int) -> bool:
        self._spend()
        answer = self._value(self.tree)
        if self.wanted and answer is not None:
            return answer
        if not self.wanted and answer is not None:
            return not answer
        if at == len(rest):
            return not self.wanted
        number, truths = rest[at]
        # What cannot be told never makes a condition matched that neither true nor false would.
        candidates = [each for each in truths if each is not None] if self.wanted else list(truths)
        if (self.signs[number] > 0) != self.wanted:
            candidates.reverse()
        twin = self.twins.get(number)
        if twin is not None and self.truths[twin] is True:
            candidates = [False]
        for truth in candidates or [None]:
            self.truths[number] = truth
            if self._assign_rest(rest, at + 1):
                return True
        self.truths[number] = None
        return False

    def _spend(self) -> None:
        self.steps -= 1
        if self.steps < 0:
            raise GaveUp
        self.supposer.spend()

    def _value(self, node: Any) -> Truth:
        match node:
            case _Atom(at):
                return self.truths[at]
            case bool():
                return node
            case ast.And(parts):
                result: Truth = True
                for part in parts:
                    result = kleene_and(result, self._value(part))
                    if result is False:
                        return False
                return result
            case ast.Or(parts):
                result = False
                for part in parts:
                    result = kleene_or(result, self._value(part))
                    if result is True:
                        return True
                return result
            case ast.Not(part):
                return kleene_not(self._value(part))
            case _Counted(quantifier, count, parts):
                return operations.counted([self._value(part) for part in parts], quantifier, count)
        raise AssertionError(node)


def _about(node: Any, name: str) -> Any:
    """A group's predicate with the name at hand put in."""
    if isinstance(node, ast.ItRef):
        return ast.NameRef(name)
    if isinstance(node, tuple):
        return tuple(_about(each, name) for each in node)
    if is_dataclass(node) and not isinstance(node, type):
        changed = {each.name: _about(getattr(node, each.name), name) for each in fields(node)}
        return type(node)(**changed)
    return node


# --- what hangs together ---


def _fits(value: Any, name: Name | None, system: str | None) -> bool:
    """Whether a value may be so while its system is there, known to hold nothing, or not given at all."""
    if system is None or system == "there":
        return True
    if value.__class__ is not NotKnown:
        return False
    if value is AI_ONLY:
        return True
    if system == "null":
        return value is NOT_ON_FILE or (value is MISSING and name is not None and name.expected)
    return value is NOT_PROVIDED or value is NOT_EXPECTED


def _joint_truths(atom: Any, unknown: list[NotKnown], of: int) -> tuple[Truth, ...]:
    """What a comparison of several values may be, given those that are not known."""
    if not unknown:
        return (True, False, None)
    if not isinstance(atom, ast.Agree):
        return (False, None)
    silent = sum(each.truth is False for each in unknown)
    if of - len(unknown) < 2 or (not atom.negated and len(unknown) > silent):
        return (False, None)
    return (True, False, None)
