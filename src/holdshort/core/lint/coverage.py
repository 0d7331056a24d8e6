"""The register against the rest of the playbook: what runs, what is never held, what nobody speaks of."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from holdshort.core.diagnostics import did_you_mean
from holdshort.core.glossary import Glossary, Name
from holdshort.core.lint.rows import LintRow, Report, every_node
from holdshort.core.playbook import CleanPath, Playbook
from holdshort.core.register import EdgeCase
from holdshort.core.rules import ast
from holdshort.core.text import fold

_MOST_SHOWN = 12
_OWN_KEYS = ("proposed_actions", "processed_event_ids")


def check_coverage(rows: Sequence[LintRow], playbook: Playbook, report: Report) -> None:
    for row in rows:
        if (case := row.readable("trigger")) is not None:
            _runs(row, case, playbook.glossary, report)
        if (case := row.readable("action", "review", "tier")) is not None:
            _stops_something(row, case, report)
        if (case := row.readable("evidence", "tier")) is not None:
            _has_evidence(row, case, report)
    _lanes(rows, playbook, report)
    _systems(playbook, report)
    _never_held(rows, playbook, report)
    _unused(rows, playbook, report)


def _runs(row: LintRow, case: EdgeCase, glossary: Glossary, report: Report) -> None:
    spoken = Spoken.of(row.trigger_nodes, glossary)
    names = spoken.roots(glossary)
    if not names or any(_has_a_source(glossary.names[name]) for name in names):
        return
    if any(glossary.systems[system].expected for system in spoken.systems):
        return
    report.cell(
        row,
        "trigger",
        "LINT-050",
        f"no connected source lets the row run: the glossary does not expect {_listed(names)}",
        "connect a source and take `expected: no` away; until then the go-live gate counts the row as not covered",
        "warning",
    )


def _has_a_source(name: Name) -> bool:
    """Whether a connected system gives it, or Holdshort itself: AI output and what is asked for."""
    return name.expected or name.is_about_ai or name.system in _OWN_KEYS


@dataclass
class Spoken:
    """What conditions speak of, the definitions they use unfolded."""

    names: dict[str, None] = field(default_factory=dict)
    systems: dict[str, None] = field(default_factory=dict)
    definitions: dict[str, None] = field(default_factory=dict)
    word_lists: dict[str, None] = field(default_factory=dict)
    thresholds: dict[str, None] = field(default_factory=dict)

    @staticmethod
    def of(nodes: Iterable[object], glossary: Glossary) -> Spoken:
        spoken = Spoken()
        spoken.add(nodes, glossary)
        return spoken

    def add(self, nodes: Iterable[object], glossary: Glossary) -> None:
        for node in nodes:
            match node:
                case ast.NameRef(name):
                    self.names[name] = None
                case ast.Contradicts(_, name) | ast.InDomains(_, name) | ast.InList(_, name):
                    self.names[name] = None
                case ast.Quantified(_, _, name) | ast.Include(name):
                    self.names[name] = None
                case ast.Agree(names) | ast.Group(_, _, names):
                    self.names.update(dict.fromkeys(names))
                case ast.Attached(system):
                    self.systems[system] = None
                case ast.Mentions(_, _, word_list) if word_list:
                    self.word_lists[word_list] = None
                case ast.Threshold(name):
                    self.thresholds[name] = None
                case ast.Defined(name) if name not in self.definitions:
                    self.definitions[name] = None
                    self.add(every_node(glossary.definitions.get(name)), glossary)

    def roots(self, glossary: Glossary) -> list[str]:
        """The names, each part of a list as the list itself."""
        return list(dict.fromkeys(glossary.list_of(name).name for name in self.names))


def _stops_something(row: LintRow, case: EdgeCase, report: Report) -> None:
    if case.tier == "high" and not case.holds and not case.action.stops_evaluation:
        report.cell(
            row,
            "action",
            "LINT-071",
            "a high row stops no action: nothing waits for its review",
            "write what it holds, for instance `hold provision access`, or name actions after `before` in the review rule",
            "warning",
        )


def _has_evidence(row: LintRow, case: EdgeCase, report: Report) -> None:
    if not case.evidence and case.tier in ("high", "hold"):
        report.cell(
            row,
            "evidence",
            "LINT-072",
            f"the reviewer of this {case.tier} row is promised no evidence",
            "name what has to lie before the reviewer, for instance `contract; order form`",
            "warning",
        )


# --- the other files ---


def _lanes(rows: Sequence[LintRow], playbook: Playbook, report: Report) -> None:
    path, lane = playbook.clean_path, playbook.settings.lane
    known = list(dict.fromkeys(path.lanes.values()))
    if lane and fold(lane) not in path.lanes:
        near = did_you_mean(lane, known)
        report.file(
            "playbook.toml",
            "lane",
            "LINT-055",
            f"clean-path.yaml lists no lane `{lane}`",
            f"did you mean `{near}`?" if near else f"choose one of {_listed(known)}",
            "error",
        )
    cases = [row.case for row in rows if row.case is not None]
    segments = list(dict.fromkeys(path.segments.values()))
    for what, values, own in (
        ("lane", known, [case.lanes for case in cases]),
        ("segment", segments, [case.segments for case in cases]),
    ):
        bare = [value for value in values if not any(not each or value in each for each in own)]
        if bare and cases:
            report.file(
                "clean-path.yaml",
                f"{what}s",
                "LINT-057",
                f"no row is for the {what} {_listed(bare)}, so every onboarding there stops as not covered",
                f"add a row for it, or one whose {what} is `any`",
                "warning",
            )


def _systems(playbook: Playbook, report: Report) -> None:
    known = {fold(each) for each in playbook.clean_path.lists.get("systems of record", ())}
    if not known:
        return
    for system in playbook.glossary.systems.values():
        if system.code and fold(system.code) not in known:
            near = did_you_mean(system.code, playbook.clean_path.lists["systems of record"])
            report.file(
                "glossary.yaml",
                f"systems > {system.name}",
                "LINT-056",
                f"clean-path.yaml lists no system of record `{system.code}`",
                f"did you mean `{near}`?" if near else "add it to `systems of record` in clean-path.yaml",
                "warning",
            )


def _never_held(rows: Sequence[LintRow], playbook: Playbook, report: Report) -> None:
    if any(row.case is None or row.broken.intersection(("action", "review")) for row in rows):
        return  # what could not be read may well hold them
    named = {kind for row in rows if row.case is not None for kind in row.case.holds}
    mode = playbook.settings.mode
    loose = [
        kind.phrase
        for kind in playbook.catalogue.kinds.values()
        if kind.stopped_by_hold
        and mode not in kind.person_in
        and not kind.person_first
        and not kind.waits_for_a_row
        and kind.kind not in named
    ]
    if loose:
        report.file(
            "actions.yaml",
            "actions",
            "LINT-070",
            f"{_listed(loose)} run by themselves in {mode} mode and no row ever holds them",
            f"hold them in a row, or write `{mode}: person` for them",
            "warning",
        )


def _unused(rows: Sequence[LintRow], playbook: Playbook, report: Report) -> None:
    if any(row.case is None or row.broken for row in rows):
        return  # what could not be read may well use them
    glossary = playbook.glossary
    cases = [row.case for row in rows if row.case is not None]
    spoken = Spoken()
    for row in rows:
        spoken.add(row.trigger_nodes, glossary)
        spoken.add(row.check_nodes, glossary)
    others: list[object] = [test.until for case in cases for test in case.tests if test.until is not None]
    others += [each.when for each in playbook.clean_path.triggers]
    others += [playbook.clean_path.live_onboarding, *glossary.list_filters.values()]
    spoken.add(every_node(tuple(others)), glossary)
    used = dict(spoken.definitions)
    # A name is not called unused because only an unused definition speaks of it.
    spoken.add(every_node(tuple(glossary.definitions.values())), glossary)
    names = {*spoken.names, *_named_outside(cases, playbook.clean_path, glossary)}
    for name in list(names):
        while name in glossary.names and glossary.names[name].parent:
            name = glossary.names[name].parent
            names.add(name)
    mend = "use them in a row, or take them out if nobody needs them"
    if left := _left(glossary.names, names):
        report.file(
            "glossary.yaml", "names", "LINT-051", f"no row speaks of these names: {left}", mend, "note"
        )
    if left := _left(glossary.word_lists, spoken.word_lists):
        report.file(
            "glossary.yaml", "word lists", "LINT-052", f"no row uses these word lists: {left}", mend, "note"
        )
    if left := _left(glossary.definitions, used):
        report.file(
            "glossary.yaml", "definitions", "LINT-053", f"no row uses these definitions: {left}", mend, "note"
        )
    if left := _left(glossary.thresholds, spoken.thresholds):
        report.file(
            "playbook.toml", "thresholds", "LINT-054", f"no row uses these thresholds: {left}", mend, "note"
        )


def _left(known: Iterable[str], said: Collection[str]) -> str:
    """Those of the known that nobody speaks of, for a message; '' where there are none."""
    return _listed([each for each in known if each not in said])


def _named_outside(cases: Iterable[EdgeCase], path: CleanPath, glossary: Glossary) -> set[str]:
    """Names used otherwise than in a condition: evidence, audit, changes of tests, the clean path."""
    used = {path.lane_name, path.segment_name, path.account_name, path.account_title_name, path.deal_name}
    for case in cases:
        used.update(each.name for each in case.evidence)
        used.update(case.audit)
        used.update(change.name for test in case.tests for change in test.changes)
    spoken = {
        fold(word): name.name for name in glossary.names.values() for word in (name.name, *name.synonyms)
    }
    for entry in (*path.lists.get("handoff fields", ()), *path.lists.get("context", ())):
        used.add(spoken.get(fold(entry), ""))
    return used


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f"`{each}`" for each in names[:_MOST_SHOWN])
    more = len(names) - _MOST_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown
