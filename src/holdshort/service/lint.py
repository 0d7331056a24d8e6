"""Everything that is wrong or doubtful in a playbook, in one report."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from holdshort.core.diagnostics import Diagnostic, in_order
from holdshort.core.register import Register
from holdshort.service.load_playbook import load_playbook


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
        return f"{self.rows} rows, {len(self.register.active)} active: {said or 'nothing to mend'}"


def lint_playbook(folder: Path, register: Path | None = None) -> LintReport:
    """Return all diagnostics of the playbook in `folder`, or of another register read with its words."""
    loaded = load_playbook(folder, register)
    return LintReport(loaded.playbook.register, len(loaded.table.rows), tuple(in_order(loaded.diagnostics)))
