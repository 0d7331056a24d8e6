"""
The register as it is being written: edit a cell, take a spreadsheet in, go back to an older version.

The playbook folder is the draft; what runs is the published version. Every change through here is noted in the house's
log, so that whoever wrote a draft is not the one who publishes it.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from holdshort.core.columns import BY_KEY
from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where
from holdshort.core.explain import CellReading, read_cells
from holdshort.core.merging import Settle
from holdshort.core.onboarding.commands import Refused
from holdshort.core.register import EdgeCase
from holdshort.core.table import Cell, RegisterTable, TableRow
from holdshort.importers.limits import read_bytes
from holdshort.importers.register_files import read_register, replace_file, update_register
from holdshort.ports import PublishedRegister, Store
from holdshort.service.house_log import entries, note
from holdshort.service.load_playbook import REGISTER_FILES, LoadedPlaybook, load_playbook
from holdshort.service.merging import MergeReport, plan_merge
from holdshort.service.registers import (
    difference_of,
    previous_of,
    read_with_words_of,
    write_import,
)

EDITED, PUBLISHED = "RegisterEdited", "RegisterPublished"
MAY_EDIT = ("revops", "product_ops", "systems_admin")


@dataclass(frozen=True)
class CellCheck:
    """One cell as it would be: how it is understood, and what is wrong with it or with the row because of it."""

    case: str
    column: str
    reading: CellReading | None
    faults: tuple[Diagnostic, ...]
    becomes_inactive: bool

    @property
    def ok(self) -> bool:
        return not any(each.severity == "error" for each in self.faults)


def row_with(row: TableRow, key: str, text: str) -> TableRow:
    """The row with another text in one of its columns."""
    where = row.cells[key].where if key in row.cells else Where(case=row.case, column=BY_KEY[key].title)
    return replace(row, cells={**row.cells, key: Cell(text, where)})


def check_cell(loaded: LoadedPlaybook, case: str, key: str, text: str) -> CellCheck:
    """
    Say how the row `case` would be understood with `text` in column `key`. Writes nothing.

    Raises:
        Refused: There is no such row or column, or the column is the ID, which never changes.
    """
    row = _found(loaded.table, case, key)
    changed = row_with(row, key, text)
    register, faults = read_with_words_of(loaded, replace(loaded.table, rows=(changed,)))
    read = register.case(case)
    title = BY_KEY[key].title
    cells = read_cells(read, loaded.playbook) if read is not None else ()
    reading = next((each for each in cells if each.column == title), None)
    was = loaded.playbook.register.case(case)
    lost = was is not None and was.is_active and not (read is not None and read.is_active)
    return CellCheck(case, title, reading, faults, lost)


def edit_cell(
    store: Store, folder: Path, case: str, key: str, text: str, seen: str, actor: str, now: datetime
) -> bool:
    """
    Write one cell of the draft, in place; formats, comments and all else of the file stay.

    Args:
        seen: The text that the editor started from; where another stands there by now, nothing is written.
        now: UTC.

    Returns:
        Whether anything changed.

    Raises:
        Refused: There is no such row, somebody else changed the cell, or the text does not run.
        HoldshortError: The playbook cannot be read or written.
    """
    loaded = load_playbook(folder)
    standing = _found(loaded.table, case, key).text(key)
    if _same(standing, text):
        return False
    if not _same(standing, seen):
        raise Refused(
            "DRAFT-002",
            f"somebody changed this cell meanwhile: it now says `{standing}`",
            "look at it, then write yours again",
        )
    check = check_cell(loaded, case, key, text)
    if not check.ok:
        raise HoldshortError([each for each in check.faults if each.severity == "error"])
    rows = tuple(row_with(each, key, text) if each.case == case else each for each in loaded.table.rows)
    _write(loaded, replace(loaded.table, rows=rows))
    _noted(store, actor, now, [(case, BY_KEY[key].title)], "edited a cell")
    return True


def plan_upload(
    folder: Path,
    published: PublishedRegister | None,
    theirs: Path,
    settle: Settle = lambda conflict: None,
) -> MergeReport:
    """
    What a spreadsheet that comes back changes in the draft, merged against the published version. Writes nothing.

    Raises:
        HoldshortError: One of the registers cannot be read.
    """
    if published is None:
        return plan_merge(folder, folder, theirs, settle)
    with tempfile.TemporaryDirectory(prefix="holdshort-") as place:
        return plan_merge(folder, register_file_of(published, Path(place)), theirs, settle)


def take_upload(store: Store, report: MergeReport, actor: str, now: datetime) -> MergeReport:
    """
    Write what `plan_upload` found into the draft; nothing where anything is left to settle.

    Raises:
        HoldshortError: The draft changed since, or cannot be written.
    """
    if not report.clean:
        return report
    change = write_import(report.change)
    if change.written:
        cells = [(each.case, each.column_title) for each in change.difference.changes]
        _noted(store, actor, now, cells, "took a spreadsheet in")
    return MergeReport(change, report.conflicts)


def go_back(store: Store, folder: Path, version: int, actor: str, now: datetime) -> bool:
    """
    Make the draft's register say what a published version said; publishing it is a step of its own.

    Raises:
        Refused: There is no such version.
    """
    published = store.register(version)
    if published is None:
        raise Refused("DRAFT-003", f"there is no version {version}", "take one from the list of versions")
    loaded = load_playbook(folder)
    with tempfile.TemporaryDirectory(prefix="holdshort-") as place:
        wanted, _ = read_register(register_file_of(published, Path(place)))
    changes = difference_of(loaded.table, wanted).changes
    if not changes:
        return False
    _write(loaded, wanted)
    _noted(
        store,
        actor,
        now,
        [(each.case, each.column_title) for each in changes],
        f"went back to version {version}",
    )
    return True


def authors(store: Store) -> tuple[str, ...]:
    """Who changed the draft through here since the last publication, each once; changes made in files are not seen."""
    found: dict[str, None] = {}
    for each in entries(store):
        if each.kind == PUBLISHED:
            found.clear()
        elif each.kind == EDITED:
            found[each.actor] = None
    return tuple(found)


def register_file_of(published: PublishedRegister, place: Path) -> Path:
    """The register of a published version, written into the folder `place` under its own name."""
    name = next(each for each in published.files if each in REGISTER_FILES)
    path = place / name
    path.write_bytes(published.files[name])
    return path


def row_of(loaded: LoadedPlaybook, case: str) -> EdgeCase | None:
    """The row as it is understood; None where its cells have errors."""
    return loaded.playbook.register.case(case)


def _found(table: RegisterTable, case: str, key: str) -> TableRow:
    row = table.row(case)
    if row is None or key not in BY_KEY:
        raise Refused("DRAFT-001", f"the register has no cell {case}, {key}", "`/register` lists its rows")
    if key == "id":
        raise Refused(
            "DRAFT-004",
            "an edge-case ID never changes: tests, decisions and history point at it",
            "add another row in the spreadsheet instead",
        )
    return row


def _write(loaded: LoadedPlaybook, table: RegisterTable) -> None:
    was = read_bytes(loaded.register_file)
    replace_file(previous_of(loaded.register_file), was)
    update_register(loaded.register_file, table)


def _noted(store: Store, actor: str, now: datetime, cells: list[tuple[str, str]], how: str) -> None:
    body = {"how": how, "cells": [list(each) for each in cells[:200]], "count": len(cells)}
    with store.transaction() as tx:
        note(tx, EDITED, actor, now, body)


def _same(a: str, b: str) -> bool:
    return a.replace("\r\n", "\n").strip() == b.replace("\r\n", "\n").strip()
