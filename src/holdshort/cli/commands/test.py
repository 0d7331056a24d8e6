"""`holdshort test PLAYBOOK`: prove every row by its acceptance tests."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from holdshort.cli.written import write_file

if TYPE_CHECKING:
    from holdshort.service.acceptance import AcceptanceReport


@click.command("test")
@click.argument("playbook", type=click.Path(path_type=Path))
@click.option("--case", default="", metavar="ID", help="Only the tests of this row.")
@click.option("--verbose", "-v", is_flag=True, help="Show the tests that pass as well.")
@click.option("--json", "as_json", is_flag=True, help="The report as one JSON object.")
@click.option(
    "--junit", type=click.Path(path_type=Path), metavar="FILE", help="Write a JUnit XML file as well."
)
@click.option(
    "--html",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the report as one web page as well.",
)
@click.option(
    "--store",
    default="",
    metavar="sqlite|URL",
    help="Live the tests on a real store: `sqlite` (files that are thrown away) or a PostgreSQL server's URL, where "
    "databases are made and dropped again. Left out: in memory.",
)
def command(
    playbook: Path, case: str, verbose: bool, as_json: bool, junit: Path | None, html: Path | None, store: str
) -> None:
    """Run the acceptance tests of the register in PLAYBOOK (a folder), each on its record.

    Each test is lived: its record is taken in, what it speaks of is asked for, and what is released reaches an outside
    world that only writes it down. Then its `until` part has to release what was held: once as a record in which the
    condition has become true, once as the decision of somebody who holds the named role. Nothing leaves this machine.

    Exit code 0: every row has a test and all pass; 1: a test fails, or a row has none; 2: nothing could be read.
    """
    from holdshort.bootstrap import stages
    from holdshort.cli.progress import Progress
    from holdshort.service.acceptance import prove_playbook

    with stages(store) as set_stage, Progress(not as_json, "tests") as progress:
        report = prove_playbook(
            playbook,
            case,
            set_stage=set_stage,
            tell=lambda done, of: progress.step(done),
            workers=1 if store else min(os.cpu_count() or 1, 2),
        )
    if junit is not None:
        _write_junit(report, junit)
    if html is not None:
        from holdshort.service.acceptance_html import page

        write_file(html, page(report))
    if as_json:
        click.echo(json.dumps(report.to_json(), ensure_ascii=False, indent=2))
    else:
        for line in _lines(report, verbose):
            click.echo(line)
    sys.exit(0 if report.passed else 1)


def _lines(report: AcceptanceReport, verbose: bool) -> list[str]:
    lines = [f"{each}\n" for each in report.diagnostics]
    for row in report.rows:
        if not row.outcomes or (row.passed and not verbose and not any(each.notes for each in row.outcomes)):
            continue
        lines.append(f"{'pass' if row.passed else 'FAIL'}  {row.case.case}  {row.case.scenario}")
        for outcome in row.outcomes:
            if outcome.passed and not outcome.notes and not verbose:
                continue
            lines.append(f"  {'ok' if outcome.passed else '✗'}  {' '.join(outcome.test.said.split())}")
            lines += [f"       {said}" for said in outcome.failures]
            lines += [f"       note: {said}" for said in outcome.notes]
            lines += [f"       seen: {said}" for said in outcome.seen if verbose]
        lines.append("")
    if report.unread_rows:
        lines.append(f"Could not be read, see `holdshort lint`: {', '.join(report.unread_rows)}")
    if report.untested:
        lines.append(f"Without a test, so not active: {', '.join(report.untested)}")
    return [*lines, _summary(report)]


def _summary(report: AcceptanceReport) -> str:
    failed = sum(not each.passed for each in report.outcomes)
    passing = sum(row.passed for row in report.rows)
    rows = len(report.rows) + len(report.unread_rows)
    said = f"{passing} of {rows} {'row' if rows == 1 else 'rows'} proven; "
    count = len(report.outcomes)
    return said + f"{count} {'test' if count == 1 else 'tests'}, {failed or 'none'} failed"


def _write_junit(report: AcceptanceReport, path: Path) -> None:
    from xml.etree import ElementTree

    from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where

    failed = sum(not each.passed for each in report.outcomes)
    bad = len(report.untested) + len(report.unread_rows)
    suite = ElementTree.Element(
        "testsuite",
        name=_xml(report.playbook),
        tests=str(len(report.outcomes) + bad),
        failures=str(failed + bad),
        errors="0",
    )
    for row in report.rows:
        for outcome in row.outcomes:
            test = ElementTree.SubElement(
                suite,
                "testcase",
                classname=_xml(row.case.case),
                name=_xml(" ".join(outcome.test.said.split())),
            )
            if outcome.failures:
                failure = ElementTree.SubElement(test, "failure", message=_xml(outcome.failures[0]))
                failure.text = _xml("\n".join(outcome.failures))
    for cases, why in (
        (report.untested, "the row has no test"),
        (report.unread_rows, "the row cannot be read"),
    ):
        for case in cases:
            test = ElementTree.SubElement(suite, "testcase", classname=_xml(case), name=why)
            ElementTree.SubElement(test, "failure", message=why)
    try:
        ElementTree.ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)
    except OSError as error:
        found = Diagnostic(
            "TEST-016",
            f"{path} cannot be written: {error.strerror}",
            Where(str(path)),
            "name a file you may write",
        )
        raise HoldshortError([found]) from error


def _xml(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return "".join(char if char.isprintable() or char in "\n\t" else " " for char in text)
