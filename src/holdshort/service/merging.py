"""Take somebody's spreadsheet in although the register has moved on since: a three-way merge by ID and cell."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where
from holdshort.core.merging import Conflict, Settle, merge_tables, repeated_cases
from holdshort.core.table import RegisterTable
from holdshort.importers.limits import read_bytes
from holdshort.importers.register_files import read_register
from holdshort.service.load_playbook import _register_file, load_playbook
from holdshort.service.registers import ImportReport, report_on_change, write_import


@dataclass(frozen=True)
class MergeReport:
    """What a merge would make of the playbook's register, or made of it, and what a person has to settle first."""

    change: ImportReport
    conflicts: tuple[Conflict, ...]

    @property
    def clean(self) -> bool:
        return not self.conflicts and not self.change.errors

    def to_json(self) -> dict[str, Any]:
        conflicts = [
            {
                "case": each.case,
                "column": each.column_title,
                "base": each.base,
                "ours": each.ours,
                "theirs": each.theirs,
            }
            for each in self.conflicts
        ]
        return {**self.change.to_json(), "conflicts": conflicts}


def plan_merge(folder: Path, base: Path, theirs: Path, settle: Settle = lambda conflict: None) -> MergeReport:
    """
    Say what the playbook's register becomes with what `theirs` changed since `base`. Writes nothing.

    Args:
        folder: The playbook; its register is ours.
        base: The register that `theirs` was made from: a playbook folder or a register file of any kind.
        theirs: The spreadsheet that comes back.
        settle: Says of each conflict which side's text it takes, or leaves it open.

    Raises:
        HoldshortError: with the problems of all three, where one cannot be read or has an ID twice.
    """
    was = read_bytes(_register_file(folder)) if folder.is_dir() else b""
    loaded = load_playbook(folder)
    old, _, problems = _read(base)
    new, remarks, more = _read(theirs)
    problems += more + _repeated(loaded.table, loaded.register_file)
    if problems or old is None or new is None:
        raise HoldshortError(problems)
    merge = merge_tables(old, loaded.table, new, settle)
    report = report_on_change(loaded, theirs, merge.table, new, remarks, was)
    return MergeReport(report, merge.conflicts)


def write_merge(report: MergeReport) -> MergeReport:
    """
    Write a merge into the playbook's own register file; nothing is written while anything is left to settle.

    Raises:
        HoldshortError: the register changed since, or cannot be written.
    """
    return MergeReport(write_import(report.change), report.conflicts) if report.clean else report


def _read(path: Path) -> tuple[RegisterTable | None, list[Diagnostic], list[Diagnostic]]:
    """A register, what is odd about it, and what keeps it from being merged."""
    try:
        file = _register_file(path) if path.is_dir() else path
        table, remarks = read_register(file)
    except HoldshortError as error:
        return None, [], list(error.diagnostics)
    return table, remarks, _repeated(table, file)


def _repeated(table: RegisterTable, file: Path) -> list[Diagnostic]:
    return [
        Diagnostic(
            "CHANGE-012",
            f"`{case}` stands twice, so nobody can tell which of the two rows was changed",
            Where(str(file), case=case),
            "give one of them another ID, or take one out",
        )
        for case in repeated_cases(table)
    ]
