"""The report on acceptance tests as a page: what failed first, then every row with what was seen."""

from __future__ import annotations

from holdshort.core.acceptance import Outcome
from holdshort.service.acceptance import AcceptanceReport, RowReport
from holdshort.service.report_page import bullets, document, paragraph, text


def page(report: AcceptanceReport) -> str:
    failed = [each for each in report.rows if not each.passed]
    proven = [each for each in report.rows if each.passed]
    tests = len(report.outcomes)
    parts = [
        f"<h1>Acceptance tests: {text(report.playbook)}</h1>",
        paragraph(
            f"{len(proven)} of {len(report.rows) + len(report.unread_rows)} rows proven; {tests} tests, "
            f"{sum(not each.passed for each in report.outcomes) or 'none'} failed",
            "good" if report.passed else "bad",
        ),
        paragraph(f"Register {report.digest[:12]}", "soft"),
        bullets((str(each) for each in report.diagnostics), "bad"),
    ]
    if report.unread_rows:
        parts.append(paragraph(f"Could not be read: {', '.join(report.unread_rows)}", "bad"))
    for title, rows in (("Not proven", failed), ("Proven", proven)):
        if rows:
            parts += [f"<h2>{title}</h2>", *(_row(each) for each in rows)]
    return document(f"Acceptance tests: {report.playbook}", parts)


def _row(row: RowReport) -> str:
    head = f"<h3>{text(row.case.case)}</h3>{paragraph(row.case.scenario, 'soft')}"
    if not row.outcomes:
        return f"<section>{head}{paragraph('It has no test, so it is not active.', 'bad')}</section>"
    return f"<section>{head}{''.join(map(_test, row.outcomes))}</section>"


def _test(outcome: Outcome) -> str:
    word, look = ("passes", "good") if outcome.passed else ("fails", "bad")
    said = f'<p><b class="{look}">{word}</b> {text(" ".join(outcome.test.said.split()))}</p>'
    notes = [f"note: {each}" for each in outcome.notes]
    return said + bullets(outcome.failures, "bad") + bullets([*outcome.seen, *notes], "soft")
