"""What people read: IDs that can be told apart, scenarios that name what fails, rows that say where they come from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from holdshort.core.clause_parser import AUDIT_FIELDS, parts_of
from holdshort.core.columns import COLUMNS
from holdshort.core.diagnostics import did_you_mean
from holdshort.core.lint.rows import LintRow, Report

WORK_AREAS = (
    "closed-won handoff",
    "kickoff",
    "implementation",
    "provisioning",
    "billing",
    "milestones",
    "messages",
    "legal and security",
    "strategic",
)
_FEWEST_WORDS = 4
_LABEL_AT_MOST_WORDS = 7
_LABEL = re.compile(
    r"\b(bad (handoff|data|record|customer|setup|set-up)s?|(data|billing|crm|sync|customer|handoff|general) (issue|problem|error)s?"
    r"|misc(ellaneous)?|other (issue|problem|case)s?|something (is )?(wrong|off)|various|etc|weird|tbd|tbc|to be (defined|determined))\b",
    re.IGNORECASE,
)
_FORMULA = re.compile(r"\s*(=|@\w+\(|[+-][\w(]+.*[(|!])")


def check_wording(rows: Sequence[LintRow], report: Report) -> None:
    for row in rows:
        _id(row, report)
        _scenario(row, report)
        _work_area(row, report)
        _sources(row, report)
        _audit(row, report)
        for column in COLUMNS:
            if column.key != "id" and column.key not in row.broken:
                _odd_text(row, column.key, report)
    _nearly_the_same_ids(rows, report)


# --- IDs ---


def _id(row: LintRow, report: Report) -> None:
    case = row.row.case
    for at, char in enumerate(row.row.text("id")):
        if char.isascii() and (char.isalnum() or char in "-_."):
            continue
        if char.isspace() and char not in case:
            continue
        name = unicodedata.name(char, f"U+{ord(char):04X}").lower()
        if char.isalpha() and name.startswith("latin"):
            continue
        if unicodedata.category(char) == "Cf":
            message = f"the ID holds an invisible character ({name})"
        elif char.isalpha() or char.isdigit():
            message = f"`{char}` in the ID is a {name}, which only looks like a plain one"
        else:
            message = f"`{char}` does not belong in an ID"
        report.cell(
            row,
            "id",
            "LINT-002",
            message,
            "type the ID anew with plain letters, digits and hyphens",
            "warning",
            span=(at, at + 1),
        )
        return


def _nearly_the_same_ids(rows: Sequence[LintRow], report: Report) -> None:
    seen: dict[str, str] = {}
    for row in rows:
        case = row.row.case
        key = re.sub(r"(?<=\D)0+(?=\d)|^0+(?=\d)", "", re.sub(r"[\s_\-.]+", "-", case.casefold()))
        if not case:
            continue
        other = seen.setdefault(key, case)
        if other.casefold() != case.casefold():
            report.cell(
                row,
                "id",
                "LINT-001",
                f"`{case}` differs from `{other}` only in zeros or punctuation",
                "give the row an ID that nobody can take for the other, or delete it if it is the same case",
                "warning",
            )


# --- texts ---


def _scenario(row: LintRow, report: Report) -> None:
    if "scenario" in row.broken:
        return
    text = row.row.text("scenario").strip()
    mend = "say what fails and how it shows, for instance `The contract names one plan and the CRM another`"
    words = re.findall(r"[^\W\d_][\w'’-]*", text)
    label = _LABEL.search(text)
    if not text:
        report.cell(row, "scenario", "LINT-040", "the scenario is blank", mend, "warning")
    elif label is not None and len(words) <= _LABEL_AT_MOST_WORDS:
        report.cell(
            row,
            "scenario",
            "LINT-040",
            f"`{label.group()}` is a label, not what fails",
            mend,
            "warning",
            words=label.group(),
        )
    elif len(words) < _FEWEST_WORDS:
        report.cell(
            row,
            "scenario",
            "LINT-040",
            f"the scenario has {len(words)} words and names no mechanism",
            mend,
            "warning",
        )


def _work_area(row: LintRow, report: Report) -> None:
    text = row.row.text("work_area").strip()
    if not text or "work_area" in row.broken or text.casefold() in WORK_AREAS:
        return
    near = did_you_mean(text, WORK_AREAS)
    report.cell(
        row,
        "work_area",
        "LINT-043",
        f"`{text}` is none of the nine work areas",
        f"did you mean `{near}`?"
        if near
        else "choose one of " + ", ".join(f"`{each}`" for each in WORK_AREAS),
        "warning",
        words=text,
    )


def _sources(row: LintRow, report: Report) -> None:
    if "sources" in row.broken:
        return
    text = row.row.text("sources").strip()
    if not text or text.casefold() in ("none", "n/a", "-", "?", "tbd", "unknown"):
        report.cell(
            row,
            "sources",
            "LINT-041",
            "the row does not say which records it came from",
            "name deals, tickets or reports such as `OPP-1001; ticket 4411`, or write `made up`",
            "warning",
        )
    elif "made up" in text.casefold():
        report.cell(
            row,
            "sources",
            "LINT-042",
            "the row is made up; no real record stands behind it",
            "replace it by the first real case that you meet, or delete the row if none comes",
            "note",
            words="made up",
        )


def _audit(row: LintRow, report: Report) -> None:
    text = row.row.text("audit")
    if "audit" in row.broken or not text.strip():
        return
    said = {part.text.casefold() for part in parts_of(text)}
    lacking = [each for each in AUDIT_FIELDS if each.casefold() not in said]
    if lacking:
        report.cell(
            row,
            "audit",
            "LINT-074",
            "the audit fields leave out " + ", ".join(f"`{each}`" for each in lacking),
            f"write `{'; '.join(AUDIT_FIELDS)}` and add to it what else this row should keep",
            "warning",
        )


def _odd_text(row: LintRow, key: str, report: Report) -> None:
    text = row.row.text(key)
    if text.isascii() or text.isprintable():
        hidden = None
    else:
        hidden = next((at for at, char in enumerate(text) if unicodedata.category(char) == "Cf"), None)
    if hidden is not None:
        name = unicodedata.name(text[hidden], f"U+{ord(text[hidden]):04X}").lower()
        report.cell(
            row,
            key,
            "LINT-003",
            f"the cell holds an invisible character ({name})",
            "delete the words around it and type them anew",
            "warning",
            span=(hidden, hidden + 1),
        )
    elif _FORMULA.match(text):
        report.cell(
            row,
            key,
            "LINT-003",
            "a spreadsheet would take this text for a formula",
            "begin the cell with a letter",
            "warning",
        )
