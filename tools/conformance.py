"""
Say, for every requirement code, where it lives and which tests show it.

Reads docs/reference/requirements.yaml and `.pytest-conformance.json` (written by each test run, tests/conftest.py)
and writes docs/reference/conformance.md. With `--check` it writes nothing, and fails when the two do not hold
together or when the page on disk is not the one it would write.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import json
import os
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

REQUIREMENTS = "docs/reference/requirements.yaml"
PAGE = "docs/reference/conformance.md"
RESULTS = ".pytest-conformance.json"
RUN_ALL = "make test (or .venv/bin/python -m pytest -n 2)"

SHOWN, REVIEWED, SHARED, NOT_YET = (
    "shown",
    "shown by a reviewed page",
    "shown here only with ../shared data",
    "not yet",
)
STATES = (SHOWN, REVIEWED, SHARED, NOT_YET)


@dataclass(frozen=True)
class Requirement:
    """One code, in our words, with the places and proofs that its entry names."""

    code: str
    text: str
    letter: str
    lives: tuple[str, ...] = ()
    artefacts: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()


@dataclass(frozen=True)
class Test:
    """One test as the last run saw it; `name` is `path::function`, parameters left out."""

    name: str
    codes: tuple[str, ...]
    outcome: str
    needs_shared_data: bool
    always_skipped: bool
    reason: str


@dataclass(frozen=True)
class Row:
    """What the page says of one code."""

    requirement: Requirement
    tests: tuple[str, ...]
    state: str


class CannotSay(Exception):
    """Without this input there is nothing to report."""


# --- reading ---------------------------------------------------------------------------------------------------


def read_requirements(root: Path) -> tuple[dict[str, str], list[Requirement]]:
    """Return the letters with their titles, and every requirement in the order of the file."""
    try:
        groups = yaml.safe_load((root / REQUIREMENTS).read_text(encoding="utf-8"))["groups"]
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise CannotSay(f"{REQUIREMENTS}: cannot be read ({error})") from error
    requirements = [
        requirement for letter, group in groups.items() for requirement in _of_group(str(letter), group)
    ]
    return {str(letter): group["title"] for letter, group in groups.items()}, requirements


def _of_group(letter: str, group: dict[str, Any]) -> list[Requirement]:
    found = [
        _requirement(code, entry, letter, group.get("lives"))
        for code, entry in group.get("codes", {}).items()
    ]
    for name, listed in group.get("lists", {}).items():
        lives = listed.get("lives", group.get("lives"))
        for position, entry in enumerate(listed["texts"], start=1):
            found.append(_requirement(f"{name}.{position}", entry, letter, lives))
    return found


def _requirement(code: str, entry: Any, letter: str, lives: Any) -> Requirement:
    entry = entry if isinstance(entry, dict) else {"text": str(entry)}
    return Requirement(
        code=str(code),
        text=entry["text"],
        letter=letter,
        lives=_several(entry.get("lives", lives)),
        artefacts=_several(entry.get("artefact")),
        tests=_several(entry.get("test")),
    )


def _several(value: Any) -> tuple[str, ...]:
    if not value:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def read_results(root: Path) -> tuple[bool, list[Test]]:
    """Return whether the run had the shared data, and every test of it."""
    path = root / RESULTS
    if not path.exists():
        raise CannotSay(f"{RESULTS} is not there: each run of the tests writes it. Run {RUN_ALL} first")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        complete, shared = found["complete"], found["shared_data"]
        tests = [_test(name, facts) for name, facts in sorted(found["tests"].items())]
    except (ValueError, KeyError, TypeError) as error:
        raise CannotSay(f"{RESULTS} cannot be read ({error}). Delete it and run {RUN_ALL}") from error
    if not complete:
        raise CannotSay(f"{RESULTS} comes from a run of some tests only. Run all of them: {RUN_ALL}")
    return shared, tests


def _test(name: str, facts: dict[str, Any]) -> Test:
    return Test(
        name=name.split("[", 1)[0],
        codes=tuple(facts["codes"]),
        outcome=facts["outcome"],
        needs_shared_data=facts["needs_shared_data"],
        always_skipped=facts["always_skipped"],
        reason=facts.get("reason", ""),
    )


@cache
def _functions(path: Path) -> frozenset[str]:
    """Name every function of a test file, `Class::function` where it sits in one."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError):
        return frozenset()
    names = set()
    for node in tree.body:
        names.update(_named(node, ""))
    return frozenset(names)


def _named(node: ast.stmt, within: str) -> set[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return {within + node.name}
    if isinstance(node, ast.ClassDef):
        return {name for child in node.body for name in _named(child, f"{within}{node.name}::")} | (
            # A state machine becomes a test class by assignment; its own name is all there is to look for.
            {within + node.name}
        )
    if isinstance(node, ast.Assign):
        return {within + target.id for target in node.targets if isinstance(target, ast.Name)}
    if isinstance(node, ast.If | ast.Try | ast.With):
        return {name for child in node.body for name in _named(child, within)}
    return set()


def test_exists(root: Path, name: str) -> bool:
    """Say whether `path::function` or `path::Class::function` is in the source; inherited methods count."""
    path, _, rest = name.partition("::")
    functions = _functions(root / path)
    return rest in functions or ("::" in rest and rest.split("::")[0] in functions)


# --- the page --------------------------------------------------------------------------------------------------


def make_rows(requirements: list[Requirement], tests: list[Test], shared: bool) -> list[Row]:
    """Join codes and tests."""
    return [_row(requirement, _claiming(requirement, tests), shared) for requirement in requirements]


def _claiming(requirement: Requirement, tests: list[Test]) -> list[Test]:
    return [test for test in tests if requirement.code in test.codes or test.name in requirement.tests]


def _row(requirement: Requirement, tests: list[Test], shared: bool) -> Row:
    if any(test.outcome == "passed" and not test.needs_shared_data for test in tests):
        state = SHOWN
    elif any(test.outcome == "passed" or _waits_for_data(test, shared) for test in tests):
        state = SHARED
    else:
        state = REVIEWED if requirement.artefacts else NOT_YET
    return Row(requirement, tuple(sorted({test.name for test in tests})), state)


def _waits_for_data(test: Test, shared: bool) -> bool:
    """Say whether a test is skipped for no other reason than that the shared data are not here."""
    if shared or test.outcome != "skipped" or test.always_skipped:
        return False
    return (
        test.needs_shared_data or "shared" in test.reason or test.reason.startswith("got empty parameter set")
    )


INTRODUCTION = """\
# Where each requirement lives, and which tests show it

<!-- Written by tools/conformance.py; `make conformance` writes it anew. -->

This page is a map, not a score. It leads from a requirement to the code that does it and to the tests that
would fail if it stopped. A test that names a code shows something of it; whether that is enough is for its
reader to say.

- **shown**: a test that names the code passes, from the files of this repository alone.
- **shown by a reviewed page**: the proof is a page or picture that people read.
- **shown here only with ../shared data**: the tests that name it read a folder beside this repository, and are
  skipped where it is absent.
- **not yet**: nothing names it, or nothing that does passes.

"""


def make_page(titles: dict[str, str], rows: list[Row]) -> str:
    """Write the whole page; the same input gives the same text."""
    lines = ["## Counts", "", f"| letter | codes | {' | '.join(STATES)} |", "|---" * (len(STATES) + 2) + "|"]
    for letter, title in titles.items():
        lines.append(_counts(f"[{letter}](#{letter.lower()}) {title}", _with_letter(rows, letter)))
    lines.append(_counts("all", rows))
    for letter, title in titles.items():
        lines += ["", f'<a id="{letter.lower()}"></a>', "", f"## {letter}. {title}", ""]
        lines += ["| code | what | lives in | shown by | state |", "|---|---|---|---|---|"]
        lines += [_line(row) for row in _with_letter(rows, letter)]
    return INTRODUCTION + "\n".join(lines) + "\n"


def _with_letter(rows: list[Row], letter: str) -> list[Row]:
    return [row for row in rows if row.requirement.letter == letter]


def _counts(name: str, rows: list[Row]) -> str:
    each = " | ".join(str(sum(row.state == state for row in rows)) for state in STATES)
    return f"| {name} | {len(rows)} | {each} |"


def _line(row: Row) -> str:
    requirement = row.requirement
    lives = ", ".join(f"[{path.removeprefix('src/holdshort/')}](../../{path})" for path in requirement.lives)
    proofs = [f"[{name.split('::', 1)[1]}](../../{name.split('::', 1)[0]})" for name in row.tests]
    proofs += [f"[{Path(path).name}](../../{path})" for path in requirement.artefacts]
    return (
        f"| {requirement.code} | {_cell(requirement.text)} | {lives} | {'<br>'.join(proofs)} | {row.state} |"
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


# --- the check -------------------------------------------------------------------------------------------------


def problems(
    root: Path, requirements: list[Requirement], tests: list[Test], shared: bool, page: str
) -> list[str]:
    """List everything that does not hold together, the page on disk last."""
    return [
        *_false_claims(root, requirements, tests),
        *_missing_places(root, requirements, tests),
        *_never_run(requirements, tests, shared),
        *_stale_page(root, page, shared),
    ]


def _false_claims(root: Path, requirements: list[Requirement], tests: list[Test]) -> list[str]:
    known = {requirement.code for requirement in requirements}
    found = dict.fromkeys(
        f"{test.name}: shows `{code}`, which {REQUIREMENTS} does not have{_perhaps(code, known)}"
        for test in tests
        for code in test.codes
        if code not in known
    )
    for test in tests:
        if test.codes and test.outcome == "failed":
            found[f"{test.name}: claims {', '.join(test.codes)} and failed"] = None
        if test.codes and not test_exists(root, test.name):
            found[f"{test.name}: is in {RESULTS} but no longer in the source; run {RUN_ALL}"] = None
    return list(found)


def _perhaps(code: str, known: set[str]) -> str:
    members = [name for name in known if name.startswith(f"{code}.")]
    if members:
        return f": name the entries, {code}.1 to {code}.{len(members)}"
    near = difflib.get_close_matches(code.upper(), sorted(known), n=1, cutoff=0.75)
    return f": did you mean `{near[0]}`?" if near else ""


def _missing_places(root: Path, requirements: list[Requirement], tests: list[Test]) -> list[str]:
    found = []
    ran = {test.name for test in tests}
    for requirement in requirements:
        named = [("lives", path) for path in requirement.lives]
        named += [("artefact", path) for path in requirement.artefacts]
        found += [
            f"{requirement.code}: {kind} `{path}` does not exist"
            for kind, path in named
            if not (root / path).exists()
        ]
        found += [
            f"{requirement.code}: test `{name}` does not exist"
            for name in requirement.tests
            if name not in ran
        ]
    return found


def _never_run(requirements: list[Requirement], tests: list[Test], shared: bool) -> list[str]:
    found = []
    for requirement in requirements:
        claiming = _claiming(requirement, tests)
        idle = [test for test in claiming if test.outcome == "skipped" and not _may_run(test, shared)]
        if claiming and len(idle) == len(claiming):
            names = ", ".join(dict.fromkeys(f"{test.name} ({test.reason})" for test in idle))
            found.append(f"{requirement.code}: shown only by tests that are always skipped: {names}")
    return found


def _may_run(test: Test, shared: bool) -> bool:
    return not shared and not test.always_skipped and test.reason != "expected to fail"


def _stale_page(root: Path, page: str, shared: bool) -> list[str]:
    try:
        kept = (root / PAGE).read_text(encoding="utf-8")
    except OSError:
        return [f"{PAGE} is not there; `make conformance` writes it"]
    if kept == page or (not shared and _differs_by_data_only(root, kept, page)):
        return []
    changed = [
        line[:160] for line in difflib.unified_diff(kept.splitlines(), page.splitlines(), lineterm="", n=0)
    ]
    shown = "".join(f"\n    {line}" for line in changed[2:14])
    more = f"\n    … and {len(changed) - 14} more lines" if len(changed) > 14 else ""
    return [f"{PAGE} is not what would be written now; `make conformance` writes it{shown}{more}"]


def _differs_by_data_only(root: Path, kept: str, page: str) -> bool:
    """
    Say whether the absence of the shared data explains every difference.

    A test that finds its cases in the data vanishes without them, and a code's state may change. So a kept row may
    name more tests than ran, if the source still has them; everything else but the states has to be the same.
    """
    before, after = _parts(kept), _parts(page)
    if before.keys() != after.keys():
        return False
    return all(_explained(root, before[code], after[code]) for code in after)


def _parts(page: str) -> dict[str, tuple[str, frozenset[str]]]:
    """Take the page apart: per code what is said without tests and state, and the tests; the rest under ''."""
    parts: dict[str, tuple[str, frozenset[str]]] = {}
    rest, counting = [], False
    for line in page.splitlines():
        counting = line == "## Counts" or (counting and not line.startswith("## "))
        cells = line.split(" | ")
        if len(cells) == 5 and line.endswith(tuple(f"{state} |" for state in STATES)):
            parts[cells[0]] = (" | ".join(cells[1:3]), frozenset(cells[3].strip().split("<br>")) - {""})
        elif not counting:
            rest.append(line)
    parts[""] = ("\n".join(rest), frozenset())
    return parts


def _explained(root: Path, before: tuple[str, frozenset[str]], after: tuple[str, frozenset[str]]) -> bool:
    said_before, tests_before = before
    said_after, tests_after = after
    return (
        said_before == said_after
        and tests_after <= tests_before
        and all(_link_exists(root, link) for link in tests_before - tests_after)
    )


def _link_exists(root: Path, link: str) -> bool:
    name, _, target = link.removeprefix("[").removesuffix(")").partition("](../../")
    return test_exists(root, f"{target}::{name}")


# --- the command -----------------------------------------------------------------------------------------------


def _note_if_old(root: Path) -> None:
    made = (root / RESULTS).stat().st_mtime
    newer = sorted(
        path.relative_to(root).as_posix()
        for path in (root / "tests").rglob("*.py")
        if path.stat().st_mtime > made
    )
    if newer:
        print(f"note: changed since the tests last ran: {', '.join(newer)}. Run {RUN_ALL}", file=sys.stderr)


def main(arguments: list[str] | None = None) -> int:
    """Write the page, or with --check say what is wrong; 0 is well, 1 is not."""
    parser = argparse.ArgumentParser(description="Map requirement codes to code and tests.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if anything does not hold")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    options = parser.parse_args(arguments)
    root = options.root
    _functions.cache_clear()
    try:
        titles, requirements = read_requirements(root)
        shared, tests = read_results(root)
    except CannotSay as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    _note_if_old(root)
    page = make_page(titles, make_rows(requirements, tests, shared))
    if not options.check:
        return _write_page(root, page, requirements, shared)
    wrong = problems(root, requirements, tests, shared, page)
    for problem in wrong:
        print(f"error: {problem}", file=sys.stderr)
    if not wrong:
        print(f"conformance: {len(requirements)} codes, the page is current")
    return 1 if wrong else 0


def _write_page(root: Path, page: str, requirements: list[Requirement], shared: bool) -> int:
    if not shared:
        print("note: made without ../shared/data; codes shown only with it may lack tests", file=sys.stderr)
    beside = (root / PAGE).with_suffix(f".{os.getpid()}")
    beside.write_text(page, encoding="utf-8")
    beside.replace(root / PAGE)
    print(f"wrote {PAGE}: {len(requirements)} codes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
