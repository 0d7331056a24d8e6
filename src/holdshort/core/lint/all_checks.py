"""Everything that is doubtful in a playbook whose words can be read: the checks beyond syntax."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from holdshort.core.clause_parser import ClauseParser
from holdshort.core.diagnostics import Diagnostic, in_order
from holdshort.core.lint.assistance import check_assistance
from holdshort.core.lint.coverage import check_coverage
from holdshort.core.lint.people import check_people
from holdshort.core.lint.proof import check_proof
from holdshort.core.lint.rows import Report, rows_of
from holdshort.core.lint.triggers import check_triggers
from holdshort.core.lint.wording import check_wording
from holdshort.core.playbook import Playbook
from holdshort.core.rules.vocabulary import Vocabulary
from holdshort.core.table import RegisterTable


def lint(
    playbook: Playbook,
    table: RegisterTable,
    *,
    records: Collection[str] | None = None,
    faults: Iterable[Diagnostic] = (),
    clauses: ClauseParser | None = None,
) -> list[Diagnostic]:
    """
    Return what is doubtful in a playbook beyond what its readers found, sorted by place.

    Args:
        playbook: As read, without the rows that have errors.
        table: All rows of the register file.
        records: Names of the records that acceptance tests may use; None where they are not known.
        faults: What the readers found. A column with an error is not judged again, the rest of its row is.
        clauses: The reader of the register's cells, where one is at hand.

    Source: docs/reference/lint.md, one section for each code.
    """
    clauses = clauses or ClauseParser(Vocabulary(playbook.glossary), playbook.catalogue)
    report = Report()
    rows = rows_of(playbook, table, faults, clauses)
    check_wording(rows, report)
    check_triggers(rows, playbook, clauses, report)
    check_people(rows, playbook, report)
    check_assistance(rows, playbook, clauses.vocabulary, report)
    check_proof(rows, playbook, records, report)
    check_coverage(rows, playbook, report)
    return in_order(report.found)
