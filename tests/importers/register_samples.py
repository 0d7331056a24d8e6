"""Real register files for the tests, built where a test asks for them."""

import zipfile

import pytest
import xlsxwriter

from holdshort.core.diagnostics import HoldshortError
from holdshort.importers.register_files import read_register

SHORT_HEAD = ["ID", "Scenario", "Trigger", "Tier", "Evidence", "AI may", "Human must", "System action", "Acceptance test"]  # fmt: skip
SHORT_ROW = ["CO-EDGE-001", "Missing criteria", "success criteria is missing", "medium", "CRM record", "draft the task", "RevOps confirms", "pause kickoff", "given x, y"]  # fmt: skip


def row(case, **texts):
    wanted = {
        "id": case,
        "tier": "high",
        "trigger": "deal stage is closed won",
        "scenario": f"scenario of {case}",
    }
    return {**wanted, **texts}


def short(case):
    return [case, *SHORT_ROW[1:]]


def workbook(path, rows, sheet="Edge cases", change=lambda book, sheet: None):
    """Rows of values written cell by cell; `change` may add what rows cannot say."""
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False})
    page = book.add_worksheet(sheet)
    for number, values in enumerate(rows):
        for column, value in enumerate(values):
            if value is not None:
                page.write(number, column, value)
    change(book, page)
    book.close()
    return path


def rezip(path, change, add=()):
    """Pass every part of a zip through `change(name, data)`; None drops the part."""
    with zipfile.ZipFile(path) as old:
        parts = [(name, change(name, old.read(name))) for name in old.namelist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in [*parts, *add]:
            if data is not None:
                new.writestr(name, data)
    return path


def refused(path):
    """The diagnostics of a file that cannot be read."""
    with pytest.raises(HoldshortError) as caught:
        read_register(path)
    problems = list(caught.value.diagnostics)
    assert all(each.mend and each.where.file for each in problems)
    assert not any(each.message[0].isupper() for each in problems)
    return problems


def codes(diagnostics):
    return [each.code for each in diagnostics]
