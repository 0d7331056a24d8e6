"""What an import has to say about one row of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from holdshort.core.diagnostics import Diagnostic, Severity, Where


@dataclass(frozen=True, slots=True)
class RowNote:
    """Something about the data of one row that a person should know; row 0 stands for the whole table."""

    file: str
    row: int
    column: str
    code: str
    message: str
    mend: str = ""
    severity: Severity = "warning"
    sheet: str = ""

    def to_diagnostic(self) -> Diagnostic:
        where = Where(file=self.file, sheet=self.sheet, line=self.row or None, column=self.column)
        return Diagnostic(self.code, self.message, where, self.mend, self.severity)

    def to_json(self) -> dict[str, Any]:
        names = ("file", "sheet", "row", "column", "code", "severity", "message", "mend")
        return {name: getattr(self, name) for name in names if getattr(self, name) not in ("", 0)}
