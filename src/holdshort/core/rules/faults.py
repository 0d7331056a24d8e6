"""What is wrong with a rule text, before it is known in which file and cell the text stands."""

from __future__ import annotations

from holdshort.core.diagnostics import Diagnostic, Severity, Where


class RuleFault(Exception):
    """One fault of a rule text; `span` counts characters of that text, end exclusive."""

    def __init__(self, code: str, message: str, span: tuple[int, int], mend: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.span = span
        self.mend = mend

    def at(self, where: Where, text: str, offset: int = 0, severity: Severity = "error") -> Diagnostic:
        """The same fault at its place; `offset` is where the rule text begins within `text`."""
        span = (self.span[0] + offset, self.span[1] + offset)
        return Diagnostic(self.code, self.message, where, self.mend, severity, text, span)
