"""Everything that is wrong or doubtful in a playbook, in one report."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from holdshort.core.diagnostics import Diagnostic, in_order
from holdshort.core.lint.all_checks import lint
from holdshort.core.register import Register
from holdshort.service.load_playbook import load_playbook

# The readers of the file and of its words both notice these; one report is enough.
_SAID_TWICE = {"TABLE-014": "REG-001", "TABLE-015": "REG-002"}


@dataclass(frozen=True)
class LintReport:
    register: Register
    rows: int
    """Rows of the file, whether they can run or not."""
    diagnostics: tuple[Diagnostic, ...]

    @property
    def errors(self) -> int:
        return sum(1 for each in self.diagnostics if each.severity == "error")

    def summary(self) -> str:
        counts = Counter(each.severity for each in self.diagnostics)
        said = ", ".join(
            f"{counts[level]} {level}{'' if counts[level] == 1 else 's'}"
            for level in ("error", "warning", "note")
            if counts[level]
        )
        rows = f"{self.rows} row{'' if self.rows == 1 else 's'}"
        return f"{rows}, {len(self.register.active)} active: {said or 'nothing to mend'}"


def lint_playbook(folder: Path, register: Path | None = None) -> LintReport:
    """Return all diagnostics of the playbook in `folder`, or of another register read with its words."""
    loaded = load_playbook(folder, register)
    beyond = lint(
        loaded.playbook,
        loaded.table,
        records=record_names(folder),
        faults=loaded.diagnostics,
        clauses=loaded.clauses,
    )
    found = _once([*loaded.diagnostics, *beyond])
    return LintReport(loaded.playbook.register, len(loaded.table.rows), tuple(in_order(found)))


def record_names(folder: Path) -> frozenset[str]:
    """The names by which acceptance tests may call the records of a playbook."""
    return frozenset(path.stem for path in (folder / "records").glob("*.json"))


def _once(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    said = {(each.code, each.where) for each in diagnostics}
    return [each for each in diagnostics if (_SAID_TWICE.get(each.code, ""), each.where) not in said]
