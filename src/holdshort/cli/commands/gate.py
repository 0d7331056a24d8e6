"""`holdshort gate PLAYBOOK`: may this lane go live, and what is left to do?"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from holdshort.core.golive.report import GateReport

_MARKS = {"pass": ("✓", "green"), "open": ("✗", "bold red"), "not proven": ("?", "yellow")}
_PARTS = {
    "map": "Map: where AI is used",
    "measure": "Measure: how it can fail",
    "govern": "Govern: who answers for it",
    "manage": "Manage: which holds are in force",
}
_MOST = 6


@click.command("gate")
@click.argument("playbook", type=click.Path(path_type=Path))
@click.option("--lane", default="", metavar="LANE", help="Another lane than the playbook's own.")
@click.option(
    "--path",
    "as_path",
    is_flag=True,
    help="Show the eight steps of the build sequence instead: where you are, and what to run next.",
)
@click.option(
    "--sign",
    "item",
    metavar="ITEM",
    help="Give your word for an item that no program can compute: O6, O10, O12 or O15.",
)
@click.option(
    "--as",
    "user",
    metavar="NAME",
    default="",
    help="With --sign: who you are, as [roles] in playbook.toml names you.",
)
@click.option("--note", default="", metavar="TEXT", help="With --sign: what you looked at, in a sentence.")
@click.option(
    "--html",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the report as one web page as well.",
)
@click.option("--verbose", "-v", is_flag=True, help="Show every sentence of what is missing.")
@click.option("--json", "as_json", is_flag=True, help="The report as one JSON object.")
def command(
    playbook: Path,
    lane: str,
    as_path: bool,
    item: str | None,
    user: str,
    note: str,
    html: Path | None,
    verbose: bool,
    as_json: bool,
) -> None:
    """Answer the go-live checklist for PLAYBOOK (a folder): eighteen items, each with its evidence.

    What can be computed is computed from the playbook, its tests and the search for escapes. For the rest a named person signs;
    the sign-off is kept in sign-offs.yaml with a digest of what was signed, so that a change voids it.

    \b
    holdshort gate my-playbook
    holdshort gate my-playbook --sign O6 --as rae --note "went through 41 handoffs of May to July"

    Exit code 0: the lane may go live, or the sign-off was taken; 1: something is left to do; 2: usage, or the playbook cannot be
    read.
    """
    if item:
        _sign(playbook, item, user, note, lane, as_json)
        return
    if user or note:
        raise click.UsageError("`--as` and `--note` go with `--sign ITEM`")
    from holdshort.service.golive import gate

    report = gate(playbook, lane)
    if html is not None:
        _write_html(report, html)
    if as_json:
        click.echo(json.dumps(report.to_json(), ensure_ascii=False, indent=2))
    elif as_path:
        _show_path(report, playbook)
    else:
        _show(report, playbook, verbose)
    sys.exit(0 if report.passed else 1)


def _sign(playbook: Path, item: str, user: str, note: str, lane: str, as_json: bool) -> None:
    from holdshort.core.visible import one_line
    from holdshort.service.golive import sign

    if not user:
        raise click.UsageError("say who signs: --as NAME")
    signed = sign(playbook, item, user, note, lane)
    if as_json:
        data = {
            "item": signed.item,
            "lane": signed.lane,
            "by": signed.by,
            "at": signed.at.isoformat(),
            "note": signed.note,
            "digest": signed.digest,
        }
        click.echo(json.dumps(data, ensure_ascii=False))
    else:
        click.echo(
            f"{signed.item} is signed by {one_line(signed.by)} for {one_line(signed.lane)}; it is in sign-offs.yaml."
        )


def _show(report: GateReport, playbook: Path, verbose: bool) -> None:
    from holdshort.cli.screen import Screen
    from holdshort.core.golive.items import ITEMS

    screen = Screen()
    screen.head((report.playbook, "bold"), (report.lane or "no lane", ""), (f"{report.mode} mode", "dim"))
    for said in report.faults:
        screen.line(said, "bold red")
    for each in report.items:
        mark, style = _MARKS[each.state]
        screen.blank() if each.missing else None
        screen.rows(
            [(f"{mark} {each.item.code:<3}", f"{each.item.title}: {each.item.asks}")],
            label_style=style,
            indent=0,
        )
        screen.lines(each.evidence, mark="·", indent=6, style="dim")
        shown = each.missing if verbose else each.missing[:_MOST]
        screen.lines(
            (said.replace("PLAYBOOK", str(playbook)) for said in shown),
            mark="to do",
            indent=6,
            style="yellow",
        )
        if len(shown) < len(each.missing):
            screen.line(
                f"and {len(each.missing) - len(shown)} more; --verbose shows them all", "dim", indent=6
            )
    if report.not_covered:
        screen.section(f"Not covered: {len(report.not_covered)} rows that no connected source lets run")
        screen.line(", ".join(report.not_covered))
    for part, title in _PARTS.items():
        screen.section(title)
        screen.lines(report.governance.get(part, ()))
    screen.blank()
    done = sum(each.state == "pass" for each in report.items)
    said = (
        "The lane may go live."
        if report.passed
        else f"Not yet: {', '.join(report.failing) or 'errors in the files'}."
    )
    screen.line(f"{done} of {len(ITEMS)} items pass. {said}", "bold", indent=0)


def _show_path(report: GateReport, playbook: Path) -> None:
    from holdshort.cli.screen import Screen
    from holdshort.core.golive.items import STEPS

    screen = Screen()
    at = report.step()
    failing = set(report.failing)
    for step in STEPS:
        open_items = [code for code in step.items if code in failing]
        mark, style = (
            ("✓", "green") if not open_items else ("▶", "bold yellow") if step.code == at else ("·", "dim")
        )
        screen.rows([(f"{mark} {step.code}", step.title)], label_style=style, indent=0)
        for code in open_items if step.code == at else ():
            answered = report.item(code)
            screen.lines(
                (f"{code}: {said}".replace("PLAYBOOK", str(playbook)) for said in answered.missing[:_MOST]),
                indent=5,
                style="yellow",
            )
        if step.code == at:
            screen.line(f"next: {step.command}".replace("PLAYBOOK", str(playbook)), "bold", indent=5)
    screen.blank()
    done = sum(not failing.intersection(step.items) for step in STEPS)
    screen.line(
        f"{done} of {len(STEPS)} steps done."
        + ("" if at else ' Go live: write `mode = "live"`, sign O12, publish.'),
        "bold",
        indent=0,
    )


def _write_html(report: GateReport, path: Path) -> None:
    from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where
    from holdshort.service.gate_html import gate_page

    try:
        path.write_text(gate_page(report), "utf-8")
    except OSError as error:
        fault = Diagnostic(
            "GATE-007",
            f"{path} cannot be written: {error.strerror}",
            Where(str(path)),
            "name a file you may write",
        )
        raise HoldshortError([fault]) from error
