"""
Run a row's acceptance tests against the real screening, and say in plain words why one fails.

A test proves its row only if the row itself decided what the test claims: a verdict that another row brought about is a
failure. What a test says after *until* is checked here only as far as that it is not so from the start; whether the
hold really ends then is shown by living the onboarding (`service.rehearsal`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, cast

from holdshort.core.action_words import phrase
from holdshort.core.answers import Answer, Finding
from holdshort.core.clauses import AcceptanceTest, Change, Expectation
from holdshort.core.diagnostics import did_you_mean
from holdshort.core.differences import label
from holdshort.core.glossary import Glossary, Name
from holdshort.core.paths import ABSENT, Path, Step, follow
from holdshort.core.presence import NotKnown
from holdshort.core.register import EdgeCase
from holdshort.core.roles import TITLES
from holdshort.core.rules import ast
from holdshort.core.rules.printer import print_condition, print_term
from holdshort.core.rules.reasons import reasons
from holdshort.core.rules.reference import Situation, elements, evaluate, value_of
from holdshort.core.screening import Screener

Record = Mapping[str, Any]
_FEW = 2


@dataclass(frozen=True)
class Outcome:
    """
    How one test of one row ended; it passed where `failures` is empty.

    `notes` hold what does not fail the test but weakens it, such as a row that could not tell instead of matching;
    `seen` says in order what happened when the onboarding was lived, and is empty where it was only screened.
    """

    case: str
    test: AcceptanceTest
    failures: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.failures


def run_tests(
    case: EdgeCase, screener: Screener, records: Mapping[str, Record], now: datetime
) -> tuple[Outcome, ...]:
    """
    Run every test of one row.

    Args:
        case: The row; its tests stand in its acceptance-test cell.
        screener: Screens with the register that the row is part of.
        records: The playbook's records by name.
        now: The moment of the evaluation (UTC) for a record that states no `as_of`.

    Source: register column "Acceptance test"; docs/reference/language.md.
    """
    return tuple(_run(case, test, screener, records, now) for test in case.tests)


def _run(
    case: EdgeCase, test: AcceptanceTest, screener: Screener, records: Mapping[str, Record], now: datetime
) -> Outcome:
    record = record_of_test(test, records, screener.glossary)
    if isinstance(record, str):
        return Outcome(case.case, test, (record,))
    return screened(case, test, record, screener, now)


def screened(
    case: EdgeCase, test: AcceptanceTest, record: Record, screener: Screener, now: datetime
) -> Outcome:
    """What the screening of the test's own record shows of its claims."""
    at = situation(screener, record, now)
    answer = screener.screen(record, 1, now)
    judge = _Judge(case, answer, at, screener)
    failures = [said for each in test.expectations for said in judge.failures(each)]
    if test.until is not None and evaluate(test.until, at) is True:
        failures.append(
            f"the until part is already so: {print_condition(test.until, screener.glossary)} holds in the record from "
            "the start, so the test proves nothing about what ends the hold"
        )
    return Outcome(case.case, test, tuple(failures), tuple(judge.notes(test)))


def judged(
    case: EdgeCase, expectations: Sequence[Expectation], answer: Answer, at: Situation, screener: Screener
) -> tuple[str, ...]:
    """In words, what `answer` to the record at hand does not show of the expectations; empty where it shows all."""
    judge = _Judge(case, answer, at, screener)
    return tuple(said for each in expectations for said in judge.failures(each))


def record_of_test(test: AcceptanceTest, records: Mapping[str, Record], glossary: Glossary) -> Record | str:
    """The record that a test is about, with its changes, or why there is none."""
    record = _looked_up(test.record, records)
    if record is None:
        near = did_you_mean(test.record, records)
        hint = f"; did you mean `{near}`?" if near else ""
        return f"there is no record `{test.record}` in records/{hint}"
    for change in test.changes:
        changed = with_change(record, change, glossary)
        if isinstance(changed, str):
            return changed
        record = changed
    return record


def without_name(record: Record, name: Name) -> Record:
    """The record without any field that could hold the name."""
    for path in (*name.paths, *name.else_paths):
        if not any(step.pick is not None for step in path.steps):
            record = _cut(record, path.steps)
    return record


def _cut(holder: Any, steps: tuple[Step, ...]) -> Any:
    key = steps[0].key
    if not isinstance(holder, Mapping) or key not in holder:
        return holder
    if len(steps) == 1:
        return {each: value for each, value in holder.items() if each != key}
    return {**holder, key: _cut(holder[key], steps[1:])}


def _looked_up(name: str, records: Mapping[str, Record]) -> Record | None:
    found = records.get(name)
    if found is None:
        wanted = name.casefold()
        found = next((each for key, each in records.items() if key.casefold() == wanted), None)
    return found


def situation(screener: Screener, record: Record, now: datetime) -> Situation:
    """The record at its own moment, as the screening sees it."""
    return Situation(record, screener.reader, screener.playbook.settings.calendar, screener._now(record, now))


class _Judge:
    """Compares what a test expects with what the screening answered for the row that the test belongs to."""

    def __init__(self, case: EdgeCase, answer: Answer, at: Situation, screener: Screener) -> None:
        self.case = case
        self.answer = answer
        self.at = at
        self.screener = screener
        self.finding = next((each for each in answer.findings if each.case == case.case), None)

    def failures(self, expectation: Expectation) -> Iterator[str]:
        match expectation.subject:
            case "actions":
                for kind in expectation.kinds:
                    yield from self._action(kind, expectation.wanted)
            case "case":
                yield from self._case(expectation.wanted)
            case "reviewer":
                yield from self._reviewer(expectation.wanted)
            case "decider":
                yield from self._decider(expectation.wanted)
            case "asks":
                yield from self._asks(expectation.kinds)
            case "people":
                yield from self._people(int(expectation.wanted))
            case "tier":
                yield from self._tier(expectation.wanted)
            case "lacks":
                for name in expectation.kinds:
                    yield from self._lacks(name)
            case "check" if expectation.condition is not None:
                yield from self._fails(expectation.condition)
            case "ai":
                yield from self._not_for_ai(expectation.wanted)

    def notes(self, test: AcceptanceTest) -> Iterator[str]:
        wants_unknown = any(each == Expectation("case", (), "unknown") for each in test.expectations)
        if self.finding is not None and self.finding.result == "unknown" and not wants_unknown:
            yield f"{self.case.case} cannot tell on this record rather than match: {_listed(self.finding.why)}"
        if all(each.subject == "actions" and not self._decides(each) for each in test.expectations):
            yield f"nothing here depends on {self.case.case}: the test would pass without the row"

    def _decides(self, expectation: Expectation) -> bool:
        """Whether the row is among those that brought the state of one of the actions about."""
        return any(self.case.case in self.answer.actions[kind].cases for kind in expectation.kinds)

    def _action(self, kind: str, wanted: str) -> Iterator[str]:
        said = phrase(kind)
        verdict = self.answer.actions[kind]
        if verdict.state != wanted:
            yield f"expected {said} {_is(wanted)}, but it {_is(verdict.state)}: {verdict.why}. {self._row()}"
        elif self.case.case not in verdict.cases and (verdict.cases or wanted == "held"):
            others = ", ".join(verdict.cases) or "no row"
            yield (
                f"{said} {_is(wanted)}, but {others} decided that and not {self.case.case}, so the test would "
                f"pass without this row. {self._row()}"
            )

    def _case(self, wanted: str) -> Iterator[str]:
        result = self.finding.result if self.finding is not None else "clear"
        if result != wanted:
            yield f"expected the case to be {_result(wanted)}, but it is {_result(result)}. {self._row()}"
        elif result == "clear" and (unasked := self._unasked()):
            yield f"the case is clear only because it was not asked: {unasked}"

    def _reviewer(self, wanted: str) -> Iterator[str]:
        came = self.answer.reviewer
        if came != wanted:
            first = next((each for each in self.answer.findings if each.owner == came), None)
            why = f", first because of {first.case}" if first else ": no row found anything"
            yield f"expected the reviewer to be {_title(wanted)}, but it is {_title(came)}{why}. {self._row()}"
        elif wanted != "none" and (self.finding is None or self.finding.owner != wanted):
            others = ", ".join(each.case for each in self.answer.findings if each.owner == wanted)
            yield (
                f"the reviewer is {_title(wanted)}, but because of {others} and not of {self.case.case}, so the test "
                f"would pass without this row. {self._row()}"
            )

    def _decider(self, wanted: str) -> Iterator[str]:
        """One of those whose agreement the row's review takes, in whichever step; without a rule that is the owner."""
        deciders = {role for rule in self.case.review for step in rule.steps for role in step.roles}
        if wanted not in (deciders or {self.case.owner}):
            who = _listed([_title(each) for each in sorted(deciders or {self.case.owner})])
            yield f"expected {_title(wanted)} to decide the case, but it is for {who}. {self._row()}"

    def _asks(self, kinds: Sequence[str]) -> Iterator[str]:
        asked = {each.kind for each in self.case.action.asks}
        matched = self.finding is not None and self.finding.result == "matched"
        for kind in kinds:
            if not matched or kind not in asked:
                yield f"expected the case to ask to {phrase(kind)}, but it does not. {self._row()}"

    def _people(self, wanted: int) -> Iterator[str]:
        """How many have to agree, over all parts and steps of the review rule."""
        count = sum(step.needed for rule in self.case.review for step in rule.steps) or 1
        if count != wanted:
            yield f"expected {wanted} to decide the case, but it takes {count}. {self._row()}"

    def _tier(self, wanted: str) -> Iterator[str]:
        came = self.finding.tier if self.finding is not None else "none"
        if came != wanted:
            yield f"expected the tier to be {wanted}, but it is {came}. {self._row()}"

    def _lacks(self, name: str) -> Iterator[str]:
        """The row asks for it as evidence, and it is not there: nobody simply approves."""
        if name not in {each.name for each in self.case.evidence}:
            yield f"expected the case to lack {name}, but {self.case.case} does not ask for it as evidence"
        elif not self._has_gap(name):
            yield f"expected the case to lack {name}, but it is there. {self._row()}"

    def _fails(self, check: ast.Condition) -> Iterator[str]:
        said = print_condition(check, self.screener.glossary)
        if check not in self.case.checks:
            yield f'expected the check "{said}" to fail, but {self.case.case} has no such check'
        elif not self._has_gap(said):
            yield f'expected the check "{said}" to fail, but it does not. {self._row()}'

    def _has_gap(self, name: str) -> bool:
        return self.finding is not None and any(
            each.case == self.case.case and each.name == name for each in self.answer.gaps
        )

    def _not_for_ai(self, capability: str) -> Iterator[str]:
        used = [each.said for each in self.case.ai if each.capability == capability]
        if used:
            yield f"{self.case.case} lets AI do what the test rules out: {_listed(used)}"

    def _row(self) -> str:
        """What the row itself made of the record."""
        case = self.case.case
        if self.finding is None:
            unasked = self._unasked()
            return f"{case} was not asked: {unasked}" if unasked else f"{case} is clear: {self._why_clear()}"
        stopped = ", ".join(phrase(kind) for kind in self.finding.holds)
        return (
            f"{case} {'matched' if self.finding.result == 'matched' else 'cannot tell'}: {_listed(self.finding.why)}; "
            f"it holds {stopped or 'nothing'}, tier {self.finding.tier}, owner {_title(self.finding.owner)}"
        )

    def _why_clear(self) -> str:
        if evaluate(self.case.trigger, self.at) is False:
            return _listed(why_clear(self.case.trigger, self.at))
        return "its lane or segment is another than the record's"

    def _unasked(self) -> str:
        if self.answer.verdict == "not triggered":
            return "no onboarding has begun, as the record has no valid trigger"
        ending = next((each for each in self.answer.findings if self._ends(each)), None)
        if ending is not None and ending.case != self.case.case:
            return f"{ending.case} ended the evaluation before ({_listed(ending.why)})"
        if not any(each.case == self.case.case for each in self.screener.playbook.register.active):
            return "it is not active"
        return ""

    def _ends(self, finding: Finding) -> bool:
        row = self.screener.playbook.register.case(finding.case)
        return row is not None and row.action.stops_evaluation


def _is(state: str) -> str:
    return "needs review" if state == "needs review" else f"is {state}"


def _result(result: str) -> str:
    return "cannot tell" if result == "unknown" else result


def _title(role: str) -> str:
    return "nobody" if role == "none" else TITLES.get(role, role)


def _listed(sentences: Sequence[str]) -> str:
    return "; ".join(sentences) or "nothing more is known"


# --- changes of a record ----------------------------------------------------------------------------------


def with_change(record: Record, change: Change, glossary: Glossary) -> Record | str:
    """The record with one name set or blanked, or why that cannot be done. `record` itself stays as it is."""
    if change.name not in glossary.names:
        key = glossary.systems[change.name].key
        left = {each: value for each, value in record.items() if each != key}
        return left if change.value is ABSENT else {**left, key: None}
    name = glossary.names[change.name]
    if change.value is ABSENT:
        return without_name(record, name)
    if not name.paths:
        return f"`{change.name}` is a part of another list and cannot be set; change the record instead"
    if name.is_list and name.value_type is None and change.value is not None:
        return f"`{change.name}` is a list of things with fields and cannot be set to one value; change the record"
    return with_value(record, name, change.value)


def with_value(record: Record, name: Name, raw: Any) -> Record:
    """
    The record with `raw` (None: blank) as the value of `name`, sharing what does not change.

    It is written at the name's first path and wherever else the record already states the name, since sources that
    differ would make it conflicting.
    """
    if name.is_list and raw is not None and not isinstance(raw, list):
        raw = [raw]
    changed = written(record, name.paths[0], raw)
    if not name.is_list:
        for path in name.paths[1:]:
            if follow(path, record)[0] is not ABSENT:
                changed = written(changed, path, raw)
    return changed


def written(record: Record, path: Path, raw: Any) -> Record:
    """The record with `raw` at `path`; objects on the way are made where there are none."""
    return cast(Record, _put(record, path.steps, raw))


def _put(value: Any, steps: tuple[Step, ...], raw: Any) -> Any:
    if not steps:
        # A fact that carries its date keeps it.
        return {**value, "value": raw} if isinstance(value, Mapping) and "value" in value else raw
    step, rest = steps[0], steps[1:]
    holder = value if isinstance(value, Mapping) else {}
    below = holder.get(step.key)
    if step.pick is None:
        new = _put(below, rest, raw)
    elif not rest:
        new = raw
    else:
        new = _put_in_list(below if isinstance(below, list) else [], step.pick, rest, raw)
    return {**holder, step.key: new}


def _put_in_list(items: list[Any], pick: tuple[str, ...], rest: tuple[Step, ...], raw: Any) -> list[Any]:
    if pick == ():
        return [_put(each, rest, raw) for each in items] or [_put({}, rest, raw)]
    field, wanted = pick
    places = [
        place
        for place, each in enumerate(items)
        if isinstance(each, Mapping) and str(each.get(field, "")).casefold() == wanted.casefold()
    ]
    if not places:
        return [*items, _put({field: wanted}, rest, raw)]
    last = places[-1]
    return [_put(each, rest, raw) if place == last else each for place, each in enumerate(items)]


# --- why a row is clear -----------------------------------------------------------------------------------


def why_clear(condition: ast.Condition, at: Situation) -> list[str]:
    """One short sentence for each part that keeps `condition`, which is clear at `at`, from being matched."""
    match condition:
        case ast.Always():
            return ["the row never applies"]
        case ast.And(parts):
            part = next((each for each in parts if evaluate(each, at) is False), parts[0])
            return why_clear(part, at)
        case ast.Or(parts):
            return list(dict.fromkeys(said for part in parts for said in why_clear(part, at)))
        case ast.Unless(part, exception):
            if evaluate(part, at) is False:
                return why_clear(part, at)
            return [f"the exception holds: {said}" for said in reasons(exception, at, True)]
        case ast.Not(part):
            return reasons(part, at, True)
        case ast.Defined(name):
            inner = replace(at, item=None, list_name="", it=None)
            return why_clear(at.glossary.definitions[name], inner)
        case ast.Attached(system, negated):
            if system not in at.record and at.glossary.systems[system].key not in at.record:
                return [f"no connected source says whether there is a {system}"]
            return [f"{system} is {'' if negated else 'not '}on file"]
        case ast.Agree():
            return [said for said in reasons(condition, at, True) if said] or [
                "too few of the values are known"
            ]
        case ast.Group(_, _, names, body):
            return list(
                dict.fromkeys(
                    said
                    for name in names
                    for inner in [replace(at, it=at.glossary.names[name])]
                    if evaluate(body, inner) is False
                    for said in why_clear(body, inner)
                )
            )
        case ast.Quantified("any"):
            return [*_elements_clear(condition, at)] or [_counted_otherwise(condition, at)]
        case ast.Quantified() | ast.Include() | ast.DistinctValues():
            return [_counted_otherwise(condition, at)]
        case ast.ListSize(term, _, _):
            value = value_of(term, at)
            count = "none" if isinstance(value, NotKnown) or not value else str(len(value))
            return [f"{print_term(term)} has {count}"]
        case _:
            return [_predicate_clear(condition, at)]


def _elements_clear(condition: ast.Quantified, at: Situation) -> Iterator[str]:
    """For a list of few elements, what keeps each of them out."""
    found = elements(condition.list, at)
    if isinstance(found, NotKnown) or not 0 < len(found) <= _FEW:
        return
    owner = at.glossary.list_of(condition.list)
    parts: list[ast.Condition] = [part for part in (condition.where, condition.body) if part is not None]
    name = at.glossary.names[condition.list]
    while name.parent:
        parts.insert(0, at.glossary.list_filters[name.name])
        name = at.glossary.names[name.parent]
    for item, _ in found:
        inner = replace(at, item=item, list_name=condition.list, it=None)
        failing = next((part for part in parts if evaluate(part, inner) is False), None)
        if failing is not None:
            yield f"{owner.item or owner.name}{label(item, owner)}: {', '.join(why_clear(failing, inner))}"


_OTHERWISE: dict[str, ast.Quantifier] = {
    "at least": "fewer than",
    "at most": "more than",
    "more than": "at most",
    "fewer than": "at least",
}


def _counted_otherwise(condition: ast.Quantified | ast.Include | ast.DistinctValues, at: Situation) -> str:
    if isinstance(condition, ast.Include):
        turned = tuple(each for item in condition.items for each in _included_otherwise(item))
        if len(turned) == len(condition.items):
            joined: Literal["and", "or"] = "or" if condition.joined_by == "and" else "and"
            return print_condition(ast.Include(condition.list, turned, joined), at.glossary)
    if isinstance(condition, ast.Quantified):
        if condition.quantifier == "any":
            return print_condition(replace(condition, quantifier="no"), at.glossary)
        if condition.quantifier in _OTHERWISE:
            otherwise = _OTHERWISE[condition.quantifier]
            return print_condition(replace(condition, quantifier=otherwise), at.glossary)
        if condition.quantifier == "no":
            return "; ".join(reasons(replace(condition, quantifier="any"), at, True))
    return f"it is not so that {print_condition(condition, at.glossary)}"


def _included_otherwise(
    item: tuple[ast.Quantifier, int, str],
) -> Iterator[tuple[ast.Quantifier, int, str]]:
    how, count, value = item
    if how == "no":
        yield "at least", 1, value
    elif how == "at least" and count == 1:
        yield "no", 0, value
    elif how in _OTHERWISE:
        yield _OTHERWISE[how], count, value


def _predicate_clear(condition: ast.Predicate, at: Situation) -> str:
    value = value_of(condition.term, at)
    if isinstance(value, NotKnown) and value.truth is False:
        subject = print_term(condition.term) or (at.it.name if at.it else "it")
        state = "blank" if value.state == "missing" else "not provided"
        return f"{subject} is {state}, and the playbook does not expect it"
    opposite = replace(condition, negated=not condition.negated)
    if evaluate(opposite, at) is not True:
        return f"it is not so that {print_condition(condition, at.glossary)}".rstrip()
    said = reasons(opposite, at, True)[0]
    if isinstance(condition, ast.Overdue) and not condition.negated:
        much = " by so much" if condition.amount else ""
        return said.removesuffix(", which is past") + f", which is not overdue{much}"
    return said
