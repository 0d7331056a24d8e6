"""Run the acceptance tests of a playbook: read its records, screen and live them, report row by row."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdshort.core.acceptance import Outcome, run_tests
from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where, did_you_mean
from holdshort.core.register import EdgeCase
from holdshort.core.screening_again import RememberingScreener
from holdshort.service.load_playbook import LoadedPlaybook, load_playbook

if TYPE_CHECKING:
    from holdshort.service.rehearsal import SetStage

FOLDER = "records"
_MOST_BYTES = 4_000_000
_MOST_BASES = 20
_FORM = {"base", "change"}


@dataclass(frozen=True)
class RowReport:
    """One row with how its tests ended; `outcomes` is empty where it has none."""

    case: EdgeCase
    outcomes: tuple[Outcome, ...]

    @property
    def passed(self) -> bool:
        return bool(self.outcomes) and all(each.passed for each in self.outcomes)


@dataclass(frozen=True)
class AcceptanceReport:
    """How every test of a register ended, the rows without one, and what was wrong in the playbook's files."""

    playbook: str
    digest: str
    rows: tuple[RowReport, ...]
    unread_rows: tuple[str, ...]
    """Rows of the file that could not be read, so that none of their tests ran."""
    diagnostics: tuple[Diagnostic, ...]

    @property
    def untested(self) -> tuple[str, ...]:
        return tuple(each.case.case for each in self.rows if not each.outcomes)

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        return tuple(outcome for row in self.rows for outcome in row.outcomes)

    @property
    def passed(self) -> bool:
        """Every row could be read, has a test, and all its tests passed."""
        faulty = any(each.severity == "error" for each in self.diagnostics)
        return not faulty and not self.unread_rows and all(row.passed for row in self.rows)

    def to_json(self) -> dict[str, Any]:
        return {
            "playbook": self.playbook,
            "register": self.digest,
            "passed": self.passed,
            "rows": [
                {
                    "case": row.case.case,
                    "passed": row.passed,
                    "tests": [
                        {
                            "test": each.test.said,
                            "passed": each.passed,
                            "failures": list(each.failures),
                            "notes": list(each.notes),
                            "seen": list(each.seen),
                        }
                        for each in row.outcomes
                    ],
                }
                for row in self.rows
            ],
            "untested": list(self.untested),
            "unread_rows": list(self.unread_rows),
            "diagnostics": [each.to_json() for each in self.diagnostics],
        }


Tell = Callable[[int, int], None]
"""Hears how many of how many tests have run."""


def prove_playbook(
    folder: Path,
    case: str = "",
    now: datetime | None = None,
    set_stage: SetStage | None = None,
    tell: Tell = lambda done, of: None,
    workers: int = 1,
) -> AcceptanceReport:
    """
    Run the acceptance tests of the playbook in `folder`.

    Args:
        folder: The playbook.
        case: Only the row with this ID, where one is named.
        now: The moment of the evaluation for records that state no `as_of`; the present where it is left out.
        set_stage: Where each test is lived; without one, records are only screened.
        tell: Hears after each row how many tests have run.
        workers: How many processes share the work; `set_stage` then has to be one that can be sent to them.

    Raises:
        HoldshortError: The playbook cannot be read, or has no row of that ID.
    """
    loaded = load_playbook(folder)
    records, faults = load_records(folder / FOLDER)
    return report_on(loaded, records, faults, case, now, set_stage, tell, workers)


def report_on(
    loaded: LoadedPlaybook,
    records: Mapping[str, Mapping[str, Any]],
    faults: list[Diagnostic],
    case: str = "",
    now: datetime | None = None,
    set_stage: SetStage | None = None,
    tell: Tell = lambda done, of: None,
    workers: int = 1,
) -> AcceptanceReport:
    """The report on a playbook that has been read, with these records."""
    register = loaded.playbook.register
    read = {each.case.casefold() for each in register.cases}
    unread = [row.case for row in loaded.table.rows if row.case.casefold() not in read]
    chosen = list(register.cases)
    if case:
        wanted = case.strip().casefold()
        chosen = [each for each in chosen if each.case.casefold() == wanted]
        unread = [each for each in unread if each.casefold() == wanted]
        if not chosen and not unread:
            raise HoldshortError([unknown_case(case, loaded)])
        used = {f"{FOLDER}/{test.record}.json" for row in chosen for test in row.tests}
        faults = [each for each in faults if each.where.file in used]
    moment = now or datetime.now(UTC)
    if set_stage is None:
        screener = RememberingScreener(loaded.playbook)
        rows = [RowReport(each, run_tests(each, screener, records, moment)) for each in chosen]
    else:
        from holdshort.service.rehearsal import rehearsed

        done, total, rows = 0, sum(len(each.tests) for each in chosen), []
        lived = rehearsed(loaded, records, set_stage, moment, [each.case for each in chosen], workers)
        for each, outcomes in zip(chosen, lived, strict=True):
            rows.append(RowReport(each, outcomes))
            done += len(outcomes)
            tell(done, total)
    return AcceptanceReport(
        loaded.playbook.settings.name, register.digest, tuple(rows), tuple(unread), tuple(faults)
    )


def unknown_case(case: str, loaded: LoadedPlaybook) -> Diagnostic:
    """No row has this ID: offer the near one, or say how to list them all."""
    known = [row.case for row in loaded.table.rows]
    near = did_you_mean(case, known, 0.6)
    shown = ", ".join(f"`{each}`" for each in known[:8]) + (" …" if len(known) > 8 else "")
    mend = f"did you mean `{near}`?" if near else f"the register has {shown}"
    return Diagnostic("TEST-010", f"the register has no row `{case}`", Where(str(loaded.register_file)), mend)


# --- records ----------------------------------------------------------------------------------------------


def load_records(folder: Path) -> tuple[dict[str, dict[str, Any]], list[Diagnostic]]:
    """
    Return the playbook's records by name, with everything that is wrong in them; a faulty one is left out.

    A file holds a record, or `{"base": OTHER, "change": {…}}`: the other record with changes merged in. Objects are
    merged key by key, lists replaced, null sets null.
    """
    faults: list[Diagnostic] = []
    raw: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        found = _read(path, faults)
        if found is not None:
            raw[path.stem] = found
    records: dict[str, dict[str, Any]] = {}
    for name in raw:
        made = _made(name, raw, records, (), faults)
        if made is not None:
            records[name] = made
            if "as_of" not in made:
                faults.append(
                    _fault(
                        name,
                        "TEST-015",
                        "the record states no `as_of`",
                        'add one such as `"as_of": "2026-03-11T15:00:00Z"`, or its tests change with the day',
                        "warning",
                    )
                )
    return records, faults


def _fault(name: str, code: str, message: str, mend: str, severity: Any = "error") -> Diagnostic:
    return Diagnostic(code, message, Where(f"{FOLDER}/{name}.json"), mend, severity)


def _read(path: Path, faults: list[Diagnostic]) -> dict[str, Any] | None:
    name = path.stem
    try:
        if path.stat().st_size > _MOST_BYTES:
            faults.append(
                _fault(name, "TEST-011", "the file is too long for one record", "keep one record a file")
            )
            return None
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        faults.append(_fault(name, "TEST-011", f"the file is not JSON: {error}", "mend the place it names"))
        return None
    if not isinstance(data, dict):
        faults.append(
            _fault(
                name, "TEST-011", "the file holds no record", "write one object, with a key for each system"
            )
        )
        return None
    return data


def _made(
    name: str,
    raw: Mapping[str, dict[str, Any]],
    done: Mapping[str, dict[str, Any]],
    above: tuple[str, ...],
    faults: list[Diagnostic],
) -> dict[str, Any] | None:
    """The record of this name with its bases merged in; `above` are those that build on it."""
    if name in done:
        return done[name]
    data = raw[name]
    if "base" not in data:
        return data
    extra = sorted(set(data) - _FORM)
    base, change = data["base"], data.get("change", {})
    if extra or not isinstance(change, dict) or not isinstance(base, str):
        what = f"`{extra[0]}` stands beside `base`" if extra else "`base` is a name and `change` an object"
        faults.append(
            _fault(name, "TEST-012", what, 'write {"base": "other-name", "change": {…}} and nothing else')
        )
        return None
    if base in (*above, name) or len(above) >= _MOST_BASES:
        circle = " -> ".join([*above, name, base])
        faults.append(
            _fault(name, "TEST-013", f"its bases go round in a circle: {circle}", "let one be a full record")
        )
        return None
    if base not in raw:
        near = did_you_mean(base, raw)
        mend = f"did you mean `{near}`?" if near else f"add {base}.json to {FOLDER}/"
        faults.append(_fault(name, "TEST-014", f"its base `{base}` is not there", mend))
        return None
    below: list[Diagnostic] = []
    made = _made(base, raw, done, (*above, name), below)
    if made is None:
        # The base's own fault is reported under its name; this one only says that it cannot be made.
        circle_here = next((each for each in below if each.code == "TEST-013"), None)
        faults.append(
            _fault(name, circle_here.code, circle_here.message, circle_here.mend)
            if circle_here
            else _fault(name, "TEST-014", f"its base `{base}` cannot be read", "mend that record first")
        )
        return None
    return merged(made, change)


def merged(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with `change` merged in: objects key by key, everything else replaced; null sets null."""
    result = dict(base)
    for key, value in change.items():
        below = result.get(key)
        result[key] = merged(below, value) if isinstance(value, dict) and isinstance(below, dict) else value
    return result
